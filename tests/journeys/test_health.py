"""`health fails` from end to end: the service answers probes, the bot asks it by a name that only the operator can point somewhere."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.service import Fault
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World

WATCHED = POLICY.replace("slis:\n", "slis:\n  health:\n    probe: { target: shop-prod, every: 2s }\n").replace(
    '(baseline: 200ms)"\n', '(baseline: 200ms)"\n        - "health fails"\n'
)


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(empty_redis_url, tmp_path, policy=WATCHED) as opened:
        yield opened


async def test_what_serves_everybody_stays_though_nobody_is_left_on_the_candidates_side(world: World) -> None:
    pull = await world.open_green()
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.rollout == "success")
    await world.advance(120)  # it is watched on, and the instances go by the baseline's label now
    assert world.serving == pull.sha
    assert len(world.deployments("rollout")) == 1
    assert await world.ledger("failed") == []


async def test_a_candidate_that_is_unhealthy_is_taken_back_and_a_healthy_one_is_not(world: World) -> None:
    live_before = world.serving
    pull = await world.open_green()
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.traffic() == 25)
    assert "healthz answered 200" in world.comment_text()
    world.playground.shop.strike(world.github.now(), Fault.UNHEALTHY)
    await world.until(lambda: world.rollout == "failure")

    assert (world.serving, world.traffic()) == (live_before, 0)
    assert "healthz answered 503, 3 times in a row" in world.comment_text()
    assert [it.kind for it in await world.ledger("deployed", "failed")] == ["failed"]
