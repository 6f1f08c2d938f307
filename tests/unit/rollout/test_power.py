"""How small a regression can be seen: what is said is held against draws that the judge itself looks at."""

from random import Random

import pytest

from bot.rollout.evidence import Counts
from bot.rollout.judge import Known, Rule, judge, judge_counts
from bot.rollout.power import smallest_multiple, smallest_share
from bot.rollout.statistics import alpha_at

ALPHA = alpha_at(1, 60)
RULE = Rule(threshold=0.01)


def called_bad(share: float, total: int, other: Counts, *, runs: int = 400, rule: Rule = RULE) -> float:
    dice = Random(4)
    found = 0
    for _ in range(runs):
        bad = sum(dice.random() < share for _ in range(total))
        found += judge(rule, Known(Counts(bad, total), other), ALPHA).outcome in ("bad", "gross")
    return found / runs


@pytest.mark.parametrize("total", [200, 1000])
def test_the_smallest_share_is_found_nine_times_out_of_ten(total: int) -> None:
    other = Counts(19, 19_000)
    share = smallest_share(RULE, Known(Counts(0, total), other), ALPHA)
    assert share is not None
    assert called_bad(share, total, other) == pytest.approx(0.9, abs=0.05)
    assert called_bad(share * 0.6, total, other) < 0.6


def test_more_requests_see_less() -> None:
    other = Counts(19, 19_000)
    shares = [smallest_share(RULE, Known(Counts(0, total), other), ALPHA) for total in (100, 300, 1000, 10_000)]
    assert all(isinstance(it, float) for it in shares)
    assert shares == sorted(shares, key=lambda it: -(it or 0))


def test_with_a_handful_of_requests_nothing_is_seen() -> None:
    assert smallest_share(RULE, Known(Counts(0, 2), Counts(0, 40)), ALPHA) is None
    assert smallest_share(RULE, Known(Counts(0, 0), Counts(0, 40)), ALPHA) is None
    assert smallest_share(RULE, Known(Counts(0, 299)), ALPHA) is None, "without a baseline there is a floor"
    assert smallest_share(RULE, Known(Counts(0, 400)), ALPHA) is not None


def test_many_lines_in_a_log_are_seen_as_a_multiple() -> None:
    rule = Rule(threshold=3, unit="times", need=0)
    multiple = smallest_multiple(rule, theirs=950, exposure=0.05, requests=20_000, alpha=ALPHA)
    assert multiple is not None
    assert 3 < multiple < 5
    expected, dice = 50 * multiple, Random(5)
    found = 0
    for _ in range(300):
        lines = sum(dice.random() < expected / 5000 for _ in range(5000))
        found += judge_counts(rule, lines, 950, 0.05, 20_000, ALPHA).outcome == "bad"
    assert found / 300 == pytest.approx(0.9, abs=0.06)
    assert smallest_multiple(rule, theirs=0, exposure=0.05, requests=20_000, alpha=ALPHA) is None
