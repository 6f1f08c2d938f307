"""Everything around the bot is in trouble: several workers pull at one queue, Redis forgets everything, GitHub answers late, wrongly, or not
at all. The journeys become slower by it and end in the same world.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.github.faults import Fault
from tests.robustness.journeys import JOURNEYS, Disturb, travel
from tests.robustness.mortal import MortalWorld
from tests.robustness.outcome import differences

pytestmark = pytest.mark.timeout(900)  # each test is a journey made dozens of times

PARTS = 4  # so that several test processes share the writes
WIPES = 24

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

_undisturbed: dict[str, tuple[dict[str, Any], int, int]] = {}


async def undisturbed(name: str, url: str, directory: Path) -> tuple[dict[str, Any], int, int]:
    """How it ends when nothing goes wrong; how many writes GitHub got on the way; how many points of I/O the worker passed."""
    if name not in _undisturbed:
        marks: list[int] = []

        def watch(world: MortalWorld) -> None:
            marks.append(world.github.journal.mark())
            world.points.armed = True

        ended, world = await travel(name, url, directory, watch)
        _undisturbed[name] = ended, len(world.github.journal.writes(marks[0])), world.points.passed
    return _undisturbed[name]


async def assert_same(name: str, url: str, directory: Path, disturb: Disturb, why: str = "") -> MortalWorld:
    expected, _, _ = await undisturbed(name, url, directory)
    ended, world = await travel(name, url, directory, disturb)
    assert not (wrong := differences(ended, expected)), f"{wrong}\n{why}"
    return world


def before_request(world: MortalWorld, do: Callable[[str, str], None]) -> None:
    """Have `do` called with method and path of each request before the sandbox chooses its faults."""
    pick = world.github.faults.pick

    def told(method: str, path: str) -> list[Fault]:
        do(method, path)
        return pick(method, path)

    world.github.faults.pick = told  # type: ignore[method-assign]


def trouble_at_write(world: MortalWorld, at: int, trouble: dict[str, Any]) -> None:
    """The `at`-th request from now on that would change GitHub meets this."""
    writes = 0

    def count(method: str, path: str) -> None:
        nonlocal writes
        if method != "GET" and not path.endswith("/access_tokens"):
            writes += 1
            if writes == at:
                world.github.faults.add(**trouble)

    before_request(world, count)


@pytest.mark.parametrize("hands", [(1, 1), (50,), (50, 50, 50)], ids=str)
@pytest.mark.parametrize("name", JOURNEYS)
async def test_several_workers_share_one_queue(
    redis_url: str, tmp_path: Path, name: str, hands: tuple[int, ...]
) -> None:
    def hire(world: MortalWorld) -> None:
        assert world.start is not None
        world.processes += [world.start() for _ in hands[1:]]
        for process, at_once in zip(world.processes, hands, strict=True):
            process.worker._at_once = at_once

    await assert_same(name, redis_url, tmp_path, hire)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", ["deploy", "halt, resume, promote", "taken back by itself", "merge"])
async def test_redis_forgets_everything_under_a_living_worker(
    redis_url: str, tmp_path: Path, name: str, part: int
) -> None:
    _, _, points = await undisturbed(name, redis_url, tmp_path)
    for nth in range(part, WIPES, PARTS):
        point = 1 + nth * (points - 1) // WIPES

        def wipe(world: MortalWorld, at: int = point) -> None:
            world.points.armed = True
            world.points.at[at] = world.nerves.flushall

        await assert_same(name, redis_url, tmp_path, wipe, f"wiped at point {point} of {points}")


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_each_write_of_a_deployment_meets_trouble(
    redis_url: str, tmp_path: Path, trouble: str, part: int
) -> None:
    _, writes, _ = await undisturbed("deploy", redis_url, tmp_path)
    for at in range(part + 1, writes + 1, PARTS):

        def meet(world: MortalWorld, at: int = at) -> None:
            trouble_at_write(world, at, TROUBLES[trouble])

        world = await assert_same("deploy", redis_url, tmp_path, meet, f"{trouble} at write {at} of {writes}")
        assert any(entry.fault for entry in world.github.journal.entries)


@pytest.mark.parametrize("name", [name for name in JOURNEYS if name != "deploy"])
async def test_each_answer_to_a_write_is_lost(redis_url: str, tmp_path: Path, name: str) -> None:
    _, writes, _ = await undisturbed(name, redis_url, tmp_path)
    for at in range(1, writes + 1):

        def lose(world: MortalWorld, at: int = at) -> None:
            trouble_at_write(world, at, TROUBLES["lost answer"])

        await assert_same(name, redis_url, tmp_path, lose, f"at write {at} of {writes}")


@pytest.mark.parametrize("name", JOURNEYS)
async def test_what_was_written_shows_only_seconds_later(redis_url: str, tmp_path: Path, name: str) -> None:
    def lag(world: MortalWorld) -> None:
        world.github.faults.add("lag", seconds=8.0)

    await assert_same(name, redis_url, tmp_path, lag)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", JOURNEYS)
async def test_an_evening_on_which_nothing_works(redis_url: str, tmp_path: Path, name: str, seed: int) -> None:
    """One request in eight fails, in any way; reads lag; answers take their time."""

    def trouble(world: MortalWorld) -> None:
        chance = random.Random(seed)
        world.github.faults.add("lag", seconds=3.0)
        world.github.faults.add("latency", times=None, seconds=0.001)

        def fail(method: str, path: str) -> None:
            if chance.random() < 0.125:
                world.github.faults.add(**chance.choice(list(TROUBLES.values())))

        before_request(world, fail)

    await assert_same(name, redis_url, tmp_path, trouble)
