"""What Prometheus remembers of the service, read for many windows at once: the queries are those of run time, at the same instants and over the
same spans, only that one request gives the answers for every window that begins a step later.

History has one release at a time, so the traffic of each window is split at random, as a router would: a share of it plays the candidate and
the rest the baseline. Both are then the same release, and whatever is said against the candidate is a false alarm, or an incident.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import cast

from bot.policy.slis import Slis
from bot.rollout.backtest import Watch
from bot.rollout.evidence import Query, Reading
from workers.sli import prometheus
from workers.sli.prometheus import Failed, Vector
from workers.sli.source import TRACKS, Source

AT_ONCE = 4
MOST_POINTS = 1_000  # of each series in one answer, so that it stays well below the largest that is read
GRID = 60.0  # seconds between two looks for the newest sample
BASELINE = TRACKS["baseline"]


class NoHistory(Exception):  # noqa: N818 - it is read aloud in `except NoHistory`
    """Prometheus could not be asked, or does not understand. The message says why."""


@dataclass(frozen=True)
class Counted:
    """The counts of one query at one look of one window. `error` is why there are none."""

    good: float
    total: float
    at: float
    error: str = ""


class History:
    """One server. `advance` is called with the number of requests done since it was called last."""

    def __init__(self, source: Source, slis: Slis, advance: Callable[[int], None] = lambda _: None) -> None:
        self._source, self._slis, self._advance = source, slis, advance
        self._slots = asyncio.Semaphore(AT_ONCE)
        self.remarks: dict[str, None] = {}

    async def newest(self, queries: Sequence[Query], since: float, until: float) -> Mapping[str, Mapping[int, float]]:
        """By query and by minute, when the newest sample was taken that the query counts. Raises NoHistory."""
        found: dict[str, Mapping[int, float]] = {}
        for query in queries:
            asked = prometheus.newest_sample((await questions(self._slis, query))[0])
            times: dict[int, float] = {}
            if asked:
                for vectors in await self._ranges(asked, since // GRID * GRID, until, GRID, 300):
                    times |= {int(at // GRID): vector[0][1] for at, vector in vectors.items() if vector}
            found[query.key] = times
        return found

    async def counts(self, query: Query, starts: Sequence[float], step: float, offset: float) -> list[Counted]:
        """What the query counts in each window, `offset` seconds after its start. `starts` are `step` apart. Raises NoHistory."""
        window = offset if query.window is None else min(query.window, offset)
        if int(window) < 1:
            return [Counted(0, 0, start + offset, "no data: measuring has only just begun") for start in starts]
        texts = await questions(self._slis, query)
        first, last = starts[0] + offset, starts[-1] + offset
        answers = [await self._ranges(text, first, last, step, int(window)) for text in texts]
        by_text = [{round(at): vector for part in parts for at, vector in part.items()} for parts in answers]
        found = []
        for start in starts:
            at = start + offset
            then = _Then(
                self._source, at, {text: told.get(round(at), []) for text, told in zip(texts, by_text, strict=True)}
            )
            try:
                good, total, _ = await prometheus.count(then, self._slis, query, self.remarks)
                found.append(Counted(good, total, at))
            except Failed as failed:
                if failed.kind != "no data":
                    raise NoHistory(str(failed)) from None
                found.append(Counted(0, 0, at, str(failed)))
        return found

    async def _ranges(
        self, text: str, first: float, last: float, step: float, window: int
    ) -> list[dict[float, Vector]]:
        parts = []
        while first <= last:
            end = min(last, first + step * MOST_POINTS)
            async with self._slots:
                parts.append(await self._range(text, first, end, step, window))
            first = end + step
        return parts

    async def _range(self, text: str, first: float, end: float, step: float, window: int) -> dict[float, Vector]:
        asked = prometheus.filled(text, BASELINE, window)
        for again in (True, False):
            try:
                found = await self._over_time(asked, first, end, step)
            except Failed as failed:
                if failed.kind == "provider" and again:
                    await asyncio.sleep(1)
                    continue
                raise NoHistory(str(failed)) from None
            self._advance(1)
            return found
        raise AssertionError

    async def _over_time(self, text: str, first: float, end: float, step: float) -> dict[float, Vector]:
        """What a query gives at every step, `end` included. Raises Failed."""
        times = {"start": f"{first:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        document = await prometheus.ask(
            self._source, {"query": text, **times, "timeout": "60s"}, "history", "query_range"
        )
        found: dict[float, Vector] = {}
        try:
            for series in document["data"]["result"]:
                for at, value in series["values"]:
                    found.setdefault(float(at), []).append((dict(series["metric"]), float(value)))
        except (KeyError, TypeError, ValueError):
            raise Failed("provider", "history: Prometheus' answer is none that we understand") from None
        return found


class _Then(prometheus.Look):
    """One instant of a range that was read whole."""

    def __init__(self, source: Source, at: float, vectors: Mapping[str, Vector]) -> None:
        super().__init__(source, BASELINE, 0, at)
        self._vectors = vectors

    async def vector(self, query: str, what: str) -> Vector:
        return self._vectors[query]


class _Listening(prometheus.Look):
    """Answers everything with one, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(cast(Source, None), BASELINE, 0, 0)
        self.asked: list[str] = []

    async def vector(self, query: str, what: str) -> Vector:
        self.asked.append(query)
        return [({"le": "+Inf"}, 1.0)]


async def questions(slis: Slis, query: Query) -> list[str]:
    """The PromQL that a query comes to. Raises NoHistory where the policy does not say."""
    listening = _Listening()
    try:
        await prometheus.count(listening, slis, query, {})
    except Failed as failed:
        if not listening.asked:
            raise NoHistory(str(failed)) from None
    return listening.asked


# --- one release, split in two ---------------------------------------------------------------------------------------------------


def split(
    watch: Watch, query: Query, looks: Sequence[Counted], newest: Mapping[int, float], dice: random.Random
) -> list[tuple[Reading, ...]]:
    """The readings of both sides at each look of one window, from the counts of all. With everything on the candidate there is no
    baseline left, as at run time."""
    share = watch.share
    logs = query.sli == "error_logs"
    bad_before = total_before = mine_bad = mine_total = 0
    owed = 0.0
    found: list[tuple[Reading, ...]] = []
    for look in looks:
        sound = not look.error and isfinite(look.good) and isfinite(look.total)
        if not sound:
            sides = ("candidate",) if share >= 1 else ("candidate", "baseline")
            found.append(tuple(Reading(query.key, side, look.good, look.total, look.at, look.error) for side in sides))  # type: ignore[arg-type]  # of the two tracks
            continue
        total = round(look.total)
        bad = total if logs else max(0, total - round(look.good))
        if query.window is not None:  # a sliding count knows no increments: it is split anew
            bad_before = total_before = mine_bad = mine_total = 0
        # Of a count that fell (its window slid, or rounding) nothing is taken back.
        more_bad, more = max(0, bad - bad_before), max(0, total - total_before)
        owed += (more - more_bad) * share
        mine_good = int(owed)
        owed -= mine_good
        drawn = binomial(more_bad, share, dice)
        mine_bad, mine_total = mine_bad + drawn, mine_total + drawn + mine_good
        bad_before, total_before = max(bad, bad_before), max(total, total_before)
        at = newest.get(int(look.at // GRID), look.at if not newest else look.at - 2 * GRID * 5) if total else look.at
        at = min(at, look.at)
        other_bad, other_total = bad_before - mine_bad, total_before - mine_total
        mine = Reading(query.key, "candidate", 0 if logs else mine_total - mine_bad, mine_total, at)
        rest = Reading(query.key, "baseline", 0 if logs else other_total - other_bad, other_total, at)
        found.append((mine,) if share >= 1 else (mine, rest))
    return found


def binomial(n: int, share: float, dice: random.Random) -> int:
    """How many of `n` fall to a side that gets this share. Exact for few, by the normal curve for many, where nobody could tell."""
    if share >= 1 or n == 0:
        return n
    if n <= 1000:
        return sum(dice.random() < share for _ in range(n))
    return min(n, max(0, round(dice.gauss(n * share, sqrt(n * share * (1 - share))))))
