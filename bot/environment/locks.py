"""Who has the environment, or a service of it, for themselves: a lock belongs to the pull request or issue it was typed in, ends by itself, passes to
the next in line, and can be taken over with a reason.

Here is what becomes of `/lock` and `/unlock`. What time and other people do to locks is in `lock_ends.py`, what is shown in `lock_places.py`
and `lock_notices.py`; the gate that keeps others away in `bot/gates/locks.py`. Rollback never asks.
"""

import dataclasses

from msgspec.structs import replace

from bot.decision import Show
from bot.environment import lock_notices as say
from bot.environment.lock_line import before, drop, freed, in_the_way, lock_of, locks_of, only, put, same, taken
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request, Waiting
from bot.environment.said import Said, Turned
from bot.environment.start import refusal
from bot.gates import Lock
from bot.gates.locks import said as locked_for
from bot.gates.locks import where
from bot.markdown import code, plain, short

MOST = 20  # that wait in one environment


def lock_asked(record: EnvironmentRecord, ask: int, request: Request, facts: EnvironmentFacts) -> Turned | None:
    """What becomes of a lock or unlock that somebody typed; None for any other wish."""
    if request.verb == "lock":
        return _lock(record, Waiting(ask, "", 0, request), facts)
    return _unlock(record, ask, request, facts) if request.verb == "unlock" else None


# --- taking ----------------------------------------------------------------------------------------------------------------------


def _lock(record: EnvironmentRecord, wish: Waiting, facts: EnvironmentFacts) -> Turned:
    """Take it, renew it, take it over, or wait in line for it."""
    request = wish.request
    mine, others = lock_of(record, request.service), in_the_way(record, request)
    mine = mine if mine is not None and mine.number == request.number else None
    if others and not request.steal:
        return _queue(record, wish, others, facts)
    if request.service and any(not it.service for it in others):
        return _not_the_whole(record, wish, others[0], facts)
    if not request.steal and mine is None and (ahead := before(record.line, request)):
        return _queue(record, wish, ahead, facts)
    lock = taken(request, facts)
    shows: tuple[Show, ...] = say.fold(facts, mine) if mine is not None else ()
    outcome, lead = "locked", "🔒 Locked"
    if mine is not None:
        # What it serves goes on holding it; the time is what was asked for now.
        lock = dataclasses.replace(lock, serving=mine.serving)
        outcome, lead = "renewed", "🔒 Locked, from now"
    if others:
        outcome, lead = "stolen", f"🔒 Taken over from {_numbers(others)}"
    for it in others:
        shows += (*say.fold(facts, it), *say.stolen(facts, it, lock))
        record = drop(record, it)
    line = tuple(it for it in record.line if not same(it.request, request))
    text = f"{lead}: {only(lock, facts)}{_goes_on(record, lock)}"
    said = (*_left(record, request), Said(request, text, outcome, True, wish.id))
    return Turned(replace(put(record, lock), line=line), said, shows=shows)


def _goes_on(record: EnvironmentRecord, lock: Lock) -> str:
    """A lock keeps deployments from beginning. What has begun elsewhere it does not touch, and says so."""
    moving = record.active.request if record.active is not None else None
    if record.active is None or moving is None or moving.number == lock.number:
        return ""
    where_from = f" of #{moving.number}" if moving.number else ""
    return f" {code(short(record.active.rollout.plan.candidate))}{where_from}, which is rolling out, goes on."


def _numbers(locks: tuple[Lock, ...]) -> str:
    return " and ".join(dict.fromkeys(f"#{it.number}" for it in locks))


def _left(record: EnvironmentRecord, request: Request) -> tuple[Said, ...]:
    """The end of an older wish of the same conversation, that has what it waited for or asks anew."""
    return tuple(
        Said(it.request, "↪️ Asked for again after this.", "replaced", True)
        for it in record.line
        if same(it.request, request)
    )


def _not_the_whole(record: EnvironmentRecord, wish: Waiting, whole: Lock, facts: EnvironmentFacts) -> Turned:
    """To take over a service from somebody who has the whole environment would take more than was typed."""
    name = code(facts.name)
    how = code(f"{facts.policy.commands.prefix}lock {facts.name} --steal reason")
    why = refusal(
        "locked",
        f"{name} is locked as a whole {locked_for(whole)}. A part of that cannot be taken over; {how} takes it.",
    )
    return Turned(record, (Said(wish.request, f"❌ {why.said}", why.code, False, wish.id),))


def _queue(
    record: EnvironmentRecord, wish: Waiting, others: tuple[Lock, ...] | tuple[Waiting, ...], facts: EnvironmentFacts
) -> Turned:
    request = wish.request
    first = others[0]
    if isinstance(first, Lock):
        other = where(facts.name, first.service)
        stands = f"{code(other)} is locked {locked_for(first)}."
    else:
        other = where(facts.name, first.request.service)
        stands = f"#{first.request.number} waits for {code(other)} already."
    name, number = where(facts.name, request.service), request.number
    wanted = "it" if name == other else code(name)
    if any(same(it.request, request) for it in record.line):
        line = tuple(wish if same(it.request, request) else it for it in record.line)
    elif len(record.line) >= MOST:
        why = refusal("locked", f"{stands} {MOST} wait for it already.")
        return Turned(record, (Said(request, f"❌ {why.said}", why.code, False, wish.id),))
    else:
        line = (*record.line, wish)
    text = f"⏳ {stands} #{number} is in line for {wanted}; you are told when it is yours."
    return Turned(replace(record, line=line), (*_left(record, request), Said(request, text, "queued", ask=wish.id)))


# --- giving up -------------------------------------------------------------------------------------------------------------------


def _unlock(record: EnvironmentRecord, ask: int, request: Request, facts: EnvironmentFacts) -> Turned:
    """Give up what this conversation has there and waits for, or its lock of one service; end somebody else's with a reason."""
    name, number = code(where(facts.name, request.service)), request.number
    meant = tuple(it for it in locks_of(record) if not request.service or it.service == request.service)
    mine = tuple(it for it in meant if it.number == number)
    places = tuple(
        it
        for it in record.line
        if it.request.number == number and (not request.service or it.request.service == request.service)
    )
    record = replace(record, line=tuple(it for it in record.line if it not in places))
    gone = tuple(
        Said(it.request, f"❌ Withdrawn by {plain(request.by)} while it waited.", "withdrawn", False) for it in places
    )
    over = meant if request.steal else mine
    if places and not over:
        text = f"✅ #{number} does not wait for the lock of {name} any more."
        passed = freed(record, (), facts)  # somebody may have waited behind it only
        return dataclasses.replace(passed, said=(*gone, Said(request, text, "done", True, ask), *passed.said))
    if not meant:
        whole = record.lock if request.service else None
        besides = f" {code(facts.name)} is, {locked_for(whole)}." if whole is not None else ""
        return Turned(record, (Said(request, f"✅ {name} is not locked.{besides}", "done", True, ask),))
    if not over:
        return _not_yours(record, ask, request, meant, facts)
    stolen = tuple(it for it in over if it.number != number)
    shows = tuple(show for it in stolen for show in say.ended(facts, it, request))
    passed = freed(record, over, facts)
    was = "; ".join(f"{code(where(facts.name, it.service))} was locked {locked_for(it)}" for it in stolen)
    free = " and ".join(code(where(facts.name, it.service)) for it in mine)
    text = f"🔓 Unlocked: {was}." if stolen else f"🔓 Unlocked: {free} {'is' if len(mine) == 1 else 'are'} free again."
    text += "".join(f" It is #{it.request.number}'s now." for it in passed.said)
    outcome = "stolen" if stolen else "unlocked"
    return Turned(
        passed.record,
        (*gone, Said(request, text, outcome, True, ask), *passed.said),
        shows=(*shows, *passed.shows),
        audit=passed.audit,
    )


def _not_yours(
    record: EnvironmentRecord, ask: int, request: Request, locks: tuple[Lock, ...], facts: EnvironmentFacts
) -> Turned:
    how = code(f"{facts.policy.commands.prefix}unlock {where(facts.name, request.service)} --steal reason")
    held = "; ".join(f"{code(where(facts.name, it.service))} is locked {locked_for(it)}" for it in locks)
    why = refusal(
        "lock_not_yours",
        f"{held}. Only there can it be given up; {how} ends it from here, for whoever may steal locks.",
    )
    return Turned(record, (Said(request, f"❌ {why.said}", why.code, False, ask),))
