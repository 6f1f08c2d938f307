"""What people read about an environment: the state at a glance, what can be pressed, what would happen."""

from typing import Any

import pytest

from bot.environment.checks import named_checks, read_checks
from bot.environment.model import EnvironmentRecord
from bot.environment.render import BUTTONS, render_answer, render_plan
from bot.environment.status import render_status
from bot.rollout.facts import NoPlan
from bot.rollout.model import Plan
from bot.rollout.strategies import compile_plan
from tests.unit.builders import HEAD, LIVE, NOW, check, live, policy, production, status
from tests.unit.environment.stage import Stage, request


def plan(strategy: str = "canary", baseline: str = LIVE, **keys: Any) -> Plan:
    environment = production(**{"driver": {"honours": ["traffic", "slots", "mirror"]}, **keys.pop("environment", {})})
    rules = policy(environments={"production": environment}, **keys)
    found = compile_plan(strategy, rules, rules.environments["production"], candidate=HEAD, baseline=baseline)
    assert not isinstance(found, NoPlan), found
    return found


# --- plans -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "route"),
    [
        (
            "canary",
            "Canary: **5 %** → watch 15 min → **25 %** → watch 15 min → **50 %** → watch 10 min → **100 %** → watch 15 min",
        ),
        ("recreate", "Recreate: **100 %** → watch 15 min"),
        (
            "blue_green",
            "Blue-green: **green up** → look at blue 1 min → **switch** → watch 15 min → keep blue 1 h → **retire blue**",
        ),
    ],
)
def test_the_route_on_one_line(strategy: str, route: str) -> None:
    assert render_plan(plan(strategy)).splitlines()[0] == route


def test_checks_on_the_way_are_named() -> None:
    steps = [{"traffic": "5%"}, {"traffic": "100%", "checks": ["smoke_production", "e2e"]}]
    assert "**100 %** → smoke\\_production, e2e → watch" in render_plan(plan(strategies={"canary": {"steps": steps}}))


def test_a_plan_without_a_way_back_says_so() -> None:
    assert "**Rollback:** there is nothing to go back to." in render_plan(plan(baseline=""))
    assert "**Rollback:** to `1111111`, all at once." in render_plan(plan())


def test_what_cannot_be_measured_is_marked_before_it_matters() -> None:
    text = render_plan(plan(environment={"rollback": {"when": ["Error rate > 1%", "p99 latency > 500ms"]}}))
    marked = [line for line in text.splitlines() if "⚠️" in line]
    assert len(marked) == 1
    assert "500 ms" in marked[0]
    assert "No SLIs" not in text


def test_without_anything_to_measure_a_person_is_asked_at_each_step() -> None:
    assert "No SLIs: I will ask for `/promote` at each step." in render_plan(plan(slis={}))
    assert "No SLIs: I will ask" in render_plan(plan(environment={"rollback": {"when": []}}))


def test_a_plain_deployment_without_criteria_only_waits_and_asks_nobody() -> None:
    assert "No SLIs" not in render_plan(plan("recreate", environment={"rollback": {"when": []}}))


# --- answers and status ----------------------------------------------------------------------------------------------------------


def test_an_answer_quotes_what_was_typed() -> None:
    asked = request("promote_all", typed="/promote --all\n/deploy `x`")
    assert (
        render_answer(asked, "production", said="Done.").splitlines()[0]
        == "> `` /promote --all /deploy `x` `` by alice"
    )


def test_status_rows() -> None:
    assert render_status("production", EnvironmentRecord()) == ("`production`", "nothing known", "", "", "–")
    row = render_status("production", EnvironmentRecord(live=live(by="a|b @c")))
    assert row[:3] == ("`production`", "`1111111`", "2027-01-14 08:00 UTC")
    assert "@c" not in row[3]


def test_buttons_fit_github_and_their_verbs_are_commands() -> None:
    for name, button in BUTTONS.items():
        assert button.identifier == name
        assert len(button.label) <= 20
        assert len(button.description) <= 40
        assert len(button.identifier) <= 20


def test_only_what_does_something_can_be_pressed() -> None:
    stage = Stage().start()
    pressed = {"shifting": [it.identifier for it in stage.check.buttons]}
    stage.report("success")
    stage.look(after=2)
    stage.look(after=60)
    pressed["baking"] = [it.identifier for it in stage.check.buttons]
    stage.look(request("halt", at=stage.now))
    pressed["paused"] = [it.identifier for it in stage.check.buttons]
    stage.look(request("rollback", at=stage.now, sha=LIVE))
    pressed["going back"] = [it.identifier for it in stage.check.buttons]
    assert pressed == {
        "shifting": ["halt", "rollback"],
        "baking": ["promote", "halt", "rollback"],
        "paused": ["resume", "rollback"],
        "going back": [],
    }


def test_the_check_run_is_the_panel_of_its_rollout() -> None:
    check_run = Stage().start().check
    assert (check_run.sha, check_run.name, check_run.external_id) == (
        HEAD,
        "tagboat/production",
        "production:100:1:shift-5:",
    )
    assert check_run.conclusion == "neutral"  # buttons show on completed runs only, and it must not hold a merge
    assert "`" not in check_run.title


# --- checks ----------------------------------------------------------------------------------------------------------------------


def test_a_plan_asks_for_the_checks_of_its_steps_and_criteria_once() -> None:
    steps = [{"traffic": "5%", "checks": ["e2e"]}, {"traffic": "100%", "checks": ["smoke_production", "e2e"]}]
    found = plan(
        strategies={"canary": {"steps": steps}},
        environment={"rollback": {"when": ["smoke_production fails", "Error rate > 1%"]}},
    )
    assert named_checks(found) == ("e2e", "smoke_production")
    assert named_checks(plan()) == ()


@pytest.mark.parametrize(
    ("checks", "state", "at"),
    [
        ([check("e2e", finished_at=NOW)], "success", NOW),
        ([check("e2e a", finished_at=NOW), check("e2e b", finished_at=NOW - 60)], "success", NOW - 60),
        ([check("e2e a", finished_at=NOW), check("e2e b", "failed", finished_at=NOW - 60)], "failure", NOW - 60),
        ([check("e2e", "running", started_at=NOW - 5)], "pending", NOW - 5),
        ([check("e2e", "skipped", finished_at=NOW)], "error", NOW),
        ([status("e2e", started_at=NOW - 9)], "success", NOW - 9),
    ],
)
def test_a_check_is_as_new_as_what_it_rests_on(checks: Any, state: str, at: float) -> None:
    reading = read_checks(("e2e", "smoke"), tuple(checks), policy())
    assert set(reading) == {"e2e"}
    assert (reading["e2e"].state, reading["e2e"].at) == (state, at)
