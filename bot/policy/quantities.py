"""Durations, shares and moments of the week: the three kinds of quantity that a policy file is written in.

A bare `5` in a release policy is a trap (five what?), so each of these has exactly one spelling with its unit in it, and
a value that is spelled otherwise is refused with the spelling that was probably meant. They are values of their own,
not floats, so that nobody can add a share to a duration and so that the bot can show them as the team wrote them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from bot.policy.scalars import shown, text_of, wrong

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_UNIT_WORDS = {
    "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "m", "mins": "m", "minute": "m", "minutes": "m",
    "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "day": "d", "days": "d",
}  # fmt: skip
_LONGEST = 3650 * 86400


class Written:
    """What the quantities have in common: text in the file, a value in the code, the same text out again."""

    PATTERN: ClassVar[str]
    WANTED: ClassVar[str]
    WORDS: ClassVar[tuple[str, str]]

    @classmethod
    def parse(cls, text: str) -> Self:
        raise NotImplementedError

    @classmethod
    def _validate(cls, value: object) -> Self:
        if isinstance(value, cls):
            return value
        text = text_of(value)
        if text is None:
            raise wrong(f"{shown(value)} is not {cls.WANTED}", f"write {cls.WANTED}")
        return cls.parse(text)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": cls.PATTERN}


@dataclass(frozen=True, order=True)
class Duration(Written):
    """A length of time, written as a whole number and one unit: `2s`, `15m`, `24h`, `90d`.

    `seconds` is a float, because it is added to Unix time. `60s` and `1m` are equal; each prints as it was written.
    """

    PATTERN: ClassVar[str] = r"^[0-9]{1,9}[smhd]$"
    WANTED: ClassVar[str] = "a duration such as `15m` (units: s, m, h, d)"
    WORDS: ClassVar[tuple[str, str]] = ("a duration", "durations")

    seconds: float
    text: str = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Duration:
        """The duration that `text` spells; raises a PydanticCustomError that carries the fix otherwise."""
        if not re.fullmatch(cls.PATTERN, text):
            raise wrong(f"{shown(text)} is not {cls.WANTED}", _duration_fix(text))
        seconds = int(text[:-1]) * _UNITS[text[-1]]
        if seconds > _LONGEST:
            raise wrong(f"{shown(text)} is longer than ten years", "write a duration of at most `3650d`")
        return cls(float(seconds), text)

    def __str__(self) -> str:
        return self.text


def _duration_fix(text: str) -> str:
    """The spelling that was probably meant: `5` → `5m`, `15 min` → `15m`, `1h30m` → `90m`, `0.5h` → `30m`."""
    tidy = text.strip().lower()
    if re.fullmatch(r"[0-9]{1,9}", tidy):
        return f"say the unit: `{tidy}s`, `{tidy}m`, `{tidy}h` or `{tidy}d`"
    parts = re.findall(r"([0-9]{1,6}(?:\.[0-9]{1,4})?)\s*([a-z]+)", tidy)
    units = [_UNIT_WORDS.get(unit, unit) for _, unit in parts]
    if not parts or any(unit not in _UNITS for unit in units) or re.sub(r"[0-9.a-z\s]", "", tidy):
        return "write a whole number and one unit, such as `15m`"
    seconds = sum((Decimal(number) * _UNITS[unit] for (number, _), unit in zip(parts, units, strict=True)), Decimal(0))
    if seconds != int(seconds):
        return "write a whole number and one unit, such as `15m`"
    unit = min(units, key=lambda unit: _UNITS[unit])
    while seconds % _UNITS[unit]:
        unit = "smhd"["smhd".index(unit) - 1]
    return f"write `{int(seconds) // _UNITS[unit]}{unit}`"


@dataclass(frozen=True, order=True)
class Share(Written):
    """A part of a whole, written as a percentage: `5%`, `99.9%`. `fraction` is 0.05, `percent` is 5.0."""

    PATTERN: ClassVar[str] = r"^(100(\.0{1,6})?|[0-9]{1,2}(\.[0-9]{1,6})?)%$"
    WANTED: ClassVar[str] = "a share such as `5%` (from 0% to 100%)"
    WORDS: ClassVar[tuple[str, str]] = ("a share", "shares")

    fraction: float
    text: str = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Share:
        """The share that `text` spells; raises a PydanticCustomError that carries the fix otherwise."""
        if not re.fullmatch(cls.PATTERN, text):
            raise wrong(f"{shown(text)} is not {cls.WANTED}", _share_fix(text))
        # Through Decimal: 99.9 / 100 in binary floats is not the float nearest to 0.999.
        return cls(float(Decimal(text[:-1]) / 100), text)

    @property
    def percent(self) -> float:
        return float(Decimal(self.text[:-1]))

    def __str__(self) -> str:
        return self.text


def _share_fix(text: str) -> str:
    number = re.fullmatch(r"\s*([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*(%|percent|pct)?\s*", text)
    if number is None:
        return "write a percentage such as `5%`"
    value = Decimal(number[1])
    if value > 100:
        return "write at most `100%`"
    if number[2] is None and 0 < value < 1:
        return f"write `{(value * 100).normalize():f}%`"
    return f"write `{number[1]}%`"


@dataclass(frozen=True, order=True)
class WeekTime(Written):
    """A minute of every week, written `Mon 09:00`: `day` counts from Monday = 0, `minute` from midnight."""

    PATTERN: ClassVar[str] = r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01][0-9]|2[0-3]):[0-5][0-9]$"
    WANTED: ClassVar[str] = "a time of the week such as `Mon 09:00`"
    WORDS: ClassVar[tuple[str, str]] = ("a time of the week", "times of the week")

    day: int
    minute: int

    @classmethod
    def parse(cls, text: str) -> WeekTime:
        """The time of the week that `text` spells; raises a PydanticCustomError that carries the fix otherwise."""
        if not re.fullmatch(cls.PATTERN, text):
            raise wrong(f"{shown(text)} is not {cls.WANTED}", _week_time_fix(text))
        return cls(DAYS.index(text[:3]), int(text[4:6]) * 60 + int(text[7:9]))

    def __str__(self) -> str:
        return f"{DAYS[self.day]} {self.minute // 60:02}:{self.minute % 60:02}"


def _week_time_fix(text: str) -> str:
    found = re.fullmatch(r"\s*([A-Za-z]{3})[a-z]*\.?,?\s+([0-9]{1,2})(?::([0-9]{2}))?\s*", text)
    if found is None or found[1].capitalize() not in DAYS or int(found[2]) > 23 or int(found[3] or 0) > 59:
        return "write a day and a 24-hour time, such as `Mon 09:00`"
    return f"write `{found[1].capitalize()} {int(found[2]):02}:{found[3] or '00'}`"


@dataclass(frozen=True, order=True)
class DayTime(Written):
    """A minute of one day, written `2026-12-20 16:00`; which instant that is depends on the time zone beside it."""

    PATTERN: ClassVar[str] = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9]$"
    WANTED: ClassVar[str] = "a date and time such as `2026-12-20 16:00`"
    WORDS: ClassVar[tuple[str, str]] = ("a date and time", "dates and times")

    text: str

    @classmethod
    def parse(cls, text: str) -> DayTime:
        """The local date and time that `text` spells; raises a PydanticCustomError that carries the fix otherwise."""
        if not re.fullmatch(cls.PATTERN, text):
            raise wrong(f"{shown(text)} is not {cls.WANTED}", "write `2026-12-20 16:00`")
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise wrong(f"{shown(text)} is not a day of the calendar", "write a date that exists") from None
        return cls(text)

    @property
    def local(self) -> datetime:
        """The wall-clock time, without a zone: the freeze that owns it says which zone."""
        return datetime.fromisoformat(self.text)

    def __str__(self) -> str:
        return self.text


def longer_than_zero(value: Duration) -> Duration:
    """For `Annotated[Duration, AfterValidator(...)]`: a limit of `0s` would be over before it began."""
    if value.seconds <= 0:
        raise wrong(f"`{value}` is no time at all", "write a duration longer than zero, such as `15m`")
    return value


def more_than_none(value: Share) -> Share:
    """For `Annotated[Share, AfterValidator(...)]`: a step that moves nothing is a mistake."""
    if value.fraction <= 0:
        raise wrong(f"`{value}` moves nothing", "write a share above zero, such as `5%`")
    return value
