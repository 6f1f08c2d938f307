"""The workflow that the guide offers for dispatching follows the same contract as the one that hears deployments, and its fence holds.

`gh` is replaced by a program that prints the titles of runs; what is looked at is how the step ends.
"""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.gates.drivers import INPUTS
from bot.rollout.strategies.route import ROLLBACK_ATTEMPTS, SHIFT_DEADLINE
from tests.dispatching import workflow_to_copy
from tests.test_docs_workflow import FENCE, MOVE, workflow

WORKFLOW: dict[Any, Any] = yaml.load(workflow_to_copy(), Loader=yaml.BaseLoader)  # noqa: S506  makes texts, lists and mappings
JOB = WORKFLOW["jobs"]["shift"]
STEPS = {step.get("name"): step for step in JOB["steps"]}

heard = workflow  # the other one

GH = """#!/bin/sh
[ -z "$GH_DOWN" ] || { echo "error connecting" >&2; exit 1; }
[ "$1 $2 $3" = "api --method GET" ] || exit 2
[ "$4" = "repos/acme/shop/actions/workflows/deploy.yml/runs" ] || exit 2
printf '%s' "$GH_TITLES"
"""


def run(tmp_path: Path, name: str, titles: Sequence[str] = (), **environ: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "step.sh").write_text(STEPS[name]["run"], encoding="utf-8")
    given = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "GITHUB_REPOSITORY": "acme/shop",
        "GITHUB_WORKFLOW_REF": "acme/shop/.github/workflows/deploy.yml@refs/heads/main",
        "SCHEMA": "1",
        "GENERATION": "12",
        "KEY": "shift:7:shift-25:1:12@production",
        "GH_TITLES": "\n".join(titles),
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(tmp_path / "step.sh")]
    return subprocess.run(command, env=given | environ, capture_output=True, text=True, timeout=30, check=False)


def title(generation: object, environment: str = "production") -> str:
    return f"{environment}: shift-25 of canary shift:7:shift-25:1:{generation}@{environment}"


def test_it_takes_what_an_order_has_and_may_do_no_more_than_it_has_to() -> None:
    inputs = WORKFLOW["on"]["workflow_dispatch"]["inputs"]
    assert list(WORKFLOW["on"]) == ["workflow_dispatch"]
    assert tuple(inputs) == INPUTS
    assert {rule["type"] for rule in inputs.values()} == {"string"}
    assert WORKFLOW["permissions"] == {"contents": "read", "actions": "read"}
    assert WORKFLOW["run-name"].endswith(" ${{ inputs.key }}")
    assert "environment" not in JOB


def test_both_workflows_follow_one_contract(heard: dict[Any, Any]) -> None:
    other = heard["jobs"]["shift"]
    assert JOB["timeout-minutes"] == str(other["timeout-minutes"])
    assert int(JOB["timeout-minutes"]) * 60 < min(SHIFT_DEADLINE, 2 * SHIFT_DEADLINE / ROLLBACK_ATTEMPTS * 2)
    mine, theirs = (job["steps"] for job in (JOB, other))
    (move,) = [step["run"] for step in theirs if step.get("name") == MOVE]
    assert STEPS[MOVE]["run"] == move
    assert [step["uses"] for step in mine if "uses" in step] == [step["uses"] for step in theirs if "uses" in step]
    shared = {"GH_TOKEN", "ENVIRONMENT", "SCHEMA", "GENERATION", "TRAFFIC", "CANDIDATE", "BASELINE", "TARGET"}
    assert shared <= set(JOB["env"]) & set(other["env"])
    group = WORKFLOW["concurrency"]
    assert (group["group"], group["cancel-in-progress"]) == ("deploy-${{ inputs.environment }}", "false")


def test_scripts_hold_no_expressions() -> None:
    for step in JOB["steps"]:
        assert "run" in step or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize(
    ("generation", "titles", "goes_on"),
    [
        ("12", [title(12), title(11)], True),
        ("12", [], True),  # GitHub's list lags
        ("12", [title(13, "staging"), title("99x"), title(""), "$(exit 1)", "*", title(12)], True),
        ("12", [title(13), title(12)], False),
        ("9", [title(12), title(10), title(9)], False),
        ("", [title(12)], False),
        ("12; exit 0", [title(13)], False),
    ],
)
def test_an_order_that_is_out_of_date_is_refused(
    tmp_path: Path, generation: str, titles: list[str], *, goes_on: bool
) -> None:
    done = run(tmp_path, FENCE, titles, GENERATION=generation)
    assert (done.returncode == 0) is goes_on, done.stderr
    assert goes_on or "::error::" in done.stdout


def test_another_contract_or_no_answer_moves_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, FENCE, [title(12)], SCHEMA="2").returncode != 0
    assert run(tmp_path, FENCE, GH_DOWN="1").returncode != 0
    assert run(tmp_path, MOVE).returncode != 0
