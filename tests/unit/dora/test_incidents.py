"""What incidents add to the four keys: one failure and one recovery for each release, and what nobody named is said to be a guess."""

from typing import Any

import pytest

from bot.dora.render import render_report
from bot.dora.report import report
from bot.ledger import Disturbed, Entry, decode, encode
from tests.unit.builders import DAY, HOUR, MINUTE, NOW, deployed, failed, restored, sha

DEPLOYED_AT = NOW - 2 * DAY


def incident(name: str = "50", revision: int = 0, **fields: Any) -> Disturbed:
    """Half an hour after rollout 1 went live, for an hour; nobody said which release."""
    known: dict[str, Any] = {
        "environments": ("production",),
        "opened_at": DEPLOYED_AT + 30 * MINUTE,
        "closed_at": DEPLOYED_AT + 90 * MINUTE,
        "severity": 1,
    }
    return Disturbed(name, revision, **known | fields)


def one(**fields: Any) -> Entry:
    return deployed(1, finished_at=DEPLOYED_AT, **fields)


def counted(*entries: Entry) -> Any:
    return report(entries, environment="production", days=30, now=NOW)


def failures(*entries: Entry) -> tuple[float | None, int]:
    metric = counted(*entries).metric("failure_rate")
    return (None if metric.value is None else metric.value * metric.n), metric.n


def recovery(*entries: Entry) -> list[float | int | None]:
    metric = counted(*entries).metric("restore_time")
    return [metric.value, metric.n]


def test_it_comes_back_from_the_ledger_as_it_went_in() -> None:
    entry = incident(cause="#12", shas=(sha("a"),), pull=12)
    assert decode(encode(entry)) == entry
    assert (entry.sha, entry.environment, entry.at) == (sha("a"), "production", entry.closed_at)
    assert incident(revision=1).key != entry.key


@pytest.mark.parametrize(
    "cause",
    [
        {"shas": (sha("f001"),)},  # the deployed commit
        {"shas": (sha("e9"),)},  # one that it brought
        {"pull": 12, "shas": (sha("d"),)},
        {},  # by time: nobody said
    ],
)
def test_a_deployment_that_an_incident_is_laid_at_has_failed(cause: dict[str, Any]) -> None:
    known = cause and {"cause": "as named", **cause}
    entries = one(commits=(sha("e9"),), pull=12), deployed(2, finished_at=NOW - HOUR), incident(**known)
    assert failures(*entries) == (1, 2)
    assert recovery(*entries) == [HOUR, 1]


def test_what_was_named_goes_before_what_came_last() -> None:
    later = deployed(2, finished_at=DEPLOYED_AT + 10 * MINUTE)
    assert failures(one(), later, incident(cause="x", shas=(sha("f001"),))) == (1, 2)
    found = counted(
        one(), later, incident(cause="x", shas=(sha("f001"),)), incident("51", cause="x", shas=(sha("f001"),))
    )
    assert found.metric("failure_rate").value == 0.5  # two incidents of one deployment are one failure
    assert found.metric("restore_time").n == 1


def test_a_rollback_and_its_incident_are_one_failure_and_one_recovery() -> None:
    back: list[Entry] = [
        failed(1, failed_at=DEPLOYED_AT + 40 * MINUTE),
        restored(1, failed_at=DEPLOYED_AT + 40 * MINUTE, restored_at=DEPLOYED_AT + 50 * MINUTE),
    ]
    known = incident(cause="x", shas=(sha("f001"),))
    assert failures(one(), *back, known) == (1, 1)
    assert recovery(one(), *back, known) == [20 * MINUTE, 1]  # from the first sign to the rollback, which came first
    assert recovery(one(), *back, incident(cause="x", shas=(sha("f001"),), closed_at=0.0)) == [20 * MINUTE, 1]


def test_a_canary_that_was_taken_back_meanwhile_is_what_it_is_laid_at() -> None:
    """Not the good release that finished before it."""
    canary = failed(2, failed_at=DEPLOYED_AT + 40 * MINUTE)
    assert failures(one(), canary, incident()) == (0, 1)
    assert failures(one(), canary, incident(cause="x", shas=(sha("c1"),))) == (0, 1)
    brought = failed(2, failed_at=NOW - DAY, commits=(sha("c1"),))
    assert recovery(one(), brought, incident(cause="x", shas=(sha("c1"),))) == [HOUR, 1]


def test_of_no_release_it_counts_for_the_time_to_restore_alone() -> None:
    for entry in (
        incident(cause="none"),
        incident(opened_at=DEPLOYED_AT - HOUR),
        incident(opened_at=DEPLOYED_AT + 25 * HOUR, closed_at=DEPLOYED_AT + 26 * HOUR),
    ):
        assert failures(one(), entry) == (0, 1)
        assert recovery(one(), entry)[1] == 1


def test_while_it_is_open_nothing_is_restored_and_that_is_said() -> None:
    found = counted(one(), incident(closed_at=0.0), incident("51", cause="none"))
    assert found.metric("failure_rate").value == 1
    assert found.metric("restore_time").n == 1  # the other one's
    said = render_report(found)
    assert "1 incident is open, since 2027-01-13 08:30 UTC, and not restored yet." in said
    assert "2 incidents: 1 laid at a deployment by time alone" in said
    assert "1 at none" in said


def test_only_its_newest_revision_counts() -> None:
    first, named = incident(), incident(revision=1, cause="none")
    assert failures(one(), first, named) == failures(one(), named, first) == (0, 1)
    assert failures(one(), first, incident(revision=2, counts=False)) == (0, 1)
    assert recovery(one(), first, incident(revision=2, counts=False)) == [None, 0]


def test_another_environment_s_is_not_ours() -> None:
    assert failures(one(), incident(environments=("staging",))) == (0, 1)
    assert failures(one(), incident(environments=("prod-eu", "production"))) == (1, 1)
