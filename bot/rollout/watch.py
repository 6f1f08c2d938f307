"""After success: whether the release that serves everybody is still good. Pure.

Nothing serves beside it any more, so what is measured now is held against what the plan measured of the old release before, which is
weaker: time itself changes numbers. So it takes two looks and enough requests here too, each look is at the last minutes only, and all
verdicts say that they are weaker.
"""

from collections.abc import Iterable
from math import isfinite
from typing import Literal

import msgspec
from msgspec.structs import replace

from bot.rollout.analysis import BLIND, Seen, evaluate, queries
from bot.rollout.evidence import HEALTH, Judgement, Look, Reading, Verdict
from bot.rollout.facts import Facts
from bot.rollout.health import looks_every
from bot.rollout.judge import FLOOR
from bot.rollout.model import Bake, Phase, Rollout, Shift
from bot.rollout.signals import Signal, stop_signal

STEP = "watch"
SOON, LATER = 15.0, 300.0
"""Seconds between looks: while it may still be taken back by itself, and after that."""
SHORTEST, LONGEST = 300.0, 3600.0
"""Seconds that a look goes back: further where few requests come in."""

State = Literal["", "good", "unknown", "bad"]


class Watch(msgspec.Struct, frozen=True):
    """A release that is watched: by its root deployment, from `since` to `until`, taken back by itself until `automatic_until`.

    `window` is how many seconds the next look goes back. `told` names what people were told of already. `state` is what the newest looks
    say and `changed_at` since when. `again_at` is when it went on after another release had served beside it: no look goes back further.
    """

    root: int
    since: float
    until: float
    automatic_until: float
    window: float = SHORTEST
    looks: tuple[Look, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    told: tuple[str, ...] = ()
    state: State = ""
    changed_at: float = 0.0
    again_at: float = 0.0


class Watched(msgspec.Struct, frozen=True):
    """What one look leads to: the watch after it, a reason to act that nobody was told of yet, and when to look again."""

    watch: Watch
    signal: Signal | None
    wake_at: float


def every(watch: Watch, now: float) -> float:
    """Seconds between looks; closer together in a watch of seconds."""
    soon = min(SOON, max(0.5, (watch.automatic_until - watch.since) / 20))
    if now < watch.automatic_until:
        return soon
    return min(LATER, max(soon, (watch.until - watch.automatic_until) / 100))


def watched(rollout: Rollout, watch: Watch, now: float) -> Rollout:
    """A rollout that has ended well as one whose last watch goes on, so that it is measured and judged like any other."""
    shifts = [step for step in rollout.plan.steps if isinstance(step, Shift)]
    bakes = [step for step in rollout.plan.steps if isinstance(step, Bake)]
    apart = every(watch, now)
    planned = _looks(watch.since, watch.automatic_until, every(watch, watch.since))
    planned += _looks(watch.automatic_until, watch.until, every(watch, watch.automatic_until))
    bake = Bake(
        STEP,
        min=watch.until - watch.since,
        max=planned * apart,
        min_requests=bakes[-1].min_requests if bakes else FLOOR,
        every=apart,
    )
    return replace(
        rollout,
        plan=replace(rollout.plan, steps=(shifts[-1], bake)),
        phase=Phase.BAKING,
        step=STEP,
        hold=None,
        settled_at=max(watch.since, watch.again_at, now - watch.window),
        looks=watch.looks,
        verdicts=watch.verdicts,
        excused=(*rollout.excused, *watch.told),
    )


def _looks(begin: float, end: float, apart: float) -> float:
    return max(0.0, end - begin) / apart


def measures(rollout: Rollout, watch: Watch) -> bool:
    """Whether there is anything to look at; else only an incident can speak against it."""
    going_on = watched(rollout, watch, watch.since)
    return bool(queries(going_on)) or any(criterion.kind == "check" for criterion in rollout.plan.criteria)


def look(rollout: Rollout, watch: Watch, facts: Facts, now: float) -> Watched:
    """Look once at the release that `rollout` brought."""
    going_on = watched(rollout, watch, now)
    facts = replace(facts, readings=_everybody(facts.readings))
    seen = evaluate(going_on, facts, now)
    signal = stop_signal(going_on, facts, seen)
    known = signal or stop_signal(replace(going_on, excused=rollout.excused), facts, seen)
    state = _state(watch, seen, known)
    after = replace(
        watch,
        looks=seen.looks or watch.looks,
        verdicts=seen.verdicts,
        window=_window(watch, facts.readings),
        state=state,
        changed_at=watch.changed_at if state == watch.state else now,
    )
    apart = looks_every(replace(going_on, looks=after.looks), _bake_of(going_on))
    return Watched(after, signal, min(now + apart, max(watch.until, now)))


def _bake_of(going_on: Rollout) -> Bake:
    bake = going_on.plan.steps[-1]
    assert isinstance(bake, Bake)  # noqa: S101 - `watched` put it there
    return bake


def _everybody(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """The counts of both tracks as one. After success all users are on one release, whatever label its instances go by: deploy workflows
    make the candidate the baseline then, at once or later."""
    found: dict[str, Reading] = {}
    for one in readings:
        other = found.get(one.sli)
        if one.sli == HEALTH:  # answers, not counts: where nobody is left, nobody is well
            found[one.sli] = replace(one if other is None else max(other, one, key=_wellness), track="candidate")
        elif other is None or (other.error and not one.error):
            found[one.sli] = replace(one, track="candidate")
        elif not one.error:
            at = max((it.at for it in (one, other) if it.total), default=max(one.at, other.at))
            found[one.sli] = replace(other, good=one.good + other.good, total=one.total + other.total, at=at)
    return tuple(found.values())


def _wellness(answer: Reading) -> int:
    """A healthy answer says that what serves is well, and one that did not come says nothing; so an unhealthy one counts where all are."""
    return 1 if answer.error else 2 if answer.good else 0


def _state(watch: Watch, seen: Seen, signal: Signal | None) -> State:
    if signal is not None:
        return "bad"
    codes = {verdict.code for verdict in seen.blocking if verdict.judgement is not Judgement.PASS}
    if "suspect" in codes and watch.state:
        return watch.state  # the next look decides
    return "unknown" if codes & BLIND else "good"


def _window(watch: Watch, readings: Iterable[Reading]) -> float:
    """Where few requests come in a look has to go back further, or it could never say anything."""
    totals = [it.total for it in readings if it.sli != HEALTH and not it.error and isfinite(it.total)]
    most = max(totals, default=float(FLOOR))
    if most < 2 * FLOOR:
        return min(LONGEST, watch.window * 2)
    return max(SHORTEST, watch.window / 2) if most > 20 * FLOOR else watch.window
