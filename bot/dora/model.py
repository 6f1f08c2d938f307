"""The report's values and the record of its subject. Times are Unix seconds, durations seconds, shares 0..1."""

from typing import Literal

import msgspec

from bot.dora.bands import Band


class Metric(msgspec.Struct, frozen=True):
    """One of the four keys. `value` is None without data: then there is no band either, and never a good one.

    `low` and `high` are the 95 % interval where there are cases enough for one; `sure` says that all of it lies in one band. `n` counts
    changes, deployments or recoveries.
    """

    name: Literal["lead_time", "frequency", "failure_rate", "restore_time"]
    value: float | None
    band: Band | None
    n: int
    p90: float | None = None
    low: float | None = None
    high: float | None = None
    sure: bool = False
    why_none: str = ""


class Report(msgspec.Struct, frozen=True):
    """The four keys of one environment over one window. `attempts` were taken back before they reached everybody; `waiting` changes are
    merged and not deployed yet. `incidents` began in the window: `by_time` of them are laid at a deployment that nobody named, `of_none` at
    none at all. `still_open` are open now, whenever they began, the oldest since `open_since`."""

    environment: str
    since: float
    until: float
    metrics: tuple[Metric, ...]
    deployments: int
    attempts: int
    waiting: int
    incidents: int = 0
    by_time: int = 0
    of_none: int = 0
    still_open: int = 0
    open_since: float = 0.0

    def metric(self, name: str) -> Metric:
        return next(metric for metric in self.metrics if metric.name == name)


class Question(msgspec.Struct, frozen=True):
    """`/dora [window] [environment]`, as it was asked in `number`; with a `metric` the rows behind that one: `/explain`."""

    number: int
    slot: str
    environment: str
    days: float
    by: str
    metric: str = ""


class DoraRecord(msgspec.Struct, frozen=True):
    """What is remembered of the newest report."""

    reported_at: float = 0.0
