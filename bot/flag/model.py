"""What is read about the flags of a repository, what somebody wants of one, and what is remembered of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from bot.decision import Asked, Result
from bot.flag.flagd import Flag
from bot.gates import Refusal
from bot.policy import Policy

MOST_FILES = 20
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class FlagFile:
    """A file of the default branch that the policy names. `fault` says why it cannot be read, a sentence of plain text; then `flags` is
    empty."""

    path: str
    text: str
    flags: tuple[Flag, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class FlagFiles:
    """The flag files of a repository, by path. `named` says whether the policy names any, and `cut` that there are more than are read."""

    files: tuple[FlagFile, ...] = ()
    named: bool = True
    cut: bool = False

    def of(self, key: str) -> tuple[FlagFile, ...]:
        """The files that have this flag."""
        return tuple(file for file in self.files if any(flag.key == key for flag in file.flags))


class Share(msgspec.Struct, frozen=True):
    """`/flag name 25%` as the command's job passed it on: so many per cent of users are to get it. `number` is where it was typed and is
    answered in `slot`, `comment` the one that gets the final reaction, 0 for none; `permission` what they might do then."""

    number: int
    by: str
    by_id: int
    at: float
    slot: str
    typed: str
    share: int
    reason: str = ""
    comment: int = 0
    permission: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One wish, and why whoever typed it may not now."""

    asked: Asked
    share: Share
    denied: Refusal | None = None


class FlagRecord(msgspec.Struct, frozen=True):
    """The ask (by its store id) that a pull request is being opened for, from which branch, and since when."""

    ask: int = 0
    branch: str = ""
    began_at: float = 0.0


@dataclass(frozen=True, slots=True)
class FlagFacts:
    """`key` is the flag. `files` is None while nobody wants anything. `results` and `refused` are what became of pull requests that were to be
    opened, by the effect's key; `pending` are those of which that is not known."""

    now: float
    repo: int
    branch: str
    key: str
    policy: Policy
    paused: bool
    wanted: tuple[Wanted, ...] = ()
    files: FlagFiles | None = None
    results: Mapping[str, Result] = field(default_factory=dict)
    refused: Mapping[str, Result] = field(default_factory=dict)
    pending: frozenset[str] = frozenset()
