"""Whole rollouts, from the first look to the last: what people see when releases are good, bad, unlucky or steered."""

import pytest

from bot.rollout.facts import CancelShift, CheckReading, Freeze, Incident, Reported, StartShift
from bot.rollout.machine import reassert
from bot.rollout.model import Phase, Want, Wanted
from tests.unit.rollout.trip import NEW, OLD, Trip, plan_of


def test_a_healthy_canary_reaches_everybody_step_by_step() -> None:
    trip = Trip(plan_of())
    began = trip.now
    move = trip.until(Phase.SUCCEEDED)
    assert trip.shifts == [("shift-5", 5, NEW), ("shift-25", 25, NEW), ("shift-50", 50, NEW), ("shift-100", 100, NEW)]
    assert [action.generation for action, _, _ in trip.asked] == [8, 9, 10, 11]
    assert [finish.outcome for finish in trip.finished] == [Phase.SUCCEEDED]
    assert move.because == "ccccccc serves everybody, and the last look was good."
    assert move.wake_at is None
    assert 55 * 60 <= trip.now - began <= 60 * 60  # 15 + 15 + 10 + 15 minutes of baking, and four shifts that settle
    assert [passed.step for passed in trip.rollout.history] == [
        "shift-5", "bake-5", "shift-25", "bake-25", "shift-50", "bake-50", "shift-100", "check-100", "bake-100",
    ]  # fmt: skip
    assert all(passed.by == "" for passed in trip.rollout.history)


def test_a_broken_canary_goes_back_within_a_minute_and_says_why() -> None:
    trip = Trip(plan_of())
    trip.errors["candidate"] = 0.05
    trip.until(Phase.BAKING)
    began = trip.now
    trip.until(Phase.ROLLING_BACK)
    assert trip.now - began <= 60
    move = trip.until(Phase.ROLLED_BACK)
    assert trip.shifts == [("shift-5", 5, NEW), ("rollback", 0, OLD)]
    assert trip.rollout.generation == 9
    assert move.because.startswith("Rolled back to bbbbbbb: Error rate > 1% (baseline: 0.1%): errors 5")
    assert "on the baseline 0.1" in move.because
    verdict = trip.rollout.verdicts[0]  # the evidence stays with the rollout
    assert verdict.judgement == "fail"
    assert verdict.candidate is not None
    assert verdict.baseline is not None


def test_a_canary_that_fails_everything_needs_no_second_look() -> None:
    trip = Trip(plan_of(), rps=20)
    trip.errors["candidate"] = 1.0
    trip.until(Phase.BAKING)
    move = trip.until(Phase.ROLLING_BACK)
    assert trip.rollout.verdicts[0].code == "gross"
    assert [type(action) for action in move.actions] == [StartShift]


def test_a_slow_canary_goes_back_too() -> None:
    trip = Trip(plan_of("p99 latency > 500ms (baseline: 200ms)"))
    trip.slow["candidate"] = 0.06
    trip.until(Phase.ROLLED_BACK)
    assert "slower than 500 ms 6" in trip.rollout.why


def test_a_chatty_error_log_goes_back_too() -> None:
    trip = Trip(plan_of("error logs > 3x baseline for 5m"))
    trip.lines["candidate"] = 0.05
    trip.until(Phase.BAKING)
    began = trip.now
    trip.until(Phase.ROLLED_BACK)
    assert 5 * 60 <= trip.now - began <= 7 * 60  # "for 5m" is waited for
    assert "error lines" in trip.rollout.why


def test_a_burning_budget_goes_back_too() -> None:
    trip = Trip(plan_of("SLO burn rate > 14.4"))
    trip.errors["candidate"] = 0.03
    trip.until(Phase.ROLLED_BACK)


def test_a_canary_that_turns_bad_at_everybody_is_still_taken_back() -> None:
    trip = Trip(plan_of())
    trip.until_step("bake-100", Phase.BAKING)
    trip.errors["candidate"] = 0.04
    trip.until(Phase.ROLLED_BACK)
    assert trip.rollout.verdicts[0].weaker  # nothing serves beside it any more: the earlier baseline is what is left


def test_trouble_that_both_tracks_share_pauses_and_does_not_go_back() -> None:
    trip = Trip(plan_of())
    trip.errors = {"candidate": 0.06, "baseline": 0.06}
    trip.until(Phase.BAKING)
    move = trip.until(Phase.PAUSED)
    assert trip.rollout.hold is not None
    assert trip.rollout.hold.code == "degraded"
    assert "the environment itself is unwell" in move.because
    assert move.needs_person
    assert trip.shifts == [("shift-5", 5, NEW)]
    # Well again: a person resumes, the window begins afresh, and it ends well.
    trip.errors = {"candidate": 0.001, "baseline": 0.001}
    resumed = trip.type(Want.RESUME)
    assert resumed.answers[0].done
    assert trip.rollout.settled_at == trip.now
    trip.until(Phase.SUCCEEDED)


def test_a_provider_that_is_down_neither_advances_nor_goes_back() -> None:
    trip = Trip(plan_of())
    trip.provider_error = "connection refused"
    trip.until(Phase.BAKING)
    began = trip.now
    move = trip.until(Phase.PAUSED)
    assert 30 * 60 <= trip.now - began < 31 * 60  # the `max` of the step
    assert "connection refused" in move.because
    assert trip.shifts == [("shift-5", 5, NEW)]
    trip.provider_error = ""
    trip.type(Want.RESUME)
    began = trip.now
    trip.until(Phase.SHIFTING)
    assert trip.now - began >= 15 * 60  # the time without evidence did not count as watching
    assert trip.rollout.step == "shift-25"


def test_waiting_on_without_an_answer_where_policy_says_so() -> None:
    trip = Trip(plan_of(when_unknown="extend", deadline="2h"))
    trip.blind = True
    trip.until(Phase.BAKING)
    move = trip.until(Phase.PAUSED)
    assert trip.rollout.hold is not None
    assert trip.rollout.hold.code == "deadline"
    assert "2 h" in move.because
    trip.type(Want.RESUME)
    assert trip.phase() is Phase.BAKING
    assert trip.rollout.timers.worked == 0


def test_too_little_traffic_for_a_verdict_pauses() -> None:
    trip = Trip(plan_of(), rps=2)
    trip.until(Phase.BAKING)
    move = trip.until(Phase.PAUSED)
    assert "1,000 are needed" in move.because
    assert trip.type(Want.PROMOTE).answers[0].done
    assert trip.rollout.step == "shift-25"


def test_a_shift_without_effect_pauses() -> None:
    trip = Trip(plan_of())
    trip.share = lambda asked: 0
    trip.until(Phase.BAKING)
    move = trip.until(Phase.PAUSED)
    assert "no request reached the candidate" in move.because
    assert trip.rollout.hold is not None
    assert trip.rollout.hold.code == "shift_not_effective"


def test_a_workflow_that_ignores_traffic_pauses() -> None:
    trip = Trip(plan_of())
    trip.share = lambda asked: 90
    trip.until(Phase.BAKING)
    move = trip.until(Phase.PAUSED)
    assert "90 % of the requests reach the candidate where 5 % were asked for" in move.because
    trip.type(Want.RESUME)  # somebody knows better, and is not asked about it again at this step
    trip.pass_time(60)
    assert trip.phase() is Phase.BAKING


def test_without_slis_every_step_waits_for_a_person() -> None:
    trip = Trip(plan_of(slis=""))
    typed = 0
    while trip.phase() is not Phase.SUCCEEDED:
        move = trip.until(Phase.BAKING, Phase.SUCCEEDED)
        if trip.phase() is Phase.BAKING:
            assert "/promote at each step" in move.because
            assert move.needs_person
            trip.pass_time(20 * 60)
            assert trip.phase() is Phase.BAKING
            trip.type(Want.PROMOTE, by="carol")
            typed += 1
    assert typed == 4
    assert {passed.by for passed in trip.rollout.history if passed.step.startswith("bake")} == {"carol"}


def test_a_driver_that_fails_sends_it_back() -> None:
    trip = Trip(plan_of())
    trip.driver = "failure"
    trip.look()
    trip.driver = "success"
    move = trip.until(Phase.ROLLED_BACK)
    assert "shift-5 ended with failure: failure of shift-5" in move.because


def test_a_driver_that_says_nothing_sends_it_back_after_its_deadline() -> None:
    trip = Trip(plan_of())
    trip.driver = "silent"
    trip.look()
    began = trip.now
    trip.driver = "success"
    move = trip.until(Phase.ROLLING_BACK)
    assert trip.now - began == pytest.approx(600, abs=1)
    assert [type(action) for action in move.actions] == [CancelShift, StartShift]


def test_an_older_shift_that_succeeds_late_is_overruled() -> None:
    trip = Trip(plan_of())
    trip.driver = "silent"
    trip.look()
    trip.driver = "success"
    trip.until(Phase.ROLLING_BACK)
    trip.now += 5
    trip.reports.append(Reported("shift-5", 1, 8, "success", trip.now))
    trip.now += 1
    move = trip.look()
    assert trip.shifts[-1] == ("rollback", 0, OLD)
    assert trip.rollout.generation == 10
    assert "late" in move.because
    trip.until(Phase.ROLLED_BACK)
    assert len(trip.shifts) == 3


def test_a_stranger_that_succeeds_late_during_a_bake_is_overruled() -> None:
    trip = Trip(plan_of())
    trip.until_step("bake-25", Phase.BAKING)
    trip.reports.append(Reported("shift-50", 1, 3, "success", trip.now))  # of a rollout before this one
    trip.now += 1
    trip.look()
    assert trip.phase() is Phase.SHIFTING
    assert trip.shifts[-1] == ("shift-25", 25, NEW)
    assert trip.rollout.attempt == 2
    trip.until(Phase.SUCCEEDED)
    assert len(trip.shifts) == 5


def test_a_way_back_that_fails_is_said_to_have_failed() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.BAKING)
    trip.driver = "failure"
    trip.type(Want.ROLLBACK, reason="pager")
    move = trip.until(Phase.ROLLBACK_FAILED)
    assert [step for step, _, _ in trip.shifts] == ["shift-5", "rollback", "rollback", "rollback"]
    assert "Traffic is in an unknown state" in move.because
    assert "asked by bob: pager" in move.because


def test_a_way_back_that_nobody_answers_fails_at_its_deadline() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.BAKING)
    trip.driver = "silent"
    trip.type(Want.ROLLBACK)
    began = trip.now
    trip.until(Phase.ROLLBACK_FAILED)
    assert trip.now - began == pytest.approx(1200, abs=1)


def test_a_failed_smoke_test_goes_back_and_an_old_success_does_not_count() -> None:
    trip = Trip(plan_of())
    trip.until_step("bake-50", Phase.BAKING)
    trip.smoke = None  # the success from earlier stands there, but is about what served before
    trip.until(Phase.CHECKING)
    move = trip.pass_time(60)
    assert "waiting for smoke_production" in move.because.lower()
    trip.checks["smoke_production"] = CheckReading("failure", trip.now, "3 of 40 failed")
    trip.until(Phase.ROLLED_BACK)
    assert "the check smoke_production failed: 3 of 40 failed" in trip.rollout.why


def test_a_check_that_policy_names_goes_back_at_any_step() -> None:
    trip = Trip(plan_of("Error rate > 1%", "contract fails"))
    trip.until_step("bake-25", Phase.BAKING)
    trip.checks["contract"] = CheckReading("failure", trip.now, "HTTP 503")
    trip.until(Phase.ROLLED_BACK)
    assert trip.rollout.why == "contract fails: contract failed: HTTP 503"


def test_incidents() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.BAKING)
    trip.incidents = (Incident("12", 3, attributed=True), Incident("13", 1, attributed=False))
    trip.pass_time(60)
    assert trip.phase() is Phase.BAKING
    trip.incidents = (Incident("13", 1, attributed=False, suspected=True, title="checkout down"),)
    assert "checkout down" in trip.pass_time(15).because
    assert trip.phase() is Phase.PAUSED
    trip.incidents = (Incident("13", 1, attributed=True, title="checkout down"),)
    trip.until(Phase.ROLLED_BACK)
    assert "SEV-1 incident checkout down is attributed" in trip.rollout.why


def test_dry_run_pauses_and_a_person_may_go_on_all_the_same() -> None:
    trip = Trip(plan_of(mode="dry_run"))
    trip.errors["candidate"] = 0.05
    trip.until(Phase.BAKING)
    move = trip.until(Phase.PAUSED)
    assert "I would have rolled back" in move.because
    refused = trip.type(Want.PROMOTE).answers[0]
    assert not refused.done
    assert "/resume first" in refused.sentence
    trip.type(Want.RESUME)
    trip.pass_time(20 * 60)
    assert trip.phase() is Phase.BAKING  # excused, but it does not pass by itself
    assert trip.type(Want.PROMOTE).answers[0].done
    assert trip.rollout.step == "shift-25"
    assert trip.until(Phase.PAUSED).needs_person  # the excuse was for that share of traffic


def test_ask_pauses_and_goes_back_on_request() -> None:
    trip = Trip(plan_of(mode="ask"))
    trip.errors["candidate"] = 0.05
    move = trip.until(Phase.PAUSED)
    assert "I want to roll back" in move.because
    trip.type(Want.ROLLBACK)
    trip.until(Phase.ROLLED_BACK)


def test_without_a_good_release_to_go_back_to_it_pauses() -> None:
    trip = Trip(plan_of(baseline=""))
    trip.errors["candidate"] = 0.6
    move = trip.until(Phase.PAUSED)
    assert "no earlier good release" in move.because
    assert not trip.type(Want.ROLLBACK).answers[0].done
    assert trip.phase() is Phase.PAUSED
    assert trip.type(Want.ABORT).answers[0].done
    assert trip.phase() is Phase.ABORTED


def test_a_newer_release_takes_the_place_where_policy_says_so() -> None:
    trip = Trip(plan_of(when_newer="replace"))
    trip.until(Phase.BAKING)
    trip.newer = "d" * 40
    trip.until(Phase.SUPERSEDED)
    assert trip.shifts[-1] == ("rollback", 0, OLD)
    waiting = Trip(plan_of(when_newer="queue"))
    waiting.newer = "d" * 40
    waiting.until(Phase.SUCCEEDED)


def test_freezes_hold_what_has_not_begun_and_let_the_rest_finish() -> None:
    trip = Trip(plan_of())
    trip.freeze = Freeze("weekend", until=trip.now + 3600)
    move = trip.look()
    assert trip.phase() is Phase.FROZEN
    assert move.wake_at == trip.now + 3600
    trip.now += 3600
    trip.freeze = None
    trip.until(Phase.BAKING)
    trip.freeze = Freeze("weekend")
    trip.until(Phase.SUCCEEDED)


def test_a_freeze_that_holds_keeps_the_timers_and_never_the_way_back() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.BAKING)
    trip.pass_time(5 * 60)
    trip.freeze = Freeze("incident #9", in_flight="hold")
    move = trip.pass_time(3600)
    assert trip.phase() is Phase.FROZEN
    assert "Frozen at 5 %: incident #9" in move.because
    assert trip.rollout.timers.baked == pytest.approx(300, abs=16)
    assert not trip.type(Want.PROMOTE).answers[0].done
    trip.errors["candidate"] = 0.5
    trip.until(Phase.ROLLED_BACK)


def test_halt_stops_the_clock_and_resume_goes_on_where_it_stopped() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.BAKING)
    began = trip.now
    trip.pass_time(5 * 60)
    assert trip.type(Want.HALT, reason="looks odd").because.startswith("Paused at 5 %: halted by bob: looks odd.")
    trip.pass_time(3600)
    assert trip.rollout.traffic == 5
    assert not trip.type(Want.PROMOTE, by="mallory").answers[0].done
    assert trip.type(Want.RESUME).answers[0].done
    trip.until(Phase.SHIFTING)
    assert trip.now - began == pytest.approx(15 * 60 + 3600, abs=20)


def test_a_halted_release_that_turns_bad_is_taken_back() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.BAKING)
    trip.type(Want.HALT)
    trip.errors["candidate"] = 0.05
    trip.until(Phase.ROLLED_BACK)


def test_a_release_that_was_halted_while_traffic_moved_is_watched_too() -> None:
    trip = Trip(plan_of())
    trip.look()
    trip.now += 1
    trip.type(Want.HALT)
    trip.errors["candidate"] = 0.05
    trip.until(Phase.ROLLED_BACK)
    assert [step for step, _, _ in trip.shifts] == ["shift-5", "rollback"]


def test_a_halt_counts_even_in_the_look_that_finds_a_late_driver() -> None:
    trip = Trip(plan_of())
    trip.until_step("bake-25", Phase.BAKING)
    trip.reports.append(Reported("shift-50", 1, 3, "success", trip.now))
    trip.now += 1
    assert trip.type(Want.HALT).answers[0].done
    assert trip.phase() is Phase.PAUSED
    assert trip.shifts[-1] == ("shift-25", 25, NEW)
    trip.type(Want.RESUME)
    trip.until(Phase.SUCCEEDED)


def test_a_late_driver_after_the_end_is_overruled_by_a_rollback_of_its_own() -> None:
    trip = Trip(plan_of())
    trip.driver = "silent"
    trip.look()
    trip.driver = "success"
    trip.until(Phase.ROLLED_BACK)
    trip.now += 100
    assert reassert(trip.rollout, trip.facts(), trip.now) is None
    trip.reports.append(Reported("shift-5", 1, 8, "success", trip.now))
    move = reassert(trip.rollout, trip.facts(), trip.now + 1)
    assert move is not None
    assert move.rollout.phase is Phase.ROLLING_BACK
    assert [action.generation for action in move.actions if isinstance(action, StartShift)] == [10]
    assert reassert(move.rollout, trip.facts(), trip.now + 2) is None


def test_what_is_over_stays_over() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.SUCCEEDED)
    move = trip.type(Want.ROLLBACK)
    assert trip.phase() is Phase.SUCCEEDED
    assert not move.answers[0].done
    assert move.actions == ()


def test_an_open_incident_of_this_release_keeps_it_from_beginning() -> None:
    trip = Trip(plan_of())
    trip.incidents = (Incident("9", 1, attributed=True, title="double charges"),)
    move = trip.look()
    assert trip.phase() is Phase.PAUSED
    assert "I have not moved anything" in move.because
    trip.type(Want.RESUME)
    trip.until(Phase.SUCCEEDED)  # excused, and not brought up again


def test_a_promotion_is_for_the_step_that_was_seen() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.BAKING)
    seen = trip.now
    trip.until_step("bake-25", Phase.BAKING)
    answer = trip.type(Want.PROMOTE, at=seen + 1).answers[0]
    assert not answer.done
    assert "before bake-25 began" in answer.sentence
    assert trip.rollout.step == "bake-25"
    assert trip.type(Want.PROMOTE).answers[0].done
    assert trip.rollout.step == "shift-50"


def test_one_promotion_moves_one_step() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.BAKING)
    move = trip.look(Wanted(Want.PROMOTE, "bob", trip.now), Wanted(Want.PROMOTE, "carol", trip.now))
    assert trip.rollout.step == "shift-25"
    assert [answer.done for answer in move.answers] == [True, True]
    trip.until_step("bake-25", Phase.BAKING)
    assert trip.rollout.step == "bake-25"


def test_promote_all_keeps_the_order_and_the_last_look() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.BAKING)
    began = trip.now
    trip.type(Want.PROMOTE_ALL, by="sam")
    trip.until_step("bake-100", Phase.BAKING)
    assert trip.now - began < 10 * 60
    assert [share for _, share, _ in trip.shifts] == [5, 25, 50, 100]
    began = trip.now
    trip.until(Phase.SUCCEEDED)
    assert trip.now - began >= 15 * 60
    assert [passed.by for passed in trip.rollout.history if passed.step.startswith("bake")] == ["sam", "sam", "sam", ""]


def test_a_promotion_waits_for_a_suspicion_to_be_cleared() -> None:
    trip = Trip(plan_of())
    trip.until(Phase.BAKING)
    trip.pass_time(60)
    trip.errors["candidate"] = 0.10
    trip.now += 15
    trip.type(Want.PROMOTE)
    assert trip.phase() is Phase.BAKING
    assert trip.rollout.verdicts[0].code == "suspect"
    trip.until(Phase.ROLLED_BACK)


def test_skip_passes_a_check_and_nothing_that_moves() -> None:
    trip = Trip(plan_of())
    trip.look()
    assert not trip.type(Want.SKIP).answers[0].done
    trip.until_step("bake-50", Phase.BAKING)
    trip.smoke = None
    trip.until(Phase.CHECKING)
    assert not trip.type(Want.PROMOTE).answers[0].done
    assert trip.type(Want.SKIP, by="sam").answers[0].done
    assert trip.phase() is Phase.BAKING
    assert trip.rollout.history[-1].by == "sam"


def test_retry_repeats_what_the_infrastructure_did() -> None:
    trip = Trip(plan_of(mode="ask"))
    trip.driver = "error"
    trip.look()
    trip.until(Phase.PAUSED)
    trip.driver = "success"
    assert trip.type(Want.RETRY).answers[0].done
    assert trip.rollout.attempt == 2
    trip.until(Phase.BAKING)
    assert not trip.type(Want.RETRY).answers[0].done
    trip.until(Phase.SUCCEEDED)


def test_retry_does_not_overrule_a_halt() -> None:
    trip = Trip(plan_of(mode="ask"))
    trip.driver = "error"
    trip.look()
    trip.until(Phase.PAUSED)
    trip.type(Want.HALT, by="bob")
    answer = trip.type(Want.RETRY, by="alice").answers[0]
    assert not answer.done
    assert "halted by bob" in answer.sentence
    assert trip.phase() is Phase.PAUSED


def test_a_human_gate_waits_and_can_be_withdrawn_from() -> None:
    trip = Trip(plan_of(ask_first="two rollbacks in 24 h"))
    move = trip.look()
    assert trip.phase() is Phase.GATED
    assert "two rollbacks in 24 h. Type /promote to go on." in move.because
    assert move.needs_person
    withdrawn = Trip(plan_of(ask_first="two rollbacks in 24 h"))
    withdrawn.look()
    assert withdrawn.type(Want.ROLLBACK).actions[0].outcome is Phase.REJECTED  # type: ignore[union-attr]
    trip.now += 10
    trip.type(Want.PROMOTE)
    assert trip.shifts == [("shift-5", 5, NEW)]


def test_recreate_without_criteria_only_waits() -> None:
    policy_plan = plan_of("Error rate > 1%", strategy="recreate")
    assert [step.id for step in policy_plan.steps] == ["shift-100", "bake-100"]
    trip = Trip(policy_plan)
    trip.until(Phase.SUCCEEDED)
    assert trip.shifts == [("shift-100", 100, NEW)]


@pytest.mark.parametrize(
    "phase", [Phase.SHIFTING, Phase.SETTLING, Phase.BAKING, Phase.CHECKING, Phase.PAUSED, Phase.FROZEN]
)
@pytest.mark.parametrize(
    "want", [Want.HALT, Want.RESUME, Want.PROMOTE, Want.ABORT, Want.ROLLBACK, Want.RETRY, Want.SKIP]
)
def test_every_order_at_every_phase_is_answered(phase: Phase, want: Want) -> None:
    trip = Trip(plan_of())
    match phase:
        case Phase.CHECKING:
            trip.until_step("bake-50", Phase.BAKING)
            trip.smoke = None
            trip.until(phase)
        case Phase.PAUSED:
            trip.until(Phase.BAKING)
            trip.type(Want.HALT)
        case Phase.FROZEN:
            trip.until(Phase.BAKING)
            trip.freeze = Freeze("weekend", in_flight="hold")
            trip.look()
        case _:
            trip.until(phase)
    trip.now += 1
    traffic = trip.rollout.traffic
    answer = trip.type(want).answers[0]
    assert answer.sentence.endswith((".", "!"))
    after = trip.rollout
    expected = {
        Want.HALT: Phase.PAUSED,
        Want.ABORT: Phase.ABORTED,
        Want.ROLLBACK: Phase.ROLLING_BACK,
    }
    if want in expected:
        assert answer.done
        assert after.phase is expected[want]
    if want is Want.RESUME:
        assert answer.done is (phase is Phase.PAUSED)
    if want is Want.PROMOTE:
        assert answer.done is (phase is Phase.BAKING)
    if want is Want.SKIP:
        assert answer.done is (phase in (Phase.BAKING, Phase.CHECKING))
    if want is Want.RETRY:
        assert not answer.done
    assert after.traffic == (0 if want is Want.ROLLBACK else 25 if (want, phase) in PROMOTING else traffic)


PROMOTING = {(Want.PROMOTE, Phase.BAKING), (Want.SKIP, Phase.BAKING)}
