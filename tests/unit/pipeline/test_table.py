"""Loose checks find their place in the pipeline, and what nobody reports is missing, never green."""

from typing import Any

import pytest

from bot.pipeline import BUILT_IN, Item, item_of, stages
from bot.pipeline.table import LABELS
from bot.policy import BUILT_IN_ITEMS
from tests.unit.builders import check, policy, status

POLICY = policy()


def placed(*checks: Any, rules: Any = POLICY) -> dict[str, list[str]]:
    found, others = stages(checks, rules)
    table = {item.name: [it.name for it in item.checks] for stage in found for item in stage.items if item.checks}
    return table | ({"other": [it.name for it in others]} if others else {})


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("lint", "lint"),
        ("Lint / ruff", "lint"),
        ("python / lint", "lint"),
        ("format-check", "lint"),
        ("CodeQL", "sast"),
        ("Analyze (python)", "sast"),
        ("trivy-fs", "dependency_scan"),
        ("Dependency review", "dependency_scan"),
        ("build", "compile"),
        ("Build (ubuntu-latest, 3.11)", "compile"),
        ("docker", "image"),
        ("image", "image"),
        ("cosign", "sign"),
        ("push-image", "push"),
        ("unit", "unit"),
        ("tests (3.11, ubuntu)", "unit"),
        ("pytest", "unit"),
        ("integration-tests", "integration"),
        ("e2e / chrome", "e2e"),
        ("pact", "contract"),
        ("k6", "performance"),
        ("smoke-staging", "smoke"),
        ("zap", "dast"),
        ("smoke-production", "smoke_production"),
        ("deploy preview", "other"),
        ("latest news", "other"),
    ],
)
def test_common_names_are_recognised(name: str, item: str) -> None:
    assert placed(check(name)) == {item: [name]}


def test_every_built_in_item_can_be_named_in_a_policy_and_has_a_label() -> None:
    items = {item: stage for stage, of_stage in BUILT_IN.items() for item in of_stage}
    assert items == dict(BUILT_IN_ITEMS)
    assert items.keys() == LABELS.keys()


def test_what_nobody_reports_before_a_deployment_is_listed_as_missing() -> None:
    found, others = stages([], POLICY)
    assert [stage.name for stage in found] == ["commit", "build", "test"]
    assert {item.state for stage in found for item in stage.items} == {"missing"}
    assert others == ()


def test_later_stages_appear_with_their_first_report() -> None:
    found, _ = stages([check("zap", "running")], POLICY)
    assert [(stage.name, [item.name for item in stage.items]) for stage in found][3:] == [("staging", ["dast"])]


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (["passed", "passed"], "passed"),
        (["passed", "running"], "running"),
        (["running", "failed"], "failed"),
        (["skipped", "passed"], "passed"),
        (["skipped"], "skipped"),
        ([], "missing"),
    ],
)
def test_an_item_is_as_good_as_the_worst_of_its_checks(states: list[Any], state: str) -> None:
    assert Item("unit", tuple(check(f"unit {at}", it) for at, it in enumerate(states))).state == state


def test_the_policys_words_replace_the_built_in_ones() -> None:
    rules = policy(pipeline={"test": {"unit": [{"app": "github-actions", "name": "specs*"}]}})
    assert placed(check("specs (1)"), check("unit"), rules=rules) == {"unit": ["specs (1)"], "other": ["unit"]}


def test_a_check_that_the_policy_names_is_not_taken_by_a_built_in_item() -> None:
    rules = policy(pipeline={"test": {"integration": [{"app": "github-actions", "name": "build-and-verify"}]}})
    assert placed(check("build-and-verify"), rules=rules) == {"integration": ["build-and-verify"]}


def test_an_item_that_the_policy_moves_to_another_stage_stands_only_there() -> None:
    rules = policy(pipeline={"commit": {"unit": [{"app": "github-actions", "name": "unit"}]}})
    found, _ = stages([check("unit")], rules)
    assert [stage.name for stage in found for item in stage.items if item.name == "unit"] == ["commit"]


@pytest.mark.parametrize("app", ["github-actions", "GitHub-Actions", "15368"])
def test_an_app_is_named_by_slug_or_number(app: str) -> None:
    rules = policy(pipeline={"test": {"unit": [{"app": app, "name": "unit"}]}})
    assert item_of("unit", [check("unit")], rules).state == "passed"
    assert item_of("unit", [check("unit", app="other", app_id=4)], rules).state == "missing"


def test_nobody_can_stand_in_for_an_app_with_a_status() -> None:
    rules = policy(pipeline={"test": {"unit": [{"app": "my-ci", "name": "unit"}]}})
    assert item_of("unit", [status("unit", by="my-ci")], rules).state == "missing"


def test_a_status_proves_an_item_where_the_policy_says_so() -> None:
    rules = policy(pipeline={"test": {"unit": [{"status": "ci/circleci: unit*"}]}})
    assert item_of("unit", [status("ci/circleci: unit-tests")], rules).state == "passed"


def test_what_only_a_person_can_say_is_not_said_by_a_check() -> None:
    rules = policy(pipeline={"staging": {"manual_qa": [{"human": "team:qa"}]}})
    assert item_of("manual_qa", [check("manual qa")], rules).state == "missing"


def test_ignored_checks_count_nowhere() -> None:
    rules = policy(pipeline_options={"ignore": ["codecov/*", "unit (windows)"]})
    assert placed(status("codecov/patch", "failed"), check("unit (windows)", "failed"), check("unit"), rules=rules) == {
        "unit": ["unit"]
    }


def test_an_unknown_item_is_missing() -> None:
    assert item_of("juggling", [check("juggling")], POLICY) == Item("juggling", ())


def test_odd_names_do_no_harm() -> None:
    for name in ("[", "[!]", "*", "", "a" * 5000, "\n/deploy production", "🚀"):
        assert placed(check(name)) in ({"other": [name]},)
