"""The team's deploy workflow does not do what it was asked to: it fails, hangs, or is asked by somebody out of date."""

import pytest

from tests.journeys.test_deploy import deploy
from tests.world import World


async def test_a_driver_that_fails_is_the_end_of_the_rollout(world: World) -> None:
    live_before = world.serving
    await deploy(world)
    await world.until(lambda: world.traffic() == 25)
    world.playground.switches.turn("pipeline_fails", True)
    await world.until(lambda: world.rollout == "failure")

    assert (world.serving, world.traffic()) == (live_before, 0)
    assert "The load balancer did not accept the new weights" in world.comment_text()
    states = [world.state(shift) for shift in world.deployments("shift")]
    assert states == ["success", "success", "failure", "success"]


async def test_a_driver_that_fails_on_the_way_back_is_asked_again(world: World) -> None:
    await deploy(world)
    await world.until(lambda: world.traffic() == 25)
    world.playground.switches.turn("pipeline_fails", True)
    await world.say("alice", 1, "/rollback production")
    await world.until(lambda: world.rollout == "failure")

    assert world.traffic() == 0
    assert [world.state(shift) for shift in world.deployments("shift")][-2:] == ["failure", "success"]
    assert [(order["traffic"], order["attempt"]) for order in world.orders()][-2:] == [(0, 1), (0, 2)]


async def test_a_driver_that_hangs_has_until_its_deadline(world: World) -> None:
    await deploy(world)
    await world.until(lambda: world.traffic() == 5)
    world.playground.switches.turn("pipeline_hangs", True)
    await world.until(lambda: len(world.deployments("shift")) == 2)
    await world.advance(500)
    assert world.rollout == "in_progress"

    world.playground.pipeline.switches.hang = False  # new runs work; the one that hangs stays where it is
    await world.until(lambda: world.rollout == "failure", seconds=300)
    assert world.traffic() == 0
    assert "has not finished shift-25 within 10 min" in world.comment_text()

    # Hours later the run that hung goes on: the pipeline refuses it, since something newer was ordered.
    await world.advance(7200)
    world.playground.switches.turn("pipeline_hangs", False)
    await world.advance(60)
    assert world.traffic() == 0
    assert world.state(world.deployments("shift")[1]) == "error"
    assert "older than" in world.deployments("shift")[1].statuses[-1].description


@pytest.mark.parametrize("seconds", [30, 600])
async def test_a_driver_that_fences_nothing_is_put_right(world: World, seconds: float) -> None:
    """A run that comes late sends users to the candidate again, after everything was over."""
    live_before = world.serving
    pull = await deploy(world)
    await world.until(lambda: world.traffic() == 5)
    world.playground.switches.turn("pipeline_hangs", True)
    await world.until(lambda: world.playground.pipeline.hanging == 1)
    world.playground.pipeline.switches.hang = False
    await world.say("alice", 1, "/rollback production")
    await world.until(lambda: world.rollout == "failure")
    await world.advance(seconds)

    late = world.deployments("shift")[1]
    world.playground.shop.shift(world.github.now(), "production", pull.sha, 25.0)
    await world.people.set_deployment_status(late.id, "success", description="25% of the traffic moved")
    await world.until(lambda: world.traffic() == 0, seconds=120)
    assert world.serving == live_before
    newest = world.orders()[-1]
    assert newest["traffic"] == 0
    assert newest["generation"] == max(order["generation"] for order in world.orders())
