"""What every SLI provider shares: where it reads, and what it gives back. Providers measure; `bot.rollout` judges."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

import aiohttp

from bot.policy.slis import Slis
from bot.rollout.evidence import Query, Reading, Track

TRACKS: Mapping[Track, str] = {"candidate": "canary", "baseline": "baseline"}
"""What `$track` stands for."""

BOTH: tuple[Track, ...] = ("candidate", "baseline")


@dataclass(frozen=True, slots=True)
class Source:
    """A server that the operator's settings name. A repository can choose among names, never point anywhere.

    `url` may carry credentials and stays out of `repr`.
    """

    url: str = field(repr=False)
    session: aiohttp.ClientSession


def authorization(url: str) -> Mapping[str, str]:
    """The header for the user and password in an address; none where there are none."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return {}
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return {"authorization": "Basic " + b64encode(pair.encode()).decode()}


class Measured(NamedTuple):
    """One reading per query and track, in that order, and what people should know about how they were made (sentences)."""

    readings: tuple[Reading, ...]
    remarks: tuple[str, ...] = ()


class Provider(Protocol):
    """Reads every query on these `tracks`, for what happened from `since` to `now` (Unix seconds) or within the query's own window.

    Never raises for a server's trouble: a reading that failed says so in its `error`.
    """

    async def __call__(
        self,
        source: Source,
        slis: Slis,
        queries: Sequence[Query],
        *,
        since: float,
        now: float,
        tracks: Sequence[Track] = BOTH,
    ) -> Measured: ...
