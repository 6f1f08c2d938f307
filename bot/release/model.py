"""What is read about one tag, or about what could be released next, and what is remembered of a release."""

from dataclasses import dataclass

import msgspec

from bot.decision import Asked, Head, Result
from bot.gates import Refusal, Required
from bot.ledger import Merged
from bot.pipeline import Check
from bot.policy import Policy
from bot.versions.next import Level
from bot.versions.tags import Naming, naming_of


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the release, as far as notes need it. `first_parent` leads back along the branch that was released."""

    sha: str
    title: str
    author: str
    first_parent: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed behind `/release`: a `level`, or the `tag` of a version, or neither. `pin` names the commit."""

    level: Level | None = None
    tag: str = ""
    pin: str | None = None


@dataclass(frozen=True, slots=True)
class Releasable:
    """What could be released at one instant. `sha` is the full commit, empty where GitHub shows none; `contained` says whether the default
    branch has it, and `heads` what its head was when. `pin` is how the commit was named, None for whatever was the head at `asked_at`.

    `since` is the release that it is compared with, None before the first; `commits` (oldest first) are those since then, and `candidate`
    is the highest pre-release above it that they contain. `complete`, `merged` and `compare_url` are as for a release.
    """

    now: float
    asked_at: float
    repository: str
    branch: str
    policy: Policy
    paused: bool
    sha: str
    contained: bool
    pin: str | None
    heads: tuple[Head, ...]
    tags: tuple[str, ...]
    candidate: str | None
    since: str | None
    commits: tuple[Commit, ...]
    complete: bool
    merged: tuple[Merged, ...]
    compare_url: str
    checks: tuple[Check, ...]
    required: tuple[Required, ...] | None

    @property
    def naming(self) -> Naming:
        return naming_of(self.policy.release)


class Cut(msgspec.Struct, frozen=True):
    """`/release` as the command's job passed it on: this very commit is wanted under the tag that the subject names. `why` is Markdown about
    the version. `number` is where it was typed and is answered in `slot`, `comment` the one that gets the final reaction, 0 for none."""

    number: int
    by: str
    by_id: int
    at: float
    slot: str
    typed: str
    sha: str
    why: str = ""
    reason: str = ""
    comment: int = 0
    permission: str = ""


class Cutting(msgspec.Struct, frozen=True):
    """A release that was begun for the ask of this store id, of this commit. Times are Unix seconds, `done_at` 0 until it is there."""

    ask: int
    sha: str
    by: str
    draft: bool
    began_at: float
    done_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """One `/release` for this tag, and why whoever typed it may not now."""

    asked: Asked
    cut: Cut
    denied: Refusal | None = None


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """`sha` is the commit of the tag, empty when the tag is gone. `commits` are those since `previous`, oldest first; `complete` is
    False when GitHub gave fewer than there are. `merged` are all merges that the ledger knows.

    Where the release is `wanted`, in the order of asking, `commits` lead to the commit that is wanted, `releasable` has the rest of what
    decides it, and `ahead` is the tag that somebody asked for before, as long as that is not answered. `published` and `refused` are what
    became of the release that was written, `under_way` says that this is not known yet.
    """

    now: float
    tag: str
    sha: str
    previous: str | None
    commits: tuple[Commit, ...]
    complete: bool
    merged: tuple[Merged, ...]
    policy: Policy
    paused: bool
    compare_url: str
    repo: int = 0
    wanted: tuple[Wanted, ...] = ()
    releasable: Releasable | None = None
    ahead: str = ""
    published: Result | None = None
    refused: Result | None = None
    under_way: bool = False


@dataclass(frozen=True, slots=True)
class Unreleased:
    """What lies between the newest stable release and the head of the default branch: `since` is its tag, None before the first one.
    `commits`, `complete` and `merged` are as in the facts of a release."""

    branch: str
    since: str | None
    commits: tuple[Commit, ...]
    complete: bool
    merged: tuple[Merged, ...]
    compare_url: str


class ReleaseRecord(msgspec.Struct, frozen=True):
    """The SHA that was last released under this tag, and the release that was last begun because somebody typed so."""

    sha: str = ""
    cut: Cutting | None = None
