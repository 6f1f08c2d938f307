"""What is live by GitHub's own account: the newest deployment that succeeded, ours or another tool's."""

from typing import Any

from bot.environment.adoption import OURS, left_over, newer_than
from bot.environment.model import EnvironmentRecord
from bot.gates import Live
from workers.github import RepoClient, read
from workers.github.times import at

LOOKED_AT = 10  # foreign deployments that are looked at, newest first, for what is live


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
    after = newer_than(record)
    newer = [
        it
        for it in await read.deployments(client, environment=environment, most=LOOKED_AT)
        if at(it["created_at"]) > after
        and it["task"] not in OURS
        and not it.get("transient_environment")
        and not left_over(record, it["sha"], at(it["created_at"]))
    ]
    for deployment in newer:
        if (found := await _success(client, deployment)) is not None:
            return found
    return None


async def _success(client: RepoClient, deployment: Any) -> Live | None:
    newest = max(await read.deployment_statuses(client, deployment["id"]), key=lambda it: it["id"], default=None)
    if newest is None or newest["state"] != "success":
        return None
    creator = (deployment.get("creator") or {}).get("login") or ""
    adopted = deployment["task"] not in OURS
    return Live(deployment["sha"], at(newest["created_at"]), deployment["id"], creator, adopted=adopted)
