"""The four keys from the ledger: what counts as a change, a deployment, a failure, and that nothing is never a good grade."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decision import Asked
from bot.dora.decide import DoraFacts, decide
from bot.dora.model import DoraRecord, Question, Report
from bot.dora.render import render_report
from bot.dora.report import median_interval, median_rank, percentile, report, wilson
from bot.ledger import Entry
from bot.subject import dora, pull
from tests.unit.builders import ALICE, DAY, HOUR, LIVE, MINUTE, NOW, REPO, deployed, failed, merged, restored, sha

KEYS = ("lead_time", "frequency", "failure_rate", "restore_time")


def counted(*entries: Entry, days: float = 30, environment: str = "production", branch: str = "") -> Report:
    return report(entries, environment=environment, days=days, now=NOW, branch=branch)


def shipping(number: int = 1, **fields: Any) -> list[Entry]:
    """A change and the deployment that brings it."""
    change = merged(number)
    return [change, deployed(number, commits=(change.sha,), **fields)]


# --- nothing ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [merged()],
        [merged(), failed(), restored()],
        [deployed(environment="staging"), failed(environment="staging")],
        [deployed(strategy="rollback")],
    ],
)
def test_an_environment_without_deployments_has_no_grades_for_them(entries: list[Entry]) -> None:
    found = counted(*entries)
    for key in ("lead_time", "frequency", "failure_rate"):
        metric = found.metric(key)
        assert (metric.value, metric.band, metric.n) == (None, None, 0), key
        assert metric.why_none


def test_no_incident_is_no_recovery_time() -> None:
    metric = counted(deployed()).metric("restore_time")
    assert (metric.value, metric.band) == (None, None)


def test_a_window_without_deployments_is_a_frequency_of_zero_and_no_rate() -> None:
    found = counted(deployed(finished_at=NOW - 60 * DAY))
    assert (found.metric("frequency").value, found.metric("frequency").band) == (0, "Low")
    assert found.metric("failure_rate").band is None
    assert found.metric("lead_time").band is None


def test_no_data_is_said_in_words() -> None:
    said = render_report(counted())
    assert said.count("no data") == 4
    assert "nothing was ever deployed here" in said
    for band in ("Elite", "High", "Medium", "Low"):
        assert band not in said


# --- lead time -------------------------------------------------------------------------------------------------------------------


def test_lead_time_goes_from_the_first_commit_to_everybody() -> None:
    change = merged(first_commit_at=NOW - 3 * HOUR)
    found = counted(change, deployed(commits=(change.sha,), finished_at=NOW - HOUR)).metric("lead_time")
    assert (found.value, found.n, found.band) == (2 * HOUR, 1, "High")


@pytest.mark.parametrize(
    ("name", "deployment"),
    [
        ("as one of the commits that it brought", {"commits": (sha("e001"), sha("9"))}),
        ("as the deployed commit itself", {"sha": sha("e001")}),
        ("from its own pull request, before the merge", {"pull": 1}),
    ],
)
def test_a_change_ships(name: str, deployment: dict[str, Any]) -> None:
    assert counted(merged(1), deployed(**deployment)).metric("lead_time").n == 1


def test_a_change_ships_once_with_the_first_deployment_that_has_it() -> None:
    change = merged(first_commit_at=NOW - 10 * HOUR)
    first = deployed(1, commits=(change.sha,), finished_at=NOW - 8 * HOUR)
    again = deployed(2, commits=(change.sha,), finished_at=NOW - HOUR)
    assert counted(change, again, first).metric("lead_time").value == 2 * HOUR


def test_what_a_rollback_serves_again_was_shipped_before() -> None:
    change = merged()
    back = deployed(2, sha=change.sha, strategy="rollback")
    assert counted(change, back).metric("lead_time").n == 0


def test_a_change_that_shipped_before_the_window_does_not_count_in_it() -> None:
    change = merged(first_commit_at=NOW - 90 * DAY, merged_at=NOW - 80 * DAY)
    assert counted(change, deployed(commits=(change.sha,), finished_at=NOW - 70 * DAY)).metric("lead_time").n == 0


def test_a_clock_that_ran_backwards_is_no_time_at_all() -> None:
    change = merged(first_commit_at=NOW)
    assert counted(change, deployed(commits=(change.sha,), finished_at=NOW - HOUR)).metric("lead_time").value == 0


def test_bots_do_not_wait() -> None:
    change = merged(author_is_bot=True)
    assert counted(change, deployed(commits=(change.sha,))).metric("lead_time").n == 0


def test_median_and_tail_are_of_raw_values() -> None:
    entries: list[Entry] = []
    for number, hours in enumerate((1, 2, 3, 4, 100), 1):
        change = merged(number, first_commit_at=NOW - hours * HOUR)
        entries += [change, deployed(number, commits=(change.sha,), finished_at=NOW)]
    found = counted(*entries).metric("lead_time")
    assert found.value == 3 * HOUR
    assert found.p90 == pytest.approx(61.6 * HOUR)


@pytest.mark.parametrize(
    ("change", "waits"),
    [
        (merged(2, merged_at=NOW - HOUR), 1),
        (merged(2, merged_at=NOW - 30 * DAY), 0),  # it came with the first deployment that we saw
        (merged(2, merged_at=NOW - HOUR, base="feature"), 0),
        (merged(1, sha=sha("e001")), 0),  # shipped
    ],
)
def test_merged_changes_wait_for_deployment(change: Any, waits: int) -> None:
    assert counted(deployed(commits=(sha("e001"),)), change, branch="main").waiting == waits


# --- frequency -------------------------------------------------------------------------------------------------------------------


def test_rollbacks_and_other_environments_are_no_deployments() -> None:
    found = counted(deployed(1), deployed(2, strategy="rollback"), deployed(3, environment="staging"))
    assert found.metric("frequency").n == found.deployments == 1


def test_the_rate_is_over_what_has_been_watched() -> None:
    entries = [deployed(at, finished_at=NOW - at * DAY) for at in range(14)]
    found = counted(*entries).metric("frequency")
    assert found.value == pytest.approx(14 / 13)
    assert found.band == "Elite"
    assert not found.sure  # not even two whole weeks


def test_four_weeks_are_enough_to_be_sure_of_a_frequency() -> None:
    entries = [deployed(at, finished_at=NOW - at * DAY) for at in range(30)]
    assert counted(*entries).metric("frequency").sure


def test_the_very_first_deployment_is_no_rate_of_many_a_day() -> None:
    found = counted(deployed(finished_at=NOW - HOUR)).metric("frequency")
    assert found.value == pytest.approx(1 / 7)
    assert found.band == "High"


def test_a_clock_that_is_ahead_loses_no_deployment() -> None:
    assert counted(deployed(finished_at=NOW + 2)).metric("frequency").n == 1


# --- change failure rate ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "n", "low", "high"), [(0, 5, 0.00, 0.43), (1, 10, 0.02, 0.40), (3, 20, 0.05, 0.36), (10, 100, 0.06, 0.17)]
)
def test_wilsons_interval(bad: int, n: int, low: float, high: float) -> None:
    assert wilson(bad, n) == pytest.approx((low, high), abs=0.006)


def failing(bad: int, n: int) -> Report:
    return counted(*(deployed(at) for at in range(n)), *(failed(at) for at in range(bad)))


def test_the_rate_comes_with_its_interval() -> None:
    found = failing(1, 10).metric("failure_rate")
    assert (found.value, found.n, found.band) == (0.1, 10, "Elite")
    assert not found.sure  # between 2 and 40 %: anything but Low


def test_elite_takes_twenty_two_deployments_without_a_failure() -> None:
    assert not failing(0, 21).metric("failure_rate").sure
    assert failing(0, 22).metric("failure_rate").sure


def test_a_deployment_fails_once_and_only_one_that_reached_everybody_counts() -> None:
    found = counted(deployed(1), deployed(2), failed(1), failed(1, failed_at=NOW), failed(7))
    assert found.metric("failure_rate").value == 0.5
    assert found.attempts == 1


def test_failures_elsewhere_are_theirs() -> None:
    assert counted(deployed(1), failed(1, environment="staging")).metric("failure_rate").value == 0


# --- time to restore -------------------------------------------------------------------------------------------------------------


def test_restore_time_includes_canaries_that_were_taken_back() -> None:
    found = counted(deployed(1), restored(1, 10 * MINUTE), restored(8, 30 * MINUTE)).metric("restore_time")
    assert (found.value, found.n, found.band) == (20 * MINUTE, 2, "Elite")


def test_recoveries_before_the_window_are_over() -> None:
    old = restored(1, failed_at=NOW - 60 * DAY, restored_at=NOW - 59 * DAY)
    assert counted(deployed(1), old).metric("restore_time").n == 0


# --- small samples ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "rank"), [(1, 0), (5, 0), (6, 1), (20, 6), (100, 40), (1000, 469), (1_000_000, 499_020)])
def test_the_medians_interval_exists_from_six_values_on(n: int, rank: int) -> None:
    assert median_rank(n) == rank


def test_the_exact_rank_and_the_quick_one_agree_where_they_meet() -> None:
    for n in range(150, 201):
        assert abs(median_rank(n) - int((n - 1.96 * n**0.5) / 2)) <= 1


def test_the_interval_of_twenty_values_goes_from_the_sixth_to_the_fifteenth() -> None:
    assert median_interval(list(range(1, 21))) == (6, 15)
    assert median_interval([1.0] * 5) is None


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=60))
def test_the_median_lies_in_its_interval_and_below_the_tail(values: list[float]) -> None:
    middle = percentile(values, 0.5)
    around = median_interval(values)
    assert around is None or around[0] <= middle <= around[1]
    assert min(values) <= middle <= percentile(values, 0.9) <= max(values) or middle == pytest.approx(max(values))


def test_a_grade_from_few_cases_is_marked() -> None:
    said = render_report(counted(*shipping()))
    assert "High \\*" in said
    assert "too few cases to be sure" in said


# --- what is said ----------------------------------------------------------------------------------------------------------------


def test_the_report_says_what_it_counted() -> None:
    change = merged(first_commit_at=NOW - 3 * HOUR)
    said = render_report(
        counted(change, deployed(commits=(change.sha,), finished_at=NOW - HOUR), failed(9), restored(9))
    )
    assert "| Lead time for changes | 2 h median | High \\* | 1 change |" in said
    assert "| Change failure rate | 0% (95 %: 0% to 79%) | Elite \\* | 1 deployment |" in said
    assert "1 rollout more had to be taken back" in said
    assert "`production`, 30 days to 2027-01-15 08:00 UTC" in said


def test_every_question_gets_its_answer() -> None:
    asked = tuple(
        (
            Asked("comment-1", at + 1, dora(REPO), ALICE, NOW, {}, id=at + 10),
            Question(number, f"answer:{at}", environment, 30.0, "alice"),
        )
        for at, (number, environment) in enumerate([(7, "production"), (8, "sta`ging")])
    )
    found = decide(DoraRecord(), DoraFacts(NOW, REPO, "main", (deployed(),), asked))
    assert found.answered == (10, 11)
    assert [(show.subject, show.slot) for show in found.sections] == [
        (pull(REPO, 7), "answer:0"),
        (pull(REPO, 8), "answer:1"),
    ]
    assert "no data" in found.sections[1].text
    assert "``sta`ging``" in found.sections[1].text
    assert found.record.reported_at == NOW


def test_without_a_question_nothing_is_written() -> None:
    found = decide(DoraRecord(5.0), DoraFacts(NOW, REPO, "main", (), ()))
    assert found.record == DoraRecord(5.0)
    assert not found.sections


def test_the_keys_stand_in_their_usual_order() -> None:
    assert tuple(metric.name for metric in counted(deployed(sha=LIVE)).metrics) == KEYS
