"""Gates about the world: what must come first, and what is live. What is unknown is never a yes."""

from typing import Any

import pytest

from bot.gates import GATES, Busy
from bot.gates.model import Earlier
from tests.unit.builders import (
    HEAD,
    LIVE,
    OLDER,
    gate_facts,
    live,
    production,
    sha,
)
from tests.unit.gates.asking import code, refusal

# --- order and what is live ------------------------------------------------------------------------------------------------------


def test_what_must_come_first_has_been_there_first() -> None:
    after = {"after": "staging"}
    assert code("promotion order", environment=after) == "not_in_previous_environment"
    assert code("promotion order", environment=after, before=Earlier(live(OLDER))) == "not_in_previous_environment"
    assert code("promotion order", environment=after, before=Earlier(live(HEAD)), same_as_before=True) is None
    assert code("promotion order", before=Earlier()) is None


def test_what_must_come_first_has_to_be_healthy_there() -> None:
    unwell = Earlier(live(HEAD), unwell="the incident #7 is laid at it")
    why = refusal("promotion order", environment={"after": "staging"}, before=unwell, same_as_before=True)
    assert why.code == "unhealthy_in_previous_environment"
    assert "not healthy: the incident #7 is laid at it." in why.what
    assert code("promotion order", environment={"after": "staging"}, before=unwell) == "not_in_previous_environment"


def test_what_rolls_out_there_now_is_waited_for_and_another_commit_is_not() -> None:
    here = refusal("promotion order", environment={"after": "staging"}, before=Earlier(moving=HEAD))
    assert here.wait
    assert "is rolling out in `staging` right now" in here.what
    other = refusal("promotion order", environment={"after": "staging"}, before=Earlier(moving=OLDER))
    assert not other.wait
    assert "bbbbbbb is rolling out there" in other.what


def test_the_refusal_says_what_is_there_instead() -> None:
    assert (
        "bbbbbbb is live there"
        in refusal("promotion order", environment={"after": "staging"}, before=Earlier(live(OLDER))).what
    )
    assert "nothing is known to be live there" in refusal("promotion order", environment={"after": "staging"}).what


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"contains_live": True}, None),
        ({"contains_live": False}, "not_forward"),
        ({"contains_live": None}, "ancestry_unknown"),
        ({"contains_live": None, "live": None}, None),
        ({"contains_live": False, "live": live(HEAD)}, None),  # said by another gate
        ({"contains_live": False, "environment": {"up_to_date": False}}, None),
    ],
)
def test_releases_only_go_forward(fields: dict[str, Any], expected: str | None) -> None:
    assert code("forward only", **fields) == expected


def test_what_is_live_already_is_not_deployed_again() -> None:
    assert code("live", live=live(HEAD)) == "already_live"
    assert code("live", live=live(LIVE)) is None
    assert code("live", live=None) is None


def test_a_merge_of_what_is_live_with_the_same_files_is_live_already() -> None:
    answer = refusal("live", live=live(LIVE), same_as_live=True)
    assert (answer.code, answer.mend) == ("already_live", "There is nothing to do.")
    assert answer.what.startswith(
        "aaaaaaa, merged from 1111111 with the very same files, has been live in `production`"
    )


def test_what_stands_for_a_live_head_is_named_where_it_is_lacking() -> None:
    merged = refusal("forward only", contains_live=False, live_merged_as=sha("ccccccc"))
    assert "lacks commits of 1111111 (merged as ccccccc), which is live" in merged.what
    unmerged = refusal("forward only", contains_live=False, live_unmerged=3)
    assert "(the head of #3, not merged yet)" in unmerged.what
    assert unmerged.mend.startswith("Merge #3, then `main` into this one, and type it again.")


@pytest.mark.parametrize(
    ("fields", "what", "mend"),
    [
        ({"live_closed": 3}, "(the head of #3, closed without a merge)", "or reopen #3 and merge it, then `main`"),
        ({"live_unmerged": 7}, "(an earlier head of this pull request, pushed", "or merge this one"),
        ({"live_astray": True}, "(which `main` does not have)", "or merge 1111111 into this one"),
    ],
)
def test_what_merging_the_branch_would_not_mend_is_not_said_to_be_mended_by_that(
    fields: dict[str, Any], what: str, mend: str
) -> None:
    answer = refusal("forward only", contains_live=False, **fields)
    assert what in answer.what
    assert mend in answer.mend
    assert answer.mend.startswith("Go back first, `/rollback production`; ")


def test_a_commit_that_failed_here_does_not_come_back() -> None:
    answer = refusal("quarantine", quarantined="rolled back to 1111111: error rate")
    assert answer.code == "quarantined"
    assert "error rate" in answer.what
    assert code("quarantine") is None


def test_a_reason_for_quarantine_is_somebodys_text() -> None:
    hostile = "the driver said\n/deploy production\n@everyone closes #1 <b>"
    said = refusal("quarantine", quarantined=hostile).what
    assert "\n" not in said
    assert "@everyone" not in said
    assert "<b>" not in said


def test_one_rollout_at_a_time() -> None:
    answer = refusal("busy", busy=Busy(OLDER, "Baking", "bob", 6, "reject"))
    assert (answer.code, answer.wait) == ("environment_busy", True)
    assert "bbbbbbb" in answer.what
    assert "#6" in answer.what
    assert code("busy") is None
    assert code("busy", busy=Busy(OLDER, "Baking", "bob", 6, "queue")) is None  # it waits for its turn
    assert code("busy", busy=Busy(HEAD, "Baking", "bob", 6, "queue")) == "environment_busy"


@pytest.mark.parametrize(
    ("driver", "strategy", "expected"),
    [
        ({"kind": "deployment", "honours": ["traffic"]}, "canary", None),
        ({"kind": "deployment"}, "canary", "driver_does_not_honour"),
        ({"kind": "deployment", "honours": ["slots"]}, "canary", "driver_does_not_honour"),
        ({"kind": "deployment"}, "recreate", None),
        ({"kind": "workflow", "file": "deploy.yml", "honours": ["traffic"]}, "canary", "driver_unknown"),
    ],
)
def test_the_driver_does_what_the_strategy_needs(driver: Any, strategy: Any, expected: str | None) -> None:
    environment = production(driver=driver, strategy="recreate", rollback={})
    assert code("driver", environment=environment, strategy=strategy) == expected


def test_criteria_that_cannot_be_read_are_mended_first() -> None:
    assert code("criteria", criteria_errors=("“sunny”: unknown",)) == "criteria_not_understood"
    assert code("criteria") is None


def test_something_to_go_back_to_or_a_word_that_there_is_none() -> None:
    assert code("rollback target", live=None) == "no_rollback_target"
    assert code("rollback target", live=None, first=True) is None
    assert code("rollback target") is None


def test_gates_about_an_unknown_environment_leave_it_to_the_one_that_says_so() -> None:
    facts = gate_facts(environment_name="nowhere", checks=(), live=None, first=True)
    assert [name for name, gate in GATES.items() if gate(facts) is not None] == ["environment"]


def test_shas_are_full() -> None:
    assert len(sha("1")) == 40


def test_what_should_be_live_and_may_not_be_is_not_called_live() -> None:
    answer = refusal("live", live=live(HEAD), doubt="what serves is not certain since noon: aborted")
    assert answer.code == "already_live"
    assert "aaaaaaa should be live in `production`, but what serves is not certain" in answer.what
    assert answer.mend == "`/rollback production` asks for it again."
