"""What lacks only approvals waits for a second person, tells whom, and begins with their word."""

from dataclasses import replace
from typing import Any

import pytest

from bot.decision import Actor
from bot.environment.lock_ends import kept_for
from bot.environment.model import Request
from bot.environment.second import awaited_of
from bot.environment.status import render_status
from bot.gates.owners import Owner
from tests.unit.builders import BOB, HEAD, HOUR, MINUTE, NOW, OLDER, approval, check, gate_facts, head, pull
from tests.unit.environment.stage import Stage, request


def wish(**fields: Any) -> Request:
    return request(when_green=True, source="pull_request", **fields)


WANTS_ONE = {"environment": {"approvals": {"count": 1}}}
ALONE = gate_facts(**WANTS_ONE)
TOGETHER = gate_facts(**WANTS_ONE, pull=pull(approvals=(approval(),)))


def alone(**fields: Any) -> Request:
    return request(source="pull_request", **fields)


def notice_of(stage: Stage, number: int = 7) -> str:
    (found,) = [text for (at, slot), text in stage.sections.items() if at == number and slot.endswith("-approval")]
    return found


@pytest.mark.parametrize("knew", [True, False])
def test_whom_only_a_second_person_keeps_waits_without_asking_for_it(knew: bool) -> None:
    stage = Stage(gates=ALONE)
    stage.look(alone(unapproved=knew))
    assert (stage.rollout, stage.audit) == (None, [("alice", "deploy", "waits")])
    shown = stage.sections[7, "green:production"]
    assert "⏳ waits for a second person · canary of `aaaaaaa`" in shown
    assert "or by `/confirm production` in the pull request" in shown
    assert "(`approvals_missing`)" in shown
    told = notice_of(stage)
    assert '["alice","production: a second person is wanted for aaaaaaa"' in told
    assert "It begins once one approval of this very commit is there." in told
    assert "Who wrote or pushed it does not count, nor who asks." in told
    assert "#7 (`aaaaaaa`) waits for a second person" in render_status("production", stage.record)
    decision = stage.look(after=MINUTE)
    assert decision.sections == ()
    stage.gates = TOGETHER
    stage.look(after=MINUTE)
    assert stage.rollout is not None
    assert notice_of(stage) == ""
    assert "It began by itself at" in stage.answer("deploy")


def test_a_team_is_named_and_not_called() -> None:
    stage = Stage(gates=gate_facts(environment={"approvals": {"count": 2, "from": ["team:sre"]}}))
    stage.look(alone())
    assert "once 2 approvals of this very commit are there" in notice_of(stage)
    assert (
        "One of `team:sre` can give one, by a review that approves this very commit, or by `/confirm production`"
        in notice_of(stage)
    )
    assert "@" not in notice_of(stage)


def test_where_something_else_stands_in_the_way_nobody_waits_unasked() -> None:
    stage = Stage(gates=gate_facts(**WANTS_ONE, checks=(check("unit", "running"),)))
    stage.look(alone())
    assert stage.record.expected == ()
    assert "(`approvals_missing`)" in stage.answer("deploy")
    stage.look(wish(slot="answer:2:deploy:0"))
    assert len(stage.record.expected) == 1, "who is ready to wait waits for both"
    assert "once one approval of this" in notice_of(stage)


def test_a_second_person_is_not_waited_for_where_the_glass_is_broken() -> None:
    stage = Stage(
        gates=gate_facts(
            **WANTS_ONE, break_glass=True, teams={"team:oncall": True}, rules={"who": {"break_glass": ["team:oncall"]}}
        )
    )
    stage.look(alone(break_glass="it burns"))
    assert stage.rollout is not None


@pytest.mark.parametrize(
    ("owner", "after", "code"),
    [
        (Owner(head=OLDER), 1, "head_moved"),
        (Owner(open=False, head=HEAD, closed_at=NOW), 1, "pull_request_closed"),
        (None, 24 * HOUR, "waited_too_long"),
    ],
)
def test_it_ends_as_whatever_waits_does_and_the_notice_is_folded(owner: Owner | None, after: float, code: str) -> None:
    stage = Stage(gates=ALONE)
    stage.look(alone())
    stage.owners |= {7: owner} if owner else {}
    stage.gates = replace(ALONE, heads=(*ALONE.heads, head(OLDER, NOW))) if owner and owner.head == OLDER else ALONE
    stage.look(after=after)
    assert f"(`{code}`)" in stage.answer("deploy")
    assert notice_of(stage) == ""
    assert (stage.rollout, stage.record.expected) == (None, ())


def test_a_halt_ends_it() -> None:
    stage = Stage(gates=ALONE)
    stage.look(alone())
    stage.look(request("halt", BOB, number=9, at=stage.now), after=MINUTE)
    stage.gates = TOGETHER
    stage.look(after=MINUTE)
    assert (stage.rollout, notice_of(stage)) == (None, "")


def test_behind_a_rollout_it_is_told_at_once_and_begins_when_that_is_over() -> None:
    stage = Stage()
    stage.look(request(number=9, sha=OLDER, slot="answer:2:deploy:0"))
    stage.look(after=1)
    stage.gates = ALONE
    stage.look(alone(unapproved=True))
    assert "a second person is wanted" in notice_of(stage)
    assert "- `bbbbbbb` is rolling out in #9." in stage.sections[7, "green:production"]
    stage.gates = TOGETHER
    stage.finish()
    stage.look()
    assert stage.rollout is not None
    assert stage.rollout.plan.candidate == HEAD


def test_whose_approval_was_taken_back_while_in_line_waits_on() -> None:
    stage = Stage()
    stage.look(request(number=9, sha=OLDER, slot="answer:2:deploy:0"))
    stage.look(after=1)
    stage.look(alone())
    assert len(stage.record.queue) == 1
    stage.gates = ALONE
    stage.finish()
    stage.look(after=1)
    assert [it.request.number for it in stage.record.expected] == [7]
    assert not stage.record.queue
    assert "a second person is wanted" in notice_of(stage)
    assert not [slot for _, slot in stage.sections if slot.endswith("-kept") and stage.sections[7, slot]]


def test_what_comes_by_itself_tells_its_author_whom_it_waits_for() -> None:
    stage = Stage(gates=gate_facts(environment={"deploy": "auto", "approvals": {"count": 1}}, automatic=True))
    by_itself = alone(by=Actor(0, "tagboat"), automatic=True, tell="bob", slot="auto:production")
    stage.look(by_itself)
    assert '["bob","production: a second person is wanted for aaaaaaa"' in notice_of(stage)
    assert "`aaaaaaa` goes to `production` by itself" in notice_of(stage)
    stage.gates = replace(stage.gates, pull=pull(approvals=(approval(),)))
    stage.look(after=MINUTE)
    assert stage.rollout is not None
    assert notice_of(stage) == ""


def test_environments_are_told_of_reviews_where_they_wait_for_one() -> None:
    stage = Stage(gates=ALONE)
    assert awaited_of(stage.record) == set()
    stage.look(alone())
    assert awaited_of(stage.record) == {7}
    assert 7 in kept_for(stage.record)
    stage.gates = TOGETHER
    stage.look(after=1)
    assert awaited_of(stage.record) == set()


def test_what_the_conversation_told_before_the_push_ends_no_wish_of_what_was_pushed() -> None:
    stage = Stage(gates=ALONE)
    stage.owners[7] = Owner(head=OLDER)
    stage.look(alone())
    stage.look(after=1)
    assert len(stage.record.expected) == 1


def test_what_was_typed_besides_the_commit_is_shown_to_whoever_is_to_approve_it() -> None:
    stage = Stage(gates=ALONE)
    stage.look(alone(image="ghcr.io/acme/shop@sha256:1", params=(("region", "eu"),)))
    for text in (stage.sections[7, "green:production"], notice_of(stage)):
        assert "of `aaaaaaa` with `image=ghcr.io/acme/shop@sha256:1`, `region=eu`" in text
