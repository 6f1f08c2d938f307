"""How small a regression a watch can see: the share of bad requests from which on it is called bad nine times out of ten.

The judge itself is asked from how many bad requests on it says so, and only then comes a probability: so whatever rule it follows (the
limit, the comparison, the floor), the answer is about that rule. That two looks in a row have to agree is left out: they count nearly
the same requests.
"""

from collections.abc import Callable

from bot.rollout.evidence import Counts
from bot.rollout.judge import Known, Rule, judge, judge_counts
from bot.rollout.statistics import binomial_at_least

POWER = 0.9
_MANY = 1_000_000  # a binomial of so many rare events is as good as Poisson's


def smallest_share(rule: Rule, known: Known, alpha: float, power: float = POWER) -> float | None:
    """The smallest share of bad requests that is called bad with this `power` in one look.

    `known` has the requests that the candidate will have had by then (how many of them are bad does not matter) and what it is compared
    with. None: not even a release that fails every request would be called bad.
    """
    total = known.candidate.total
    fewest = _fewest(
        total,
        lambda bad: (
            judge(rule, Known(Counts(bad, total), known.baseline, known.earlier, known.declared), alpha).outcome
        ),
    )
    return _share(fewest, total, power) if fewest is not None else None


def smallest_multiple(
    rule: Rule, theirs: int, exposure: float, requests: int, alpha: float, power: float = POWER
) -> float | None:
    """The same for lines of a log: how many times as many as on the baseline, request for request, are called too many.

    `theirs` are the baseline's lines, of which there have to be some: a multiple of nothing is nothing.
    """
    if theirs <= 0 or not 0 < exposure < 1:
        return None
    usual = theirs * exposure / (1 - exposure)
    most = max(1000, round(usual * 1000))
    fewest = _fewest(most, lambda lines: judge_counts(rule, lines, theirs, exposure, requests, alpha).outcome)
    if fewest is None:
        return None
    expected = _share(fewest, _MANY, power)
    return expected * _MANY / usual if expected is not None else None


def _fewest(most: int, outcome: Callable[[int], str]) -> int | None:
    """From how many on it is called bad; more are never better."""
    if outcome(most) not in ("bad", "gross"):
        return None
    low, high = -1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if outcome(middle) in ("bad", "gross") else (middle, high)
    return high


def _share(fewest: int, total: int, power: float) -> float | None:
    """The smallest share at which at least `fewest` of `total` are bad with this probability."""
    if binomial_at_least(fewest, total, 1 - 1e-12) < power:
        return None
    low, high = 0.0, 1.0
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if binomial_at_least(fewest, total, middle) >= power else (middle, high)
    return high
