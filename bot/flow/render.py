"""What is said about one commit's pipeline."""

from collections.abc import Sequence

from bot.markdown import duration, link, plain, short, table
from bot.pipeline import Check, Item, Stage

SHOWN = 20  # checks in one row
MARKS = {"failed": "❌", "running": "⏳", "passed": "✅", "skipped": "⏭️", "missing": "➖"}
WORDS = {"passed": "passed", "failed": "failed", "running": "running", "skipped": "skipped", "missing": "not reported"}


def render_pipeline(sha: str, stages: Sequence[Stage], others: Sequence[Check]) -> str:
    """A table, one row per kind of check, under one line that sums it up. Checks of no known kind follow in one row."""
    rows: list[tuple[str, str, str]] = []
    for stage in stages:
        for index, item in enumerate(stage.items):
            rows.append((stage.name.capitalize() if index == 0 else "", item.label, _result(item)))
    if others:
        rows.append(("Other", "", _listed(others)))
    return f"{headline(sha, stages, others)}\n\n{table(('Stage', 'What', 'Result'), rows)}"


def headline(sha: str, stages: Sequence[Stage], others: Sequence[Check]) -> str:
    """One line without Markdown: it stands in a `<summary>`, where GitHub renders none."""
    checks = [check for stage in stages for item in stage.items for check in item.checks] + list(others)
    counts = {state: sum(1 for check in checks if check.state == state) for state in ("failed", "running", "passed")}
    if not checks:
        return f"Pipeline of {short(sha)}: nothing has reported yet."
    said = ", ".join(f"{MARKS[state]} {count} {WORDS[state]}" for state, count in counts.items() if count)
    return f"Pipeline of {short(sha)}: {said or 'all skipped'}"


def _result(item: Item) -> str:
    if not item.checks:
        return f"{MARKS['missing']} {WORDS['missing']}"
    return _listed(item.checks)


def _listed(checks: Sequence[Check]) -> str:
    """What needs a look first, and not a thousand of them: a storm of checks must not push everything else out of the comment."""
    urgency = list(MARKS)
    first = sorted(checks, key=lambda check: urgency.index(check.state))[:SHOWN]
    more = f" and {len(checks) - SHOWN:,} more" if len(checks) > SHOWN else ""
    return ", ".join(f"{MARKS[check.state]} {_named(check)}" for check in first) + more


def _named(check: Check) -> str:
    took = f" ({duration(check.seconds)})" if check.seconds >= 1 else ""
    return (link(check.name, check.url) if check.url else plain(check.name)) + took
