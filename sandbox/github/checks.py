"""Check suites, check runs and commit statuses: made and updated by Apps, asked for again and clicked by people.

A suite is the runs of one App on one commit; it is completed when they all are, with the worst of their conclusions.
"""

from __future__ import annotations

from typing import Any

from sandbox.github.accounts import Actor, App
from sandbox.github.errors import GitHubError, forbidden, invalid, not_found, refused, wrong_type
from sandbox.github.events import emit
from sandbox.github.fields import check_items, check_kinds
from sandbox.github.required import latest_runs
from sandbox.github.shapes.atoms import Json, moment
from sandbox.github.state import CheckRun, CheckSuite, CommitStatus, Repository
from sandbox.github.world import World

STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out")
WORST_FIRST = ("action_required", "failure", "timed_out", "cancelled", "stale", "success", "neutral", "skipped")
STATES = ("error", "failure", "pending", "success")
LEVELS = ("notice", "warning", "failure")
MAX_TEXT = 65_535
MAX_ANNOTATIONS = 50
MAX_ACTIONS = 3
ACTION_LIMITS = {"label": 20, "description": 40, "identifier": 20}
MAX_STATUSES = 1000


def open_suites(world: World, repo: Repository, actor: Actor, branch: str, before: str, sha: str) -> None:
    """After a push: a suite for each App that writes checks here, and the webhook that asks it to begin."""
    for installation in world.installations.values():
        app = installation.app
        here = installation.repositories is None or repo.id in installation.repositories
        if here and installation.account == repo.owner and installation.permissions.get("checks") == "write":
            suite, fresh = suite_of(world, repo, app, sha, branch, before)
            if fresh:
                emit(world, "check_suite", "requested", repo, actor, suite, only=app)


def suite_of(
    world: World, repo: Repository, app: App, sha: str, branch: str | None = None, before: str | None = None
) -> tuple[CheckSuite, bool]:
    """The App's suite on this commit, and whether it had to be made."""
    for suite in repo.suites.values():
        if suite.app is app and suite.head_sha == sha:
            return suite, False
    if branch is None:
        branch = next((name for name, tip in repo.branches.items() if tip == sha), None)
    now = float(int(world.now()))
    suite = CheckSuite(world.new_id(), app, sha, branch, now, now, before)
    repo.suites[suite.id] = suite
    world.changed(repo)
    return suite, True


def create_run(world: World, repo: Repository, actor: Actor, wanted: Json) -> CheckRun:
    """`POST check-runs`, with its fields and limits."""
    if actor.app is None:
        raise forbidden("You must authenticate via a GitHub App.")
    for field in ("name", "head_sha"):
        if not isinstance(wanted.get(field), str) or not wanted[field]:
            raise wrong_type(field, wanted.get(field), "a string")
    commit = world.objects.starting_with(wanted["head_sha"]) if len(wanted["head_sha"]) == 40 else None
    if commit is None:
        raise refused(f"No commit found for SHA: {wanted['head_sha']}")
    _validate(wanted)
    suite, _ = suite_of(world, repo, actor.app, commit.sha)
    run = CheckRun(world.new_id(), suite, wanted["name"], commit.sha, float(int(world.now())))
    repo.runs[run.id] = run
    _apply(world, run, wanted)
    _settle(world, repo, actor, run, "created")
    if run.status == "completed":
        emit(world, "check_run", "completed", repo, actor, run)
    return run


def update_run(world: World, repo: Repository, actor: Actor, run: CheckRun, wanted: Json) -> CheckRun:
    """`PATCH check-runs/{id}`: only the App that made it may. Annotations are appended."""
    if actor.app is not run.suite.app:
        raise forbidden(
            "Invalid app_id `{}` - check run can only be modified by the GitHub App that created it.".format(
                actor.app.id if actor.app else ""
            )
        )
    _validate(wanted)
    was = run.status
    _apply(world, run, wanted)
    _settle(world, repo, actor, run, "completed" if run.status == "completed" and was != "completed" else None)
    return run


def set_check(world: World, repo: Repository, app: App, sha: str, name: str, outcome: str) -> CheckRun:
    """What a workflow reports in one word: a status or a conclusion, on its newest run of that name."""
    wanted: Json = {"status": outcome} if outcome in STATUSES else {"status": "completed", "conclusion": outcome}
    if outcome not in STATUSES and outcome not in CONCLUSIONS:
        raise ValueError(f"{outcome!r} is neither a status nor a conclusion of a check run")
    actor = Actor(app.bot, app)
    newest = next((run for run in latest_runs(repo, sha) if run.name == name and run.suite.app is app), None)
    if newest is None or newest.status == "completed":
        return create_run(world, repo, actor, {"name": name, "head_sha": sha, **wanted})
    return update_run(world, repo, actor, newest, wanted)


def click(world: World, repo: Repository, actor: Actor, run: CheckRun, identifier: str) -> None:
    """Press one of the run's buttons. They are shown only once it is completed."""
    if not any(action["identifier"] == identifier for action in run.actions):
        raise not_found()
    emit(world, "check_run", "requested_action", repo, actor, run, only=run.suite.app, identifier=identifier)


def rerequest(world: World, repo: Repository, actor: Actor, run: CheckRun) -> None:
    emit(world, "check_run", "rerequested", repo, actor, run, only=run.suite.app)


def _validate(wanted: Json) -> None:
    check_kinds(wanted, name=str, external_id=str, details_url=str, output=dict, status=str, conclusion=str)
    check_items(wanted, actions=dict)
    status, conclusion = wanted.get("status"), wanted.get("conclusion")
    if status is not None and status not in STATUSES:
        raise invalid("CheckRun", "status")
    if conclusion is not None and conclusion not in CONCLUSIONS:
        raise invalid("CheckRun", "conclusion")
    if status == "completed" and conclusion is None:
        raise refused("Invalid request.\n\nMissing required property: conclusion.")
    for field in ("started_at", "completed_at"):
        if wanted.get(field) is not None:
            _date(wanted[field])
    output = wanted.get("output")
    if output is not None:
        _validate_output(output)
    actions = wanted.get("actions") or []
    if len(actions) > MAX_ACTIONS:
        raise refused(
            f"Invalid request.\n\nNo more than {MAX_ACTIONS} items are allowed; {len(actions)} were supplied."
        )
    for action in actions:
        for field, limit in ACTION_LIMITS.items():
            text = action.get(field)
            if not isinstance(text, str):
                raise refused(f'Invalid request.\n\n"{field}" wasn\'t supplied.')
            if len(text) > limit:
                raise refused(f"Invalid request.\n\nOnly {limit} characters are allowed; {len(text)} were supplied.")


def _validate_output(output: Json) -> None:
    check_kinds(output, text=str)
    check_items(output, annotations=dict)
    if not isinstance(output.get("title"), str):
        raise refused('Invalid request.\n\n"title" wasn\'t supplied.')
    if not isinstance(output.get("summary"), str):
        raise refused('Invalid request.\n\n"summary" wasn\'t supplied.')
    for field in ("summary", "text"):
        if len(output.get(field) or "") > MAX_TEXT:
            message = f"Only {MAX_TEXT} characters are allowed; {len(output[field])} were supplied."
            raise refused(f"Invalid request.\n\n{message}")
    annotations = output.get("annotations") or []
    if len(annotations) > MAX_ANNOTATIONS:
        message = f"No more than {MAX_ANNOTATIONS} items are allowed; {len(annotations)} were supplied."
        raise refused(f"Invalid request.\n\n{message}")
    for annotation in annotations:
        missing = {"path", "start_line", "end_line", "annotation_level", "message"} - annotation.keys()
        if missing or annotation["annotation_level"] not in LEVELS:
            raise refused(
                f"Invalid request.\n\nInvalid annotation: {', '.join(sorted(missing)) or 'annotation_level'}."
            )


def _apply(world: World, run: CheckRun, wanted: Json) -> None:
    now = float(int(world.now()))
    run.name = wanted.get("name") or run.name
    run.external_id = wanted.get("external_id") or run.external_id
    run.details_url = wanted.get("details_url") or run.details_url
    if wanted.get("started_at"):
        run.started_at = _date(wanted["started_at"])
    if wanted.get("conclusion"):
        run.status, run.conclusion = "completed", wanted["conclusion"]
        run.completed_at = _date(wanted["completed_at"]) if wanted.get("completed_at") else now
    elif wanted.get("status"):
        run.status, run.conclusion, run.completed_at = wanted["status"], None, None
    output = wanted.get("output")
    if output is not None:
        run.output = {field: output.get(field, run.output.get(field)) for field in ("title", "summary", "text")}
        run.annotations += output.get("annotations") or []
    if wanted.get("actions") is not None:
        run.actions = list(wanted["actions"])


def _date(text: Any) -> float:
    try:
        return moment(text)
    except (TypeError, ValueError):
        raise refused(f"Invalid request.\n\n{text!r} is not a valid date-time.") from None


def _settle(world: World, repo: Repository, actor: Actor, run: CheckRun, action: str | None) -> None:
    """Bring the suite up to date with its runs, then say what happened to the run and whether the suite is done."""
    suite, now = run.suite, float(int(world.now()))
    runs = [other for other in latest_runs(repo, run.head_sha) if other.suite is suite]
    was = suite.status
    if all(other.status == "completed" for other in runs):
        found = {other.conclusion for other in runs}
        suite.status = "completed"
        suite.conclusion = next((conclusion for conclusion in WORST_FIRST if conclusion in found), "neutral")
    else:
        suite.status = "in_progress" if any(other.status != "queued" for other in runs) else "queued"
        suite.conclusion = None
    suite.updated_at = now
    world.changed(repo)
    if action is not None:
        emit(world, "check_run", action, repo, actor, run)
    if suite.status == "completed" and was != "completed":
        emit(world, "check_suite", "completed", repo, actor, suite)


def set_status(world: World, repo: Repository, actor: Actor, sha: str, wanted: Json) -> CommitStatus:
    """`POST statuses/{sha}`."""
    commit = world.objects.starting_with(sha)
    if commit is None:
        raise refused(f"No commit found for SHA: {sha}")
    check_kinds(wanted, state=str, description=str, context=str, target_url=str)
    if wanted.get("state") not in STATES:
        raise invalid("Status", "state")
    description, context = wanted.get("description"), wanted.get("context") or "default"
    if description is not None and len(description) > 140:
        raise invalid("Status", "description", message="description is too long (maximum is 140 characters)")
    if len(context) > 255:
        raise invalid("Status", "context", message="context is too long (maximum is 255 characters)")
    target = wanted.get("target_url")
    if target and not str(target).startswith(("http://", "https://")):
        raise invalid("Status", "target_url", message="target_url must use http(s) scheme")
    statuses = repo.statuses.setdefault(commit.sha, [])
    if sum(status.context == context for status in statuses) >= MAX_STATUSES:
        message = "This SHA and context has reached the maximum number of statuses."
        raise GitHubError(422, "Validation Failed", errors=[message])
    now = float(int(world.now()))
    status = CommitStatus(
        world.new_id(), commit.sha, context, wanted["state"], description, target or None, actor.user, now
    )
    statuses.append(status)
    world.changed(repo)
    emit(world, "status", None, repo, actor, status)
    return status
