"""Answers about workflow files, their runs, and the protection rules that these wait for."""

from __future__ import annotations

from sandbox.github import jobs, workflows
from sandbox.github.api.call import Answer, Call
from sandbox.github.errors import forbidden
from sandbox.github.shapes.atoms import Json, iso
from sandbox.github.shapes.repos import api_url, page_url
from sandbox.github.shapes.workflows import pending_json, run_json, workflow_json
from sandbox.github.state import WorkflowRun


def _file(call: Call) -> workflows.Workflow:
    return workflows.find(call.world, call.repo, call.path["named"])


def _shown(call: Call, one: workflows.Workflow) -> Json:
    return workflow_json(call.world, call.repo, one.id, one.path, one.name, one.state)


def files(call: Call) -> Answer:
    """The workflow files on the default branch."""
    return call.counted("workflows", workflows.listing(call.world, call.repo), lambda one: _shown(call, one))


def workflow(call: Call) -> Answer:
    return Answer(_shown(call, _file(call)))


def dispatch(call: Call) -> Answer:
    """204, or 200 with the run where the caller wants to know it and this GitHub knows how to say it."""
    made = workflows.dispatch(call.world, call.repo, call.who, _file(call), call.fields)
    if not call.fields.get("return_run_details") or call.world.run_details != "known":
        return Answer(None, 204)
    url = api_url(call.world, call.repo, f"/actions/runs/{made.id}")
    page = page_url(call.world, call.repo, f"/actions/runs/{made.id}")
    return Answer({"workflow_run_id": made.id, "run_url": url, "html_url": page})


def runs(call: Call) -> Answer:
    """Newest first; `event`, `branch`, `status`, `head_sha`, `actor` and `created` (`>=` a date) narrow it."""
    number = _file(call).id
    found = [one for one in reversed(call.repo.workflow_runs.values()) if one.workflow == number and _fits(call, one)]
    return call.counted("workflow_runs", found, lambda one: run_json(call.world, call.repo, one))


def _fits(call: Call, one: WorkflowRun) -> bool:
    has = {
        "event": (one.event,),
        "branch": (one.head_branch,),
        "status": (one.status, one.conclusion),
        "head_sha": (one.head_sha,),
        "actor": (one.actor.login,),
    }
    named = all(call.query.get(name) in (None, "", *values) for name, values in has.items())
    since = call.query.get("created", "").removeprefix(">=")
    return named and iso(one.created_at) >= since


def _run(call: Call) -> WorkflowRun:
    return call.world.workflow_run(call.repo, call.number("id"))


def run(call: Call) -> Answer:
    return Answer(run_json(call.world, call.repo, _run(call)))


def cancel(call: Call) -> Answer:
    workflows.cancel(call.world, call.repo, _run(call))
    return Answer({}, 202)


def force_cancel(call: Call) -> Answer:
    workflows.cancel(call.world, call.repo, _run(call), force=True)
    return Answer({}, 202)


def rerun(call: Call) -> Answer:
    workflows.rerun(call.world, call.repo, _run(call))
    return Answer({}, 201)


def pending(call: Call) -> Answer:
    """The environments that this run waits for."""
    found = jobs.pending(call.repo, _run(call))
    return Answer([pending_json(call.world, call.repo, environment) for environment in found])


def answer(call: Call) -> Answer:
    """An App's answer to its own protection rule."""
    app = call.who.app
    if app is None:
        raise forbidden("Only an App answers its custom deployment protection rule.")
    jobs.answer(call.world, call.repo, app, _run(call), call.fields)
    return Answer(None, 204)
