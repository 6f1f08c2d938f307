"""The report of a back-test for a person at a terminal."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.markdown import utc
from bot.rollout.backtest import Tally
from bot.rollout.render import percent, span
from bot.rollout.statistics import upper_bound
from workers.backtest.trying import Report

SHOWN = 5  # times of firing in one row


def told(report: Report) -> RenderableType:
    """The whole report."""
    over = f"{utc(report.since)} to {utc(report.until)}"
    if report.source == "history":
        each = f"{report.windows:,} windows of {span(report.length)}, one every {span(report.step)}"
        how = "In each the traffic is split at random, as if a copy of what served had been rolled out: what fires is a false alarm, or an incident."
    else:
        each = f"{report.windows:,} past rollout{'s' if report.windows != 1 else ''}"
        how = "Their counts are judged anew, by the criteria of this policy."
    table = Table(
        "Criterion", "Traffic", "Fired", "Paused", "Good", "No answer", "Requests", "Usual", "Sees from",
        box=None, header_style="dim", padding=(0, 2, 0, 0),
    )  # fmt: skip
    for it in report.tallies:
        table.add_row(*_row(it))
    notes = [f"{what}: not tried, {why}." for what, why in report.left_out] + list(report.remarks)
    return Group(
        Text(f"{report.environment}, {report.strategy.replace('_', '-')}: {each}, {over}", "bold"),
        Text(how, "dim"),
        Text(),
        table,
        Text(),
        *(Text(line) for line in _fired(report)),
        *(Text(note, "yellow") for note in notes),
        Text(_conclusion(report), "bold"),
    )


def _row(it: Tally) -> Iterable[Text]:
    share = f"{percent(it.fired / it.judged)} ({it.fired} of {it.judged})" if it.judged else "–"
    waiting = ", ".join(f"{code} {count}" for code, count in it.waiting.items())
    yield Text(it.criterion)
    yield Text(f"{it.traffic:g} %")
    yield Text(share, "red" if it.fired else "green")
    yield Text(str(it.held) if it.held else "–", "yellow" if it.held else "dim")
    yield Text(f"{it.passed}")
    yield Text(waiting or "–", "yellow" if waiting else "dim")
    yield Text(f"{it.requests:,} ({it.rate:.3g}/s)")
    if it.usual is None:
        yield Text("–")
    else:
        yield Text(f"{it.usual:.3g} per request" if it.multiple else percent(it.usual))
    if it.smallest is None:
        yield Text("nothing", "red")
    else:
        yield Text(f"{it.smallest:.3g} times" if it.multiple else percent(it.smallest))


def _fired(report: Report) -> Iterable[str]:
    for it in report.tallies:
        if it.fired_at:
            times = ", ".join(utc(at) for at in it.fired_at[:SHOWN])
            more = f" and {len(it.fired_at) - SHOWN} more" if len(it.fired_at) > SHOWN else ""
            yield f"{it.criterion} at {it.traffic:g} % fired at {times}{more}."


def _conclusion(report: Report) -> str:
    if not report.judged:
        return "Nothing could be judged: there were no counts in any window."
    most = max(report.tallies, key=lambda it: it.judged)
    if not report.fired:
        bound = percent(upper_bound(0, most.judged))
        return f"Nothing fired. From {most.judged:,} windows that means: less than {bound} of such rollouts would be taken back (95 %)."
    return (
        "“Sees from” is the share of bad requests that a watch catches nine times out of ten, at the traffic there was."
    )
