"""Every journey, with the bot's process dying at each point of I/O in turn: it ends in the world in which it would have ended anyway.

One comment, one deployment for each shift, no command lost, nothing said twice. Points between which nothing outside the process changed
are one death (`tests.robustness.mortal`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from sandbox.service import Fault
from tests.policies import MORTAL_POLICY
from tests.robustness.mortal import MortalWorld, open_mortal
from tests.robustness.outcome import outcome

PARTS = 8  # so that several test processes share the points

Act = Callable[[MortalWorld], Awaitable[None]]


@dataclass(frozen=True)
class Journey:
    """`prepare` happens undisturbed, then `go` with a death in it. Both are people's doings and the time that passes."""

    prepare: Act
    go: Act
    policy: str = MORTAL_POLICY


async def green_pull(world: MortalWorld) -> None:
    await world.open_green()
    await world.rest()


async def deploy(world: MortalWorld) -> None:
    await world.people.comment("alice", 1, "/deploy canary")
    await world.rest()


async def broken_canary_at_five_percent(world: MortalWorld) -> None:
    await green_pull(world)
    world.playground.shop.strike(world.github.now(), Fault.BROKEN)
    await world.people.comment("alice", 1, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)


async def rest(world: MortalWorld) -> None:
    await world.rest()


async def live(world: MortalWorld) -> None:
    await green_pull(world)
    await deploy(world)


async def roll_back(world: MortalWorld) -> None:
    await world.people.comment("alice", 1, "/rollback production too many complaints")
    await world.rest()


async def watched_at_five_percent(world: MortalWorld) -> None:
    await green_pull(world)
    await world.people.comment("alice", 1, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    await world.advance(20)


async def halt_resume_promote(world: MortalWorld) -> None:
    await world.people.comment("bob", 1, "/halt")
    await world.until(lambda: "Halted at 5 %" in world.comment_text())
    await world.people.comment("bob", 1, "/resume")
    await world.until(lambda: "Going on at 5 %" in world.comment_text())
    await world.people.comment("bob", 1, "/promote")
    await world.until(lambda: "is promoted" in world.comment_text())
    world.points.armed = False  # from here on it is the journey of every deployment
    await world.rest()


async def merge(world: MortalWorld) -> None:
    await world.people.merge("bob", 1, "squash")
    await world.rest()
    (living,) = world.bot_comments()
    ticked = living.body.replace("- [ ] <!-- tagboat:task id=stake", "- [x] <!-- tagboat:task id=stake")
    assert ticked != living.body
    await world.people.edit_comment("carol", living.id, ticked)
    await world.rest()


async def merged(world: MortalWorld) -> None:
    await world.people.tag("bob", "v1.0.0", world.repo.branches["main"])
    await green_pull(world)
    await world.people.merge("bob", 1, "squash")
    await world.rest()


async def tag(world: MortalWorld) -> None:
    await world.people.tag("bob", "v1.1.0", world.repo.branches["main"])
    await world.rest()


async def ask_for_the_four_keys(world: MortalWorld) -> None:
    await world.people.comment("dave", 1, "/dora")
    await world.rest()


SLOW = MORTAL_POLICY.replace("{ traffic: 5%,   bake: 5s, max: 10m }", "{ traffic: 5%,   bake: 5m, max: 20m }")

JOURNEYS = {
    "deploy": Journey(green_pull, deploy),
    "taken back by itself": Journey(broken_canary_at_five_percent, rest),
    "taken back by hand": Journey(live, roll_back),
    "halt, resume, promote": Journey(watched_at_five_percent, halt_resume_promote, SLOW),
    "merge": Journey(green_pull, merge),
    "release": Journey(merged, tag),
    "four keys": Journey(merged, ask_for_the_four_keys),
}

_expected: dict[str, tuple[dict[str, Any], list[int], list[str]]] = {}


async def travel(journey: Journey, url: str, directory: Path, crash_at: int = 0) -> tuple[dict[str, Any], MortalWorld]:
    with redis.Redis.from_url(url) as client:
        client.flushall()
    async with open_mortal(url, directory, journey.policy) as world:
        await journey.prepare(world)
        points = world.points
        points.armed, points.crash_at = True, crash_at
        points.look = None if crash_at else world.fingerprint
        await journey.go(world)
        return await outcome(world), world


async def undisturbed(name: str, url: str, directory: Path) -> tuple[dict[str, Any], list[int], list[str]]:
    """How it ends when nothing goes wrong; the points after which each state of the world was first seen; the names of all points."""
    if name not in _expected:
        ended, world = await travel(JOURNEYS[name], url, directory)
        _expected[name] = ended, world.points.states, world.points.names
    return _expected[name]


@pytest.mark.parametrize("name", JOURNEYS)
async def test_undisturbed_nothing_is_done_twice(redis_url: str, tmp_path: Path, name: str) -> None:
    ended, states, _ = await undisturbed(name, redis_url, tmp_path)
    assert len(states) > 15
    assert ended["living"] == [1]
    assert ended["unanswered"] == ended["pending"] == ended["refused"] == ended["failures"] == []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("name", JOURNEYS)
async def test_killed_anywhere_it_ends_in_the_same_world(redis_url: str, tmp_path: Path, name: str, part: int) -> None:
    expected, states, names = await undisturbed(name, redis_url, tmp_path)
    for crash_at in states[part::PARTS]:
        ended, world = await travel(JOURNEYS[name], redis_url, tmp_path, crash_at)
        assert world.deaths == 1
        assert ended == expected, f"killed {names[crash_at - 1]} (point {crash_at} of {len(names)})"
