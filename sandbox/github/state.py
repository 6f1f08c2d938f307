"""What the sandbox remembers: plain records, no behaviour.

One record per thing that GitHub shows. Times are Unix seconds, shas are 40 hex digits, people are `User` values. The modules beside
this one change these records and tell the world about it; `shapes/` alone turns them into GitHub's JSON. People, Apps and commits
are shared when a repository is copied (a lagging read answers from a copy), everything else is copied with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from sandbox.github.accounts import ROLES, Actor, App, HookConfig, Installation, Role, Shared, User
from sandbox.github.history import IssueEvent
from sandbox.github.objects import Commit, Signature, TagObject, Tree
from sandbox.github.runs import Environment, Job, WorkflowRun

__all__ = [
    "ROLES",
    "Actor",
    "App",
    "BranchRule",
    "CheckRun",
    "CheckSuite",
    "Comment",
    "Commit",
    "CommitStatus",
    "Deployment",
    "DeploymentStatus",
    "Environment",
    "HookConfig",
    "Installation",
    "Issue",
    "Job",
    "Label",
    "Pull",
    "Reaction",
    "Release",
    "Repository",
    "Review",
    "Role",
    "Signature",
    "TagObject",
    "Tree",
    "User",
    "WorkflowRun",
]


@dataclass(slots=True, eq=False)
class BranchRule:
    """A rule set on one branch: which contexts must be green before a merge, `(context, app id or None)`."""

    id: int
    branch: str
    required_checks: list[tuple[str, int | None]]
    strict: bool = False
    required_approvals: int = 0


# --- conversations -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Reaction(Shared):
    id: int
    user: User
    content: str
    created_at: float


@dataclass(slots=True, eq=False, kw_only=True)
class Issue:
    """An issue, and what a pull request has in common with one. `labels` are names in `Repository.labels`."""

    id: int
    number: int
    title: str
    body: str | None
    user: User
    created_at: float
    updated_at: float
    app: App | None = None
    state: Literal["open", "closed"] = "open"
    state_reason: str | None = None
    closed_at: float | None = None
    closed_by: User | None = None
    locked: bool = False
    comment_count: int = 0
    labels: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    history: list[IssueEvent] = field(default_factory=list)


@dataclass(slots=True, eq=False, kw_only=True)
class Pull(Issue):
    """A pull request. `head_repo` is the id of the fork it comes from, or of the repository itself; None: that fork is gone."""

    pull_id: int
    head_repo: int | None
    head_ref: str
    head_sha: str
    base_ref: str
    base_sha: str
    draft: bool = False
    merged_at: float | None = None
    merged_by: User | None = None
    merge_commit_sha: str | None = None
    maintainer_can_modify: bool = False

    @property
    def merged(self) -> bool:
        return self.merged_at is not None


@dataclass(slots=True, eq=False)
class Comment:
    """A comment on the issue or pull request `number`."""

    id: int
    number: int
    user: User
    body: str
    created_at: float
    updated_at: float
    app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Review:
    id: int
    number: int
    user: User
    body: str
    state: Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]
    commit_id: str
    submitted_at: float


# --- what machines say about a commit ------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class CheckSuite:
    id: int
    app: App
    head_sha: str
    head_branch: str | None
    created_at: float
    updated_at: float
    before: str | None = None
    status: str = "queued"
    conclusion: str | None = None


@dataclass(slots=True, eq=False)
class CheckRun:
    """`output` has title, summary, text; `annotations` and `actions` are kept as they were sent."""

    id: int
    suite: CheckSuite
    name: str
    head_sha: str
    started_at: float
    status: str = "queued"
    conclusion: str | None = None
    completed_at: float | None = None
    external_id: str = ""
    details_url: str | None = None
    output: dict[str, str | None] = field(default_factory=dict)
    annotations: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class CommitStatus(Shared):
    id: int
    sha: str
    context: str
    state: str
    description: str | None
    target_url: str | None
    creator: User
    created_at: float


# --- deployments and releases --------------------------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class DeploymentStatus:
    id: int
    state: str
    creator: User
    created_at: float
    description: str
    environment: str
    environment_url: str = ""
    log_url: str = ""
    app: App | None = None


@dataclass(slots=True, eq=False)
class Deployment:
    """`statuses` are oldest first. `environment` may be changed by a status, `original_environment` is not. `run` is the workflow run
    whose job GitHub made it for, 0 for those that were created by hand."""

    id: int
    sha: str
    ref: str
    task: str
    payload: dict[str, Any] | list[Any] | str
    environment: str
    original_environment: str
    description: str | None
    creator: User
    created_at: float
    updated_at: float
    transient: bool
    production: bool
    app: App | None = None
    run: int = 0
    statuses: list[DeploymentStatus] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The newest status, or `pending` before there is one."""
        return self.statuses[-1].state if self.statuses else "pending"


@dataclass(slots=True, eq=False)
class Release:
    id: int
    tag_name: str
    target: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    author: User
    created_at: float
    published_at: float | None = None
    updated_at: float | None = None
    app: App | None = None


@dataclass(slots=True, eq=False)
class Repository:
    """One repository with everything in it. `branches` name → commit sha; `tags` name → commit or tag-object sha."""

    id: int
    owner: User
    name: str
    created_at: float
    pushed_at: float
    default_branch: str = "main"
    private: bool = False
    description: str | None = None
    fork_of: int | None = None
    roles: dict[int, Role] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    rules: dict[str, BranchRule] = field(default_factory=dict)
    tag_rules: dict[str, frozenset[str]] = field(default_factory=dict)  # pattern → logins that may make such tags
    threads: dict[int, Issue] = field(default_factory=dict)
    last_number: int = 0
    comments: dict[int, Comment] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    reviews: dict[int, Review] = field(default_factory=dict)
    suites: dict[int, CheckSuite] = field(default_factory=dict)
    runs: dict[int, CheckRun] = field(default_factory=dict)
    statuses: dict[str, list[CommitStatus]] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    workflow_runs: dict[int, WorkflowRun] = field(default_factory=dict)
    disabled_workflows: set[str] = field(default_factory=set)
    releases: dict[int, Release] = field(default_factory=dict)
    version: int = 0

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    def pulls(self) -> list[Pull]:
        return [thread for thread in self.threads.values() if isinstance(thread, Pull)]
