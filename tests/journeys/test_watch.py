"""The time after success, seen at the service: what turns bad within the first hour goes back by itself, later a person is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.service import Fault
from tests.journeys.test_deploy import deploy
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import World


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Days that last minutes."""
    policy = POLICY.replace(
        "      mode: automatic\n", "      mode: automatic\n      watch: { for: 20m, automatic_for: 5m }\n"
    )
    async with open_world(empty_redis_url, tmp_path, policy=policy) as opened:
        yield opened


def spoil(world: World, sha: str) -> None:
    world.playground.shop.spoil(world.github.now(), Fault.BROKEN, sha)


def notices(world: World) -> list[str]:
    return [it for it in world.notices() if "bad after its success" in it]


async def test_what_turns_bad_soon_after_its_success_goes_back_by_itself(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world)
    await world.until(lambda: world.rollout == "success")
    await world.advance(60)
    assert "is watched until" in world.comment_text()
    assert "good so far" in world.comment_text()

    spoil(world, pull.sha)
    await world.until(lambda: world.serving == live_before, seconds=120)
    await world.advance(30)
    assert world.deployments("rollout")[-1].sha == live_before
    assert any(it.startswith("@alice **production:") and "so I take it back" in it for it in notices(world))
    failed = [it for it in await world.ledger("failed") if it.sha == pull.sha]
    assert "Error rate" in failed[0].reason
    refused = await world.say("alice", pull.number, "/deploy canary")
    assert world.reactions(refused) == ["eyes", "-1"]
    assert "(`quarantined`)" in world.comment_text()

    lift = f"/unquarantine {pull.sha[:7]} the cache was cold"
    assert world.reactions(await world.say("alice", pull.number, lift)) == ["eyes", "-1"]  # that takes more than write
    merged = (await world.people.merge("bob", pull.number, "squash"))["merge_commit_sha"]
    await world.pass_checks(merged)
    await world.advance(5)
    assert world.reactions(await world.say("alice", pull.number, "/deploy canary")) == ["eyes", "-1"]
    assert f"{merged[:7]} has the very same files as {pull.sha[:7]}, which failed in" in world.comment_text()
    lift = f"/unquarantine {merged[:7]} the cache was cold"
    assert world.reactions(await world.say("bob", pull.number, lift)) == ["eyes", "rocket"]
    assert world.reactions(await world.say("alice", pull.number, "/deploy canary")) == ["eyes", "rocket"]


async def test_what_turns_bad_later_is_told_to_a_person_and_left_to_them(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world)
    await world.until(lambda: world.rollout == "success")
    await world.advance(6 * 60)
    spoil(world, pull.sha)
    await world.until(lambda: "🚨" in world.comment_text(), seconds=600)
    assert world.serving == pull.sha
    (told,) = notices(world)
    assert told.startswith("@alice **production:")
    assert "Type `/rollback production` to go back" in told
    assert world.panel(pull.sha).conclusion == "failure"
    await world.advance(600)
    assert world.serving == pull.sha

    await world.people.click(world.panel(pull.sha).id, "rollback", "alice")
    await world.until(lambda: world.serving == live_before, seconds=60)


async def test_behind_a_step_that_cannot_be_undone_nothing_is_taken_back_by_itself(
    empty_redis_url: str, tmp_path: Path
) -> None:
    policy = POLICY.replace("traffic: 50%,  bake: 10s", "traffic: 50%,  reversible: no, bake: 10s")
    async with open_world(empty_redis_url, tmp_path, policy=policy) as world:
        live_before = world.serving
        pull = await world.open_green()
        planned = await world.say("alice", pull.number, "/plan canary")
        assert "after “50 %” only when a person says so" in world.comment_text(), planned
        await world.say("alice", pull.number, "/deploy canary")
        await world.until(lambda: world.traffic() == 50)
        world.playground.shop.strike(world.github.now(), Fault.BROKEN)
        await world.until(lambda: "⏸️ paused" in world.comment_text())
        await world.advance(600)
        assert world.traffic() == 50
        (told,) = world.notices()
        assert told.startswith("@alice **production: ⏸️ paused")
        assert "but shift-50 cannot be undone safely. Roll forward with a fix" in told
        await world.say("alice", pull.number, "/rollback production I looked")
        await world.until(lambda: world.traffic() == 0)
        assert world.serving == live_before
