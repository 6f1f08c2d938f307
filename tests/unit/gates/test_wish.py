"""Gates about the wish: who asks, for which commit, from where. Each with its pass, its refusals, and what it does when GitHub is silent."""

from typing import Any

import pytest

from bot.gates import GATES, judge, refusals
from bot.gates.wish import may, moved_after
from bot.policy import NO_POLICY
from tests.unit.builders import (
    ALICE,
    HEAD,
    HOUR,
    LIVE,
    MERGE,
    MINUTE,
    NOW,
    OLDER,
    gate_facts,
    head,
    merged_pull,
    policy,
    production,
    pull,
    sha,
)

ASKED = NOW - MINUTE


def code(gate: str, **fields: Any) -> str | None:
    answer = GATES[gate](gate_facts(**fields))
    return answer.code if answer else None


def test_the_ordinary_wish_is_granted_by_every_gate() -> None:
    assert judge(gate_facts()) == dict.fromkeys(GATES)
    assert refusals(gate_facts()) == ()


def test_refusals_are_told_in_the_order_of_the_table() -> None:
    answers = refusals(gate_facts(permission="read", checks=(), pull=pull(draft=True)))
    assert [answer.code for answer in answers] == ["permission_denied", "draft", "checks_missing"]


def test_where_nothing_may_start_nothing_else_is_told() -> None:
    answers = refusals(gate_facts(paused=True, permission="read", checks=(), pull=pull(draft=True)))
    assert [answer.code for answer in answers] == ["paused_by_operator"]


def test_every_refusal_says_what_is_the_case_and_how_to_mend_it() -> None:
    for facts in (
        gate_facts(policy=NO_POLICY, permission=None),
        gate_facts(paused=True, pull=pull(fork=True, draft=True), permission="none", checks=(), live=None),
    ):
        for answer in refusals(facts):
            assert answer.what.endswith((".", "…"))
            assert answer.mend.endswith(".")
            assert answer.code.replace("_", "").isalpha()


# --- mode ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"paused": True}, "paused_by_operator"),
        ({"policy": NO_POLICY}, "advise_mode"),
        ({"policy": policy(mode="advise")}, "advise_mode"),
        ({"policy": policy(mode="paused")}, "paused"),
    ],
)
def test_only_an_active_policy_moves_anything(fields: dict[str, Any], expected: str | None) -> None:
    assert code("mode", **fields) == expected


# --- environment and permission --------------------------------------------------------------------------------------------------


def test_an_environment_is_known_whatever_its_case() -> None:
    assert code("environment", environment_name="PRODUCTION") is None


def test_an_unknown_environment_is_refused_with_those_that_there_are() -> None:
    answer = GATES["environment"](gate_facts(environment_name="prod`uction"))
    assert answer is not None
    assert answer.code == "unknown_environment"
    assert "`staging`, `production`" in answer.what
    assert "``prod`uction``" in answer.what


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        ("admin", None),
        ("maintain", None),
        ("write", None),
        ("triage", "permission_denied"),
        ("read", "permission_denied"),
        ("none", "permission_denied"),
        (None, "permission_unknown"),
    ],
)
def test_deploying_takes_write_access_and_no_answer_is_a_no(permission: Any, expected: str | None) -> None:
    assert code("permission", permission=permission) == expected


def test_the_environment_has_the_last_word_on_who_may() -> None:
    assert code("permission", environment={"who": {"deploy": "maintain"}}) == "permission_denied"
    assert code("permission", environment={"who": {"deploy": "maintain"}}, permission="maintain") is None


@pytest.mark.parametrize(
    ("teams", "expected"),
    [
        ({"team:sre": True, "team:oncall": False}, None),
        ({"team:sre": False, "team:oncall": True}, None),
        ({"team:sre": False, "team:oncall": False}, "team_required"),
        ({"team:sre": False}, "team_unknown"),
        ({}, "team_unknown"),
    ],
)
def test_a_team_is_required_or_could_not_be_asked_about(teams: dict[str, bool], expected: str | None) -> None:
    who = {"deploy": ["team:sre", "team:oncall"]}
    assert code("permission", environment={"who": who}, permission="admin", teams=teams) == expected


def test_what_is_for_nobody_is_for_nobody() -> None:
    refusal = may("`/waive`", (), "admin", {})
    assert refusal is not None
    assert refusal.code == "team_required"
    assert "nobody" in refusal.what


# --- where it comes from ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepts", "source", "expected"),
    [
        (["pull_request"], "pull_request", None),
        (["default_branch"], "pull_request", "source_not_accepted"),
        (["release"], "pull_request", "source_not_accepted"),
        (["default_branch"], "default_branch", None),
        (["release"], "default_branch", "source_not_accepted"),
        (["release", "default_branch"], "release", None),
        (["default_branch"], "release", "source_not_accepted"),
    ],
)
def test_a_commit_comes_from_where_the_environment_accepts_it(accepts: Any, source: Any, expected: Any) -> None:
    assert code("source", environment={"accepts": accepts}, source=source) == expected


def test_somebody_with_an_open_pull_request_is_told_to_merge_only_where_that_helps() -> None:
    merge = GATES["source"](gate_facts(environment={"accepts": ["default_branch"]}))
    release = GATES["source"](gate_facts(environment={"accepts": ["release"]}))
    assert merge is not None
    assert release is not None
    assert "Merge it" in merge.mend
    assert "Merge" not in release.mend


def test_code_from_a_fork_waits_for_its_merge() -> None:
    assert code("fork", pull=pull(fork=True)) == "fork"
    assert code("fork", pull=merged_pull(fork=True), source="default_branch") is None
    assert code("fork", pull=None, source="release") is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"state": "closed"}, "pull_request_closed"),
        ({"draft": True}, "draft"),
        ({"base": "release/1"}, "base_branch"),
        ({"state": "closed", "draft": True}, "pull_request_closed"),
        ({"state": "closed", "merged": True, "merge_sha": MERGE}, None),
    ],
)
def test_an_open_pull_request_has_to_be_ready_and_aim_at_the_protected_branch(
    fields: dict[str, Any], expected: str | None
) -> None:
    assert code("pull request", pull=pull(**fields)) == expected


# --- the commit that was seen ----------------------------------------------------------------------------------------------------


def test_the_head_that_was_there_when_it_was_typed_is_deployed() -> None:
    assert code("commit") is None


def test_another_commit_than_the_head_is_refused_even_when_it_is_named() -> None:
    assert code("commit", sha=OLDER, pin=OLDER[:7]) == "head_moved"
    assert code("commit", sha=sha("dddd")) == "head_moved"


def test_a_head_that_was_pushed_after_the_comment_is_refused_unless_it_is_named() -> None:
    heads = (head(OLDER, ASKED - HOUR), head(HEAD, ASKED + 1))
    assert code("commit", heads=heads) == "head_moved"
    assert code("commit", heads=heads, pin=HEAD[:7]) is None


@pytest.mark.parametrize(
    ("pushed", "moved"),
    [
        (ASKED - 60, False),
        (ASKED - 1, False),
        (ASKED - 0.001, False),  # the second before, by a hair
        (ASKED, True),
        (ASKED + 0.999, True),  # the same second: GitHub's times are no finer
        (ASKED + 60, True),
    ],
)
def test_in_the_second_of_the_comment_nobody_can_have_seen_the_push(pushed: float, moved: bool) -> None:
    heads = (head(OLDER, ASKED - HOUR), head(HEAD, pushed))
    assert (moved_after(heads, HEAD, ASKED) is not None) is moved


def test_the_only_head_there_ever_was_is_the_one_that_was_seen() -> None:
    assert moved_after((head(HEAD, ASKED + 5, "opened-1"),), HEAD, ASKED) is None
    assert moved_after((head(HEAD, ASKED - 5), head(HEAD, ASKED + 5, "reopened")), HEAD, ASKED) is None


def test_the_first_head_that_we_happen_to_hear_of_may_have_been_swapped() -> None:
    assert moved_after((head(HEAD, ASKED + 5),), HEAD, ASKED) == ASKED + 5
    assert moved_after((head(HEAD, ASKED - 5),), HEAD, ASKED) is None


def test_a_head_that_came_back_after_another_was_shown_is_new() -> None:
    there_and_back = (head(HEAD, ASKED - HOUR), head(OLDER, ASKED - 60), head(HEAD, ASKED + 2))
    assert moved_after(there_and_back, HEAD, ASKED) == ASKED + 2
    assert moved_after(there_and_back, HEAD, ASKED + 10) is None


def test_a_reopened_pull_request_has_not_moved() -> None:
    heads = (head(OLDER, ASKED - HOUR), head(HEAD, ASKED - 60), head(HEAD, ASKED + 60, "reopened"))
    assert moved_after(heads, HEAD, ASKED) is None


def test_a_head_that_nobody_told_us_about_is_newer_than_everything_we_know() -> None:
    assert moved_after((head(OLDER, ASKED - HOUR),), HEAD, ASKED) is not None
    assert moved_after((head(HEAD, ASKED - HOUR), head(OLDER, ASKED - 60)), HEAD, ASKED) is not None


def test_a_pull_request_older_than_the_installation_has_no_known_heads() -> None:
    assert moved_after((), HEAD, ASKED) is None


def test_of_a_merged_pull_request_only_the_merge_commit_is_deployed() -> None:
    merge = {"pull": merged_pull(), "source": "default_branch"}
    assert code("commit", **merge, sha=MERGE) is None
    assert code("commit", **merge, sha=MERGE, pin=MERGE[:7]) is None
    for other in (HEAD, LIVE, sha("9999999"), ""):
        assert code("commit", **merge, sha=other, pin="9999999") == "head_moved"


def test_a_merge_that_nobody_can_have_seen_is_refused_unless_it_is_named() -> None:
    for at in (ASKED, ASKED + 0.5, ASKED + 1):  # the same second: GitHub's times are no finer
        late = {"pull": merged_pull(merged_at=at), "source": "default_branch", "sha": MERGE}
        assert code("commit", **late) == "head_moved"
        assert code("commit", **late, pin=MERGE[:7]) is None
        assert code("commit", **late, automatic=True) is None  # nobody looked, and nobody typed


def test_what_was_merged_into_another_branch_is_protected_by_nothing() -> None:
    merge = {"source": "default_branch", "sha": MERGE}
    assert code("pull request", pull=merged_pull(base="mine"), **merge) == "base_branch"
    assert code("pull request", pull=merged_pull(), **merge) is None


def test_a_merge_commit_that_github_does_not_name_is_waited_for() -> None:
    answer = GATES["commit"](gate_facts(pull=merged_pull(merge_sha=""), source="default_branch", sha=""))
    assert answer is not None
    assert (answer.code, answer.wait) == ("merge_unknown", True)


def test_without_a_pull_request_there_is_no_head_to_move() -> None:
    assert code("commit", pull=None, source="release") is None


def test_production_keeps_its_name_in_the_file() -> None:
    """The builder's environments are those that the policy gives back."""
    assert gate_facts().policy.environment_names == ("staging", "production")
    assert gate_facts(environment=production(checks=["lint"])).environment is not None
    assert gate_facts().actor == ALICE
