"""Deployments and their statuses: what a team's pipeline listens to, hence what must never exist twice.

A deployment carries the effect's `key` in its payload. After a lost answer it is looked for by that key; two that raced are settled by
the lowest id, and the others get the status `error` so that whoever works on them stops (an `inactive` status would tell nobody:
GitHub sends no webhook for it). GitHub's page "REST API endpoints for deployments".
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from bot.effects import CreateDeployment, SetDeploymentStatus
from workers.github import Refused, RepoClient, path, read
from workers.perform.own import Results, Value, by_id, is_ours, line, oldest_first, same_text


async def create_deployment(effect: CreateDeployment, client: RepoClient, results: Results, unsure: bool) -> Value:
    """1 request; after an unsure first try list, create, list again. Raises Refused when GitHub made none, or one of another commit."""
    found = await _ours(effect, client) if unsure else []
    if not found:
        answer = await client.post(
            "deployments",
            {
                "ref": effect.sha,
                "task": effect.task,
                "auto_merge": False,
                "required_contexts": [],
                "payload": {**effect.payload, "key": effect.key},
                "environment": effect.environment,
                "description": line(effect.description),
                "transient_environment": effect.transient,
                "production_environment": effect.production,
            },
        )
        if "id" not in answer:
            # 202: GitHub merged the default branch instead of deploying, although it was asked not to.
            raise Refused(
                f"GitHub made no deployment of {effect.sha[:12]} to {effect.environment}: {answer.get('message', 'no reason given')}",
                status=202,
            )
        found = await _ours(effect, client, answer) if unsure else [answer]
    deployment = await _oldest(client, found)
    if deployment["sha"] != effect.sha:
        raise Refused(
            f"GitHub made deployment {deployment['id']} of {deployment['sha'][:12]} where {effect.sha[:12]} was asked for",
            status=201,
        )
    return _value(deployment)


async def find_deployment(effect: CreateDeployment, client: RepoClient, results: Results) -> Value | None:
    found = await _ours(effect, client)
    return _value(await _oldest(client, found)) if found else None


async def set_deployment_status(
    effect: SetDeploymentStatus, client: RepoClient, results: Results, unsure: bool
) -> Value:
    """1 request when our newest status says it already, else 2."""
    statuses = await _own_statuses(client, effect.deployment)
    if statuses and _says(statuses[-1], effect):
        return {"id": statuses[-1]["id"]}
    wanted = {
        "state": effect.state,
        "description": line(effect.description),
        "auto_inactive": effect.auto_inactive,
        **({"environment": effect.environment} if effect.environment else {}),
    }
    return {"id": (await client.post(path("deployments", effect.deployment, "statuses"), wanted))["id"]}


async def find_deployment_status(effect: SetDeploymentStatus, client: RepoClient, results: Results) -> Value | None:
    """Done when any status of ours says this: a later one may have followed, and must not be followed by this one again."""
    said = [status for status in await _own_statuses(client, effect.deployment) if _says(status, effect)]
    return {"id": said[-1]["id"]} if said else None


async def _ours(effect: CreateDeployment, client: RepoClient, created: Any = None) -> list[Any]:
    """Our deployments with this key, one unless creations raced. `created` counts even where the list lags behind."""
    found = [] if created is None else [created]
    for deployment in await read.deployments(client, environment=effect.environment, sha=effect.sha, task=effect.task):
        if _payload(deployment).get("key") == effect.key and await is_ours(client, deployment):
            found.append(deployment)
    return found


async def _oldest(client: RepoClient, found: list[Any]) -> Any:
    """The one that counts; the others are closed."""
    oldest, *younger = oldest_first(found)
    for deployment in younger:
        await _close(client, deployment, f"made twice: deployment {oldest['id']} is the one that counts")
    return oldest


async def _close(client: RepoClient, deployment: Mapping[str, Any], why: str) -> None:
    statuses = await _own_statuses(client, deployment["id"])
    if not statuses or statuses[-1]["state"] != "error":
        closing = {"state": "error", "description": line(why), "auto_inactive": False}
        await client.post(path("deployments", deployment["id"], "statuses"), closing)


async def _own_statuses(client: RepoClient, deployment: int) -> list[Any]:
    """Oldest first, by id: GitHub's timestamps have whole seconds only."""
    statuses = sorted(await read.deployment_statuses(client, deployment), key=by_id)
    return [status for status in statuses if await is_ours(client, status)]


def _says(status: Mapping[str, Any], effect: SetDeploymentStatus) -> bool:
    return status["state"] == effect.state and same_text(status["description"], line(effect.description))


def _payload(deployment: Mapping[str, Any]) -> Mapping[str, Any]:
    """GitHub gives the payload back as an object or, made by other clients, as a string of JSON (sometimes in a string again)."""
    payload = deployment["payload"]
    for _ in range(2):
        if isinstance(payload, str):
            try:
                payload = msgspec.json.decode(payload)
            except msgspec.DecodeError:
                return {}
    return payload if isinstance(payload, Mapping) else {}


def _value(deployment: Any) -> Value:
    return {"id": deployment["id"], "sha": deployment["sha"]}
