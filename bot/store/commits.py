"""The one transaction in which everything that follows from a decision becomes true, or nothing does.

A decision counts only if the record is still the one that it was made from: the version decides, so two workers on one subject cannot
both win. Whoever shows something to another subject or asks it something moves that subject's `nudge` and its appointment to now in the
same transaction; a crash before Redis hears of it loses nothing.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, case, delete, literal, or_, select, update

from bot import effects, ledger
from bot.decision import Asked, Decision, Intent, Memory, Show, Wake
from bot.effects import Effect
from bot.ledger import Entry
from bot.store import reads, trail
from bot.store.engine import insert
from bot.store.tables import asked, intents, records, sections
from bot.store.tables import ledger as ledger_table
from bot.subject import Subject

PENDING_LOOK = 30.0  # seconds: while an effect is not known to be performed, its subject is looked at this often


@dataclass(frozen=True, slots=True)
class Committed:
    """What the transaction left to do: others to wake, and the open effects in order; withdrawn ones are only to be looked up.

    `version` and `nudge` are the record's now.
    """

    wakes: tuple[Wake, ...]
    pending: tuple[Intent, ...]
    version: int
    nudge: int


def commit(
    connection: Connection, subject: Subject, memory: Memory[str | None], decision: Decision[str], now: float
) -> Committed | None:
    """Make `decision` true. None: the record has moved since it was loaded, and nothing was written."""
    keys = [effect.key for effect in decision.effects]
    if len(set(keys)) < len(keys):
        raise ValueError(f"two effects of one decision write the same place: {sorted(keys)}")
    _lock(
        connection, {subject, *(show.subject for show in decision.sections), *(a.asked.target for a in decision.asks)}
    )
    nudge = _write_record(connection, subject, memory, decision, now)
    if nudge is None:
        return None
    changed = _show(connection, decision.sections, now)
    new = {ask.asked.target: ask.urgent for ask in decision.asks if put_ask(connection, ask.asked, now)}
    targets = sorted(changed | set(new))
    for target in targets:
        nudge_subject(connection, target, now)
    _answer(connection, subject, decision.answered, now)
    _remember(connection, subject.repo, [each.entry for each in decision.remember])
    if decision.audit:
        trail.append(connection, subject, decision.audit, now)
    pending = _want(connection, subject.text, memory, decision, now)
    if pending:
        _look_again_by(connection, subject.text, now + PENDING_LOOK)
    wakes = tuple(Wake(target, urgent=new.get(target, False)) for target in targets)
    return Committed(wakes, pending, memory.version + 1, nudge)


def says_nothing(memory: Memory[str | None], decision: Decision[str]) -> bool:
    """A look that found everything as it was needs no transaction: most looks do."""
    return (
        decision.record == memory.record
        and decision.wake_at == memory.wake_at
        and not memory.failures
        and not memory.pending
        and not (decision.sections or decision.effects or decision.asks or decision.remember)
        and not (decision.audit or decision.answered or decision.withdraw)
    )


def _lock(connection: Connection, subjects: Iterable[Subject]) -> None:
    """Two subjects that show each other something would wait for each other's row: take the rows in one order."""
    names = sorted(subject.text for subject in subjects)
    if connection.dialect.name == "postgresql" and len(names) > 1:
        connection.execute(
            select(records.c.subject).where(records.c.subject.in_(names)).order_by(records.c.subject).with_for_update()
        ).all()


def _write_record(
    connection: Connection, subject: Subject, memory: Memory[str | None], decision: Decision[str], now: float
) -> int | None:
    """The record's nudge if the record was still as loaded, else None."""
    fresh = {
        "body": decision.record,
        "version": memory.version + 1,
        "because": decision.because,
        "failures": 0,
        "updated_at": now,
    }
    # Somebody left something here since we looked: our own appointment must not hide it.
    wake_at = case((records.c.nudge == memory.nudge, literal(decision.wake_at, records.c.wake_at.type)), else_=now)
    moved = connection.execute(
        update(records)
        .where(records.c.subject == subject.text, records.c.version == memory.version)
        .values(**fresh, wake_at=wake_at)
        .returning(records.c.nudge)
    ).first()
    if moved is not None:
        return int(moved.nudge)
    if memory.version:
        return None
    row = {"subject": subject.text, "topic": subject.topic, "repo": subject.repo, "nudge": 0}
    made = connection.execute(
        insert(connection, records)
        .values(**row, **fresh, wake_at=decision.wake_at)
        .on_conflict_do_nothing()
        .returning(records.c.nudge)
    ).first()
    return 0 if made is not None else None


def nudge_subject(connection: Connection, subject: Subject, now: float) -> None:
    """Something was left for `subject`: it is looked at now, whatever it had planned."""
    row = {"subject": subject.text, "topic": subject.topic, "repo": subject.repo, "body": None, "version": 0}
    sooner = case((records.c.wake_at < now, records.c.wake_at), else_=now)
    connection.execute(
        insert(connection, records)
        .values(**row, nudge=1, wake_at=now, because="", failures=0, updated_at=now)
        .on_conflict_do_update(index_elements=["subject"], set_={"nudge": records.c.nudge + 1, "wake_at": sooner})
    )


def put_ask(connection: Connection, one: Asked, now: float) -> bool:
    """Keep what was asked, once for ever. False: it was kept before."""
    row = {
        "source": one.source,
        "ordinal": one.ordinal,
        "target": one.target.text,
        "by_id": one.by.id,
        "by_login": one.by.login,
        "at": one.at,
        "what": msgspec.json.encode(one.what).decode(),
        "received_at": now,
    }
    made = connection.execute(
        insert(connection, asked).values(**row).on_conflict_do_nothing().returning(asked.c.id)
    ).first()
    return made is not None


def _show(connection: Connection, shows: Sequence[Show], now: float) -> set[Subject]:
    """Write the texts that changed; who has to compose anew."""
    changed: set[Subject] = set()
    for show in shows:
        mine = and_(sections.c.subject == show.subject.text, sections.c.slot == show.slot)
        if connection.execute(select(sections.c.text).where(mine)).scalar() == (show.text or None):
            continue
        changed.add(show.subject)
        if not show.text:
            connection.execute(delete(sections).where(mine))
            continue
        row = {"text": show.text, "updated_at": now}
        connection.execute(
            insert(connection, sections)
            .values(subject=show.subject.text, slot=show.slot, **row)
            .on_conflict_do_update(index_elements=["subject", "slot"], set_=row)
        )
    return changed


def _answer(connection: Connection, subject: Subject, ids: Sequence[int], now: float) -> None:
    if ids:
        mine = and_(asked.c.id.in_(ids), asked.c.target == subject.text, asked.c.answered_at.is_(None))
        connection.execute(update(asked).where(mine).values(answered_at=now))


def _remember(connection: Connection, repo: int, entries: Sequence[Entry]) -> None:
    for entry in entries:
        row = {"key": entry.key, "repo": repo, "kind": entry.kind, "environment": entry.environment}
        number = getattr(entry, "number", None) or getattr(entry, "pull", None)
        row |= {"number": number, "sha": entry.sha, "at": entry.at, "body": ledger.encode(entry)}
        connection.execute(insert(connection, ledger_table).values(**row).on_conflict_do_nothing())


def _want(
    connection: Connection, subject: str, memory: Memory[str | None], decision: Decision[str], now: float
) -> tuple[Intent, ...]:
    """Bring the intents in line with the decision; everything that is open then, in order."""
    if not (decision.effects or decision.withdraw or memory.pending):
        return ()
    keys = [effect.key for effect in decision.effects]
    withdrawn = [key for key in decision.withdraw if key not in keys]
    if withdrawn:
        mine = and_(intents.c.subject == subject, intents.c.key.in_(withdrawn), intents.c.state == "pending")
        # One that went out without an answer may have happened: it stays open until the world was asked.
        closed = case((intents.c.tried_at.is_(None), literal(now)), else_=None)
        connection.execute(update(intents).where(mine).values(state="withdrawn", done_at=closed))
    mine = and_(intents.c.subject == subject, intents.c.key.in_(keys))
    there = {row.key: row for row in connection.execute(select(intents).where(mine))} if keys else {}
    for ordinal, effect in enumerate(decision.effects):
        _want_one(connection, subject, there.get(effect.key), effect, ordinal, now)
    return tuple(reads.intent(row) for row in reads.open_intents(connection, subject))


def _want_one(connection: Connection, subject: str, row: Any, effect: Effect, ordinal: int, now: float) -> None:
    text = effects.encode(effect)
    wanted = {"effect": text, "digest": digest(text), "state": "pending", "created_at": now, "ordinal": ordinal}
    if row is None:
        connection.execute(intents.insert().values(subject=subject, key=effect.key, attempts=0, **wanted))
        return
    if row.digest == wanted["digest"] and row.state in ("pending", "done", "refused"):
        return
    if row.state in ("done", "refused"):
        wanted |= {"attempts": 0, "tried_at": None}
    # Otherwise an earlier version of it may be on its way: when that was tried goes on counting.
    connection.execute(update(intents).where(intents.c.id == row.id).values(**wanted))


def _look_again_by(connection: Connection, subject: str, at: float) -> None:
    later = or_(records.c.wake_at.is_(None), records.c.wake_at > at)
    connection.execute(update(records).where(records.c.subject == subject, later).values(wake_at=at))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
