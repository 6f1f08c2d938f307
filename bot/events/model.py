"""What GitHub said, in the past tense: the smallest closed set of types, with only the fields that are used.

Everything behind the door works on these types and never on `payload["…"]`. Two events that mean the same to us are one type: a pushed
tag and a created one, a check run, a check suite and a commit status.
"""

from msgspec import Struct

from bot.events.payloads import Account
from bot.subject import Repo

NOBODY = Account(0, "ghost")  # GitHub's own name for accounts that are gone


class Comment(Struct, frozen=True):
    """A comment as it stands. `app` is the App that wrote it in its author's name, if one did. Times are Unix seconds."""

    id: int
    body: str
    author: Account
    app: int | None
    created_at: float
    updated_at: float


class Edit(Struct, frozen=True):
    """A text before and after somebody changed it, at GitHub's time in Unix seconds."""

    before: str
    after: str
    at: float


class Heard(Struct, frozen=True):
    """What every event of a repository has. `delivery` is GitHub's GUID; a redelivery has the same. `action` is GitHub's word, or empty."""

    delivery: str
    repo: Repo
    sender: Account
    action: str


class CommentCreated(Heard, frozen=True):
    number: int
    comment: Comment
    is_pull: bool
    title: str


class CommentEdited(Heard, frozen=True):
    """`edit` is None when something else than the text was edited."""

    number: int
    comment: Comment
    edit: Edit | None


class CommentDeleted(Heard, frozen=True):
    number: int
    comment: Comment


class PullRequestChanged(Heard, frozen=True):
    """`edit` is set when the description was edited."""

    number: int
    sha: str
    edit: Edit | None


class MergeGroupChanged(Heard, frozen=True):
    """A merge queue is about to merge a group of pull requests into `base` (a branch), and wants to know whether it may."""

    base: str


class PullRequestReviewed(Heard, frozen=True):
    number: int


class IssueChanged(Heard, frozen=True):
    """`edit` is set when the description was edited. `labels` are the names of those that it has now."""

    number: int
    edit: Edit | None
    labels: tuple[str, ...] = ()


class BranchPushed(Heard, frozen=True):
    branch: str
    sha: str


class TagChanged(Heard, frozen=True):
    """A tag was created, moved or deleted."""

    tag: str


class ChecksChanged(Heard, frozen=True):
    """A check run, check suite or commit status of `sha` moved. `app` owns it, as far as GitHub says (of statuses it does not)."""

    sha: str
    app: int | None


class ButtonPressed(Heard, frozen=True):
    """A person pressed a button that the App `app` put on its own check run."""

    identifier: str
    external_id: str
    check_run: int
    sha: str
    app: int | None


class DeploymentChanged(Heard, frozen=True):
    """A deployment was created or got a status. `app` did that, whoever made the deployment."""

    environment: str
    app: int | None


class WorkflowRunChanged(Heard, frozen=True):
    """A workflow run that carries out an order for `environment` was queued, or ended."""

    environment: str


class ProtectionRuleRequested(Heard, frozen=True):
    """A job of the workflow run `run` waits for our rule on `environment`. `event` started the run; `sha` may be empty."""

    environment: str
    run: int
    sha: str
    event: str
    ref: str


class ReleaseChanged(Heard, frozen=True):
    tag: str


class RepositoryChanged(Heard, frozen=True):
    """Renamed, transferred, another default branch: `repo` is how it is now."""


class InstallationChanged(Struct, frozen=True):
    """The App sees `added` from now on. GitHub does not name their default branches here: they are empty."""

    delivery: str
    added: tuple[Repo, ...]


class Pinged(Struct, frozen=True):
    """GitHub tried the webhook's address."""

    delivery: str


class Ignored(Struct, frozen=True):
    """Nothing to do, and why."""

    because: str


Event = (
    CommentCreated
    | CommentEdited
    | CommentDeleted
    | PullRequestChanged
    | PullRequestReviewed
    | MergeGroupChanged
    | IssueChanged
    | BranchPushed
    | TagChanged
    | ChecksChanged
    | ButtonPressed
    | DeploymentChanged
    | WorkflowRunChanged
    | ProtectionRuleRequested
    | ReleaseChanged
    | RepositoryChanged
    | InstallationChanged
    | Pinged
)
