"""A workflow that would be dispatched is looked at before anything begins: whether it is there, takes orders, and can be followed."""

from typing import Any

import pytest

from bot.gates import GATES, Refusal
from bot.gates.drivers import INPUTS, stopped
from bot.gates.model import Workflow
from tests.dispatching import workflow_to_copy
from tests.unit.builders import gate_facts

COPIED = workflow_to_copy()
DRIVER = {"kind": "workflow", "file": "deploy.yml", "honours": ["traffic"]}


def refusal(
    text: str | None = COPIED, state: str = "active", *, driver: Any = DRIVER, known: bool = True
) -> Refusal | None:
    workflow = Workflow(state, text) if known else None
    return GATES["driver"](gate_facts(environment={"driver": driver}, workflow=workflow))


def test_the_workflow_to_copy_takes_orders() -> None:
    assert refusal() is None
    assert refusal(state="") is None  # Actions has not looked at the file yet
    assert len(INPUTS) <= 25


@pytest.mark.parametrize(
    ("text", "state", "code", "said"),
    [
        (None, "", "driver_missing", "no `.github/workflows/deploy.yml` on `main`"),
        (COPIED, "disabled_manually", "driver_disabled", "switched off"),
        (COPIED, "disabled_inactivity", "driver_disabled", "switched off"),
        ("on: [\n", "active", "driver_not_dispatchable", "not YAML"),
        ("[" * 5000, "active", "driver_not_dispatchable", "not YAML"),
        ("", "active", "driver_not_dispatchable", "not YAML"),
        ("on: push\n", "active", "driver_not_dispatchable", "no `workflow_dispatch`"),
        ("on: [push, deployment]\n", "active", "driver_not_dispatchable", "no `workflow_dispatch`"),
        ("on: [push, workflow_dispatch]\n", "active", "driver_contract", "`generation`"),
        ("on:\n  workflow_dispatch:\n", "active", "driver_contract", "`generation`"),
        (COPIED.replace("      sha: {", "      commit: {"), "active", "driver_contract", "requires the input `commit`"),
        (COPIED.replace("${{ inputs.key }}", ""), "active", "driver_contract", "`run-name`"),
    ],
)
def test_what_is_missing_is_named_with_how_to_mend_it(text: str | None, state: str, code: str, said: str) -> None:
    found = refusal(text, state)
    assert found is not None
    assert (found.code, found.wait) == (code, False)
    assert said in found.what
    assert found.mend


def test_without_an_answer_of_github_it_waits() -> None:
    found = refusal(known=False)
    assert found is not None
    assert (found.code, found.wait) == ("driver_unknown", True)


def test_an_installation_that_may_not_start_it_is_told_so() -> None:
    environment = {"driver": DRIVER}
    found = GATES["driver"](gate_facts(environment=environment, workflow=Workflow("active", COPIED, startable=False)))
    assert found is not None
    assert (found.code, found.who) == ("driver_not_allowed", "owners")


def test_it_has_to_honour_what_the_strategy_needs_too() -> None:
    found = refusal(driver={"kind": "workflow", "file": "deploy.yml"})
    assert found is not None
    assert found.code == "driver_does_not_honour"


# --- what GitHub's own environment wants besides ---------------------------------------------------------------------------------

NAMED = COPIED.replace("    timeout-minutes: 9\n", "    timeout-minutes: 9\n    environment: { name: Production }\n")
COMPUTED = COPIED.replace(
    "    timeout-minutes: 9\n", "    timeout-minutes: 9\n    environment: ${{ inputs.environment }}\n"
)
STOPS = ("an approval of bob", "a wait of 5 min")


@pytest.mark.parametrize(
    ("driver", "text", "stops", "said"),
    [
        (DRIVER, COPIED, STOPS, ""),  # the job does not name the environment: nobody is asked
        (DRIVER, NAMED, STOPS, "every shift will wait"),
        (DRIVER, COMPUTED, STOPS, "every shift will wait"),
        (DRIVER, NAMED, (), ""),
        (DRIVER, None, STOPS, ""),
        ({"kind": "deployment", "honours": ["traffic"]}, None, STOPS, "if the job of the deploy workflow names it"),
        ({"kind": "deployment", "honours": ["traffic"]}, None, (), ""),
    ],
)
def test_reviewers_of_githubs_environment_are_said_where_they_would_stop_a_shift(
    driver: Any, text: str | None, stops: tuple[str, ...], said: str
) -> None:
    facts = gate_facts(environment={"driver": driver}, workflow=Workflow("active", text), stops=stops)
    found = stopped(facts)
    assert (said in found) if said else not found
    assert not found or "an approval of bob and a wait of 5 min" in found
