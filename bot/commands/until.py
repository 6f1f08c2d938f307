"""Until when: a length of time, a time of day, a day of the week with a time, or a date. Times without a zone are those of the policy's clock."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic_core import PydanticCustomError

from bot.commands.arguments import Arguments, UsageError
from bot.policy import Policy
from bot.policy.quantities import DAYS, Duration

EXPECTED = "`2h`, `16:00`, `Mon 08:00` or `2026-12-20 16:00`"

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAY = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)[a-z]*", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]+(?:\.[0-9]+)?[a-z]+", re.IGNORECASE)


def zone_of(policy: Policy, environment: str | None) -> ZoneInfo:
    """The clock that people of this environment go by: that of its declared freezes, else that of the report."""
    for window in policy.freezes:
        if environment is None or environment.casefold() in {name.casefold() for name in window.environments}:
            return ZoneInfo(str(window.timezone))
    return ZoneInfo(str(policy.dora.timezone))


def maybe_length(words: Arguments) -> Duration | None:
    """A length of time, if the next word is one. Raises UsageError for what only looks like it."""
    word = words.peek()
    if word is None or _LENGTH.fullmatch(word) is None:
        return None
    try:
        length = Duration.parse(word.lower())
    except PydanticCustomError as error:
        raise words.error(
            f"{word} is not a length of time.", "Write a whole number and one unit: 30m, 2h, 1d."
        ) from error
    if length.seconds <= 0:
        raise words.error(f"{word} is no time at all.", "Write 30m, 2h or 1d.")
    words.maybe_word()
    return length


def maybe_until(words: Arguments, zone: ZoneInfo, now: float) -> float | None:
    """When it ends, in Unix seconds; None where the next word says no time. Raises UsageError."""
    said = words.maybe_word({"until", "for"}) is not None
    if (length := maybe_length(words)) is not None:
        return now + length.seconds
    local = datetime.fromtimestamp(now, zone)
    if (word := words.maybe_word(lambda it: _TIME.fullmatch(it) is not None)) is not None:
        return _next(local, word, days=None)
    if (word := words.maybe_word(lambda it: _DAY.fullmatch(it) is not None)) is not None:
        return _next(local, _time(words, word), days=[day.lower() for day in DAYS].index(word[:3].lower()))
    if (word := words.maybe_word(lambda it: _DATE.fullmatch(it) is not None)) is not None:
        return _at(words, word, _time(words, word), zone, now)
    if said:
        raise words.error("Until when is not said.", "Write 2h, 16:00, Mon 08:00 or 2026-12-20 16:00.")
    return None


def _time(words: Arguments, day: str) -> str:
    word = words.maybe_word(lambda it: _TIME.fullmatch(it) is not None)
    if word is None:
        raise words.error(f"{day} needs a time.", f"Write {day} 08:00. A reason that begins like a day goes in quotes.")
    return word


def _clock(time: str) -> tuple[int, int]:
    hour, _, minute = time.partition(":")
    return int(hour), int(minute)


def _next(local: datetime, time: str, *, days: int | None) -> float:
    """The next time that the clock on the wall says so, on any day or on that day of the week."""
    hour, minute = _clock(time)
    wall = local.replace(tzinfo=None, hour=hour, minute=minute, second=0, microsecond=0)
    if days is not None:
        wall += timedelta(days=(days - wall.weekday()) % 7)
    step = timedelta(days=1 if days is None else 7)
    while wall.replace(tzinfo=local.tzinfo).timestamp() <= local.timestamp():
        wall += step
    return wall.replace(tzinfo=local.tzinfo).timestamp()


def _at(words: Arguments, day: str, time: str, zone: ZoneInfo, now: float) -> float:
    hour, minute = _clock(time)
    try:
        at = datetime.fromisoformat(day).replace(hour=hour, minute=minute, tzinfo=zone).timestamp()
    except (ValueError, OverflowError) as error:
        raise words.error(
            f"{day} is not a day of the calendar.", "Write a date that exists, such as 2026-12-20."
        ) from error
    if at <= now:
        raise words.error(f"{day} {time} is over already.", f"Write a later time ({zone.key}).")
    return at


__all__ = ["EXPECTED", "UsageError", "maybe_length", "maybe_until", "zone_of"]
