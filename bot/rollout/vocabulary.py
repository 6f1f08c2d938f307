"""The words that a criterion may use: comparisons, metrics and units of time. Tables, so that the vocabulary can be read at a glance."""

from dataclasses import dataclass
from typing import Literal

from bot.rollout.evidence import Unit

Direction = Literal["above", "below"]

# Longer phrases first: "more than" must not be taken for something shorter.
COMPARISONS: tuple[tuple[tuple[str, ...], Direction, bool], ...] = (
    (("greater", "than"), "above", False),
    (("more", "than"), "above", False),
    (("at", "least"), "above", True),
    (("less", "than"), "below", False),
    (("drops", "below"), "below", False),
    (("at", "most"), "below", True),
    ((">=",), "above", True),
    (("<=",), "below", True),
    ((">",), "above", False),
    (("<",), "below", False),
    (("above",), "above", False),
    (("over",), "above", False),
    (("exceeds",), "above", False),
    (("below",), "below", False),
    (("under",), "below", False),
)


@dataclass(frozen=True, slots=True)
class Metric:
    """What can stand before the comparison: its SLI, the direction that is bad, and the units it can be written in."""

    sli: str
    worse: Direction | None
    units: tuple[Unit, ...]
    example: str


RATIOS = (Unit.SHARE, Unit.POINTS, Unit.TIMES)
METRICS: tuple[tuple[tuple[str, ...], Metric], ...] = (
    (("error", "rate"), Metric("error_rate", "above", RATIOS, "Error rate > 1%")),
    (("success", "rate"), Metric("error_rate", "below", (Unit.SHARE,), "Success rate < 99%")),
    (("availability",), Metric("error_rate", "below", (Unit.SHARE,), "Availability < 99.9%")),
    (("error", "logs"), Metric("error_logs", "above", (Unit.TIMES, Unit.PER_SECOND), "error logs > 3x baseline")),
    (("saturation",), Metric("saturation", "above", RATIOS, "saturation > 80%")),
    (("cpu",), Metric("cpu", "above", RATIOS, "cpu > 80%")),
    (("memory",), Metric("memory", "above", RATIOS, "memory > 80%")),
)
LATENCY = Metric("latency", "above", (Unit.SECONDS, Unit.TIMES), "p99 latency > 500ms")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
