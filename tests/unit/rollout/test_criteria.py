"""The sentences of `rollback.when`: what is understood, how it is said back, and where exactly the rest goes wrong."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rollout.criteria import CriterionError, echo, parse
from bot.rollout.evidence import Criterion, Unit, Weight
from bot.rollout.tokens import MAX_LENGTH


def understood(text: str) -> dict[str, Any]:
    """What a sentence means, without what was left at its default."""
    found, blank = parse(text), Criterion("", "measure")
    return {
        f: getattr(found, f)
        for f in Criterion.__struct_fields__
        if f != "text" and getattr(found, f) != getattr(blank, f)
    }


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Error rate > 1% (baseline: 0.1%)", {"sli": "error_rate", "threshold": 0.01, "baseline": 0.001}),
        ("error rate >= 0.5 %", {"sli": "error_rate", "threshold": 0.005, "inclusive": True}),
        ("error rate above 3x baseline", {"sli": "error_rate", "threshold": 3.0, "unit": Unit.TIMES}),
        ("error rate over 3 × baseline", {"sli": "error_rate", "threshold": 3.0, "unit": Unit.TIMES}),
        ("error rate exceeds 2 percentage points", {"sli": "error_rate", "threshold": 0.02, "unit": Unit.POINTS}),
        ("Success rate < 99%", {"sli": "error_rate", "threshold": 0.01}),
        ("availability drops below 99.9% (baseline: 99.99%)", {"sli": "error_rate", "threshold": 0.001, "baseline": 0.0001}),
        (
            "p99 latency > 500ms (baseline: 200ms)",
            {"sli": "latency", "threshold": 0.01, "quantile": 0.99, "slower_than": 0.5, "baseline": 0.2},
        ),
        ("latency p95 at least 1s", {"sli": "latency", "threshold": 0.05, "quantile": 0.95, "slower_than": 1.0, "inclusive": True}),
        (
            "p99.9 latency > 2x baseline (baseline: 200ms)",
            {"sli": "latency", "threshold": 0.001, "quantile": 0.999, "slower_than": 0.4, "baseline": 0.2},
        ),
        ("error logs > 3x baseline for 5m", {"sli": "error_logs", "threshold": 3.0, "unit": Unit.TIMES, "hold": 300.0}),
        ("error logs > 10/s", {"sli": "error_logs", "threshold": 10.0, "unit": Unit.PER_SECOND}),
        ("SLO burn rate > 14.4", {"sli": "burn_rate", "threshold": 14.4, "unit": Unit.NUMBER}),
        ("slo > 6x over 1h", {"sli": "burn_rate", "threshold": 6.0, "unit": Unit.NUMBER, "window": 3600.0}),
        ("cpu > 80%", {"sli": "cpu", "threshold": 0.8}),
        ('"Checkout failures" greater than 5%', {"sli": "Checkout failures", "threshold": 0.05}),
        ('"orders" less than 10 rps', {"sli": "orders", "threshold": 10.0, "unit": Unit.PER_SECOND, "worse": "below"}),
        ("health fails", {"sli": "health"}),
        ('"health" fails', {"kind": "check", "check": "health"}),
        ("smoke_production failing", {"kind": "check", "check": "smoke_production"}),
        ('"Smoke / EU (1)" fails [warn]', {"kind": "check", "check": "Smoke / EU (1)", "weight": Weight.WARN}),
        ("Any SEV-1/SEV-2 incident attributed to release", {"kind": "incident", "severities": (1, 2), "attributed": True}),
        ("any sev1, sev-2 or SEV-3 incident", {"kind": "incident", "severities": (1, 2, 3)}),
        ("more than 2 SEV-3 incidents attributed to this deployment", {
            "kind": "incident", "severities": (3,), "attributed": True, "more_than": 2,
        }),
        (
            "Error rate > 1% for 2m over 5m with at least 500 requests at 2.5% [absolute] [dry-run]",
            {
                "sli": "error_rate", "threshold": 0.01, "hold": 120.0, "window": 300.0, "min_requests": 500,
                "at_traffic": 2.5, "absolute": True, "weight": Weight.DRY_RUN,
            },
        ),
    ],
)  # fmt: skip
def test_understood(text: str, meaning: dict[str, Any]) -> None:
    assert understood(text) == meaning
    assert parse(f"  {text} ").text == text


@pytest.mark.parametrize(
    ("text", "column", "fix"),
    [
        ("", 1, "write one such as"),
        ("eror rate > 1%", 1, "known are error rate"),
        ("error rate 1%", 12, "write something like `Error rate > 1%`"),
        ("error rate = 1%", 12, "write `>` or `<`"),
        ("error rate < 1%", 12, "say what is bad"),
        ("success rate > 99%", 14, "say what is bad"),
        ("SLO burn rate < 1", 15, "say what is bad"),
        ("error rate > 0.01", 14, "Error rate > 1%"),
        ("error rate > 500ms", 14, "Error rate > 1%"),
        ("error rate > 101%", 14, "from 0% to 100%"),
        ("error rate >= 0%", 15, "Error rate > 1%"),
        ("error rate > 0x baseline", 14, "3x baseline"),
        ("error rate > 5% increase", 17, "`> 1.05x baseline` or `> 5 percentage points`"),
        ("error rate > 0,5%", 15, "write 0.1 and 1000"),
        ("error rate > 1% (base: 0.1%)", 18, "(baseline:"),
        ("error rate > 1% (baseline: 2x)", 28, "plain value"),
        ("error rate > 1% (baseline: 0.1%", 32, "close the bracket"),
        ("error rate > 1% for 5", 22, "such as `5m`"),
        ("error rate > 1% for 1.5m", 21, "such as `5m`"),
        ("error rate > 1% for 0m", 22, "such as `5m`"),
        ("error rate > 1% for 5m for 6m", 24, "say it once"),
        ("error rate > 1% at 0%", 20, "write `at 5%`"),
        ("error rate > 1% with at least 1,000 requests", 32, "no thousands sign"),
        ("error rate > 1% please", 17, "after the condition may come"),
        ("error rate > 1% [panic]", 17, "after the condition may come"),
        ("p99 latency > 500", 15, "p99 latency > 500ms"),
        ("p99 latency > 0ms", 15, "p99 latency > 500ms"),
        ("p99 latency > 2x baseline", 15, "add the baseline"),
        ("p0 latency > 500ms", 1, "p99 latency > 500ms"),
        ("p99 > 500ms", 5, "p99 latency > 500ms"),
        ("unit tests fails", 1, 'write `"unit tests" fails`'),
        ("smoke fails for 5m", 13, "leave it out"),
        ("health fails over 5m", 14, "leave it out"),
        ("health fails with at least 5 requests", 14, "leave it out"),
        ("any incident", 5, "SEV-1"),
        ("any SEV-0 incident", 5, "SEV-1"),
        ("any SEV-1", 10, "incident attributed to release"),
        ("any SEV-1 incident attributed to me", 34, "attributed to release"),
        ('"open > 1%', 1, "close the quotes"),
        ('"  " > 1%', 1, "between them"),
        ("error rate > 1%; drop table", 16, "double quotes"),
    ],
)
def test_refused_with_the_place_and_the_fix(text: str, column: int, fix: str) -> None:
    with pytest.raises(CriterionError) as refused:
        parse(text)
    assert str(refused.value).startswith(f"column {column}: ")
    assert fix in refused.value.fix
    assert refused.value.pointer == f"{text}\n{' ' * (column - 1)}^"


def test_a_sentence_without_end_is_refused() -> None:
    with pytest.raises(CriterionError, match="longer than"):
        parse("error rate > 1% " + "x" * MAX_LENGTH)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "Error rate > 1% (baseline: 0.1%)",
            "I will roll back when more than 1 % of requests fail and that is worse than the baseline (declared: 0.1 %) by more than chance",
        ),
        (
            "p99 latency > 500ms (baseline: 200ms)",
            "I will roll back when more than 1 % of requests take longer than 500 ms (which is what p99 says) and that is worse than the "
            "baseline (declared: 200 ms) by more than chance",
        ),
        (
            "Any SEV-1/SEV-2 incident attributed to release",
            "I will roll back when a SEV-1 or SEV-2 incident is attributed to this release",
        ),
        ("more than 2 SEV-3 incidents", "I will roll back when more than 2 SEV-3 incidents are open"),
        ("smoke_production fails [warn]", "I will warn, and not roll back, when smoke_production fails"),
        (
            "error logs > 3x baseline for 5m [dry-run]",
            "I will say that I would have rolled back, and not do it, when error logs are more than 3 times the baseline and that is worse "
            "than the baseline by more than chance, for 5 min without a break",
        ),
        (
            "availability < 99.95% over 90s with at least 500 requests at 5% [absolute]",
            "I will roll back when more than 0.05 % of requests fail, whatever the baseline does, counted over the last 1 min 30 s, once there "
            "are at least 500 requests, while 5 % of the traffic goes to it",
        ),
        (
            "SLO burn rate > 14.4",
            "I will roll back when the error budget burns more than 14.4 times as fast as it may and that is worse than the baseline by more "
            "than chance",
        ),
    ],
)
def test_said_back(text: str, said: str) -> None:
    assert echo(parse(text)) == said


WORDS = [
    "error",
    "rate",
    "success",
    "availability",
    "p99",
    "p99.9",
    "latency",
    "saturation",
    "cpu",
    "memory",
    "logs",
    "SLO",
    "burn",
    ">",
    ">=",
    "<",
    "<=",
    "=",
    "above",
    "over",
    "exceeds",
    "greater",
    "more",
    "less",
    "than",
    "at",
    "least",
    "most",
    "below",
    "under",
    "drops",
    "1",
    "0",
    "0.1",
    "14.4",
    "500",
    "%",
    "ms",
    "s",
    "/",
    "rps",
    "x",
    "×",
    "baseline",
    "percentage",
    "points",
    "pp",
    "(",
    ")",
    ":",
    ",",
    "for",
    "5",
    "m",
    "h",
    "with",
    "requests",
    "[absolute]",
    "[warn]",
    "[dry-run]",
    "any",
    "SEV-1",
    "SEV-2",
    "or",
    "incident",
    "incidents",
    "attributed",
    "to",
    "this",
    "release",
    "fails",
    "failing",
    '"my',
    'thing"',
    "health",
]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)))
@example("x > 1%")
@example("any SEV-1/")
def test_any_text_is_understood_or_refused_at_a_place_in_it(text: str) -> None:
    found = understood_or_refused(text)
    if isinstance(found, CriterionError):
        assert 0 <= found.position <= len(text)
        assert found.message
        assert found.fix
    else:
        assert parse(text) == found
        assert parse(found.text) == found
        assert echo(found)


def understood_or_refused(text: str) -> Criterion | CriterionError:
    try:
        return parse(text)
    except CriterionError as error:
        return error
