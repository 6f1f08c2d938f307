"""Which strategy? The table that helps to choose, what is said before each, and the two that are refused without a word from the team."""

from typing import Any

import msgspec
import pytest

from bot.environment.model import EnvironmentRecord
from bot.rollout.strategies import COMPARED, STRATEGIES
from tests.unit.builders import NOW, gate_facts, live
from tests.unit.commands.comment import say

EVERYTHING: dict[str, Any] = {"driver": {"honours": ["traffic", "slots", "mirror"]}}
FREE = {"strategies": {"shadow": {"side_effect_free": True}}}


def rows(text: str) -> list[list[str]]:
    lines = [
        line
        for line in text.splitlines()
        if line.startswith("| ") and any(row.name in line for row in COMPARED.values())
    ]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_help_about_deploying_compares_the_strategies() -> None:
    text = say("/help deploy", permission="read").text
    assert (
        "`/deploy [strategy] [environment] [@sha] [name=value …] [--when-green] [--break-glass reason]`: Roll out this pull request's head"
        in text
    )
    assert "Who may: write." in text
    table = rows(text)
    assert [row[0].split(":")[0] for row in table] == ["recreate", "rolling", "blue-green", "canary", "shadow"]
    risk, speed, resources, rollback, needs = (
        [row[column].split(":")[0].split(",")[0] for row in table] for column in range(1, 6)
    )
    assert risk == ["high", "medium", "low", "low", "none"]
    assert speed == ["fast", "medium", "fast", "slow", "slow"]
    assert [word.split()[0] for word in resources] == ["low", "one", "twice", "a", "twice"]
    assert rollback == ["slow", "medium", "instant", "fast", "not needed"]
    assert needs == ["", "", "`honours", "`honours", "`honours"]
    assert "Where the command does not say: `staging` by recreate, `production` by canary." in text


@pytest.mark.parametrize("topic", ["rollback", "/rollback", "ROLLBACK"])
def test_help_about_a_command_is_its_usage_and_who_may(topic: str) -> None:
    text = say(f"/help {topic}").text
    assert "`/rollback environment [to version or sha] [reason]`: Send all traffic back" in text
    assert "Risk" not in text


def test_a_plan_has_the_table_folded_away_with_the_chosen_one_in_bold() -> None:
    text = say("/plan canary").text
    assert "<details><summary>The strategies side by side</summary>\n\n| Strategy | Risk |" in text
    assert "| **canary**: a growing share of the traffic | low: a few users meet it first |" in text
    assert text.endswith("</details>")
    assert len(rows(text)) == 5


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_strategy_can_be_asked_for_and_says_what_it_will_do(strategy: str) -> None:
    facts = gate_facts(environment=EVERYTHING, rules=FREE, strategy=strategy)
    said = say(f"/deploy {strategy}", gates=facts)
    (ask,) = said.asks
    assert ask.asked.what["strategy"] == strategy
    first = {
        "recreate": "Recreate: **100 %** → watch 15 min\n\n**Rollback:** to `1111111`, by deploying it again.",
        "rolling": "Rolling: **25 %** → watch 5 min → **50 %** → watch 5 min → **75 %** → watch 5 min → **100 %** → watch 15 min",
        "blue_green": "Blue-green: **green up** → look at blue 1 min → **switch** → watch 15 min → keep blue 1 h → **retire blue**\n\n"
        "**Rollback:** to `1111111`, all at once; after “retire blue” only when a person says so.",
        "canary": "Canary: **5 %** →",
        "shadow": "Shadow: **mirror 10 %** → watch 30 min → **mirror off**\n\n**Rollback:** not needed, no user is served by it.",
    }[strategy]
    assert first in said.text
    assert ("🔍 Comparing" if strategy == "shadow" else "🚀 Rolling out") in said.text


def test_a_shadow_without_the_team_s_word_is_refused() -> None:
    said = say("/deploy shadow", gates=gate_facts(environment=EVERYTHING, strategy="shadow"))
    assert said.outcomes == ["not_side_effect_free"]
    assert said.reaction == "-1"
    assert said.asks == ()
    assert "side_effect_free: true" in said.text.replace("\\", "")


@pytest.mark.parametrize(("strategy", "honour"), [("blue-green", "slots"), ("shadow", "mirror")])
def test_a_driver_that_does_not_honour_it_is_refused(strategy: str, honour: str) -> None:
    facts = gate_facts(rules=FREE, strategy=strategy.replace("-", "_"))
    said = say(f"/deploy {strategy}", gates=facts)
    assert said.outcomes == ["driver_does_not_honour"]
    assert f"honours: [{honour}]" in said.text


def test_a_storm_of_rollbacks_is_said_before() -> None:
    record = EnvironmentRecord(live=live(), good=(live(),), rollbacks=(NOW - 100, NOW - 50))
    text = say("/deploy canary", environments={"production": record}).text
    assert "**First:** 2 rollbacks in the last 24 h, so nothing moves before somebody has typed `/promote`." in text
    assert "Canary: a person → **5 %**" in text
    calm = msgspec.structs.replace(record, rollbacks=(NOW - 50,))
    assert "**First:**" not in say("/deploy canary", environments={"production": calm}).text
