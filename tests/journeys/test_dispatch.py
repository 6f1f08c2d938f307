"""The driver is a workflow that is dispatched: the guide's own file, in a repository of the sandbox, followed by the runs that it makes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.github.state import WorkflowRun
from tests.dispatching import DISPATCH_POLICY, FILE, workflow_to_copy
from tests.journeys.test_deploy import deploy
from tests.opening import open_world
from tests.world import World


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    files = {FILE: workflow_to_copy()}
    async with open_world(empty_redis_url, tmp_path, policy=DISPATCH_POLICY, files=files) as opened:
        yield opened


def runs(world: World) -> list[WorkflowRun]:
    return list(world.repo.workflow_runs.values())


def traffic_ordered(world: World) -> list[int]:
    return [int(run.inputs["traffic"]) for run in runs(world)]


async def hang_at_25(world: World) -> WorkflowRun:
    """A rollout whose second run is under way and does not end."""
    await deploy(world)
    await world.until(lambda: world.traffic() == 5)
    world.playground.switches.turn("pipeline_hangs", True)
    await world.until(lambda: world.playground.pipeline.hanging == 1)
    world.playground.pipeline.switches.hang = False  # new runs work
    return runs(world)[-1]


def cancels(world: World) -> list[str]:
    """The requests that were to stop a run."""
    return [it.path.rpartition("/")[2] for it in world.github.journal.writes() if it.path.endswith("cancel")]


async def test_a_good_candidate_reaches_everybody_by_runs(world: World) -> None:
    pull = await deploy(world)
    await world.until(lambda: world.rollout == "success")

    assert world.serving == pull.sha
    assert traffic_ordered(world) == [5, 25, 50, 100]
    assert [run.inputs["generation"] for run in runs(world)] == ["1", "2", "3", "4"]
    how = {(run.conclusion, run.head_branch, run.actor.login) for run in runs(world)}
    assert how == {("success", "main", "tagboat[bot]")}
    (root,) = world.deployments("rollout")
    assert [status.state for status in root.statuses] == ["in_progress", "success"]
    assert world.deployments("shift") == []
    assert runs(world)[1].display_title.endswith(f"shift:{root.id}:shift-25:1:2@production")

    # Somebody runs last week's order again: it is older than the newest, and moves nothing.
    await world.people.rerun_workflow("bob", runs(world)[1].id)
    await world.advance(30)
    assert (runs(world)[1].conclusion, world.serving, world.traffic()) == ("failure", pull.sha, 0)


async def test_a_rollback_cancels_the_run_under_way_and_does_not_wait_for_it(world: World) -> None:
    await hang_at_25(world)
    await world.say("alice", 1, "/rollback production")
    assert traffic_ordered(world) == [5, 25, 0]  # at once, though the run before it is not over
    await world.until(lambda: world.rollout == "failure")

    assert [run.conclusion for run in runs(world)] == ["success", "cancelled", "success"]
    assert (cancels(world), world.traffic()) == (["cancel"], 0)
    world.playground.switches.turn("pipeline_hangs", False)  # what hung goes on, and finds that it was cancelled
    await world.advance(30)
    assert world.traffic() == 0


async def test_a_run_that_will_not_stop_is_made_to(world: World) -> None:
    stubborn = await hang_at_25(world)
    world.github.stubborn_runs.add(stubborn.id)
    await world.say("alice", 1, "/abort I take it from here")
    await world.advance(30)
    assert not stubborn.over
    await world.advance(60)
    assert (stubborn.conclusion, world.rollout) == ("cancelled", "error")
    assert cancels(world) == ["cancel", "force-cancel"]


async def test_a_github_that_does_not_say_which_run_it_made(world: World) -> None:
    """And a run that somebody cancels on its page."""
    world.github.run_details = "unknown"
    hanging = await hang_at_25(world)
    await world.people.cancel_workflow("bob", hanging.id)
    await world.until(lambda: world.rollout == "failure")
    assert traffic_ordered(world) == [5, 25, 0]
    assert "the run was cancelled" in world.comment_text()


async def test_a_workflow_that_is_switched_off_is_refused_before_anything_begins(world: World) -> None:
    await world.people.disable_workflow("bob", "deploy.yml")
    pull = await world.open_green()
    said = await world.say("alice", pull.number, "/deploy canary")
    assert world.reactions(said) == ["eyes", "-1"]
    assert "`driver_disabled`" in world.comment_text()
    assert (world.deployments("rollout"), runs(world)) == ([], [])
