"""`health fails`: three unhealthy answers in a row take a release back at once, one never does, and no answer is no reason."""

import pytest
from msgspec.structs import replace

from bot.rollout.evidence import Judgement, Reading
from bot.rollout.health import AGAIN, probe_due
from bot.rollout.model import Phase, Want
from tests.unit.rollout.trip import OLD, Trip, plan_of


def watching(*when: str, step: str = "bake-25", **choices: str) -> Trip:
    trip = Trip(plan_of(*(when or ("health fails",)), **choices))
    trip.until_step(step, Phase.BAKING)
    trip.pass_time(30)
    return trip


def test_an_unhealthy_release_is_taken_back_within_seconds() -> None:
    trip = watching()
    trip.healthy["candidate"] = False
    began = trip.now
    trip.until(Phase.ROLLING_BACK)
    assert trip.now - began <= 15 + 2 * AGAIN
    assert trip.shifts[-1][1:] == (0, OLD)
    assert trip.rollout.why == "health fails: /healthz answered 503, 3 times in a row"


def test_one_bad_answer_takes_nothing_back_and_holds_the_bake_until_it_is_a_good_one_again() -> None:
    trip = watching()
    trip.healthy["candidate"] = False
    trip.pass_time(14)
    assert "/healthz answered 503, 1 of 3 times in a row" in trip.rollout.verdicts[0].reason
    trip.healthy["candidate"] = True
    trip.until(Phase.SUCCEEDED)


def test_looking_again_at_once_is_not_another_answer() -> None:
    trip = watching()
    trip.healthy["candidate"] = False
    for _ in range(10):
        trip.look()
    assert trip.phase() is Phase.BAKING


def test_not_getting_there_is_no_illness() -> None:
    trip = watching()
    trip.unprobed = "provider: the probe does not get there (ClientConnectorDNSError)"
    trip.until(Phase.PAUSED)
    assert (trip.rollout.hold and trip.rollout.hold.code) == "unknown"
    assert trip.rollout.verdicts[0].code == "provider"


def test_a_baseline_that_is_unhealthy_too_pauses_and_takes_nothing_back() -> None:
    trip = watching()
    trip.healthy = {"candidate": False, "baseline": False}
    trip.until(Phase.PAUSED)
    assert "the baseline is unhealthy too" in trip.rollout.verdicts[0].reason
    assert (trip.rollout.hold and trip.rollout.hold.code) == "degraded"


def test_what_was_unhealthy_before_says_nothing_about_the_release_that_may_mend_it() -> None:
    trip = Trip(plan_of("health fails", strategy="recreate"))
    trip.rollout = replace(trip.rollout, reference=(Reading("health", "baseline", 0.0, 1.0, trip.now),))
    trip.healthy["candidate"] = False
    trip.until(Phase.PAUSED)
    assert "it was unhealthy before anything moved" in trip.rollout.verdicts[0].reason
    trip.healthy["candidate"] = True
    trip.type(Want.RESUME)
    trip.until(Phase.SUCCEEDED)


def test_when_everything_is_on_it_nobody_else_has_to_be_healthy() -> None:
    trip = watching(step="bake-100")
    trip.healthy = {"candidate": False, "baseline": False}
    trip.until(Phase.ROLLED_BACK)


def test_for_a_while() -> None:
    trip = watching("health fails for 2m")
    trip.healthy["candidate"] = False
    trip.pass_time(100)
    assert trip.phase() is Phase.BAKING
    assert "not for long enough yet" in trip.rollout.verdicts[0].reason
    trip.pass_time(60)
    assert trip.phase() in (Phase.ROLLING_BACK, Phase.ROLLED_BACK)


def test_health_alone_is_something_to_pass() -> None:
    trip = Trip(plan_of("health fails"))
    trip.until(Phase.SUCCEEDED)
    assert not any(move.needs_person for move in trip.moves)


@pytest.mark.parametrize(
    ("every", "age", "due"), [(15.0, 5.0, False), (15.0, 15.0, True), (60.0, 59.0, False), (60.0, 59.6, True)]
)
def test_how_often_it_is_asked(every: float, age: float, due: bool) -> None:
    trip = watching()
    assert probe_due(trip.rollout, every, trip.rollout.looks[0].at + age) is due
    trip.healthy["candidate"] = False
    trip.pass_time(14)
    assert probe_due(trip.rollout, every, trip.rollout.looks[0].at + 1)


def test_where_it_is_asked_rarely_the_last_answer_stands() -> None:
    trip = watching()
    trip.blind = True
    trip.look()
    (verdict,) = trip.rollout.verdicts
    assert verdict.judgement is Judgement.PASS
    trip.now += 301
    trip.look()
    assert trip.rollout.verdicts[0].code == "no_data"
