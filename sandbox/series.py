"""What the sample service exposes for scraping: its tallies as Prometheus series with names, labels and whole counters.

Both readers of the figures go through here, so that they can never disagree: the text exposition at `/metrics`, which a
real Prometheus may scrape, and the sandbox's own answers to Prometheus queries. Counters stay monotonic through rounding,
and the histogram's `+Inf` bucket is always the number of requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import isinf, isnan

from sandbox.instances import Instances, Tally, whole
from sandbox.service import Shop

Labels = Mapping[str, str]

# Upper bounds in seconds, as Prometheus writes them, with the share of ordinary and of slow requests that are no slower.
# Between 0.1 and 0.25 s they put the 99th percentile at 0.2 s.
BUCKETS: tuple[tuple[str, float, float], ...] = (
    ("0.005", 0.02, 0.0),
    ("0.01", 0.10, 0.0),
    ("0.025", 0.40, 0.0),
    ("0.05", 0.75, 0.0),
    ("0.1", 0.972, 0.0),
    ("0.25", 0.999, 0.0),
    ("0.5", 0.9998, 0.0),
    ("1.0", 1.0, 0.7),
    ("2.5", 1.0, 1.0),
    ("5.0", 1.0, 1.0),
    ("10.0", 1.0, 1.0),
)
MEAN_SECONDS, SLOW_MEAN_SECONDS = 0.04, 1.05
WARNINGS_PER_REQUEST = 0.002

FAMILIES = {  # name → (type, help)
    "http_requests_total": ("counter", "Requests answered, by status code."),
    "http_request_duration_seconds": ("histogram", "How long requests took."),
    "log_messages_total": ("counter", "Lines written to the log, by level."),
    "up": ("gauge", "1 while the instance can be scraped."),
}
UP = "up"
SCRAPER_LABELS = ("job", "instance")


def _ok(tally: Tally) -> int:
    return whole(tally.requests - tally.errors)


def _answered(tally: Tally) -> int:
    """All requests. Not the rounded total, which could be one more than its rounded parts."""
    return _ok(tally) + whole(tally.errors)


def _no_slower(tally: Tally, ordinary: float, slow: float) -> int:
    return min(whole((tally.requests - tally.slow) * ordinary + tally.slow * slow), _answered(tally))


@dataclass(frozen=True, slots=True)
class Series:
    """One time series. `value` and `increase` answer None where the instances did not run."""

    name: str
    labels: Labels
    instances: Instances
    bucket: tuple[float, float] = (1.0, 1.0)

    def value(self, at: float) -> float | None:
        return self._read(self.instances.tally(at)) if self.instances.alive_at(at) else None

    def increase(self, start: float, end: float) -> float | None:
        """The exact difference between the two instants. A real Prometheus extrapolates from the samples it has, and so
        answers 39.8 or 41.2 where this answers 40."""
        if not self.instances.lived(start, end):
            return None
        if self.name == UP:
            return 0.0
        return self._read(self.instances.tally(end)) - self._read(self.instances.tally(start))

    def _read(self, tally: Tally) -> float:
        match self.name:
            case "http_requests_total":
                return _ok(tally) if self.labels["code"] == "200" else whole(tally.errors)
            case "http_request_duration_seconds_bucket":
                return _no_slower(tally, *self.bucket)
            case "http_request_duration_seconds_count":
                return _answered(tally)
            case "http_request_duration_seconds_sum":
                ordinary = tally.requests - tally.slow
                return round(ordinary * MEAN_SECONDS + tally.slow * SLOW_MEAN_SECONDS, 6)
            case "log_messages_total":
                per_level = {"info": _ok(tally), "warning": whole(tally.requests * WARNINGS_PER_REQUEST)}
                return per_level.get(self.labels["level"], whole(tally.errors))
            case _:
                return 1.0


@lru_cache(maxsize=4096)
def series_of(instances: Instances) -> tuple[Series, ...]:
    """Everything that instances of one commit on one track expose, from their first second on and zeros included: a
    counter that appears only with its first error hides that error from increase()."""
    labels = {
        "service": Shop.name,
        "env": instances.environment,
        "track": instances.track,
        "version": instances.sha[:12],
        "job": Shop.name,
        "instance": f"{Shop.name}-{instances.environment}-{instances.track}:8080",
    }
    bucket = "http_request_duration_seconds_bucket"
    return (
        *(Series("http_requests_total", {**labels, "code": code}, instances) for code in ("200", "500")),
        *(Series(bucket, {**labels, "le": le}, instances, (ordinary, slow)) for le, ordinary, slow in BUCKETS),
        Series(bucket, {**labels, "le": "+Inf"}, instances),
        Series("http_request_duration_seconds_count", labels, instances),
        Series("http_request_duration_seconds_sum", labels, instances),
        *(
            Series("log_messages_total", {**labels, "level": level}, instances)
            for level in ("info", "warning", "error")
        ),
        Series(UP, labels, instances),
    )


def all_series(shop: Shop) -> Iterable[Series]:
    return (series for instances in shop.instances() for series in series_of(instances))


def exposition(shop: Shop, now: float) -> str:
    """The text format, version 0.0.4, of all instances that run now. `up`, `job` and `instance` are left to the scraper."""
    running = sorted(
        (instances for instances in shop.instances() if instances.alive_at(now)),
        key=lambda instances: (instances.environment, instances.track, instances.sha),
    )
    lines: list[str] = []
    for family, (kind, text) in FAMILIES.items():
        if family == UP:
            continue
        lines += [f"# HELP {family} {text}", f"# TYPE {family} {kind}"]
        for series in (series for instances in running for series in series_of(instances)):
            value = series.value(now)
            if series.name.startswith(family) and value is not None:
                pairs = ",".join(
                    f'{name}="{label}"' for name, label in series.labels.items() if name not in SCRAPER_LABELS
                )
                lines.append(f"{series.name}{{{pairs}}} {number_text(value)}")
    return "\n".join(lines) + "\n"


def number_text(value: float) -> str:
    """A sample's value as Prometheus writes it: the shortest decimal that reads back the same, never with an exponent."""
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return format(Decimal(repr(value)), "f").removesuffix(".0")
