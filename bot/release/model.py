"""What is read about one tag, and what is remembered of its release."""

from dataclasses import dataclass

import msgspec

from bot.ledger import Merged
from bot.policy import Policy


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the release, as far as notes need it. `first_parent` leads back along the branch that was released."""

    sha: str
    title: str
    author: str
    first_parent: str


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """`sha` is the commit of the tag, empty when the tag is gone. `commits` are those since `previous`, oldest first; `complete` is
    False when GitHub gave fewer than there are. `merged` are all merges that the ledger knows."""

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
    """The SHA that was last released under this tag."""

    sha: str = ""
