"""What people are told to type begins as the policy says commands begin: where another bot owns `/deploy`, ours is `/tagboat deploy`."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bot.commands.table import COMMANDS
from bot.environment.model import Doubt
from bot.environment.status import render_status
from bot.gates import Lock, refusals
from tests.unit.builders import HEAD, LIVE, NOW, OLDER, gate_facts, live
from tests.unit.environment.in_line import late, place, two_in_line
from tests.unit.environment.stage import KNOWN, Stage, request

OURS = {"rules": {"commands": {"prefix": "/boat "}}}

ROOMS = ("clearance", "environment", "flag", "gates", "incident", "protection", "pull", "release")
"""Whose sentences stand in conversations as they are. Those of `commands` and `rollout` go through `marked`."""

COMMAND = re.compile(rf"(?:^|[\s`“(])/(?:{'|'.join(map(re.escape, COMMANDS))})(?![\w/-])")


def _sentences(path: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text())
    documented = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.lineno, node.value


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_names_a_command_without_the_prefix_of_the_repository(room: str) -> None:
    files = sorted((Path(__file__).parents[2] / "bot" / room).rglob("*.py"))
    assert files
    found = [f"{it.name}:{line}: {said}" for it in files for line, said in _sentences(it) if COMMAND.search(said)]
    assert found == []


def test_gates_say_it_as_it_is_typed_here() -> None:
    shut = gate_facts(
        **OURS, live=live(), contains_live=False, quarantined="it broke", lock=Lock(9, "bob", 2, NOW, NOW + 60)
    )
    said = " ".join(f"{it.what} {it.mend}" for it in refusals(shut))
    assert "`/boat rollback production`" in said
    assert f"`/boat unquarantine {HEAD[:7]} reason`" in said
    assert "`/boat lock production --steal reason`" in said
    automatic = gate_facts(**OURS, automatic=True, permission=None)
    assert "Type `/boat deploy production` where" in refusals(automatic)[0].mend


def test_so_do_those_who_wait_in_line_or_are_held() -> None:
    stage = two_in_line()
    stage.gates = gate_facts(**OURS)
    stage.finish(bad=5_000)
    stage.look(after=60)
    assert "`/boat resume production` goes on" in place(stage)
    assert "`/boat abort production` here withdraws it" in place(stage)
    assert "`/" not in late(stage).partition("\n")[2].replace("`/boat", "")


def test_so_does_what_waits_for_green() -> None:
    stage = Stage(gates=gate_facts(**OURS, checks=()))
    stage.look(request(when_green=True, source="pull_request"))
    assert "`/boat abort production` here" in stage.sections[7, "green:production"]


def test_so_does_the_table_of_environments() -> None:
    doubtful = msgspec.structs.replace(KNOWN, doubt=Doubt(OLDER, LIVE, NOW, "nobody knows"))
    assert "`/boat rollback production` asks" in render_status("production", doubtful, prefix="/boat ")[1]


def test_so_does_the_watch_after_success() -> None:
    stage = Stage(gates=gate_facts(**OURS, environment={"rollback": {"when": ["Error rate > 1%"]}})).start()
    stage.gates = replace(stage.gates, live=live(HEAD))
    stage.finish()
    for _ in range(40):
        stage.now += 59
        stage.serve(bad=5_000)
        stage.look(after=1)
    assert any("`/boat rollback production`" in text for text in stage.sections.values())
    assert not any("`/rollback" in text for text in stage.sections.values())
