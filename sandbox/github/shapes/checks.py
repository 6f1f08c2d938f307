"""Check runs, check suites and commit statuses as GitHub's JSON."""

from __future__ import annotations

from sandbox.github.shapes.apps import app_json
from sandbox.github.shapes.atoms import Json, iso, iso_or_none, node_id
from sandbox.github.shapes.commits import simple_commit_json
from sandbox.github.shapes.pulls import pulls_at
from sandbox.github.shapes.repos import api_url, page_url, repo_json
from sandbox.github.shapes.users import user_json
from sandbox.github.state import CheckRun, CheckSuite, CommitStatus, Repository
from sandbox.github.world import World


def check_json(world: World, repo: Repository, run: CheckRun) -> Json:
    url, page = api_url(world, repo, f"/check-runs/{run.id}"), page_url(world, repo, f"/runs/{run.id}")
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CheckRun", run.id),
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": page,
        "details_url": run.details_url or page,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": iso(run.started_at),
        "completed_at": iso_or_none(run.completed_at),
        "output": {
            "title": run.output.get("title"),
            "summary": run.output.get("summary"),
            "text": run.output.get("text"),
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite.id},
        "app": app_json(world, run.suite.app),
        "pull_requests": pulls_at(world, repo, run.head_sha),
    }


def check_event_json(world: World, repo: Repository, run: CheckRun) -> Json:
    """As in webhooks: with its suite."""
    return check_json(world, repo, run) | {"check_suite": _short_suite_json(world, repo, run.suite)}


def _short_suite_json(world: World, repo: Repository, suite: CheckSuite) -> Json:
    return {
        "id": suite.id,
        "node_id": node_id("CheckSuite", suite.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_sha,
        "status": suite.status,
        "conclusion": suite.conclusion,
        "url": api_url(world, repo, f"/check-suites/{suite.id}"),
        "before": suite.before,
        "after": suite.head_sha,
        "pull_requests": pulls_at(world, repo, suite.head_sha),
        "app": app_json(world, suite.app),
        "created_at": iso(suite.created_at),
        "updated_at": iso(suite.updated_at),
    }


def suite_event_json(world: World, repo: Repository, suite: CheckSuite) -> Json:
    """As in webhooks."""
    runs = [run for run in repo.runs.values() if run.suite is suite]
    return _short_suite_json(world, repo, suite) | {
        "latest_check_runs_count": len({run.name for run in runs}),
        "check_runs_url": api_url(world, repo, f"/check-suites/{suite.id}/check-runs"),
        "head_commit": simple_commit_json(world.objects.commit(suite.head_sha)),
        "rerequestable": True,
        "runs_rerequestable": True,
    }


def suite_json(world: World, repo: Repository, suite: CheckSuite) -> Json:
    return suite_event_json(world, repo, suite) | {"repository": repo_json(world, repo)}


def annotation_json(world: World, repo: Repository, run: CheckRun, annotation: Json) -> Json:
    path = annotation["path"]
    return {
        "path": path,
        "blob_href": page_url(world, repo, f"/blob/{run.head_sha}/{path}"),
        "start_line": annotation["start_line"],
        "end_line": annotation["end_line"],
        "start_column": annotation.get("start_column"),
        "end_column": annotation.get("end_column"),
        "annotation_level": annotation["annotation_level"],
        "title": annotation.get("title"),
        "message": annotation["message"],
        "raw_details": annotation.get("raw_details"),
    }


def simple_status_json(world: World, repo: Repository, status: CommitStatus) -> Json:
    """As in the combined status: without its creator."""
    return {
        "url": api_url(world, repo, f"/statuses/{status.sha}"),
        "avatar_url": user_json(world, status.creator)["avatar_url"],
        "id": status.id,
        "node_id": node_id("StatusContext", status.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": iso(status.created_at),
        "updated_at": iso(status.created_at),
    }


def status_json(world: World, repo: Repository, status: CommitStatus) -> Json:
    return simple_status_json(world, repo, status) | {"creator": user_json(world, status.creator)}


def combined_json(
    world: World, repo: Repository, sha: str, newest: list[CommitStatus], page: list[CommitStatus]
) -> Json:
    """`GET commits/{ref}/status`: the worst of the newest status of each context; `page` is the part to show."""
    states = {status.state for status in newest}
    state = (
        "failure" if states & {"failure", "error"} else "pending" if "pending" in states or not newest else "success"
    )
    return {
        "state": state,
        "statuses": [simple_status_json(world, repo, status) for status in page],
        "sha": sha,
        "total_count": len(newest),
        "repository": repo_json(world, repo),
        "commit_url": api_url(world, repo, f"/commits/{sha}"),
        "url": api_url(world, repo, f"/commits/{sha}/status"),
    }
