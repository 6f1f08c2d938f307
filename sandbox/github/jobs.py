"""What the jobs of a workflow run do: one after the other, each waiting for the protection rules of its environment before it starts.

A job works for a moment and succeeds, unless somebody registered for its workflow file (`world.workers`): then that one does the work and
says how it went. GitHub asks the App of a custom rule for each job anew, though run and environment be the same, and refuses what it does
not take: GitHub's page "Configuring custom deployment protection rules".
"""

from __future__ import annotations

from functools import partial

from sandbox.github import deployments
from sandbox.github.accounts import Actor, App
from sandbox.github.errors import forbidden, invalid, not_found, refused
from sandbox.github.events import emit
from sandbox.github.fields import check_kinds
from sandbox.github.shapes.atoms import Json
from sandbox.github.state import Deployment, Environment, Job, Repository, WorkflowRun
from sandbox.github.world import GITHUB_ACTIONS, World

STARTS_AFTER = 1.0
TAKES = 2.0
MAX_COMMENT = 1024
MOST_REPORTS = 10


def begin(world: World, repo: Repository, run: WorkflowRun) -> None:
    """The run is queued; its first job starts a moment later."""
    _tell(world, repo, run, "requested")
    world.clock.after(STARTS_AFTER, partial(_go_on, world, repo, run, run.attempt))


async def _go_on(world: World, repo: Repository, run: WorkflowRun, attempt: int) -> None:
    if run.over or run.attempt != attempt:
        return
    job = next((job for job in run.jobs if job.status != "completed"), None)
    if job is None:
        end(world, repo, run, "success")
    elif _closed(repo, job):
        _ask(world, repo, run, job)
    elif job.status in ("queued", "waiting"):
        _work(world, repo, run, job)


def _closed(repo: Repository, job: Job) -> bool:
    environment = repo.environments.get(job.environment)
    return environment is not None and any(app not in job.approved for app in environment.rules)


def _ask(world: World, repo: Repository, run: WorkflowRun, job: Job) -> None:
    """The job waits. Each App whose rule it is hears of that, once for each job and attempt."""
    if job.asked:
        return
    job.asked, job.status, run.status = True, "waiting", "waiting"
    deployment = _deployment(world, repo, run, job)
    _touch(world, repo, run)
    for app in repo.environments[job.environment].rules:
        subscribed = (one for one in world.installations.values() if one.app is app)
        if any("deployment_protection_rule" in one.events for one in subscribed):
            emit(
                world,
                "deployment_protection_rule",
                "requested",
                repo,
                Actor(run.actor),
                (run, job, deployment),
                only=app,
            )


def _deployment(world: World, repo: Repository, run: WorkflowRun, job: Job) -> Deployment:
    """GitHub makes one for each job that names an environment."""
    app = world.app_by_slug(GITHUB_ACTIONS)
    wanted = {"ref": run.head_sha, "environment": job.environment, "auto_merge": False, "required_contexts": []}
    deployment = deployments.create(world, repo, Actor(app.bot, app), wanted, run=run.id)
    job.deployment = deployment.id
    return deployment


def _work(world: World, repo: Repository, run: WorkflowRun, job: Job) -> None:
    if job.environment and not job.deployment:
        _deployment(world, repo, run, job)
    began = run.status != "in_progress"
    job.status = run.status = "in_progress"
    if job.deployment:
        _report(world, repo, job, "in_progress")
    if began:
        _tell(world, repo, run, "in_progress")
    done = partial(_finish, world, repo, run, job, run.attempt)
    worker = world.workers.get((repo.id, run.path))
    if worker is None or not worker(run, done):
        world.clock.after(TAKES, partial(_succeed, done))


async def _succeed(done: partial[None]) -> None:
    done("success")


def _finish(world: World, repo: Repository, run: WorkflowRun, job: Job, attempt: int, conclusion: str) -> None:
    """The job's last word, unless the run was ended meanwhile."""
    if run.over or run.attempt != attempt or job.status == "completed":
        return
    job.status, job.conclusion = "completed", conclusion
    if job.deployment:
        _report(world, repo, job, "success" if conclusion == "success" else "failure")
    if conclusion != "success":
        end(world, repo, run, conclusion)
        return
    _touch(world, repo, run)
    world.clock.after(0.0, partial(_go_on, world, repo, run, attempt))


def end(world: World, repo: Repository, run: WorkflowRun, conclusion: str) -> None:
    """The run is over, whatever its jobs were doing."""
    for job in run.jobs:
        if job.status != "completed":
            job.status, job.conclusion = "completed", "cancelled" if conclusion == "cancelled" else "skipped"
            if job.deployment:
                _report(world, repo, job, "error" if conclusion == "cancelled" else "failure")
    run.status, run.conclusion = "completed", conclusion
    _tell(world, repo, run, "completed")


def answer(world: World, repo: Repository, app: App, run: WorkflowRun, wanted: Json) -> None:
    """`POST deployment_protection_rule`: an App's answer to its own rule, or a report while it makes up its mind."""
    check_kinds(wanted, environment_name=str, state=str, comment=str)
    name, state, comment = wanted.get("environment_name"), wanted.get("state"), wanted.get("comment") or ""
    environment = repo.environments.get(str(name))
    waiting = [
        job for job in run.jobs if job.status == "waiting" and job.environment == name and app not in job.approved
    ]
    if environment is None or not waiting:
        raise not_found()
    if app not in environment.rules:
        raise forbidden("Resource not accessible by integration")
    if len(comment) > MAX_COMMENT:
        raise invalid("DeploymentProtectionRule", "comment", message="comment is too long (maximum is 1024 characters)")
    if state not in (None, "approved", "rejected"):
        raise invalid("DeploymentProtectionRule", "state")
    job = waiting[0]
    if state is None:
        if not comment:
            raise refused('Invalid request.\n\n"comment" wasn\'t supplied.')
        if len(job.comments) >= MOST_REPORTS:
            raise refused("Too many status reports for this deployment")
    if comment:
        job.comments.append(comment)
    if state == "approved":
        job.approved.append(app)
        world.clock.after(0.0, partial(_go_on, world, repo, run, run.attempt))
    elif state == "rejected":
        job.status, job.conclusion = "completed", "failure"
        _report(world, repo, job, "failure")
        end(world, repo, run, "failure")
    world.changed(repo)


def pending(repo: Repository, run: WorkflowRun) -> list[Environment]:
    """The environments for whose protection rules a job of this run waits."""
    names = dict.fromkeys(job.environment for job in run.jobs if job.status == "waiting")
    return [repo.environments[name] for name in names if name in repo.environments]


def wave_through(world: World, repo: Repository, run: WorkflowRun) -> None:
    """An administrator presses "Start all waiting jobs": protection rules are not asked any more."""
    for job in run.jobs:
        if job.status == "waiting":
            job.approved = list(repo.environments[job.environment].rules)
    world.clock.after(0.0, partial(_go_on, world, repo, run, run.attempt))


def _report(world: World, repo: Repository, job: Job, state: str) -> None:
    app = world.app_by_slug(GITHUB_ACTIONS)
    deployments.add_status(world, repo, Actor(app.bot, app), repo.deployments[job.deployment], {"state": state})


def _touch(world: World, repo: Repository, run: WorkflowRun) -> None:
    run.updated_at = float(int(world.now()))
    world.changed(repo)


def _tell(world: World, repo: Repository, run: WorkflowRun, action: str) -> None:
    _touch(world, repo, run)
    emit(world, "workflow_run", action, repo, Actor(run.actor, run.app), run)
