"""The way back: asking for the baseline, asking again when that fails, and saying so loudly when it cannot be had.

Nothing interrupts it: no freeze, no pause, no missing metric, and nobody's order. It ends where the plan says or in RollbackFailed, and
always within the deadline of its shifts.
"""

from msgspec.structs import replace

from bot.rollout import because
from bot.rollout.facts import Action, Facts, Move
from bot.rollout.model import Phase, Rollout, Shift, Want
from bot.rollout.moves import ask_for_shift, finish, way_of
from bot.rollout.orders import Inbox, conclude
from bot.rollout.signals import late_success, report_of


def go_back(rollout: Rollout, facts: Facts, inbox: Inbox, now: float) -> Move:
    """One look at a rollback: done, to be tried again, or failed."""
    for wanted in inbox.open(Want.ROLLBACK):
        inbox.answer(wanted, True, because.rolling_back(rollout))
    shift = _present(rollout)
    late = late_success(rollout, facts)
    if late is not None:
        rollout, actions = ask_for_shift(rollout, shift, facts, now, again=True)
        return wait_back(rollout, facts, actions, inbox, now, because.moved_late(late.step))
    report = report_of(rollout, facts)
    if report is not None and report.state == "success":
        return _next_back(rollout, shift, facts, inbox, now)
    if rollout.timers.waited >= shift.deadline:
        return _fail_back(rollout, because.shift_silent(shift), inbox, now)
    if rollout.retry_at is not None:
        if now < rollout.retry_at:
            return wait_back(rollout, facts, (), inbox, now)
        rollout, actions = ask_for_shift(rollout, shift, facts, now, again=True)
        return wait_back(rollout, facts, actions, inbox, now)
    failed = report is not None and report.state in ("failure", "error")
    silent = (
        report is None and rollout.asked_at is not None and now - rollout.asked_at >= shift.deadline / shift.attempts
    )
    if not failed and not silent:
        return wait_back(rollout, facts, (), inbox, now)
    reason = (
        because.shift_failed(shift, report.state, report.description)
        if report is not None
        else "no word from the driver"
    )
    rollout = replace(rollout, failures=rollout.failures + 1)
    if rollout.failures >= shift.attempts:
        return _fail_back(rollout, reason, inbox, now)
    if silent:
        rollout, actions = ask_for_shift(rollout, shift, facts, now, again=True)
        return wait_back(rollout, facts, actions, inbox, now)
    wait = shift.back_off * 2 ** (rollout.failures - 1)
    rollout = replace(rollout, retry_at=now + wait)
    return wait_back(rollout, facts, (), inbox, now, because.rolling_back_again(rollout, reason, wait))


def _present(rollout: Rollout) -> Shift:
    return next(shift for shift in rollout.plan.rollback if shift.id == rollout.step)


def _next_back(rollout: Rollout, shift: Shift, facts: Facts, inbox: Inbox, now: float) -> Move:
    way = way_of(rollout)
    rest = way[way.index(shift) + 1 :]
    if rest:
        rollout, actions = ask_for_shift(rollout, rest[0], facts, now)
        return wait_back(rollout, facts, actions, inbox, now)
    sentence = because.rolled_back(rollout)
    rollout, actions = finish(rollout, rollout.ending or Phase.ROLLED_BACK, sentence, now)
    return conclude(rollout, actions, None, sentence, inbox)


def _fail_back(rollout: Rollout, reason: str, inbox: Inbox, now: float) -> Move:
    sentence = because.rollback_failed(rollout, reason)
    rollout, actions = finish(rollout, Phase.ROLLBACK_FAILED, sentence, now)
    return conclude(rollout, actions, None, sentence, inbox)


def wait_back(
    rollout: Rollout, facts: Facts, actions: tuple[Action, ...], inbox: Inbox, now: float, sentence: str = ""
) -> Move:
    """Waiting on the way back: for the driver, the next attempt, or the end of its patience."""
    shift = _present(rollout)
    times = [now + shift.deadline - rollout.timers.waited]
    if rollout.retry_at is not None:
        times.append(rollout.retry_at)
    elif rollout.asked_at is not None and report_of(rollout, facts) is None:
        times.append(rollout.asked_at + shift.deadline / shift.attempts)
    return conclude(rollout, actions, max(now, min(times)), sentence or because.rolling_back(rollout), inbox)
