"""What GitHub says of a check becomes one of four states, and of several results of one check the newest counts."""

import pytest

from bot.pipeline import newest
from bot.pipeline.checks import state_of_run, state_of_status
from tests.unit.builders import check, status


@pytest.mark.parametrize(
    ("run", "conclusion", "state"),
    [
        ("completed", "success", "passed"),
        ("completed", "neutral", "passed"),
        ("completed", "skipped", "skipped"),
        ("completed", "failure", "failed"),
        ("completed", "cancelled", "failed"),
        ("completed", "timed_out", "failed"),
        ("completed", "action_required", "failed"),
        ("completed", "stale", "failed"),
        ("completed", "startup_failure", "failed"),
        ("completed", "whatever GitHub adds one day", "failed"),
        ("completed", None, "failed"),
        ("queued", None, "running"),
        ("in_progress", None, "running"),
        ("waiting", None, "running"),
        ("requested", None, "running"),
        ("pending", None, "running"),
    ],
)
def test_only_what_is_known_to_be_good_is_green(run: str, conclusion: str | None, state: str) -> None:
    assert state_of_run(run, conclusion) == state


@pytest.mark.parametrize(
    ("said", "state"),
    [("success", "passed"), ("pending", "running"), ("failure", "failed"), ("error", "failed"), ("?", "failed")],
)
def test_a_commit_status_says_the_same_in_other_words(said: str, state: str) -> None:
    assert state_of_status(said) == state


def test_a_rerun_replaces_its_predecessor_whatever_the_order_of_the_list() -> None:
    first, second = check("unit", "failed", started_at=10, id=1), check("unit", started_at=20, id=2)
    assert newest([first, second]) == (second,)
    assert newest([second, first]) == (second,)


def test_a_rerun_that_has_not_started_counts_as_newer_by_its_id() -> None:
    done, queued = check("unit", started_at=10, id=1), check("unit", "running", started_at=10, id=2)
    assert newest([queued, done]) == (queued,)


def test_one_name_from_two_apps_is_two_checks() -> None:
    mine, theirs = check("unit", "failed"), check("unit", app="somebody", app_id=9)
    assert newest([mine, theirs]) == (mine, theirs)


def test_a_status_does_not_hide_a_failed_run_of_the_same_name() -> None:
    run, forged = check("unit", "failed", started_at=10), status("unit", by="github-actions", started_at=20)
    assert newest([run, forged]) == (run, forged)


def test_our_own_checks_prove_nothing() -> None:
    assert newest([check("tagboat/production", "failed"), status("tagboat/production"), check("tagboats")]) == (
        check("tagboats"),
    )


def test_how_long_a_check_took() -> None:
    assert check("unit", started_at=100, finished_at=160).seconds == 60
    assert check("unit", started_at=100).seconds == 0
    assert check("unit", started_at=160, finished_at=100).seconds == 0
