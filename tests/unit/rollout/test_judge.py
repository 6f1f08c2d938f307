"""The rule that takes releases back, played thousands of times: how often it is wrong, how often it sees, how soon.

Each game is a canary at 5 % of the traffic that is looked at every minute for half an hour against a limit of 1 %.
"""

import random
from collections.abc import Callable
from math import exp
from statistics import median

import pytest

from bot.rollout.evidence import Counts
from bot.rollout.judge import Finding, Known, Rule, judge, judge_counts
from bot.rollout.statistics import alpha_at

LOOKS = 30
RULE = Rule(threshold=0.01, gross=True, need=1000)
Minute = Callable[[int], tuple[float, float]]
"""From the minute to the error rates of the canary and the baseline."""


def poisson(rng: random.Random, mean: float) -> int:
    limit, product, count = exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count


def game(rng: random.Random, rps: float, errors: Minute) -> list[tuple[Counts, Counts, Counts]]:
    """Per minute: the canary's and the baseline's counts so far, and the canary's of that minute alone."""
    mine, theirs = round(rps * 60 * 0.05), round(rps * 60 * 0.95)
    bad = other_bad = 0
    looks = []
    for minute in range(1, LOOKS + 1):
        canary, baseline = errors(minute)
        now = min(mine, poisson(rng, mine * canary))
        bad, other_bad = bad + now, other_bad + min(theirs, poisson(rng, theirs * baseline))
        looks.append((Counts(bad, mine * minute), Counts(other_bad, theirs * minute), Counts(now, mine)))
    return looks


def ours(looks: list[tuple[Counts, Counts, Counts]]) -> int | None:
    """The minute in which our rule takes it back: bad on two looks in a row."""
    in_a_row = 0
    for minute, (canary, baseline, _) in enumerate(looks, 1):
        found = judge(RULE, Known(canary, baseline), alpha_at(minute, LOOKS))
        in_a_row = in_a_row + 1 if found.outcome in ("bad", "gross") else 0
        if in_a_row == 2 or found.outcome == "gross":
            return minute
    return None


def naive(looks: list[tuple[Counts, Counts, Counts]]) -> int | None:
    """The minute in which any single minute was beyond the limit."""
    return next((minute for minute, (_, _, alone) in enumerate(looks, 1) if alone.share > 0.01), None)


def played(seed: int, games: int, rps: float, errors: Minute) -> tuple[float, float, list[int]]:
    """How often ours and the naive rule went back, and when ours did."""
    rng = random.Random(seed)
    all_looks = [game(rng, rps, errors) for _ in range(games)]
    minutes = [minute for looks in all_looks if (minute := ours(looks)) is not None]
    wrong = sum(naive(looks) is not None for looks in all_looks)
    return len(minutes) / games, wrong / games, minutes


def test_a_healthy_canary_is_let_through_where_the_naive_rule_takes_it_back() -> None:
    back, naively, _ = played(1, 250, 20, lambda _: (0.001, 0.001))
    assert back <= 0.01
    assert naively == pytest.approx(0.84, abs=0.08)


def test_a_healthy_canary_with_little_traffic() -> None:
    back, naively, _ = played(2, 300, 2, lambda _: (0.001, 0.001))
    assert back <= 0.01
    assert naively == pytest.approx(0.18, abs=0.07)


def test_a_baseline_that_is_near_the_limit_itself() -> None:
    back, naively, _ = played(3, 200, 20, lambda _: (0.008, 0.008))
    assert back <= 0.01
    assert naively == pytest.approx(1.0, abs=0.02)


def test_a_bad_canary_is_always_seen_and_soon() -> None:
    back, _, minutes = played(4, 150, 20, lambda _: (0.02, 0.001))
    assert back == 1.0
    assert median(minutes) <= 6


def test_a_canary_slightly_beyond_the_limit_is_seen_where_there_is_traffic() -> None:
    back, _, minutes = played(5, 100, 200, lambda _: (0.012, 0.001))
    assert back >= 0.97
    assert median(minutes) <= 3


def test_a_bad_canary_with_little_traffic_is_often_not_seen_and_nobody_pretends() -> None:
    back, _, _ = played(6, 200, 2, lambda _: (0.02, 0.001))
    assert 0.25 <= back <= 0.65


def test_an_outage_that_both_share_takes_nothing_back() -> None:
    back, naively, _ = played(7, 60, 50, lambda minute: (0.051, 0.051) if 10 <= minute < 15 else (0.001, 0.001))
    assert back <= 0.02
    assert naively == 1.0


# --- single judgements -----------------------------------------------------------------------------------------------------------

ALPHA = 0.01 / 30


def outcome(
    candidate: tuple[int, int], baseline: tuple[int, int] | None = (19, 19_000), rule: Rule = RULE, **known: object
) -> Finding:
    theirs = Counts(*baseline) if baseline else None
    return judge(rule, Known(Counts(*candidate), theirs, **known), ALPHA)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("candidate", "baseline", "expected"),
    [
        ((0, 0), (19, 19_000), "few"),
        ((0, 999), (19, 19_000), "few"),
        ((0, 1_000), (19, 19_000), "good"),
        ((5, 1_000), (19, 19_000), "unclear"),  # may still be 1.05 %
        ((30, 1_000), (19, 19_000), "bad"),
        ((8, 1_000), (0, 19_000), "unclear"),  # significantly worse, but not beyond what was declared
        ((1, 20), (19, 19_000), "few"),  # beyond, but by chance
        ((10, 20), (19, 19_000), "gross"),
        ((9, 19), (19, 19_000), "bad"),
        ((10, 20), (9_500, 19_000), "degraded"),
        ((20, 20), (9_500, 19_000), "gross"),  # everything is bad, and this is worse still
        ((60, 1_000), (1_140, 19_000), "degraded"),
        ((2, 1_000), (1_140, 19_000), "good"),
        ((300, 20_000), None, "bad"),
        ((5, 299), None, "few"),
    ],
)
def test_outcomes(candidate: tuple[int, int], baseline: tuple[int, int] | None, expected: str) -> None:
    assert outcome(candidate, baseline).outcome == expected


def test_one_error_in_few_requests_is_never_enough() -> None:
    for total in range(1, 100):
        assert outcome((1, total)).outcome == "few"


def test_comparisons_from_best_to_none() -> None:
    earlier = Counts(19, 19_000)
    assert outcome((30, 1_000), (19, 19_000), earlier=earlier).compared == "concurrent"
    assert outcome((30, 1_000), (0, 3), earlier=earlier, declared=0.001).compared == "earlier"
    assert outcome((30, 1_000), None, declared=0.001).compared == "declared"
    assert outcome((30, 1_000), None).compared == "nothing"
    for known in ({"earlier": earlier}, {"declared": 0.001}, {}):
        assert outcome((30, 1_000), None, **known).outcome == "bad"
        assert outcome((10, 250), None, **known).outcome == "few"  # without a concurrent baseline not below the floor


def test_a_baseline_far_above_what_was_declared_is_an_unwell_environment() -> None:
    assert outcome((5, 1_000), (95, 19_000), declared=0.001).outcome == "degraded"
    assert outcome((5, 1_000), (60, 19_000), declared=0.001).outcome == "unclear"
    assert outcome((1, 1_000), (95, 19_000), declared=0.0).outcome == "good"


def test_absolute_means_whatever_the_baseline_does() -> None:
    rule = Rule(threshold=0.01, absolute=True, gross=True)
    assert outcome((60, 1_000), (1_140, 19_000), rule).outcome == "bad"
    assert outcome((10, 20), (9_500, 19_000), rule).outcome == "gross"


def test_relative_limits() -> None:
    twice = Rule(threshold=2, unit="times")
    assert outcome((6, 1_000), (19, 19_000), twice).outcome == "unclear"
    assert outcome((1, 1_000), (19, 19_000), twice).outcome == "good"
    assert outcome((10, 1_000), (19, 19_000), twice).outcome == "bad"
    assert outcome((10, 1_000), None, twice).outcome == "unmeasured"
    points = Rule(threshold=0.02, unit="points")
    assert outcome((25, 1_000), (19, 19_000), points).limit == pytest.approx(0.021)
    assert outcome((40, 1_000), (19, 19_000), points).outcome == "bad"


def test_inclusive_limits_and_demanded_requests() -> None:
    assert outcome((10, 1_000), (0, 19_000)).outcome == "unclear"
    assert outcome((10, 1_000), (0, 19_000), Rule(threshold=0.01, inclusive=True)).outcome == "bad"
    demanding = Rule(threshold=0.01, gross=True, must=500, need=500)
    assert outcome((20, 40), rule=demanding).outcome == "few"
    assert outcome((20, 499), rule=demanding).outcome == "few"
    assert outcome((20, 500), rule=demanding).outcome == "bad"


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (50, 950, "good"),
        (0, 0, "good"),
        (1, 0, "unclear"),
        (1, 1, "good"),
        (60, 100, "bad"),
        (3, 0, "bad"),
        (12, 70, "unclear"),
    ],
)
def test_log_lines_by_the_requests_they_come_with(mine: int, theirs: int, expected: str) -> None:
    """Three times the baseline's rate, at 5 % of 40,000 requests."""
    alpha = 0.01 / 30
    assert judge_counts(Rule(threshold=3, unit="times"), mine, theirs, 0.05, 40_000, alpha).outcome == expected


def test_few_requests_say_little_about_log_lines() -> None:
    assert judge_counts(Rule(threshold=3, unit="times"), 0, 5, 0.05, 4_000, ALPHA).outcome == "few"
