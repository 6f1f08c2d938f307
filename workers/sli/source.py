"""What every SLI provider shares: where it reads, and what it gives back. Providers measure; `bot.rollout` judges."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import aiohttp

from bot.policy.slis import Slis
from bot.rollout.evidence import Query, Reading


@dataclass(frozen=True, slots=True)
class Source:
    """A server that the operator's settings name. A repository can choose among names, never point anywhere.

    `url` may carry credentials and stays out of `repr`.
    """

    url: str = field(repr=False)
    session: aiohttp.ClientSession


class Measured(NamedTuple):
    """One reading per query and track, in that order, and what people should know about how they were made (sentences)."""

    readings: tuple[Reading, ...]
    remarks: tuple[str, ...] = ()


class Provider(Protocol):
    """Reads every query on both tracks, for what happened from `since` to `now` (Unix seconds) or within the query's own window.

    Never raises for a server's trouble: a reading that failed says so in its `error`.
    """

    async def __call__(
        self, source: Source, slis: Slis, queries: Sequence[Query], *, since: float, now: float
    ) -> Measured: ...
