"""Everything that is written outside a decision: what webhooks bring, how effects went, appointments, cursors, policies."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, select, update

from bot import effects
from bot.decision import Asked, Head, Intent
from bot.store.commits import digest, nudge_subject, put_ask
from bot.store.engine import insert
from bot.store.tables import asked, cursors, heads, intents, policies, records, repositories
from bot.subject import Repo, Subject


def receive(
    connection: Connection, repos: Sequence[Repo], asks: Sequence[Asked], seen: Sequence[Head], now: float
) -> tuple[Subject, ...]:
    """Keep what webhooks brought; the same again changes nothing. The subjects among the asks' targets that still owe an answer."""
    for repo in sorted(repos, key=lambda repo: repo.id):
        remember_repo(connection, repo, now)
    # In one order, so that two receivers cannot wait for each other.
    targets = {ask.target for ask in asks if put_ask(connection, ask, now)}
    for target in sorted(targets):
        nudge_subject(connection, target, now)
    for head in seen:
        row = {"repo": head.repo, "number": head.number, "sha": head.sha}
        row |= {"received_at": head.received_at, "delivery": head.delivery}
        row |= {"by_id": head.by.id, "by_login": head.by.login} if head.by is not None else {}
        connection.execute(insert(connection, heads).values(**row).on_conflict_do_nothing())
    owing = {ask.target.text: ask.target for ask in asks}
    if owing.keys() - {target.text for target in targets}:
        waiting = select(asked.c.target).distinct().where(asked.c.answered_at.is_(None), asked.c.target.in_(owing))
        return tuple(sorted(owing[text] for text in connection.execute(waiting).scalars()))
    return tuple(sorted(targets))


def remember_repo(connection: Connection, repo: Repo, now: float) -> None:
    """What it is called and who installed it, now. An empty default branch means that GitHub did not say."""
    there = connection.execute(select(repositories).where(repositories.c.id == repo.id)).first()
    row = {"owner": repo.owner, "name": repo.name, "installation": repo.installation, "private": repo.private}
    if repo.default_branch or there is None:
        row["default_branch"] = repo.default_branch or "main"
    if there is not None and all(getattr(there, column) == value for column, value in row.items()):
        return
    row["updated_at"] = now
    connection.execute(
        insert(connection, repositories)
        .values({"id": repo.id, "default_branch": "main"} | row)
        .on_conflict_do_update(index_elements=["id"], set_=row)
    )


def trying(connection: Connection, intent: Intent, now: float) -> None:
    """The effect goes out now. Written before it does: after a crash nobody can say that it did not."""
    connection.execute(update(intents).where(_same(intent)).values(attempts=intents.c.attempts + 1, tried_at=now))


def untry(connection: Connection, intent: Intent) -> None:
    """It did not go out after all: GitHub turned it away unread."""
    before = {"attempts": intent.attempts, "tried_at": intent.tried_at}
    connection.execute(update(intents).where(_same(intent)).values(**before))


def mark(connection: Connection, intent: Intent, state: str, result: Mapping[str, Any] | None, now: float) -> bool:
    """`state` is done, refused or withdrawn. False: meanwhile something else is wanted in that place, which stays pending."""
    row: dict[str, Any] = {"state": state, "done_at": now}
    if result is not None:
        row["result"] = msgspec.json.encode(result).decode()
    still = and_(_same(intent), intents.c.state.in_(("pending", "withdrawn")))
    return connection.execute(update(intents).where(still).values(**row)).rowcount > 0


def _same(intent: Intent) -> Any:
    return and_(intents.c.id == intent.id, intents.c.digest == digest(effects.encode(intent.effect)))


def rest(connection: Connection, subject: str, version: int, nudge: int, wake_at: float | None) -> None:
    """Set the appointment once nothing is pending any more, unless somebody has been here since the commit."""
    mine = and_(records.c.subject == subject, records.c.version == version, records.c.nudge == nudge)
    connection.execute(update(records).where(mine).values(wake_at=wake_at))


def postpone(
    connection: Connection, subject: Subject, wake_at: float | None, because: str, failures: int, now: float
) -> None:
    """Nothing was decided; look again at `wake_at`. `because` says what is in the way, `failures` how often in a row."""
    row = {"wake_at": wake_at, "because": because, "failures": failures, "updated_at": now}
    identity = {"subject": subject.text, "topic": subject.topic, "repo": subject.repo, "version": 0, "nudge": 0}
    connection.execute(
        insert(connection, records)
        .values(**identity, **row)
        .on_conflict_do_update(index_elements=["subject"], set_=row)
    )


def set_cursor(connection: Connection, name: str, value: str, now: float) -> None:
    row = {"value": value, "updated_at": now}
    connection.execute(
        insert(connection, cursors).values(name=name, **row).on_conflict_do_update(index_elements=["name"], set_=row)
    )


def swap_cursor(connection: Connection, name: str, old: str | None, new: str, now: float) -> bool:
    """Set it only if it still is `old` (None: absent): of several clocks one wins."""
    if old is None:
        fresh = insert(connection, cursors).values(name=name, value=new, updated_at=now)
        made = connection.execute(fresh.on_conflict_do_nothing().returning(cursors.c.name)).first()
        return made is not None
    mine = and_(cursors.c.name == name, cursors.c.value == old)
    return connection.execute(update(cursors).where(mine).values(value=new, updated_at=now)).rowcount > 0


def keep_policy(connection: Connection, repo: int, sha: str, text: str, organisation: str | None, now: float) -> None:
    row = {"sha": sha, "text": text, "organisation": organisation, "fetched_at": now}
    connection.execute(
        insert(connection, policies).values(repo=repo, **row).on_conflict_do_update(index_elements=["repo"], set_=row)
    )


def prune(connection: Connection, before: float) -> int:
    """Forget effects that were settled before then; the world and the ledger remember what came of them."""
    old = and_(intents.c.state != "pending", intents.c.done_at < before)
    return connection.execute(delete(intents).where(old)).rowcount
