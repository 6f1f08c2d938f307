"""Every question that is asked of the database, as plain functions of a connection. `Store` runs them off the event loop."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, case, exists, func, or_, select

from bot import effects, ledger
from bot.decision import DEFAULT_BRANCH, Actor, Asked, Head, Intent, Memory, Result
from bot.ledger import Entry
from bot.store.tables import asked, cursors, heads, intents, policies, records, repositories, sections
from bot.store.tables import ledger as ledger_table
from bot.subject import Repo, Subject

# A subject that lives for years (an environment) performs effects for years. Decisions need the answers about what is under way.
RESULTS_REMEMBERED = 500

_OPEN = or_(intents.c.state == "pending", and_(intents.c.state == "withdrawn", intents.c.done_at.is_(None)))


@dataclass(frozen=True, slots=True)
class KeptPolicy:
    """The last policy file of a repository that parsed: at commit `sha`, fetched at Unix seconds, on top of the `organisation`'s if any."""

    sha: str
    text: str
    fetched_at: float
    organisation: str | None = None


@dataclass(frozen=True, slots=True)
class Sleeper:
    """A subject with its appointment, for people: why it last did what it did, and how often in a row it failed."""

    subject: str
    wake_at: float | None
    because: str
    failures: int
    updated_at: float


def repo(connection: Connection, id: int) -> Repo | None:
    row = connection.execute(select(repositories).where(repositories.c.id == id)).first()
    return _repo(row) if row else None


def repo_named(connection: Connection, owner: str, name: str) -> Repo | None:
    """GitHub's names ignore case."""
    mine = and_(func.lower(repositories.c.owner) == owner.lower(), func.lower(repositories.c.name) == name.lower())
    # After a rename and a new repository under the old name two rows may claim it: the one heard of last is right.
    row = connection.execute(select(repositories).where(mine).order_by(repositories.c.updated_at.desc())).first()
    return _repo(row) if row else None


def repos(connection: Connection, installation: int | None = None) -> tuple[Repo, ...]:
    query = select(repositories).order_by(repositories.c.id)
    if installation is not None:
        query = query.where(repositories.c.installation == installation)
    return tuple(_repo(row) for row in connection.execute(query))


def _repo(row: Row[Any]) -> Repo:
    return Repo(row.id, row.owner, row.name, row.installation, row.default_branch, row.private)


def load(connection: Connection, subject: str) -> Memory[str | None]:
    """The record is still its stored text; None when there is none yet."""
    row = connection.execute(select(records).where(records.c.subject == subject)).first()
    waiting = connection.execute(
        select(asked).where(asked.c.target == subject, asked.c.answered_at.is_(None)).order_by(asked.c.at, asked.c.id)
    )
    answers, refused, pending = _intents(connection, subject)
    return Memory(
        record=row.body if row else None,
        asked=tuple(_asked(each) for each in waiting),
        results=answers,
        refused=refused,
        pending=pending,
        wake_at=row.wake_at if row else None,
        failures=row.failures if row else 0,
        version=row.version if row else 0,
        nudge=row.nudge if row else 0,
    )


def load_with_repo(connection: Connection, subject: str, id: int) -> tuple[Memory[str | None], Repo | None]:
    return load(connection, subject), repo(connection, id)


def _asked(row: Row[Any]) -> Asked:
    return Asked(
        source=row.source,
        ordinal=row.ordinal,
        target=Subject.parse(row.target),
        by=Actor(row.by_id, row.by_login),
        at=row.at,
        what=msgspec.json.decode(row.what, type=dict[str, Any]),
        id=row.id,
    )


def _intents(
    connection: Connection, subject: str
) -> tuple[Mapping[str, Result], Mapping[str, Result], tuple[Intent, ...]]:
    """Answers, refusals and what is open. One query: this is the most frequent thing that is asked."""
    newest = case((_OPEN, 1), else_=0).desc(), intents.c.done_at.desc()
    rows = connection.execute(
        select(intents).where(intents.c.subject == subject).order_by(*newest).limit(RESULTS_REMEMBERED)
    ).all()
    answers: dict[str, Result] = {}
    refused: dict[str, Result] = {}
    opened = []
    for row in rows:
        is_open = row.state == "pending" or (row.state == "withdrawn" and row.done_at is None)
        if is_open:
            opened.append(row)
        if row.state == "refused":
            refused[row.key] = _result(row)
        elif row.state == "done" or (is_open and row.result is not None):
            answers[row.key] = _result(row)
    opened.sort(key=lambda row: (row.created_at, row.ordinal, row.id))
    return answers, refused, tuple(intent(row) for row in opened)


def open_intents(connection: Connection, subject: str) -> Sequence[Row[Any]]:
    """Pending ones, and withdrawn ones that went out without an answer, in the order in which they were wanted."""
    return connection.execute(
        select(intents)
        .where(intents.c.subject == subject, _OPEN)
        .order_by(intents.c.created_at, intents.c.ordinal, intents.c.id)
    ).all()


def intent(row: Row[Any]) -> Intent:
    return Intent(
        id=row.id,
        effect=effects.decode(row.effect),
        created_at=row.created_at,
        attempts=row.attempts,
        tried_at=row.tried_at,
        withdrawn=row.state == "withdrawn",
    )


def _result(row: Any) -> Result:
    value = msgspec.json.decode(row.result, type=dict[str, Any]) if row.result is not None else {}
    return Result(row.key, value, row.done_at or 0.0)


def sections_of(connection: Connection, subject: str) -> dict[str, str]:
    """Slot → text, in order of the slots' names."""
    found = connection.execute(
        select(sections.c.slot, sections.c.text).where(sections.c.subject == subject).order_by(sections.c.slot)
    )
    return {row.slot: row.text for row in found}


def due(connection: Connection, now: float, limit: int) -> tuple[str, ...]:
    """Subjects whose time has come, the longest overdue first, and those that were asked something and have no appointment at all."""
    soonest = connection.execute(
        select(records.c.subject).where(records.c.wake_at <= now).order_by(records.c.wake_at).limit(limit)
    )
    found = [row.subject for row in soonest]
    if len(found) < limit:
        appointed = exists().where(records.c.subject == asked.c.target, records.c.wake_at.is_not(None))
        forgotten = connection.execute(
            select(asked.c.target).distinct().where(asked.c.answered_at.is_(None), ~appointed).limit(limit - len(found))
        )
        found += [row.target for row in forgotten]
    return tuple(found)


def records_of(connection: Connection, repo: int, topic: str) -> tuple[tuple[str, str], ...]:
    """(subject, record as JSON) of every subject of this topic that has a record."""
    found = connection.execute(
        select(records.c.subject, records.c.body)
        .where(records.c.repo == repo, records.c.topic == topic, records.c.body.is_not(None))
        .order_by(records.c.subject)
    )
    return tuple((row.subject, row.body) for row in found)


def recent(connection: Connection, repo: int, topic: str, since: float) -> tuple[str, ...]:
    """Subjects of this topic about which anything was decided since then, the latest first, at most 500."""
    found = connection.execute(
        select(records.c.subject)
        .where(records.c.repo == repo, records.c.topic == topic, records.c.updated_at >= since)
        .order_by(records.c.updated_at.desc())
        .limit(500)
    )
    return tuple(row.subject for row in found)


def entries(connection: Connection, repo: int, kinds: Iterable[str], since: float) -> tuple[Entry, ...]:
    """The ledger's facts of these kinds since then, oldest first."""
    found = connection.execute(
        select(ledger_table.c.body)
        .where(ledger_table.c.repo == repo, ledger_table.c.kind.in_(tuple(kinds)), ledger_table.c.at >= since)
        .order_by(ledger_table.c.at, ledger_table.c.key)
    )
    return tuple(ledger.decode(row.body) for row in found)


def heads_of(connection: Connection, repo: int, number: int) -> tuple[Head, ...]:
    """In the order in which they reached us; the last one is the newest we were told of."""
    found = connection.execute(select(heads).where(heads.c.repo == repo, heads.c.number == number).order_by(heads.c.id))
    return tuple(
        Head(
            row.repo,
            row.number,
            row.sha,
            row.received_at,
            row.delivery,
            Actor(row.by_id, row.by_login) if row.by_id else None,
        )
        for row in found
    )


def first_seen(connection: Connection, repo: int, sha: str) -> float | None:
    """When this commit was first a pull request's head as far as we were told."""
    mine = heads.c.repo == repo, heads.c.sha == sha, heads.c.number != DEFAULT_BRANCH
    found = select(func.min(heads.c.received_at)).where(*mine)
    seen: float | None = connection.execute(found).scalar()
    return seen


def cursor(connection: Connection, name: str) -> str | None:
    value: str | None = connection.execute(select(cursors.c.value).where(cursors.c.name == name)).scalar()
    return value


def policy(connection: Connection, repo: int) -> KeptPolicy | None:
    row = connection.execute(select(policies).where(policies.c.repo == repo)).first()
    return KeptPolicy(row.sha, row.text, row.fetched_at, row.organisation) if row else None


def organisation(connection: Connection, installation: int) -> str | None:
    """The record (JSON) about the organisation's file, which the `.github` repository of this installation has."""
    found = (
        select(records.c.body)
        .join(repositories, repositories.c.id == records.c.repo)
        .where(repositories.c.installation == installation, repositories.c.name == ".github")
        .where(records.c.topic == "organisation", records.c.body.is_not(None))
        .order_by(repositories.c.updated_at.desc())
    )
    body: str | None = connection.execute(found).scalars().first()
    return body


def subjects(connection: Connection, installation: int, topic: str) -> tuple[str, ...]:
    """Subjects (text form) of this topic in all repositories of an installation, at most 5,000."""
    found = (
        select(records.c.subject)
        .join(repositories, repositories.c.id == records.c.repo)
        .where(repositories.c.installation == installation, records.c.topic == topic)
        .order_by(records.c.subject)
        .limit(5000)
    )
    return tuple(connection.execute(found).scalars())


def troubled(connection: Connection, failures: int) -> tuple[Sleeper, ...]:
    """Subjects that failed at least so often in a row, the worst first: what doctor and the dashboard show."""
    found = connection.execute(
        select(records).where(records.c.failures >= failures).order_by(records.c.failures.desc()).limit(100)
    )
    return tuple(Sleeper(row.subject, row.wake_at, row.because, row.failures, row.updated_at) for row in found)


def waiting(connection: Connection, repo: int, topic: str) -> tuple[Asked, ...]:
    """What subjects of this topic were asked and have not answered yet, in the order of its time."""
    mine = asked.c.target.startswith(f"{topic}|{repo}|", autoescape=True)
    found = connection.execute(
        select(asked).where(asked.c.answered_at.is_(None), mine).order_by(asked.c.at, asked.c.id).limit(500)
    )
    return tuple(_asked(row) for row in found)


def known_asks(connection: Connection, sources: Iterable[str]) -> frozenset[str]:
    """Which of these sources (`comment-17`) have been stored, answered or not."""
    found = connection.execute(select(asked.c.source).distinct().where(asked.c.source.in_(tuple(sources))))
    return frozenset(row.source for row in found)
