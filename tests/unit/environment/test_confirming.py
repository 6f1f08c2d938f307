"""A second person's word as the environment keeps it: on one commit, for a day, and never on what came after it."""

from typing import Any

import pytest

from bot.decision import Actor
from bot.environment.confirming import LASTS, MOST, confirmed, counting
from bot.environment.model import EnvironmentRecord, Request
from bot.gates.owners import Owner
from tests.unit.builders import (
    ALICE,
    BOB,
    CAROL,
    DAY,
    HEAD,
    HOUR,
    MERGE,
    MINUTE,
    NOW,
    OLDER,
    check,
    gate_facts,
    head,
    sha,
)
from tests.unit.environment.stage import Stage, request

RUNNING = gate_facts(checks=(check("unit", "running"),))


def word(by: Actor = CAROL, **fields: Any) -> Request:
    return request("confirm", by, **{"sha": HEAD, "source": "pull_request", "slot": f"answer:9:{by.login}:0"} | fields)


def said(stage: Stage) -> list[tuple[str, str]]:
    return [(it.by, it.sha) for it in stage.record.confirmed]


def test_it_is_kept_and_answered_and_audited() -> None:
    stage = Stage()
    decision = stage.look(word(reason="read it twice", comment=5))
    assert said(stage) == [("carol", HEAD)]
    answer = stage.sections[7, "answer:9:carol:0"]
    assert (
        "✅ carol confirmed `aaaaaaa` for `production`; a push, a merge, a close or 2027-01-16 07:59 UTC ends that."
        in answer
    )
    assert stage.audit == [("carol", "confirm", "confirmed")]
    assert decision.audit[0].sha == HEAD
    assert decision.wake_at == NOW - MINUTE + LASTS
    assert stage.rollout is None


def test_who_says_it_twice_has_said_it_once_also_under_another_name() -> None:
    stage = Stage()
    stage.look(word(), word(Actor(CAROL.id, "caroline")))
    assert said(stage) == [("caroline", HEAD)]
    stage.look(word(BOB), word(sha=OLDER))
    assert len(said(stage)) == 3


def test_the_record_stays_small() -> None:
    record = confirmed(EnvironmentRecord(), [word(sha=sha(f"{n:07x}")) for n in range(MOST + 9)])
    assert len(record.confirmed) == MOST
    assert record.confirmed[-1].sha == sha(f"{MOST + 8:07x}")


def test_an_environment_of_before_knows_no_words() -> None:
    assert EnvironmentRecord().confirmed == ()


@pytest.mark.parametrize(
    "owner",
    [
        Owner(open=False, head=HEAD, closed_at=NOW),
        Owner(open=False, merged=True, head=HEAD, closed_at=NOW),
    ],
)
def test_a_close_or_a_merge_ends_it(owner: Owner) -> None:
    stage = Stage()
    stage.look(word())
    stage.owners[7] = owner
    stage.look(after=1)
    assert said(stage) == []


def test_what_a_conversation_told_of_its_head_does_not_and_what_was_merged_is_not_pushed_to() -> None:
    stage = Stage()
    stage.look(word(), word(BOB, sha=MERGE, source="default_branch"))
    stage.owners[7] = Owner(head=OLDER)  # told before it was pushed; by what was pushed since, the gates leave it out
    stage.look(after=1)
    assert len(said(stage)) == 2
    stage.owners[7] = Owner(open=False, merged=True, head=HEAD, closed_at=NOW)
    stage.look(after=1)
    assert said(stage) == [("bob", MERGE)]


def test_after_a_day_it_is_over() -> None:
    stage = Stage()
    stage.look(word())
    stage.look(after=DAY)
    assert said(stage) == []


def test_what_is_heard_a_day_late_is_not_believed() -> None:
    stage = Stage()
    stage.look(word(at=NOW - DAY))
    assert said(stage) == []
    assert "(`waited_too_long`)" in stage.sections[7, "answer:9:carol:0"]


def test_only_the_very_commit_of_the_very_pull_request_counts_and_not_after_another_was_pushed() -> None:
    (it,) = confirmed(EnvironmentRecord(), [word()]).confirmed
    record = EnvironmentRecord(confirmed=(it,))
    seen = (head(HEAD, NOW - HOUR),)

    def count(number: int = 7, commit: str = HEAD, heads: Any = seen, now: float = NOW) -> int:
        return len(counting(record, number, commit, heads, now))

    assert count() == count(heads=()) == 1
    assert count(8) == count(commit=OLDER) == count(now=it.at + LASTS) == 0
    back_again = (*seen, head(OLDER, NOW - 30), head(HEAD, NOW - 10))
    assert count(heads=back_again) == 0
    assert count(heads=(head(OLDER, NOW - 2 * HOUR), *seen, head(HEAD, NOW - 5))) == 1  # reopened


def test_who_asked_for_what_waits_is_told_that_they_are_not_the_second_person() -> None:
    stage = Stage(gates=RUNNING)
    stage.look(request(when_green=True, source="pull_request"))
    stage.look(word(Actor(ALICE.id, "Alice-Renamed")), after=1)
    assert "(`confirm_self`)" in stage.sections[7, "answer:9:Alice-Renamed:0"]
    assert said(stage) == []
    stage.look(word(), after=1)
    assert "The gates of the deployment that waits are asked again." in stage.sections[7, "answer:9:carol:0"]


def test_it_is_about_what_was_typed_besides_the_commit_as_it_stood_there_and_says_so() -> None:
    region = (("region", "eu"),)
    stage = Stage(gates=gate_facts(environment={"approvals": {"count": 1}}))
    stage.look(request(image="ghcr.io/acme/shop:1.2.3", params=region))
    stage.look(word())
    assert [(it.image, it.params) for it in stage.record.confirmed] == [("", ())], "typed in the same second"
    stage.look(word(at=NOW))
    assert [(it.image, it.params) for it in stage.record.confirmed] == [("ghcr.io/acme/shop:1.2.3", region)]
    assert (
        "for `production` with `image=ghcr.io/acme/shop:1.2.3`, `region=eu`;" in stage.sections[7, "answer:9:carol:0"]
    )


def test_the_wish_that_it_is_about_may_be_heard_in_the_same_look() -> None:
    wishes = (request(image="ghcr.io/acme/shop:1"), request(image="ghcr.io/acme/shop:2", at=NOW - 30), word(at=NOW))
    assert [it.image for it in confirmed(EnvironmentRecord(), wishes).confirmed] == ["ghcr.io/acme/shop:2"]
