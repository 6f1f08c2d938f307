"""Queries that could never say anything, and a budget that is spent or unreadable, keep a release from starting."""

from typing import Any

import pytest

from bot.gates import GateFacts, slis
from bot.gates.model import Budget, Tried
from tests.unit.builders import SLIS, gate_facts

SLO = {"error_rate": SLIS["error_rate"] | {"slo": {"target": "99.9%", "over": "30d"}}}


@pytest.mark.parametrize(
    ("tried", "code"),
    [
        (Tried("error_rate", good=10, total=10), None),
        (Tried("error_rate", "no data", "finds nothing for baseline"), None),
        (Tried("error_rate", "provider", "Prometheus: answered 503"), None),
        (Tried("health", good=0, total=1, note="/healthz answered 503"), None),
        (Tried("latency<=0.5s", "query", "latency: parse error"), "sli_query_refused"),
        (
            Tried("error_rate/300s", "server", "the operator has configured no SLI server called eu"),
            "sli_server_unknown",
        ),
    ],
)
def test_only_what_waiting_cannot_mend_refuses(tried: Tried, code: str | None) -> None:
    refusal = slis.readable(gate_facts(tried=(Tried("error_logs", good=0, total=3), tried)))
    assert (refusal.code if refusal else None) == code
    if refusal:
        assert tried.why in refusal.what
        assert not refusal.wait


def priced(left: str | None = "10%", slo: bool = True, **fields: Any) -> GateFacts:
    return gate_facts(environment={"budget_left": left}, rules={"slis": SLO if slo else SLIS}, **fields)


@pytest.mark.parametrize(
    ("facts", "code", "said"),
    [
        (priced(None), None, ""),
        (priced(budget=Budget(0.1)), None, ""),
        (
            priced(budget=Budget(0.04)),
            "budget_spent",
            "Of the error budget of 30d (99.9% good) 4 % is left, and the policy wants 10%.",
        ),
        (priced(budget=Budget(-3.0)), "budget_spent", "nothing is left"),
        (priced(budget=Budget(None, "provider: Prometheus: answered 503")), "budget_unknown", "answered 503"),
        (priced(), "budget_unknown", "cannot be read"),
        (priced(slo=False), "budget_unknown", "nothing says what the budget is"),
    ],
)
def test_the_budget_that_is_left(facts: GateFacts, code: str | None, said: str) -> None:
    refusal = slis.budget(facts)
    assert (refusal.code if refusal else None) == code
    if refusal:
        assert said in refusal.what
