"""Workflow files, their runs and what these wait for, as GitHub's JSON."""

from __future__ import annotations

from urllib.parse import quote

from sandbox.github.shapes.atoms import Json, iso, node_id
from sandbox.github.shapes.commits import simple_commit_json
from sandbox.github.shapes.repos import LINKS, api_url, page_url
from sandbox.github.shapes.users import user_json
from sandbox.github.state import Environment, Repository, WorkflowRun
from sandbox.github.world import World


def workflow_json(world: World, repo: Repository, number: int, path: str, name: str, state: str = "active") -> Json:
    """One file under `.github/workflows`."""
    page = page_url(world, repo)
    return {
        "id": number,
        "node_id": node_id("Workflow", number),
        "name": name,
        "path": path,
        "state": state,
        "created_at": iso(repo.created_at),
        "updated_at": iso(repo.pushed_at),
        "url": api_url(world, repo, f"/actions/workflows/{number}"),
        "html_url": f"{page}/blob/{quote(repo.default_branch)}/{path}",
        "badge_url": f"{page}/workflows/{quote(name)}/badge.svg",
    }


def run_workflow_json(world: World, repo: Repository, run: WorkflowRun) -> Json:
    """The file that a run is of, as webhooks show it."""
    return workflow_json(world, repo, run.workflow, run.path, run.name)


def run_json(world: World, repo: Repository, run: WorkflowRun) -> Json:
    url = api_url(world, repo, f"/actions/runs/{run.id}")
    actor = user_json(world, run.actor)
    head = world.repos.get(run.head_repo or repo.id, repo)
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("WorkflowRun", run.id),
        "check_suite_id": run.id,
        "check_suite_node_id": node_id("CheckSuite", run.id),
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "path": run.path,
        "display_title": run.display_title,
        "run_number": run.number,
        "run_attempt": run.attempt,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "workflow_id": run.workflow,
        "url": url,
        "html_url": page_url(world, repo, f"/actions/runs/{run.id}"),
        "pull_requests": [],
        "created_at": iso(run.created_at),
        "updated_at": iso(run.updated_at),
        "actor": actor,
        "triggering_actor": actor,
        "run_started_at": iso(run.created_at),
        "jobs_url": f"{url}/jobs",
        "logs_url": f"{url}/logs",
        "check_suite_url": api_url(world, repo, f"/check-suites/{run.id}"),
        "artifacts_url": f"{url}/artifacts",
        "cancel_url": f"{url}/cancel",
        "rerun_url": f"{url}/rerun",
        "previous_attempt_url": f"{url}/attempts/{run.attempt - 1}" if run.attempt > 1 else None,
        "workflow_url": api_url(world, repo, f"/actions/workflows/{run.workflow}"),
        "head_commit": simple_commit_json(world.objects.commit(run.head_sha)),
        "repository": _minimal(world, repo),
        "head_repository": _minimal(world, head),
        "referenced_workflows": [],
    }


def _minimal(world: World, repo: Repository) -> Json:
    """A repository in few words."""
    url = api_url(world, repo)
    return {
        "id": repo.id,
        "node_id": node_id("Repository", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "owner": user_json(world, repo.owner),
        "private": repo.private,
        "html_url": page_url(world, repo),
        "description": repo.description,
        "fork": repo.fork_of is not None,
        "url": url,
        **{field: url + path for field, path in LINKS.items()},
    }


def pending_json(world: World, repo: Repository, environment: Environment) -> Json:
    """One environment for whose rules a run waits."""
    path = quote(environment.name, safe="")
    return {
        "environment": {
            "id": environment.id,
            "node_id": node_id("Environment", environment.id),
            "name": environment.name,
            "url": api_url(world, repo, f"/environments/{path}"),
            "html_url": page_url(world, repo, f"/deployments/activity_log?environments_filter={path}"),
        },
        "wait_timer": environment.wait_timer,
        "wait_timer_started_at": None,
        "current_user_can_approve": False,
        "reviewers": [{"type": "User", "reviewer": user_json(world, user)} for user in environment.reviewers],
    }


def rules_of(world: World, environment: Environment) -> list[Json]:
    """The protection rules that an environment lists of itself: a custom rule is not among them."""
    rules: list[Json] = []
    if environment.wait_timer:
        rules.append(
            {
                "id": environment.id + 1,
                "node_id": node_id("GateRule", environment.id + 1),
                "type": "wait_timer",
                "wait_timer": environment.wait_timer,
            }
        )
    if environment.reviewers:
        rules.append(
            {
                "id": environment.id + 2,
                "node_id": node_id("GateRule", environment.id + 2),
                "prevent_self_review": False,
                "type": "required_reviewers",
                "reviewers": [{"type": "User", "reviewer": user_json(world, user)} for user in environment.reviewers],
            }
        )
    return rules
