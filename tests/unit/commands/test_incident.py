"""`/incident`: which incident is meant, what is said of it, and what cannot be meant."""

from typing import Any

import msgspec
import pytest

from bot.gates import Incident
from bot.incident.model import Typed
from bot.subject import incident
from tests.unit.builders import NOW, REPO, gate_facts, policy
from tests.unit.commands.comment import Said, say

DOWN = Incident("50", "Checkout is down", 1, NOW - 60)
ALERT = Incident("alert-ab12cd", "HighErrorRate", 2, NOW)


def asked(said: Said) -> tuple[str, Typed]:
    (ask,) = said.asks
    assert ask.urgent
    return ask.asked.target.name, msgspec.convert(ask.asked.what, Typed)


@pytest.mark.parametrize(
    ("line", "severity", "cause", "over"),
    [
        ("/incident sev-1 caused-by v1.2.3", 1, "v1.2.3", False),
        ("/incident SEV2 caused-by #12, see the graphs", 2, "#12", False),
        ("/incident sev-1 caused-by @1A2B3C4", 1, "1a2b3c4", False),
        ("/incident caused-by none", 0, "none", False),
        ("/incident sev-5", 5, "", False),
        ("/incident resolved all is well", 0, "", True),
    ],
)
def test_in_an_issue_it_is_about_that_issue(line: str, severity: int, cause: str, over: bool) -> None:
    said = say(line, is_pull=False, incidents=(DOWN, ALERT))
    name, typed = asked(said)
    assert name == "7"
    assert (typed.severity, typed.cause, typed.over, typed.number) == (severity, cause, over, 7)
    assert typed.comment == 17  # the incident's own job knows what came of it
    assert said.reaction is None


def test_severities_are_called_as_the_policy_calls_them() -> None:
    rules = policy(incidents={"severities": {"critical": 1}})
    assert asked(say("/incident Critical", is_pull=False, policy=rules))[1].severity == 1


@pytest.mark.parametrize(
    ("line", "open_ones", "where"),
    [
        ("/incident sev-1", (), "7"),  # begins here
        ("/incident caused-by #7", (DOWN,), "50"),
        ("/incident resolved", (DOWN, Incident("7", "here", 2, NOW)), "7"),
        ("/incident #51 sev-2", (DOWN,), "51"),
        ("/incident alert-ab caused-by #7", (DOWN, ALERT), "alert-ab12cd"),
    ],
)
def test_in_a_pull_request_it_is_the_one_that_is_open(line: str, open_ones: tuple[Incident, ...], where: str) -> None:
    assert asked(say(line, incidents=open_ones))[0] == where


@pytest.mark.parametrize(
    ("line", "open_ones", "code", "words"),
    [
        ("/incident sev-1", (DOWN, ALERT), "which_incident", "More than one incident is open"),
        ("/incident caused-by #7", (), "no_incident", "Name the issue it was"),
        ("/incident resolved", (), "no_incident", "No incident is open here"),
        ("/incident alert-ff caused-by #7", (ALERT,), "which_incident", "Open: `alert-ab12cd`"),
        ("/incident", (DOWN,), "usage", "how bad it is"),
        ("/incident bad", (DOWN,), "usage", "how bad it is"),
        ("/incident sev-1 caused-by", (DOWN,), "usage", "a version such as"),
        ("/incident sev-1 caused-by main", (DOWN,), "usage", "names nothing that could be the cause"),
        ("/incident sev-1 @1a2b3c4", (DOWN,), "usage", "takes no commit here"),
    ],
)
def test_what_cannot_be_meant_is_said(line: str, open_ones: Any, code: str, words: str) -> None:
    said = say(line, incidents=open_ones)
    assert (said.asks, said.outcomes) == ((), [code])
    assert words in said.text


def test_it_takes_write_access() -> None:
    said = say("/incident sev-1", permission="triage", is_pull=False)
    assert said.outcomes == ["permission_denied"]
    assert said.asks == ()
    assert incident(REPO, "7").text == f"incident|{REPO}|7"


def test_status_and_plan_name_what_is_open() -> None:
    assert "🚨 SEV-1 Checkout is down (#50) since" in say("/status", incidents=(DOWN,)).text
    assert "🚨" not in say("/status").text
    open_gates = say("/plan production", gates=gate_facts(incidents=(DOWN,))).text
    assert "🚨 SEV-1 Checkout is down (#50) since" in open_gates
    frozen = say(
        "/plan production", gates=gate_facts(incidents=(DOWN,), rules={"incidents": {"freezes": ["production"]}})
    ).text
    assert frozen.count("Checkout is down") == 1  # the closed gate says it
