"""Freeze windows hold by the clock on the wall of their time zone, weekly or once, and nowhere else."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.gates.freezes import begins, ends, frozen
from bot.policy import parse_policy

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def policy(begin: str, until: str):  # type: ignore[no-untyped-def]
    parsed = parse_policy(
        "version: 1\nmode: active\nenvironments:\n  production: {}\n  staging: {}\nfreezes:\n  - name: weekend\n"
        f'    environments: [production]\n    timezone: Europe/Berlin\n    from: "{begin}"\n    until: "{until}"\n'
    )
    assert parsed.policy is not None, parsed.errors
    return parsed.policy


@pytest.mark.parametrize(
    ("now", "held"),
    [
        ("2026-11-20T15:59:59", False),  # a Friday
        ("2026-11-20T16:00:00", True),
        ("2026-11-22T12:00:00", True),
        ("2026-11-23T07:59:59", True),
        ("2026-11-23T08:00:00", False),
    ],
)
def test_a_weekend_holds_from_friday_to_monday(now: str, held: bool) -> None:
    found = frozen(policy("Fri 16:00", "Mon 08:00"), "production", at(now))
    assert (found is not None) is held
    if found:
        assert found[1] == at("2026-11-23T08:00:00")


def test_the_wall_clock_counts_when_summer_time_ends_inside_the_window() -> None:
    window = policy("Fri 16:00", "Mon 08:00").freezes[0]
    assert ends(window, at("2026-10-24T12:00:00")) == at("2026-10-26T08:00:00")


def test_a_window_in_the_middle_of_the_week() -> None:
    window = policy("Tue 10:00", "Tue 11:30").freezes[0]
    assert ends(window, at("2026-11-24T11:29:59")) == at("2026-11-24T11:30:00")
    assert ends(window, at("2026-11-24T11:30:00")) is None
    assert ends(window, at("2026-11-25T10:30:00")) is None


def test_when_a_weekend_begins_next() -> None:
    window = policy("Fri 16:00", "Mon 08:00").freezes[0]
    assert begins(window, at("2026-11-20T15:59:59")) == at("2026-11-20T16:00:00")
    assert begins(window, at("2026-11-20T16:00:00")) is None  # it holds
    assert begins(window, at("2026-11-23T08:00:00")) == at("2026-11-27T16:00:00")
    assert begins(window, at("2026-10-24T12:00:00")) is None
    assert begins(window, at("2026-03-28T12:00:00")) is None
    over_summer_time = policy("Mon 08:00", "Mon 09:00").freezes[0]
    assert begins(over_summer_time, at("2026-10-24T12:00:00")) == at("2026-10-26T08:00:00")


def test_a_freeze_that_happens_once_begins_once() -> None:
    window = policy("2026-12-20 16:00", "2027-01-04 08:00").freezes[0]
    assert begins(window, at("2026-12-01T00:00:00")) == at("2026-12-20T16:00:00")
    assert begins(window, at("2026-12-24T12:00:00")) is None
    assert begins(window, at("2027-01-04T08:00:00")) is None


def test_a_freeze_that_happens_once() -> None:
    window = policy("2026-12-20 16:00", "2027-01-04 08:00").freezes[0]
    assert ends(window, at("2026-12-24T12:00:00")) == at("2027-01-04T08:00:00")
    assert ends(window, at("2027-01-04T08:00:00")) is None


def test_other_environments_are_free() -> None:
    assert frozen(policy("Fri 16:00", "Mon 08:00"), "staging", at("2026-11-22T12:00:00")) is None
