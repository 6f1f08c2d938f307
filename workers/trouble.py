"""What to do when a subject could not be looked at: when to try again, whether it counts as a failure, and how to say so. Pure."""

from dataclasses import dataclass

from bot.decision import Memory
from workers.github import NotFound, RateLimited, Refused

LAG = 60.0  # seconds: so long after a write GitHub's "not there" and "conflict" may only mean "not yet"
LAG_STATUSES = frozenset({404, 409, 410, 422})
LAG_PAUSE = 5.0
FIRST_PAUSE = 5.0
MANY_FAILURES = 5
LONG_PAUSE = 300.0
LONGEST_PAUSE = 3600.0


@dataclass(frozen=True, slots=True)
class Delay:
    """Look again at `wake_at` (Unix seconds). `failures` in a row, this one included if it counts."""

    wake_at: float
    because: str
    failures: int


def delay(error: Exception, memory: Memory[str | None], now: float) -> Delay:
    """How `error`, met while looking at a subject, is taken."""
    if isinstance(error, RateLimited):
        return Delay(error.until, f"GitHub asked us to wait: {error}", memory.failures)
    if is_lag(error, last_write(memory), now):
        return Delay(now + LAG_PAUSE, f"GitHub may not show it yet: {error}", memory.failures)
    failures = memory.failures + 1
    return Delay(now + back_off(failures), f"{type(error).__name__}: {error}", failures)


def back_off(failures: int) -> float:
    """Seconds until the next try: 5, 10, 20, 40, 80, then 5 minutes doubling up to an hour."""
    if failures <= MANY_FAILURES:
        return FIRST_PAUSE * 2.0 ** (failures - 1)
    return min(LONG_PAUSE * 2.0 ** min(failures - MANY_FAILURES - 1, 10), LONGEST_PAUSE)


def is_lag(error: Exception, written_at: float, now: float) -> bool:
    """Whether GitHub's no may come from a replica that has not heard of a write at `written_at` yet."""
    return isinstance(error, NotFound | Refused) and error.status in LAG_STATUSES and now - written_at < LAG


def last_write(memory: Memory[str | None]) -> float:
    """When this subject, or somebody who asked it for something, last wrote to GitHub as far as we know."""
    ours = [result.at for result in memory.results.values()]
    tried = [intent.tried_at for intent in memory.pending if intent.tried_at is not None]
    return max([0.0, *ours, *tried, *(asked.at for asked in memory.asked)])
