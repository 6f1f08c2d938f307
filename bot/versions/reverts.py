"""Changes that were taken back before anybody got them: a change and its revert in the same release are as if neither had been.

A revert names what it takes back by the commit (`This reverts commit 1a2b3c4…`) or, as GitHub's Revert button has it, by the pull request
(`Reverts acme/shop#12`). A revert of a revert brings the change back. One of an earlier release stays: users see it.
"""

import re
from collections.abc import Sequence
from typing import Protocol

_IS_REVERT = re.compile(r"revert(?:\([^()]*\))?!?:|revert\b", re.IGNORECASE)
_BY_COMMIT = re.compile(r"\bThis reverts commit ([0-9a-f]{7,40})\b", re.IGNORECASE)
_BY_NUMBER = re.compile(r"\bReverts ([\w.-]+/[\w.-]+)?#([1-9][0-9]{0,9})\b", re.IGNORECASE)


class Revertible(Protocol):
    """What a revert can be and take back: `number` is 0 for a commit that no pull request brought."""

    @property
    def sha(self) -> str: ...
    @property
    def number(self) -> int: ...
    @property
    def title(self) -> str: ...
    @property
    def body(self) -> str: ...


def is_revert(title: str) -> bool:
    """Whether a title says that this takes something back: only then its text is searched for what."""
    return _IS_REVERT.match(title.strip()) is not None


def cancelled(changes: Sequence[Revertible], repository: str = "") -> frozenset[int]:
    """The places in `changes` (oldest first) of what was taken back within them, and of what took it back.

    `repository` is `owner/name`: a revert button's reference to another one means nothing here.
    """
    gone: set[int] = set()
    for place in range(len(changes) - 1, -1, -1):
        if place in gone:
            continue
        target = _target(changes, place, repository)
        if target is not None and target not in gone:
            gone |= {place, target}
    return frozenset(gone)


def _target(changes: Sequence[Revertible], place: int, repository: str) -> int | None:
    revert = changes[place]
    if not is_revert(revert.title):
        return None
    commits = [match[1].lower() for match in _BY_COMMIT.finditer(revert.body)]
    numbers = {
        int(match[2])
        for match in _BY_NUMBER.finditer(revert.body)
        if not match[1] or not repository or match[1].lower() == repository.lower()
    }
    if len(commits) + len(numbers) != 1:
        return None  # more than one thing is taken back: too much to be called the opposite of one
    for earlier in range(place - 1, -1, -1):
        change = changes[earlier]
        if change.number in numbers or any(change.sha.startswith(sha) for sha in commits):
            return earlier
    return None
