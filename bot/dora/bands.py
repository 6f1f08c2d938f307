"""From a number to a band. The upper edges are read from best to worst, so no value falls between two bands.

The profile is called `source`: the bands of the release-management guide that Tagboat implements, its gaps closed. Where two names share a
band there, the better name keeps it and the next takes the gap.
"""

from collections.abc import Sequence
from statistics import median
from typing import Literal

Band = Literal["Elite", "High", "Medium", "Low"]

HOUR, DAY, WEEK, MONTH = 3600.0, 86400.0, 7 * 86400.0, 30 * 86400.0
BANDS: tuple[Band, ...] = ("Elite", "High", "Medium", "Low")


def lead_time_band(seconds: float) -> Band:
    return _below(seconds, (HOUR, WEEK, MONTH))


def restore_band(seconds: float) -> Band:
    return _below(seconds, (HOUR, DAY, WEEK))


def failure_band(share: float) -> Band:
    """Upper edges are part of the better band: 15 % is Elite."""
    for band, edge in zip(BANDS, (0.15, 0.30, 0.45), strict=False):
        if share <= edge:
            return band
    return "Low"


def frequency_band(
    weeks: Sequence[int], days_per_week: Sequence[int], months: Sequence[int], total: int, days: float
) -> Band:
    """The worse of the typical week and the mean rate, so that neither one busy day nor one busy month passes for a habit.

    `weeks` holds the deployments of each whole week, `days_per_week` on how many days they were, `months` those of each whole 30 days, idle
    ones included; where nothing is whole yet, one for what there is. `total` deployments fell into `days` days; less than a week counts
    as one, or the first deployment of all would be a rate of many a week.
    """
    per_day = total / max(days, WEEK / DAY)
    typical, on_days = median(weeks), median(days_per_week)
    if typical > 5 and on_days >= 3 and per_day * 7 > 5:
        return "Elite"
    if typical >= 1 and per_day * 7 >= 1:
        return "High"
    active = sum(1 for month in months if month)
    return "Medium" if per_day * 30 >= 1 and 2 * active >= len(months) else "Low"


def _below(value: float, edges: tuple[float, float, float]) -> Band:
    for band, edge in zip(BANDS, edges, strict=False):
        if value < edge:
            return band
    return "Low"
