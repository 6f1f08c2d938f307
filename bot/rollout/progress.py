"""Going on: what the current step waits for, and what begins when it is done. Nothing here turns a rollout back or holds it; whoever calls
has made sure that nothing speaks against going on.
"""

from math import isfinite

import msgspec
from msgspec.structs import replace

from bot.rollout import because
from bot.rollout.analysis import Seen, blocking_criteria
from bot.rollout.evidence import HEALTH, Judgement, Reading, Verdict
from bot.rollout.facts import Action, Facts
from bot.rollout.health import looks_every
from bot.rollout.judge import COMPARABLE
from bot.rollout.model import Bake, Check, Gate, Phase, Rollout, Shift, Step, Want
from bot.rollout.moves import ask_for_shift, begin_step, end_step, finish, pause
from bot.rollout.orders import is_last_bake
from bot.rollout.phases import enter
from bot.rollout.render import unmeasured
from bot.rollout.signals import Signal, missing_checks, report_of

GATE_LOOK = 60.0
"""Seconds between looks at a closed gate: most things that open one wake us, but not all."""

HAIR = 1e-6
"""Seconds that do not matter: sums of floats end a hair before the end."""


class After(msgspec.Struct, frozen=True):
    """Where going on came to rest."""

    rollout: Rollout
    actions: tuple[Action, ...]
    wake_at: float | None
    because: str
    needs_person: bool = False


def go_on(rollout: Rollout, facts: Facts, seen: Seen, now: float) -> After:
    """Finish every step that is done and begin the next, until one has to wait."""
    actions: tuple[Action, ...] = ()
    while True:
        step = rollout.plan.step(rollout.step) if rollout.step else None
        if step is None:
            rollout, more = begin_step(rollout, rollout.plan.steps[0], facts, now)
        else:
            after = _wait(rollout, step, facts, seen, now)
            if after is not None:
                return replace(after, actions=(*actions, *after.actions))
            rollout, more = _next(rollout, step, facts, now)
        actions = (*actions, *more)
        if rollout.phase is Phase.SUCCEEDED:
            return After(rollout, actions, None, because.succeeded(rollout.plan))


def unanswered(rollout: Rollout, seen: Seen) -> Signal | None:
    """No answer within the longest time of this bake, where policy wants a person to look then."""
    bake = rollout.plan.step(rollout.step) if rollout.step else None
    if rollout.phase is not Phase.BAKING or not isinstance(bake, Bake) or rollout.plan.when_unknown != "pause":
        return None
    missing = _missing(seen)
    if not bake.judged or _satisfied(rollout, bake) or not missing or _hopeless(rollout, seen):
        return None
    if rollout.timers.waited < bake.max - HAIR:
        return None
    return Signal("", "unknown", because.still_unknown(bake.max, missing))


def _next(rollout: Rollout, step: Step, facts: Facts, now: float) -> tuple[Rollout, tuple[Action, ...]]:
    if isinstance(step, Shift) and rollout.phase is Phase.SHIFTING:
        timers = replace(rollout.timers, waited=0.0)
        return enter(rollout, Phase.SETTLING, now, timers=timers), ()
    if rollout.reasserting:
        rollout = replace(rollout, reasserting=False)
        return finish(rollout, Phase.SUCCEEDED, because.succeeded(rollout.plan), now)
    if isinstance(step, Shift):
        rollout = replace(rollout, settled_at=now)
    if isinstance(step, Bake):
        rollout = replace(rollout, reference=reference_of(rollout, facts))
    rollout = end_step(rollout, now, by=_by(rollout, step))
    steps = rollout.plan.steps
    index = steps.index(step) + 1
    if index == len(steps):
        return finish(rollout, Phase.SUCCEEDED, because.succeeded(rollout.plan), now)
    return begin_step(rollout, steps[index], facts, now)


def _wait(rollout: Rollout, step: Step, facts: Facts, seen: Seen, now: float) -> After | None:
    """What this step waits for, or None when it is done."""
    match step:
        case Gate():
            return _wait_gate(rollout, step, facts, now)
        case Shift():
            return _wait_shift(rollout, step, facts, now)
        case Check():
            return _wait_check(rollout, step, facts, now)
        case Bake():
            return _wait_bake(rollout, step, seen, now)


def _wait_gate(rollout: Rollout, gate: Gate, facts: Facts, now: float) -> After | None:
    if gate.human:
        return None if rollout.promoted else After(rollout, (), _end(rollout, now), because.gate_human(gate), True)
    reading = facts.gates.get(gate.id)
    if reading is not None and reading.open:
        return None
    reason = reading.reason if reading is not None else ""
    if reading is not None and reading.rejected:
        sentence = because.gate_rejected(gate, reason)
        if rollout.asked_at is None:
            rollout, actions = finish(rollout, Phase.REJECTED, sentence, now, why=sentence)
            return After(rollout, actions, None, sentence)
        return After(pause(rollout, "gate_rejected", sentence, now), (), None, sentence, True)
    return After(rollout, (), _soonest(now, GATE_LOOK, _left(rollout)), because.gate_closed(gate, reason))


def _wait_shift(rollout: Rollout, shift: Shift, facts: Facts, now: float) -> After | None:
    if rollout.phase is Phase.SETTLING:
        left = shift.settle - rollout.timers.waited
        return None if left <= HAIR else After(rollout, (), now + left, because.settling(rollout.plan, shift, left))
    report = report_of(rollout, facts)
    if report is not None and report.state == "success":
        return None
    if rollout.retry_at is None and report is not None and report.state in ("failure", "error"):
        # What is final is a stop signal, and came before: another attempt is left here.
        wait = shift.back_off * 2**rollout.failures
        rollout = replace(rollout, failures=rollout.failures + 1, retry_at=now + wait)
        return After(
            rollout, (), rollout.retry_at, because.shifting_again(shift, report.state, report.description, wait)
        )
    if rollout.retry_at is not None and now >= rollout.retry_at:
        rollout, actions = ask_for_shift(rollout, shift, facts, now, again=True)
        wake = _soonest(now, shift.deadline, _left(rollout))
        return After(rollout, actions, wake, because.shifting(rollout.plan, shift, rollout.attempt))
    left = shift.deadline - rollout.timers.waited
    wake = rollout.retry_at if rollout.retry_at is not None else _soonest(now, left, _left(rollout))
    return After(rollout, (), wake, because.shifting(rollout.plan, shift, rollout.attempt))


def _wait_check(rollout: Rollout, check: Check, facts: Facts, now: float) -> After | None:
    missing = missing_checks(rollout, check, facts)
    if not missing or (rollout.promoted is not None and rollout.promoted.action is Want.SKIP):
        return None
    left = check.deadline - rollout.timers.waited
    return After(rollout, (), _soonest(now, left, _left(rollout)), because.checking(check, missing, max(0.0, left)))


def _wait_bake(rollout: Rollout, bake: Bake, seen: Seen, now: float) -> After | None:
    """A bake is done when a person said so, or when its time is over and everything that blocks says PASS on evidence that reaches to
    its very end. A look that is bad but not confirmed yet holds it in either case: the next one decides."""
    timers, missing = rollout.timers, _missing(seen)
    left = bake.left(timers)
    suspect = any(verdict.code == "suspect" for verdict in missing)
    if _satisfied(rollout, bake) and not suspect:
        return None
    if not bake.judged:
        if left <= HAIR and not suspect:
            return None
        waits = [looks_every(rollout, bake)] if suspect or blocking_criteria(rollout) else []
        waits += [wait for wait in (left,) if wait > HAIR]
        return After(rollout, (), _soonest(now, _left(rollout), *waits), because.baking(rollout, left, []))
    if left <= HAIR and seen.blocking and not missing:
        ended = now + left
        if seen.through is not None and seen.through >= ended - HAIR:
            return None
    if _hopeless(rollout, seen):
        return After(rollout, (), _end(rollout, now), because.no_answer_possible(rollout, missing), True)
    waits = [looks_every(rollout, bake), _left(rollout)]
    waits += [wait for wait in (left, bake.max - timers.waited) if wait > HAIR]
    return After(rollout, (), _soonest(now, *waits), because.baking(rollout, left, missing))


def _satisfied(rollout: Rollout, bake: Bake) -> bool:
    """Whether a person has waved this bake through. The last one is not hurried: it is the look that everything rests on."""
    return rollout.promoted is not None or (rollout.hurried is not None and not is_last_bake(rollout, bake))


def _by(rollout: Rollout, step: Step) -> str:
    """Who waved this step through, "" where it was done by itself."""
    if rollout.promoted is not None:
        return rollout.promoted.by
    if isinstance(step, Bake) and rollout.hurried is not None and _satisfied(rollout, step):
        return rollout.hurried.by
    return ""


def _missing(seen: Seen) -> list[Verdict]:
    return [verdict for verdict in seen.blocking if verdict.judgement is not Judgement.PASS]


def _hopeless(rollout: Rollout, seen: Seen) -> bool:
    """Whether no amount of waiting brings an answer, because nothing that blocks can be measured here."""
    codes = {verdict.criterion: verdict.code for verdict in seen.blocking}
    return all(
        unmeasured(criterion, rollout.plan) or codes.get(criterion.text) == "unmeasured"
        for criterion in blocking_criteria(rollout)
    )


def reference_of(rollout: Rollout, facts: Facts) -> tuple[Reading, ...]:
    """The baseline's counts of this bake, for comparison when there is no baseline any more; the older ones where these are too few."""
    sound = [
        r
        for r in facts.readings
        if r.track == "baseline"
        and not r.error
        and isfinite(r.good)
        and isfinite(r.total)
        # One that has been retired is not healthy, which says nothing.
        and (r.sli != HEALTH or r.good)
    ]
    served = {reading.sli: reading for reading in sound}
    if not any(reading.total >= COMPARABLE for reading in served.values()):
        return rollout.reference
    return tuple(({reading.sli: reading for reading in rollout.reference} | served).values())


def _left(rollout: Rollout) -> float:
    """Seconds until the whole rollout has taken too long."""
    return rollout.plan.deadline - rollout.timers.worked


def _end(rollout: Rollout, now: float) -> float | None:
    return now + max(0.0, _left(rollout)) if rollout.asked_at is not None else None


def _soonest(now: float, *waits: float) -> float:
    return now + max(0.0, min(waits))
