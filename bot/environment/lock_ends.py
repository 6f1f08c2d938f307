"""What time and other people make of locks: they end with their owner or when their time is over, their owner is reminded before that, and an open
pull request that serves holds its environment until it is merged or closed.
"""

import dataclasses
from math import floor

from msgspec.structs import replace

from bot.decision import Audit, Show
from bot.environment import lock_notices as say
from bot.environment.audit import ITSELF
from bot.environment.lock_line import freed, locks_of, put
from bot.environment.model import EnvironmentFacts, EnvironmentRecord
from bot.environment.said import Said, Turned
from bot.environment.second import awaited_of
from bot.environment.start import ROLLBACK
from bot.gates import Lock
from bot.gates.owners import OPEN, SLOT, Owner
from bot.rollout.model import Phase
from bot.subject import environment

REMIND = 900.0  # seconds before its end that the owner of a lock is told, at most a quarter of the time that it was taken for


def tend(record: EnvironmentRecord, facts: EnvironmentFacts) -> Turned:
    """Without what is over, and with reminders for what soon will be. Those in line whose conversation was closed wait no more."""
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
    over: list[Lock] = []
    shows: list[Show] = []
    audit: list[Audit] = []
    for lock in locks_of(record):
        if lock.serving and not record.active and record.live is not None and record.live.sha != lock.serving:
            lock = dataclasses.replace(lock, serving="")  # it was taken back: what it was held for is over
            record = put(record, lock)
        owner = facts.owners.get(lock.number, OPEN)
        ended = not owner.open and (bool(lock.serving) or _outlasted(owner, lock.typed_at))
        if not ended and lock.holds(facts.now):
            reminded, reminders = _reminded(record, lock, facts)
            record = put(record, reminded)
            shows += reminders
            continue
        how = f"#{lock.number} was {'merged' if owner.merged else 'closed'}" if ended else "its time was over"
        of = f" of {lock.service}" if lock.service else ""
        audit.append(Audit(ITSELF, "unlock", "ended", f"The lock{of} of #{lock.number} by {lock.by} ended: {how}."))
        over.append(lock)
    if not over and not gone:
        return Turned(record, said, shows=tuple(shows), audit=tuple(audit))
    passed = freed(record, over, facts)
    return Turned(
        passed.record,
        (*said, *passed.said),
        shows=(*passed.shows, *shows),
        audit=(*audit, *passed.audit),
    )


def _outlasted(owner: Owner, typed_at: float) -> bool:
    """Whether a conversation was closed after something was typed in it. GitHub's times are whole seconds: of the same one the close is the
    later, as where somebody comments and closes with one button; nobody sees a merge and types a lock within a second."""
    return owner.closed_at >= floor(typed_at)


def _reminded(record: EnvironmentRecord, lock: Lock, facts: EnvironmentFacts) -> tuple[Lock, tuple[Show, ...]]:
    due = _due(lock)
    if due is None or facts.now < due:
        return lock, ()
    following = next((it.request.number for it in record.line if _follows(it.request.service, lock)), 0)
    return say.ends_soon(facts, lock, following)


def _follows(service: str, lock: Lock) -> bool:
    return not service or not lock.service or service == lock.service


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
    """When a lock or the freeze changes by itself."""
    times = []
    live = record.live
    for lock in locks_of(record):
        if lock.serving and not record.active and live is not None and live.sha != lock.serving:
            return now  # what it was held for was taken back by this very look
        times += [at for at in (_due(lock), lock.until) if at is not None and not lock.serving]
    if record.frozen is not None and record.frozen.until is not None:
        times.append(record.frozen.until)
    return min((at for at in times if at > now), default=None)


def kept_for(record: EnvironmentRecord) -> set[int]:
    """The conversations that something is kept for, whose end is news here."""
    numbers = {it.request.number for it in (*record.line, *record.expected)}
    numbers |= {it.number for it in locks_of(record)}
    numbers |= {it.number for it in record.confirmed if it.of_open} | awaited_of(record)
    moving = record.active.request if record.active is not None else None
    return numbers | ({moving.number} if moving is not None and moving.source == "pull_request" else set())


def forgotten(record: EnvironmentRecord, facts: EnvironmentFacts) -> list[Show]:
    """What conversations told of themselves that nothing is kept for any more: should they come back, they tell it anew."""
    here, known = environment(facts.repo, facts.name), kept_for(record)
    return [Show(here, f"{SLOT}{number}", "") for number in facts.owners if number not in known]
