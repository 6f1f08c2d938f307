"""The verbs that only tell: `/status`, `/dora`, `/help`."""

import pytest

from bot.commands.table import COMMANDS
from bot.environment.model import EnvironmentRecord, Quarantined
from bot.policy import NO_POLICY
from tests.unit.builders import (
    HEAD,
    LIVE,
    NOW,
    live,
    policy,
    sha,
)
from tests.unit.commands.comment import moving, say


def test_status_says_what_is_live_and_what_moves() -> None:
    said = say("/status", environments={"production": moving(), "old-one": EnvironmentRecord()})
    assert "| `staging` | nothing known |  |  | – |" in said.text
    assert (
        "| `production` | `1111111` | 2027-01-14 08:00 UTC (1 d ago) | bob | 🚀 rolling out · canary of `aaaaaaa` · 25 % ●●○○ (#7) |"
        in said.text
    )
    assert "| `old-one` | nothing known |" in said.text


def test_status_says_which_version_is_live_and_what_is_quarantined() -> None:
    held = (Quarantined(sha("a1"), "the error rate of `a1`", NOW - 60), Quarantined(sha("a2"), "@everyone", NOW))
    record = EnvironmentRecord(live=live(), good=(live(),), quarantined=held)
    said = say("/status", environments={"production": record}, versions={"v1.2.3": LIVE, "v1.2.2": HEAD})
    assert "| `production` | `v1.2.3` `1111111` |" in said.text
    listed = said.text.partition("Quarantined in `production`:\n")[2].splitlines()
    assert listed[0].startswith("- `a200000`: ")
    assert listed[1] == "- `a100000`: the error rate of `a1`"
    assert "@everyone" not in said.text


def test_status_of_nothing() -> None:
    assert "No environment is known" in say("/status", policy=NO_POLICY, environments={}).text


@pytest.mark.parametrize(
    ("body", "days", "environment"),
    [
        ("/dora", 30, "production"),
        ("/dora 90d", 90, "production"),
        ("/dora staging", 30, "staging"),
        ("/dora 7d Staging", 7, "staging"),
    ],
)
def test_dora_asks_for_the_window_and_environment(body: str, days: int, environment: str) -> None:
    (ask,) = say(body).asks
    assert ask.asked.target.topic == "dora"
    assert (ask.asked.what["days"], ask.asked.what["environment"]) == (days, environment)


@pytest.mark.parametrize("body", ["/dora 0d", "/dora 99999d", "/dora 30", "/dora nowhere", "/dora 30d staging more"])
def test_dora_that_cannot_be_read(body: str) -> None:
    said = say(body)
    assert said.outcomes == ["usage"]
    assert said.asks == ()


def test_help_lists_every_command_with_who_may_here() -> None:
    rules = policy(who={"halt": "read"})
    said = say("/help", policy=rules)
    for verb in COMMANDS.values():
        assert f"| `{verb.usage}` |" in said.text
    assert "Environments: `staging`, `production`. Mode: `active`." in said.text
    assert "`all` holds every one, and withdraws what waits. | read |" in said.text


def test_help_in_advise_mode_says_how_to_begin() -> None:
    assert "I answer and never move anything" in say("/help", policy=NO_POLICY, environments={}).text


@pytest.mark.parametrize("body", ["/status now", "/help halt now", "/plan canary production staging"])
def test_words_that_have_no_place(body: str) -> None:
    said = say(body)
    assert said.outcomes == ["usage"]
    assert "has no place for" in said.text


def test_a_topic_of_help_that_is_no_command() -> None:
    said = say("/help nobody")
    assert said.outcomes == ["usage"]
    assert "There is no command nobody. `/help` lists what there is." in said.text


def test_what_is_typed_here_is_told_as_it_is_typed_here() -> None:
    """Verbs, flags and pins are code, with the prefix of this repository; what else was typed stays plain text."""
    said = say("/tagboat resume --now", policy=policy(commands={"prefix": "/tagboat "}))
    assert "❌ `--now` is not a flag of `/tagboat resume`. It takes no flags;" in said.text
    text = say("/tagboat status @everyone", policy=policy(commands={"prefix": "/tagboat "})).text
    assert "`/tagboat status` has no place for “@\u200beveryone”." in text.replace("\\", "")
