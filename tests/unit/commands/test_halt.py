"""`/halt all`: on-call wants everything stopped, in one line, and not by halves."""

import msgspec
import pytest

from bot.environment.model import Request
from tests.unit.builders import policy, production
from tests.unit.commands.comment import moving, say

BOTH = {"environments": {"production": moving(), "staging": moving()}}


@pytest.mark.parametrize("line", ["/halt all it burns", "/halt --all it burns", "/halt production --all it burns"])
def test_everything_is_halted_at_once_and_nothing_else_begins(line: str) -> None:
    said = say(line, **BOTH | {"policy": policy(environments={"production": {}, "staging": {}, "lab": {}})})
    asked = {ask.asked.target.name: msgspec.convert(ask.asked.what, Request, strict=False) for ask in said.asks}
    assert list(asked) == ["production", "staging", "lab"]
    assert all(it.verb == "halt" and it.everything for it in asked.values())
    assert [(it.listed, it.quiet) for it in asked.values()] == [(True, False), (True, False), (False, True)]
    assert asked["staging"].reason.endswith("it burns")
    assert said.outcomes == ["accepted"]


def test_everything_is_halted_or_nothing() -> None:
    rules = policy(
        environments={
            "staging": {},
            "production": production(who={"deploy": "admin", "halt": "admin", "abort": "admin"}),
        }
    )
    said = say("/halt all", **BOTH | {"policy": rules})
    assert (said.outcomes, said.asks) == (["permission_denied"], ())
    assert "`/halt` in `production`" in said.text


def test_which_one_is_answered_with_all_of_them_for_a_halt_only() -> None:
    assert "name one of `production`, `staging`, or `/halt all`." in say("/halt", **BOTH).text
    assert "or `/halt all`" not in say("/abort", permission="maintain", **BOTH).text


def test_with_nothing_moving_a_halt_of_everything_still_keeps_things_from_beginning() -> None:
    said = say("/halt all")
    assert said.outcomes == ["nothing_rolling_out"]
    assert {ask.asked.what["quiet"] for ask in said.asks} == {True}
    assert say("/halt all", policy=policy(mode="advise")).asks == ()
