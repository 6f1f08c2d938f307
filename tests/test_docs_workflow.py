"""The deploy workflow that the guide offers does what its contract says: parsed as GitHub does, and its scripts run by a real shell.

`gh` is replaced by a small program that answers from a list of deployments and writes down the statuses that it is asked to create. What is
looked at is what a runner would leave behind: exit codes and statuses.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.rollout.strategies.route import ROLLBACK_ATTEMPTS, SHIFT_DEADLINE

PAGE = Path(__file__).parents[1] / "docs/guide/deploy-workflow.md"
GENERATIONS = "[.[].payload | objects | .generation | numbers] | max // 0"

GH = f"""#!{sys.executable}
import json, os, sys

asked = sys.argv[1:]
fields = dict(asked[at + 1].split("=", 1) for at, word in enumerate(asked) if word in ("-f", "-F"))
if os.environ.get("GH_DOWN"):
    sys.exit("error connecting to api.github.example.test")
if "--method" in asked:
    assert asked[asked.index("--jq") + 1] == {GENERATIONS!r}
    assert fields == {{"environment": "production", "task": "shift", "per_page": "100"}}
    payloads = json.loads(os.environ["GH_DEPLOYMENTS"])
    found = [one["generation"] for one in payloads if isinstance(one, dict) and isinstance(one.get("generation"), int)]
    print(max(found, default=0))
else:
    assert asked[:2] == ["api", "repos/acme/shop/deployments/77/statuses"]
    with open(os.environ["GH_STATUSES"], "a") as out:
        print(json.dumps(fields), file=out)
"""


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    (block,) = re.findall(r"^```yaml\n(name: Deploy\n.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    loaded: dict[Any, Any] = yaml.safe_load(block)
    return loaded


@dataclass
class Runner:
    """Runs single steps as GitHub's runner does with `shell: bash`."""

    steps: Sequence[dict[str, Any]]
    directory: Path

    def run(self, name: str, *, deployments: Sequence[Any] = (), **environ: str) -> subprocess.CompletedProcess[str]:
        (step,) = [step for step in self.steps if step.get("name") == name]
        assert step["shell"] == "bash"
        given = {
            "PATH": f"{self.directory}:{os.environ['PATH']}",
            "GITHUB_REPOSITORY": "acme/shop",
            "DEPLOYMENT": "77",
            "ENVIRONMENT": "production",
            "SCHEMA": "1",
            "GENERATION": "12",
            "TRAFFIC": "25",
            "CANDIDATE": "c" * 40,
            "BASELINE": "b" * 40,
            "RUN_URL": "https://github.example.test/acme/shop/actions/runs/9",
            "GH_DEPLOYMENTS": json.dumps(list(deployments)),
            "GH_STATUSES": str(self.directory / "statuses"),
        }
        script = self.directory / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        return subprocess.run(command, env=given | environ, capture_output=True, text=True, timeout=30, check=False)

    @property
    def statuses(self) -> list[dict[str, str]]:
        written = self.directory / "statuses"
        return [json.loads(line) for line in written.read_text().splitlines()] if written.exists() else []


@pytest.fixture
def runner(workflow: dict[Any, Any], tmp_path: Path) -> Runner:
    for name, program in (("gh", GH), ("sleep", "#!/bin/sh\n")):
        (tmp_path / name).write_text(program, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    return Runner(workflow["jobs"]["shift"]["steps"], tmp_path)


FENCE, BEGUN, MOVE, ENDED = (
    "Refuse an order that is out of date",
    "Say that it has begun",
    "Move the traffic",
    "Say how it went",
)


def order(generation: Any) -> dict[str, Any]:
    return {"schema": 1, "generation": generation}


def test_it_runs_for_shifts_and_may_do_no_more_than_it_has_to(workflow: dict[Any, Any]) -> None:
    assert workflow[True] == "deployment"  # YAML 1.1 reads `on` as true, and so do most parsers
    assert workflow["permissions"] == {"contents": "read", "deployments": "write"}
    (job,) = workflow["jobs"].values()
    assert job["if"] == "github.event.deployment.task == 'shift'"
    assert "environment" not in job


def test_orders_of_one_environment_go_one_after_the_other(workflow: dict[Any, Any]) -> None:
    group = workflow["concurrency"]
    assert "${{ github.event.deployment.environment }}" in group["group"]
    assert "${{ github.event.deployment.task }}" in group["group"]
    assert group["cancel-in-progress"] is False


def test_a_run_that_hangs_ends_before_nobody_waits_for_it(workflow: dict[Any, Any]) -> None:
    longest = workflow["jobs"]["shift"]["timeout-minutes"] * 60
    assert longest < SHIFT_DEADLINE
    assert longest < 2 * SHIFT_DEADLINE / ROLLBACK_ATTEMPTS * (ROLLBACK_ATTEMPTS - 1)  # an attempt is left after it


def test_actions_are_pinned_and_scripts_hold_no_expressions(workflow: dict[Any, Any]) -> None:
    for step in workflow["jobs"]["shift"]["steps"]:
        assert "run" in step or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
        assert "${{" not in step.get("run", "")


def test_every_script_is_one(workflow: dict[Any, Any]) -> None:
    scripts = [step["run"] for step in workflow["jobs"]["shift"]["steps"] if "run" in step]
    assert len(scripts) == 4
    for script in scripts:
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


@pytest.mark.parametrize(
    ("generation", "others", "goes_on"),
    [
        ("12", [order(12), order(11)], True),
        ("12", [], True),  # GitHub's list lags
        ("12", [order(3), "", None, "{}", {}, order("99"), order(12)], True),
        ("12", [order(13), order(12)], False),
        ("9", [order(12), order(10), order(9)], False),
        ("", [order(12)], False),
        ("12; exit 0", [order(13)], False),
    ],
)
def test_an_order_that_is_out_of_date_is_refused(
    runner: Runner, generation: str, others: list[Any], *, goes_on: bool
) -> None:
    done = runner.run(FENCE, deployments=others, GENERATION=generation)
    assert (done.returncode == 0) is goes_on
    assert goes_on or "::error::" in done.stdout


def test_another_contract_is_refused(runner: Runner) -> None:
    assert runner.run(FENCE, SCHEMA="2", deployments=[order(12)]).returncode != 0


def test_without_an_answer_of_github_nothing_moves(runner: Runner) -> None:
    assert runner.run(FENCE, GH_DOWN="1").returncode != 0


def test_it_says_that_it_has_begun(runner: Runner) -> None:
    assert runner.run(BEGUN).returncode == 0
    (status,) = runner.statuses
    assert (status["state"], status["auto_inactive"]) == ("in_progress", "false")


def test_without_a_command_of_the_team_it_fails(runner: Runner) -> None:
    done = runner.run(MOVE)
    assert done.returncode != 0
    assert "your own command" in done.stdout


@pytest.mark.parametrize(
    ("moved", "state"), [("success", "success"), ("failure", "failure"), ("skipped", "error"), ("cancelled", "error"), ("", "error")]
)  # fmt: skip
def test_it_says_how_it_went(runner: Runner, moved: str, state: str) -> None:
    assert runner.run(ENDED, MOVE=moved).returncode == 0
    (status,) = runner.statuses
    assert (status["state"], status["auto_inactive"]) == (state, "false")
    assert status["description"] == f"25 % of the traffic on ccccccc: {state}"
    assert len(status["description"]) <= 140


def test_it_tries_to_say_so_three_times(runner: Runner) -> None:
    done = runner.run(ENDED, MOVE="success", GH_DOWN="1")
    assert done.returncode != 0
    assert done.stderr.count("error connecting") == 3


def test_the_sandboxs_team_has_copied_it_and_put_in_its_command(workflow: dict[Any, Any]) -> None:
    file = Path(__file__).parents[1] / "sandbox/sample/12-deploy/.github/workflows/deploy.yml"
    copied = yaml.safe_load(file.read_text("utf-8"))
    steps, own = workflow["jobs"]["shift"]["steps"], copied["jobs"]["shift"]["steps"]
    copied["jobs"]["shift"]["steps"] = steps
    assert copied == workflow
    changed = [(mine, theirs) for mine, theirs in zip(own, steps, strict=True) if mine != theirs]
    ((mine, theirs),) = changed
    assert mine["name"] == theirs["name"] == MOVE
    assert mine.keys() == theirs.keys()
    assert "deploy/shift" in mine["run"]
    assert "Put your own command here" not in mine["run"]


def test_the_report_is_made_whatever_happened_before(workflow: dict[Any, Any]) -> None:
    last = workflow["jobs"]["shift"]["steps"][-1]
    assert (last["name"], last["if"]) == (ENDED, "always()")
    assert last["env"] == {"MOVE": "${{ steps.move.outcome }}"}
