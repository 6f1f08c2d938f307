"""Workflow files and what starts, cancels and repeats their runs, with GitHub's rules about `workflow_dispatch`.

The file of the default branch decides what can be dispatched. A run is cancelled asynchronously: what it was doing may still happen. What
its jobs do is in `jobs.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from sandbox.github import jobs
from sandbox.github.accounts import Actor
from sandbox.github.errors import conflict, not_found, refused, wrong_type
from sandbox.github.fields import check_kinds
from sandbox.github.shapes.atoms import Json
from sandbox.github.state import Job, Repository, WorkflowRun
from sandbox.github.world import World

FILE = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
MOST_INPUTS = 25
CANCELLING = 3.0  # seconds of the world's clock until a cancelled run has ended
_EXPRESSION = re.compile(r"\$\{\{\s*(?:github\.event\.)?inputs\.(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Workflow:
    """One file on the default branch. `document` is what YAML makes of it, all scalars as text; empty where it cannot be read."""

    id: int
    path: str
    state: str
    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.document.get("name") or self.path)

    @property
    def trigger(self) -> Mapping[str, Any] | None:
        """The `workflow_dispatch` of its `on`, None where it has none."""
        on = self.document.get("on")
        if isinstance(on, str | list):
            return {} if "workflow_dispatch" in ([on] if isinstance(on, str) else on) else None
        if not isinstance(on, dict) or "workflow_dispatch" not in on:
            return None
        found = on["workflow_dispatch"]
        return found if isinstance(found, dict) else {}


def listing(world: World, repo: Repository) -> list[Workflow]:
    """The workflow files on the default branch."""
    tip = repo.branches.get(repo.default_branch)
    files = world.objects.commit(tip).tree.files if tip else {}
    paths = sorted(path for path in files if FILE.fullmatch(path))
    return [_workflow(repo, repo.id * 1000 + place, path, files[path]) for place, path in enumerate(paths)]


def _workflow(repo: Repository, number: int, path: str, text: str) -> Workflow:
    try:
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  makes nothing but texts, lists and mappings
    except yaml.YAMLError:
        document = None
    state = "disabled_manually" if path in repo.disabled_workflows else "active"
    return Workflow(number, path, state, document if isinstance(document, dict) else {})


def find(world: World, repo: Repository, named: str) -> Workflow:
    """By its id or its file's name."""
    for workflow in listing(world, repo):
        if named in (str(workflow.id), workflow.path.rpartition("/")[2]):
            return workflow
    raise not_found()


def dispatch(world: World, repo: Repository, actor: Actor, workflow: Workflow, wanted: Json) -> WorkflowRun:
    """`POST dispatches`: a run of the file, at a branch or a tag, with inputs."""
    check_kinds(wanted, ref=str, inputs=dict, return_run_details=bool)
    if "return_run_details" in wanted and world.run_details == "unknown":
        raise refused('Invalid request.\n\n"return_run_details" is not a permitted key.')
    ref = wanted.get("ref")
    if not ref:
        raise wrong_type("ref", ref, "a string")
    branch = str(ref).removeprefix("refs/heads/").removeprefix("refs/tags/")
    if branch not in repo.branches and branch not in repo.tags:
        raise refused(f"No ref found for: {ref}")
    if workflow.state != "active":
        raise refused("Cannot trigger a 'workflow_dispatch' on a disabled workflow")
    trigger = workflow.trigger
    if trigger is None:
        raise refused("Workflow does not have 'workflow_dispatch' trigger")
    inputs = _inputs(trigger, wanted.get("inputs") or {})
    sha = world.resolve(repo, str(ref))
    return start(world, repo, actor, workflow, "workflow_dispatch", sha or "", branch, inputs)


def _inputs(trigger: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, str]:
    declared = trigger.get("inputs") or {}
    if len(given) > MOST_INPUTS:
        raise refused(
            f"Invalid request.\n\nNo more than {MOST_INPUTS} properties are allowed; {len(given)} were supplied."
        )
    if unexpected := [name for name in given if name not in declared]:
        raise refused(f"Unexpected inputs provided: {unexpected}")
    inputs = {}
    for name, rule in declared.items():
        rule = rule if isinstance(rule, dict) else {}
        value = given.get(name, rule.get("default", ""))
        if not isinstance(value, str):
            raise wrong_type(f"inputs/{name}", value, "a string")
        if rule.get("required") == "true" and not value:
            raise refused(f"Required input '{name}' not provided")
        inputs[name] = value
    return inputs


def start(
    world: World,
    repo: Repository,
    actor: Actor,
    workflow: Workflow,
    event: str,
    sha: str,
    branch: str,
    inputs: Mapping[str, str],
    *,
    head_repo: int | None = None,
    title: str = "",
) -> WorkflowRun:
    """A new run, queued. `run-name` makes its title out of the inputs."""
    now = float(int(world.now()))
    shown = _EXPRESSION.sub(lambda match: inputs.get(match[1], ""), str(workflow.document.get("run-name") or ""))
    run = WorkflowRun(
        id=world.new_id(),
        workflow=workflow.id,
        path=workflow.path,
        name=workflow.name,
        display_title=shown or title or workflow.name,
        number=1 + sum(other.path == workflow.path for other in repo.workflow_runs.values()),
        event=event,
        head_sha=sha,
        head_branch=branch,
        actor=actor.user,
        created_at=now,
        updated_at=now,
        app=actor.app,
        head_repo=head_repo or repo.id,
        inputs=dict(inputs),
        jobs=_jobs(workflow, inputs),
    )
    repo.workflow_runs[run.id] = run
    jobs.begin(world, repo, run)
    return run


def _jobs(workflow: Workflow, inputs: Mapping[str, str]) -> list[Job]:
    """The jobs of the file, one after the other."""
    found = workflow.document.get("jobs")
    return [Job(name, _environment(job, inputs)) for name, job in found.items()] if isinstance(found, dict) else []


def _environment(job: Any, inputs: Mapping[str, str]) -> str:
    named = job.get("environment", "") if isinstance(job, dict) else ""
    named = named.get("name", "") if isinstance(named, dict) else named
    return _EXPRESSION.sub(lambda match: inputs.get(match[1], ""), str(named))


def cancel(world: World, repo: Repository, run: WorkflowRun, *, force: bool = False) -> None:
    """`POST cancel` and `POST force-cancel`: asynchronous; the first lets go of jobs that insist on going on, the second does not."""
    if run.over:
        raise conflict("Cannot cancel a workflow run that is completed.")
    run.cancelled_at = world.now()
    world.changed(repo)

    async def end() -> None:
        if not run.over and (force or run.id not in world.stubborn_runs):
            jobs.end(world, repo, run, "cancelled")

    world.clock.after(1.0 if force else CANCELLING, end)


def rerun(world: World, repo: Repository, run: WorkflowRun) -> None:
    """`POST rerun`: the same run and inputs again, as another attempt; every job needs its approvals anew."""
    if not run.over:
        raise refused("This workflow run cannot be rerun: it is still running.")
    run.attempt += 1
    run.cancelled_at = None
    run.status, run.conclusion = "queued", None
    run.jobs = [Job(job.name, job.environment) for job in run.jobs]
    jobs.begin(world, repo, run)
