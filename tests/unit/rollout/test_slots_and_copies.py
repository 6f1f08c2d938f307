"""What only one strategy has: two sides and a switch, copies of requests, instances that are whole."""

import pytest

from bot.rollout.facts import CheckReading
from bot.rollout.model import Phase, Want
from tests.unit.rollout.test_ways_back import reach
from tests.unit.rollout.trip import NEW, Trip, plan_of

# --- blue-green ------------------------------------------------------------------------------------------------------------------


def test_blue_stays_for_as_long_as_policy_says_and_going_back_is_a_switch_all_that_time() -> None:
    trip = Trip(plan_of(strategy="blue_green"))
    reach(trip, "bake-keep")
    began = trip.now
    trip.pass_time(3500)
    trip.errors["candidate"] = 0.5
    trip.until(Phase.ROLLED_BACK)
    assert trip.now - began < 3700
    assert trip.shifts[-1][0] == "switch-back"


def test_blue_is_retired_in_time_though_nobody_can_measure() -> None:
    trip = Trip(plan_of(strategy="blue_green"))
    reach(trip, "bake-keep")
    began = trip.now
    trip.provider_error = "connection refused"
    trip.until(Phase.SUCCEEDED)
    assert 3600 <= trip.now - began < 3700


def test_a_workflow_that_ignores_slots_is_found_out_before_the_switch() -> None:
    trip = Trip(plan_of(strategy="blue_green"))
    trip.share = lambda asked: 100
    reach(trip, "bake-green")
    move = trip.until(Phase.PAUSED)
    assert "100 % of the requests reach the candidate where 0 % were asked for" in move.because
    assert "does not honour `slots`" in move.because
    assert "Paused before the switch" in move.because


def test_green_without_users_is_not_judged_and_needs_no_traffic() -> None:
    trip = Trip(plan_of(strategy="blue_green"), rps=0)
    reach(trip, "bake-green")
    trip.pass_time(30)
    assert trip.rollout.verdicts == ()
    reach(trip, "shift-switch")


def test_green_is_held_against_what_blue_did_before_the_switch() -> None:
    trip = Trip(plan_of("Error rate > 2x baseline", strategy="blue_green"))
    trip.errors["candidate"] = 0.01
    trip.until(Phase.ROLLED_BACK)
    (verdict,) = trip.rollout.verdicts
    assert verdict.weaker
    assert verdict.baseline is not None
    assert verdict.baseline.total == pytest.approx(6000 + 500, abs=1600)  # a minute and the check, at 100 per second
    assert trip.shifts[-1][0] == "switch-back"


def test_a_failed_preview_check_drops_green_and_users_never_saw_it() -> None:
    trip = Trip(plan_of(strategy="blue_green"))
    trip.smoke = "failure"
    trip.until(Phase.ROLLED_BACK)
    assert [step for step, _, _ in trip.shifts] == ["shift-green", "drop-green"]
    assert "smoke_production failed" in trip.rollout.why


def test_blue_that_cannot_be_retired_waits_for_a_person_and_takes_nobody_off_green() -> None:
    trip = Trip(plan_of(strategy="blue_green"))
    reach(trip, "bake-keep")
    trip.driver = "failure"
    move = trip.until(Phase.PAUSED)
    assert trip.rollout.step == "shift-retire"
    assert trip.rollout.traffic == 100
    assert "type /retry if it was the infrastructure" in move.because
    trip.driver = "success"
    assert trip.type(Want.RETRY).answers[0].done
    trip.until(Phase.SUCCEEDED)
    assert trip.shifts[-1][0] == "shift-retire"


def test_a_newer_release_does_not_turn_back_what_can_no_longer_be_switched() -> None:
    trip = Trip(plan_of(strategy="blue_green", when_newer="replace"))
    reach(trip, "shift-retire")
    trip.newer = "d" * 40
    trip.until(Phase.SUCCEEDED)
    trip = Trip(plan_of(strategy="blue_green", when_newer="replace"))
    reach(trip, "bake-keep")
    trip.newer = "d" * 40
    trip.until(Phase.SUPERSEDED)
    assert trip.shifts[-1][0] == "switch-back"


def test_promoting_all_keeps_the_one_look_that_judges() -> None:
    trip = Trip(plan_of(strategy="blue_green"))
    reach(trip, "bake-green")
    trip.type(Want.PROMOTE_ALL)
    reach(trip, "bake-switch")
    began = trip.now
    trip.until(Phase.SUCCEEDED)
    assert 900 <= trip.now - began < 1000  # the look of 15 minutes, and not the hour of keeping blue


def test_what_the_smoke_test_said_before_the_switch_is_not_asked_again_after_it() -> None:
    trip = Trip(plan_of(strategy="blue_green"))
    reach(trip, "bake-switch")
    trip.checks["smoke_production"] = CheckReading("failure", trip.now)
    trip.pass_time(60)
    assert trip.phase() is Phase.BAKING
    assert trip.shifts[-1] == ("shift-switch", 100, NEW)


# --- shadow ----------------------------------------------------------------------------------------------------------------------


def test_a_shadow_never_asks_for_users() -> None:
    for errors in (0.001, 0.2):
        trip = Trip(plan_of(strategy="shadow"))
        trip.errors["candidate"] = errors
        trip.until(Phase.SUCCEEDED, Phase.ROLLED_BACK)
        assert all(traffic == 0 for _, traffic, _ in trip.shifts)
        assert [action.target.mirror for action, _, _ in trip.asked] == [10, 0]


def test_a_shadow_that_does_worse_says_so_and_that_nobody_was_hurt() -> None:
    trip = Trip(plan_of(strategy="shadow"))
    trip.errors["candidate"] = 0.2
    move = trip.until(Phase.ROLLED_BACK)
    assert move.because.startswith("The mirroring to ccccccc is over: Error rate > 1%")
    assert move.because.endswith("No user was served by it.")
    (verdict,) = trip.rollout.verdicts
    assert verdict.baseline is not None
    assert not verdict.weaker  # what it is compared with is live beside it


def test_a_workflow_that_serves_users_from_a_shadow_is_found_out() -> None:
    trip = Trip(plan_of(strategy="shadow"))
    trip.share = lambda asked: 100
    reach(trip, "bake-mirror")
    move = trip.until(Phase.PAUSED)
    assert "does not honour `mirror`" in move.because
    assert "where 9.09 % were asked for" in move.because


def test_a_shadow_without_copies_pauses() -> None:
    trip = Trip(plan_of(strategy="shadow"))
    trip.copied = lambda rollout: 0.0  # type: ignore[method-assign]
    reach(trip, "bake-mirror")
    move = trip.until(Phase.PAUSED)
    assert "no request reached the candidate" in move.because
    assert "Paused with 10 % mirrored" in move.because


# --- rolling ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("instances", "paused"), [(1, True), (2, False), (3, False), (10, False)])
def test_instances_are_whole_and_few_of_them_are_no_trouble(instances: int, paused: bool) -> None:
    """A driver rounds up to whole instances: a quarter of two is one."""
    trip = Trip(plan_of(strategy="rolling"))
    trip.share = lambda asked: 100 * -(-asked * instances // 100) / instances
    if paused:
        assert "replaces all instances at once" in trip.until(Phase.PAUSED).because
    else:
        trip.until(Phase.SUCCEEDED)
