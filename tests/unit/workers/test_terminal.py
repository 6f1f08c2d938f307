"""A line at a terminal as its job reads it: whatever prefix comments have here, and where its answer belongs."""

from dataclasses import replace
from typing import Any

import pytest

from bot.commands.model import Command
from bot.decision import Asked
from bot.environment.model import EnvironmentRecord
from bot.subject import command
from tests.unit.builders import ALICE, NOW, REPO, live, policy
from tests.unit.commands.comment import moving
from tests.unit.environment.stage import Stage
from workers.cli.steer import spelled
from workers.commands import _home, _typed


def asked(body: str) -> Asked:
    what = {"kind": "terminal", "body": body, "number": 0, "login": "carol"}
    return Asked("terminal-1", 0, command(REPO, "terminal-1"), ALICE, NOW, what, id=1)


@pytest.mark.parametrize("prefix", ["/", "/tagboat "])
def test_nobody_at_a_terminal_needs_to_know_the_prefix_of_comments(prefix: str) -> None:
    typed, number, _ = _typed(asked("halt production it smokes"), policy(commands={"prefix": prefix}), {})
    (line,) = typed
    assert isinstance(line, Command)
    assert (line.verb, line.args, line.rest, number) == ("halt", ("production",), "it smokes", 0)


def home(line: str, record: EnvironmentRecord) -> int:
    environments = {"production": record}
    typed, _, _ = _typed(asked(line), policy(), environments)
    facts: Any = type(
        "Facts", (), {"typed": typed, "environments": environments, "policy": policy(), "beginning": {}}
    )()
    return _home(facts)


def test_it_is_answered_where_the_environment_was_last_talked_about() -> None:
    assert home("halt", moving()) == 7, "the only rollout that moves is meant"
    ended = Stage().start().finish().record
    assert home("rollback production", ended) == 7
    shipped = EnvironmentRecord(live=replace(live(), pulls=(3, 12)))
    assert home("rollback production", shipped) == 12, "the newest that is live"
    assert home("rollback production", EnvironmentRecord(live=live())) == 0
    assert home("status", moving()) == 0, "what only reads is nobody's business there"
    assert home("halt mars", EnvironmentRecord()) == 0


@pytest.mark.parametrize(
    ("verb", "words", "expected"),
    [
        ("waive", ["test / Unit", "production", "it is flaky"], ['"test / Unit"', "production", "it is flaky"]),
        ("waive", ['"test / Unit"', "production", "flaky"], ['"test / Unit"', "production", "flaky"]),
        ("waive", ["unit", "it is flaky"], ["unit", "it is flaky"]),
        ("skip", ["tests pass", "done by hand"], ['"tests pass"', "done by hand"]),
        ("freeze", ["production", "Mon 08:00", "no"], ["production", "Mon 08:00", "no"]),
        ("waive", [], []),
    ],
)
def test_an_item_of_many_words_keeps_the_quotes_that_a_shell_takes(verb: str, words: Any, expected: Any) -> None:
    assert spelled(verb, words) == expected
