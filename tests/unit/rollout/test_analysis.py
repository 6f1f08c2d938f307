"""One look at the evidence: what is read, what cannot be said and why, and what is remembered until the next look."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.rollout.analysis import Seen, evaluate, measuring, planned_queries, queries
from bot.rollout.evidence import Judgement, Query, Reading, Verdict
from bot.rollout.facts import CheckReading, Facts
from bot.rollout.model import Bake, Phase, Rollout
from tests.unit.rollout.trip import SLIS, Trip, plan_of


def baking(*when: str, step: str = "bake-5", **choices: Any) -> Rollout:
    trip = Trip(plan_of(*when, **choices))
    trip.until_step(step, Phase.BAKING)
    return trip.rollout


def counted(
    rollout: Rollout,
    candidate: tuple[float, float],
    baseline: tuple[float, float] | None,
    at: float,
    key: str = "error_rate",
) -> Facts:
    """Facts with (bad, total) per track."""
    readings = [Reading(key, "candidate", candidate[1] - candidate[0], candidate[1], at)]
    if baseline is not None:
        readings.append(Reading(key, "baseline", baseline[1] - baseline[0], baseline[1], at))
    return Facts(readings=tuple(readings))


def only(seen: Seen) -> Verdict:
    (verdict,) = seen.verdicts
    return verdict


def after(rollout: Rollout, seen: Seen) -> Rollout:
    return replace(rollout, looks=seen.looks, verdicts=seen.verdicts)


def test_what_is_read() -> None:
    plan = plan_of(
        "error rate > 1% over 5m", "p99 latency > 500ms", "error logs > 3x baseline", "cpu > 80%", "health fails"
    )
    assert planned_queries(plan) == (
        Query("error_rate", window=300.0),
        Query("latency", slower_than=0.5),
        Query("error_logs"),
        Query("error_rate"),
        Query("health"),
    )
    assert [query.key for query in planned_queries(plan)] == [
        "error_rate/300s",
        "latency<=0.5s",
        "error_logs",
        "error_rate",
        "health",
    ]
    assert planned_queries(plan_of("error rate > 1%", slis="")) == ()


def test_nothing_is_read_while_traffic_moves() -> None:
    trip = Trip(plan_of())
    trip.look()
    assert queries(trip.rollout) == ()
    assert measuring(trip.rollout) is None
    trip.until(Phase.BAKING)
    assert queries(trip.rollout) == (Query("error_rate"),)


def test_criteria_for_one_share_of_traffic_are_only_read_there() -> None:
    rollout = baking("error rate > 1%", "p99 latency > 500ms at 5%")
    assert len(queries(rollout)) == 2
    assert len(queries(replace(rollout, traffic=25))) == 1


@pytest.mark.parametrize(
    ("candidate", "baseline", "code"),
    [
        ({"error": "503 Service Unavailable"}, {}, "provider"),
        ({}, {"error": "timeout"}, "provider"),
        ({"good": float("nan")}, {}, "nan"),
        ({}, {"total": float("inf")}, "nan"),
        ({"at": -301.0}, {}, "stale"),
        ({}, {"at": -1000.0}, "stale"),
        ({"total": 0.0, "good": 0.0}, {}, "no_traffic"),
        ({"total": 0.0, "good": 0.0}, {"total": 0.0, "good": 0.0}, "idle"),
        ({"total": 50.0, "good": 50.0}, {}, "too_few"),
        (None, {}, "no_data"),
        (None, None, "no_data"),
    ],
)
def test_what_cannot_be_judged_has_a_reason(
    candidate: dict[str, Any] | None, baseline: dict[str, Any] | None, code: str
) -> None:
    rollout = baking()
    now = 2_000_000.0
    readings = []
    for track, odd in (("candidate", candidate), ("baseline", baseline)):
        if odd is not None:
            fields = {"good": 999.0, "total": 1000.0, "error": "", **odd, "at": now + odd.get("at", 0.0)}
            readings.append(Reading("error_rate", track, **fields))  # type: ignore[arg-type]
    seen = evaluate(rollout, Facts(readings=tuple(readings)), now)
    verdict = only(seen)
    assert verdict.judgement is Judgement.UNKNOWN
    assert verdict.code == code
    assert verdict.reason
    assert seen.gathering is (code not in {"provider", "nan", "stale", "no_data"})


@pytest.mark.parametrize(
    ("when", "slis", "reason"),
    [
        ("p99 latency > 500ms", SLIS.split("  latency")[0], "policy has no SLI `latency`"),
        ("SLO burn rate > 14.4", SLIS.replace("    slo: { target: 99.9%, over: 30d }\n", ""), "no `slo`"),
        ("cpu > 80%", SLIS, "nothing here reads CPU use yet"),
        ('"queue depth" > 100', SLIS, "nothing here reads queue depth yet"),
        ("error logs > 10/s", SLIS, "as a multiple of the baseline"),
        ("error rate > 3x baseline", SLIS, "no baseline to compare with"),
    ],
)
def test_what_nobody_measures_is_said(when: str, slis: str, reason: str) -> None:
    rollout = baking(when, slis=slis)
    verdict = only(evaluate(rollout, counted(rollout, (1, 1000), None, 2e6), 2e6))
    assert verdict.judgement is Judgement.UNKNOWN
    assert verdict.code == "unmeasured"
    assert reason in verdict.reason


def test_bad_once_is_suspect_and_bad_twice_is_bad() -> None:
    rollout = baking()
    now = 2_000_000.0
    first = evaluate(rollout, counted(rollout, (30, 500), (9, 9_500), now), now)
    assert only(first).code == "suspect"
    assert "the next look decides" in only(first).reason
    rollout = after(rollout, first)
    # The same readings, looked at again: still one look.
    again = evaluate(rollout, counted(rollout, (30, 500), (9, 9_500), now), now + 1)
    assert only(again).code == "suspect"
    assert again.looks == first.looks
    second = evaluate(rollout, counted(rollout, (45, 750), (14, 14_250), now + 15), now + 15)
    assert only(second).judgement is Judgement.FAIL
    # A look without an answer in between neither confirms nor clears.
    blind = evaluate(rollout, Facts(readings=(Reading("error_rate", "candidate", 0, 0, now + 15, "down"),)), now + 15)
    assert blind.looks == first.looks
    # A good one clears.
    good = evaluate(rollout, counted(rollout, (30, 30_000), (600, 570_000), now + 15), now + 15)
    assert only(good).judgement is Judgement.PASS
    assert good.looks[0].bad == 0


def test_a_hold_is_waited_for() -> None:
    rollout = baking("error rate > 1% for 1m")
    now = 2_000_000.0
    for passed in (0, 15, 30, 45):
        seen = evaluate(rollout, counted(rollout, (30, 500), (9, 9_500), now + passed), now + passed)
        assert only(seen).judgement is Judgement.UNKNOWN
        rollout = after(rollout, seen)
    seen = evaluate(rollout, counted(rollout, (30, 500), (9, 9_500), now + 60), now + 60)
    assert only(seen).judgement is Judgement.FAIL


def test_counts_are_rounded_because_prometheus_extrapolates() -> None:
    rollout = baking()
    verdict = only(evaluate(rollout, counted(rollout, (0.4, 1_499.6), (14.2, 28_500.3), 2e6), 2e6))
    assert verdict.candidate is not None
    assert (verdict.candidate.bad, verdict.candidate.total) == (0, 1_500)
    assert verdict.judgement is Judgement.PASS


def test_a_burn_rate_is_a_share_of_errors() -> None:
    rollout = baking("SLO burn rate > 14.4")
    verdict = only(evaluate(rollout, counted(rollout, (16, 1_000), (9, 9_500), 2e6), 2e6))
    assert verdict.limit == pytest.approx(0.0144)
    assert verdict.code == "suspect"


def test_without_a_baseline_beside_it_the_earlier_one_counts_and_the_verdict_is_weaker() -> None:
    rollout = baking(step="bake-100")
    assert [reading.track for reading in rollout.reference] == ["baseline"]
    verdict = only(evaluate(rollout, counted(rollout, (30, 3_000), (0, 0), 2e6), 2e6))
    assert verdict.weaker
    assert "weaker" in verdict.reason
    assert verdict.baseline is not None
    assert verdict.baseline.total >= 1_000


def test_a_baseline_that_is_gone_at_everybody_is_no_trouble() -> None:
    gone = Reading("error_rate", "baseline", 0, 0, 2e6, "no data: no such series")
    mine = Reading("error_rate", "candidate", 4_998, 5_000, 2e6)
    everybody, few = baking(step="bake-100"), baking()
    assert only(evaluate(everybody, Facts(readings=(mine, gone)), 2e6)).judgement is Judgement.PASS
    assert only(evaluate(few, Facts(readings=(mine, gone)), 2e6)).code == "provider"


def test_log_lines_are_held_against_requests() -> None:
    rollout = baking("error logs > 3x baseline")
    lines = counted(rollout, (50, 50), (10, 10), 2e6, key="error_logs").readings
    requests = counted(rollout, (0, 5_000), (0, 95_000), 2e6).readings
    quiet = (Reading("error_logs", "candidate", 0, 0, 2e6), Reading("error_logs", "baseline", 0, 10, 2e6))
    lines = tuple(replace(reading, good=0.0) for reading in lines)
    assert only(evaluate(rollout, Facts(readings=lines + requests), 2e6)).code == "suspect"
    assert only(evaluate(rollout, Facts(readings=quiet + requests), 2e6)).judgement is Judgement.PASS
    assert only(evaluate(rollout, Facts(readings=lines), 2e6)).code == "no_data"


def test_events_never_wait_and_old_ones_do_not_count() -> None:
    rollout = baking("smoke_production fails")
    assert only(evaluate(rollout, Facts(), 2e6)).judgement is Judgement.PASS
    assert evaluate(rollout, Facts(), 2e6).blocking == ()
    assert rollout.asked_at is not None
    for at, judgement in ((rollout.asked_at - 60, Judgement.PASS), (rollout.asked_at + 60, Judgement.FAIL)):
        facts = Facts(checks={"smoke_production": CheckReading("failure", at)})
        assert only(evaluate(rollout, facts, 2e6)).judgement is judgement


def test_what_may_not_take_back_is_judged_and_does_not_block() -> None:
    rollout = baking("error rate > 1% [warn]")
    seen = evaluate(rollout, counted(rollout, (300, 500), (9, 9_500), 2e6), 2e6)
    assert only(seen).judgement is Judgement.FAIL
    assert seen.blocking == ()


def test_the_observed_share_of_traffic() -> None:
    rollout = baking()
    assert evaluate(rollout, counted(rollout, (0, 300), (0, 700), 2e6), 2e6).share == pytest.approx(30)
    assert evaluate(rollout, counted(rollout, (0, 30), (0, 70), 2e6), 2e6).share is None
    assert evaluate(rollout, counted(rollout, (0, 300), None, 2e6), 2e6).share is None


def test_looks_share_the_error_probability_of_the_whole_bake() -> None:
    assert Bake("b", min=900, max=1800, every=15).looks == 120
    assert Bake("b", min=0, max=0, every=15).looks == 2
