"""The benchmark of the analysis, small: what the README says of false rollbacks and of detection holds in a seeded handful of runs too."""

from random import Random

import pytest

from benchmarks.analysis import (
    BAD_2,
    HEALTHY_20,
    RULES,
    SCENARIOS,
    Minute,
    Scenario,
    Scores,
    any_window,
    at_the_end,
    binomial,
    broken_promises,
    mann_whitney,
    ours,
    play,
    shown,
    simulate,
    watched,
)

RUNS = 60


@pytest.fixture(scope="module")
def scores() -> Scores:
    return simulate(SCENARIOS, RUNS, seed=7)


def test_the_promises_of_the_readme_hold(scores: Scores) -> None:
    assert broken_promises(scores) == []
    assert all(found[rule].runs == RUNS for found in scores.values() for rule in RULES)


def test_healthy_releases_stay_whatever_the_traffic_and_the_surroundings(scores: Scores) -> None:
    for scenario in SCENARIOS:
        if not scenario.bad:
            assert scores[scenario.name]["Tagboat"].share <= 0.02, scenario.name
    assert scores[HEALTHY_20.name]["any window"].share > 0.6
    assert scores["shared outage, 50 rps"]["any window"].share == 1
    assert scores["shared outage, 50 rps"]["Tagboat"].held == RUNS  # a person is asked to look instead


def test_bad_releases_are_caught_sooner_than_by_ranks(scores: Scores) -> None:
    bad = scores[BAD_2.name]
    assert bad["Tagboat"].share > bad["Mann-Whitney"].share
    assert sorted(bad["Tagboat"].minutes)[RUNS // 2] <= 6
    assert scores["fails 1.2 %, 200 rps"]["Tagboat"].share == 1


def test_low_traffic_is_caught_less_often_and_the_table_says_so(scores: Scores) -> None:
    quiet = scores["fails 2 %, 2 rps"]
    assert 0.2 < quiet["Tagboat"].share < 0.8
    assert quiet["Mann-Whitney"].share < 0.2
    assert shown(scores, SCENARIOS).row_count == len(SCENARIOS)


def test_the_same_seed_gives_the_same_figures_and_another_one_others() -> None:
    few = SCENARIOS[:1]
    assert simulate(few, 10, seed=3) == simulate(few, 10, seed=3)
    assert play(HEALTHY_20, "1") == play(HEALTHY_20, "1") != play(HEALTHY_20, "2")


def test_it_stops_when_its_time_is_up() -> None:
    assert simulate(SCENARIOS, 10**9, seed=1, longest=0.2)[HEALTHY_20.name]["Tagboat"].runs < 1000


def test_broken_promises_are_said() -> None:
    scores = simulate([HEALTHY_20, BAD_2], 2, seed=1)
    scores[HEALTHY_20.name]["Tagboat"].note(4)
    scores[BAD_2.name]["Tagboat"].note(None)
    assert len(broken_promises(scores)) == 2


# --- the parts -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "p"), [(60, 0.001), (570, 0.02), (2850, 0.051)])
def test_errors_are_drawn_as_often_as_they_should_be(n: int, p: float) -> None:
    chance = Random(5)
    draws = [binomial(chance, n, p) for _ in range(4000)]
    mean = sum(draws) / len(draws)
    spread = sum((draw - mean) ** 2 for draw in draws) / len(draws)
    assert mean == pytest.approx(n * p, rel=0.1)
    assert spread == pytest.approx(n * p * (1 - p), rel=0.15)


def test_the_rank_test_agrees_with_the_tables() -> None:
    assert mann_whitney([4, 5, 6], [1, 2, 3]) == pytest.approx(0.0404, abs=1e-4)  # U = 9, z = 4 / sqrt(5.25)
    assert mann_whitney([1, 2, 3], [4, 5, 6]) == pytest.approx(1 - 0.0145, abs=1e-3)
    # Ties share their ranks: 0, 0, 0 and 0, 0, 1 give U = 6, and the variance shrinks from 5.25 to 2.25.
    assert mann_whitney([0, 0, 1], [0, 0, 0]) == pytest.approx(0.2525, abs=1e-3)
    assert mann_whitney([0, 0], [0, 0]) == 1


def test_rules_by_hand() -> None:
    quiet, one_bad = Minute(100, 0, 1900, 2), Minute(100, 2, 1900, 2)
    assert any_window([quiet] * 30) is None
    assert any_window([quiet, one_bad]) == 2
    assert at_the_end([quiet] * 30) is None
    assert at_the_end([one_bad] * 30) == 30
    assert ours([quiet] * 30, watched()) == (None, False)
    minute, _ = ours([Minute(100, 60, 1900, 2)], watched())
    assert minute == 1  # gross: no second look


def test_a_scenario_is_bad_when_it_is_worse_than_what_it_replaces() -> None:
    assert Scenario("a", 1, 0.02).bad
    assert not Scenario("b", 1, 0.008, 0.008).bad
