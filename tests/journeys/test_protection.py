"""A team deploys by a workflow of its own, whose jobs wait for Tagboat's rule on GitHub's environment; and our own orders wait there too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.github.state import WorkflowRun
from tests.dispatching import DISPATCH_POLICY, FILE, workflow_to_copy
from tests.journeys.test_deploy import deploy
from tests.opening import open_world
from tests.world import World

SHIP = ".github/workflows/ship.yml"
OWN = """\
name: Ship
on: push
jobs:
  half: { environment: production, runs-on: x, steps: [] }
  all:  { environment: production, needs: half, runs-on: x, steps: [] }
"""
GATED_ORDERS = workflow_to_copy().replace(
    "    timeout-minutes: 9\n", "    timeout-minutes: 9\n    environment: production\n"
)


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    files = {FILE: GATED_ORDERS, SHIP: OWN}
    async with open_world(empty_redis_url, tmp_path, policy=DISPATCH_POLICY, files=files) as opened:
        await opened.people.protect_environment("carol", "production", apps=("tagboat",))
        yield opened


async def ship(world: World, sha: str, **more: str) -> WorkflowRun:
    """The team's own workflow, up to where its first job waits, and until Tagboat has looked."""
    run = await world.people.run_workflow("alice", "ship.yml", sha, **more)  # type: ignore[arg-type]
    await world.advance(3)
    return world.repo.workflow_runs[int(run["id"])]


def comments(run: WorkflowRun) -> list[str]:
    return [comment for job in run.jobs for comment in job.comments]


async def test_a_job_waits_for_the_gates_and_starts_by_itself(world: World) -> None:
    sha = (await world.people.commit("alice", {"shop.py": "PRICE = 2\n"}, "fix: the price"))["sha"]
    await world.people.set_check(sha, "unit", "in_progress")
    run = await ship(world, sha)
    await world.advance(300)
    assert run.status == "waiting"
    assert len(comments(run)) == 1  # said once, however long it takes
    assert "`checks_pending`" in comments(run)[0]

    await world.people.set_check(sha, "unit", "success")
    await world.until(lambda: run.over, seconds=300)
    assert run.conclusion == "success"
    assert [len(job.approved) for job in run.jobs] == [1, 1]  # each job was asked about anew
    assert "Approved" in comments(run)[-1]


async def test_what_would_take_commits_back_is_rejected_and_judged_again_when_it_is_run_again(world: World) -> None:
    old = world.repo.branches["main"]
    await world.people.set_check(old, "unit", "success")
    newer = (await world.people.commit("alice", {"shop.py": "PRICE = 3\n"}, "fix: the price"))["sha"]
    await world.people.set_check(newer, "unit", "success")
    assert (await ship(world, newer)).jobs[0].approved
    await world.advance(10)

    run = await ship(world, old)
    assert (run.conclusion, run.jobs[0].approved) == ("failure", [])
    assert "`not_forward`" in comments(run)[0]
    await world.people.rerun_workflow("bob", run.id)
    await world.advance(5)
    assert (run.attempt, run.conclusion) == (2, "failure")
    assert "`not_forward`" in comments(run)[0]


async def test_our_own_orders_pass_but_not_while_the_rollout_is_halted(world: World) -> None:
    pull = await deploy(world)
    runs = world.repo.workflow_runs
    await world.until(lambda: world.traffic() == 5)
    await world.until(lambda: len(runs) == 2)
    second = list(runs.values())[1]
    await world.say("alice", pull.number, "/halt production")  # ordered, and its job not started yet
    await world.advance(90)
    assert (second.status, world.traffic()) == ("waiting", 5)
    assert "`halted`" in comments(second)[0]

    await world.say("alice", pull.number, "/resume production")
    await world.until(lambda: len(runs) == 3)
    assert comments(second)[-1].startswith("Approved: `shift-25` is the newest order")
    assert second.conclusion == "success"

    await world.people.rerun_workflow("bob", second.id)  # an order of the past asks again, and is told so
    await world.advance(5)
    assert second.conclusion == "failure"
    assert "`order_overtaken`" in comments(second)[0]


async def test_a_job_that_an_administrator_starts_is_let_go(world: World) -> None:
    sha = world.repo.branches["main"]
    await world.people.set_check(sha, "unit", "in_progress")
    run = await ship(world, sha)
    await world.people.start_waiting_jobs("carol", run.id)
    await world.advance(5)
    await world.people.start_waiting_jobs("carol", run.id)
    await world.advance(120)
    assert run.conclusion == "success"
