"""The moves of the machine: starting a step, asking for a shift, holding, letting go, turning back, ending. Each takes a rollout and gives the
rollout after it with the actions that go with it; *when* to do which is decided in `machine.py`.
"""

from msgspec.structs import replace

from bot.rollout import because
from bot.rollout.analysis import CONFIRM
from bot.rollout.facts import Action, CancelShift, Facts, Finish, StartShift
from bot.rollout.model import Bake, Check, Hold, Phase, Rollout, Shift, Step, Wanted
from bot.rollout.phases import enter
from bot.rollout.signals import newest_shift, report_of
from bot.rollout.stranger import GOING_BACK
from bot.rollout.timers import Passed

FINAL = frozenset({"success", "failure", "error"})


def begin_step(rollout: Rollout, step: Step, facts: Facts, now: float) -> tuple[Rollout, tuple[Action, ...]]:
    """The first moment of a step: its timers at zero, nothing promoted yet. A shift is asked for at once."""
    timers = replace(rollout.timers, waited=0.0, baked=0.0)
    rollout = replace(rollout, step=step.id, since=now, promoted=None, timers=timers)
    if isinstance(step, Shift):
        return ask_for_shift(rollout, step, facts, now)
    phase = {Check: Phase.CHECKING, Bake: Phase.BAKING}.get(type(step), Phase.GATED)
    return rollout if phase is rollout.phase else enter(rollout, phase, now), ()


def ask_for_shift(
    rollout: Rollout, shift: Shift, facts: Facts, now: float, *, again: bool = False
) -> tuple[Rollout, tuple[Action, ...]]:
    """Ask the driver for this shift, `again` as another attempt. What was measured at the old share of traffic is over.

    Each ask raises the generation, so that of all shifts ever asked for in an environment only the newest is alive.
    """
    phase = Phase.ROLLING_BACK if shift in rollout.plan.rollback else Phase.SHIFTING
    if rollout.hold is None and rollout.phase is not phase:
        rollout = enter(rollout, phase, now)
    keep_evidence = phase is Phase.ROLLING_BACK
    rollout = replace(
        rollout,
        step=shift.id,
        since=rollout.since if rollout.step == shift.id else now,
        attempt=rollout.attempt + 1 if again else 1,
        failures=rollout.failures if again else 0,
        generation=rollout.generation + 1,
        # Later than everything that is known already, whatever the clocks say: only what comes after it can be late.
        asked_at=max([now, *(report.at for report in facts.reports)]),
        settled_at=None,
        retry_at=None,
        traffic=shift.traffic,
        target=shift.target,
        looks=(),
        strangers=tuple(replace(it, taken=True) for it in rollout.strangers),
        spent=rollout.spent + rollout.spending,
        spending=0.0,
        verdicts=rollout.verdicts if keep_evidence else (),
        excused=rollout.excused
        if again
        else tuple(key for key in rollout.excused if key.startswith(("incident:", "suspect:"))),
        timers=replace(rollout.timers, waited=rollout.timers.waited if keep_evidence and again else 0.0),
    )
    action = StartShift(shift.id, rollout.attempt, rollout.generation, shift.traffic, shift.sha, shift.target)
    return rollout, (action,)


def end_step(rollout: Rollout, now: float, *, by: str) -> Rollout:
    """The step is done: write it down, with the last verdicts of a bake and whoever waved it through."""
    verdicts = rollout.verdicts if rollout.phase is Phase.BAKING else ()
    return replace(rollout, history=(*rollout.history, Passed(rollout.step, rollout.since, now, by, verdicts)))


def pause(rollout: Rollout, code: str, reason: str, now: float, *, by: str = "", signal: str = "") -> Rollout:
    """Hold at the present share of traffic. A rollout that is held already gets the new reason, and goes on where it would have."""
    phase = rollout.hold.phase if rollout.hold is not None else rollout.phase
    hold = Hold(code, reason, now, phase, by, signal)
    return (
        replace(rollout, hold=hold) if rollout.phase is Phase.PAUSED else enter(rollout, Phase.PAUSED, now, hold=hold)
    )


def freeze(rollout: Rollout, reason: str, now: float) -> Rollout:
    phase = rollout.hold.phase if rollout.hold is not None else rollout.phase
    hold = Hold("frozen", reason, now, phase)
    return (
        replace(rollout, hold=hold) if rollout.phase is Phase.FROZEN else enter(rollout, Phase.FROZEN, now, hold=hold)
    )


def settles_at(rollout: Rollout, facts: Facts) -> float | None:
    """When a shift that was under way as the rollout was held has settled: from then on the candidate can be watched. None when there
    is no such shift, when it has not succeeded, or when it is watched already."""
    hold, shift = rollout.hold, newest_shift(rollout)
    report = report_of(rollout, facts)
    moving = hold is not None and hold.phase in (Phase.SHIFTING, Phase.SETTLING)
    if not moving or shift is None or rollout.settled_at is not None or report is None or report.state != "success":
        return None
    return report.at + shift.settle


def watch_while_held(rollout: Rollout, facts: Facts, now: float) -> Rollout:
    """Users are on the candidate whether or not the rollout goes on, so it is measured, and taken back if it is bad, all the same."""
    at = settles_at(rollout, facts)
    return replace(rollout, settled_at=now) if at is not None and now >= at else rollout


def let_go(rollout: Rollout, now: float) -> Rollout:
    """End a hold: go on in the phase it came from, with the timers where they stopped, and whatever the hold was about begins afresh.
    A shift that failed is due again at once."""
    hold = rollout.hold
    if hold is None:
        return rollout
    rollout = enter(rollout, hold.phase, now, hold=None)
    step = rollout.plan.step(rollout.step) if rollout.step else None
    if hold.signal:
        rollout = replace(rollout, excused=(*rollout.excused, hold.signal))
    timers = rollout.timers
    if any(
        look.degraded >= CONFIRM for look in rollout.looks
    ):  # the window is full of trouble that is now said to be over
        timers = replace(timers, waited=0.0, baked=0.0)
        rollout = replace(
            rollout, settled_at=now, looks=(), verdicts=(), spent=rollout.spent + rollout.spending, spending=0.0
        )
    longest = step.max if isinstance(step, Bake) else step.deadline if isinstance(step, Check) else None
    if longest is not None and timers.waited >= longest:
        timers = replace(timers, waited=0.0)
    if timers.worked >= rollout.plan.deadline:
        timers = replace(timers, worked=0.0)
    again = hold.signal.startswith("shift:") and rollout.phase is Phase.SHIFTING
    return replace(rollout, timers=timers, retry_at=now if again else rollout.retry_at)


def overtaken(rollout: Rollout) -> bool:
    """Whether another tool has deployed since the newest shift was asked for. What goes back leaves it at that."""
    if rollout.asked_at is None or rollout.plan.strategy == GOING_BACK:
        return False
    return any(not it.taken for it in rollout.strangers)


def turn_back(
    rollout: Rollout, cause: str, why: str, facts: Facts, now: float, *, ending: Phase = Phase.ROLLED_BACK
) -> tuple[Rollout, tuple[Action, ...]]:
    """Start the way back from the state that was requested last, whether or not the driver has come that far: cancel what is under
    way, ask for the recorded baseline. `cause` is the stable code of what sent us there. The plan must have a way back."""
    cancelled = cancel(rollout, facts, why)
    way = rollout.plan.way_back(newest_shift(rollout))
    names = tuple(shift.id for shift in way)
    rollout = enter(
        rollout,
        Phase.ROLLING_BACK,
        now,
        hold=None,
        promoted=None,
        cause=cause,
        why=why,
        way=names,
        ending=ending,
        since=now,
    )
    rollout, asked = ask_for_shift(rollout, way[0], facts, now)
    return rollout, (*cancelled, *asked)


def way_of(rollout: Rollout) -> tuple[Shift, ...]:
    """The way back that a rollout took, in order."""
    return tuple(shift for shift in rollout.plan.rollback if not rollout.way or shift.id in rollout.way)


def cancel(rollout: Rollout, facts: Facts, why: str) -> tuple[Action, ...]:
    """Stop the newest shift if its driver may still be at it."""
    shift = newest_shift(rollout)
    if shift is None or rollout.asked_at is None:
        return ()
    report = report_of(rollout, facts)
    moving = Phase.SHIFTING in (rollout.phase, rollout.hold.phase if rollout.hold is not None else None)
    if not moving or (report is not None and report.state in FINAL):
        return ()
    return (CancelShift(shift.id, rollout.attempt, why),)


def finish(
    rollout: Rollout, outcome: Phase, sentence: str, now: float, *, why: str = ""
) -> tuple[Rollout, tuple[Action, ...]]:
    rollout = enter(rollout, outcome, now, hold=None, retry_at=None, why=why or rollout.why)
    return rollout, (Finish(outcome, because.sentence(sentence)),)


def asked_to_abort(rollout: Rollout, wanted: Wanted, facts: Facts, now: float) -> tuple[Rollout, tuple[Action, ...]]:
    """Stop for good where we are; before anything moved that is a withdrawal."""
    if rollout.asked_at is None:
        sentence = because.withdrawn(wanted)
        return finish(rollout, Phase.REJECTED, sentence, now, why=sentence)
    sentence = because.aborted(rollout, wanted)
    cancelled = cancel(rollout, facts, sentence)
    rollout, finished = finish(rollout, Phase.ABORTED, sentence, now, why=sentence)
    return rollout, (*cancelled, *finished)
