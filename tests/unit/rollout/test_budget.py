"""What a rollout costs of the error budget: nothing while all is well, a pause when it is much, and never a guess from a few requests."""

import pytest
from msgspec.structs import replace

from bot.rollout.analysis import measuring
from bot.rollout.budget import spending, spent
from bot.rollout.evidence import Reading
from bot.rollout.model import Phase, Want
from bot.rollout.render import span
from tests.unit.rollout.trip import Trip, plan_of

BUDGET_REQUESTS = 30 * 86_400 * 0.001  # bad requests that 99.9 % over 30 d allow for each request per second
CARELESS = "Error rate > 50% with at least 1000000 requests"  # a criterion that nothing here meets


def watching(rps: float = 100.0, share: str = "bake-25") -> Trip:
    trip = Trip(plan_of(CARELESS), rps=rps)
    trip.until_step("bake-5", Phase.BAKING)
    if share != "bake-5":
        trip.pass_time(60)
        trip.type(Want.PROMOTE)
        trip.until_step(share, Phase.BAKING)
    return trip


def test_what_there_would_not_have_been_without_it() -> None:
    trip = watching()
    trip.errors = {"candidate": 0.005, "baseline": 0.001}
    before = spent(trip.rollout)
    trip.pass_time(600)
    # 25 requests a second for ten minutes, of which 0.4 % would not have failed
    assert spent(trip.rollout) - before == pytest.approx(25 * 600 * 0.004 / (100 * BUDGET_REQUESTS), rel=0.1)
    assert trip.phase() is Phase.BAKING


def test_what_both_suffer_from_costs_nothing() -> None:
    trip = watching()
    trip.errors = {"candidate": 0.02, "baseline": 0.02}
    trip.pass_time(600)
    assert spent(trip.rollout) < 1e-4


def test_a_rollout_that_costs_too_much_pauses_and_can_be_resumed() -> None:
    trip = watching()
    trip.errors["candidate"] = 0.3
    trip.until(Phase.PAUSED)
    hold = trip.rollout.hold
    assert hold is not None
    assert (hold.code, hold.signal) == ("budget", "budget")
    assert "of the error budget of 30 d, and 1 % is what one rollout may cost" in hold.reason
    assert 0.01 < spent(trip.rollout) < 0.02
    trip.errors["candidate"] = 0.001
    trip.type(Want.RESUME)
    trip.pass_time(60)
    assert trip.phase() is Phase.BAKING


def test_the_steps_add_up() -> None:
    trip = watching(share="bake-5")
    trip.errors["candidate"] = 0.01
    trip.pass_time(300)
    first = trip.rollout.spending
    trip.type(Want.PROMOTE)
    trip.errors["candidate"] = 0.001
    trip.until_step("bake-25", Phase.BAKING)
    trip.pass_time(60)
    assert first > 0
    assert trip.rollout.spent == pytest.approx(first, rel=0.3)
    assert spent(trip.rollout) >= trip.rollout.spent


def test_a_few_requests_are_no_bill() -> None:
    trip = watching(rps=0.2)
    trip.errors["candidate"] = 0.4
    trip.pass_time(400)
    assert spent(trip.rollout) > 0.01
    assert (trip.rollout.hold.code if trip.rollout.hold else "") != "budget"


def test_where_there_is_nothing_to_reckon_with() -> None:
    trip = watching()
    trip.pass_time(60)
    rollout, bake, now = trip.rollout, measuring(trip.rollout), trip.now
    assert bake is not None
    readings = [Reading("error_rate", "candidate", 900, 1000, now), Reading("error_rate", "baseline", 9000, 9000, now)]
    found = spending(rollout, bake, readings)
    assert found is not None
    assert found.certain
    assert spending(rollout, bake, readings[1:]) is None
    assert spending(rollout, bake, [replace(readings[0], error="provider: away"), readings[1]]) is None
    assert spending(rollout, bake, [replace(readings[0], good=float("nan")), readings[1]]) is None
    assert spending(replace(rollout, plan=replace(rollout.plan, slo=None)), bake, readings) is None
    assert spending(replace(rollout, plan=replace(rollout.plan, ships=False)), bake, readings) is None
    alone = spending(replace(rollout, reference=()), bake, readings[:1])
    assert alone is None


def test_a_burn_rate_says_how_fast() -> None:
    trip = Trip(plan_of("SLO burn rate > 14.4"))
    trip.until_step("bake-25", Phase.BAKING)
    trip.errors["candidate"] = 0.02
    trip.until(Phase.ROLLED_BACK)
    assert "burns 19.6 times as fast as it may: errors" in trip.rollout.why


@pytest.mark.parametrize(("seconds", "text"), [(86_400, "24 h"), (2_592_000, "30 d"), (180_000, "2 d 2 h")])
def test_days(seconds: float, text: str) -> None:
    assert span(seconds) == text
