"""When not to ask GitHub: holds that GitHub imposed, the reserve that is kept for halt and rollback, and the pace of our writes.

GitHub's page "Rate limits for the REST API" asks clients to stop at once when told so and to keep a second between writes; going on
regardless may ban the App. Holds and pace belong to an installation, not to a process, so they live behind `Limits` (in Redis, for all
workers); what an answer's headers say about the remaining budget is each process's own view.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

LONGEST_PAUSE = 5.0  # seconds that a job may sleep; more is a `wake_at`
SECONDARY_HOLD = 60.0
LONGEST_SECONDARY_HOLD = 900.0
LONGEST_PRIMARY_HOLD = 3660.0
LONGEST_RETRY_AFTER = 86_400.0


class Limits(Protocol):
    """Shared by all processes. `installation` is 0 for requests as the App itself. Times are Unix seconds."""

    async def held(self, installation: int) -> float:
        """Until when nothing may be asked; 0.0 (or a time that has passed) when there is no hold."""
        ...

    async def hold(self, installation: int, until: float) -> None:
        """Nobody asks before `until`. A later hold wins, an earlier one changes nothing."""
        ...

    async def pace(self, installation: int, now: float, *, every: float, burst: int, longest: float) -> float:
        """Take the next slot for a write and return the seconds to wait for it.

        Slots are `every` seconds apart, `burst` of them may be taken at once. A wait above `longest` takes nothing.
        """
        ...


class OwnLimits:
    """Limits of a single process: for tests and for command-line tools that run alone."""

    def __init__(self) -> None:
        self._holds: dict[int, float] = {}
        self._free_at: dict[int, float] = {}

    async def held(self, installation: int) -> float:
        return self._holds.get(installation, 0.0)

    async def hold(self, installation: int, until: float) -> None:
        self._holds[installation] = max(until, self._holds.get(installation, 0.0))

    async def pace(self, installation: int, now: float, *, every: float, burst: int, longest: float) -> float:
        free_at = max(self._free_at.get(installation, 0.0), now - (burst - 1) * every)
        wait = max(0.0, free_at - now)
        if wait <= longest:
            self._free_at[installation] = free_at + every
        return wait


@dataclass
class Budget:
    """What GitHub last said about this hour's requests, and how many secondary limits there were in a row."""

    limit: int = 0
    remaining: int = 0
    reset: float = 0.0
    refusals: int = 0

    def note(self, headers: Mapping[str, str]) -> None:
        """Read the headers that come with every answer, 304 and errors included. Other resources (search, graphql) are not ours."""
        if headers.get("x-ratelimit-resource", "core") != "core":
            return
        try:
            limit, remaining = int(headers["x-ratelimit-limit"]), int(headers["x-ratelimit-remaining"])
            reset = float(headers["x-ratelimit-reset"])
        except (KeyError, ValueError):
            return
        # Answers overtake each other: within one hour only the lowest figure counts.
        if abs(reset - self.reset) < 1.0 and limit == self.limit:
            remaining = min(remaining, self.remaining)
        self.limit, self.remaining, self.reset = limit, remaining, reset

    @property
    def reserve(self) -> int:
        """How many requests are left alone for halt and rollback."""
        return min(100, self.limit // 20)

    def spent_until(self, now: float) -> float:
        """The end of the hour when only the reserve is left, else 0.0."""
        if self.limit and self.remaining <= self.reserve and self.reset > now:
            return self.reset
        return 0.0


def hold_until(
    status: int, headers: Mapping[str, str], message: str, documentation: str, now: float, refusals: int
) -> float | None:
    """When GitHub lets us ask again, or None when this 403 or 429 is no rate limit.

    In the order of GitHub's page: Retry-After; the reset when nothing remains; else a minute, doubled with each refusal in a row.
    """
    if status not in (403, 429):
        return None
    after = _number(headers.get("retry-after"))
    if after is not None:
        return now + min(max(after, 1.0), LONGEST_RETRY_AFTER)
    reset = _number(headers.get("x-ratelimit-reset"))
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        # Bounded, because a machine whose clock is wrong must neither spin nor sleep for a day.
        return min(max(reset, now + 1.0), now + LONGEST_PRIMARY_HOLD)
    said = message.lower()
    secondary = "secondary rate limit" in said or "abuse detection" in said or "rate-limit" in documentation
    if status == 429 or secondary:
        return now + min(SECONDARY_HOLD * 2.0 ** min(refusals, 10), LONGEST_SECONDARY_HOLD)
    return None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
