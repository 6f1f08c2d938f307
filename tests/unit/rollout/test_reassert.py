"""After a success somebody moves traffic late: what is live is asked for once more, and nothing is ever taken back by that."""

import pytest
from msgspec.structs import replace

from bot.rollout.facts import Move, Reported, StartShift
from bot.rollout.machine import leave_be, reassert
from bot.rollout.model import Phase, Shift, Want
from bot.rollout.strategies import STRATEGIES
from tests.unit.rollout.trip import Trip, plan_of

NEWER = "d" * 40


def ended(strategy: str) -> Trip:
    trip = Trip(plan_of(strategy=strategy, when_newer="replace"))
    trip.until(Phase.SUCCEEDED)
    trip.now += 60
    return trip


def late(trip: Trip, which: int, state: str = "success") -> Move | None:
    """The driver of one of the shifts reports once more, now."""
    shift = trip.asked[which][0]
    trip.reports.append(Reported(shift.step, shift.attempt, shift.generation, state, trip.now))  # type: ignore[arg-type]
    return reassert(trip.rollout, trip.facts(), trip.now + 1)


def again(trip: Trip, which: int = 0) -> Trip:
    """Asked for once more."""
    move = late(trip, which)
    assert move is not None
    trip.rollout = move.rollout
    (action,) = move.actions
    assert isinstance(action, StartShift)
    trip.asked.append((action, trip.now, trip.driver))
    return trip


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_older_shift_that_succeeds_late_has_the_last_one_asked_for_again(strategy: str) -> None:
    for which in range(len(ended(strategy).asked) - 1):
        trip = ended(strategy)
        newest = trip.asked[-1][0]
        if trip.asked[which][0].step == newest.step:
            continue
        move = late(trip, which)
        assert move is not None
        (action,) = move.actions
        assert isinstance(action, StartShift)
        assert (action.step, action.traffic, action.sha, action.target) == (
            newest.step,
            newest.traffic,
            newest.sha,
            newest.target,
        )
        assert action.generation == newest.generation + 1
        assert move.wake_at is not None


def test_neither_the_newest_one_nor_one_that_failed_moves_anything() -> None:
    assert late(ended("canary"), -1) is None
    assert late(ended("canary"), 0, "failure") is None
    assert reassert(ended("canary").rollout, ended("canary").facts(), 5e9) is None


def test_it_ends_as_it_ended_and_watches_nothing_anew() -> None:
    trip = again(ended("canary"))
    history = trip.rollout.history
    began = trip.now
    trip.until(Phase.SUCCEEDED)
    assert trip.now - began < 120
    assert trip.rollout.history == history
    assert not trip.rollout.reasserting


@pytest.mark.parametrize("driver", ["failure", "error", "silent"])
def test_where_the_driver_cannot_a_person_decides_and_nothing_is_taken_back(driver: str) -> None:
    trip = ended("canary")
    trip.driver = driver
    again(trip)
    move = trip.until(Phase.PAUSED)
    assert move.needs_person
    assert "being asked for once more" in move.because
    trip.driver = "success"
    trip.type(Want.RETRY)
    trip.until(Phase.SUCCEEDED)
    assert {action.traffic for action, _, _ in trip.asked[4:]} == {100}


def test_something_newer_waits_for_it() -> None:
    trip = again(ended("canary"))
    trip.newer = NEWER
    trip.look()
    assert trip.rollout.phase is Phase.SHIFTING


def test_what_is_left_be_is_what_it_was() -> None:
    trip = ended("canary")
    before = trip.rollout
    after = leave_be(again(trip).rollout, trip.now)
    assert (after.phase, after.reasserting, after.traffic) == (Phase.SUCCEEDED, False, before.traffic)
    assert replace(after, plan=before.plan) == after
    assert isinstance(after.plan.step(after.step), Shift)
