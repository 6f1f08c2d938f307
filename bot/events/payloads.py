"""The shapes of GitHub's webhook payloads, as far as Tagboat reads them: what is not named here is skipped unread.

GitHub adds events, actions and fields at any time, so only what is used is required and checked. Ids are bounded to what SQL can hold
and names to what GitHub allows, so that nothing behind this door has to wonder. Field names are GitHub's own.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Number = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Sha = Annotated[str, Meta(pattern="^([0-9a-f]{40}|[0-9a-f]{64})$")]
Name = Annotated[str, Meta(min_length=1, max_length=255, pattern="^[^\x00-\x1f\x7f]*$")]
Short = Annotated[str, Meta(max_length=255)]
Time = Annotated[datetime, Meta(tz=True)]


class Account(Struct, frozen=True):
    """Who: a person (`type` is "User"), a bot, an organisation. `type` is empty when GitHub does not say, which counts as no person."""

    id: Id
    login: Name
    type: Short = ""


class App(Struct, frozen=True):
    id: Id | None = None


class NamedRepository(Struct, frozen=True):
    """How installation events list repositories: without their default branch. Private is the safe assumption."""

    id: Id
    full_name: Annotated[str, Meta(max_length=511, pattern="^[^/\x00-\x1f\x7f]+/[^/\x00-\x1f\x7f]+$")]
    private: bool = True


class Repository(NamedRepository, frozen=True, kw_only=True):
    default_branch: Name


class Installation(Struct, frozen=True):
    id: Id


class AnyPayload(Struct, frozen=True, kw_only=True):
    """What is read of an event before it is known whether it is heard."""

    action: Short | None = None


class Payload(AnyPayload, frozen=True, kw_only=True):
    """What payloads have in common. A repository's own webhook (not the App's) has no `installation`."""

    repository: Repository | None = None
    installation: Installation | None = None
    sender: Account | None = None


class Head(Struct, frozen=True):
    sha: Sha


class PullRequest(Struct, frozen=True):
    number: Number
    head: Head
    updated_at: Time
    body: str | None = None


class Present(Struct, frozen=True):
    """An object that only matters by being there."""


class Labelled(Struct, frozen=True):
    name: Short = ""


class Issue(Struct, frozen=True):
    number: Number
    updated_at: Time
    labels: tuple[Labelled, ...] = ()
    title: str = ""
    body: str | None = None
    pull_request: Present | None = None


class Remark(Struct, frozen=True):
    id: Id
    created_at: Time
    updated_at: Time
    body: str | None = None
    user: Account | None = None
    performed_via_github_app: App | None = None


class Was(Struct, frozen=True, rename={"was": "from"}):
    was: str | None = None


class Changes(Struct, frozen=True):
    body: Was | None = None


class CommentPayload(Payload, frozen=True, kw_only=True):
    issue: Issue
    comment: Remark
    changes: Changes | None = None


class PullRequestPayload(Payload, frozen=True, kw_only=True):
    pull_request: PullRequest
    changes: Changes | None = None


class Numbered(Struct, frozen=True):
    number: Number


class ReviewPayload(Payload, frozen=True, kw_only=True):
    pull_request: Numbered


class IssuePayload(Payload, frozen=True, kw_only=True):
    issue: Issue
    changes: Changes | None = None


class PushPayload(Payload, frozen=True, kw_only=True):
    ref: Annotated[str, Meta(max_length=266)]  # refs/heads/ and a name
    after: Sha
    deleted: bool = False


class MergeGroup(Struct, frozen=True):
    base_ref: Annotated[str, Meta(max_length=266)]


class MergeGroupPayload(Payload, frozen=True, kw_only=True):
    merge_group: MergeGroup


class RefPayload(Payload, frozen=True, kw_only=True):
    ref: Name
    ref_type: Short


class Owned(Struct, frozen=True):
    app: App | None = None


class CheckRun(Struct, frozen=True):
    id: Id
    head_sha: Sha
    external_id: str | None = None
    app: App | None = None
    check_suite: Owned | None = None


class Pressed(Struct, frozen=True):
    identifier: Short


class CheckRunPayload(Payload, frozen=True, kw_only=True):
    check_run: CheckRun


class ButtonPayload(CheckRunPayload, frozen=True, kw_only=True):
    requested_action: Pressed | None = None


class CheckSuite(Struct, frozen=True):
    head_sha: Sha
    app: App | None = None


class CheckSuitePayload(Payload, frozen=True, kw_only=True):
    check_suite: CheckSuite


class StatusPayload(Payload, frozen=True, kw_only=True):
    sha: Sha


class Deployment(Struct, frozen=True):
    environment: Name
    performed_via_github_app: App | None = None


class DeploymentPayload(Payload, frozen=True, kw_only=True):
    deployment: Deployment


class DeploymentStatus(Struct, frozen=True):
    performed_via_github_app: App | None = None


class DeploymentStatusPayload(DeploymentPayload, frozen=True, kw_only=True):
    deployment_status: DeploymentStatus


class WorkflowRun(Struct, frozen=True):
    id: Id
    display_title: str | None = None


class WorkflowRunPayload(Payload, frozen=True, kw_only=True):
    workflow_run: WorkflowRun


class ProtectionRulePayload(Payload, frozen=True, kw_only=True):
    """GitHub's schema requires none of these. `sha` is the head of the check suite, whatever `ref` is now."""

    environment: Name | None = None
    event: Short | None = None
    sha: Sha | None = None
    ref: Annotated[str, Meta(max_length=266)] | None = None
    deployment_callback_url: Annotated[str, Meta(max_length=2000)] | None = None


class Release(Struct, frozen=True):
    tag_name: Short


class ReleasePayload(Payload, frozen=True, kw_only=True):
    release: Release


class InstallationPayload(AnyPayload, frozen=True, kw_only=True):
    """Both `installation` (its `repositories` are null when all are meant) and `installation_repositories`."""

    installation: Installation
    repositories: tuple[NamedRepository, ...] | None = None
    repositories_added: tuple[NamedRepository, ...] | None = None
    repositories_removed: tuple[NamedRepository, ...] | None = None
