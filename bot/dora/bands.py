"""From a number to a band. The upper edges are read from best to worst, so no value falls between two bands.

The profile is called `source`: the bands of the release-management guide that Tagboat implements, its gaps closed. Where two names share a
band there, the better name keeps it and the next takes the gap.
"""

from collections.abc import Sequence
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


def frequency_band(weeks: Sequence[int], days_per_week: Sequence[int], total: int, days: float) -> Band:
    """The worse of the typical week and the mean rate.

    `weeks` holds deployments and `days_per_week` days with a deployment of each whole week, idle ones included; `total` deployments fell
    into `days` days. Without a whole week the mean decides alone.
    """
    per_week = total / max(days, 1.0) * 7
    middle = sorted(weeks)[len(weeks) // 2] if weeks else per_week
    middle_days = sorted(days_per_week)[len(days_per_week) // 2] if days_per_week else min(per_week, 7.0)
    if middle > 5 and middle_days >= 3 and per_week > 5:
        return "Elite"
    if middle >= 1 and per_week >= 1:
        return "High"
    return "Medium" if total / max(days, 1.0) * 30 >= 1 else "Low"


def _below(value: float, edges: tuple[float, float, float]) -> Band:
    for band, edge in zip(BANDS, edges, strict=False):
        if value < edge:
            return band
    return "Low"
