"""Deployments: what is live where, each rollout with its shifts and what the pipeline said, the live traffic, a run's log."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from sandbox.github import ranges
from sandbox.github.objects import Commit
from sandbox.github.state import Deployment, Pull, Repository
from sandbox.pages.traffic import Picture, picture
from sandbox.pages.visit import Visit
from sandbox.pages.words import payload_of, share_of

MOST = 30


@dataclass(frozen=True, slots=True)
class Rollout:
    """A root deployment with its shifts, oldest first; a plain deployment has none."""

    root: Deployment
    shifts: tuple[Deployment, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """An environment at a glance: who serves it, its newest rollout, whether that is under way, what was deployed last."""

    name: str
    picture: Picture
    rollout: Rollout | None
    active: bool
    newest: Deployment | None
    live: Commit | None
    tags: tuple[str, ...]


def cards(visit: Visit) -> list[Card]:
    repo, world, shop = visit.repo, visit.world, visit.site.shop
    if repo.full_name != visit.site.home:
        return []
    names = dict.fromkeys((*shop.environments, *repo.environments))
    found = []
    for name in sorted(names, key=lambda name: (name != "production", name)):
        newest = max(
            (one for one in repo.deployments.values() if one.environment == name and one.task != "shift"),
            key=lambda one: one.id,
            default=None,
        )
        rollout = rollout_of(repo, newest) if newest and newest.task == "rollout" else None
        active = rollout is not None and rollout.root.state in ("in_progress", "queued", "pending")
        shown = picture(shop, name, visit.now)
        sha = shown.traffic.baseline
        live = world.objects.commit(sha) if sha and world.objects.get(sha) else None
        tags = tuple(tag for tag, target in repo.tags.items() if live and world.objects.commit(target).sha == live.sha)
        found.append(Card(name, shown, rollout, active, newest, live, tags))
    return found


def rollout_of(repo: Repository, root: Deployment) -> Rollout:
    """A root with the shifts whose payload names it."""
    shifts = (one for one in repo.deployments.values() if _root_of(one) == root.id)
    return Rollout(root, tuple(sorted(shifts, key=lambda one: one.id)))


def _root_of(deployment: Deployment) -> int | None:
    """The root that a shift's payload names. A payload can be anything."""
    named = payload_of(deployment).get("rollout") if deployment.task == "shift" else None
    return named if isinstance(named, int) else None


def rollouts(repo: Repository, environment: str | None = None) -> list[Rollout]:
    """Newest first, and at most MOST. A shift that names no root that there is stands alone."""
    roots = [
        one
        for one in repo.deployments.values()
        if environment in (None, one.environment) and _root_of(one) not in repo.deployments
    ]
    return [rollout_of(repo, root) for root in sorted(roots, key=lambda one: -one.id)[:MOST]]


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
        "rollouts": rollouts(visit.repo, environment),
        "pulls_by_sha": pulls_by_sha(visit),
    }
    return visit.page(
        "deployments.html",
        values,
        live={"traffic": "_traffic_large.html", "rollouts": "_rollouts.html", "switches": "_switches.html"},
    )


def pulls_by_sha(visit: Visit) -> dict[str, Pull]:
    """Which pull request brought a commit."""
    found: dict[str, Pull] = {}
    for pull in visit.repo.pulls():
        found |= dict.fromkeys((commit.sha for commit in ranges.of_pull(visit.world, pull).commits), pull)
        if pull.merged and pull.merge_commit_sha:
            found[pull.merge_commit_sha] = pull
    return found


async def run_log(visit: Visit) -> Response:
    """What the pipeline did for one deployment, or one run of a workflow, line by line."""
    run = visit.repo.workflow_runs.get(visit.number())
    if run is not None:
        named = run.inputs.get("rollout", "")
        root = named if named.isdigit() and int(named) in visit.repo.deployments else ""
        found = {"tab": "deployments", "run": run, "root": root, "lines": visit.site.pipeline.logs.get(run.id, [])}
        return visit.page("workflow_run.html", found, live={"run": "_workflow_run.html"})
    deployment = visit.world.deployment(visit.repo, visit.number())
    values = {
        "tab": "deployments",
        "deployment": deployment,
        "lines": visit.site.pipeline.logs.get(deployment.id, []),
        "share": share_of(deployment) if deployment.task == "shift" else None,
        "payload": payload_of(deployment),
    }
    return visit.page("run_log.html", values, live={"log": "_run_log.html"})
