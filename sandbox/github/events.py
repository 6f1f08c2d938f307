"""Webhooks: which Apps hear of an event, and what the payload says.

`emit` is called by every verb after it changed something. It renders one payload for each App that is installed there, may read that kind
of thing, and subscribed to the event (a few events go unasked, or only to the App concerned), then tells the world's own listeners.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.github.accounts import Actor, App, Installation
from sandbox.github.happenings import Event
from sandbox.github.shapes.apps import installation_json
from sandbox.github.shapes.atoms import Json, iso, node_id
from sandbox.github.shapes.checks import check_event_json, suite_event_json
from sandbox.github.shapes.commits import commit_json, simple_commit_json
from sandbox.github.shapes.deployments import deployment_json, deployment_status_json
from sandbox.github.shapes.issues import comment_json, issue_json, label_json
from sandbox.github.shapes.pulls import pull_json, review_json, short_pull_json
from sandbox.github.shapes.refs import short_branch_json
from sandbox.github.shapes.releases import release_json
from sandbox.github.shapes.repos import api_url, named_repo_json, page_url, repo_json
from sandbox.github.shapes.users import organization_json, user_json
from sandbox.github.shapes.workflows import run_json, run_workflow_json
from sandbox.github.state import Issue, Repository
from sandbox.github.world import World

NEEDS: Mapping[str, tuple[str, ...]] = {
    "push": ("contents",),
    "create": ("contents",),
    "delete": ("contents",),
    "release": ("contents",),
    "pull_request": ("pull_requests",),
    "pull_request_review": ("pull_requests",),
    "issue_comment": ("issues",),  # also on pull requests
    "issues": ("issues",),
    "check_run": ("checks",),
    "check_suite": ("checks",),
    "status": ("statuses",),
    "deployment": ("deployments",),
    "deployment_status": ("deployments",),
    "deployment_protection_rule": ("deployments",),
    "workflow_run": ("actions",),
    "merge_group": ("merge_queues",),
    "repository": ("metadata",),
}
"""Event → permissions of which an App needs one, at least to read, to be told."""


def emit(
    world: World,
    name: str,
    action: str | None,
    repo: Repository,
    actor: Actor,
    subject: Any,
    *,
    only: App | None = None,
    **extra: Any,
) -> None:
    """Tell everyone concerned. `only`: no other App than this one hears of it, and it need not have subscribed."""
    event = Event(name, action, repo, actor.user, subject, world.now(), extra)
    for installation in world.installations.values():
        if _hears(installation, event, repo, only):
            payload = render(world, event) | {
                "installation": {
                    "id": installation.id,
                    "node_id": node_id("IntegrationInstallation", installation.id),
                }
            }
            world.hooks.send(installation.app, name, action, payload, installation.id, repo.id)
    world.tell(event)  # last: what listeners do at once is told after what they do it about


def _hears(installation: Installation, event: Event, repo: Repository, only: App | None) -> bool:
    app = installation.app
    if not app.hook.url or installation.suspended_at is not None or installation.account != repo.owner:
        return False
    if installation.repositories is not None and repo.id not in installation.repositories:
        return False
    if not any(permission in installation.permissions for permission in NEEDS[event.name]):
        return False
    if only is not None:
        return app is only
    return event.name in installation.events


def emit_installation(
    world: World, installation: Installation, name: str, action: str, actor: Actor, **extra: Any
) -> None:
    """The events about the installation itself: `installation`, `installation_repositories`."""
    world.tell(Event(name, action, None, actor.user, installation, world.now(), extra))
    if installation.app.hook.url:
        payload = {
            "action": action,
            "installation": installation_json(world, installation),
            **extra,
            "sender": user_json(world, actor.user),
        }
        if installation.account.kind == "Organization":
            payload["organization"] = organization_json(world, installation.account)
        world.hooks.send(installation.app, name, action, payload, installation.id, None)


def ping(world: World, app: App) -> None:
    """What a new webhook address hears first."""
    config = {"url": app.hook.url, "content_type": "json", "insecure_ssl": "0"}
    hook = {
        "type": "App",
        "id": app.hook_id,
        "name": "web",
        "active": True,
        "events": app.events,
        "config": config | ({"secret": "********"} if app.hook.secret else {}),
        "updated_at": iso(world.now()),
        "created_at": iso(app.created_at),
        "app_id": app.id,
        "deliveries_url": f"{world.api}/app/hook/deliveries",
    }
    payload = {"zen": "Responsive is better than fast.", "hook_id": app.hook_id, "hook": hook}
    world.hooks.send(app, "ping", None, payload, None, None)


def named(repositories: list[Repository]) -> list[Json]:
    """How installation events list repositories."""
    return [named_repo_json(repo) for repo in repositories]


def render(world: World, event: Event) -> Json:
    """The payload of an event in a repository, without the installation that it is sent to."""
    repo = event.repo
    if repo is None:
        raise ValueError(f"{event.name} is not about a repository")
    payload: Json = {} if event.action is None else {"action": event.action}
    payload |= PAYLOADS[event.name](world, repo, event)
    payload["repository"] = repo_json(world, repo)
    if repo.owner.kind == "Organization":
        payload["organization"] = organization_json(world, repo.owner)
    payload["sender"] = user_json(world, event.sender)
    return payload


def _label(world: World, repo: Repository, event: Event) -> Json:
    name = event.extra.get("label")
    return {"label": label_json(world, repo, repo.labels[name.lower()])} if name else {}


def _changes(event: Event) -> Json:
    return {"changes": event.extra["changes"]} if "changes" in event.extra else {}


def _push(world: World, repo: Repository, event: Event) -> Json:
    return dict(event.subject)


def _created_ref(world: World, repo: Repository, event: Event) -> Json:
    kind, name = event.subject
    shown = {"ref": name, "ref_type": kind, "pusher_type": "user"}
    if event.name == "create":
        shown |= {"master_branch": repo.default_branch, "description": repo.description}
    return shown


def _pull_request(world: World, repo: Repository, event: Event) -> Json:
    pull = event.subject
    shown = {"number": pull.number, "pull_request": pull_json(world, repo, pull, computed=False)}
    for field in ("before", "after"):
        if field in event.extra:
            shown[field] = event.extra[field]
    return shown | _label(world, repo, event) | _changes(event)


def _review(world: World, repo: Repository, event: Event) -> Json:
    review = review_json(world, repo, event.subject)
    review["state"] = review["state"].lower()
    pull = repo.threads[event.subject.number]
    return {"review": review, "pull_request": short_pull_json(world, repo, pull)}  # type: ignore[arg-type]


def _told_issue(world: World, repo: Repository, issue: Issue) -> Json:
    """An issue as webhooks show it: without who closed it."""
    return {name: value for name, value in issue_json(world, repo, issue).items() if name != "closed_by"}


def _comment(world: World, repo: Repository, event: Event) -> Json:
    issue = _told_issue(world, repo, repo.threads[event.subject.number])
    return {"issue": issue, "comment": comment_json(world, repo, event.subject)} | _changes(event)


def _issue(world: World, repo: Repository, event: Event) -> Json:
    return {"issue": _told_issue(world, repo, event.subject)} | _label(world, repo, event) | _changes(event)


def _check_run(world: World, repo: Repository, event: Event) -> Json:
    shown: Json = {"check_run": check_event_json(world, repo, event.subject)}
    if "identifier" in event.extra:
        shown["requested_action"] = {"identifier": event.extra["identifier"]}
    return shown


def _check_suite(world: World, repo: Repository, event: Event) -> Json:
    return {"check_suite": suite_event_json(world, repo, event.subject)}


def _status(world: World, repo: Repository, event: Event) -> Json:
    status = event.subject
    holding = [name for name, tip in repo.branches.items() if world.objects.contains(tip, status.sha)]
    return {
        "id": status.id,
        "sha": status.sha,
        "name": repo.full_name,
        "avatar_url": user_json(world, status.creator)["avatar_url"],
        "target_url": status.target_url,
        "context": status.context,
        "description": status.description,
        "state": status.state,
        "commit": commit_json(world, repo, world.objects.commit(status.sha)),
        "branches": [short_branch_json(world, repo, name) for name in holding[:10]],
        "created_at": iso(status.created_at),
        "updated_at": iso(status.created_at),
    }


def _deployment(world: World, repo: Repository, event: Event) -> Json:
    return {"deployment": deployment_json(world, repo, event.subject), "workflow": None, "workflow_run": None}


def _deployment_status(world: World, repo: Repository, event: Event) -> Json:
    deployment, status = event.subject
    return {
        "deployment_status": deployment_status_json(world, repo, deployment, status),
        "deployment": deployment_json(world, repo, deployment),
        "check_run": None,
        "workflow": None,
        "workflow_run": None,
    }


def _workflow_run(world: World, repo: Repository, event: Event) -> Json:
    return {
        "workflow_run": run_json(world, repo, event.subject),
        "workflow": run_workflow_json(world, repo, event.subject),
    }


def _protection_rule(world: World, repo: Repository, event: Event) -> Json:
    run, job, deployment = event.subject
    callback = api_url(world, repo, f"/actions/runs/{run.id}/deployment_protection_rule")
    return {
        "environment": job.environment,
        "event": run.event,
        "sha": run.head_sha,
        "ref": f"refs/heads/{run.head_branch}",
        "deployment_callback_url": callback,
        "deployment": deployment_json(world, repo, deployment),
        "pull_requests": [],
    }


def _merge_group(world: World, repo: Repository, event: Event) -> Json:
    commit = world.objects.commit(event.subject["head_sha"])
    return {"merge_group": {**event.subject, "head_commit": simple_commit_json(commit)}}


def _release(world: World, repo: Repository, event: Event) -> Json:
    return {"release": release_json(world, repo, event.subject)} | _changes(event)


def _repository(world: World, repo: Repository, event: Event) -> Json:
    return _changes(event)


PAYLOADS: Mapping[str, Callable[[World, Repository, Event], Json]] = {
    "push": _push,
    "create": _created_ref,
    "delete": _created_ref,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "issue_comment": _comment,
    "issues": _issue,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "status": _status,
    "deployment": _deployment,
    "deployment_status": _deployment_status,
    "deployment_protection_rule": _protection_rule,
    "workflow_run": _workflow_run,
    "merge_group": _merge_group,
    "release": _release,
    "repository": _repository,
}


def push_page(world: World, repo: Repository, before: str, after: str) -> str:
    """The comparison that a push links to."""
    return page_url(world, repo, f"/compare/{before[:12]}...{after[:12]}")
