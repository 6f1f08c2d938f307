"""Answers about issues (pull requests among them), their comments, labels and reactions."""

from __future__ import annotations

from sandbox.github import issues, reactions
from sandbox.github.api.call import Answer, Call
from sandbox.github.errors import invalid, refused, wrong_type
from sandbox.github.shapes.atoms import moment
from sandbox.github.shapes.issues import (
    comment_json,
    issue_event_json,
    issue_json,
    label_json,
    labels_json,
    reaction_json,
)
from sandbox.github.state import Comment, Issue


def _issue(call: Call) -> Issue:
    return call.world.thread(call.repo, call.number("number"))


def _comment(call: Call) -> Comment:
    return call.world.comment(call.repo, call.number("id"))


def _since(call: Call) -> float | None:
    text = call.query.get("since")
    try:
        return moment(text) if text else None
    except ValueError:
        raise refused(f"Invalid since: {text}") from None


def listing(call: Call) -> Answer:
    """Issues and pull requests by state, labels (all of them), creator and since; newest first unless sorted otherwise."""
    state, since = call.query.get("state", "open"), _since(call)
    wanted = {name.strip().lower() for name in call.query.get("labels", "").split(",") if name.strip()}
    creator = call.query.get("creator", "").lower()
    found = [
        issue
        for issue in call.repo.threads.values()
        if state in ("all", issue.state)
        and wanted <= {name.lower() for name in issue.labels}
        and (not creator or issue.user.login.lower() == creator)
        and (since is None or issue.updated_at >= since)
    ]
    sort, descending = call.query.get("sort", "created"), call.query.get("direction", "desc") == "desc"
    if sort == "updated":
        found.sort(key=lambda issue: (issue.updated_at, issue.number), reverse=descending)
    elif sort == "comments":
        found.sort(key=lambda issue: (issue.comment_count, issue.number), reverse=descending)
    else:
        found.sort(key=lambda issue: issue.number, reverse=descending)
    return call.page(found, lambda issue: issue_json(call.world, call.repo, issue))


def create(call: Call) -> Answer:
    """Labels of someone who may not set them are silently left out, as on GitHub."""
    world, repo, actor = call.world, call.repo, call.who
    may_label = actor.app is not None or world.allows(repo, actor.user, "triage")
    issue = issues.open_issue(
        world,
        repo,
        actor,
        call.text("title") or "",
        call.text("body"),
        labels=call.texts("labels") if may_label else [],
        assignees=call.texts("assignees") if may_label else [],
    )
    return Answer(issue_json(world, repo, issue), 201)


def show(call: Call) -> Answer:
    return Answer(issue_json(call.world, call.repo, _issue(call)))


def edit(call: Call) -> Answer:
    world, repo, actor, issue = call.world, call.repo, call.who, _issue(call)
    call.own_or(issue.user, "triage")
    issues.edit(world, repo, actor, issue, title=call.text("title"), body=call.text("body"))
    if "labels" in call.fields:
        issues.set_labels(world, repo, actor, issue, call.texts("labels"))
    state = call.text("state")
    if state is not None:
        issues.set_state(world, repo, actor, issue, state, call.text("state_reason"))
    if "assignees" in call.fields:
        issue.assignees = [world.user(login) for login in call.texts("assignees")]
        world.changed(repo)
    return Answer(issue_json(world, repo, issue))


def events(call: Call) -> Answer:
    """Oldest first, as GitHub lists those of one issue."""
    return call.page(_issue(call).history, lambda event: issue_event_json(call.world, call.repo, event))


# --- comments --------------------------------------------------------------------------------------------------------------------


def comments(call: Call) -> Answer:
    """Oldest first."""
    since = _since(call)
    found = [made for made in issues.comments_of(call.repo, _issue(call)) if since is None or made.updated_at >= since]
    return call.page(found, lambda made: comment_json(call.world, call.repo, made))


def all_comments(call: Call) -> Answer:
    """Of the whole repository, by creation or, with `sort=updated`, by change."""
    since = _since(call)
    found = [made for made in call.repo.comments.values() if since is None or made.updated_at >= since]
    if call.query.get("sort") == "updated":
        found.sort(key=lambda made: (made.updated_at, made.id))
    if call.query.get("direction") == "desc":
        found.reverse()
    return call.page(found, lambda made: comment_json(call.world, call.repo, made))


def comment(call: Call) -> Answer:
    made = issues.comment(call.world, call.repo, call.who, _issue(call), call.fields.get("body"))
    return Answer(comment_json(call.world, call.repo, made), 201)


def show_comment(call: Call) -> Answer:
    return Answer(comment_json(call.world, call.repo, _comment(call)))


def edit_comment(call: Call) -> Answer:
    made = _comment(call)
    call.own_or(made.user, "write")
    issues.edit_comment(call.world, call.repo, call.who, made, call.fields.get("body"))
    return Answer(comment_json(call.world, call.repo, made))


def delete_comment(call: Call) -> Answer:
    made = _comment(call)
    call.own_or(made.user, "write")
    issues.delete_comment(call.world, call.repo, call.who, made)
    return Answer(status=204)


# --- labels ----------------------------------------------------------------------------------------------------------------------


def labels(call: Call) -> Answer:
    found = sorted(call.repo.labels.values(), key=lambda label: label.name.lower())
    return call.page(found, lambda label: label_json(call.world, call.repo, label))


def create_label(call: Call) -> Answer:
    name, color = call.fields.get("name"), call.text("color") or "ededed"
    label = issues.create_label(call.world, call.repo, name, color, call.text("description"))
    return Answer(label_json(call.world, call.repo, label), 201)


def issue_labels(call: Call) -> Answer:
    return call.page(labels_json(call.world, call.repo, _issue(call)), lambda label: label)


def _names(call: Call) -> list[str]:
    """Either `{"labels": [...]}` or the bare list."""
    found = call.payload if isinstance(call.payload, list) else call.fields.get("labels") or []
    if not isinstance(found, list):
        raise wrong_type("labels", found, "an array")
    names: list[str] = []
    for item in found:
        name = item.get("name") if isinstance(item, dict) else item
        if not isinstance(name, str):
            raise invalid("Label", "name")
        names.append(name)
    return names


def add_labels(call: Call) -> Answer:
    issue = _issue(call)
    issues.add_labels(call.world, call.repo, call.who, issue, _names(call))
    return Answer(labels_json(call.world, call.repo, issue))


def set_labels(call: Call) -> Answer:
    issue = _issue(call)
    issues.set_labels(call.world, call.repo, call.who, issue, _names(call))
    return Answer(labels_json(call.world, call.repo, issue))


def remove_label(call: Call) -> Answer:
    issue = _issue(call)
    issues.remove_label(call.world, call.repo, call.who, issue, call.path["name"])
    return Answer(labels_json(call.world, call.repo, issue))


# --- reactions -------------------------------------------------------------------------------------------------------------------


def _on(call: Call) -> Comment | Issue:
    return _comment(call) if "id" in call.path else _issue(call)


def list_reactions(call: Call) -> Answer:
    wanted = call.query.get("content")
    found = [reaction for reaction in _on(call).reactions if wanted in (None, reaction.content)]
    return call.page(found, lambda reaction: reaction_json(call.world, reaction))


def react(call: Call) -> Answer:
    """201 for a new one, 200 if the caller had reacted so before."""
    reaction, fresh = reactions.react(call.world, call.repo, call.who, _on(call), call.fields.get("content"))
    return Answer(reaction_json(call.world, reaction), 201 if fresh else 200)


def unreact(call: Call) -> Answer:
    reactions.remove(call.world, call.repo, call.who, _on(call), call.number("reaction"))
    return Answer(status=204)
