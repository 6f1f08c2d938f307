"""Answers about what machines say of a commit: check runs, check suites, statuses."""

from __future__ import annotations

from sandbox.github import checks
from sandbox.github.api.call import Answer, Call
from sandbox.github.required import latest_runs
from sandbox.github.shapes.checks import annotation_json, check_json, combined_json, status_json, suite_json
from sandbox.github.state import CheckRun, CommitStatus


def _run(call: Call) -> CheckRun:
    return call.world.run(call.repo, call.number("id"))


def create_run(call: Call) -> Answer:
    run = checks.create_run(call.world, call.repo, call.who, call.fields)
    return Answer(check_json(call.world, call.repo, run), 201)


def show_run(call: Call) -> Answer:
    return Answer(check_json(call.world, call.repo, _run(call)))


def update_run(call: Call) -> Answer:
    run = checks.update_run(call.world, call.repo, call.who, _run(call), call.fields)
    return Answer(check_json(call.world, call.repo, run))


def list_annotations(call: Call) -> Answer:
    run = _run(call)
    return call.page(run.annotations, lambda found: annotation_json(call.world, call.repo, run, found))


def runs(call: Call) -> Answer:
    """The newest of each name and App, unless `filter=all`; newest first."""
    sha = call.commit(call.path["ref"]).sha
    if call.query.get("filter") == "all":
        found = [run for run in reversed(call.repo.runs.values()) if run.head_sha == sha]
    else:
        found = latest_runs(call.repo, sha)
    name, status, app = call.query.get("check_name"), call.query.get("status"), call.query.get("app_id")
    found = [
        run
        for run in found
        if name in (None, run.name) and status in (None, run.status) and app in (None, str(run.suite.app.id))
    ]
    return call.counted("check_runs", found, lambda run: check_json(call.world, call.repo, run))


def suites(call: Call) -> Answer:
    sha, app = call.commit(call.path["ref"]).sha, call.query.get("app_id")
    found = [suite for suite in call.repo.suites.values() if suite.head_sha == sha and app in (None, str(suite.app.id))]
    return call.counted("check_suites", found, lambda suite: suite_json(call.world, call.repo, suite))


def create_status(call: Call) -> Answer:
    status = checks.set_status(call.world, call.repo, call.who, call.path["sha"], call.fields)
    return Answer(status_json(call.world, call.repo, status), 201)


def statuses(call: Call) -> Answer:
    """All that were ever set, newest first."""
    found = list(reversed(call.repo.statuses.get(call.commit(call.path["ref"]).sha, [])))
    return call.page(found, lambda status: status_json(call.world, call.repo, status))


def combined(call: Call) -> Answer:
    """The newest status of each context, and the worst of them as the commit's."""
    sha = call.commit(call.path["ref"]).sha
    newest: dict[str, CommitStatus] = {}
    for status in call.repo.statuses.get(sha, []):
        newest[status.context] = status
    found = list(newest.values())
    body = combined_json(call.world, call.repo, sha, found, call.cut(found))
    return Answer(body, headers=call.links(len(found)))
