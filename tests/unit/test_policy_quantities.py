"""Durations, shares and times of the week: one spelling each, and the fix for every other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.policy import DayTime, Duration, Share, WeekTime
from bot.policy.scalars import Plain


def refusal(kind: type, value: object) -> tuple[str, str]:
    """Message and fix of the one error that reading `value` as `kind` gives."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    (error,) = caught.value.errors()
    return error["ctx"]["message"], error["ctx"]["fix"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2s", 2), ("15m", 900), ("24h", 86_400), ("7d", 604_800), ("90d", 7_776_000), ("0s", 0), ("3650d", 315_360_000)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    duration = Duration.parse(text)
    assert (duration.seconds, str(duration)) == (seconds, text)
    assert isinstance(duration.seconds, float)


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("15", "say the unit: `15s`, `15m`, `15h` or `15d`"),
        ("15 min", "write `15m`"),
        ("15 minutes", "write `15m`"),
        ("1h30m", "write `90m`"),
        ("1m30s", "write `90s`"),
        ("1d 12h", "write `36h`"),
        ("0.5h", "write `30m`"),
        ("1.5d", "write `36h`"),
        ("2H", "write `2h`"),
        ("90 days", "write `90d`"),
        ("soon", "write a whole number and one unit, such as `15m`"),
        ("-5m", "write a whole number and one unit, such as `15m`"),
        ("0.0001s", "write a whole number and one unit, such as `15m`"),
        ("PT15M", "write `15m`"),
        ("15m\n", "write `15m`"),
        ("１５m", "write a whole number and one unit, such as `15m`"),
        ("9999d", "write a duration of at most `3650d`"),
        ("2w", "write a whole number and one unit, such as `15m`"),
        ("", "write a whole number and one unit, such as `15m`"),
    ],
)
def test_a_duration_that_is_spelled_otherwise_is_told_how(written: str, fix: str) -> None:
    assert refusal(Duration, written)[1] == fix


def test_a_number_without_a_unit_is_no_duration() -> None:
    assert refusal(Duration, Plain("15", 15)) == (
        "`15` is not a duration such as `15m` (units: s, m, h, d)",
        "say the unit: `15s`, `15m`, `15h` or `15d`",
    )
    assert refusal(Duration, 15)[0] == "`15` is not a duration such as `15m` (units: s, m, h, d)"


def test_durations_compare_by_length_and_print_as_written() -> None:
    assert Duration.parse("60s") == Duration.parse("1m")
    assert Duration.parse("59s") < Duration.parse("1m") < Duration.parse("1h")
    assert str(Duration.parse("60s")) == "60s"


@pytest.mark.parametrize(
    ("text", "fraction", "percent"),
    [("5%", 0.05, 5.0), ("99.9%", 0.999, 99.9), ("100%", 1.0, 100.0), ("0%", 0.0, 0.0), ("0.5%", 0.005, 0.5)],
)
def test_a_share_is_a_percentage(text: str, fraction: float, percent: float) -> None:
    share = Share.parse(text)
    assert (share.fraction, share.percent, str(share)) == (fraction, percent, text)


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("5", "write `5%`"),
        ("5 %", "write `5%`"),
        ("5 percent", "write `5%`"),
        ("0.05", "write `5%`"),
        ("0.999", "write `99.9%`"),
        ("101%", "write at most `100%`"),
        ("120", "write at most `100%`"),
        ("half", "write a percentage such as `5%`"),
        ("-5%", "write a percentage such as `5%`"),
        ("5%%", "write a percentage such as `5%`"),
    ],
)
def test_a_share_that_is_spelled_otherwise_is_told_how(written: str, fix: str) -> None:
    assert refusal(Share, written)[1] == fix


@pytest.mark.parametrize(
    ("text", "day", "minute"), [("Mon 09:00", 0, 540), ("Fri 16:00", 4, 960), ("Sun 23:59", 6, 1439)]
)
def test_a_time_of_the_week(text: str, day: int, minute: int) -> None:
    moment = WeekTime.parse(text)
    assert (moment.day, moment.minute, str(moment)) == (day, minute, text)


@pytest.mark.parametrize(
    ("written", "fix"),
    [
        ("Monday 9:00", "write `Mon 09:00`"),
        ("fri 16", "write `Fri 16:00`"),
        ("Fri 24:00", "write a day and a 24-hour time, such as `Mon 09:00`"),
        ("16:00", "write a day and a 24-hour time, such as `Mon 09:00`"),
        ("0 9 * * 1", "write a day and a 24-hour time, such as `Mon 09:00`"),
    ],
)
def test_a_time_of_the_week_that_is_spelled_otherwise_is_told_how(written: str, fix: str) -> None:
    assert refusal(WeekTime, written)[1] == fix


def test_a_date_and_time_exists_in_the_calendar() -> None:
    assert DayTime.parse("2028-02-29 16:00").local.isoformat() == "2028-02-29T16:00:00"
    assert refusal(DayTime, "2027-02-29 16:00") == (
        "`2027-02-29 16:00` is not a day of the calendar",
        "write a date that exists",
    )


@given(st.integers(0, 3650), st.sampled_from("smhd"))
def test_what_a_duration_prints_reads_back_as_itself(number: int, unit: str) -> None:
    duration = Duration.parse(f"{number}{unit}")
    assert TypeAdapter(Duration).validate_python(TypeAdapter(Duration).dump_python(duration, mode="json")) == duration


@given(st.decimals(0, 100, places=3, allow_nan=False, allow_infinity=False))
def test_a_share_is_the_nearest_float_and_prints_as_written(percent: object) -> None:
    share = Share.parse(f"{percent}%")
    assert share.fraction == pytest.approx(float(str(percent)) / 100)
    assert Share.parse(str(share)) == share


@pytest.mark.parametrize("kind", [Duration, Share, WeekTime, DayTime])
@given(text=st.text(max_size=30))
def test_no_text_gives_anything_but_a_value_or_a_refusal_with_a_fix(
    kind: type[Duration] | type[Share] | type[WeekTime] | type[DayTime], text: str
) -> None:
    read: object = None
    refused: list[str] = []
    try:
        read = TypeAdapter(kind).validate_python(text)
    except ValidationError as error:
        refused = [told["ctx"]["fix"] for told in error.errors()]
    assert str(read) == text or (all(refused) and refused)
