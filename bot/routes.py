"""What an event means for whom: Event → the subjects to wake, and what happened once and must be kept. Pure, and one readable table.

An event only ever wakes: the job looks at the whole state again, so what is decided here can be late but not wrong. The exceptions are what
cannot be read again later: commands as typed, button presses, people's edits, and which head a pull request had when. This is also the
one place where our own events are dropped, so that the bot never answers itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot import subject
from bot.decision import BOT, DEFAULT_BRANCH, OPENED, Actor, Asked, Head, Wake
from bot.events import (
    Account,
    BranchPushed,
    ButtonPressed,
    ChecksChanged,
    CommentCreated,
    CommentDeleted,
    CommentEdited,
    DeploymentChanged,
    Edit,
    Event,
    Heard,
    InstallationChanged,
    IssueChanged,
    MergeGroupChanged,
    Pinged,
    ProtectionRuleRequested,
    PullRequestChanged,
    PullRequestReviewed,
    ReleaseChanged,
    RepositoryChanged,
    TagChanged,
    WorkflowRunChanged,
)
from bot.markdown import find_markers
from bot.subject import Repo, Subject

NEW_HEAD = frozenset({"opened", "reopened", "synchronize"})
MAY_TURN = frozenset(
    {"unlabeled", "closed", "reopened"}
)  # what can begin or end an incident without a label that is there

ENDS = frozenset({"closed", "reopened"})

# Cheap and generous: which prefix counts is in the repository's policy, but all of them begin with a slash. The job of the comment reads
# the line properly.
_MAY_COMMAND = re.compile(r"(?:^|[\n\r]) {0,3}/\S")


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a delivery reached us: when, in Unix seconds of our own clock, and which App we are (0: none yet)."""

    at: float
    app: int


@dataclass(frozen=True, slots=True)
class Routed:
    """What to do about one event: `asked`, `heads` and `repos` are stored before GitHub is answered, then `wakes` go out."""

    wakes: tuple[Wake, ...] = ()
    asked: tuple[Asked, ...] = ()
    heads: tuple[Head, ...] = ()
    repos: tuple[Repo, ...] = ()


Route = Callable[[Any, Receipt], Routed]


def route(event: Event, received_at: float, app_id: int) -> Routed:
    """Look the event up in the table. Events of a repository also tell how that repository is called now."""
    routed = ROUTES[type(event)](event, Receipt(received_at, app_id))
    repos = (event.repo,) if isinstance(event, Heard) else routed.repos
    return Routed(tuple(dict.fromkeys(routed.wakes)), routed.asked, routed.heads, repos)


def _nothing(event: object, receipt: Receipt) -> Routed:
    return Routed()


def _comment_created(event: CommentCreated, receipt: Receipt) -> Routed:
    """Which bots may type commands is in the policy, which is not read here: the job of the comment ignores all others."""
    comment = event.comment
    typed_by_its_author = event.sender.id == comment.author.id and (
        _is_person(comment.author) or _is_bot(comment.author)
    )
    if not typed_by_its_author or comment.app == receipt.app or not _MAY_COMMAND.search(comment.body):
        return Routed()
    source = f"comment-{comment.id}"
    target = subject.command(event.repo.id, source)
    what = {
        "kind": "comment",
        "number": event.number,
        "comment": comment.id,
        "body": comment.body,
        "is_pull": event.is_pull,
        "title": event.title,
    }
    asked = Asked(source, 0, target, _actor(comment.author), comment.created_at, what)
    return Routed(wakes=(Wake(target, urgent=True),), asked=(asked,))


def _comment_edited(event: CommentEdited, receipt: Receipt) -> Routed:
    """Somebody else changed our comment: a person ticked a box in it, or it needs to be put right. Or a person made theirs a command."""
    comment, target = event.comment, subject.pull(event.repo.id, event.number)
    if comment.app != receipt.app:
        return _edited_into_a_command(event)
    if event.sender.id == comment.author.id:
        return Routed()
    asked = _edited(event, "edit", target, event.edit, comment=comment.id)
    return Routed(wakes=(Wake(target),), asked=asked)


def _edited_into_a_command(event: CommentEdited) -> Routed:
    """Only new comments count, which its author may not know: they are told once, however often it is edited."""
    comment, edit = event.comment, event.edit
    by_its_author = event.sender.id == comment.author.id and _is_person(comment.author)
    if edit is None or not by_its_author or not _MAY_COMMAND.search(edit.after):
        return Routed()
    source = f"edited-{comment.id}"
    target = subject.command(event.repo.id, source)
    what = {"kind": "edited", "number": event.number, "comment": comment.id, "before": edit.before, "after": edit.after}
    return Routed(wakes=(Wake(target),), asked=(Asked(source, 0, target, _actor(comment.author), edit.at, what),))


def _comment_deleted(event: CommentDeleted, receipt: Receipt) -> Routed:
    """Somebody took our comment away: it is written again, and only that event says that it is gone."""
    if event.comment.app != receipt.app or event.sender.id == event.comment.author.id:
        return Routed()
    target = subject.pull(event.repo.id, event.number)
    what = {"kind": "deleted", "comment": event.comment.id}
    asked = Asked(f"edit-{event.delivery}", 0, target, _actor(event.sender), receipt.at, what)
    return Routed(wakes=(Wake(target),), asked=(asked,))


def _pull_request(event: PullRequestChanged, receipt: Receipt) -> Routed:
    target = subject.pull(event.repo.id, event.number)
    asked = _edited(event, "body-edit", target, event.edit, number=event.number)
    if event.action not in NEW_HEAD:
        return Routed(wakes=(Wake(target),), asked=asked)
    delivery = f"{OPENED}{event.delivery}" if event.action == "opened" else event.delivery
    # Whoever opens or reopens a pull request need not have pushed what is in it.
    by = _actor(event.sender) if event.action == "synchronize" and event.sender.id else None
    head = Head(event.repo.id, event.number, event.sha, receipt.at, delivery, by)
    looking = (target, subject.flow(event.repo.id, event.sha), subject.clearance(event.repo.id))
    return Routed(wakes=tuple(map(Wake, looking)), asked=asked, heads=(head,))


def _merge_group(event: MergeGroupChanged, receipt: Receipt) -> Routed:
    if event.base != event.repo.default_branch:
        return Routed()
    return Routed(wakes=(Wake(subject.clearance(event.repo.id)),))


def _review(event: PullRequestReviewed, receipt: Receipt) -> Routed:
    return Routed(wakes=(Wake(subject.pull(event.repo.id, event.number)),))


def _issue(event: IssueChanged, receipt: Receipt) -> Routed:
    """People's edits tick and untick the checklist of a release in its issue, or what a new repository was offered. Which label makes an
    incident is in the policy, which is not read here: every issue with a label may be one, and one that lost a label, was closed or
    reopened may have been."""
    offered = event.edit is not None and any(
        mark.fields.get("slot") == "onboarding" for mark in find_markers(event.edit.after, "issue")
    )
    target = subject.onboarding(event.repo.id) if offered else subject.pull(event.repo.id, event.number)
    asked = _edited(event, "body-edit", target, event.edit, number=event.number)
    # Its end is news to an environment that it has locked.
    wakes = [Wake(target)] if asked or event.action in ENDS else []
    if event.labels or event.action in MAY_TURN:
        wakes.append(Wake(subject.incident(event.repo.id, str(event.number))))
    return Routed(wakes=tuple(wakes), asked=asked)


def _pushed(event: BranchPushed, receipt: Receipt) -> Routed:
    """When a commit became the head of the default branch is kept: what is released must have been there when it was asked for."""
    if event.branch != event.repo.default_branch:
        return Routed()
    wakes = (Wake(subject.flow(event.repo.id, event.sha)), Wake(subject.clearance(event.repo.id)))
    head = Head(event.repo.id, DEFAULT_BRANCH, event.sha, receipt.at, event.delivery)
    return Routed(wakes=(*wakes, *_organisation(event.repo)), heads=(head,))


def _organisation(repo: Repo) -> tuple[Wake, ...]:
    """Who looks at the file that the organisation has for all its repositories, if this is where it lives."""
    return (Wake(subject.organisation(repo.id)),) if repo.is_organisations else ()


def _tag(event: TagChanged | ReleaseChanged, receipt: Receipt) -> Routed:
    return Routed(wakes=(Wake(subject.release(event.repo.id, event.tag)),))


def _checks(event: ChecksChanged, receipt: Receipt) -> Routed:
    """Our own runs say nothing new to us, save when a person asks for one again."""
    if event.app == receipt.app and event.action != "rerequested":
        return Routed()
    return Routed(wakes=(Wake(subject.flow(event.repo.id, event.sha)),))


def _button(event: ButtonPressed, receipt: Receipt) -> Routed:
    if event.app != receipt.app or not _is_person(event.sender):
        return Routed()
    source = f"button-{event.delivery}"
    target = subject.command(event.repo.id, source)
    what = {
        "kind": "button",
        "identifier": event.identifier,
        "external_id": event.external_id,
        "check_run": event.check_run,
        "sha": event.sha,
    }
    # The payload does not say when the button was pressed; we were told at once.
    asked = Asked(source, 0, target, _actor(event.sender), receipt.at, what)
    return Routed(wakes=(Wake(target, urgent=True),), asked=(asked,))


def _deployment(event: DeploymentChanged, receipt: Receipt) -> Routed:
    if event.app == receipt.app:
        return Routed()
    return Routed(wakes=(Wake(subject.environment(event.repo.id, event.environment)),))


def _workflow_run(event: WorkflowRunChanged, receipt: Receipt) -> Routed:
    """Ours too: GitHub starts a run on our order, and only its webhooks say that it has begun."""
    return Routed(wakes=(Wake(subject.environment(event.repo.id, event.environment)),))


def _protection_rule(event: ProtectionRuleRequested, receipt: Receipt) -> Routed:
    """A question that is asked once for each job: kept, so that none is forgotten."""
    target = subject.protection(event.repo.id, f"{event.run}:{event.environment}")
    what = {
        "kind": "protection",
        "run": event.run,
        "environment": event.environment,
        "sha": event.sha,
        "event": event.event,
        "ref": event.ref,
    }
    asked = Asked(f"rule-{event.delivery}", 0, target, _actor(event.sender), receipt.at, what)
    return Routed(wakes=(Wake(target),), asked=(asked,))


def _repository(event: RepositoryChanged, receipt: Receipt) -> Routed:
    return Routed(wakes=(Wake(subject.dora(event.repo.id)), *_organisation(event.repo)))


def _installation(event: InstallationChanged, receipt: Receipt) -> Routed:
    wakes: list[Wake] = []
    for repo in event.added:
        wakes += [Wake(subject.dora(repo.id)), Wake(subject.onboarding(repo.id)), *_organisation(repo)]
    return Routed(wakes=tuple(wakes), repos=event.added)


ROUTES: dict[type[Any], Route] = {
    CommentCreated: _comment_created,
    CommentEdited: _comment_edited,
    CommentDeleted: _comment_deleted,
    PullRequestChanged: _pull_request,
    PullRequestReviewed: _review,
    IssueChanged: _issue,
    BranchPushed: _pushed,
    TagChanged: _tag,
    ReleaseChanged: _tag,
    ChecksChanged: _checks,
    ButtonPressed: _button,
    DeploymentChanged: _deployment,
    WorkflowRunChanged: _workflow_run,
    ProtectionRuleRequested: _protection_rule,
    MergeGroupChanged: _merge_group,
    RepositoryChanged: _repository,
    InstallationChanged: _installation,
    Pinged: _nothing,
}


def _edited(event: Heard, kind: str, target: Subject, edit: Edit | None, **where: int) -> tuple[Asked, ...]:
    """A person's edit, kept with what stood there before: GitHub does not tell that again."""
    if edit is None or not _is_person(event.sender):
        return ()
    what = {"kind": kind, **where, "before": edit.before, "after": edit.after}
    return (Asked(f"edit-{event.delivery}", 0, target, _actor(event.sender), edit.at, what),)


def _is_person(account: Account) -> bool:
    return account.type == "User" and not account.login.endswith(BOT)


def _is_bot(account: Account) -> bool:
    """What GitHub says it is and what it is called have to agree: everything behind this goes by the name."""
    return account.type == "Bot" and account.login.endswith(BOT)


def _actor(account: Account) -> Actor:
    return Actor(account.id, account.login)
