"""`/confirm`: of which commit and environment somebody speaks, and who is no second person."""

from dataclasses import replace
from typing import Any

import pytest

from bot.decision import Actor
from bot.gates import Approval
from tests.unit.builders import (
    ALICE,
    BOB,
    CAROL,
    HEAD,
    MERGE,
    MINUTE,
    NOW,
    OLDER,
    approval,
    check,
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


# --- /plan and /deploy -----------------------------------------------------------------------------------------------------------


def gates(count: int, *said: Any, **fields: Any) -> Any:
    return gate_facts(environment={"approvals": {"count": count}}, pull=pull(approvals=said), **fields)


WORD = Approval(Actor(4, "dave"), "approved", HEAD, word="confirm")


def test_a_plan_says_who_has_approved_and_how_the_rest_is_given() -> None:
    some = say("/plan", gates=gates(3, approval(CAROL), approval(ALICE), confirmed=(WORD,))).text
    assert (
        "2 of 3 approvals of this commit are there, by carol, dave. Not counted: alice, who asks for the deployment."
        in some
    )
    assert (
        "Somebody with write access can give one, by a review that approves this very commit, or by `/confirm production`"
        in some
    )
    enough = say("/plan", gates=gates(2, approval(CAROL), confirmed=(WORD,))).text
    assert "Approved by carol (review), dave (`/confirm`)." in enough
    assert "Approved by" not in say("/plan").text


def test_a_deployment_that_only_lacks_a_second_person_waits_for_one() -> None:
    said = say("/deploy canary", gates=gates(1))
    assert said.text.partition("\n\n")[2].startswith("Waiting for a second person:")
    assert (said.outcomes, said.notices) == (["accepted"], [])
    assert said.asks[0].asked.what["unapproved"]
    assert not say("/deploy canary", gates=gates(1, approval(CAROL))).asks[0].asked.what["unapproved"]


def test_what_else_stands_in_the_way_is_refused_with_the_way_to_wait_for_both() -> None:
    said = say("/deploy canary", gates=gates(1, checks=(check("unit", "running"),)))
    assert (said.outcomes, said.asks) == (["checks_pending"], ())
    assert "`/deploy canary --when-green` waits for that" in said.text
    failed = say("/deploy canary --when-green", gates=gates(1, checks=(check("unit", "failed"),)))
    assert (failed.outcomes, failed.asks) == (["checks_failed"], ())


def test_a_strategy_that_cannot_be_followed_is_not_waited_with() -> None:
    said = say("/deploy shadow", gates=gates(1, strategy="shadow"))
    assert said.asks == ()
    assert "(`approvals_missing`)" in said.text
