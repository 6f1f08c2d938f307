"""What a plan will be able to tell: against the table of sample sizes, against chance itself, and step by step."""

from random import Random

import pytest

from bot.rollout.evidence import Counts
from bot.rollout.forecast import ALPHA, POWER, forecast
from bot.rollout.statistics import fisher_worse, smallest_shown
from tests.unit.rollout.trip import plan_of

KNOWN = 100_000_000  # a baseline that is as good as known


@pytest.mark.parametrize(
    ("normal", "bad", "once", "thirty"),
    [
        (0.001, 0.01, 670, 1_100),
        (0.001, 0.005, 2_200, 3_400),
        (0.001, 0.003, 6_100, 9_900),
        (0.01, 0.02, 2_000, 3_100),
        (0.01, 0.05, 210, 330),
    ],
)
def test_the_table_of_sample_sizes(normal: float, bad: float, once: int, thirty: int) -> None:
    for requests, alpha in ((once, 0.01), (thirty, 0.01 / 30)):
        assert smallest_shown(requests, normal, KNOWN, 0.0, alpha) == pytest.approx(bad, rel=0.06)


@pytest.mark.parametrize(
    ("requests", "beside", "normal"), [(135, 2_565, 0.001), (1_000, 19_000, 0.001), (2_000, 2_000, 0.01)]
)
def test_nine_times_out_of_ten(requests: int, beside: int, normal: float) -> None:
    alpha, limit, random = ALPHA / 120, 0.01, Random(7)
    share = smallest_shown(requests, normal, beside, limit, alpha)
    assert share is not None

    def drawn(total: int, chance: float) -> int:
        return sum(random.random() < chance for _ in range(total))

    runs = 300
    found = 0
    for _ in range(runs):
        bad, other = drawn(requests, share), drawn(beside, normal)
        found += bad > limit * requests and fisher_worse(bad, requests, other, beside) <= alpha
    assert found / runs == pytest.approx(POWER, abs=0.05)


def test_too_few_show_nothing() -> None:
    assert smallest_shown(3, 0.001, 10_000, 0.01, 0.01 / 120) == pytest.approx(0.80, abs=0.02)  # two of three
    assert smallest_shown(1, 0.5, 1_000, 0.01, 0.01 / 120) is None
    assert smallest_shown(0, 0.0, 1_000, 0.01, 0.01) is None


def test_each_step_of_a_canary_at_three_requests_a_second() -> None:
    found = forecast(plan_of("Error rate > 1%"), {"error_rate": Counts(1, 900)}, 300.0)
    assert found is not None
    assert (found.rate, found.normal) == (3.0, 1 / 900)
    assert [(step.step, step.requests, step.most, step.need) for step in found.steps] == [
        ("bake-5", 135, 270, 1000),
        ("bake-25", 675, 1350, 1000),
        ("bake-50", 900, 1800, 1000),
        ("bake-100", 2700, 5400, 1000),
    ]
    finds = [step.finds or 1.0 for step in found.steps]
    assert 0.04 < finds[0] < 0.06
    assert finds[0] > finds[1] > finds[3] > 0.01


def test_what_it_is_about() -> None:
    counts = {"error_rate": Counts(9, 9_000), "latency<=0.5s": Counts(20, 9_000)}
    slow = forecast(plan_of("smoke_production fails", "p99 latency > 500ms"), counts, 300.0)
    assert slow is not None
    assert slow.criterion.slower_than == 0.5
    assert slow.normal == 20 / 9_000
    relative = forecast(plan_of("error rate > 20x baseline"), counts, 300.0)
    assert relative is not None
    assert relative.steps[0].finds is not None
    assert relative.steps[0].finds > 0.02
    copied = forecast(plan_of("error rate > 1%", strategy="shadow"), counts, 300.0)
    assert copied is not None
    assert [(step.share, step.requests) for step in copied.steps] == [(0.1, 5400)]


def test_where_there_is_nothing_to_reckon_with() -> None:
    counts = {"error_rate": Counts(0, 0)}
    assert forecast(plan_of("error rate > 1%"), counts, 300.0) is None
    assert forecast(plan_of("error rate > 1%"), {}, 300.0) is None
    assert forecast(plan_of("health fails"), {"error_rate": Counts(0, 900)}, 300.0) is None
    assert forecast(plan_of("error rate > 1%", slis=""), {"error_rate": Counts(0, 900)}, 300.0) is None
