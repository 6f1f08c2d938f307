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


BOT = "[bot]"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, by GitHub's id; the login is for reading only, people rename themselves."""

    id: int
    login: str

    @property
    def is_bot(self) -> bool:
        """GitHub ends the names of Apps so, and no person's name can: there are no brackets in it."""
        return self.login.endswith(BOT)


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
    """Ask another subject for something, in the commit itself; it is woken (`urgent`ly for halt and rollback) and answers in its own time."""

    asked: Asked
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Remember:
    """A fact for the ledger, in the commit itself."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Audit:
    """A line of the audit trail, in the commit itself: who was allowed or refused what, and why.

    `actor` is for reading, `actor_id` is GitHub's id (0: Tagboat by itself). `permission` is what they might do in the repository at that
    moment, `sha` the full commit that it was about, `gates` the reason codes of the gates that were closed. `outcome` is `accepted`,
    `started`, `done` …, or the reason code of the refusal. `environment` is the one that it was about, "" for none; lines of an
    environment's own job have it from their subject.
    """

    actor: str
    action: str
    outcome: str
    because: str
    actor_id: int = 0
    permission: str = ""
    sha: str = ""
    gates: tuple[str, ...] = ()
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Decision(Generic[R]):
    """Everything that follows from looking at one subject once.

    `answered` names the asks (by store id) that this decision deals with. `withdraw` lists keys of effects that must not go out any more
    if they are still pending (a shift that a rollback overtook). `urgent` effects (halt, rollback) may use what is kept in reserve of
    GitHub's limits and do not queue for their slot.
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
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a performed effect: `value` holds what GitHub answered that decisions need (ids, the SHA it took)."""

    key: str
    value: Mapping[str, Any] = field(default_factory=dict)
    at: float = 0.0


OPENED = "opened-"
"""How the delivery of a head begins that its pull request was opened with."""


DEFAULT_BRANCH = 0
"""The number under which heads of the default branch are kept: no pull request has it."""


@dataclass(frozen=True, slots=True)
class Head:
    """A pull request's head as a webhook named it, with *our* time of receipt: commit dates and `updated_at` can be forged or lag.

    `by` pushed it; None where no webhook said who did: it was opened with it, or found by looking later.
    The default branch has heads too, under the number `DEFAULT_BRANCH`.
    """

    repo: int
    number: int
    sha: str
    received_at: float
    delivery: str
    by: Actor | None = None

    @property
    def is_first(self) -> bool:
        """Whether the pull request was opened with it, as far as we were told: no other can have been seen before."""
        return self.delivery.startswith(OPENED)


@dataclass(frozen=True, slots=True)
class Intent:
    """A committed effect that is not known to be performed. `tried_at` is when it last went out, None if it never did.

    `withdrawn` ones went out without an answer before they were taken back: they are looked up in the world, never repeated.
    """

    id: int
    effect: Effect
    created_at: float
    attempts: int = 0
    tried_at: float | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Memory(Generic[R]):
    """Everything remembered about one subject before it is looked at.

    `record` is the topic's own value. `asked` holds what is unanswered, in order of its time. `results` maps the key of every effect that
    was performed to what GitHub answered last; a place that is about to be written again keeps the earlier answer until then. `refused`
    maps the keys of effects that GitHub declined for good to its words. `pending` is what was committed and is not known to be done.
    `version` and `nudge` belong to the store: the commit checks them.
    """

    record: R
    asked: tuple[Asked, ...] = ()
    results: Mapping[str, Result] = field(default_factory=dict)
    refused: Mapping[str, Result] = field(default_factory=dict)
    pending: tuple[Intent, ...] = ()
    wake_at: float | None = None
    failures: int = 0
    version: int = 0
    nudge: int = 0


class UserError(Exception):
    """A mistake that a person can mend, worded for that person. Topics turn it into an answer; it never leaves their `decide`."""
