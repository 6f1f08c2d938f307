"""Every strategy from the comment to the end, seen at the service: who is served by what, when the release is good and when it is not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.instances import Tally
from sandbox.service import Fault
from tests.opening import open_world
from tests.policies import POLICY
from tests.world import Opened, World

ALL_STRATEGIES = POLICY.replace("honours: [traffic]", "honours: [traffic, slots, mirror]").replace(
    "strategies:\n",
    """\
strategies:
  recreate: { bake: 15s }
  rolling: { batches: [25%, 50%, 75%, 100%], bake: 30s }
  blue_green: { preview_checks: [smoke_production], bake: 15s, keep_old: 60s }
  shadow: { mirror: 50%, bake: 30s, side_effect_free: true }
""",
)


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(empty_redis_url, tmp_path, policy=ALL_STRATEGIES) as opened:
        yield opened


async def deploy(world: World, strategy: str, title: str = "feat: sell more") -> Opened:
    pull = await world.open_green(title)
    typed = await world.say("alice", pull.number, f"/deploy {strategy}")
    assert world.reactions(typed) == ["eyes", "rocket"], world.comment_text()
    return pull


def break_candidate(world: World) -> None:
    world.playground.shop.strike(world.github.now(), Fault.BROKEN)


def tally(world: World, track: str) -> Tally:
    return world.playground.shop.tally("production", track, world.github.now())


async def shares_until(world: World, end: str) -> list[float]:
    """Every share of the users that the candidate had, until the rollout's state is `end`."""
    shares = [world.traffic()]
    for _ in range(600):
        if world.rollout == end:
            return shares
        await world.advance(1)
        if world.traffic() != shares[-1]:
            shares.append(world.traffic())
    raise AssertionError(f"{world.rollout or 'nothing'} after ten minutes:\n{world.comment_text()}")


async def smoke(world: World, pull: Opened, outcome: str = "success") -> None:
    """The team's smoke test of what is up in production, but not live, ends."""
    await world.until(lambda: world.playground.shop.traffic("production").candidate == pull.sha)
    await world.advance(2)
    await world.people.set_check(pull.sha, "smoke-production", outcome)
    await world.settle()


def targets(world: World) -> list[dict[str, object]]:
    return [order["target"] for order in world.orders()]


def rate(world: World) -> float:
    """The users' requests per second."""
    return world.playground.shop.rps("production")


# --- recreate --------------------------------------------------------------------------------------------------------------------


async def test_recreate_serves_everybody_at_once(world: World) -> None:
    pull = await deploy(world, "recreate")
    assert await shares_until(world, "success") == [0, 100, 0]
    assert world.serving == pull.sha
    (deployed,) = await world.ledger("deployed")
    assert (deployed.strategy, deployed.sha) == ("recreate", pull.sha)


async def test_recreate_that_is_bad_is_taken_back_from_everybody(world: World) -> None:
    live_before = world.serving
    break_candidate(world)
    await deploy(world, "recreate")
    assert await shares_until(world, "failure") == [0, 100, 0]
    assert world.serving == live_before
    assert tally(world, "canary").errors > 50  # which is why there are other strategies


# --- rolling ---------------------------------------------------------------------------------------------------------------------


async def test_rolling_replaces_instances_batch_by_batch(world: World) -> None:
    pull = await deploy(world, "rolling")
    assert await shares_until(world, "success") == [0, 25, 50, 75, 100, 0]
    assert world.serving == pull.sha
    assert [target["candidate"] for target in targets(world)] == [25, 50, 75, 100]
    assert [target["baseline"] for target in targets(world)] == [75, 50, 25, 0]
    assert {order["strategy"] for order in world.orders()} == {"rolling"}
    assert "1 of 4 instances run" in world.deployments("shift")[0].statuses[-1].description
    (deployed,) = await world.ledger("deployed")
    assert deployed.strategy == "rolling"


async def test_rolling_that_is_bad_puts_all_old_instances_back(world: World) -> None:
    live_before = world.serving
    break_candidate(world)
    await deploy(world, "rolling")
    assert await shares_until(world, "failure") == [0, 25, 0]
    assert world.serving == live_before
    bad = tally(world, "canary")
    assert bad.requests < rate(world) / 4 * 60  # a quarter of the users, for less than a minute
    assert "🔴 rolled back" in world.comment_text()
    assert "**all instances back**" in world.comment_text()


# --- blue-green ------------------------------------------------------------------------------------------------------------------


async def test_blue_green_meets_nobody_before_the_switch_and_everybody_after_it(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world, "blue-green")
    await smoke(world, pull)
    await world.advance(10)
    assert world.traffic() == 0
    assert tally(world, "canary").requests == 0
    assert "look at blue" in world.comment_text()

    await world.until(lambda: world.traffic() == 100, seconds=60)
    switched = world.github.now()
    before = tally(world, "baseline")
    await world.advance(30)
    assert tally(world, "baseline") == before  # not one user is left on blue
    assert world.serving == live_before  # which is up all the same
    assert tally(world, "canary").requests == pytest.approx(rate(world) * 30, rel=0.05)

    assert await shares_until(world, "success") == [100, 0]
    assert world.serving == pull.sha
    assert world.github.now() - switched > 75  # 15 s of watching and 60 s of keeping blue
    assert targets(world) == [
        {"candidate": 100, "baseline": 100, "mirror": 0, "live": "blue"},
        {"candidate": 100, "baseline": 100, "mirror": 0, "live": "green"},
        {"candidate": 100, "baseline": 0, "mirror": 0, "live": "green"},
    ]
    (root,) = world.deployments("rollout")
    assert [status.state for status in root.statuses] == ["in_progress", "success"]


async def test_blue_green_that_is_bad_is_switched_back_at_once(world: World) -> None:
    live_before = world.serving
    break_candidate(world)
    pull = await deploy(world, "blue-green")
    await smoke(world, pull)
    await world.until(lambda: world.traffic() == 100, seconds=60)
    assert await shares_until(world, "failure") == [100, 0]
    assert world.serving == live_before
    assert tally(world, "canary").requests < rate(world) * 20
    assert world.orders()[-1]["step"] == "switch-back"
    assert targets(world)[-1] == {"candidate": 0, "baseline": 100, "mirror": 0, "live": "blue"}
    began, ended = (status.created_at for status in world.deployments("shift")[-1].statuses)
    assert ended - began < 1  # nothing had to be deployed for it
    assert "earlier" in world.comment_text()  # held against what blue did before the switch


async def test_blue_green_that_turns_bad_while_blue_is_kept_is_switched_back_too(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world, "blue-green")
    await smoke(world, pull)
    await world.until(lambda: "keep blue" in world.comment_text() and "▶️ keep blue" in world.comment_text())
    break_candidate(world)
    await world.until(lambda: world.rollout == "failure", seconds=60)
    assert (world.serving, world.traffic()) == (live_before, 0)


async def test_green_that_fails_its_preview_is_dropped_before_anybody_met_it(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world, "blue-green")
    await smoke(world, pull, "failure")
    await world.until(lambda: world.rollout == "failure")
    assert (world.serving, world.traffic()) == (live_before, 0)
    assert tally(world, "canary").requests == 0
    assert world.orders()[-1]["step"] == "drop-green"
    (failed,) = await world.ledger("failed")
    assert not failed.reached_users
    assert await world.ledger("restored", "deployed") == []


async def test_a_rollback_by_hand_goes_the_way_of_where_it_is(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world, "blue-green")
    await world.until(lambda: world.playground.shop.traffic("production").candidate == pull.sha)
    await world.say("bob", pull.number, "/rollback production not today")
    await world.until(lambda: world.rollout == "failure", seconds=30)
    assert world.orders()[-1]["step"] == "drop-green"
    assert world.serving == live_before


# --- shadow ----------------------------------------------------------------------------------------------------------------------


async def test_a_shadow_gets_copies_and_users_notice_nothing(world: World) -> None:
    live_before = world.serving
    pull = await deploy(world, "shadow")
    await world.until(lambda: world.playground.shop.traffic("production").mirror == 50)
    start, copied = tally(world, "baseline"), tally(world, "canary")
    await world.advance(15)
    assert (tally(world, "baseline") - start).requests == pytest.approx(rate(world) * 15, rel=0.05)
    assert (tally(world, "canary") - copied).requests == pytest.approx(rate(world) / 2 * 15, rel=0.05)

    assert await shares_until(world, "inactive") == [0]
    assert world.serving == live_before
    assert world.playground.shop.traffic("production").candidate is None
    assert await world.ledger("deployed", "failed", "restored") == []
    (root,) = world.deployments("rollout")
    assert [status.state for status in root.statuses] == ["in_progress", "inactive"]
    assert root.transient
    assert not root.production
    assert [order["traffic"] for order in world.orders()] == [0, 0]
    assert "🏁 compared" in world.comment_text()
    assert "nothing became live" in world.comment_text()
    assert world.panel(pull.sha).conclusion == "success"

    # What was compared can be deployed, and what is live is what it was.
    await world.say("bob", pull.number, "/status")
    assert f"| `production` | `{str(live_before)[:7]}` |" in world.comment_text()
    await world.say("alice", pull.number, "/deploy recreate production")
    await world.until(lambda: world.rollout == "success")
    assert world.serving == pull.sha


async def test_a_shadow_that_does_worse_ends_and_no_user_was_hurt(world: World) -> None:
    live_before = world.serving
    break_candidate(world)
    pull = await deploy(world, "shadow")
    before = tally(world, "baseline")
    assert await shares_until(world, "failure") == [0]
    users = tally(world, "baseline") - before
    assert users.errors / users.requests < 0.002
    assert tally(world, "canary").errors > 20
    assert (world.serving, world.playground.shop.traffic("production").candidate) == (live_before, None)
    assert "No user was served by it" in world.comment_text()
    assert await world.ledger("deployed", "failed", "restored") == []

    again = await world.say("alice", pull.number, "/deploy canary")
    assert world.reactions(again) == ["eyes", "-1"]
    assert "(`quarantined`)" in world.comment_text()
