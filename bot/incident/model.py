"""What is remembered of one incident, what people and alerts say of it, and what is read about it at one instant. Times are Unix seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from bot.decision import Asked
from bot.ledger import Deployed, Disturbed
from bot.policy import Policy

ALERT = "alert-"
"""Names of incidents that an alert began begin so; all others are the number of an issue or pull request."""

State = Literal["", "open", "over", "withdrawn"]


class Typed(msgspec.Struct, frozen=True, tag=True):
    """`/incident` as the command's job passed it on. `over` says that it was `resolved`; `severity` is 0 and `cause` empty where it names
    none. `number` is where it was typed and is answered in `slot`, `comment` the one that gets the final reaction, 0 for none."""

    number: int
    by: str
    by_id: int
    at: float
    slot: str
    typed: str
    severity: int = 0
    cause: str = ""
    over: bool = False
    remark: str = ""
    comment: int = 0
    permission: str = ""


class Alert(msgspec.Struct, frozen=True, tag=True):
    """One alert as Alertmanager told it. `starts_at` tells its occurrences apart, `ends_at` is 0 while it fires, `heard_at` is ours."""

    starts_at: float
    ends_at: float
    heard_at: float
    severity: int
    title: str
    url: str = ""
    where: str = ""
    cause: str = ""


Said = Typed | Alert


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of an issue's history that matters here. `counts` says whether whoever did it may; None: GitHub would not say."""

    id: int
    kind: Literal["labeled", "unlabeled", "closed", "reopened"]
    label: str
    by: str
    at: float
    counts: bool | None


@dataclass(frozen=True, slots=True)
class Thread:
    """The issue or pull request that the incident is about, as GitHub has it now. `trusted` says whether its author's words count."""

    number: int
    is_pull: bool
    title: str
    body: str
    url: str
    author: str
    opened_at: float
    closed: bool
    duplicate: bool
    trusted: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a named cause stands for on GitHub; `error` says in a sentence why it stands for nothing."""

    shas: tuple[str, ...] = ()
    pull: int | None = None
    error: str = ""


class Cause(msgspec.Struct, frozen=True):
    """The release that somebody named: as it was named, what it stands for, who said so and when."""

    text: str
    by: str
    at: float
    shas: tuple[str, ...] = ()
    pull: int | None = None


class Declared(msgspec.Struct, frozen=True):
    """Somebody said that this is an incident, and how bad it is. `severity` is 0 where only its cause was named."""

    by: str
    at: float
    severity: int = 0
    severity_at: float = 0.0


class Vouched(msgspec.Struct, frozen=True):
    """Whether a line of the issue's history counts: asked of GitHub once, when it was new."""

    event: int
    counts: bool


class IncidentRecord(msgspec.Struct, frozen=True):
    """`told` are the environments that know of it while it is open; `kept` is what the ledger has of it. `resolved_at` is when somebody
    typed that it is over, `starts_at` and `heard_at` belong to the newest occurrence of an alert."""

    state: State = ""
    title: str = ""
    url: str = ""
    where: str = ""
    severity: int = 0
    opened_at: float = 0.0
    closed_at: float = 0.0
    declared: Declared | None = None
    resolved_at: float = 0.0
    cause: Cause | None = None
    starts_at: float = 0.0
    heard_at: float = 0.0
    vouched: tuple[Vouched, ...] = ()
    told: tuple[str, ...] = ()
    kept: Disturbed | None = None


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """Everything read about one incident at one instant. `name` is its subject's. `thread` is None for alerts, and where GitHub has no such
    number. `history` is empty while nothing says that this could be an incident. `causes` are what the named causes stand for, by their
    text; `deployed` what went live, for the sentence about it."""

    now: float
    repo: int
    name: str
    policy: Policy
    thread: Thread | None = None
    history: tuple[Happened, ...] = ()
    asked: tuple[tuple[Asked, Said], ...] = ()
    causes: Mapping[str, Found] = field(default_factory=dict)
    deployed: tuple[Deployed, ...] = ()
