"""Every journey, with a process of the bot dying at each point of I/O in turn: it ends in the world in which it would have ended anyway.

One comment, one deployment for each shift, no command lost, nothing said twice. For worker and clock the points between which nothing
outside the process changed are one death (`tests.robustness.mortal`); the receiver dies at every single one, and GitHub's log of deliveries
is how it is found out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.robustness.journeys import BY_COMMAND, JOURNEYS, travel
from tests.robustness.mortal import MortalWorld
from tests.robustness.outcome import differences

pytestmark = pytest.mark.timeout(900)  # each test is a journey made dozens of times

PARTS = 16  # so that several test processes share the points


@dataclass(frozen=True)
class Undisturbed:
    """How a journey ends when nothing goes wrong; after which of the worker's points each state of the world was first seen; all points."""

    outcome: dict[str, Any]
    states: list[int]
    points: list[str]
    received: list[str]


_undisturbed: dict[str, Undisturbed] = {}


async def undisturbed(name: str, url: str, directory: Path) -> Undisturbed:
    def watch(world: MortalWorld) -> None:
        world.points.armed = world.receiving.armed = True
        world.points.look = world.fingerprint

    if name not in _undisturbed:
        ended, world = await travel(name, url, directory, watch)
        _undisturbed[name] = Undisturbed(ended, world.points.states, world.points.names, world.receiving.names)
    return _undisturbed[name]


@pytest.mark.parametrize("name", JOURNEYS)
async def test_undisturbed_everything_is_done_once(redis_url: str, tmp_path: Path, name: str) -> None:
    known = await undisturbed(name, redis_url, tmp_path)
    assert len(known.states) > 15
    assert len(known.received) >= 4
    ended = known.outcome
    assert ended["living"] == [1]
    assert ended["unanswered"] == ended["pending"] == ended["refused"] == ended["failures"] == []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", JOURNEYS)
async def test_a_worker_killed_anywhere_changes_nothing(redis_url: str, tmp_path: Path, name: str, part: int) -> None:
    known = await undisturbed(name, redis_url, tmp_path)
    for point in known.states[part::PARTS]:

        def kill(world: MortalWorld, at: int = point) -> None:
            world.points.armed, world.points.crash_at = True, at

        ended, world = await travel(name, redis_url, tmp_path, kill)
        assert world.deaths == 1
        assert not (wrong := differences(ended, known.outcome)), (
            wrong + f"\nkilled {known.points[point - 1]} (point {point} of {len(known.points)})"
        )


@pytest.mark.parametrize("part", range(4))
async def test_what_was_typed_is_released_once_wherever_a_worker_dies(
    redis_url: str, tmp_path: Path, part: int
) -> None:
    known = await undisturbed(BY_COMMAND, redis_url, tmp_path)
    assert [release[0] for release in known.outcome["releases"]] == ["v0.1.0"]
    released = next(place for place, name in enumerate(known.points) if name.endswith("/releases") and "POST" in name)
    near = [point for point in known.states if abs(point - released) < 40]
    for point in near[part::4]:

        def kill(world: MortalWorld, at: int = point) -> None:
            world.points.armed, world.points.crash_at = True, at

        ended, world = await travel(BY_COMMAND, redis_url, tmp_path, kill)
        assert world.deaths == 1
        assert not (wrong := differences(ended, known.outcome)), wrong + f"\nkilled {known.points[point - 1]}"


@pytest.mark.parametrize("part", range(PARTS // 4))
@pytest.mark.parametrize("name", JOURNEYS)
async def test_a_receiver_killed_anywhere_changes_nothing(redis_url: str, tmp_path: Path, name: str, part: int) -> None:
    known = await undisturbed(name, redis_url, tmp_path)
    for point in range(part + 1, len(known.received) + 1, PARTS // 4):

        def kill(world: MortalWorld, at: int = point) -> None:
            world.receiving.armed, world.receiving.crash_at = True, at

        ended, world = await travel(name, redis_url, tmp_path, kill)
        assert world.deaths == 1
        assert world.unheard() == 0
        assert not (wrong := differences(ended, known.outcome)), (
            wrong + f"\nkilled {known.received[point - 1]} (point {point} of {len(known.received)})"
        )
