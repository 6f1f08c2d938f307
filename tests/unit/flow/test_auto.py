"""Which environments a commit is asked for by itself, when, and how often; and what is held when a required check fails."""

from typing import Any

import pytest

from bot.decision import Decision
from bot.flow.decide import decide
from bot.flow.model import FlowFacts, FlowRecord, InFlight
from bot.gates import Required
from bot.gates.waiver import Waiver
from bot.subject import environment
from tests.unit.builders import HEAD, NOW, REPO, check, policy
from tests.unit.builders import production as rules_of

ENVIRONMENTS: dict[str, Any] = {
    "staging": {"deploy": "auto", "checks": ["unit"]},
    "production": rules_of(deploy="auto", after="staging", checks=["unit", "smoke"]),
    "demo": {},
}


def look(*checks: Any, record: FlowRecord | None = None, rules: Any = None, **fields: Any) -> Decision[FlowRecord]:
    known: dict[str, Any] = {
        "known": True,
        "pulls": (7,),
        "policy": policy(environments=rules or ENVIRONMENTS),
        "on_default": True,
        "default_branch": "main",
        "author": "bob",
    }
    return decide(record or FlowRecord(), FlowFacts(now=NOW, repo=REPO, sha=HEAD, checks=checks, **known | fields))


def asked(decision: Decision[FlowRecord]) -> list[tuple[str, str]]:
    return [(ask.asked.target.name, ask.asked.what["verb"]) for ask in decision.asks]


def test_a_green_commit_is_asked_for_once() -> None:
    first = look(check("unit"))
    (ask,) = first.asks
    assert ask.asked.target == environment(REPO, "staging")
    assert (ask.asked.source, ask.asked.by.login) == (f"auto-{HEAD}", "tagboat")
    what = ask.asked.what
    assert (what["sha"], what["number"], what["pull"], what["tell"], what["automatic"]) == (HEAD, 7, 7, "bob", True)
    assert look(check("unit"), record=first.record).asks == ()


@pytest.mark.parametrize(
    ("checks", "fields"),
    [
        ((), {}),
        ((check("unit", "running"),), {}),
        ((check("unit", "failed"),), {}),
        ((check("unit"),), {"on_default": False}),
        ((check("unit"),), {"known": False}),
        ((check("unit"),), {"policy": policy(environments=ENVIRONMENTS, mode="paused")}),
        ((check("unit"),), {"policy": policy(environments={"staging": {"checks": ["unit"]}})}),
        (
            (check("unit"),),
            {
                "policy": policy(
                    environments={"staging": {"deploy": "auto", "checks": ["unit"], "accepts": ["release"]}}
                )
            },
        ),
    ],
)
def test_nothing_goes_by_itself_otherwise(checks: Any, fields: Any) -> None:
    assert look(*checks, **fields).asks == ()


def test_what_comes_after_another_environment_waits_until_it_is_live_there_and_its_own_checks_are_green() -> None:
    record = FlowRecord(asked=("staging",))
    assert look(check("unit"), check("smoke-staging"), record=record).asks == ()
    assert look(check("unit"), record=record, live_in=frozenset({"staging"})).asks == ()
    green = look(check("unit"), check("smoke-staging"), record=record, live_in=frozenset({"staging"}))
    assert asked(green) == [("production", "deploy")]
    assert green.record.asked == ("staging", "production")


def test_without_named_checks_the_branch_s_rules_say_what_is_green() -> None:
    rules = {"staging": {"deploy": "auto"}}
    needs: dict[str, Any] = {"rules": rules, "required": (Required("unit", None), Required("lint", None))}
    assert look(check("unit"), **needs).asks == ()
    assert asked(look(check("unit"), check("lint"), **needs)) == [("staging", "deploy")]
    assert look(check("unit"), rules=rules, required=None).asks == ()


def test_a_push_without_a_pull_request_goes_too() -> None:
    (ask,) = look(check("unit"), pulls=(), author="").asks
    assert (ask.asked.what["number"], ask.asked.what["pull"]) == (0, None)


def test_a_required_check_that_fails_holds_what_is_in_flight_once_for_each_failure() -> None:
    moving = {"production": InFlight(8, NOW - 60)}
    failed = check("unit", "failed", finished_at=NOW, id=41)
    (ask,) = look(failed, check("smoke-staging"), moving=moving).asks
    what = ask.asked.what
    assert (ask.asked.target.name, what["verb"], what["number"], what["sha"]) == ("production", "halt", 8, HEAD)
    assert what["reason"] == "the required check unit failed"
    assert ask.asked.source == f"failed-{HEAD}-41"  # the store keeps each source once


def test_a_failure_that_somebody_answered_for_holds_nothing_and_lets_the_commit_go_by_itself() -> None:
    def waiver(item: str, commit: str = HEAD) -> tuple[Waiver, ...]:
        return (Waiver("checks", item, commit, "bob", 2, NOW, "the runner is broken"),)

    failed = check("unit", "failed", finished_at=NOW, id=41)
    moving = {"production": InFlight(8, NOW - 60)}
    fields: dict[str, Any] = {"moving": moving, "on_default": False}
    assert look(failed, check("smoke-staging"), **fields, waived={"production": waiver("unit")}).asks == ()
    for other in (
        {"production": waiver("smoke")},
        {"staging": waiver("unit")},
        {"production": waiver("unit", "b" * 40)},
    ):
        (ask,) = look(failed, check("smoke-staging"), **fields, waived=other).asks
        assert (ask.asked.what["verb"], ask.asked.what["gate"], ask.asked.what["item"]) == ("halt", "checks", "unit")
    assert asked(look(failed, waived={"staging": waiver("unit")})) == [("staging", "deploy")]


@pytest.mark.parametrize(
    "failed",
    [
        check("unit", "failed", finished_at=NOW - 120),  # known when it began: somebody went over it
        check("nightly", "failed", finished_at=NOW),  # nobody needs it
    ],
)
def test_other_failures_hold_nothing(failed: Any) -> None:
    moving = {"production": InFlight(8, NOW - 60)}
    known = check("unit", "failed", finished_at=NOW - 120, id=40)
    assert look(failed, known, check("smoke-staging"), moving=moving, on_default=False).asks == ()
