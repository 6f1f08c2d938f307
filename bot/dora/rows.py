"""The rows behind one of the four keys: every case that its number counts, the newest first, with where to look it up. A number that nobody
can take apart is not believed.
"""

from collections.abc import Iterable, Sequence

from bot.dora.model import Metric, Report
from bot.dora.render import COUNTED, NAMES, band_of, value_of
from bot.dora.report import Counted, count
from bot.gates.incidents import handle
from bot.ledger import Deployed, Entry
from bot.markdown import code, duration, plain, short, table, utc

SHOWN = 20
"""Rows of one answer."""

_Row = tuple[str, ...]


def render_rows(metric: Metric, report: Report, entries: Iterable[Entry]) -> str:
    """What the report says of the metric, and the newest of the cases that it counts."""
    columns, rows = _table(metric.name, count(entries, environment=report.environment, since=report.since))
    days = round((report.until - report.since) / 86400)
    many = COUNTED[metric.name][metric.n != 1]
    head = f"**{NAMES[metric.name]}** in {code(report.environment)}, {days} days to {utc(report.until)}: {value_of(metric)}"
    if metric.value is not None:
        head += f", {band_of(metric)}, from {metric.n:,} {many}"
    if not rows:
        return f"{head}."
    more = f"\n\n<sub>The newest {SHOWN} of {len(rows):,} {many}.</sub>" if len(rows) > SHOWN else ""
    return f"{head}.\n\n{table(columns, rows[:SHOWN])}{more}"


def _table(name: str, counted: Counted) -> tuple[_Row, Sequence[_Row]]:
    if name == "lead_time":
        return ("Change", "First commit", "Live for everybody", "Took"), _changes(counted)
    if name == "restore_time":
        return ("What", "First sign", "Over", "Took"), _recoveries(counted)
    if name == "failure_rate":
        rows = [(*_deployment(it), _failed(it, counted)) for it in reversed(counted.recent)]
        return ("Release", "Live for everybody", "Asked by", "Failed"), rows
    return ("Release", "Live for everybody", "Asked by"), [_deployment(it) for it in reversed(counted.recent)]


def _changes(counted: Counted) -> list[_Row]:
    newest = sorted(counted.changes, key=lambda it: (counted.shipped[it.number][1], it.number), reverse=True)
    return [
        (
            f"#{it.number} {plain(it.title, 80)} by {plain(it.author)}",
            utc(it.first_commit_at),
            utc(counted.shipped[it.number][1]),
            duration(counted.shipped[it.number][0]),
        )
        for it in newest
    ]


def _deployment(it: Deployed) -> _Row:
    return _release(it), utc(it.finished_at), plain(it.by) or "–"


def _release(it: Deployed) -> str:
    """GitHub makes links of both."""
    return f"{short(it.sha)} of #{it.pull}" if it.pull else short(it.sha)


def _failed(it: Deployed, counted: Counted) -> str:
    """Why the deployment counts as failed; a dash where it does not."""
    if it.rollout not in counted.blamed:
        return "–"
    reasons = [plain(each.reason, 120) for each in counted.failed if each.rollout == it.rollout]
    laid = [f"incident {handle(each.incident.incident)}" for each in counted.incidents if each.rollout == it.rollout]
    return f"❌ {'; '.join((*reasons, *laid))}"


def _recoveries(counted: Counted) -> list[_Row]:
    shas = {it.rollout: short(it.sha) for it in counted.failed} | {it.rollout: _release(it) for it in counted.forward}
    rows: list[_Row] = []
    for it in reversed(counted.recovered):
        release = [shas.get(it.rollout, "a release")] if it.rollout else []
        about = ", ".join((*release, *(f"incident {handle(each.incident)}" for each in it.incidents)))
        rows.append((about, utc(it.began), utc(it.until), duration(max(0.0, it.until - it.began))))
    return rows
