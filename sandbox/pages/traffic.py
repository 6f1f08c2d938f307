"""Draw who serves an environment: shares, requests per second, errors and latency by track, now and over the last minutes.

Only geometry and numbers; the templates make SVG of them. Figures are taken from the service's counters as a scraper would
see them, so that a person looks at what the bot looks at.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from sandbox.instances import Tally
from sandbox.prometheus import Metrics
from sandbox.service import TRACKS, Shop, Traffic

MINUTES = 3.0
STEP = 2.0  # seconds between two points of a chart
RECENT = 5.0  # seconds over which "now" is measured
WIDTH, HEIGHT = 320.0, 96.0
CEILINGS = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Track:
    """What one track does now. `share` in percent, `rps` per second, `errors` as a ratio, `p99` in seconds; None: no requests."""

    name: str
    sha: str | None
    share: float
    rps: float
    errors: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Picture:
    """`areas` and `lines` are SVG paths by track in a box of WIDTH × HEIGHT; `ceiling` is the error ratio at its top."""

    traffic: Traffic
    tracks: tuple[Track, ...]
    areas: dict[str, str]
    lines: dict[str, str]
    ceiling: float
    minutes: float = MINUTES
    width: float = WIDTH
    height: float = HEIGHT


def picture(shop: Shop, environment: str, now: float, *, minutes: float = MINUTES) -> Picture:
    traffic = shop.traffic(environment)
    tracks = tuple(_track(shop, traffic, name, now) for name in TRACKS)
    rps, errors = _history(shop, environment, now, minutes)
    totals = [sum(rps[name][index] for name in TRACKS) for index in range(len(rps[TRACKS[0]]))]
    peak = max((ratio for name in TRACKS for ratio in errors[name] if ratio is not None), default=0.0)
    ceiling = next(one for one in CEILINGS if one >= min(1.0, peak * 1.1))
    shares = [rps["canary"][index] / total if total else None for index, total in enumerate(totals)]
    areas = {
        "canary": _area(shares, [0.0 if share is not None else None for share in shares]),
        "baseline": _area([1.0 if share is not None else None for share in shares], shares),
    }
    lines = {name: _line([None if ratio is None else ratio / ceiling for ratio in errors[name]]) for name in TRACKS}
    return Picture(traffic, tracks, areas, lines, ceiling, minutes)


def _track(shop: Shop, traffic: Traffic, name: str, now: float) -> Track:
    sha = traffic.baseline if name == "baseline" else traffic.candidate
    share = traffic.baseline_share if name == "baseline" else traffic.candidate_share
    done = shop.tally(traffic.environment, name, now) - shop.tally(traffic.environment, name, now - RECENT)
    if not done.requests or sha is None:
        return Track(name, sha, share, 0.0, None, None)
    return Track(name, sha, share, done.requests / RECENT, done.errors / done.requests, _p99(shop, traffic, name, now))


def _p99(shop: Shop, traffic: Traffic, track: str, now: float) -> float | None:
    selector = f'http_request_duration_seconds_bucket{{env="{traffic.environment}",track="{track}"}}[30s]'
    query = f"histogram_quantile(0.99, sum by (le) (increase({selector})))"
    result = Metrics(shop, lambda: now).query({"query": query})["result"]
    values = [float(row["value"][1]) for row in result] if isinstance(result, list) else []
    return values[0] if values and values[0] == values[0] else None


def _history(
    shop: Shop, environment: str, now: float, minutes: float
) -> tuple[dict[str, list[float]], dict[str, list[float | None]]]:
    """Requests per second and error ratio by track for each step. Steps are aligned, so that the picture slides."""
    end = now // STEP * STEP
    instants = [end - STEP * back for back in range(int(minutes * 60 / STEP), -1, -1)]
    rps: dict[str, list[float]] = {}
    errors: dict[str, list[float | None]] = {}
    for name in TRACKS:
        running = [
            instances
            for instances in shop.instances()
            if (instances.environment, instances.track) == (environment, name) and instances.lived(instants[0], now)
        ]
        tallies = [sum((instances.tally(at) for instances in running), Tally()) for at in instants]
        steps = [after - before for before, after in pairwise(tallies)]
        rps[name] = [step.requests / STEP for step in steps]
        errors[name] = [step.errors / step.requests if step.requests > 1e-9 else None for step in steps]
    return rps, errors


def _runs(values: list[float | None]) -> list[list[tuple[float, float]]]:
    """The points of each stretch without a gap, in the box's coordinates."""
    runs: list[list[tuple[float, float]]] = [[]]
    for index, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            x = WIDTH * index / max(1, len(values) - 1)
            runs[-1].append((x, HEIGHT * (1 - min(1.0, max(0.0, value)))))
    return [run for run in runs if run]


def _path(points: list[tuple[float, float]]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _line(values: list[float | None]) -> str:
    return "".join("M" + _path(run if len(run) > 1 else [*run, *run]) for run in _runs(values))


def _area(upper: list[float | None], lower: list[float | None]) -> str:
    return "".join(
        f"M{_path(above)}L{_path(below[::-1])}Z" for above, below in zip(_runs(upper), _runs(lower), strict=True)
    )
