"""What people ask of the memory who look at a repository without the bot: how everything stood when it was last decided on, in one
consistent look. For the page of a repository and for `tagboat explain`; the loop itself reads one subject at a time.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from bot.decision import Actor, Asked
from bot.store import reads, trail
from bot.store.reads import KeptPolicy
from bot.store.tables import asked, audit, records, sections
from bot.store.trail import Refusals
from bot.subject import Subject

MOST_WAITING = 100


@dataclass(frozen=True, slots=True)
class Known:
    """The record of one subject, as JSON (None: others have only left something for it), and what its last decision said."""

    subject: Subject
    body: str | None
    because: str
    wake_at: float | None
    failures: int
    updated_at: float


@dataclass(frozen=True, slots=True)
class Decided:
    """One line of the audit trail as people read it. `because` is Markdown of ours, `environment` "" where it is about none."""

    subject: Subject
    at: float
    actor: str
    action: str
    outcome: str
    because: str
    environment: str


@dataclass(frozen=True, slots=True)
class Standing:
    """`environments` are all that have a record, `waiting` what was asked of any of them and is not answered, oldest first. `lately` is
    the newest of the audit trail first, `refused` what of it was refused, by code and environment. `ticked_at` is when a clock process was last alive."""

    environments: tuple[Known, ...]
    waiting: tuple[Asked, ...]
    lately: tuple[Decided, ...]
    refused: tuple[Refusals, ...]
    policy: KeptPolicy | None
    ticked_at: float | None


def standing(
    connection: Connection, repo: int, most: int, last_tick: str, codes: Collection[str], since: float
) -> Standing:
    """`most` lines of the audit trail; `last_tick` is the cursor in which the clock leaves its time. Refusals with these `codes` are counted
    `since` then (Unix seconds)."""
    tick = reads.cursor(connection, last_tick)
    return Standing(
        known(connection, repo, "environment"),
        _waiting(connection, repo),
        _lately(connection, repo, most),
        trail.refused(connection, repo, codes, since),
        reads.policy(connection, repo),
        float(tick) if tick is not None else None,
    )


def known(connection: Connection, repo: int, topic: str, name: str = "") -> tuple[Known, ...]:
    """Every subject of a topic whose name begins with `name` (letters, digits, `.`, `_`, `-` and `/` only)."""
    begins = Subject(topic, repo, name).text
    found = connection.execute(
        select(records)
        .where(records.c.repo == repo, records.c.topic == topic, records.c.subject.startswith(begins, autoescape=True))
        .order_by(records.c.subject)
    )
    return tuple(
        Known(Subject.parse(row.subject), row.body, row.because, row.wake_at, row.failures, row.updated_at)
        for row in found
    )


def unanswered(connection: Connection, source: str) -> int:
    """How much of what came of one source (`comment-17`) still waits for an answer, wherever it was passed on to."""
    mine = select(asked.c.id).where(asked.c.source == source, asked.c.answered_at.is_(None))
    return len(connection.execute(mine).all())


def answers(connection: Connection, repo: int, source: str) -> tuple[str, ...]:
    """What was answered to one source, wherever that stands, in the order in which it was asked. Markdown."""
    found = connection.execute(
        select(sections.c.text)
        .where(
            sections.c.subject.startswith(f"pull|{repo}|", autoescape=True),
            sections.c.slot.startswith("answer:"),
            sections.c.slot.contains(f":{source}:", autoescape=True),
        )
        .order_by(sections.c.slot)
    )
    return tuple(row.text for row in found)


def decided(connection: Connection, subjects: Iterable[Subject], since: float) -> tuple[Decided, ...]:
    """The lines of the audit trail about these subjects since then, oldest first."""
    names = [subject.text for subject in subjects]
    mine = select(audit).where(audit.c.subject.in_(names), audit.c.at >= since).order_by(audit.c.id)
    return tuple(_decided(row) for row in connection.execute(mine))


def _waiting(connection: Connection, repo: int) -> tuple[Asked, ...]:
    begins = f"environment|{repo}|"
    found = connection.execute(
        select(asked)
        .where(asked.c.answered_at.is_(None), asked.c.target.startswith(begins, autoescape=True))
        .order_by(asked.c.at, asked.c.id)
        .limit(MOST_WAITING)
    )
    return tuple(
        Asked(
            row.source,
            row.ordinal,
            Subject.parse(row.target),
            Actor(row.by_id, row.by_login),
            row.at,
            msgspec.json.decode(row.what),
            row.id,
        )
        for row in found
    )


def _lately(connection: Connection, repo: int, most: int) -> tuple[Decided, ...]:
    found = connection.execute(
        select(audit).where(audit.c.repo == repo).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(most)
    )
    return tuple(_decided(row) for row in found)


def _decided(row: Row[Any]) -> Decided:
    subject = Subject.parse(row.subject)
    return Decided(subject, row.at, row.actor, row.action, row.outcome, row.because, row.environment)
