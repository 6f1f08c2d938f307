"""What is said to a wish, and what a look at the wishes leads to: values that whoever answers wishes shares."""

from dataclasses import dataclass

from bot.decision import Audit, Show
from bot.environment.model import EnvironmentRecord, Request
from bot.environment.start import Started


@dataclass(frozen=True, slots=True)
class Said:
    """What is said to one wish (`ask`), as Markdown; "" for nothing. `done` is None while it has not come to an end, `outcome` is for the
    audit trail."""

    request: Request
    text: str
    outcome: str
    done: bool | None = None
    ask: int = 0


@dataclass(frozen=True, slots=True)
class Turned:
    """The record after it, what is said to whom, and the root deployment of what begins, if something does. `shows` and `audit` are about
    what nobody asked for."""

    record: EnvironmentRecord
    said: tuple[Said, ...] = ()
    started: Started | None = None
    shows: tuple[Show, ...] = ()
    audit: tuple[Audit, ...] = ()
