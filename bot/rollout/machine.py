"""The machine: a rollout and the facts of this instant in, the rollout after it and what to do out. Pure, and the only place that
decides about phases; which moves there are at all is the table in `phases.py`.

The rules stand in `decide` in the order in which they are tried, and the first that fits wins. That order is the safety of the whole:
going back outranks standing still, standing still outranks going on, and going on needs every reason that the plan asks for. What is not
known neither advances a rollout nor takes it back.
"""

from msgspec.structs import replace

from bot.rollout import because, meanwhile, progress
from bot.rollout.analysis import Seen, evaluate, measuring, queries
from bot.rollout.back import go_back, wait_back
from bot.rollout.facts import Action, Facts, Move
from bot.rollout.model import Phase, Plan, Rollout, Shift, Want
from bot.rollout.moves import (
    ask_for_shift,
    asked_to_abort,
    finish,
    freeze,
    let_go,
    overtaken,
    pause,
    settles_at,
    turn_back,
    watch_while_held,
    way_of,
)
from bot.rollout.orders import Inbox, conclude, follow
from bot.rollout.phases import HELD, TERMINAL, TRANSITIONS, IllegalMoveError, count_time
from bot.rollout.signals import Signal, late_success, newest_shift, stop_signal, trouble
from bot.rollout.stranger import GOING_BACK, stake, takes, unknown
from bot.rollout.timers import Timers

__all__ = ["TERMINAL", "TRANSITIONS", "IllegalMoveError", "begin", "decide", "leave_be", "past_return", "reassert"]

FROZEN_LOOK = 300.0
"""Seconds between looks at a freeze that does not say when it ends."""


def begin(plan: Plan, *, by: str, generation: int, now: float) -> Rollout:
    """A rollout that has not begun. `generation` is the environment's: how many shifts were ever asked for there."""
    return Rollout(plan, by, generation, now, Timers(now), inherited=generation, since=now, entered_at=now)


def decide(rollout: Rollout, facts: Facts, now: float) -> Move:
    """Look once. Raises IllegalMoveError where the machine itself is wrong, never for any facts."""
    inbox = Inbox(facts.wanted)

    # 1. What is over stays over.
    if rollout.phase in TERMINAL:
        return conclude(rollout, (), None, because.over(rollout), inbox)

    came = unknown(rollout.strangers, facts.strangers, rollout.asked_at)
    rollout = replace(rollout, strangers=(*rollout.strangers, *came))

    # 2. The way back is not interrupted by anything.
    if rollout.phase is Phase.ROLLING_BACK:
        return go_back(count_time(rollout, now, gathering=False), facts, inbox, now)

    seen = evaluate(rollout, facts, now)
    rollout = count_time(rollout, now, gathering=seen.gathering)
    if measuring(rollout) is not None or seen.verdicts:
        rollout = replace(rollout, looks=seen.looks or rollout.looks, verdicts=seen.verdicts)
    if seen.spending is not None:
        rollout = replace(rollout, spending=seen.spending.share)

    # 3. A person wants it back, or stopped for good.
    if inbox.open(Want.ROLLBACK):
        return _asked_back(rollout, facts, inbox, now)
    for wanted in inbox.open(Want.ABORT):
        inbox.answer(wanted, True, "aborted")
        rollout, actions = asked_to_abort(rollout, wanted, facts, now)
        return conclude(rollout, actions, None, rollout.why, inbox)

    # 4. Something speaks against this release.
    signal = _new_signal(rollout, facts, seen)
    if signal is not None:
        return _stop(rollout, signal, facts, inbox, now)

    # 5. Something newer takes its place, where policy says so.
    if facts.newer and rollout.plan.when_newer == "replace" and not (rollout.reasserting or stake(rollout.strangers)):
        why = because.newer(facts.newer)
        if rollout.asked_at is None:
            rollout, actions = finish(rollout, Phase.SUPERSEDED, why, now, why=why)
            return conclude(rollout, actions, None, why, inbox)
        if rollout.plan.rollback and past_return(rollout) is None:
            rollout, actions = turn_back(rollout, "newer", why, facts, now, ending=Phase.SUPERSEDED)
            return wait_back(rollout, facts, actions, inbox, now)

    # 6. People hold it, then freezes do.
    rollout = follow(rollout, inbox, now)
    if came and rollout.plan.strategy != GOING_BACK:
        rollout = pause(rollout, "stranger", meanwhile.held_for(rollout, came), now)
    signal = _new_signal(rollout, facts, seen)
    if signal is not None:  # resumed over one, and there is another
        return _stop(rollout, signal, facts, inbox, now)
    # An older shift that succeeded late may have moved traffic: what should be is asked for once more, held or not.
    late, shift = late_success(rollout, facts), newest_shift(rollout)
    if late is not None and shift is not None:
        if rollout.hold is not None:
            rollout = replace(rollout, hold=replace(rollout.hold, phase=Phase.SHIFTING))
        rollout, again = ask_for_shift(rollout, shift, facts, now, again=True)
        return _wait(rollout, facts, Seen(), again, inbox, now, because.moved_late(late.step))
    if rollout.phase is Phase.FROZEN and not _frozen(rollout, facts):
        rollout = let_go(rollout, now)
    if rollout.phase is not Phase.PAUSED and facts.freeze is not None and _frozen(rollout, facts):
        rollout = freeze(rollout, facts.freeze.reason, now)
    if rollout.phase in HELD:
        return _wait(watch_while_held(rollout, facts, now), facts, seen, (), inbox, now)
    if shift is not None and overtaken(
        rollout
    ):  # a person goes on all the same: what was asked for is not what is there
        rollout, again = ask_for_shift(rollout, shift, facts, now, again=True)
        return _wait(rollout, facts, Seen(), again, inbox, now)
    if rollout.settled_at == now:
        seen = Seen()  # the window was opened anew: what has been read belongs to the old one

    # 7. It takes too long, its surroundings are unwell, or there is no answer in time: a person looks.
    concern = _too_long(rollout) or trouble(rollout, facts, seen) or progress.unanswered(rollout, seen)
    if concern is not None:
        rollout = pause(rollout, concern.code, concern.why, now, signal=concern.key)
        return _wait(rollout, facts, seen, (), inbox, now)

    # 8. and 9. The current step goes on, or it is done and the next one begins.
    return _wait(rollout, facts, seen, (), inbox, now)


def reassert(rollout: Rollout, facts: Facts, now: float) -> Move | None:
    """What a rollout that is over still owes: if an older shift reported success after the end, a driver that does not fence may have
    moved traffic, to a bad release or away from a good one. Gives a rollout on its way once more (the finished one stays what it was),
    or None. Only for the last rollout of an environment, and only while no newer one moves.
    """
    if rollout.phase is Phase.ROLLED_BACK:
        return _reassert_back(rollout, facts, now)
    shift, late = newest_shift(rollout), late_success(rollout, facts)
    if rollout.phase is not Phase.SUCCEEDED or late is None or shift is None:
        return None
    born = replace(
        rollout, phase=Phase.SHIFTING, entered_at=now, failures=0, timers=Timers(now), verdicts=(), reasserting=True
    )
    born, actions = ask_for_shift(born, shift, facts, now, again=True)
    return _wait(born, facts, Seen(), actions, Inbox(()), now, because.moved_late(late.step))


def leave_be(rollout: Rollout, now: float) -> Rollout:
    """One that was reasserting, as it was before: something else decides about the traffic now."""
    return replace(rollout, phase=Phase.SUCCEEDED, entered_at=now, hold=None, retry_at=None, reasserting=False)


def _reassert_back(rollout: Rollout, facts: Facts, now: float) -> Move | None:
    way_back = way_of(rollout)[-1]
    late = late_success(replace(rollout, phase=Phase.ROLLING_BACK), facts)
    if late is None:
        return None
    born = replace(rollout, phase=Phase.ROLLING_BACK, entered_at=now, failures=0, timers=Timers(now))
    born, actions = ask_for_shift(born, way_back, facts, now, again=True)
    return wait_back(born, facts, actions, Inbox(()), now, because.moved_late(late.step))


def _wait(
    rollout: Rollout,
    facts: Facts,
    seen: Seen,
    actions: tuple[Action, ...],
    inbox: Inbox,
    now: float,
    sentence: str = "",
) -> Move:
    """Go on as far as possible and say what is waited for. What is held waits where it is."""
    if rollout.phase in HELD and rollout.hold is not None:
        said = (
            because.frozen(rollout.hold, rollout)
            if rollout.phase is Phase.FROZEN
            else because.held(rollout.hold, rollout)
        )
        said = f"{said}. {sentence}" if sentence else said
        said = because.sentence(said)
        wake = _wake_held(rollout, facts, now)
        return Move(rollout, actions, wake, said, inbox.close(said), needs_person=rollout.phase is Phase.PAUSED)
    after = progress.go_on(rollout, facts, seen, now)
    if after.rollout.phase is Phase.CHECKING and after.rollout.step != rollout.step:
        # A check can have failed while the shift before it still settled: nobody would look again before its deadline.
        signal = _new_signal(after.rollout, facts, Seen())
        if signal is not None:
            stopped = _stop(after.rollout, signal, facts, inbox, now)
            return replace(stopped, actions=(*actions, *after.actions, *stopped.actions))
    said = because.sentence(sentence or after.because)
    return Move(after.rollout, (*actions, *after.actions), after.wake_at, said, inbox.close(said), after.needs_person)


def _wake_held(rollout: Rollout, facts: Facts, now: float) -> float | None:
    """Measuring goes on while it is held: a release that turns bad meanwhile is taken back."""
    times = []
    bake, settles = measuring(rollout), settles_at(rollout, facts)
    if bake is not None and queries(rollout):
        times.append(now + bake.every)
    elif settles is not None and settles > now:
        times.append(settles)
    if rollout.phase is Phase.FROZEN:
        until = facts.freeze.until if facts.freeze is not None else None
        times.append(until if until is not None and until > now else now + FROZEN_LOOK)
    return min(times, default=None)


def _frozen(rollout: Rollout, facts: Facts) -> bool:
    """A freeze holds what has not begun, and what has begun where it says so."""
    return facts.freeze is not None and (rollout.asked_at is None or facts.freeze.in_flight == "hold")


def _too_long(rollout: Rollout) -> Signal | None:
    if rollout.asked_at is None or rollout.timers.worked < rollout.plan.deadline:
        return None
    return Signal("", "deadline", because.deadline(rollout.plan))


def _asked_back(rollout: Rollout, facts: Facts, inbox: Inbox, now: float) -> Move:
    asks = inbox.open(Want.ROLLBACK)
    wanted = asks[0]
    if rollout.asked_at is None:
        sentence = because.withdrawn(wanted)
        rollout, actions = finish(rollout, Phase.REJECTED, sentence, now, why=sentence)
    elif not rollout.plan.rollback:
        sentence = because.no_way_back(because.asked_back(wanted))
        rollout, actions = pause(rollout, "no_way_back", sentence, now, by=wanted.by), ()
    else:
        why = because.asked_back(wanted) + takes(rollout.strangers)
        rollout, actions = turn_back(rollout, "asked", why, facts, now)
        sentence = because.rolling_back(rollout)
    for one in asks:
        inbox.answer(one, bool(rollout.phase is not Phase.PAUSED), sentence)
    if rollout.phase is Phase.ROLLING_BACK:
        return wait_back(rollout, facts, actions, inbox, now)
    return replace(conclude(rollout, actions, None, sentence, inbox), needs_person=rollout.phase is Phase.PAUSED)


def _new_signal(rollout: Rollout, facts: Facts, seen: Seen) -> Signal | None:
    """A reason to go back that the rollout is not held for already."""
    signal = stop_signal(rollout, facts, seen)
    known = rollout.hold is not None and signal is not None and rollout.hold.signal == signal.key
    return None if known else signal


def _stop(rollout: Rollout, signal: Signal, facts: Facts, inbox: Inbox, now: float) -> Move:
    """Go back, or hold where policy, an irreversible step or the lack of anything to go back to forbids it."""
    plan = rollout.plan
    barrier = past_return(rollout)
    if rollout.asked_at is None:
        code, reason = "not_begun", because.not_begun(signal.why)
    elif rollout.reasserting:
        code, reason = "not_asserted", because.not_asserted(signal.why)
    elif not plan.rollback:
        code, reason = "no_way_back", because.no_way_back(signal.why)
    elif barrier is not None:
        code, reason = "point_of_no_return", because.past_return(signal.why, plan, barrier)
    elif stake(rollout.strangers):
        code, reason = "stranger", meanwhile.not_alone(signal.why, rollout)
    elif plan.rollback_mode == "automatic":
        rollout, actions = turn_back(rollout, signal.code, signal.why, facts, now)
        return wait_back(rollout, facts, actions, inbox, now)
    elif plan.rollback_mode == "dry_run":
        code, reason = "would_roll_back", because.would_roll_back(signal.why)
    else:
        code, reason = "ask", because.may_i(signal.why)
    rollout = pause(rollout, code, reason, now, signal=signal.key)
    return _wait(rollout, facts, Seen(), (), inbox, now)


def past_return(rollout: Rollout) -> Shift | None:
    """The shift behind which going back is not what it was any more, if one was asked for already: there is no way, or it takes a
    redeployment where a switch had been enough. Where it took one from the beginning, that is what the team chose."""
    fast = False
    for step in rollout.plan.steps:
        if isinstance(step, Shift):
            if step.reversible == "no" or (step.reversible == "slow" and fast):
                return step
            fast = fast or step.reversible == "fast"
        if step.id == rollout.step:
            break
    return None
