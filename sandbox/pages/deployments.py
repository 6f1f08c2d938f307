"""Deployments: what is live where, each rollout with its shifts and what the pipeline said, the live traffic, a run's log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from sandbox.github.objects import Commit
from sandbox.github.state import Deployment, Pull, Repository
from sandbox.pages.traffic import Picture, picture
from sandbox.pages.visit import Visit

MOST = 30


@dataclass(frozen=True, slots=True)
class Rollout:
    """A root deployment with its shifts, oldest first; a plain deployment has none."""

    root: Deployment
    shifts: tuple[Deployment, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """An environment at a glance: who serves it, what is under way, what was deployed last."""

    name: str
    picture: Picture
    active: Deployment | None
    newest: Deployment | None
    live: Commit | None
    tags: tuple[str, ...]


def payload_of(deployment: Deployment) -> dict[str, Any]:
    return deployment.payload if isinstance(deployment.payload, dict) else {}


def share_of(shift: Deployment) -> str:
    """What a shift asked for, such as 25%."""
    traffic = payload_of(shift).get("traffic")
    return f"{traffic:g}%" if isinstance(traffic, int | float) and not isinstance(traffic, bool) else "?"


def cards(visit: Visit) -> list[Card]:
    repo, world, shop = visit.repo, visit.world, visit.site.shop
    if repo.full_name != visit.site.home:
        return []
    names = dict.fromkeys((*shop.environments, *repo.environments))
    found = []
    for name in sorted(names, key=lambda name: (name != "production", name)):
        mine = [one for one in repo.deployments.values() if one.environment == name and one.task != "shift"]
        newest = max(mine, key=lambda one: one.id, default=None)
        active = (
            newest
            if newest and newest.task == "rollout" and newest.state in ("in_progress", "queued", "pending")
            else None
        )
        shown = picture(shop, name, visit.now)
        sha = shown.traffic.baseline
        live = world.objects.commit(sha) if sha and world.objects.get(sha) else None
        tags = tuple(tag for tag, target in repo.tags.items() if live and world.objects.commit(target).sha == live.sha)
        found.append(Card(name, shown, active, newest, live, tags))
    return found


def rollouts(repo: Repository, environment: str | None = None) -> list[Rollout]:
    """Newest first. A shift belongs to the root that its payload names; one that names none stands alone."""
    shifts: dict[int, list[Deployment]] = {}
    roots: list[Deployment] = []
    for deployment in sorted(repo.deployments.values(), key=lambda one: one.id):
        if environment is not None and deployment.environment != environment:
            continue
        root = payload_of(deployment).get("rollout")
        if deployment.task == "shift" and isinstance(root, int) and root in repo.deployments:
            shifts.setdefault(root, []).append(deployment)
        else:
            roots.append(deployment)
    return [Rollout(root, tuple(shifts.get(root.id, ()))) for root in reversed(roots)]


async def index(visit: Visit) -> Response:
    """`/deployments`, `/deployments/{environment}`, and GitHub's own `activity_log?environments_filter=`."""
    environment: str | None = visit.param("environment") or None
    if environment == "activity_log":
        environment = visit.request.query_params.get("environments_filter") or None
    shown = [card for card in cards(visit) if environment in (None, card.name)]
    values = {
        "tab": "deployments",
        "environment": environment,
        "cards": shown,
        "rollouts": rollouts(visit.repo, environment)[:MOST],
        "share_of": share_of,
        "payload_of": payload_of,
        "pulls_by_sha": pulls_by_sha(visit.repo),
    }
    return visit.page(
        "deployments.html",
        values,
        live={"traffic": "_traffic_large.html", "rollouts": "_rollouts.html", "switches": "_switches.html"},
    )


def pulls_by_sha(repo: Repository) -> dict[str, Pull]:
    found: dict[str, Pull] = {}
    for pull in repo.pulls():
        found[pull.head_sha] = pull
        if pull.merged and pull.merge_commit_sha:
            found[pull.merge_commit_sha] = pull
    return found


async def run_log(visit: Visit) -> Response:
    """What the pipeline did for one deployment, line by line."""
    deployment = visit.world.deployment(visit.repo, visit.number())
    values = {
        "tab": "deployments",
        "deployment": deployment,
        "lines": visit.site.pipeline.logs.get(deployment.id, []),
        "share": share_of(deployment) if deployment.task == "shift" else None,
        "payload": payload_of(deployment),
    }
    return visit.page("run_log.html", values, live={"log": "_run_log.html"})
