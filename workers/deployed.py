"""What is live by GitHub's own account: the newest deployment that succeeded, ours or another tool's."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bot.decision import Result
from bot.environment.adoption import OURS, left_over, newer_than
from bot.environment.model import Active, EnvironmentRecord
from bot.gates import Live
from workers.github import RepoClient, read
from workers.github.times import at

LOOKED_AT = 10  # foreign deployments that are looked at, newest first, for what is live

_RUN = re.compile(r"/actions/runs/(\d+)")


async def newest_success(client: RepoClient, environment: str) -> Live | None:
    """The newest deployment by any tool that succeeded and is still in place; our transient shifts are not one."""
    looked_at = [it for it in await read.deployments(client, environment=environment) if it["task"] != "shift"]
    for deployment in looked_at[:LOOKED_AT]:
        if (found := await _success(client, deployment)) is not None:
            return found
    return None


async def adoptable(client: RepoClient, environment: str, record: EnvironmentRecord) -> Live | None:
    """What another tool made live, if anything is newer than what we know: 1 request, and 1 for each deployment that is. None while a
    rollout of ours moves: then `workers/strangers.py` looks."""
    if record.active is not None:
        return None
    if record.live is None:
        return await newest_success(client, environment)
    after, begun = newer_than(record), record.ended.started_at if record.ended else 0.0
    listed = [
        it
        for it in await read.deployments(client, environment=environment, most=LOOKED_AT)
        if it["task"] not in OURS
        and not it.get("transient_environment")
        and not left_over(record, it["sha"], at(it["created_at"]))
    ]
    for deployment in listed:
        made = at(deployment["created_at"])
        # What was begun while ours moved may have ended after it. Then it is live, unless it was a job of ours.
        between = record.ended is not None and begun < made <= after
        if made > after or between:
            found = await _success(client, deployment, runs_of(record.ended, {}) if between and record.ended else set())
            if found is not None and found.since > after:
                return found
    return None


def runs_of(active: Active, results: Mapping[str, Result]) -> set[str]:
    """The ids of the workflow runs that carry out a rollout's orders, where orders are runs."""
    if not active.workflow:
        return set()
    shifts = (*active.inherited, *active.shifts)
    ids = {it.id for it in shifts} | {int(results[it.key].value.get("id", 0)) for it in shifts if it.key in results}
    return {str(id) for id in ids if id}


def of_a_run(statuses: Iterable[Any], runs: Collection[str]) -> bool:
    """Whether it is a job of one of these runs: GitHub links what a job deploys to the run's log."""
    links = (str(it.get("log_url") or it.get("target_url") or "") for it in statuses)
    return any(found[1] in runs for link in links if (found := _RUN.search(link)) is not None)


async def _success(client: RepoClient, deployment: Any, ours: Collection[str] = ()) -> Live | None:
    statuses = await read.deployment_statuses(client, deployment["id"])
    newest = max(statuses, key=lambda it: it["id"], default=None)
    if newest is None or newest["state"] != "success" or of_a_run(statuses, ours):
        return None
    creator = (deployment.get("creator") or {}).get("login") or ""
    adopted = deployment["task"] not in OURS
    return Live(deployment["sha"], at(newest["created_at"]), deployment["id"], creator, adopted=adopted)
