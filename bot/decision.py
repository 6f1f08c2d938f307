"""What a decision is: the value that every topic's pure `decide` returns and that the one loop commits and then performs.

A decision never acts. It says what to remember (`record`), what to show where (`sections`), what to write to the world (`effects`),
when to look again (`wake_at`) and why (`because`, a sentence that a tired on-call engineer can read).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from bot.effects import Effect
from bot.ledger import Entry
from bot.subject import Subject

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, by GitHub's id; the login is for reading only, people rename themselves."""

    id: int
    login: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that happened once and cannot be read again later, kept verbatim: a typed command, a button press, a human's edit.

    `source` and `ordinal` identify it for ever (`comment-17`, 0), so a redelivered webhook adds nothing. `at` is Unix seconds on the
    clock of whoever wrote it (GitHub's `created_at` for comments). `id` is the store's, 0 before it is stored.
    """

    source: str
    ordinal: int
    target: Subject
    by: Actor
    at: float
    what: Mapping[str, Any]
    id: int = 0


@dataclass(frozen=True, slots=True)
class Wake:
    """Look at this subject: soon, or `urgent`ly before everything else."""

    subject: Subject
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """This topic's part of a shared place: only the job of `subject` composes and writes the comment. An empty text takes it away."""

    subject: Subject
    slot: str
    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask another subject for something, in the commit itself; it is woken and will answer in its own time."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Remember:
    """A fact for the ledger, in the commit itself."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Audit:
    """A line of the audit trail, in the commit itself: who was allowed or refused what, and why."""

    actor: str
    action: str
    outcome: str
    because: str


@dataclass(frozen=True, slots=True)
class Decision(Generic[R]):
    """Everything that follows from looking at one subject once.

    `answered` names the asks (by store id) that this decision deals with. `withdraw` lists keys of effects that must not go out any more
    if they are still pending (a shift that a rollback overtook).
    """

    record: R
    sections: tuple[Show, ...] = ()
    effects: tuple[Effect, ...] = ()
    asks: tuple[Ask, ...] = ()
    remember: tuple[Remember, ...] = ()
    audit: tuple[Audit, ...] = ()
    answered: tuple[int, ...] = ()
    withdraw: tuple[str, ...] = ()
    wake_at: float | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a performed effect: `value` holds what GitHub answered that decisions need (ids, the SHA it took)."""

    key: str
    value: Mapping[str, Any] = field(default_factory=dict)
    at: float = 0.0
