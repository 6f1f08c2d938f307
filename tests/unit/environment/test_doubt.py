"""Nobody knows what serves after an abort, or when the way back failed: that is said, and `/rollback` asks for the good release anew."""

from collections.abc import Callable

import pytest

from bot.decision import Actor
from bot.environment.model import EnvironmentRecord
from bot.environment.status import render_status
from bot.rollout.model import Gate, Phase
from tests.unit.builders import ALICE, BOB, HEAD, LIVE, NOW, OLDER, gate_facts, live, pull, sha
from tests.unit.environment.stage import Stage, request

FURTHER = sha("22")
TWO = EnvironmentRecord(live=live(), good=(live(FURTHER, since=NOW - 999_999, pulls=(3,)), live(pulls=(4,))))


def aborted(until: int = 25) -> Stage:
    stage = Stage(TWO).start().advance(until)
    stage.look(request("abort", by=BOB, at=stage.now))
    assert stage.rollout is None
    return stage


def could_not_go_back() -> Stage:
    """It is bad, and the driver fails on the way back, three times."""
    stage = Stage(TWO).start().advance(25)
    stage.look(request("rollback", by=BOB, at=stage.now, sha=LIVE))
    while stage.rollout is not None:
        stage.report("failure", description="no capacity")
        stage.look(after=2)
        stage.look(after=60)
    assert stage.record.ended is not None
    assert stage.record.ended.rollout.phase is Phase.ROLLBACK_FAILED
    return stage


def back(stage: Stage, sha: str = "", to: str = "") -> Stage:
    stage.look(request("rollback", at=stage.now + 1, slot="answer:1:back:0", sha=sha, to=to), after=1)
    stage.look(after=1)
    return stage


LEFT = pytest.mark.parametrize("leave", [aborted, could_not_go_back])


@LEFT
def test_a_rollback_asks_for_the_release_that_should_serve_anew(leave: Callable[[], Stage]) -> None:
    stage = leave()
    generation = stage.record.generation
    back(stage)
    asked = stage.shifts[-1].payload
    assert (asked["candidate"], asked["baseline"], asked["traffic"]) == (LIVE, HEAD, 100)
    assert asked["generation"] > generation
    stage.report("success")
    stage.look(after=2)
    assert stage.record.doubt is None
    assert stage.record.live is not None
    assert (stage.record.live.sha, stage.record.live.pulls) == (LIVE, (4,))
    assert [it.sha for it in stage.record.good] == [FURTHER, LIVE]
    assert stage.record.quarantined == ()
    (failed,), (restored,) = stage.ledger("failed"), stage.ledger("restored")
    assert (failed.sha, failed.rollout) == (HEAD, restored.rollout)
    assert (restored.sha, restored.restored_at) == (LIVE, stage.now)
    assert len(stage.record.rollbacks) == 1
    assert (4, "gone:production") not in stage.sections


@LEFT
def test_status_says_so_until_it_is_known_again(leave: Callable[[], Stage]) -> None:
    stage = leave()
    row = render_status("production", stage.record)
    assert "`1111111` ⚠️ what serves is not certain since 2027-01-15" in row[1]
    assert "`/rollback production` asks for it again" in row[1]
    back(stage)
    stage.report("success")
    stage.look(after=2)
    assert "⚠️" not in render_status("production", stage.record)[1]


def test_why_it_is_not_certain() -> None:
    assert aborted().record.doubt is not None
    assert aborted().record.doubt.why == "the rollout of aaaaaaa was aborted at 25 %"  # type: ignore[union-attr]
    assert could_not_go_back().record.doubt.why == "the way back from aaaaaaa to 1111111 failed"  # type: ignore[union-attr]


def test_one_can_still_go_further_back() -> None:
    stage = back(aborted(), sha=FURTHER, to="22")
    assert stage.shifts[-1].payload["candidate"] == FURTHER
    stage.report("success")
    stage.look(after=2)
    assert [it.sha for it in stage.record.quarantined] == [LIVE]


def test_the_next_deployment_begins_with_a_person() -> None:
    stage = aborted()
    stage.gates = gate_facts(sha=OLDER, pull=pull(head_sha=OLDER), heads=())
    stage.look(request(sha=OLDER, at=stage.now + 1), after=1)
    assert stage.rollout is not None
    first = stage.rollout.plan.steps[0]
    assert isinstance(first, Gate)
    assert "what serves is not certain" in first.why
    assert "the rollout of aaaaaaa was aborted at 25 %" in first.why


def test_a_release_that_ends_well_is_known_to_serve() -> None:
    stage = could_not_go_back()
    stage.gates = gate_facts(sha=OLDER, pull=pull(head_sha=OLDER), heads=())
    stage.look(request(sha=OLDER, at=stage.now + 1), after=1)
    stage.look(after=1)
    stage.look(request("promote", at=stage.now + 1), after=1)
    stage.finish()
    assert stage.record.doubt is None
    (restored,) = stage.ledger("restored")
    assert restored.sha == OLDER


def test_an_abort_before_users_met_it_leaves_no_doubt() -> None:
    stage = Stage(TWO)
    stage.look(request())
    stage.look(request("abort", at=stage.now), after=1)
    assert stage.rollout is None
    assert stage.record.doubt is None


def test_a_way_back_that_was_aborted_is_asked_for_again() -> None:
    """It went to the release before: that is where the second attempt goes, and not one further or nowhere."""
    stage = Stage(TWO)
    stage.look(request("rollback", at=stage.now))
    stage.look(after=1)
    stage.look(request("abort", by=BOB, at=stage.now), after=1)
    assert stage.record.doubt is not None
    assert stage.record.doubt.good == FURTHER
    back(stage)
    assert stage.shifts[-1].payload["candidate"] == FURTHER


def test_a_rollback_of_a_way_back_that_waits_tries_again() -> None:
    stage = Stage(TWO)
    stage.look(request("rollback", at=stage.now))
    stage.look(after=1)
    stage.look(request("rollback", by=BOB, at=stage.now, slot="answer:1:twice:0"), after=1)
    assert "✅ It is on its way back to `2200000` already." in stage.answer("twice")
    for _ in range(10):
        stage.report("failure", description="no capacity")
        stage.look(after=2)
        stage.look(after=30)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    count = len(stage.shifts)
    stage.look(request("rollback", by=BOB, at=stage.now), after=1)
    assert len(stage.shifts) == count + 1
    assert stage.shifts[-1].payload["candidate"] == FURTHER


@pytest.mark.parametrize(("by", "told"), [(BOB, True), (ALICE, False)])
def test_whoever_asked_hears_that_somebody_else_aborted_it(by: Actor, told: bool) -> None:
    stage = Stage().start().advance(25)
    stage.look(request("abort", by=by, at=stage.now), after=1)
    assert stage.rollout is None
    notices = [text for (_, slot), text in stage.sections.items() if slot.startswith("notice:") and "aborted" in text]
    assert bool(notices) is told


def test_who_withdraws_the_next_one_is_told_that_the_traffic_is_not_back() -> None:
    stage = aborted()
    stage.look(request(by=BOB, sha=OLDER, number=8, pull=8, slot="answer:1:late:8", at=stage.now + 1), after=2)
    stage.look(after=1)
    assert stage.rollout is not None
    stage.look(request("rollback", by=BOB, number=8, at=stage.now), after=1)
    assert stage.rollout is None
    said = stage.answer("rollback", 8)
    assert "before anything moved. But what serves is not certain since" in said
    assert f"Type it once more to send all traffic to {LIVE[:7]}." in said
    stage.look(request("rollback", by=BOB, number=8, at=stage.now), after=1)
    assert stage.rollout is not None
    assert stage.rollout.plan.candidate == LIVE
