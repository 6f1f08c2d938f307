"""What is remembered of a run that waits for an environment, what GitHub asks, and what is read about it at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from bot.decision import Asked
from bot.gates import GateFacts


class Request(msgspec.Struct, frozen=True):
    """GitHub wants to know whether a job may start. Each job asks anew, and so does a run that is run again."""

    kind: str
    run: int
    environment: str
    sha: str = ""
    event: str = ""
    ref: str = ""


class ProtectionRecord(msgspec.Struct, frozen=True):
    """`request` is the source of the ask that is open, empty when none is; `wanted` is what it says and `since` when it came. `told` are
    the reason codes that were last reported on GitHub, `reports` how many such reports there were. `answer` is the key of the last answer."""

    request: str = ""
    wanted: Request | None = None
    since: float = 0.0
    told: tuple[str, ...] = ()
    reports: int = 0
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """The run is one of ours: which order of the environment it carries out, and the newest that there is. `held` says why the rollout
    stands still, empty while it does not."""

    step: str
    generation: int
    newest: int
    held: str = ""


@dataclass(frozen=True, slots=True)
class ProtectionFacts:
    """Everything read about one waiting run at one instant.

    `pending` says whether GitHub lists the environment among those that the run waits for, `over` whether the run has ended. `ours` is
    true for runs that we dispatched; then `order` is the order, None for one that nobody remembers. For all others `gates` are the facts
    of the very gates that `/deploy` asks; None where they could not be read.
    """

    now: float
    repo: int
    environment: str
    asked: tuple[tuple[Asked, Request], ...] = ()
    pending: bool = True
    over: bool = False
    ours: bool = False
    order: Order | None = None
    gates: GateFacts | None = None
    frozen_until: float | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
