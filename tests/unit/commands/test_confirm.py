"""`/confirm`: of which commit and environment somebody speaks, and who is no second person."""

from dataclasses import replace
from typing import Any

import pytest

from bot.decision import Actor
from tests.unit.builders import (
    ALICE,
    BOB,
    CAROL,
    HEAD,
    MERGE,
    MINUTE,
    NOW,
    OLDER,
    gate_facts,
    head,
    merged_pull,
    policy,
    production,
    pull,
)
from tests.unit.commands.comment import Said, say

ONE = production(approvals={"count": 1})


def typed(text: str, by: Actor = CAROL, environments: dict[str, Any] | None = None, **gates: Any) -> Said:
    rules = policy(environments={"staging": {}, "production": ONE} if environments is None else environments)
    pin = text.partition("@")[2].split(" ")[0] or None
    look = gate_facts(actor=by, policy=rules, pin=pin, **gates)
    return say(text, by=by, gates=look)


@pytest.mark.parametrize(
    "text", ["/confirm production looked at it", "/confirm looked at it", "/confirm Production looked at it"]
)
def test_it_names_the_commit_that_was_there_for_the_only_environment_that_wants_it(text: str) -> None:
    said = typed(text)
    (ask,) = said.asks
    assert (ask.asked.target.name, ask.asked.what["verb"], ask.asked.what["sha"]) == ("production", "confirm", HEAD)
    assert (ask.asked.what["reason"], ask.asked.what["source"], ask.asked.what["pull"]) == (
        "looked at it",
        "pull_request",
        7,
    )
    assert ask.asked.by == CAROL
    assert said.outcomes == ["accepted"]
    assert said.audit[0].sha == HEAD


def test_of_a_merged_pull_request_it_is_what_that_was_merged_as() -> None:
    said = typed("/confirm", pull=merged_pull(), source="default_branch", sha=MERGE)
    assert said.asks[0].asked.what["sha"] == MERGE


@pytest.mark.parametrize(
    ("gates", "code"),
    [
        ({"heads": (head(HEAD, NOW - MINUTE),)}, "head_moved"),  # in the second of the comment
        ({"heads": (head(HEAD, NOW),)}, "head_moved"),
        ({"sha": OLDER}, "head_moved"),
        ({"pull": merged_pull(merged_at=NOW), "source": "default_branch", "sha": MERGE}, "head_moved"),
        ({"pull": pull(fork=True)}, "fork"),
        ({"pull": pull(draft=True)}, "draft"),
        ({"pull": pull(state="closed")}, "pull_request_closed"),
        ({"source": "release"}, "source_not_accepted"),
    ],
)
def test_it_is_about_the_commit_that_was_seen_or_about_none(gates: dict[str, Any], code: str) -> None:
    said = typed("/confirm production", **gates)
    assert (said.outcomes, said.asks) == ([code], ())


def test_who_names_the_commit_has_looked_at_it() -> None:
    said = typed(f"/confirm production @{HEAD}", heads=(head(HEAD, NOW - MINUTE),))
    assert said.asks[0].asked.what["pin"] == HEAD


@pytest.mark.parametrize(
    ("by", "gates", "why"),
    [
        (BOB, {}, "wrote this pull request"),
        (Actor(BOB.id, "Bobby"), {}, "wrote this pull request"),
        (CAROL, {"heads": (head(HEAD, NOW - 9 * MINUTE, by=CAROL),)}, "pushed its newest commit"),
        (Actor(0, "BOB (operator)"), {}, "wrote this pull request"),
    ],
)
def test_who_had_a_hand_in_it_is_no_second_person(by: Actor, gates: dict[str, Any], why: str) -> None:
    said = typed("/confirm production", by, **gates)
    assert (said.outcomes, said.asks) == (["confirm_self"], ())
    assert why in said.text


@pytest.mark.parametrize(
    ("text", "environments", "code"),
    [
        ("/confirm staging", None, "confirmation_not_needed"),
        ("/confirm", {"staging": {}}, "confirmation_not_needed"),
        ("/confirm", {"eu": ONE, "us": ONE}, "usage"),
        ("/confirm prodction", {"production": ONE}, "usage"),
        ("/confirm production --now", None, "unknown_flag"),
    ],
)
def test_where_it_cannot_be_meant(text: str, environments: dict[str, Any] | None, code: str) -> None:
    said = typed(text, environments=environments)
    assert (said.outcomes, said.asks) == ([code], ())


@pytest.mark.parametrize(
    ("keys", "asked", "code"),
    [
        ({}, {"permission": "read"}, "permission_denied"),
        ({}, {"permission": None}, "permission_unknown"),
        (
            {"approvals": {"count": 1, "from": ["team:sre"]}},
            {"permission": "admin", "teams": {"team:sre": False}},
            "team_required",
        ),
        ({"approvals": {"count": 1, "from": ["team:sre"]}}, {"permission": "admin"}, "team_unknown"),
        ({"who": {"confirm": ["team:qa"]}, "approvals": {"count": 1}}, {"teams": {"team:qa": False}}, "team_required"),
        ({"who": {"confirm": []}, "approvals": {"count": 1}}, {}, "team_required"),
        ({"who": {"confirm": ["team:qa"]}, "approvals": {"count": 1}}, {"teams": {"team:qa": True}}, "accepted"),
        ({"approvals": {"count": 1, "from": ["team:sre"]}}, {"teams": {"team:sre": True}}, "accepted"),
    ],
)
def test_who_may(keys: dict[str, Any], asked: dict[str, Any], code: str) -> None:
    rules = policy(environments={"production": production(**keys)})
    assert say("/confirm production", by=CAROL, gates=gate_facts(policy=rules), **asked).outcomes == [code]


def test_in_an_issue_there_is_no_commit() -> None:
    assert say("/confirm production", by=CAROL, is_pull=False).outcomes == ["not_a_pull_request"]


def test_at_a_terminal_the_commit_is_named() -> None:
    rules = policy(environments={"production": ONE})
    operator = Actor(0, "carol (operator)")
    said = say("/confirm production", by=operator, kind="terminal", gates=gate_facts(policy=rules))
    assert said.outcomes == ["usage"]
    named = replace(gate_facts(policy=rules), pin=HEAD)
    said = say(f"/confirm production @{HEAD}", by=operator, kind="terminal", gates=named)
    assert said.asks[0].asked.what["sha"] == HEAD


def test_alice_may_confirm_what_she_did_not_ask_for() -> None:
    assert typed("/confirm production", ALICE).outcomes == ["accepted"]
