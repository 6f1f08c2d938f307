"""The audit trail: written with the decision that it is about, in the same transaction, and only ever added to.

The lines of one subject are a chain (`bot.store.chain`). Whoever commits holds the subject's record, so two workers cannot both add the next
line; a unique index makes sure of it, and triggers refuse to change or delete what was written.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bot.decision import Audit
from bot.store.chain import digest
from bot.store.tables import audit
from bot.subject import Subject


@dataclass(frozen=True, slots=True)
class Audited:
    """One line of the audit trail as it is kept: `previous` and `digest` are its links in the chain of `subject`."""

    id: int
    repo: int
    subject: str
    at: float
    line: Audit
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Refusals:
    """How often something was refused for one reason in one environment ("": none was told), and when it last was (Unix seconds)."""

    code: str
    environment: str
    count: int
    last: float


def append(connection: Connection, subject: Subject, lines: Sequence[Audit], now: float) -> None:
    """Add these lines to the chain of `subject`, whose record this transaction has just written."""
    newest = select(audit.c.digest).where(audit.c.subject == subject.text).order_by(audit.c.id.desc()).limit(1)
    previous: str = connection.execute(newest).scalar() or ""
    for line in lines:
        row = {"repo": subject.repo, "subject": subject.text, "at": now} | as_kept(line)
        if subject.topic == "environment":
            row["environment"] = row["environment"] or subject.name
        link = digest(previous, row)
        connection.execute(audit.insert().values(**row, previous=previous, digest=link))
        previous = link


def as_kept(line: Audit) -> dict[str, Any]:
    """What was said, by the names of `bot.store.chain`."""
    return {
        "actor": line.actor,
        "actor_id": line.actor_id,
        "permission": line.permission,
        "sha": line.sha,
        "gates": " ".join(line.gates),
        "action": line.action,
        "outcome": line.outcome,
        "because": line.because,
        "environment": line.environment,
    }


def since(connection: Connection, repo: int, at: float) -> tuple[Audited, ...]:
    """The lines of one repository since then (Unix seconds), oldest first."""
    mine = select(audit).where(audit.c.repo == repo, audit.c.at >= at).order_by(audit.c.at, audit.c.id)
    return tuple(_audited(row) for row in connection.execute(mine))


def page(connection: Connection, repo: int | None, after: int, most: int) -> tuple[Audited, ...]:
    """At most `most` lines with ids above `after`, in the order of their ids; of all repositories for None."""
    wanted = select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(most)
    if repo is not None:
        wanted = wanted.where(audit.c.repo == repo)
    return tuple(_audited(row) for row in connection.execute(wanted))


def outcomes(connection: Connection) -> dict[str, int]:
    """How many lines there are of each outcome."""
    found = connection.execute(select(audit.c.outcome, func.count().label("lines")).group_by(audit.c.outcome))
    return {row.outcome: row.lines for row in found}


def refused(connection: Connection, repo: int, codes: Collection[str], since: float) -> tuple[Refusals, ...]:
    """How often each of these `codes` was the outcome in each environment since then (Unix seconds), the most frequent first."""
    lines, newest = func.count().label("lines"), func.max(audit.c.at).label("newest")
    found = connection.execute(
        select(audit.c.outcome, audit.c.environment, lines, newest)
        .where(audit.c.repo == repo, audit.c.outcome.in_(sorted(codes)), audit.c.at >= since)
        .group_by(audit.c.outcome, audit.c.environment)
        .order_by(lines.desc(), newest.desc(), audit.c.outcome, audit.c.environment)
    )
    return tuple(Refusals(row.outcome, row.environment, row.lines, row.newest) for row in found)


def _audited(row: Row[Any]) -> Audited:
    gates = tuple(row.gates.split())
    line = Audit(
        row.actor,
        row.action,
        row.outcome,
        row.because,
        actor_id=row.actor_id,
        permission=row.permission,
        sha=row.sha,
        gates=gates,
        environment=row.environment,
    )
    return Audited(row.id, row.repo, row.subject, row.at, line, row.previous, row.digest)
