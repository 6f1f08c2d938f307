"""What is said before anything moves of how a release will be judged, in full and in short."""

from typing import Any

from bot.environment.outlook import outlook
from bot.environment.start import before_it
from bot.gates import GateFacts
from bot.gates.model import Tried
from bot.rollout.evidence import Reading
from bot.rollout.facts import NoPlan
from bot.rollout.strategies import compile_plan
from tests.unit.builders import HEAD, LIVE, NOW, gate_facts


def said(*tried: Tried, full: bool = True, canary: dict[str, Any] | None = None, **fields: Any) -> str:
    rules = {"strategies": {"canary": canary}} if canary else {}
    facts = gate_facts(tried=tried, rules=rules, **fields)
    assert facts.environment is not None
    plan = compile_plan("canary", facts.policy, facts.environment, candidate=HEAD, baseline=LIVE)
    assert not isinstance(plan, NoPlan)
    return outlook(plan, facts, full=full)


def requests(per_second: float, errors: float = 0.001) -> Tried:
    total = per_second * 300
    return Tried("error_rate", good=total * (1 - errors), total=total, at=NOW, over=300.0)


def test_at_three_requests_a_second_the_first_step_says_what_it_lacks() -> None:
    text = said(requests(3))
    assert (
        "At 3 requests per second, as in the last minutes, of which 0.111 % are errors now, the steps can tell:" in text
    )
    assert "| 15 min at 5 % | 135 ⚠️ | 5." in text
    assert (
        "15 min at 5 % see about 135 requests, and 1,000 are needed to pass. That takes 1 h 51 min; after 30 min I will ask for `/promote`."
        in text
    )
    assert "What helps: `bake: 112m`, or a share of 37 %, or fewer `min_requests`." in text
    assert (
        "15 min at 25 % see about 675 requests, and 1,000 are needed to pass. It goes on until they are there, which takes about 22 min."
        in text
    )
    short = said(requests(3), full=False)
    assert "135 requests, and 1,000 are needed" in short
    assert "|" not in short


def test_where_there_is_no_end_it_goes_on() -> None:
    assert "That takes 1 h 51 min; it goes on until then." in said(requests(3), canary={"when_unknown": "extend"})


def test_with_enough_traffic_one_sentence_does() -> None:
    text = said(requests(800), full=False)
    assert text.startswith(
        "At 800 requests per second, as in the last minutes, of which 0.1 % are errors now, every step gets enough requests to pass; the first step finds 1."
    )
    assert "⚠️" not in said(requests(800))


def test_queries_that_say_nothing_yet_are_told_and_keep_nobody() -> None:
    lacking = Tried("error_rate", "no data", "the query for all requests finds nothing for baseline")
    away = Tried("latency<=0.5s", "provider", "Prometheus: answered 503")
    ill = Tried("health", total=1.0, note="/healthz answered 503")
    nan = Tried("error_logs", good=0.0, total=float("nan"))
    text = said(lacking, away, ill, nan)
    assert (
        "⚠️ `error_rate` says nothing about what serves now: the query for all requests finds nothing for baseline. While that is so, I will ask for `/promote`."
        in text
    )
    assert "⚠️ `latency` says nothing about what serves now: Prometheus: answered 503." in text
    assert "The health probe fails before anything has moved" in text
    assert "`error_logs` is not a number now" in text
    assert said(lacking, live=None) == ""
    assert said(remarks=("Approximate: there is no bucket.",)) == "⚠️ Approximate: there is no bucket."


def test_what_serves_now_is_what_a_release_is_compared_with_when_nothing_else_is_left() -> None:
    facts: GateFacts = gate_facts(
        tried=(
            requests(10),
            Tried("latency<=0.5s", "no data", "…"),
            Tried("health", good=0.0, total=1.0, at=NOW, note="x"),
        )
    )
    assert before_it(facts) == (
        Reading("error_rate", "baseline", 2997.0, 3000.0, NOW),
        Reading("health", "baseline", 0.0, 1.0, NOW, note="x"),
    )
