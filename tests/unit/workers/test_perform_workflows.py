"""Runs: found again by the key in their title when GitHub did not say which it made, never doubled, and cancelled however far they are."""

import pytest

from bot.effects import CancelRun, DispatchWorkflow
from sandbox.github.state import WorkflowRun
from tests.unit.workers.stage import Stage, stage
from tests.unit.workers.test_perform import ready
from workers.github import Refused, Unreachable
from workers.perform import look_up, perform


def order(key: str = "shift:7:shift-5:1:1@production") -> DispatchWorkflow:
    return DispatchWorkflow(key, "order.yml", "main", {"key": key})


def runs(at: Stage) -> list[WorkflowRun]:
    return list(at.repo.workflow_runs.values())


@pytest.mark.parametrize("details", ["known", "ignored", "unknown"])
async def test_the_run_is_known_whether_or_not_github_says_it(details: str) -> None:
    async with stage() as at:
        await ready(at)
        at.world.run_details = details  # type: ignore[assignment]  # the literal's own values
        value = await perform(order(), at.client)
        (run,) = runs(at)
        assert value == {"id": run.id}
        assert (run.event, run.inputs) == ("workflow_dispatch", {"key": order().key})


async def test_a_run_that_is_not_listed_yet_is_no_failure() -> None:
    async with stage() as at:
        await ready(at)
        at.world.run_details = "ignored"
        lag = at.world.faults.add("lag", path="/runs$", seconds=300.0)
        assert await perform(order(), at.client) == {"id": 0}
        at.world.faults.remove(lag)
        assert await look_up(order(), at.client) == {"id": runs(at)[0].id}


async def test_two_that_raced_become_one() -> None:
    async with stage() as at:
        await ready(at)
        lag = at.world.faults.add("lag", path="/runs$", seconds=300.0)
        at.cut_the_next_answer()
        with pytest.raises(Unreachable):
            await perform(order(), at.client)
        assert await look_up(order(), at.client) is None
        await perform(order(), at.client, unsure=True)
        at.world.faults.remove(lag)
        first, second = runs(at)
        assert await look_up(order(), at.client) == {"id": first.id}
        assert (first.cancelled_at, second.cancelled_at is not None) == (None, True)


async def test_only_our_own_runs_of_this_very_order_count() -> None:
    async with stage() as at:
        await ready(at)
        key = order().key
        await at.people.dispatch_workflow("mallory", "order.yml", key=key)
        await perform(order(f"{key}-eu"), at.client)  # of another environment whose name begins with ours
        await perform(order("shift:7:shift-5:1:11@production"), at.client)
        assert await look_up(order(), at.client) is None


async def test_what_github_does_not_start_is_refused() -> None:
    async with stage() as at:
        await ready(at)
        await at.people.disable_workflow("alice", "order.yml")
        with pytest.raises(Refused, match="disabled workflow"):
            await perform(order(), at.client)


async def test_a_run_is_cancelled_once_or_was_over() -> None:
    async with stage() as at:
        await ready(at)
        run = int((await perform(order(), at.client))["id"])
        assert await look_up(CancelRun(run), at.client) is None
        assert await perform(CancelRun(run), at.client) == {"over": False}
        await at.world.clock.advance(10)
        assert runs(at)[0].conclusion == "cancelled"
        for effect in (CancelRun(run), CancelRun(run, force=True)):
            assert await perform(effect, at.client, unsure=True) == {"over": True}
            assert await look_up(effect, at.client) == {"over": True}
