"""What is said about delivery metrics."""

from bot.dora.model import Metric, Report
from bot.markdown import code, duration, table, utc

NAMES = {
    "lead_time": "Lead time for changes",
    "frequency": "Deployment frequency",
    "failure_rate": "Change failure rate",
    "restore_time": "Time to restore",
}


def render_report(report: Report) -> str:
    """The four keys as a table with n, what was counted and the band; the window and the definitions below it."""
    days = round((report.until - report.since) / 86400)
    rows = [
        (NAMES[metric.name], _value(metric), metric.band or "no data", f"{metric.n} {metric.counted}")
        for metric in report.metrics
    ]
    more = [f"{code(report.environment)}, {days} days to {utc(report.until)}, bands of profile `source`."]
    if report.attempts:
        more.append(
            f"{report.attempts} rollout{'s' if report.attempts > 1 else ''} more had to be taken back before reaching everybody; "
            "they count under time to restore, not as deployments."
        )
    if report.waiting:
        more.append(f"{report.waiting} merged change{'s wait' if report.waiting > 1 else ' waits'} for deployment.")
    if any(metric.n and metric.n < 6 for metric in report.metrics):
        more.append("Few cases: read these as anecdotes.")
    return table(("Metric", "Value", "Band", "n"), rows) + "\n\n<sub>" + " ".join(more) + "</sub>"


def _value(metric: Metric) -> str:
    if metric.value is None:
        return metric.why_none
    if metric.name == "frequency":
        return f"{metric.value:.2g} a day" if metric.value >= 1 else f"{metric.value * 7:.2g} a week"
    if metric.name == "failure_rate":
        interval = f" (95 %: {metric.low:.0%} to {metric.high:.0%})" if metric.low is not None else ""
        return f"{metric.value:.0%}{interval}"
    tail = f", p90 {duration(metric.p90)}" if metric.p90 is not None and metric.n > 1 else ""
    return f"{duration(metric.value)} median{tail}"
