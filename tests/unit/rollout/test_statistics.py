"""The tests of `statistics.py` against exact integer arithmetic, and the published sample sizes that follow from them."""

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rollout.statistics import (
    alpha_at,
    beta_cdf,
    binomial_at_least,
    fisher_worse,
    requests_needed,
    upper_bound,
    wilson_upper,
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int, int]:
    total, other_total = draw(st.integers(0, 400)), draw(st.integers(0, 800))
    return draw(st.integers(0, total)), total, draw(st.integers(0, other_total)), other_total


def fisher_exactly(bad: int, total: int, other_bad: int, other_total: int) -> Fraction:
    all_bad, everything = bad + other_bad, total + other_total
    ways = sum(comb(all_bad, x) * comb(everything - all_bad, total - x) for x in range(bad, min(all_bad, total) + 1))
    return Fraction(ways, comb(everything, total))


def binomial_exactly(bad: int, total: int, share: Fraction) -> Fraction:
    return sum((comb(total, x) * share**x * (1 - share) ** (total - x) for x in range(bad, total + 1)), Fraction(0))


@given(tables())
def test_fisher_is_exact(table: tuple[int, int, int, int]) -> None:
    assert fisher_worse(*table) == pytest.approx(float(fisher_exactly(*table)), abs=1e-11)


def test_fisher_is_exact_where_it_matters() -> None:
    """Small tails of lopsided tables, where a relative error would show."""
    rng = random.Random(7)
    for _ in range(60):
        table = (rng.randint(3, 30), rng.randint(200, 900), rng.randint(0, 12), rng.randint(4_000, 17_000))
        assert fisher_worse(*table) == pytest.approx(float(fisher_exactly(*table)), rel=1e-8)


def test_fisher_of_a_big_service() -> None:
    assert fisher_worse(1_300, 1_000_000, 19_000, 19_000_000) < 1e-18
    assert 0.45 < fisher_worse(1_000, 1_000_000, 19_000, 19_000_000) < 0.55
    assert fisher_worse(0, 0, 5, 100) == 1.0
    assert fisher_worse(5, 5, 0, 0) == 1.0


@pytest.mark.parametrize("table", [(-1, 3, 0, 0), (4, 3, 0, 0), (0, 3, 5, 4)])
def test_fisher_refuses_what_is_no_table(table: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="not counts"):
        fisher_worse(*table)


@given(st.integers(1, 300), st.data(), st.integers(1, 999))
def test_binomial_tail_is_exact(total: int, data: st.DataObject, per_mille: int) -> None:
    bad = data.draw(st.integers(0, total))
    exact = binomial_exactly(bad, total, Fraction(per_mille, 1000))
    assert binomial_at_least(bad, total, per_mille / 1000) == pytest.approx(float(exact), abs=1e-12)


def test_beta_cdf_at_its_ends() -> None:
    assert beta_cdf(0.0, 2, 3) == 0.0
    assert beta_cdf(1.0, 2, 3) == 1.0
    assert beta_cdf(0.25, 1, 1) == pytest.approx(0.25)
    assert beta_cdf(0.001, 1_000, 1_000_000) == pytest.approx(beta_cdf(0.001, 1_000, 1_000_000), rel=1e-9)
    assert binomial_at_least(5, 4, 0.5) == 0.0


@given(st.integers(1, 200), st.data(), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_upper_bound_is_where_the_tail_ends(total: int, data: st.DataObject, confidence: float) -> None:
    """Clopper and Pearson by definition: at the bound, seeing so few is just as rare as one minus the confidence."""
    bad = data.draw(st.integers(0, total - 1))
    bound = Fraction(upper_bound(bad, total, confidence))
    as_few = 1 - binomial_exactly(bad + 1, total, bound)
    assert float(as_few) == pytest.approx(1 - confidence, rel=1e-6)


def test_the_upper_bound_of_nothing() -> None:
    assert upper_bound(0, 0) == 1.0
    assert upper_bound(7, 7) == 1.0
    assert wilson_upper(0, 0) == 1.0


def test_wilson_is_close_to_exact() -> None:
    for bad, total in [(0, 300), (3, 1_000), (50, 5_000), (900, 100_000)]:
        assert wilson_upper(bad, total) == pytest.approx(upper_bound(bad, total), rel=0.12)


@pytest.mark.parametrize(("limit", "needed"), [(0.01, 299), (0.005, 598), (0.001, 2_995)])
def test_rule_of_three(limit: float, needed: int) -> None:
    """How many requests without an error show that the error rate is below the limit."""
    assert upper_bound(0, needed) < limit <= upper_bound(0, needed - 1)


@pytest.mark.parametrize(("requests", "chance"), [(300, 0.74), (500, 0.91), (700, 0.97), (1_000, 0.996)])
def test_how_often_a_good_canary_passes(requests: int, chance: float) -> None:
    """A canary that is truly at 0.1 %, against a limit of 1 %."""
    too_many = next(bad for bad in range(requests) if upper_bound(bad, requests) >= 0.01)
    assert 1 - binomial_at_least(too_many, requests, 0.001) == pytest.approx(chance, abs=0.005)


@pytest.mark.parametrize(
    ("baseline", "bad", "one_look", "thirty_looks"),
    [
        (0.001, 0.01, 670, 1_100),
        (0.001, 0.005, 2_200, 3_400),
        (0.001, 0.003, 6_100, 9_900),
        (0.01, 0.02, 2_000, 3_100),
        (0.01, 0.05, 210, 330),
    ],
)
def test_how_many_requests_show_a_regression(baseline: float, bad: float, one_look: int, thirty_looks: int) -> None:
    """With 90 % power at alpha 0.01, in one look or spread over thirty."""
    assert requests_needed(baseline, bad) == pytest.approx(one_look, rel=0.08)
    assert requests_needed(baseline, bad, alpha=0.01 / 30) == pytest.approx(thirty_looks, rel=0.08)


def test_no_sample_size_for_no_regression() -> None:
    with pytest.raises(ValueError, match="0 < baseline < bad"):
        requests_needed(0.01, 0.01)


def test_the_planned_looks_spend_alpha_and_all_later_ones_no_more_than_that_again() -> None:
    planned = sum(alpha_at(look, 30) for look in range(1, 31))
    assert planned == pytest.approx(0.01)
    assert sum(alpha_at(look, 30) for look in range(31, 100_000)) <= planned
