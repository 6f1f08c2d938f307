"""Workflow runs: dispatched once per order, and cancelled.

GitHub gives a dispatch no key of its own, so the order's key stands in the run's name; after a lost answer the run is looked for by it, and
of two that raced the lowest id counts and the others are cancelled. GitHub's pages "REST API endpoints for workflows" and "... workflow runs".
"""

from typing import Any

from bot.effects import CancelRun, DispatchWorkflow
from bot.subject import names_order
from workers.github import Refused, RepoClient, path, read
from workers.perform.own import Results, Value, is_ours, oldest_first

DETAILS = "return_run_details"
OVER = 409


async def dispatch_workflow(effect: DispatchWorkflow, client: RepoClient, results: Results, unsure: bool) -> Value:
    """1 request where GitHub says which run it made, 2 where it has to be looked for; `id` is 0 while GitHub does not list it."""
    found = await runs_of(client, effect.workflow, effect.key) if unsure else []
    if not found:
        made = await _dispatch(effect, client)
        if made and not unsure:
            return {"id": made}
        found = [*([{"id": made}] if made else []), *await runs_of(client, effect.workflow, effect.key)]
    return {"id": await _oldest(client, found) if found else 0}


async def find_dispatched(effect: DispatchWorkflow, client: RepoClient, results: Results) -> Value | None:
    found = await runs_of(client, effect.workflow, effect.key)
    return {"id": await _oldest(client, found)} if found else None


async def runs_of(client: RepoClient, workflow: str, key: str) -> list[Any]:
    """1 request: our runs of this order, oldest first: one, unless dispatches raced. Anybody can give a run any name."""
    listed = await read.workflow_runs(client, workflow, event="workflow_dispatch", most=100)
    return oldest_first(
        [run for run in listed if names_order(run["display_title"], key) and await is_ours(client, run)]
    )


async def cancel_run(effect: CancelRun, client: RepoClient, results: Results, unsure: bool) -> Value:
    """1 request. It ends asynchronously, if at all; one that is over already is what was wanted."""
    try:
        await client.post(path("actions", "runs", effect.run, "force-cancel" if effect.force else "cancel"))
    except Refused as error:
        if error.status != OVER:
            raise
        return {"over": True}
    return {"over": False}


async def find_cancelled(effect: CancelRun, client: RepoClient, results: Results) -> Value | None:
    """Done when the run is over; else asking again does no harm."""
    run = await read.workflow_run(client, effect.run)
    return {"over": True} if run["status"] == "completed" else None


async def _dispatch(effect: DispatchWorkflow, client: RepoClient) -> int:
    """The run's id, 0 where this GitHub does not say: older GitHub Enterprise Servers know no `return_run_details`."""
    where = path("actions", "workflows", effect.workflow, "dispatches")
    wanted = {"ref": effect.ref, "inputs": effect.inputs}
    try:
        answer = await client.post(where, wanted | {DETAILS: True})
    except Refused as error:
        if error.status != 422 or DETAILS not in str(error):
            raise
        answer = await client.post(where, wanted)
    return int(answer.get("workflow_run_id") or 0) if isinstance(answer, dict) else 0


async def _oldest(client: RepoClient, found: list[Any]) -> int:
    oldest, *younger = oldest_first(found)
    for run in younger:
        if run.get("status") != "completed":
            await cancel_run(CancelRun(run["id"]), client, {}, unsure=False)
    return int(oldest["id"])
