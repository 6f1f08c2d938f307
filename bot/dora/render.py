"""What is said about delivery metrics."""

from collections.abc import Callable

from bot.dora.model import Metric, Report
from bot.markdown import code, duration, table, utc

NAMES = {
    "lead_time": "Lead time for changes",
    "frequency": "Deployment frequency",
    "failure_rate": "Change failure rate",
    "restore_time": "Time to restore",
}
COUNTED = {
    "lead_time": ("change", "changes"),
    "frequency": ("deployment", "deployments"),
    "failure_rate": ("deployment", "deployments"),
    "restore_time": ("recovery", "recoveries"),
}


def render_report(report: Report) -> str:
    """The four keys as a table with n, what was counted and the band; the window and the definitions below it."""
    days = round((report.until - report.since) / 86400)
    rows = [
        (NAMES[metric.name], value_of(metric), band_of(metric), f"{metric.n:,} {COUNTED[metric.name][metric.n != 1]}")
        for metric in report.metrics
    ]
    more = [f"{code(report.environment)}, {days} days to {utc(report.until)}, bands of profile `source`."]
    if report.attempts:
        more.append(
            f"{report.attempts} rollout{'s' if report.attempts > 1 else ''} more had to be taken back before reaching everybody; "
            "they count under time to restore, not as deployments."
        )
    if report.incidents:
        more.append(_incidents(report))
    if report.still_open:
        is_open = "1 incident is" if report.still_open == 1 else f"{report.still_open} incidents are"
        more.append(f"{is_open} open, since {utc(report.open_since)}, and not restored yet.")
    if report.waiting:
        more.append(f"{report.waiting} merged change{'s wait' if report.waiting > 1 else ' waits'} for deployment.")
    if any(metric.band and not metric.sure for metric in report.metrics):
        more.append("\\*: too few cases to be sure of the band.")
    return table(("Metric", "Value", "Band", "n"), rows) + "\n\n<sub>" + " ".join(more) + "</sub>"


def _incidents(report: Report) -> str:
    """How many there were, and how it is known which deployment they are laid at."""
    said = f"{report.incidents} incident{'s' if report.incidents > 1 else ''}"
    placed = []
    if report.by_time:
        placed.append(
            f"{report.by_time} laid at a deployment by time alone (it failed meanwhile, or was the last within a day before)"
        )
    if report.of_none:
        placed.append(f"{report.of_none} at none")
    if not placed:
        return f"{said}, {'each ' if report.incidents > 1 else ''}laid at the release that somebody named."
    return f"{said}: {', '.join(placed)}."


def band_of(metric: Metric) -> str:
    if metric.band is None:
        return "no data"
    return metric.band if metric.sure else f"{metric.band} \\*"


def value_of(metric: Metric) -> str:
    if metric.value is None:
        return metric.why_none
    if metric.name == "frequency":
        return _rate(metric.value)
    if metric.name == "failure_rate":
        return f"{metric.value:.0%}{_interval(metric, _percent)}"
    tail = f", p90 {duration(metric.p90)}" if metric.p90 is not None and metric.n > 1 else ""
    return f"{duration(metric.value)} median{tail}{_interval(metric, duration)}"


def _rate(per_day: float) -> str:
    for days, word in ((1, "day"), (7, "week")):
        if per_day * days >= 1:
            return f"{per_day * days:.2g} a {word}"
    return f"{per_day * 30:.2g} in 30 days"


def _percent(share: float) -> str:
    return f"{share:.0%}"


def _interval(metric: Metric, shown: Callable[[float], str]) -> str:
    if metric.low is None or metric.high is None:
        return ""
    return f" (95 %: {shown(metric.low)} to {shown(metric.high)})"
