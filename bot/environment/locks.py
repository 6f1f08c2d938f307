"""Who has the environment for themselves: a lock belongs to the pull request or issue it was typed in, ends by itself, passes to the next in
line, and can be taken over with a reason. An open pull request that serves holds its environment until it is merged or closed.

What is told to people stands in `lock_notices.py`; the gate that keeps others away in `bot/gates/locks.py`. Rollback never asks.
"""

import dataclasses
from math import floor

from msgspec.structs import replace

from bot.decision import Audit, Show
from bot.environment import lock_notices as say
from bot.environment.audit import ITSELF
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request, Waiting
from bot.environment.said import Said, Turned
from bot.environment.start import ROLLBACK, refusal
from bot.gates import Lock
from bot.gates.locks import said as locked_for
from bot.gates.owners import OPEN, SLOT, Owner
from bot.markdown import code, duration, plain, utc
from bot.rollout.model import Phase
from bot.subject import environment

MOST = 20  # that wait for one lock
REMIND = 900.0  # seconds before its end that the owner of a lock is told, at most a quarter of the time that it was taken for


def lock_asked(record: EnvironmentRecord, ask: int, request: Request, facts: EnvironmentFacts) -> Turned | None:
    """What becomes of a lock or unlock that somebody typed; None for any other wish."""
    if request.verb == "lock":
        return _lock(record, Waiting(ask, "", 0, request), facts)
    return _unlock(record, ask, request, facts) if request.verb == "unlock" else None


# --- taking ----------------------------------------------------------------------------------------------------------------------


def _lock(record: EnvironmentRecord, wish: Waiting, facts: EnvironmentFacts) -> Turned:
    """Take it, renew it, take it over, or wait in line for it."""
    request, held = wish.request, record.lock
    others = tuple(it for it in record.line if it.request.number != request.number)
    if held is not None and held.number != request.number and not request.steal:
        return _queue(record, wish, held, facts)
    lock = _taken(request, facts)
    shows: tuple[Show, ...] = say.fold(facts, held) if held is not None else ()
    outcome, lead = "locked", "🔒 Locked"
    if held is not None and held.number == request.number:
        # What it serves goes on holding it; the time is what was asked for now.
        lock = dataclasses.replace(lock, serving=held.serving)
        outcome, lead = "renewed", "🔒 Locked, from now"
    elif held is not None:
        outcome, lead = "stolen", f"🔒 Taken over from #{held.number}"
        shows += say.stolen(facts, held, lock)
    text = f"{lead}: {code(facts.name)} takes deployments of #{lock.number} only, until {_until(lock)}."
    waiting = _left(record, request.number)
    return Turned(
        replace(record, lock=lock, line=others),
        (*waiting, Said(request, text, outcome, True, wish.id)),
        shows=shows,
    )


def _left(record: EnvironmentRecord, number: int) -> tuple[Said, ...]:
    """The end of an older wish of the same conversation, that has what it waited for or asks anew."""
    return tuple(
        Said(it.request, "↪️ Asked for again after this.", "replaced", True)
        for it in record.line
        if it.request.number == number
    )


def _taken(request: Request, facts: EnvironmentFacts) -> Lock:
    lasts = min(request.lasts, facts.policy.locks.max_for.seconds)
    return Lock(
        request.number, request.by, request.by_id, facts.now, facts.now + lasts, request.reason, typed_at=request.at
    )


def _until(lock: Lock) -> str:
    until = f"{utc(lock.until)}" if lock.until is not None else ""
    if lock.serving:
        return "it is merged or closed" + (f", and until {until} at least" if until else "")
    return until


def _queue(record: EnvironmentRecord, wish: Waiting, held: Lock, facts: EnvironmentFacts) -> Turned:
    number, name = wish.request.number, facts.name
    numbers = [it.request.number for it in record.line]
    if number in numbers:
        line = tuple(wish if it.request.number == number else it for it in record.line)
    elif len(numbers) >= MOST:
        why = refusal("locked", f"{code(name)} is locked {locked_for(held)}, and {MOST} wait for it already.")
        return Turned(record, (Said(wish.request, f"❌ {why.said}", why.code, False, wish.id),))
    else:
        line = (*record.line, wish)
    text = f"⏳ {code(name)} is locked {locked_for(held)}. #{number} is in line for it; you are told when it is yours."
    return Turned(replace(record, line=line), (*_left(record, number), Said(wish.request, text, "queued", ask=wish.id)))


# --- giving up -------------------------------------------------------------------------------------------------------------------


def _unlock(record: EnvironmentRecord, ask: int, request: Request, facts: EnvironmentFacts) -> Turned:
    """Give up the lock of this conversation, or its place in line; end somebody else's with a reason."""
    held, name, number = record.lock, code(facts.name), request.number
    if any(it.request.number == number for it in record.line) and (held is None or held.number != number):
        line = tuple(it for it in record.line if it.request.number != number)
        gone = tuple(
            Said(it.request, f"❌ Withdrawn by {plain(request.by)} while it waited.", "withdrawn", False)
            for it in record.line
            if it.request.number == number
        )
        done = Said(request, f"✅ #{number} does not wait for the lock of {name} any more.", "done", True, ask)
        record, gone = replace(record, line=line), (*gone, done)
        if not request.steal:
            return Turned(record, gone)
    if held is None:
        return Turned(record, (Said(request, f"✅ {name} is not locked.", "done", True, ask),))
    if held.number != number and not request.steal:
        prefix = facts.policy.commands.prefix
        how = code(f"{prefix}unlock {facts.name} --steal reason")
        why = refusal(
            "lock_not_yours",
            f"{name} is locked {locked_for(held)}. Only there can it be given up; {how} ends it from here, for whoever may steal locks.",
        )
        return Turned(record, (Said(request, f"❌ {why.said}", why.code, False, ask),))
    stolen = held.number != number
    text = f"🔓 Unlocked: {name} was locked {locked_for(held)}." if stolen else f"🔓 Unlocked: {name} is free again."
    shows = say.ended(facts, held, request) if stolen else ()
    freed = _freed(record, facts)
    passed = f" It is #{freed.record.lock.number}'s now." if freed.record.lock is not None else ""
    outcome = "stolen" if stolen else "unlocked"
    return Turned(
        freed.record,
        (Said(request, text + passed, outcome, True, ask), *freed.said),
        shows=(*shows, *freed.shows),
        audit=freed.audit,
    )


def _freed(record: EnvironmentRecord, facts: EnvironmentFacts) -> Turned:
    """Nobody has it any more: the next in line does, from now, and hears of it."""
    shows = say.fold(facts, record.lock) if record.lock is not None else ()
    if not record.line:
        return Turned(replace(record, lock=None), shows=shows)
    up, rest = record.line[0], record.line[1:]
    lock, notice = say.yours(facts, _taken(up.request, facts))
    text = (
        f"🔒 Its turn came at {utc(facts.now)}: {code(facts.name)} is locked for #{lock.number} until {_until(lock)}."
    )
    said = Said(up.request, text, "locked", True, up.id)
    return Turned(replace(record, lock=lock, line=rest), (said,), shows=(*shows, notice))


# --- by itself -------------------------------------------------------------------------------------------------------------------


def tend(record: EnvironmentRecord, facts: EnvironmentFacts) -> Turned:
    """What time and other people's pull requests have done to the lock: it ends with its owner, or when its time is over; before that its
    owner is reminded. Those in line whose conversation was closed wait no more."""
    shut = {number for number, owner in facts.owners.items() if not owner.open}
    gone = tuple(
        it
        for it in record.line
        if it.request.number in shut and _outlasted(facts.owners[it.request.number], it.request.at)
    )
    said = tuple(
        Said(it.request, f"❌ #{it.request.number} was closed while it waited for the lock.", "withdrawn", False, it.id)
        for it in gone
    )
    record = replace(record, line=tuple(it for it in record.line if it not in gone))
    lock = record.lock
    if lock is None:
        return Turned(record, said)
    if lock.serving and not record.active and record.live is not None and record.live.sha != lock.serving:
        lock = dataclasses.replace(lock, serving="")  # it was taken back: what it was held for is over
        record = replace(record, lock=lock)
    owner = facts.owners.get(lock.number, OPEN)
    over = not owner.open and (bool(lock.serving) or _outlasted(owner, lock.typed_at))
    if not over and lock.holds(facts.now):
        reminded, shows = _reminded(record, lock, facts)
        return Turned(replace(record, lock=reminded), said, shows=shows)
    how = f"#{lock.number} was {'merged' if owner.merged else 'closed'}" if over else "its time was over"
    freed = _freed(record, facts)
    line = Audit(ITSELF, "unlock", "ended", f"The lock of #{lock.number} by {lock.by} ended: {how}.")
    return Turned(freed.record, (*said, *freed.said), shows=freed.shows, audit=(line, *freed.audit))


def _outlasted(owner: Owner, typed_at: float) -> bool:
    """Whether a conversation was closed after something was typed in it. GitHub's times are whole seconds: of the same one the close is the
    later, as where somebody comments and closes with one button; nobody sees a merge and types a lock within a second."""
    return owner.closed_at >= floor(typed_at)


def _reminded(record: EnvironmentRecord, lock: Lock, facts: EnvironmentFacts) -> tuple[Lock, tuple[Show, ...]]:
    due = _due(lock)
    if due is None or facts.now < due:
        return lock, ()
    return say.ends_soon(facts, lock, record.line[0].request.number if record.line else 0)


def _due(lock: Lock) -> float | None:
    """When its owner is to be reminded; None where that has happened, or where no time ends it."""
    if lock.until is None or lock.serving or say.is_reminder(lock.notice):
        return None
    return lock.until - min(REMIND, (lock.until - lock.at) / 4)


def kept(before: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts) -> Turned:
    """An open pull request that has just come to serve everybody holds the environment from now on: what comes next must contain it."""
    ended = record.ended
    if before.active is None or record.active is not None or ended is None or not facts.policy.locks.hold_until_merge:
        return Turned(record)
    plan, request, held = ended.rollout.plan, ended.request, record.lock
    if ended.rollout.phase is not Phase.SUCCEEDED or plan.strategy == ROLLBACK or not plan.ships:
        return Turned(record)
    if request.source != "pull_request" or (held is not None and held.number != request.number):
        return Turned(record)  # or somebody took it over while this was on its way
    lock = held or Lock(request.number, request.by, request.by_id, facts.now)
    lock = dataclasses.replace(lock, serving=plan.candidate)
    if not facts.owners.get(request.number, OPEN).open:
        return Turned(record)
    return Turned(replace(record, lock=lock))


def lock_look(record: EnvironmentRecord, now: float) -> float | None:
    """When the lock or the freeze changes by itself."""
    times = []
    lock, live = record.lock, record.live
    if lock is not None and lock.serving and not record.active and live is not None and live.sha != lock.serving:
        return now  # what it was held for was taken back by this very look
    if record.lock is not None:
        times += [at for at in (_due(record.lock), record.lock.until) if at is not None and not record.lock.serving]
    if record.frozen is not None and record.frozen.until is not None:
        times.append(record.frozen.until)
    return min((at for at in times if at > now), default=None)


def kept_for(record: EnvironmentRecord) -> set[int]:
    """The conversations that something is kept for, whose end is news here."""
    numbers = {it.request.number for it in (*record.line, *record.expected)}
    numbers |= {record.lock.number} if record.lock is not None else set()
    numbers |= {it.number for it in record.confirmed if it.of_open}
    moving = record.active.request if record.active is not None else None
    return numbers | ({moving.number} if moving is not None and moving.source == "pull_request" else set())


def forgotten(record: EnvironmentRecord, facts: EnvironmentFacts) -> list[Show]:
    """What conversations told of themselves that nothing is kept for any more: should they come back, they tell it anew."""
    here, known = environment(facts.repo, facts.name), kept_for(record)
    return [Show(here, f"{SLOT}{number}", "") for number in facts.owners if number not in known]


# --- what is shown ---------------------------------------------------------------------------------------------------------------


def lock_places(record: EnvironmentRecord, name: str) -> dict[int, str]:
    """What stands in the conversation that has the lock, and in those that wait for it."""
    lock = record.lock
    if lock is None:
        return {}
    waiting = [it.request.number for it in record.line]
    then = f" Then: {', '.join(f'#{number}' for number in waiting)}." if waiting else ""
    why = f": {plain(lock.reason)}" if lock.reason else ""
    if lock.serving:
        mine = f"#### {code(name)} · 🔒 held by this pull request until it is merged or closed{why}\n\n"
        mine += f"Nothing else is deployed there as long as it serves this head.{then}"
    else:
        lasts = duration(lock.until - lock.at) if lock.until is not None else ""
        mine = f"#### {code(name)} · 🔒 locked for #{lock.number} until {_until(lock)}{why}\n\n"
        mine += f"By {plain(lock.by)} for {lasts}.{then}"
    shown = {lock.number: mine}
    for index, number in enumerate(waiting):
        place = "next" if index == 0 else f"number {index + 1} in line"
        shown[number] = f"#### {code(name)} · ⏳ {place} for the lock\n\nIt is locked {locked_for(lock)}."
    return shown


def locked(record: EnvironmentRecord, now: float) -> str:
    """The lock in a few words, for a cell of a table; "" where there is none."""
    lock = record.lock
    if lock is None or not lock.holds(now):
        return ""
    then = f"; then {', '.join(f'#{it.request.number}' for it in record.line)}" if record.line else ""
    return f"🔒 {locked_for(lock)}{then}"
