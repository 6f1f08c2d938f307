"""What each step of a plan will be able to tell, before it begins: how many requests its candidate will get at the present rate, whether that
is enough to pass, and the smallest regression that such a number shows. For whoever chooses shares and times.
"""

from collections.abc import Mapping

import msgspec

from bot.rollout.analysis import query_of
from bot.rollout.evidence import Counts, Criterion, Unit, Weight
from bot.rollout.judge import COMPARABLE, FLOOR
from bot.rollout.model import Bake, Plan, Shift
from bot.rollout.render import unmeasured
from bot.rollout.statistics import smallest_shown

ALPHA, POWER = 0.01, 0.9


class Step(msgspec.Struct, frozen=True):
    """One bake. `share` of the requests (0..1) for `seconds`, at most `longest`, make so many `requests` (`most` in the longest time), of which
    `need` are wanted. `finds` is the smallest share of bad ones that is found with probability POWER by its end, None: nothing less than all."""

    step: str
    share: float
    seconds: float
    longest: float
    requests: int
    most: int
    need: int
    finds: float | None


class Forecast(msgspec.Struct, frozen=True):
    """`rate` in requests per second; `criterion` is what `finds` is about, and `normal` the baseline's share of bad ones."""

    rate: float
    criterion: Criterion
    normal: float
    steps: tuple[Step, ...]


def forecast(plan: Plan, now: Mapping[str, Counts], over: float) -> Forecast | None:
    """For the counts that serve `now`, by the key of their query, in `over` seconds; None where there is nothing to reckon with."""
    criterion = next((one for one in plan.criteria if _counts_requests(one, plan)), None)
    query = query_of(criterion) if criterion is not None else None
    seen = now.get(query.key) if query is not None else None
    if criterion is None or seen is None or not seen.total or over <= 0:
        return None
    rate = seen.total / over
    steps = [_step(plan, criterion, bake, shift, rate, seen) for bake, shift in _bakes(plan)]
    return Forecast(rate, criterion, seen.share, tuple(step for step in steps if step.share > 0)) if steps else None


def _counts_requests(criterion: Criterion, plan: Plan) -> bool:
    counted = criterion.sli in ("error_rate", "burn_rate", "latency") and criterion.weight is Weight.ROLL_BACK
    return counted and not unmeasured(criterion, plan)


def _bakes(plan: Plan) -> list[tuple[Bake, Shift]]:
    """Every bake that is judged, with the shift before it."""
    found: list[tuple[Bake, Shift]] = []
    shift: Shift | None = None
    for step in plan.steps:
        if isinstance(step, Shift):
            shift = step
        elif isinstance(step, Bake) and step.judged and shift is not None:
            found.append((step, shift))
    return found


def _step(plan: Plan, criterion: Criterion, bake: Bake, shift: Shift, rate: float, seen: Counts) -> Step:
    share = (shift.traffic + shift.target.mirror) / 100
    rest = max(0.0, (100 - shift.traffic) / 100)
    requests, beside = round(rate * share * bake.min), round(rate * rest * bake.min)
    if beside >= COMPARABLE:
        others, floor = beside, 0
    else:  # all of them are on the candidate: it is compared with what was before, and that takes more
        others, floor = seen.total, FLOOR
    finds = None
    if requests >= max(floor, criterion.min_requests or 0):
        finds = smallest_shown(
            requests, seen.share, others, _limit(criterion, plan, seen.share), ALPHA / bake.looks, POWER
        )
    need = bake.min_requests if criterion.min_requests is None else criterion.min_requests
    return Step(bake.id, share, bake.min, bake.max, requests, round(rate * share * bake.max), need, finds)


def _limit(criterion: Criterion, plan: Plan, normal: float) -> float:
    """The share of bad ones beyond which a candidate is called bad."""
    if criterion.sli == "burn_rate" and plan.slo is not None:
        return criterion.threshold * (1 - plan.slo)
    if criterion.unit is Unit.TIMES:
        return criterion.threshold * normal
    if criterion.unit is Unit.POINTS:
        return normal + criterion.threshold
    return 1 - criterion.threshold if criterion.worse == "below" else criterion.threshold
