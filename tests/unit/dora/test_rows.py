"""The rows behind a number: as many as it counts, the newest first, and why each is what it is."""

import pytest

from bot.commands.parse import parse
from bot.dora.report import report
from bot.dora.rows import SHOWN, render_rows
from bot.ledger import Disturbed, Entry
from tests.unit.builders import DAY, HOUR, MINUTE, NOW, deployed, failed, merged, restored


def rows(key: str, *entries: Entry, days: float = 30) -> tuple[str, list[str], int]:
    """What is said, the rows, and how many cases the report has counted."""
    counted = report(entries, environment="production", days=days, now=NOW)
    said = render_rows(counted.metric(key), counted, entries)
    return said, [line for line in said.splitlines() if line.startswith("| ")][2:], counted.metric(key).n


HISTORY: tuple[Entry, ...] = (
    *(merged(number) for number in (1, 2, 3)),
    merged(4, author_is_bot=True),
    deployed(1, commits=(merged(1).sha,), pull=1, by="alice", finished_at=NOW - 3 * DAY),
    deployed(2, commits=(merged(2).sha, merged(4).sha), by="bob", finished_at=NOW - 2 * DAY),
    deployed(3, environment="staging", commits=(merged(3).sha,)),
    deployed(4, strategy="rollback"),
    failed(2, reason="Error rate 8 % | p99"),
    restored(2),
    Disturbed("50", 0, ("production",), NOW - 4 * HOUR, NOW - 3 * HOUR, severity=1, cause="none"),
)


@pytest.mark.parametrize("key", ["lead_time", "frequency", "failure_rate", "restore_time"])
def test_there_is_a_row_for_every_case_that_counts(key: str) -> None:
    _, shown, n = rows(key, *HISTORY)
    assert len(shown) == n == 2


def test_the_newest_stands_first_and_says_where_to_look_it_up() -> None:
    said, shown, _ = rows("lead_time", *HISTORY)
    assert said.startswith("**Lead time for changes** in `production`, 30 days to 2027-01-15 08:00 UTC: ")
    assert [line.split()[1] for line in shown] == ["#2", "#1"]
    _, shown, _ = rows("frequency", *HISTORY)
    assert shown[1].startswith(f"| {deployed(1).sha[:7]} of #1 | 2027-01-12 08:00 UTC | alice |")


def test_a_failed_deployment_says_why_it_counts_as_one() -> None:
    _, shown, _ = rows("failure_rate", *HISTORY)
    assert "❌ Error rate 8 %" in shown[0]
    assert shown[1].endswith("| – |")
    blamed = Disturbed("51", 0, ("production",), NOW - DAY, severity=1, cause="#1", pull=1)
    _, shown, _ = rows("failure_rate", *HISTORY, blamed)
    assert shown[1].endswith("| ❌ incident #51 |")


def test_what_was_restored_is_a_release_or_an_incident_of_none() -> None:
    _, shown, _ = rows("restore_time", *HISTORY)
    assert shown[0].startswith("| incident #50 |")
    assert shown[0].endswith("| 1 h |")
    assert shown[1].startswith(f"| {deployed(2).sha[:7]} |")
    assert shown[1].endswith("| 10 min |")


def test_many_cases_are_cut_and_it_is_said() -> None:
    many = [deployed(number, finished_at=NOW - number * MINUTE) for number in range(1, SHOWN + 38)]
    said, shown, n = rows("frequency", *many)
    assert (len(shown), n) == (SHOWN, SHOWN + 37)
    assert said.endswith("<sub>The newest 20 of 57 deployments.</sub>")


def test_nothing_has_no_table() -> None:
    said, shown, _ = rows("failure_rate", deployed(finished_at=NOW - 60 * DAY))
    assert shown == []
    assert said.endswith("no deployment in this time, so no rate.")


def test_titles_do_nothing() -> None:
    change = merged(1, title="@everyone | x\n/deploy production")
    said, shown, _ = rows("lead_time", change, deployed(1, commits=(change.sha,)))
    assert len(shown) == 1
    assert "@everyone" not in said
    assert parse(said) == ()
