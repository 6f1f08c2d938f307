"""What a rolling, a blue-green or a shadow rollout orders, and who is served then: whole instances, slots, copies of requests."""

from typing import Any

import pytest

from sandbox.github.state import Deployment
from sandbox.instances import Tally, whole
from sandbox.service import Shop
from tests.sandbox.test_pipeline import Team, states, team
from tests.sandbox.test_service import MINUTE, START, A, B, series_value, total

__all__ = ["team"]


def order(team: Team, sha: str, strategy: str, generation: int, traffic: float, **target: Any) -> Deployment:
    """A shift as the bot orders it under that strategy."""
    payload = {
        "schema": 1, "generation": generation, "strategy": strategy, "traffic": traffic, "candidate": sha,
        "baseline": team.baseline, "target": {"candidate": 0, "baseline": 0, "mirror": 0, "live": "", **target},
    }  # fmt: skip
    return team.create(sha, "shift", payload)


async def test_rolling_replaces_whole_instances(team: Team) -> None:
    sha = await team.candidate()
    for generation, (share, serves) in enumerate(((10, 25), (50, 50), (75, 75), (100, 100)), 1):
        shift = order(team, sha, "rolling", generation, share, candidate=share, baseline=100 - share)
        await team.world.clock.advance(5)
        assert team.serving() == (team.baseline, sha, serves)
        assert shift.statuses[-1].description == f"{serves // 25} of 4 instances run {sha[:7]}"


async def test_slots_say_who_is_live_and_the_switch_takes_no_time(team: Team) -> None:
    sha = await team.candidate()
    up = order(team, sha, "blue_green", 1, 0, candidate=100, baseline=100, live="blue")
    await team.world.clock.advance(5)
    assert team.serving() == (team.baseline, sha, 0)
    assert up.statuses[-1].description == f"{sha[:7]} is up as green, all traffic is on {team.baseline[:7]}"
    began = team.world.now()
    assert team.shop.tally("production", "canary", began).requests == 0

    switch = order(team, sha, "blue_green", 2, 100, candidate=100, baseline=100, live="green")
    await team.world.clock.advance(1)
    assert states(switch) == ["in_progress", "success"]
    assert team.serving() == (team.baseline, sha, 100)

    back = order(team, sha, "blue_green", 3, 0, candidate=0, baseline=100, live="blue")
    await team.world.clock.advance(1)
    assert states(back) == ["in_progress", "success"]
    assert team.serving() == (team.baseline, None, 0)


async def test_blue_is_retired_and_comes_back_by_a_deployment(team: Team) -> None:
    sha = await team.candidate()
    order(team, sha, "blue_green", 1, 100, candidate=100, baseline=100, live="green")
    await team.world.clock.advance(5)
    order(team, sha, "blue_green", 2, 100, candidate=100, baseline=0, live="green")
    await team.world.clock.advance(5)
    assert team.serving() == (None, sha, 100)
    back = order(team, sha, "blue_green", 3, 0, candidate=0, baseline=100, live="blue")
    await team.world.clock.advance(1)
    assert states(back) == ["in_progress"]  # it has to be started again, which takes its time
    await team.world.clock.advance(2)
    assert team.serving() == (team.baseline, None, 0)


async def test_mirrored_requests_are_copies(team: Team) -> None:
    sha = await team.candidate()
    began = order(team, sha, "shadow", 1, 0, baseline=100, mirror=10)
    await team.world.clock.advance(3)
    assert began.statuses[-1].description == f"10% of the requests are copied to {sha[:7]}"
    start = team.world.now()
    await team.world.clock.advance(60)
    users, copies = (
        team.shop.tally("production", track, start + 60).requests - team.shop.tally("production", track, start).requests
        for track in ("baseline", "canary")
    )
    assert users == pytest.approx(2400)
    assert copies == pytest.approx(240)
    order(team, sha, "shadow", 2, 0, baseline=100)
    await team.world.clock.advance(5)
    assert team.serving() == (team.baseline, None, 0)
    assert team.shop.traffic("production").mirror == 0


@pytest.mark.parametrize(
    "target", [{}, {"live": "red", "candidate": 100, "baseline": 100}, {"live": "green", "baseline": None}]
)
async def test_slots_that_make_no_sense_fail_and_move_nothing(team: Team, target: Any) -> None:
    sha = await team.candidate()
    shift = order(team, sha, "blue_green", 1, 100, **target)
    await team.world.clock.advance(60)
    assert states(shift) == ["failure"]
    assert "blue or green" in shift.statuses[0].description
    assert team.serving() == (team.baseline, None, 0)


def test_green_is_up_before_the_switch_and_serves_nobody() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 0, idle=True)
    assert whole(shop.tally("production", "baseline", START + MINUTE).requests) == 2400
    assert shop.tally("production", "canary", START + MINUTE) == Tally()
    assert series_value(shop, START + MINUTE, "up", track="canary") == 1
    shop.shift(START + MINUTE, "production", B, 100)
    assert whole(total(shop, "canary", START + MINUTE, START + 2 * MINUTE).requests) == 2400
    assert total(shop, "baseline", START + MINUTE, START + 2 * MINUTE) == Tally()
    assert series_value(shop, START + 2 * MINUTE, "up", track="baseline") == 1  # blue is kept


def test_blue_is_retired_only_when_nobody_is_on_it() -> None:
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.shift(START, "production", B, 50, retire=True)
    assert shop.traffic("production").baseline == A
    shop.shift(START, "production", B, 100, retire=True)
    assert shop.traffic("production").baseline is None
    assert whole(shop.tally("production", "canary", START + MINUTE).requests) == 2400
    with pytest.raises(AssertionError, match="does not run"):
        series_value(shop, START + MINUTE, "up", track="baseline")
    shop.promote(START + MINUTE, "production", B)
    assert shop.traffic("production").baseline == B


@pytest.mark.parametrize(("share", "traffic"), [(0, 0), (1, 25), (25, 25), (26, 50), (50, 50), (75, 75), (100, 100)])
def test_instances_are_whole(share: float, traffic: float) -> None:
    assert Shop().by_instances(share) == traffic
