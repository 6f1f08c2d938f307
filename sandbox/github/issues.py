"""Issues, and what pull requests share with them: state, title and body, labels, comments."""

from __future__ import annotations

from typing import Literal

from sandbox.github.accounts import Actor
from sandbox.github.errors import GitHubError, forbidden, invalid
from sandbox.github.events import emit
from sandbox.github.history import IssueEvent
from sandbox.github.shapes.atoms import Json
from sandbox.github.state import Comment, Issue, Label, Pull, Repository
from sandbox.github.world import World

MAX_BODY = 65_536
MAX_TITLE = 256
MAX_LABEL = 50
REASONS = ("completed", "not_planned", "duplicate", "reopened")


def check_title(resource: str, title: object) -> None:
    if not isinstance(title, str) or not title.strip():
        raise invalid(resource, "title", "missing_field")
    if len(title) > MAX_TITLE:
        raise invalid(resource, "title", message=f"title is too long (maximum is {MAX_TITLE} characters)")


def check_body(resource: str, body: object) -> None:
    if body is not None and not isinstance(body, str):
        raise invalid(resource, "body")
    if body is not None and len(body) > MAX_BODY:
        raise invalid(resource, "body", message=f"body is too long (maximum is {MAX_BODY} characters)")


def open_issue(
    world: World,
    repo: Repository,
    actor: Actor,
    title: str,
    body: str | None = None,
    *,
    labels: tuple[str, ...] | list[str] = (),
    assignees: tuple[str, ...] | list[str] = (),
) -> Issue:
    check_title("Issue", title)
    check_body("Issue", body)
    repo.last_number += 1
    now = float(int(world.now()))
    issue = Issue(
        id=world.new_id(),
        number=repo.last_number,
        title=title,
        body=body,
        user=actor.user,
        app=actor.app,
        created_at=now,
        updated_at=now,
        assignees=[world.user(login) for login in assignees],
    )
    repo.threads[issue.number] = issue
    issue.labels = [ensure_label(world, repo, name).name for name in dict.fromkeys(labels)]
    world.changed(repo)
    emit(world, "issues", "opened", repo, actor, issue)
    for name in issue.labels:
        _note(world, actor, issue, "labeled", name)
        emit(world, "issues", "labeled", repo, actor, issue, label=name)
    return issue


def edit(
    world: World, repo: Repository, actor: Actor, issue: Issue, *, title: str | None = None, body: str | None = None
) -> None:
    """Change what is not None; one `edited` webhook with the earlier values, if anything changed."""
    changes: Json = {}
    if title is not None and title != issue.title:
        check_title("Issue", title)
        changes["title"] = {"from": issue.title}
        issue.title = title
    if body is not None and body != issue.body:
        check_body("Issue", body)
        changes["body"] = {"from": issue.body or ""}
        issue.body = body
    if changes:
        _touch(world, repo, issue)
        emit(world, _event(issue), "edited", repo, actor, issue, changes=changes)


def set_state(
    world: World, repo: Repository, actor: Actor, issue: Issue, state: str, reason: str | None = None
) -> None:
    """Close or reopen. A merged pull request stays closed; one whose branch is gone cannot be reopened."""
    if state not in ("open", "closed"):
        raise invalid("Issue", "state")
    if reason is not None and reason not in REASONS:
        raise invalid("Issue", "state_reason")
    if state == issue.state:
        return
    is_pull = isinstance(issue, Pull)
    if state == "open":
        if isinstance(issue, Pull):
            head = world.repos.get(issue.head_repo or 0)
            if issue.merged or head is None or issue.head_ref not in head.branches:
                raise invalid(
                    "PullRequest", "state", message="state cannot be changed. The head branch is gone or merged."
                )
        issue.state, issue.closed_at, issue.closed_by = "open", None, None
        issue.state_reason = None if is_pull else "reopened"
    else:
        issue.state, issue.closed_at, issue.closed_by = "closed", float(int(world.now())), actor.user
        issue.state_reason = None if is_pull else reason or "completed"
    _touch(world, repo, issue)
    _note(world, actor, issue, "closed" if state == "closed" else "reopened")
    emit(world, _event(issue), "closed" if state == "closed" else "reopened", repo, actor, issue)


def _event(issue: Issue) -> str:
    return "pull_request" if isinstance(issue, Pull) else "issues"


def _note(
    world: World,
    actor: Actor,
    issue: Issue,
    event: Literal["labeled", "unlabeled", "closed", "reopened"],
    label: str = "",
) -> None:
    """A line in the issue's history. An App acts there as its bot."""
    now = float(int(world.now()))
    issue.history.append(IssueEvent(world.new_id(), event, actor.user, now, actor.app, label))


def _touch(world: World, repo: Repository, issue: Issue) -> None:
    issue.updated_at = float(int(world.now()))
    world.changed(repo)


# --- labels ----------------------------------------------------------------------------------------------------------------------


def ensure_label(world: World, repo: Repository, name: str) -> Label:
    """The label of this name (case does not matter), made if there is none."""
    return repo.labels.get(name.lower()) or create_label(world, repo, name)


def create_label(
    world: World, repo: Repository, name: object, color: str = "ededed", description: str | None = None
) -> Label:
    if not isinstance(name, str) or not name.strip():
        raise invalid("Label", "name", "missing_field")
    if len(name) > MAX_LABEL:
        raise invalid("Label", "name", message=f"name is too long (maximum is {MAX_LABEL} characters)")
    if name.lower() in repo.labels:
        raise invalid("Label", "name", "already_exists")
    if description is not None and len(description) > 100:
        raise invalid("Label", "description", message="description is too long (maximum is 100 characters)")
    label = Label(world.new_id(), name, color.lstrip("#").lower(), description)
    repo.labels[name.lower()] = label
    world.changed(repo)
    return label


def add_labels(world: World, repo: Repository, actor: Actor, issue: Issue, names: list[str]) -> None:
    for name in names:
        label = ensure_label(world, repo, name)
        if label.name not in issue.labels:
            issue.labels.append(label.name)
            _touch(world, repo, issue)
            _note(world, actor, issue, "labeled", label.name)
            emit(world, _event(issue), "labeled", repo, actor, issue, label=label.name)


def remove_label(world: World, repo: Repository, actor: Actor, issue: Issue, name: str) -> None:
    label = repo.labels.get(name.lower())
    if label is None or label.name not in issue.labels:
        raise GitHubError(404, "Label does not exist")
    issue.labels.remove(label.name)
    _touch(world, repo, issue)
    _note(world, actor, issue, "unlabeled", label.name)
    emit(world, _event(issue), "unlabeled", repo, actor, issue, label=label.name)


def set_labels(world: World, repo: Repository, actor: Actor, issue: Issue, names: list[str]) -> None:
    """Exactly these."""
    wanted = {name.lower() for name in names}
    for name in [name for name in issue.labels if name.lower() not in wanted]:
        remove_label(world, repo, actor, issue, name)
    add_labels(world, repo, actor, issue, names)


# --- comments --------------------------------------------------------------------------------------------------------------------


def _check_comment(body: object) -> str:
    if not isinstance(body, str) or not body.strip():
        raise invalid("IssueComment", "body", message="body cannot be blank")
    check_body("IssueComment", body)
    return body


def comment(world: World, repo: Repository, actor: Actor, issue: Issue, body: object) -> Comment:
    text = _check_comment(body)
    if issue.locked and not world.allows(repo, actor.user, "write") and actor.app is None:
        raise forbidden("Unable to create comment because issue is locked.")
    now = float(int(world.now()))
    made = Comment(world.new_id(), issue.number, actor.user, text, now, now, actor.app)
    repo.comments[made.id] = made
    issue.comment_count += 1
    _touch(world, repo, issue)
    emit(world, "issue_comment", "created", repo, actor, made)
    return made


def edit_comment(world: World, repo: Repository, actor: Actor, made: Comment, body: object) -> None:
    text = _check_comment(body)
    if text == made.body:
        return
    before, made.body, made.updated_at = made.body, text, float(int(world.now()))
    world.changed(repo)
    emit(world, "issue_comment", "edited", repo, actor, made, changes={"body": {"from": before}})


def delete_comment(world: World, repo: Repository, actor: Actor, made: Comment) -> None:
    del repo.comments[made.id]
    issue = repo.threads[made.number]
    issue.comment_count -= 1
    _touch(world, repo, issue)
    emit(world, "issue_comment", "deleted", repo, actor, made)


def comments_of(repo: Repository, issue: Issue) -> list[Comment]:
    """Oldest first."""
    return [made for made in repo.comments.values() if made.number == issue.number]
