"""What comes late or from elsewhere: drivers that report after the end are put right, and checks that are waited for speak."""

from msgspec.structs import replace

from bot.rollout.facts import CheckReading
from bot.rollout.model import Phase
from tests.unit.builders import (
    HEAD,
    LIVE,
    OLDER,
    gate_facts,
    live,
    pull,
)
from tests.unit.environment.stage import Stage, request

NEXT = gate_facts(sha=OLDER, pull=pull(head_sha=OLDER), heads=())
"""What the gates see of another commit."""


# --- drivers that are late -------------------------------------------------------------------------------------------------------


def test_a_driver_that_reports_late_is_put_right_and_the_end_stays_the_end() -> None:
    stage = Stage().start()
    stage.look(request("rollback", at=stage.now, sha=LIVE), after=1)
    stage.report("success")
    stage.look(after=2)
    assert stage.rollout is None
    failed, restored = stage.ledger("failed"), stage.ledger("restored")

    stage.report("success", shift=0, after=30)  # the first shift, long overtaken
    decision = stage.look(after=31)
    back = stage.shifts[-1].payload
    assert (back["step"], back["traffic"], back["attempt"]) == ("rollback", 0, 2)
    assert back["generation"] == 3
    assert "late" in decision.because
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.ROLLING_BACK
    stage.report("success")
    stage.look(after=2)
    assert stage.rollout is None
    assert (stage.ledger("failed"), stage.ledger("restored")) == (failed, restored)
    assert stage.record.live == live()


def test_latecomers_are_left_alone_once_something_newer_moves() -> None:
    stage = Stage().start()
    stage.look(request("rollback", at=stage.now, sha=LIVE), after=1)
    stage.report("success")
    stage.look(after=2)
    stage.gates = NEXT
    stage.look(request(sha=OLDER, slot="answer:1:next:0", at=stage.now), after=1)
    stage.look(after=1)
    stage.report("success", shift=0, after=5)
    stage.look(after=6)
    assert stage.rollout is not None
    assert stage.rollout.plan.candidate == OLDER


# --- checks ----------------------------------------------------------------------------------------------------------------------

CHECKED = {
    "strategies": {
        "canary": {
            "steps": [
                {"traffic": "5%", "bake": "1m"},
                {"traffic": "100%", "bake": "1m", "checks": ["smoke_production"]},
            ]
        }
    }
}


def test_a_check_that_is_waited_for_is_looked_at_every_few_seconds() -> None:
    stage = Stage(gates=gate_facts(rules=CHECKED)).start().advance(100)
    stage.report("success")
    stage.look(after=2)
    decision = stage.look(after=10)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.CHECKING
    assert decision.wake_at is not None
    assert decision.wake_at <= stage.now + 15
    assert "smoke_production" in stage.told.replace("\\", "")
    stage.checks = {"smoke_production": CheckReading("success", stage.now)}
    stage.look(after=10)
    assert "watch" in stage.told.lower()
    assert [passed.step for passed in stage.rollout.history][-1] == "check-100"


def test_a_check_that_fails_takes_it_back() -> None:
    stage = Stage(gates=gate_facts(rules=CHECKED)).start().advance(100)
    stage.report("success")
    stage.look(after=2)
    stage.look(after=10)
    stage.checks = {"smoke_production": CheckReading("failure", stage.now, "smoke-prod (eu)")}
    stage.look(after=10)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.ROLLING_BACK
    assert "smoke-prod" in stage.told.replace("\\", "")


def succeeded() -> Stage:
    """A release that serves everybody, with its second shift (25 %) never heard of by the driver that was asked again."""
    stage = Stage().start().finish()
    assert stage.record.ended is not None
    shifts = tuple(replace(it, reported=None) if it.step == "shift-25" else it for it in stage.record.ended.shifts)
    stage.record = replace(stage.record, ended=replace(stage.record.ended, shifts=shifts))
    stage.reports = {key: it for key, it in stage.reports.items() if key[0] != "shift-25"}
    return stage


def comes_late(stage: Stage) -> None:
    stage.report("success", shift=1, after=30)
    stage.look(after=31)


def test_what_is_live_is_asked_for_again_when_an_older_shift_succeeds_late() -> None:
    stage = succeeded()
    before, entries, states = stage.record, dict(stage.entries), stage.root_states
    comes_late(stage)
    again = stage.shifts[-1].payload
    assert (again["step"], again["traffic"], again["attempt"], again["generation"]) == ("shift-100", 100, 2, 5)
    assert "reported success late" in stage.told
    stage.report("success")
    stage.look(after=2)
    stage.look(after=40)
    assert stage.rollout is None
    assert (stage.record.live, stage.record.good) == (before.live, before.good)
    assert (stage.entries, stage.root_states) == (entries, states)
    assert stage.record.watch == before.watch  # it is watched as long as it would have been
    assert "🟢 live" in stage.told


def test_a_driver_that_cannot_do_it_again_is_for_a_person_and_nothing_is_taken_back() -> None:
    stage = succeeded()
    comes_late(stage)
    stage.report("failure", description="no capacity")
    stage.look(after=2)
    assert stage.rollout is not None
    assert stage.rollout.phase is Phase.PAUSED
    assert (
        "what is live was being asked for once more, and shift-100 ended with failure: no capacity."
        in stage.told.replace("\\", "")
    )
    stage.look(request("retry", at=stage.now), after=1)
    assert stage.shifts[-1].payload["traffic"] == 100


def test_a_rollback_while_what_is_live_is_asked_for_again_goes_back_for_good() -> None:
    stage = succeeded()
    comes_late(stage)
    stage.look(request("rollback", at=stage.now, sha=LIVE), after=1)
    stage.look(after=1)
    assert stage.rollout is not None
    assert (stage.rollout.plan.strategy, stage.shifts[-1].sha) == ("rollback", LIVE)
    stage.report("success")
    stage.look(after=2)
    assert stage.record.live is not None
    assert stage.record.live.sha == LIVE
    assert [it.sha for it in stage.record.quarantined] == [HEAD]


def test_a_shift_of_an_earlier_rollout_that_succeeds_after_a_newer_one_is_put_right_too() -> None:
    stage = Stage().start()
    stage.look(request("rollback", at=stage.now, sha=LIVE), after=1)
    stage.report("success")
    stage.look(after=2)
    stage.gates = NEXT
    stage.look(request(sha=OLDER, at=stage.now, slot="answer:1:next:0"))
    stage.look(after=1)
    assert stage.rollout is not None
    stage.finish()
    assert stage.record.live is not None
    stage.report("success", shift=0, after=30)  # of the first rollout
    stage.look(after=31)
    again = stage.shifts[-1]
    assert (again.sha, again.payload["traffic"]) == (OLDER, 100)
