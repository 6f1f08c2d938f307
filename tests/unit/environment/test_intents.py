"""`--when-green`: what waits begins by itself when it may, and not when its commit, its author's right or somebody's word says otherwise."""

from dataclasses import replace
from typing import Any

import pytest

from bot.decision import Actor
from bot.environment.claims import settle_claims
from bot.environment.intents import intent_look
from bot.environment.lock_ends import kept_for
from bot.environment.model import EnvironmentFacts, Request
from bot.environment.second import awaited_of
from bot.environment.status import render_status
from bot.gates.owners import Owner
from tests.unit.builders import BOB, HEAD, HOUR, LIVE, MINUTE, NOW, OLDER, approval, check, gate_facts, head, pull, sha
from tests.unit.environment.stage import Stage, request

RUNNING = gate_facts(checks=(check("unit", "running"),))


def wish(**fields: Any) -> Request:
    return request(when_green=True, source="pull_request", **fields)


def waiting(**gates: Any) -> Stage:
    stage = Stage(gates=gate_facts(**gates) if gates else RUNNING)
    stage.look(wish())
    assert stage.rollout is None
    assert len(stage.record.expected) == 1
    return stage


def test_where_nothing_stands_in_the_way_it_begins_at_once() -> None:
    stage = Stage()
    stage.look(wish())
    assert stage.rollout is not None
    assert stage.record.expected == ()


def test_it_waits_for_checks_says_so_and_begins_when_they_are_green() -> None:
    stage = waiting()
    shown = stage.sections[7, "green:production"]
    assert "⏳ waits to begin · canary of `aaaaaaa`" in shown
    assert "- Still running on aaaaaaa: Unit tests. (`checks_pending`)" in shown
    assert "`/abort production` here, or 2027-01-16 07:59 UTC ends it" in shown
    assert stage.audit == [("alice", "deploy", "waits")]
    decision = stage.look(after=MINUTE)
    assert (stage.rollout, decision.sections) == (None, ())
    assert decision.wake_at == stage.now + 5 * MINUTE
    stage.gates = gate_facts()
    stage.look(after=MINUTE)
    assert stage.rollout is not None
    assert stage.sections[7, "green:production"] == ""
    assert "It began by itself at" in stage.answer("deploy")
    assert stage.audit[1] == ("alice", "deploy", "started")


@pytest.mark.parametrize("state", ["running", None])
def test_checks_that_have_not_begun_are_waited_for_too(state: Any) -> None:
    waiting(checks=(check("unit", state),) if state else ())


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (gate_facts(checks=(check("unit", "failed"),)), "checks_failed"),
        (gate_facts(permission="read"), "permission_denied"),
        (gate_facts(quarantined="it broke"), "quarantined"),
    ],
)
def test_what_does_not_pass_by_itself_ends_it(now: Any, code: str) -> None:
    stage = waiting()
    stage.gates = now
    stage.look(after=MINUTE)
    assert (stage.rollout, stage.record.expected) == (None, ())
    assert f"(`{code}`)" in stage.answer("deploy")
    assert stage.audit[-1] == ("alice", "deploy", code)


def test_what_does_not_pass_is_refused_at_once() -> None:
    stage = Stage(gates=gate_facts(checks=(check("unit", "failed"),)))
    stage.look(wish())
    assert stage.record.expected == ()
    assert "(`checks_failed`)" in stage.answer("deploy")


def test_it_waits_for_the_rollout_that_moves() -> None:
    stage = Stage()
    stage.look(request(number=9, sha=OLDER, slot="answer:2:deploy:0"))
    stage.look(after=1)
    stage.look(wish())
    assert "- `bbbbbbb` is rolling out in #9." in stage.sections[7, "green:production"]
    stage.finish()
    decision = stage.look()
    assert decision.wake_at is None or decision.wake_at <= stage.now + 15
    assert stage.rollout is not None, "as soon as the other one has ended"
    assert stage.rollout.plan.candidate == HEAD


def test_once_the_way_is_free_it_is_looked_at_without_delay() -> None:
    stage = Stage()
    stage.look(request(number=9, sha=OLDER, slot="answer:2:deploy:0"))
    stage.look(after=1)
    stage.look(wish())
    stage.look(request("abort", BOB, number=9, at=NOW - 2 * MINUTE), after=1)
    assert stage.rollout is None
    assert "because bbbbbbb was aborted. `/resume production` lets it." in stage.sections[7, "green:production"]
    stage.look(request("resume", BOB, number=9, at=stage.now), after=1)
    assert intent_look(stage.record, stage.now) == stage.now
    stage.gates = RUNNING
    stage.look(after=1)
    assert intent_look(stage.record, stage.now) == stage.now + 5 * MINUTE


def test_it_waits_for_the_lock_of_another_and_for_the_thaw() -> None:
    stage = Stage()
    stage.look(request("lock", BOB, number=9, lasts=HOUR, reason="x"))
    stage.look(wish())
    assert "(`locked`)" in stage.sections[7, "green:production"]
    stage.look(request("freeze", BOB, reason="the fair"), request("unlock", BOB, number=9), after=MINUTE)
    assert "(`frozen`)" in stage.sections[7, "green:production"]
    stage.look(request("thaw", BOB), after=MINUTE)
    assert stage.rollout is not None


def frozen_until(until: str) -> Stage:
    window = {"name": "fair", "environments": ["production"], "from": "2027-01-15 07:00", "until": until}
    stage = Stage(gates=gate_facts(rules={"freezes": [window]}))
    stage.look(wish())
    return stage


def test_it_is_looked_at_in_the_second_in_which_a_freeze_of_the_policy_ends() -> None:
    stage = frozen_until("2027-01-15 08:03")
    assert "frozen until 2027-01-15 08:03 UTC: fair. (`frozen`)" in stage.sections[7, "green:production"]
    assert intent_look(stage.record, stage.now) == NOW + 3 * MINUTE
    stage.gates = gate_facts()
    stage.look(after=3 * MINUTE)
    assert stage.rollout is not None


def test_a_freeze_that_outlasts_the_wish_is_not_waited_for() -> None:
    stage = frozen_until("2027-01-16 08:03")
    assert stage.record.expected == ()
    assert "(`frozen`)" in stage.answer("deploy")


@pytest.mark.parametrize(
    ("owner", "code"),
    [
        (Owner(head=sha("d")), "head_moved"),
        (Owner(open=False, merged=True, head=HEAD, closed_at=NOW), "head_moved"),
        (Owner(open=False, head=HEAD, closed_at=NOW), "pull_request_closed"),
    ],
)
def test_a_push_a_merge_or_a_close_ends_it_even_while_another_rollout_moves(owner: Owner, code: str) -> None:
    stage = Stage()
    stage.look(request(number=9, sha=OLDER, slot="answer:2:deploy:0"))
    stage.look(after=1)
    stage.look(wish())
    stage.owners[7] = owner
    stage.look(after=1)
    assert stage.record.expected == ()
    assert f"(`{code}`)" in stage.answer("deploy")


def test_the_same_head_goes_on_waiting() -> None:
    stage = waiting()
    stage.owners[7] = Owner(head=HEAD)
    stage.look(after=1)
    assert len(stage.record.expected) == 1


def test_after_a_day_it_is_over() -> None:
    stage = waiting()
    stage.look(after=24 * HOUR)
    assert stage.record.expected == ()
    assert "A day has passed. Type it again if it is still meant. (`waited_too_long`)" in stage.answer("deploy")


@pytest.mark.parametrize("verb", ["halt", "abort"])
def test_whoever_stops_the_environment_ends_it(verb: str) -> None:
    stage = waiting()
    stage.look(request(verb, BOB, number=9, at=stage.now), after=MINUTE)
    assert stage.record.expected == ()
    assert "(`withdrawn`)" in stage.answer("deploy")
    assert "✅ Nothing has moved, and `aaaaaaa` of #7 will not begin." in stage.answer(verb, 9)
    stage.gates = gate_facts()
    stage.look(after=MINUTE)
    assert stage.rollout is None


def test_a_rollback_goes_back_and_ends_it_as_well() -> None:
    stage = Stage().start().finish()
    stage.gates = gate_facts(checks=(check("unit", "running"),))
    stage.look(wish(at=stage.now, sha=sha("e")), after=1)
    stage.look(request("rollback", BOB, at=stage.now), after=1)
    assert stage.record.expected == ()
    assert stage.rollout is not None
    assert stage.rollout.plan.candidate == LIVE


def test_asked_again_the_newer_one_waits() -> None:
    stage = waiting()
    stage.look(wish(slot="answer:2:deploy:0"), after=1)
    assert [it.request.slot for it in stage.record.expected] == ["answer:2:deploy:0"]
    assert "asked for again after this" in stage.answer("deploy")


def test_of_two_that_may_begin_the_first_does_and_the_other_waits_for_it() -> None:
    stage = waiting()
    stage.look(wish(number=9, sha=OLDER, slot="answer:2:deploy:0"), after=1)
    stage.gates = gate_facts()
    stage.look(after=1)
    assert stage.rollout is not None
    assert stage.rollout.plan.candidate == HEAD
    assert [it.request.number for it in stage.record.expected] == [9]
    stage.look(after=1)
    assert "`aaaaaaa` is rolling out in #7" in stage.sections[9, "green:production"]


def test_what_commits_told_that_nothing_waits_for_is_forgotten() -> None:
    stage = waiting()
    facts = EnvironmentFacts(
        now=NOW,
        repo=55,
        name="production",
        policy=RUNNING.policy,
        adopted=None,
        asked=(),
        gates={},
        results={},
        checked=frozenset({HEAD, OLDER}),
    )
    shows = settle_claims(stage.record, stage.record, stage.record, facts).shows
    assert [(it.slot, it.text) for it in shows] == [(f"checks:{OLDER}", "")]


# --- a second person -------------------------------------------------------------------------------------------------------------

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
