"""Everything around the bot is in trouble: several workers pull at one queue, Redis forgets everything, GitHub answers late, wrongly, or not
at all. The journeys become slower by it and end in the same world.
"""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.robustness.journeys import JOURNEYS
from tests.robustness.mortal import MortalWorld
from tests.robustness.splitting import Way
from tests.robustness.travelling import Place, assert_same, undisturbed

pytestmark = pytest.mark.timeout(900)  # each test is the ends of a journey dozens of times

WIPES = 24
EVENINGS = 4

TROUBLES: dict[str, dict[str, Any]] = {
    "lost answer": {"kind": "lost_answer"},
    "connection reset": {"kind": "reset"},
    "502": {"kind": "status", "status": 502},
    "500": {"kind": "status", "status": 500},
    "a page of HTML": {"kind": "html"},
    "403, secondary limit": {"kind": "secondary_limit", "status": 403, "retry_after": 45},
    "429, secondary limit without Retry-After": {"kind": "secondary_limit", "status": 429},
    "403, nothing left of the hour": {"kind": "primary_limit", "status": 403, "seconds": 240.0},
}


def meeting(place: Place, trouble: str) -> Way:
    """This write, of all requests that would change GitHub, meets this."""

    def meet(world: MortalWorld) -> None:
        world.writes.at[place.number] = lambda: world.github.faults.add(**TROUBLES[trouble])

    return Way(f"{trouble} at {place.what} (write {place.number})", place.round, meet)


@pytest.mark.parametrize("name", JOURNEYS)
async def test_several_workers_share_one_queue(redis_url: str, tmp_path: Path, name: str) -> None:
    known = await undisturbed(name, redis_url, tmp_path)

    def hiring(hands: tuple[int, ...]) -> Way:
        def hire(world: MortalWorld) -> None:
            assert world.start is not None
            world.processes += [world.start() for _ in hands[1:]]
            for process, at_once in zip(world.processes, hands, strict=True):
                process.worker._at_once = at_once

        return Way(f"workers that do so many jobs at once: {hands}", known.begins, hire)

    await assert_same(name, redis_url, tmp_path, [hiring(hands) for hands in ((1, 1), (50,), (50, 50, 50))])


@pytest.mark.parametrize("name", ["deploy", "halt, resume, promote", "taken back by itself", "merge"])
async def test_redis_forgets_everything_under_a_living_worker(redis_url: str, tmp_path: Path, name: str) -> None:
    points = (await undisturbed(name, redis_url, tmp_path)).points

    def wiping(place: Place) -> Way:
        def wipe(world: MortalWorld) -> None:
            world.points.at[place.number] = world.nerves.flushdb

        return Way(f"wiped {place.what} (point {place.number} of {len(points)})", place.round, wipe)

    places = [points[nth * (len(points) - 1) // WIPES] for nth in range(WIPES)]
    await assert_same(name, redis_url, tmp_path, [wiping(place) for place in places])


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_each_write_of_a_deployment_meets_trouble(redis_url: str, tmp_path: Path, trouble: str) -> None:
    known = await undisturbed("deploy", redis_url, tmp_path)
    endings = await assert_same("deploy", redis_url, tmp_path, [meeting(place, trouble) for place in known.writes])
    assert all(ending.faults for ending in endings)


@pytest.mark.parametrize("name", [name for name in JOURNEYS if name != "deploy"])
async def test_each_answer_to_a_write_is_lost(redis_url: str, tmp_path: Path, name: str) -> None:
    known = await undisturbed(name, redis_url, tmp_path)
    endings = await assert_same(name, redis_url, tmp_path, [meeting(place, "lost answer") for place in known.writes])
    assert all(ending.faults for ending in endings)


@pytest.mark.parametrize("name", JOURNEYS)
async def test_an_evening_on_which_little_works(redis_url: str, tmp_path: Path, name: str) -> None:
    """What was written shows only seconds later. Or one request in eight fails, in any way; reads lag; answers take their time."""
    known = await undisturbed(name, redis_url, tmp_path)

    def lag(world: MortalWorld) -> None:
        world.github.faults.add("lag", seconds=8.0)

    def troubling(seed: int) -> Way:
        def trouble(world: MortalWorld) -> None:
            chance = random.Random(seed)
            world.github.faults.add("lag", seconds=3.0)
            world.github.faults.add("latency", times=None, seconds=0.001)

            def fail() -> None:
                if chance.random() < 0.125:
                    world.github.faults.add(**chance.choice(list(TROUBLES.values())))

            world.requests.each = fail

        return Way(f"the evening of seed {seed}", known.begins, trouble)

    evenings = [troubling(seed) for seed in range(EVENINGS)]
    await assert_same(name, redis_url, tmp_path, [Way("reads lag", known.begins, lag), *evenings])
