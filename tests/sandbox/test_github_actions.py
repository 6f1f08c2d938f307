"""Workflows as GitHub runs them: dispatched with inputs, cancelled in their own time, waiting for the rules of an environment."""

from typing import Any

import msgspec
import pytest

from sandbox.github.state import WorkflowRun
from tests.sandbox.answers import GATED
from tests.sandbox.conftest import Stage

DISPATCHES = "/actions/workflows/gated.yml/dispatches"


@pytest.fixture
async def gated(stage: Stage) -> Stage:
    """With a workflow of two jobs that both go to `qa`, whose custom rule is the bot's."""
    await stage.people.commit("bob", {".github/workflows/gated.yml": GATED}, "ci: a gate")
    await stage.people.protect_environment("carol", "qa", apps=(stage.bot_app.slug,))
    return stage


async def waiting_run(stage: Stage) -> WorkflowRun:
    shown = await stage.people.run_workflow("alice", "gated.yml")
    await stage.world.clock.advance(2)
    run = stage.repo.workflow_runs[shown["id"]]
    assert (run.status, run.jobs[0].status) == ("waiting", "waiting")
    return run


def rules_requested(stage: Stage) -> list[Any]:
    return [msgspec.json.decode(it.body) for it in stage.world.hooks.log if it.event == "deployment_protection_rule"]


async def test_a_dispatch_makes_a_run_with_its_inputs_in_the_title(gated: Stage) -> None:
    reply = await gated.bot.post(f"{gated.R}{DISPATCHES}", {"ref": "main", "inputs": {"key": "shift:7"}})
    assert (reply.status, reply.raw) == (204, b"")
    reply = await gated.bot.post(f"{gated.R}{DISPATCHES}", {"ref": "v1.2.0", "return_run_details": True})
    made = (await gated.bot.get(f"{gated.R}/actions/runs/{reply.json['workflow_run_id']}")).json
    assert (made["event"], made["status"], made["head_branch"]) == ("workflow_dispatch", "queued", "v1.2.0")
    assert made["actor"]["login"] == "tagboat[bot]"
    listed = (await gated.bot.get(f"{gated.R}/actions/workflows/gated.yml/runs?event=workflow_dispatch")).json
    assert [run["display_title"] for run in listed["workflow_runs"]] == ["Gated ", "Gated shift:7"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"ref": "nowhere"}, "No ref found"),
        ({"ref": "0" * 40}, "No ref found"),
        ({"ref": "main", "inputs": {"colour": "red"}}, "Unexpected inputs"),
        ({"ref": "main", "inputs": {f"i{n}": "x" for n in range(26)}}, "25 properties"),
        ({"ref": "main", "inputs": {"key": 7}}, "not a string"),
    ],
)
async def test_what_cannot_be_dispatched(gated: Stage, body: Any, said: str) -> None:
    reply = await gated.bot.post(f"{gated.R}{DISPATCHES}", body)
    assert reply.status == 422
    assert said in reply.json["message"]
    assert gated.repo.workflow_runs == {}


async def test_a_workflow_that_is_off_or_has_no_such_trigger_cannot_be_dispatched(gated: Stage) -> None:
    await gated.people.disable_workflow("bob", "gated.yml")
    assert (await gated.bot.get(f"{gated.R}/actions/workflows/gated.yml")).json["state"] == "disabled_manually"
    assert "disabled" in (await gated.bot.post(f"{gated.R}{DISPATCHES}", {"ref": "main"})).json["message"]
    reply = await gated.bot.post(f"{gated.R}/actions/workflows/ci.yml/dispatches", {"ref": "main"})
    assert "does not have" in reply.json["message"]
    assert (await gated.bot.post(f"{gated.R}/actions/workflows/no.yml/dispatches", {"ref": "main"})).status == 404


async def test_a_github_that_does_not_know_run_details(gated: Stage) -> None:
    wanted = {"ref": "main", "return_run_details": True}
    gated.world.run_details = "ignored"
    assert (await gated.bot.post(f"{gated.R}{DISPATCHES}", wanted)).status == 204
    gated.world.run_details = "unknown"
    reply = await gated.bot.post(f"{gated.R}{DISPATCHES}", wanted)
    assert (reply.status, "return_run_details" in reply.json["message"]) == (422, True)


async def test_dispatching_takes_the_permission_to_write(gated: Stage) -> None:
    reply = await gated.with_permissions(actions="read").post(f"{gated.R}{DISPATCHES}", {"ref": "main"})
    assert reply.status == 403


async def test_cancelling_takes_its_time_and_is_refused_afterwards(gated: Stage) -> None:
    run = await waiting_run(gated)
    cancel = f"{gated.R}/actions/runs/{run.id}/cancel"
    reply = await gated.bot.post(cancel)
    assert (reply.status, reply.json, run.over) == (202, {}, False)
    await gated.world.clock.advance(5)
    assert (run.status, run.conclusion) == ("completed", "cancelled")
    assert (await gated.bot.post(cancel)).status == 409
    assert (await gated.bot.post(f"{gated.R}/actions/runs/{run.id}/rerun")).status == 201
    assert (run.attempt, run.status, run.jobs[0].asked) == (2, "queued", False)


async def test_a_stubborn_run_ends_by_force_only(gated: Stage) -> None:
    run = await waiting_run(gated)
    gated.world.stubborn_runs.add(run.id)
    await gated.bot.post(f"{gated.R}/actions/runs/{run.id}/cancel")
    await gated.world.clock.advance(60)
    assert not run.over
    reply = await gated.bot.post(f"{gated.R}/actions/runs/{run.id}/force-cancel")
    await gated.world.clock.advance(2)
    assert (reply.status, run.conclusion) == (202, "cancelled")


async def test_each_job_needs_an_approval_of_its_own(gated: Stage) -> None:
    run = await waiting_run(gated)
    path = f"{gated.R}/actions/runs/{run.id}/deployment_protection_rule"
    for done in (1, 2):
        (pending,) = (await gated.bot.get(f"{gated.R}/actions/runs/{run.id}/pending_deployments")).json
        assert pending["environment"]["name"] == "qa"
        reply = await gated.bot.post(path, {"environment_name": "qa", "state": "approved", "comment": "fine"})
        assert reply.status == 204
        await gated.world.clock.advance(5)
        assert len(rules_requested(gated)) == 2
        assert [job.status for job in run.jobs].count("completed") == done
    assert (run.status, run.conclusion) == ("completed", "success")
    first = rules_requested(gated)[0]
    assert first["deployment_callback_url"] == gated.world.api + path
    assert (first["sha"], first["environment"], first["event"]) == (gated.head, "qa", "push")
    assert (await gated.bot.post(path, {"environment_name": "qa", "state": "approved"})).status == 404


async def test_a_rejection_fails_the_run(gated: Stage) -> None:
    run = await waiting_run(gated)
    path = f"{gated.R}/actions/runs/{run.id}/deployment_protection_rule"
    assert (await gated.bot.post(path, {"environment_name": "qa", "state": "rejected", "comment": "no"})).status == 204
    assert (run.conclusion, run.jobs[0].comments) == ("failure", ["no"])
    assert gated.repo.deployments[run.jobs[0].deployment].state == "failure"


async def test_reports_are_limited(gated: Stage) -> None:
    run = await waiting_run(gated)
    path = f"{gated.R}/actions/runs/{run.id}/deployment_protection_rule"
    for _ in range(10):
        assert (await gated.bot.post(path, {"environment_name": "qa", "comment": "later"})).status == 204
    assert (await gated.bot.post(path, {"environment_name": "qa", "comment": "later"})).status == 422
    long = {"environment_name": "qa", "state": "approved", "comment": "x" * 1025}
    assert (await gated.bot.post(path, long)).status == 422
    assert (await gated.bot.post(path, {"environment_name": "qa"})).status == 422
    assert (await gated.person("alice").post(path, {"environment_name": "qa", "comment": "x"})).status == 403


async def test_an_environment_lists_its_reviewers(gated: Stage) -> None:
    await gated.people.protect_environment("carol", "production", reviewers=("bob",))
    shown = (await gated.bot.get(f"{gated.R}/environments/production")).json
    assert [rule["type"] for rule in shown["protection_rules"]] == ["required_reviewers"]
