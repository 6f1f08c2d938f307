"""Every value has a band and no value falls between two; the better name keeps what two names share."""

from itertools import pairwise

import pytest

from bot.dora.bands import BANDS, DAY, HOUR, MONTH, WEEK, failure_band, frequency_band, lead_time_band, restore_band


@pytest.mark.parametrize(
    ("seconds", "band"),
    [
        (0, "Elite"),
        (HOUR - 1, "Elite"),
        (HOUR, "High"),
        (3 * HOUR, "High"),  # a gap of the source: between an hour and a day
        (DAY, "High"),
        (WEEK - 1, "High"),
        (WEEK, "Medium"),
        (MONTH - 1, "Medium"),
        (MONTH, "Low"),
        (3 * MONTH, "Low"),  # a gap of the source: between a month and six
        (400 * DAY, "Low"),
    ],
)
def test_lead_time(seconds: float, band: str) -> None:
    assert lead_time_band(seconds) == band


@pytest.mark.parametrize(
    ("seconds", "band"),
    [
        (0, "Elite"),
        (HOUR, "High"),
        (DAY - 1, "High"),
        (DAY, "Medium"),
        (3 * DAY, "Medium"),  # a gap of the source
        (WEEK - 1, "Medium"),
        (WEEK, "Low"),
        (2 * MONTH, "Low"),  # a gap of the source
    ],
)
def test_time_to_restore(seconds: float, band: str) -> None:
    assert restore_band(seconds) == band


@pytest.mark.parametrize(
    ("share", "band"),
    [
        (0, "Elite"),
        (0.15, "Elite"),
        (0.154, "High"),  # a gap of the source: between 15 and 16 %
        (0.30, "High"),
        (0.35, "Medium"),
        (0.45, "Medium"),
        (0.451, "Low"),
        (1, "Low"),
    ],
)
def test_change_failure_rate(share: float, band: str) -> None:
    assert failure_band(share) == band


def frequency(weeks: list[int], on_days: int = 5, months: list[int] | None = None) -> str:
    """As many deployments in each week, the newest first, on at most `on_days` days."""
    total, days = sum(weeks), 7.0 * len(weeks)
    return frequency_band(weeks, [min(week, on_days) for week in weeks], months or [total], total, days)


@pytest.mark.parametrize(
    ("weeks", "band"),
    [
        ([6, 7, 6, 8], "Elite"),
        ([5, 5, 5, 5], "High"),  # on demand means more than one each working day of a week
        ([1, 1, 1, 1], "High"),
        ([1, 0, 1, 1], "Medium"),  # the mean is below one
        ([4, 0, 0, 0], "Medium"),  # the mean is one, the typical week is not
        ([2, 0, 2, 0], "High"),
        ([3, 3, 0, 0], "High"),
        ([3, 0, 0, 0, 1], "Medium"),
        ([30, 0, 0, 0], "Medium"),  # one busy week is no habit
        ([1, 0, 0, 0], "Medium"),
        ([0, 0, 0, 0], "Low"),
        ([0] * 8 + [1], "Low"),  # once in two months
    ],
)
def test_frequency_is_the_worse_of_the_typical_week_and_the_mean(weeks: list[int], band: str) -> None:
    assert frequency(weeks) == band


def test_many_deployments_on_one_day_are_not_on_demand() -> None:
    assert frequency([9, 9, 9, 9], on_days=2) == "High"
    assert frequency([9, 9, 9, 9], on_days=3) == "Elite"


def test_monthly_means_in_at_least_every_second_month() -> None:
    assert frequency_band([0] * 12, [0] * 12, [0, 0, 3], 3, 90) == "Low"
    assert frequency_band([0] * 12, [0] * 12, [1, 0, 2], 3, 90) == "Medium"


def test_the_typical_week_of_an_even_number_lies_between_two() -> None:
    assert frequency_band([1, 1, 0, 0], [1, 1, 0, 0], [30], 30, 28) == "Medium"


def test_a_first_day_is_not_extrapolated() -> None:
    assert frequency_band([1], [1], [1], 1, 0.1) == "High"
    assert frequency_band([6], [1], [6], 6, 0.1) == "High"


def test_bands_never_get_better_with_a_worse_value() -> None:
    for band_of, top in ((lead_time_band, MONTH * 2), (restore_band, MONTH), (failure_band, 1.0)):
        found = [BANDS.index(band_of(top * step / 1000)) for step in range(1001)]
        assert found[0] == 0
        assert found[-1] == 3
        assert all(later - earlier in (0, 1) for earlier, later in pairwise(found))
