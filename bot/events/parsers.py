"""The door: a webhook's JSON becomes an Event. `EVENTS` is the list of what is heard.

Unknown events and actions are `Ignored`, because GitHub adds them at any time; a payload in which a field that is used is missing or of
the wrong type is a `BadPayloadError` that names the field, so that the answer can say it.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import msgspec

from bot.events import payloads as gh
from bot.events.model import (
    NOBODY,
    BranchPushed,
    ButtonPressed,
    ChecksChanged,
    Comment,
    CommentCreated,
    CommentDeleted,
    CommentEdited,
    DeploymentChanged,
    Edit,
    Event,
    Ignored,
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
from bot.events.payloads import Account
from bot.subject import Repo, environment_of_order


class BadPayloadError(ValueError):
    """JSON in which a field that is used is missing or of the wrong type; the message names the field."""


class MalformedPayloadError(BadPayloadError):
    """Not JSON at all, or not UTF-8, or nested deeper than any parser should follow."""


Source = tuple[str, Repo, Account, str]
P = TypeVar("P", bound=gh.Payload)
S = TypeVar("S")
Parser = Callable[[str, bytes], Event | Ignored]


def parse(name: str, delivery: str, body: bytes) -> Event | Ignored:
    """The event that GitHub calls `name` (the X-GitHub-Event header), from its JSON. Raises BadPayloadError."""
    action = _decode(_ANY, body).action
    parser = EVENTS.get((name, action))
    if parser is None:
        return Ignored(f"{name} {action} is not heard" if action else f"{name} is not heard")
    return parser(delivery, body)


_ANY = msgspec.json.Decoder(gh.AnyPayload)


def _decode(decoder: msgspec.json.Decoder[S], body: bytes) -> S:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise BadPayloadError(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedPayloadError(str(error)) from None
    except RecursionError:
        raise MalformedPayloadError("JSON is nested too deeply") from None


def _hears(shape: type[P], build: Callable[[P, Source], Event | Ignored]) -> Parser:
    """A parser for events about a repository, heard through an installation of the App."""
    decoder = msgspec.json.Decoder(shape)

    def parser(delivery: str, body: bytes) -> Event | Ignored:
        payload = _decode(decoder, body)
        where, installation = payload.repository, payload.installation
        if installation is None:
            return Ignored("not sent to an installation of the App: a webhook of the repository or organisation itself")
        if where is None and issubclass(shape, gh.ProtectionRulePayload):
            return Ignored("no repository was named")  # in this one GitHub's schema requires nothing at all
        if where is None:
            raise BadPayloadError("Object missing required field `repository`")
        repo = _repo(where, installation, where.default_branch)
        return build(payload, (delivery, repo, payload.sender or NOBODY, payload.action or ""))

    return parser


def _repo(where: gh.NamedRepository, installation: gh.Installation, default_branch: str) -> Repo:
    owner, _, name = where.full_name.partition("/")
    return Repo(where.id, owner, name, installation.id, default_branch, where.private)


def _id(app: gh.App | None) -> int | None:
    return app.id if app else None


def _edit(changes: gh.Changes | None, after: str | None, at: datetime) -> Edit | None:
    if changes is None or changes.body is None:
        return None
    return Edit(changes.body.was or "", after or "", at.timestamp())


def _comment(it: gh.Remark) -> Comment:
    app, created_at, updated_at = _id(it.performed_via_github_app), it.created_at.timestamp(), it.updated_at.timestamp()
    return Comment(it.id, it.body or "", it.user or NOBODY, app, created_at, updated_at)


def _comment_created(payload: gh.CommentPayload, source: Source) -> Event:
    issue = payload.issue
    return CommentCreated(*source, issue.number, _comment(payload.comment), issue.pull_request is not None, issue.title)


def _comment_edited(payload: gh.CommentPayload, source: Source) -> Event:
    it = payload.comment
    return CommentEdited(*source, payload.issue.number, _comment(it), _edit(payload.changes, it.body, it.updated_at))


def _comment_deleted(payload: gh.CommentPayload, source: Source) -> Event:
    return CommentDeleted(*source, payload.issue.number, _comment(payload.comment))


def _pull_request(payload: gh.PullRequestPayload, source: Source) -> Event:
    it = payload.pull_request
    edit = _edit(payload.changes, it.body, it.updated_at)
    return PullRequestChanged(*source, it.number, it.head.sha, edit)


def _review(payload: gh.ReviewPayload, source: Source) -> Event:
    return PullRequestReviewed(*source, payload.pull_request.number)


def _issue(payload: gh.IssuePayload, source: Source) -> Event:
    it = payload.issue
    labels = tuple(label.name for label in it.labels)
    return IssueChanged(*source, it.number, _edit(payload.changes, it.body, it.updated_at), labels)


def _push(payload: gh.PushPayload, source: Source) -> Event | Ignored:
    kind, _, name = payload.ref.removeprefix("refs/").partition("/")
    if kind == "tags" and name:
        return TagChanged(*source, name)
    if kind == "heads" and name and not payload.deleted:
        return BranchPushed(*source, name, payload.after)
    return Ignored("a branch was deleted" if kind == "heads" else "neither a branch nor a tag")


def _merge_group(payload: gh.MergeGroupPayload, source: Source) -> Event:
    return MergeGroupChanged(*source, payload.merge_group.base_ref.removeprefix("refs/heads/"))


def _ref(payload: gh.RefPayload, source: Source) -> Event | Ignored:
    if payload.ref_type == "tag":
        return TagChanged(*source, payload.ref)
    return Ignored("branches are heard by their pushes")


def _check_run(payload: gh.CheckRunPayload, source: Source) -> Event:
    return ChecksChanged(*source, payload.check_run.head_sha, _owner(payload.check_run))


def _owner(run: gh.CheckRun) -> int | None:
    return _id(run.app) or _id(run.check_suite.app if run.check_suite else None)


def _button(payload: gh.ButtonPayload, source: Source) -> Event | Ignored:
    run, button = payload.check_run, payload.requested_action
    if button is None:
        return Ignored("no button was named")
    return ButtonPressed(*source, button.identifier, run.external_id or "", run.id, run.head_sha, _owner(run))


def _check_suite(payload: gh.CheckSuitePayload, source: Source) -> Event:
    return ChecksChanged(*source, payload.check_suite.head_sha, _id(payload.check_suite.app))


def _status(payload: gh.StatusPayload, source: Source) -> Event:
    return ChecksChanged(*source, payload.sha, None)


def _deployment(payload: gh.DeploymentPayload, source: Source) -> Event:
    return DeploymentChanged(*source, payload.deployment.environment, _id(payload.deployment.performed_via_github_app))


def _deployment_status(payload: gh.DeploymentStatusPayload, source: Source) -> Event:
    app = _id(payload.deployment_status.performed_via_github_app)
    return DeploymentChanged(*source, payload.deployment.environment, app)


def _workflow_run(payload: gh.WorkflowRunPayload, source: Source) -> Event | Ignored:
    environment = environment_of_order(payload.workflow_run.display_title or "")
    return WorkflowRunChanged(*source, environment) if environment else Ignored("a run that carries out no order")


# Only the number is taken from the address: answers go where this App is configured to go, in the repository that the payload names.
_CALLBACK = re.compile(
    r"/repos(?:itories)?/(?P<repo>\d+|[^/]+/[^/]+)/actions/runs/(?P<run>\d{1,18})/deployment_protection_rule"
)


def _protection_rule(payload: gh.ProtectionRulePayload, source: Source) -> Event | Ignored:
    if payload.environment is None:
        return Ignored("no environment was named")
    callback = _CALLBACK.search(payload.deployment_callback_url or "")
    repo = source[1]
    if callback is None or callback["repo"].casefold() not in {str(repo.id), repo.full_name.casefold()}:
        return Ignored("the address for the answer is not that of a run of this repository")
    sha, event, ref = payload.sha or "", payload.event or "", payload.ref or ""
    return ProtectionRuleRequested(*source, payload.environment, int(callback["run"]), sha, event, ref)


def _release(payload: gh.ReleasePayload, source: Source) -> Event | Ignored:
    tag = payload.release.tag_name
    return ReleaseChanged(*source, tag) if tag else Ignored("a draft without a tag")


def _repository(payload: gh.Payload, source: Source) -> Event:
    return RepositoryChanged(*source)


_INSTALLATION = msgspec.json.Decoder(gh.InstallationPayload)


def _installation(delivery: str, body: bytes) -> Event | Ignored:
    payload = _decode(_INSTALLATION, body)
    listed = payload.repositories_added or payload.repositories or ()
    added = tuple(_repo(repository, payload.installation, "") for repository in listed)
    return InstallationChanged(delivery, added) if added else Ignored("no repository was added")


def _ping(delivery: str, body: bytes) -> Event:
    return Pinged(delivery)


# X-GitHub-Event, the values of `action` that are heard (None: the event has no action), the parser.
_HEARD: tuple[tuple[str, tuple[str | None, ...], Parser], ...] = (
    ("ping", (None,), _ping),
    ("issue_comment", ("created",), _hears(gh.CommentPayload, _comment_created)),
    ("issue_comment", ("edited",), _hears(gh.CommentPayload, _comment_edited)),
    ("issue_comment", ("deleted",), _hears(gh.CommentPayload, _comment_deleted)),
    (
        "pull_request",
        (
            "opened",
            "reopened",
            "synchronize",
            "edited",
            "closed",
            "labeled",
            "unlabeled",
            "ready_for_review",
            "converted_to_draft",
        ),
        _hears(gh.PullRequestPayload, _pull_request),
    ),
    ("pull_request_review", ("submitted", "dismissed"), _hears(gh.ReviewPayload, _review)),
    ("issues", ("opened", "edited", "closed", "reopened", "labeled", "unlabeled"), _hears(gh.IssuePayload, _issue)),
    ("push", (None,), _hears(gh.PushPayload, _push)),
    ("merge_group", ("checks_requested",), _hears(gh.MergeGroupPayload, _merge_group)),
    ("create", (None,), _hears(gh.RefPayload, _ref)),
    ("delete", (None,), _hears(gh.RefPayload, _ref)),
    ("check_run", ("created", "completed", "rerequested"), _hears(gh.CheckRunPayload, _check_run)),
    ("check_run", ("requested_action",), _hears(gh.ButtonPayload, _button)),
    ("check_suite", ("completed", "requested", "rerequested"), _hears(gh.CheckSuitePayload, _check_suite)),
    ("status", (None,), _hears(gh.StatusPayload, _status)),
    ("deployment", ("created",), _hears(gh.DeploymentPayload, _deployment)),
    ("deployment_status", ("created",), _hears(gh.DeploymentStatusPayload, _deployment_status)),
    ("deployment_protection_rule", ("requested",), _hears(gh.ProtectionRulePayload, _protection_rule)),
    ("workflow_run", ("requested", "completed"), _hears(gh.WorkflowRunPayload, _workflow_run)),
    (
        "release",
        ("created", "edited", "published", "unpublished", "prereleased", "released", "deleted"),
        _hears(gh.ReleasePayload, _release),
    ),
    ("repository", ("renamed", "transferred", "edited"), _hears(gh.Payload, _repository)),
    ("installation", ("created", "new_permissions_accepted", "unsuspend"), _installation),
    ("installation_repositories", ("added",), _installation),
)

EVENTS: dict[tuple[str, str | None], Parser] = {
    (event, action): parser for event, actions, parser in _HEARD for action in actions
}
