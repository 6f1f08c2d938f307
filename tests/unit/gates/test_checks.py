"""The gate for checks: missing, running and unknown are never green, and whoever reports is looked at."""

from typing import Any

import pytest

from bot.gates import Required
from bot.gates.model import is_production
from tests.unit.builders import (
    check,
    policy,
    status,
)
from tests.unit.gates.asking import code, refusal

# --- checks that the policy names ------------------------------------------------------------------------------------------------

NAMED = {"checks": ["unit", "lint"]}


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ((check("unit"), check("lint")), None),
        ((check("unit"), check("lint", "failed")), "checks_failed"),
        ((check("unit"),), "checks_missing"),
        ((), "checks_missing"),
        ((check("unit"), check("lint", "skipped")), "checks_missing"),
        ((check("unit"), check("lint", "running")), "checks_pending"),
        ((check("unit", "failed"), check("lint", "running")), "checks_failed"),
        ((check("unit"), check("lint"), check("tagboat/readiness", "failed")), None),
        ((check("unit"), check("lint"), check("anything else", "failed")), None),
        ((check("unit (1)"), check("unit (2)", "failed"), check("lint")), "checks_failed"),
    ],
)
def test_every_item_that_the_policy_names_has_passed(checks: Any, expected: str | None) -> None:
    assert code("checks", environment=NAMED, checks=checks) == expected


def test_an_item_that_nobody_can_report_is_never_green() -> None:
    rules = {"pipeline": {"staging": {"manual_qa": [{"human": "team:qa"}]}}}
    facts = {"rules": rules, "environment": {"checks": ["manual_qa"]}, "checks": (check("manual qa"),)}
    assert code("checks", **facts) == "checks_missing"


def test_a_refusal_names_the_check_that_failed_and_the_commit() -> None:
    answer = refusal("checks", environment=NAMED, checks=(check("unit (3.11)", "failed"), check("lint", "running")))
    assert answer.what == "On aaaaaaa: Unit tests failed (`unit (3.11)`)."
    assert not answer.wait


def test_waiting_mends_what_is_still_running() -> None:
    assert refusal("checks", checks=(check("unit", "running"),)).wait


# --- checks that the branch requires ---------------------------------------------------------------------------------------------

OPEN = {"checks": None}


@pytest.mark.parametrize(
    ("required", "checks", "expected"),
    [
        ([Required("build")], (check("build"),), None),
        ([Required("build")], (check("build", "failed"),), "checks_failed"),
        ([Required("build")], (check("unit"),), "checks_missing"),
        ([Required("build")], (check("build", "running"),), "checks_pending"),
        (
            [Required("build")],
            (check("build", "skipped"),),
            None,
        ),  # GitHub lets a skipped job pass, so it can be merged
        ([Required("build")], (status("build"),), None),
        ([Required("build"), Required("tagboat/readiness")], (check("build"),), None),
        ([Required("build")], (check("build"), check("other", "failed")), None),
        ([Required("build", 15368)], (check("build"),), None),
        ([Required("build", 15368)], (check("build", app="forger", app_id=9),), "checks_missing"),
        ([Required("build", 15368)], (status("build", by="mallory"),), "checks_missing"),
        ([Required("build", 15368)], (status("build", by="ci[bot]"),), None),
        # Every workflow may set statuses as Actions, and other Apps as themselves: neither is the App that the rule names.
        ([Required("scan", 77)], (status("scan", by="github-actions[bot]"),), "checks_missing"),
        ([Required("scan", 77)], (check("x", app="ci", app_id=9), status("scan", by="ci[bot]")), "checks_missing"),
        ([Required("scan", 77)], (check("x", app="scan", app_id=77), status("scan", by="ci[bot]")), "checks_missing"),
        ([Required("scan", 77)], (check("x", app="scan", app_id=77), status("scan", by="scan[bot]")), None),
        ([Required("build", 15368)], (check("x"), status("build", by="github-actions[bot]")), None),
        ([Required("build", -1)], (status("build", by="mallory"),), None),  # "any source", as GitHub spells it
        (None, (check("build"),), "checks_unknown"),
    ],
)
def test_without_a_list_the_rules_of_the_branch_decide(required: Any, checks: Any, expected: str | None) -> None:
    assert code("checks", environment=OPEN, required=required and tuple(required), checks=checks) == expected


@pytest.mark.parametrize(
    ("name", "checks", "expected"),
    [
        ("production", (check("build"), status("ci")), None),
        ("production", (check("build"), check("docs", "failed")), "checks_failed"),
        ("production", (check("build"), check("docs", "running")), "checks_pending"),
        ("production", (check("build"), check("nightly", "skipped")), None),
        ("production", (check("nightly", "skipped"),), "no_checks"),
        ("production", (check("tagboat/readiness"),), "no_checks"),
        ("production", (), "no_checks"),
        ("staging", (), None),
        ("staging", (check("build", "failed"),), "checks_failed"),
    ],
)
def test_where_nothing_is_required_everything_that_ran_counts(name: str, checks: Any, expected: str | None) -> None:
    assert code("checks", environment=OPEN, environment_name=name, checks=checks) == expected


def test_ignored_checks_hold_nothing_up() -> None:
    rules = {"pipeline_options": {"ignore": ["codecov/*"]}}
    checks = (check("build"), status("codecov/patch", "failed"))
    assert code("checks", environment=OPEN, rules=rules, checks=checks) is None


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("production", True),
        ("Production", True),
        ("prod", True),
        ("prod-eu", True),
        ("production/blue", True),
        ("prod_2", True),
        ("preprod", False),
        ("products", False),
        ("staging", False),
    ],
)
def test_production_is_known_by_its_name(name: str, counts: bool) -> None:
    assert is_production(policy(), name) is counts


def test_production_is_what_the_policy_lists() -> None:
    rules = policy(dora={"production": ["live-*"]})
    assert is_production(rules, "live-eu")
    assert not is_production(rules, "production")
