"""Checks that a plan waits for: early, late and failed ones, and people who resume over them."""

from bot.rollout.facts import CheckReading
from bot.rollout.model import Phase, Want
from tests.unit.rollout.test_ways_back import reach
from tests.unit.rollout.trip import Trip, plan_of

HALF_AN_HOUR = 1800


def test_a_check_that_failed_while_the_shift_still_settled_is_heard_at_once() -> None:
    trip = Trip(plan_of(strategy="blue_green"))
    trip.smoke = None
    trip.until(Phase.SETTLING)
    trip.checks["smoke_production"] = CheckReading("failure", trip.now)
    move = trip.until(Phase.ROLLING_BACK)
    assert trip.rollout.timers.worked < 60  # not at the deadline of the check
    assert "smoke_production failed" in move.because
    assert trip.shifts[-1][0] == "drop-green"


def test_resuming_over_a_check_that_is_late_waits_as_long_again_each_time() -> None:
    trip = Trip(plan_of(strategy="blue_green", mode="ask", deadline="9h"))
    reach(trip, "check-green")
    for _ in range(3):
        began = trip.now
        move = trip.until(Phase.PAUSED)
        assert HALF_AN_HOUR - 1 <= trip.now - began <= HALF_AN_HOUR + 1
        assert "did not succeed within 30 min" in move.because
        trip.type(Want.RESUME)
        assert trip.phase() is Phase.CHECKING
    trip.checks["smoke_production"] = CheckReading("success", trip.now)
    trip.look()
    assert trip.rollout.step == "bake-green"


def test_resuming_over_a_check_that_failed_waits_for_it_to_be_run_again() -> None:
    trip = Trip(plan_of(strategy="blue_green", mode="ask", deadline="9h"))
    reach(trip, "check-green")
    trip.checks["smoke_production"] = CheckReading("failure", trip.now)
    trip.until(Phase.PAUSED)
    trip.type(Want.RESUME)
    began = trip.now
    trip.until(Phase.PAUSED)
    assert trip.now - began >= HALF_AN_HOUR - 60
    assert trip.rollout.hold is not None
    assert trip.rollout.hold.signal == "check:check-green:late:0"
