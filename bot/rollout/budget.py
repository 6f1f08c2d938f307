"""What a rollout costs of the error budget: the bad requests that there would not have been without it, as a share of all that the SLO allows
in its whole time. The whole service's burn rate hardly sees a canary at 5 %; this sum does, at any share and over all steps.
"""

from collections.abc import Iterable
from math import isfinite

import msgspec

from bot.rollout.evidence import Query, Reading
from bot.rollout.judge import COMPARABLE
from bot.rollout.model import Bake, Rollout
from bot.rollout.statistics import fisher_worse

CERTAIN = 0.01
"""A difference that chance explains more often than this has cost nothing that anybody could name."""


class Spending(msgspec.Struct, frozen=True):
    """Since this share of traffic settled: the share of the budget that went, and whether that is certain enough to act on."""

    share: float
    certain: bool


def spending(rollout: Rollout, bake: Bake, readings: Iterable[Reading]) -> Spending | None:
    """None where there is no SLO, no user is served, or nothing was counted: then what was known before stands."""
    plan, began = rollout.plan, rollout.settled_at
    key = Query("error_rate").key
    sound = {
        one.track: one
        for one in readings
        if one.sli == key and not one.error and isfinite(one.good) and isfinite(one.total)
    }
    mine, theirs = sound.get("candidate"), sound.get("baseline")
    if plan.slo is None or plan.slo >= 1 or not plan.ships or began is None or mine is None or mine.at <= began:
        return None
    everything = mine.total + (theirs.total if theirs is not None else 0.0)
    if not mine.total or everything < COMPARABLE:
        return None
    other = theirs if theirs is not None and theirs.total >= COMPARABLE else _before(rollout, key)
    if other is None:
        return None
    bad, total = round(mine.total - mine.good), round(mine.total)
    other_bad, other_total = round(other.total - other.good), round(other.total)
    excess = max(0.0, bad - total * other_bad / other_total)
    allowed = everything / (mine.at - began) * plan.slo_over * (1 - plan.slo)
    worse = fisher_worse(min(bad, total), total, min(other_bad, other_total), other_total) <= CERTAIN
    return Spending(excess / allowed, worse and total >= bake.min_requests)


def _before(rollout: Rollout, key: str) -> Reading | None:
    return next((one for one in rollout.reference if one.sli == key and one.total >= COMPARABLE), None)


def spent(rollout: Rollout) -> float:
    """The share of the budget that all steps so far have cost."""
    return rollout.spent + rollout.spending
