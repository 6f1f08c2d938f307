"""Health by probes: unhealthy three times in a row takes a release back at once, one bad answer never does.

Not being able to ask is not being unhealthy, and what was unhealthy before anything moved, or is unhealthy on the baseline too, says
nothing about this release.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from bot.rollout import render
from bot.rollout.evidence import HEALTH, PROBES, Criterion, Judgement, Look, Reading, Verdict
from bot.rollout.model import Bake, Rollout

AGAIN = 5.0
"""Seconds after an unhealthy answer until it is asked again, however rarely it is asked otherwise."""

KEPT = 300.0
"""Seconds for which an answer stands where it is asked rarely."""


def probe_due(rollout: Rollout, every: float, now: float) -> bool:
    """Whether it is time to ask: the last answer is `every` seconds old, or was no healthy one."""
    looks = _looks(rollout)
    return not looks or any(look.bad or look.degraded or now - look.at >= every - 0.5 for look in looks)


def looks_every(rollout: Rollout, bake: Bake) -> float:
    """Seconds between the looks of this bake, fewer while an unhealthy answer is to be confirmed."""
    return min(bake.every, AGAIN) if any(look.bad for look in _looks(rollout)) else bake.every


def _looks(rollout: Rollout) -> list[Look]:
    names = {criterion.text for criterion in rollout.plan.criteria if criterion.sli == HEALTH}
    return [look for look in rollout.looks if look.criterion in names]


def judge_health(
    criterion: Criterion, rollout: Rollout, bake: Bake, readings: Iterable[Reading], look: Look, now: float
) -> tuple[Verdict, Look]:
    """The verdict on the newest probe, and what to remember until the next one. Where none was made, the last verdict stands."""
    blank = Verdict(criterion.text, Judgement.UNKNOWN, "no_data", render.no_data(HEALTH), now, criterion.weight)
    found = {reading.track: reading for reading in readings if reading.sli == HEALTH}
    mine, theirs = found.get("candidate"), found.get("baseline")
    if mine is None:
        standing = (one for one in rollout.verdicts if one.criterion == criterion.text and now - one.at <= KEPT)
        return next(standing, blank), look
    if mine.error:
        return replace(blank, code="provider", reason=render.provider(mine.error)), look
    before = next((one for one in rollout.reference if one.sli == HEALTH), None)
    elsewhere = None
    if not criterion.absolute:
        # When everything is on the candidate, nothing of the baseline need be left that could answer.
        concurrent = theirs if rollout.traffic < 100 and theirs is not None and not theirs.error else before
        elsewhere = concurrent if concurrent is not None and not concurrent.good else None
    if look.count == 0 or mine.at >= look.at + min(bake.every, AGAIN) / 2:
        bad, degraded = not mine.good and elsewhere is None, not mine.good and elsewhere is not None
        look = Look(
            criterion.text,
            at=mine.at,
            count=look.count + 1,
            bad=look.bad + 1 if bad else 0,
            bad_since=(look.bad_since if look.bad_since is not None else mine.at) if bad else None,
            degraded=look.degraded + 1 if degraded else 0,
        )
    if mine.good:
        return replace(blank, judgement=Judgement.PASS, code="good", reason=mine.note), look
    if elsewhere is not None:
        return replace(blank, code="degraded", reason=render.unwell_too(mine.note, elsewhere is before)), look
    long_enough = look.bad_since is not None and mine.at - look.bad_since >= criterion.hold
    if look.bad >= PROBES and long_enough:
        return replace(
            blank, judgement=Judgement.FAIL, code="gross", reason=render.unhealthy(mine.note, look.bad)
        ), look
    return replace(blank, code="suspect", reason=render.unhealthy_yet(mine.note, look.bad)), look
