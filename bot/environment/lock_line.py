"""Which locks there are in an environment, which of them keep each other out, and to whom they pass: pure steps on the record that the taking, the
giving up and the tending of locks share.

One conversation may have the whole environment, or several may have a service each. Whoever wants what clashes with what others have, or wait
for before them, is in line; each time that a lock ends, everybody in line has theirs now whom nothing keeps any more.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from bot.decision import Show
from bot.environment import lock_notices as say
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request, Waiting
from bot.environment.said import Said, Turned
from bot.gates import Lock
from bot.gates.locks import where
from bot.markdown import code, utc


def locks_of(record: EnvironmentRecord) -> tuple[Lock, ...]:
    """Every lock, that of the whole environment first."""
    return (*([record.lock] if record.lock is not None else []), *record.services)


def lock_of(record: EnvironmentRecord, service: str) -> Lock | None:
    """The lock of a service, or with "" that of the environment."""
    return next((it for it in locks_of(record) if it.service == service), None)


def put(record: EnvironmentRecord, lock: Lock) -> EnvironmentRecord:
    """With this lock, in the place of another one of the same."""
    if not lock.service:
        return replace(record, lock=lock)
    others = tuple(it for it in record.services if it.service != lock.service)
    return replace(record, services=tuple(sorted((*others, lock), key=lambda it: it.service)))


def drop(record: EnvironmentRecord, lock: Lock) -> EnvironmentRecord:
    """Without the lock of the same."""
    if not lock.service:
        return replace(record, lock=None)
    return replace(record, services=tuple(it for it in record.services if it.service != lock.service))


def clash(one: Lock | Request, other: Lock | Request) -> bool:
    """Whether both cannot be had at once: they belong to different conversations, and one is of all or both are of the same service."""
    if one.number == other.number:
        return False
    return not one.service or not other.service or one.service == other.service


def in_the_way(record: EnvironmentRecord, request: Request) -> tuple[Lock, ...]:
    """The locks of others that keep it from this one."""
    return tuple(it for it in locks_of(record) if clash(it, request))


def before(line: Iterable[Waiting], request: Request) -> tuple[Waiting, ...]:
    """Those in line who wait for what it would take, up to its own place if it has one."""
    found: list[Waiting] = []
    for it in line:
        if same(it.request, request):
            break
        if clash(it.request, request):
            found.append(it)
    return tuple(found)


def same(one: Request, other: Request) -> bool:
    """Whether two wishes are for the same lock of the same conversation."""
    return (one.number, one.service) == (other.number, other.service)


def taken(request: Request, facts: EnvironmentFacts) -> Lock:
    """The lock that was asked for, from now on, no longer than the policy allows."""
    lasts = min(request.lasts, facts.policy.locks.max_for.seconds)
    return Lock(
        request.number,
        request.by,
        request.by_id,
        facts.now,
        facts.now + lasts,
        request.reason,
        typed_at=request.at,
        service=request.service,
    )


def until(lock: Lock) -> str:
    """When it ends, in words."""
    at = f"{utc(lock.until)}" if lock.until is not None else ""
    if lock.serving:
        return "it is merged or closed" + (f", and until {at} at least" if at else "")
    return at


def only(lock: Lock, facts: EnvironmentFacts) -> str:
    """What a lock means, as a sentence of Markdown."""
    if lock.service:
        what = f"{code(facts.name)} takes changes of {code(lock.service)} from #{lock.number} only"
    else:
        what = f"{code(facts.name)} takes deployments of #{lock.number} only"
    return f"{what}, until {until(lock)}."


def freed(record: EnvironmentRecord, gone: Iterable[Lock], facts: EnvironmentFacts) -> Turned:
    """Nobody has these any more: those in line have what is free for them, from now, and hear of it."""
    shows: list[Show] = []
    for lock in gone:
        shows += say.fold(facts, lock)
        record = drop(record, lock)
    said: list[Said] = []
    line: list[Waiting] = []
    for up in record.line:
        if in_the_way(record, up.request) or before(line, up.request):
            line.append(up)
            continue
        lock, notice = say.yours(facts, taken(up.request, facts))
        record = put(record, lock)
        name = code(where(facts.name, lock.service))
        text = f"🔒 Its turn came at {utc(facts.now)}: {name} is locked for #{lock.number} until {until(lock)}."
        said.append(Said(up.request, text, "locked", True, up.id))
        shows.append(notice)
    return Turned(replace(record, line=tuple(line)), tuple(said), shows=tuple(shows))
