"""Every write the bot can make to the world, as frozen data. `workers/perform.py` has one small function per class here.

An effect has a `key`: its identity within the subject that wants it. The store keeps one row per (subject, key): the same effect wanted
twice is written once, a changed one (same key, other content) is written again, and a crash in between finds the row still pending.
So a key must name the *place* that is written (this comment, this status context, this step's deployment), not the content.
"""

from typing import Any, Literal

import msgspec

DeploymentState = Literal["queued", "in_progress", "success", "failure", "error", "inactive"]
Reaction = Literal["eyes", "rocket", "+1", "-1", "confused"]


class UpsertComment(msgspec.Struct, frozen=True, tag=True):
    """Create or edit the one comment of this `slot` on an issue or pull request. `body` carries the hidden marker of that slot."""

    number: int
    slot: str
    body: str

    @property
    def key(self) -> str:
        return f"comment:{self.number}:{self.slot}"


class React(msgspec.Struct, frozen=True, tag=True):
    """React to a comment. GitHub answers 200 for a reaction that is there already: naturally idempotent."""

    comment: int
    content: Reaction

    @property
    def key(self) -> str:
        return f"react:{self.comment}:{self.content}"


class Button(msgspec.Struct, frozen=True):
    """An action on a check run. GitHub's limits: label 20, description 40, identifier 20 characters; three per run."""

    label: str
    description: str
    identifier: str


class Annotation(msgspec.Struct, frozen=True):
    """A remark at one line of one file of a check run's commit; the line counts from 1."""

    path: str
    line: int
    level: Literal["notice", "warning", "failure"]
    title: str
    message: str


class SetCheckRun(msgspec.Struct, frozen=True, tag=True):
    """Create or update the bot's own check run `name` on `sha`. Buttons show only on completed runs.

    GitHub only ever adds `annotations` to a run: one that may have them (a tuple, also an empty one) is made anew when it changes. At most
    50, as GitHub takes no more in one request.
    """

    sha: str
    name: str
    conclusion: Literal["success", "failure", "neutral", "cancelled", "action_required"] | None
    title: str
    summary: str
    text: str = ""
    external_id: str = ""
    buttons: tuple[Button, ...] = ()
    annotations: tuple[Annotation, ...] | None = None

    @property
    def key(self) -> str:
        return f"check:{self.sha}:{self.name}"


class SetStatus(msgspec.Struct, frozen=True, tag=True):
    """Set the commit status `context` on `sha`. GitHub keeps at most 1,000 per context and commit; descriptions end at 140 characters."""

    sha: str
    context: str
    state: Literal["pending", "success", "failure", "error"]
    description: str

    @property
    def key(self) -> str:
        return f"status:{self.sha}:{self.context}"


class CreateDeployment(msgspec.Struct, frozen=True, tag=True):
    """Create one GitHub Deployment by full SHA, never merging and never waiting for contexts: the gates were ours.

    `key` travels in the payload, so that the deployment can be found again when GitHub's answer was lost.
    """

    key: str
    sha: str
    environment: str
    task: Literal["rollout", "shift"]
    description: str
    payload: dict[str, Any]
    transient: bool
    production: bool


class SetDeploymentStatus(msgspec.Struct, frozen=True, tag=True):
    """Append a status to a deployment that the bot made. `deployment` is GitHub's id; descriptions end at 140 characters."""

    deployment: int
    state: DeploymentState
    description: str
    environment: str
    auto_inactive: bool = False

    @property
    def key(self) -> str:
        return f"deployment-status:{self.deployment}:{self.state}"


class DispatchWorkflow(msgspec.Struct, frozen=True, tag=True):
    """Start one run of a workflow file, at a branch or tag. All `inputs` are text, 25 at most.

    `key` is one of the inputs and stands in the run's name, so that the run can be found again when GitHub's answer was lost.
    """

    key: str
    workflow: str
    ref: str
    inputs: dict[str, str]


class CancelRun(msgspec.Struct, frozen=True, tag=True):
    """Ask a workflow run to stop. It ends in its own time, and jobs that insist go on; `force` ends those too."""

    run: int
    force: bool = False

    @property
    def key(self) -> str:
        return f"cancel-run:{self.run}" + (":force" if self.force else "")


class AnswerProtectionRule(msgspec.Struct, frozen=True, tag=True):
    """Answer GitHub's question whether the job of a run may start that waits for `environment`; without `state` only report why there is no
    answer yet. `request` names the question, and each report about it. GitHub takes 1,024 characters and ten reports."""

    run: int
    environment: str
    request: str
    comment: str
    state: Literal["approved", "rejected"] | None = None

    @property
    def key(self) -> str:
        return f"protection:{self.run}:{self.environment}:{self.request}"


class OpenIssue(msgspec.Struct, frozen=True, tag=True):
    """Open the one issue of this `slot` in the repository. It is opened once and never again, not after it was closed either, and what stands
    in it is people's from then on. `body` gets a hidden marker of the slot.
    """

    slot: str
    title: str
    body: str

    @property
    def key(self) -> str:
        return f"issue:{self.slot}"


class ProposeFile(msgspec.Struct, frozen=True, tag=True):
    """Open the one pull request from `branch` into `onto`, which adds the file `path` with this `text` by one commit. Opened once and never
    again, not after it was closed either. A branch of that name with anything else in it is left alone, and the effect refused.
    """

    branch: str
    onto: str
    path: str
    text: str
    title: str
    body: str

    @property
    def key(self) -> str:
        return f"proposal:{self.branch}"


class ProposeChange(msgspec.Struct, frozen=True, tag=True):
    """Open a pull request from `branch` into `onto` that changes the file `path` to `text` by one commit, unless an open one is there from that
    branch. `before` is git's name (SHA-1 of the blob) for what the file says now: one that says something else meanwhile is left alone,
    and so is a branch with anything else in it; then the effect is refused. `body` has a `proposal` marker with the `turn`, which tells a
    wish from an earlier one for the same change.
    """

    branch: str
    onto: str
    path: str
    before: str
    text: str
    title: str
    body: str
    turn: int

    @property
    def key(self) -> str:
        return f"change:{self.branch}"


class PublishRelease(msgspec.Struct, frozen=True, tag=True):
    """Create or update the GitHub release of a tag. The tag must exist, unless `target` is given: the full SHA that a missing one is put on.
    One that exists elsewhere is left alone, and the effect refused. `turn` tells a wish from an earlier one with the same words: what
    was deleted, or declined, is written again.
    """

    tag: str
    title: str
    body: str
    draft: bool
    prerelease: bool
    target: str = ""
    turn: int = 0

    @property
    def key(self) -> str:
        return f"release:{self.tag}"


Effect = (
    UpsertComment
    | React
    | SetCheckRun
    | SetStatus
    | CreateDeployment
    | SetDeploymentStatus
    | DispatchWorkflow
    | CancelRun
    | AnswerProtectionRule
    | OpenIssue
    | ProposeFile
    | ProposeChange
    | PublishRelease
)

_decoder: msgspec.json.Decoder[Effect] = msgspec.json.Decoder(Effect)


def encode(effect: Effect) -> str:
    """The stored text of an effect; equal effects have equal texts."""
    return msgspec.json.encode(effect, order="deterministic").decode()


def decode(text: str) -> Effect:
    return _decoder.decode(text)
