"""Running instances of the sample service, with their history: how many requests they got, and how many of those failed or were slow.

Nothing runs in the background. Whatever changes writes one segment into the history, and the counters at any instant are integrals over
that history: exact, cheap, and the same however often somebody looks.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from dataclasses import dataclass
from math import cos, floor, pi

RIPPLE = 0.04, 60.0  # how far and over how many seconds the request rate swings; none of it is left over a whole period
ERROR_RIPPLE = 0.10, 30.0
EPSILON = 1e-6  # counters are floored: 2400 that came out as 2399.9999999 is 2400


@dataclass(frozen=True, slots=True)
class Tally:
    """What instances did since they exist, not yet rounded: requests, those that failed, those slower than 0.5 s."""

    requests: float = 0.0
    errors: float = 0.0
    slow: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.requests + other.requests, self.errors + other.errors, self.slow + other.slow)

    def __sub__(self, other: Tally) -> Tally:
        return Tally(self.requests - other.requests, self.errors - other.errors, self.slow - other.slow)


@dataclass(frozen=True, slots=True)
class Segment:
    """From `since` on: requests per second and the shares that fail and that are slow; `before` is the tally until then."""

    since: float
    rps: float
    failing: float
    slow: float
    alive: bool
    before: Tally


def _rippled(start: float, end: float, ripple: tuple[float, float], phase: float) -> float:
    """The integral of 1 + depth·sin(2π(t + phase)/period) from start to end."""
    depth, period = ripple
    turn = 2 * pi / period
    return (end - start) + depth / turn * (
        cos(turn * ((start + phase) % period)) - cos(turn * ((end + phase) % period))
    )


class Instances:
    """All instances of one commit on one track of one environment, with their history."""

    def __init__(self, environment: str, track: str, sha: str) -> None:
        self.environment, self.track, self.sha = environment, track, sha
        self.phase = float(zlib.crc32(f"{environment}/{track}/{sha}".encode()) % 60)
        self._segments: list[Segment] = []

    @property
    def alive(self) -> bool:
        return bool(self._segments) and self._segments[-1].alive

    def change(self, now: float, *, rps: float, failing: float, slow: float, alive: bool = True) -> None:
        """From `now` on they get so much traffic and behave so. History is only appended to: an earlier `now` counts as
        the instant of the last change."""
        if not self._segments:
            if alive:
                self._segments.append(Segment(now, rps, failing, slow, alive, Tally()))
            return
        last = self._segments[-1]
        if (last.rps, last.failing, last.slow, last.alive) != (rps, failing, slow, alive):
            since = max(now, last.since)
            self._segments.append(Segment(since, rps, failing, slow, alive, self._through(last, since)))

    def tally(self, at: float) -> Tally:
        """The counters at that instant; nothing before they were first started."""
        index = bisect_right(self._segments, at, key=lambda segment: segment.since)
        return self._through(self._segments[index - 1], at) if index else Tally()

    def lived(self, start: float, end: float) -> bool:
        """Whether they ran for any time between the two, so that Prometheus would have seen them there."""
        segments = self._segments[: bisect_right(self._segments, end, key=lambda segment: segment.since)]
        if not segments:
            return False
        untils = [segment.since for segment in segments[1:]] + [end]
        return any(
            segment.alive and max(segment.since, start) < min(until, end)
            for segment, until in zip(segments, untils, strict=True)
        )

    def alive_at(self, at: float) -> bool:
        index = bisect_right(self._segments, at, key=lambda segment: segment.since)
        return index > 0 and self._segments[index - 1].alive

    def _through(self, segment: Segment, at: float) -> Tally:
        if not segment.rps:
            return segment.before
        requests = segment.rps * _rippled(segment.since, at, RIPPLE, self.phase)
        errors = segment.rps * segment.failing * _rippled(segment.since, at, ERROR_RIPPLE, self.phase)
        return segment.before + Tally(requests, errors, requests * segment.slow)


def whole(amount: float) -> int:
    """A counter as it would be exposed."""
    return floor(amount + EPSILON)
