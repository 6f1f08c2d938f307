"""The bot dies in the middle of a deployment, and people do not wait for it: when it comes back it finds other facts than those it had.

How it ends depends on when that was, so what is held here is what must be true however it ended.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.robustness.journeys import open_pull
from tests.robustness.mortal import MortalWorld, open_mortal
from tests.robustness.outcome import outcome


def count(world: MortalWorld, what: str) -> int:
    return int(world.memory.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608 - written below


MOMENTS: dict[str, Callable[[MortalWorld], bool]] = {
    "nobody has read it": lambda world: True,
    "it was seen": lambda world: "eyes" in world.reactions(max(world.repo.comments)),
    "the environment was asked": lambda world: count(world, "asked WHERE target LIKE 'environment%'") > 0,
    "it was decided": lambda world: count(world, "intents WHERE key LIKE 'rollout:%'") > 0,
    "its deployment is there": lambda world: bool(world.deployments("rollout")),
    "the driver was asked": lambda world: bool(world.orders()),
    "some users have it": lambda world: world.traffic() == 5,
    "all users have it": lambda world: world.traffic() == 100,
}
"""When the bot dies: at the first point of I/O where this is so."""

UNHEARD = list(MOMENTS)[:2]


@asynccontextmanager
async def dying(
    moment: str, url: str, directory: Path, act: Callable[[MortalWorld], Any]
) -> AsyncIterator[MortalWorld]:
    """Alice deploys, the bot dies at that moment, others `act`, and another process has come up."""
    with redis.Redis.from_url(url) as client:
        client.flushall()
    async with open_mortal(url, directory) as world:
        await open_pull(world)
        world.points.armed = True
        await world.people.comment("alice", 1, "/deploy canary")
        world.points.crash_when = lambda: MOMENTS[moment](world)
        world.meanwhile = lambda: act(world)
        await world.until(lambda: world.deaths == 1)
        yield world
        assert world.deaths == 1
        assert_sound(world, await outcome(world))


def assert_sound(world: MortalWorld, ended: dict[str, Any]) -> None:
    """Nothing twice, nothing forgotten, nothing in doubt."""
    assert ended["living"] == [1]
    assert ended["unanswered"] == ended["pending"] == ended["refused"] == ended["failures"] == []
    payloads = [it.payload for it in world.repo.deployments.values() if isinstance(it.payload, dict)]
    keys = [payload["key"] for payload in payloads if "key" in payload]
    assert len(set(keys)) == len(keys)
    generations = [order["generation"] for order in world.orders()]
    assert generations == sorted(set(generations))
    for comment in world.repo.comments.values():
        final = [found.content for found in comment.reactions if found.content != "eyes"]
        assert len(final) <= 1, comment.body
        assert bool(final) is comment.body.startswith("/"), comment.body


@pytest.mark.parametrize("moment", ["it was seen", "the environment was asked", "the driver was asked"])
async def test_somebody_pushes(redis_url: str, tmp_path: Path, moment: str) -> None:
    """What was asked for is deployed, or nothing is; never what nobody has looked at."""

    async def push(world: MortalWorld) -> None:
        await world.people.push(1, {"shop.py": "PRICE = 666\n"}, user="bob")

    async with dying(moment, redis_url, tmp_path, push) as world:
        await world.rest()
        head = world.github.pull(world.repo, 1).head_sha
        assert head not in {deployment.sha for deployment in world.repo.deployments.values()}
        if moment in [*UNHEARD, "the environment was asked"]:
            assert "(`head_moved`)" in world.comment_text()
            assert world.orders() == []
        else:
            assert (world.rollout, len(world.deployments("shift"))) == ("success", 2)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_somebody_wants_it_back(redis_url: str, tmp_path: Path, moment: str) -> None:
    """Whatever it had done by then: in the end the candidate serves nobody, and both are told."""

    async def roll_back(world: MortalWorld) -> None:
        await world.people.comment("bob", 1, "/rollback production")

    async with dying(moment, redis_url, tmp_path, roll_back) as world:
        await world.rest()
        assert (world.serving, world.traffic()) == (world.repo.branches["main"], 0), world.comment_text()
        if moment in UNHEARD:
            assert "bob typed `/rollback production` after this" in world.comment_text()
            assert world.deployments("rollout") == []
            assert "(`no_rollback_target`)" not in world.comment_text()
        else:
            assert world.rollout in ("error", "failure")
            assert "by bob" in world.comment_text()


@pytest.mark.parametrize("moment", ["nobody has read it", "it was decided", "some users have it"])
async def test_somebody_halts(redis_url: str, tmp_path: Path, moment: str) -> None:
    """It stays where it was when that was heard, until somebody says so, and then goes on to its end."""

    async def halt(world: MortalWorld) -> None:
        await world.people.comment("bob", 1, "/halt")

    async with dying(moment, redis_url, tmp_path, halt) as world:
        await world.advance(90)
        if moment in UNHEARD:
            assert "bob typed `/halt` after this" in world.comment_text()
            assert world.deployments("rollout") == []
            return
        assert "halted by bob" in world.comment_text().lower()
        assert world.traffic() == (5 if world.orders() else 0)
        await world.people.comment("bob", 1, "/resume")
        await world.rest()
        assert world.rollout == "success"
