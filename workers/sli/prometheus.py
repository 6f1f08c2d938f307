"""SLIs from Prometheus' HTTP API, as whole numbers of requests: how many there were, and how many of them were good.

Counts and not ratios, because only counts can be tested; latency likewise as the requests that a histogram's bucket says were fast enough.
All queries of one look are evaluated at one instant, so that a worker that starts again reads the same. Whatever is doubtful about an
answer (warnings, more than one series, no series at all) is an error, which holds a rollout where it is; it never counts as good.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from math import inf, isfinite, nan
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit, urlunsplit

import aiohttp
import msgspec
import yarl

from bot.policy.slis import Slis
from bot.rollout.evidence import Query, Reading, Track
from workers.sli.source import BOTH, TRACKS, Measured, Source, authorization

LONGEST_WAIT = 10.0
MOST_BYTES = 1024 * 1024
EVERY = 15.0  # instants of long looks; shorter ones go by the second
LONG_LOOK = 300.0

_PLACEHOLDER = re.compile(r"\$(track|window)\b")
_LABELS = r"""\{(?:[^{}"'`]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)*\}"""
_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_WINDOWED = re.compile(rf"((?:{_NAME})?{_LABELS}|{_NAME})\s*\[\$window\]")
_HISTOGRAM = re.compile(rf"\s*({_NAME})\s*({_LABELS})?\s*", re.DOTALL)

Vector = list[tuple[Mapping[str, str], float]]


class Failed(Exception):  # noqa: N818 - it is read aloud in `except Failed`
    """A sentence about why nothing was read. `kind`: there is no server, it cannot be used, the query cannot, or there is nothing to count."""

    def __init__(self, kind: Literal["server", "provider", "query", "no data"], why: str) -> None:
        super().__init__(f"{kind}: {why}")
        self.kind = kind


async def read(
    source: Source,
    slis: Slis,
    queries: Sequence[Query],
    *,
    since: float,
    now: float,
    tracks: Sequence[Track] = BOTH,
) -> Measured:
    """Two or three requests per query and track, at once. See `workers.sli.source.Provider`."""
    wanted = [(query, track) for query in queries for track in tracks]
    remarks: dict[str, None] = {}
    readings = await asyncio.gather(
        *(_reading(source, slis, query, track, since, now, remarks) for query, track in wanted)
    )
    return Measured(tuple(readings), tuple(remarks))


async def reaches(source: Source) -> None:
    """Ask the server the simplest of questions. Raises Failed where the answer is not Prometheus'."""
    document = await _ask(source, {"query": "1"})
    if document.get("status") != "success":
        raise Failed("provider", "Prometheus: does not know what 1 is")


def aligned(since: float, now: float) -> float:
    """The instant at which a look that began at `since` is evaluated: the same for everybody who looks within the same seconds."""
    every = EVERY if now - since >= LONG_LOOK else 1.0
    return now // every * every


async def _reading(
    source: Source, slis: Slis, query: Query, track: Track, since: float, now: float, remarks: dict[str, None]
) -> Reading:
    at = aligned(since, now)
    # A window must not reach back over a change of traffic.
    window = at - since if query.window is None else min(query.window, at - since)
    try:
        if window < 1.0:
            raise Failed("no data", "measuring has only just begun")
        look = Look(source, TRACKS[track], int(window), at)
        good, total, counted = await count(look, slis, query, remarks)
        newest = await look.newest(counted) if total else at
        return Reading(sli=query.key, track=track, good=good, total=total, at=newest)
    except Failed as failed:
        return Reading(sli=query.key, track=track, good=0.0, total=0.0, at=at, error=str(failed))


async def count(look: "Look", slis: Slis, query: Query, remarks: dict[str, None]) -> tuple[float, float, str]:
    """Good ones, all of them, and the PromQL that counted these. Raises Failed."""
    if query.sli == "error_rate" and slis.error_rate:
        return *await _error_rate(look, slis.error_rate.bad, slis.error_rate.total), slis.error_rate.total
    if query.sli == "latency" and slis.latency and query.slower_than is not None:
        name, labels = _histogram(slis.latency.histogram)
        return *await _latency(look, name, labels, query.slower_than, remarks), f"{name}_count{labels}[$window]"
    if query.sli == "error_logs" and slis.error_logs:
        return 0.0, _whole(await look.one(slis.error_logs.count, "error logs") or 0.0), slis.error_logs.count
    raise Failed("query", f"the policy describes no query for {query.key}")


async def _error_rate(look: "Look", bad: str, total: str) -> tuple[float, float]:
    all_requests = await look.one(total, "all requests")
    if all_requests is None:
        raise Failed("no data", f"the query for all requests finds nothing for {look.track}")
    bad_requests = await look.one(bad, "bad requests") or 0.0  # no series of errors is no errors
    if not (isfinite(all_requests) and isfinite(bad_requests)):
        return nan, nan
    # Both are extrapolated and rounded, so there may seem to be one more bad than there were.
    return max(0.0, _whole(all_requests) - _whole(bad_requests)), _whole(all_requests)


async def _latency(
    look: "Look", name: str, labels: str, slower_than: float, remarks: dict[str, None]
) -> tuple[float, float]:
    vector = await look.vector(f"sum by (le) (increase({name}_bucket{labels}[$window]))", "latency")
    buckets: dict[float, float] = {}
    for series, count in vector:
        try:
            buckets[float(series["le"])] = count
        except (KeyError, ValueError):
            raise Failed("no data", f"{name}_bucket has series without a usable `le`") from None
    if not buckets:
        raise Failed("no data", f"{name}_bucket has no series for {look.track}")
    if inf not in buckets:
        raise Failed("no data", f"{name}_bucket has no +Inf bucket, so nobody knows how many requests there were")
    edges = [edge for edge in buckets if isfinite(edge) and edge >= slower_than * (1 - 1e-9)]
    if not edges:
        raise Failed("no data", f"{name} has no bucket that ends at {_seconds(slower_than)} or above: add one")
    edge = min(edges)
    if edge > slower_than * (1 + 1e-9):
        remarks[
            f"Approximate: {name} has no bucket that ends at {_seconds(slower_than)}, "
            f"so requests up to {_seconds(edge)} count as fast enough."
        ] = None
    if not (isfinite(buckets[inf]) and isfinite(buckets[edge])):
        return nan, nan
    total = _whole(buckets[inf])
    return min(_whole(buckets[edge]), total), total


def _histogram(selector: str) -> tuple[str, str]:
    """`name{labels}` → name, labels with braces (or nothing)."""
    match = _HISTOGRAM.fullmatch(selector)
    if match is None:
        raise Failed("query", "`latency.histogram` must be a histogram's name with labels, like http_seconds{…}")
    return match[1], match[2] or ""


class Look:
    """One track at one instant. `window` is whole seconds back from `at`."""

    def __init__(self, source: Source, track: str, window: int, at: float) -> None:
        self._source, self.track, self._window, self._at = source, track, window, at

    async def one(self, query: str, what: str) -> float | None:
        """The one value that `query` has; None if it has none."""
        vector = await self.vector(query, what)
        if len(vector) > 1:
            raise Failed(
                "query", f"the query for {what} gives {len(vector)} series where one is needed: wrap it in sum()"
            )
        return vector[0][1] if vector else None

    async def newest(self, query: str) -> float:
        """When the newest sample was taken that `query` (with `selector[$window]` in it) counts. Its own time if it does not say.

        The value of `increase` is always of now, also when the last scrape was long ago.
        """
        asked = newest_sample(query)
        if not asked:
            return self._at
        try:
            vector = await self.vector(asked, "the newest sample")
        except Failed as failed:
            if failed.kind == "query":  # a server that speaks less of the language
                return self._at
            raise
        # Counted in the window, but gone by now: all that is known is that it was there at its beginning.
        return min(vector[0][1], self._at) if vector and isfinite(vector[0][1]) else self._at - self._window

    async def vector(self, query: str, what: str) -> Vector:
        """The answer as labels and values."""
        text = filled(query, self.track, self._window)
        document = await ask(self._source, {"query": text, "time": f"{self._at:.3f}", "timeout": "10s"}, what)
        try:
            return _samples(document["data"]["resultType"], document["data"]["result"])
        except (KeyError, TypeError, ValueError, IndexError):
            raise Failed("provider", f"{what}: Prometheus' answer is none that we understand") from None


def newest_sample(query: str) -> str:
    """The question when the newest sample was taken that `query` (with `selector[$window]` in it) counts; "" if it does not say."""
    selectors = dict.fromkeys(match[1] for match in _WINDOWED.finditer(query))
    return "max(" + " or ".join(f"timestamp({selector})" for selector in selectors) + ")" if selectors else ""


def filled(query: str, track: str, window: int) -> str:
    """The query for one track, over so many seconds."""
    values = {"track": track.replace("\\", "\\\\").replace('"', '\\"'), "window": f"{window}s"}
    return _PLACEHOLDER.sub(lambda match: values[match[1]], query)


def _samples(kind: str, result: Any) -> Vector:
    if kind == "scalar":
        return [({}, float(result[1]))]
    if kind == "vector":
        return [(dict(sample["metric"]), float(sample["value"][1])) for sample in result]
    raise Failed("query", f"the query gives a {kind} where a number is needed: wrap it in sum(increase(…[$window]))")


async def ask(
    source: Source, params: Mapping[str, str], what: str, endpoint: Literal["query", "query_range"] = "query"
) -> Mapping[str, Any]:
    """Prometheus' answer to a question about `what`, when it is whole. Raises Failed."""
    document = await _ask(source, params, endpoint)
    if document.get("status") != "success":
        raise Failed("query", f"{what}: {_short(document.get('error') or 'Prometheus refused the query')}")
    if document.get("warnings"):
        # Partial answers count as successes for Prometheus, not for us.
        raise Failed("provider", f"{what}: Prometheus warns: {_short(document['warnings'][0])}")
    return document


async def _ask(source: Source, params: Mapping[str, str], endpoint: str = "query") -> Mapping[str, Any]:
    """One request to the operator's server, with limits on time and size, and to no other server whatever it says."""
    if not source.url:
        raise Failed("server", "PROMETHEUS_URL is not set, so nothing can be measured")
    parts = urlsplit(source.url)
    headers = {"accept": "application/json", "user-agent": "tagboat", **authorization(source.url)}
    address = urlunsplit(
        (
            parts.scheme,
            parts.netloc.rpartition("@")[2],
            f"{parts.path.rstrip('/')}/api/v1/{endpoint}",
            urlencode(params),
            "",
        )
    )
    failure, status, content = "", 0, b""
    try:
        async with source.session.get(
            yarl.URL(address, encoded=True),
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=LONGEST_WAIT),
        ) as response:
            status = response.status
            async for chunk in response.content.iter_chunked(64 * 1024):
                content += chunk
                if len(content) > MOST_BYTES:
                    failure = "its answer is larger than 1 MiB"
                    break
    except TimeoutError:
        failure = f"no answer within {LONGEST_WAIT:g} s"
    except (aiohttp.ClientError, OSError) as error:
        failure = f"cannot be reached ({type(error).__name__})"
    if not failure and 300 <= status < 400:
        failure = f"redirects elsewhere ({status}), which is not followed"
    if failure:
        raise Failed("provider", f"Prometheus: {failure}")
    try:
        document = msgspec.json.decode(content)
    except msgspec.DecodeError:
        document = None
    # 400 and 422 come with Prometheus' own explanation; 503 and whatever a proxy says do not concern the query.
    if not isinstance(document, dict) or status not in (200, 400, 422):
        raise Failed(
            "provider", f"Prometheus: answered {status}" + ("" if document else " with something that is not JSON")
        )
    return document


def _whole(count: float) -> float:
    """`increase` extrapolates to fractions of a request. NaN and infinity stay what they are."""
    return float(round(count)) if isfinite(count) else count


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:g}ms" if seconds < 1 else f"{seconds:g}s"


def _short(words: Any) -> str:
    text = " ".join(str(words).split())
    return text if len(text) <= 200 else text[:199] + "…"
