"""The small words that every page of ours shares: times, durations, commits, progress. One place, so they read alike everywhere."""

import math
from datetime import UTC, datetime

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float) -> str:
    """A span in its two largest units: `45 s`, `12 min`, `3 h 5 min`, `2 d`. Below a minute whole seconds, above it whole minutes."""
    if not math.isfinite(seconds):
        return "unknown"
    left = round(abs(seconds))
    left -= left % 60 if left >= 60 else 0
    words = []
    for length, unit in _UNITS:
        count, rest = divmod(left, length)
        if count:
            words.append(f"{count:,} {unit}")
            left = rest
        if len(words) == 2 or (words and not count):
            break
    sign = "−" if seconds < 0 and words else ""
    return sign + (" ".join(words) or "0 s")


def ago(seconds: float) -> str:
    """How long ago: `just now` below five seconds, `12 min ago`, and `in 5 min` for what is still to come."""
    if not math.isfinite(seconds):
        return "at an unknown time"
    if abs(seconds) < 5:
        return "just now"
    return f"{duration(seconds)} ago" if seconds > 0 else f"in {duration(-seconds)}"


def utc(at: float) -> str:
    """A Unix time in seconds as `2026-11-23 14:05 UTC`. Raises ValueError or OverflowError outside the years 1 to 9999."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def short(sha: str) -> str:
    """The seven characters by which people know a commit."""
    return sha[:7]


def progress(done: int, total: int) -> str:
    """`●●○○`: how many of how many. Counts outside the range are brought into it."""
    total = max(total, 0)
    done = min(max(done, 0), total)
    return "●" * done + "○" * (total - done)
