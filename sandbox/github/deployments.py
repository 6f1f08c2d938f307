"""Deployments and their statuses, with GitHub's rules: required contexts, merging the default branch in, what success retires.

`auto_inactive` follows GitHub exactly: a success makes earlier successful deployments of the same environment inactive, unless they are
transient or production ones. An `inactive` status sends no webhook.
"""

from __future__ import annotations

from sandbox.github import pushes, ranges
from sandbox.github.accounts import Actor
from sandbox.github.commits import make_commit
from sandbox.github.diffs import merge_trees
from sandbox.github.errors import GitHubError, conflict, invalid, refused, wrong_type
from sandbox.github.events import emit
from sandbox.github.fields import check_items, check_kinds
from sandbox.github.required import contexts
from sandbox.github.shapes.atoms import Json
from sandbox.github.state import Deployment, DeploymentStatus, Environment, Repository
from sandbox.github.world import World

STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
MAX_DESCRIPTION = 140


class Merged(Exception):  # noqa: N818  not a failure
    """Instead of a deployment the default branch was merged into the ref (202): the caller has to ask again."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def create(world: World, repo: Repository, actor: Actor, wanted: Json, *, run: int = 0) -> Deployment:
    """`POST deployments`. Raises `Merged` when it merged the default branch in instead. `run`: for a job of that workflow run."""
    check_kinds(wanted, ref=str, task=str, description=str, environment=str, auto_merge=bool)
    check_kinds(wanted, transient_environment=bool, production_environment=bool)
    check_items(wanted, required_contexts=str)
    ref = wanted.get("ref")
    if not ref:
        raise wrong_type("ref", ref, "a string")
    sha = world.resolve(repo, ref)
    if sha is None:
        raise refused(f"No ref found for: {ref}")
    payload = wanted.get("payload") or ""
    if not isinstance(payload, dict | list | str):
        raise wrong_type("payload", payload, "an object or a string")
    environment = wanted.get("environment") or "production"
    if len(environment) > 255:
        raise invalid("Deployment", "environment")
    if wanted.get("auto_merge", True):
        _merge_default(world, repo, actor, ref, sha)
    _check_contexts(repo, sha, wanted.get("required_contexts"))
    now = float(int(world.now()))
    production = wanted.get("production_environment")
    deployment = Deployment(
        id=world.new_id(),
        sha=sha,
        ref=ref,
        task=wanted.get("task") or "deploy",
        payload={} if payload == "" else payload,
        environment=environment,
        original_environment=environment,
        description=wanted.get("description"),
        creator=actor.user,
        created_at=now,
        updated_at=now,
        transient=bool(wanted.get("transient_environment", False)),
        production=environment == "production" if production is None else bool(production),
        app=actor.app,
        run=run,
    )
    repo.deployments[deployment.id] = deployment
    ensure_environment(world, repo, environment)
    world.changed(repo)
    emit(world, "deployment", "created", repo, actor, deployment)
    return deployment


def _merge_default(world: World, repo: Repository, actor: Actor, ref: str, sha: str) -> None:
    """`auto_merge`: a topic branch that lacks what is on the default branch gets it merged in first."""
    tip = repo.branches.get(repo.default_branch)
    branch = ref.removeprefix("refs/heads/")
    if tip is None or branch not in repo.branches or branch == repo.default_branch or world.objects.contains(sha, tip):
        return
    start = ranges.between(world, tip, sha).merge_base
    ours, theirs = world.objects.commit(sha), world.objects.commit(tip)
    tree = merge_trees(start.tree, ours.tree, theirs.tree) if start else None
    if tree is None:
        raise conflict(f"Conflict merging {repo.default_branch} into {branch}.")
    who = world.signature(actor.user)
    made = world.objects.add(make_commit(tree, (sha, tip), f"Merge {repo.default_branch} into {branch}", who))
    pushes.push(world, repo, actor, branch, made.sha)
    raise Merged(f"Auto-merged {repo.default_branch} into {branch} on deployment.")


def _check_contexts(repo: Repository, sha: str, required: list[str] | None) -> None:
    """All contexts have to be green, or those named; an empty list asks for none."""
    found = {name: state for name, (state, _) in contexts(repo, sha).items()}
    names = list(found) if required is None else required
    if all(found.get(name) == "success" for name in names):
        return
    error = {
        "contexts": [{"context": name, "state": found.get(name, "missing")} for name in names],
        "resource": "Deployment",
        "field": "required_contexts",
        "code": "invalid",
    }
    raise GitHubError(409, "Conflict: Commit status checks failed for " + sha[:7] + ".", errors=[error])


def ensure_environment(world: World, repo: Repository, name: str) -> Environment:
    """Environments come into being when they are first deployed to."""
    found = repo.environments.get(name)
    if found is None:
        now = float(int(world.now()))
        found = repo.environments[name] = Environment(world.new_id(), name, now, now)
    return found


def add_status(world: World, repo: Repository, actor: Actor, deployment: Deployment, wanted: Json) -> DeploymentStatus:
    """`POST deployments/{id}/statuses`."""
    check_kinds(wanted, state=str, description=str, environment=str, log_url=str, target_url=str, environment_url=str)
    check_kinds(wanted, auto_inactive=bool)
    state = wanted.get("state")
    if state not in STATES:
        raise invalid("DeploymentStatus", "state")
    description = wanted.get("description") or ""
    if len(description) > MAX_DESCRIPTION:
        raise invalid("DeploymentStatus", "description", message="description is too long (maximum is 140 characters)")
    for field in ("log_url", "target_url", "environment_url"):
        if wanted.get(field) and not str(wanted[field]).startswith(("http://", "https://")):
            raise invalid("DeploymentStatus", field, message=f"{field} must use http(s) scheme")
    if wanted.get("environment"):
        deployment.environment = str(wanted["environment"])
        ensure_environment(world, repo, deployment.environment)
    status = _append(
        world,
        actor,
        deployment,
        str(state),
        description,
        environment_url=wanted.get("environment_url") or "",
        log_url=wanted.get("log_url") or wanted.get("target_url") or "",
    )
    if state == "success" and wanted.get("auto_inactive", True):
        _retire_others(world, repo, actor, deployment)
    world.changed(repo)
    if state != "inactive":
        emit(world, "deployment_status", "created", repo, actor, (deployment, status))
    return status


def _append(
    world: World,
    actor: Actor,
    deployment: Deployment,
    state: str,
    description: str = "",
    *,
    environment_url: str = "",
    log_url: str = "",
) -> DeploymentStatus:
    now = float(int(world.now()))
    status = DeploymentStatus(
        id=world.new_id(),
        state=state,
        creator=actor.user,
        created_at=now,
        description=description,
        environment=deployment.environment,
        environment_url=environment_url,
        log_url=log_url,
        app=actor.app,
    )
    deployment.statuses.append(status)
    deployment.updated_at = now
    return status


def _retire_others(world: World, repo: Repository, actor: Actor, newest: Deployment) -> None:
    for deployment in repo.deployments.values():
        if (
            deployment.id < newest.id
            and deployment.environment == newest.environment
            and deployment.state == "success"
            and not deployment.transient
            and not deployment.production
        ):
            _append(world, actor, deployment, "inactive")
