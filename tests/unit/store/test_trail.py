"""The audit trail on both databases: chains that hold, whoever writes at once, that only grow, and that take in what was there before."""

import asyncio
from typing import Any

import pytest
from alembic import command as alembic
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from bot.decision import Audit, Decision
from bot.store import Audited, Store, make_engine
from bot.store.chain import FIELDS, LATER, Break, Chains, digest
from bot.store.engine import _config, migrate
from bot.store.trail import Refusals
from bot.subject import Subject, command, environment

PRODUCTION, STAGING = environment(1, "production"), environment(1, "staging")
REFUSED = Audit(
    "bob",
    "/deploy",
    "draft",
    "A draft.",
    actor_id=8,
    permission="write",
    sha="a" * 40,
    gates=("draft", "checks_red"),
    environment="production",
)


async def say(store: Store, subject: Subject, *lines: Audit, now: float = 100.0) -> Any:
    return await store.commit(subject, await store.load(subject), Decision(f'"{now}"', audit=lines), now)


def as_row(audited: Audited) -> dict[str, Any]:
    line = audited.line
    said = {name: getattr(line, name) for name in (*FIELDS, *LATER) if hasattr(line, name)}
    kept = {name: getattr(audited, name) for name in ("id", "repo", "subject", "at", "previous", "digest")}
    return said | kept | {"gates": " ".join(line.gates)}


def broken(lines: tuple[Audited, ...]) -> list[Break]:
    chains = Chains()
    return [found for line in lines for found in chains.read(as_row(line))]


async def test_what_is_kept_is_what_was_said_and_the_chains_hold(store: Store) -> None:
    await say(store, PRODUCTION, Audit("alice", "/plan", "accepted", "ok"), REFUSED)
    await say(store, STAGING, Audit("alice", "/deploy", "accepted", "“ünïcode” \u2028 and\nlines"), now=100.1)
    await say(store, PRODUCTION, Audit("tagboat", "baking → settling", "moved", "time"), now=1_790_000_000.123456)
    lines = await store.audit_page(None, 0)
    assert [line.line for line in lines][1] == REFUSED
    assert [line.subject for line in lines] == [PRODUCTION.text, PRODUCTION.text, STAGING.text, PRODUCTION.text]
    assert [line.previous for line in lines] == ["", lines[0].digest, "", lines[1].digest]
    assert broken(lines) == []
    assert await store.audit(1) == lines
    assert await store.audit_page(2, 0) == ()
    assert await store.audit_page(1, lines[1].id, 1) == lines[2:3]
    assert await store.outcomes() == {"accepted": 2, "draft": 1, "moved": 1}


async def test_refusals_are_counted_by_code_and_environment(store: Store) -> None:
    await say(store, PRODUCTION, REFUSED, REFUSED, Audit("alice", "deploy", "started", "ok"), now=100.0)
    await say(store, command(1, "comment-1"), Audit("bob", "/deploy", "draft", "no", environment="staging"), now=200.0)
    await say(store, command(1, "comment-2"), Audit("bob", "/deplyo", "usage", "no"), now=201.0)
    await say(store, environment(2, "production"), REFUSED, now=300.0)
    codes = {"draft", "usage", "fork"}
    refused = (await store.standing(1, 0, "tick", codes, 0.0)).refused
    assert refused == (
        Refusals("draft", "production", 2, 100.0),
        Refusals("usage", "", 1, 201.0),
        Refusals("draft", "staging", 1, 200.0),
    )
    assert (await store.standing(1, 0, "tick", codes, 200.5)).refused == (Refusals("usage", "", 1, 201.0),)
    assert (await store.standing(1, 0, "tick", (), 0.0)).refused == ()
    assert broken(await store.audit_page(None, 0)) == []


async def test_two_workers_cannot_both_add_the_next_line(store: Store, database_url: str) -> None:
    async with Store(make_engine(database_url)) as other:
        for round in range(10):
            await asyncio.gather(
                *(say(one, PRODUCTION, Audit("alice", "/plan", "accepted", "ok"), now=round) for one in (store, other)),
                *(say(one, STAGING, REFUSED, REFUSED, now=round) for one in (store, other)),
            )
    lines = await store.audit_page(None, 0)
    assert len(lines) >= 30
    assert broken(lines) == []


@pytest.mark.parametrize(
    "wrong", ["UPDATE audit SET outcome = 'accepted'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 1"]
)
async def test_nothing_is_changed_or_taken_out(store: Store, database_url: str, wrong: str) -> None:
    await say(store, PRODUCTION, REFUSED)
    engine = make_engine(database_url)
    with pytest.raises(DBAPIError, match="only ever added to"), engine.begin() as connection:
        connection.execute(text(wrong))
    engine.dispose()
    assert len(await store.audit(1)) == 1


async def test_a_fork_of_a_chain_is_refused_by_the_database(store: Store, database_url: str) -> None:
    await say(store, PRODUCTION, REFUSED)
    engine = make_engine(database_url)
    again = "INSERT INTO audit (repo, subject, at, actor, action, outcome, because) VALUES (1, :subject, 1, 'x', 'x', 'x', 'x')"
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(again), {"subject": PRODUCTION.text})
    engine.dispose()


@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        (lambda rows: rows[1].update(outcome="accepted"), "its digest does not fit"),
        (lambda rows: rows[1].update(at=99.0), "its digest does not fit"),
        (lambda rows: rows[1].update(environment="staging"), "its digest does not fit"),
        (lambda rows: rows[1].update(environment=""), "its digest does not fit"),
        (lambda rows: rows.pop(0), "the line before"),
        (lambda rows: rows.pop(1), "the line before"),
        (lambda rows: rows.insert(1, rows[0] | {"id": 9, "because": "slipped in"}), "the line before"),
        (lambda rows: rows.reverse(), "the line before"),
        (lambda rows: rows[0].update(digest=digest("", rows[0] | {"sha": "b"}), sha="b"), "the line before"),
    ],
)
async def test_what_was_tampered_with_is_found(sqlite_store: Store, tamper: Any, why: str) -> None:
    await say(sqlite_store, PRODUCTION, Audit("alice", "/plan", "accepted", "ok"), REFUSED, REFUSED)
    rows = [as_row(line) for line in await sqlite_store.audit(1)]
    tamper(rows)
    chains = Chains()
    found = [it for row in rows for it in chains.read(row)]
    assert found
    assert why in found[0].why


def before_chains(database_url: str) -> Engine:
    """A database as the version before left it, with a trail."""
    engine = make_engine(database_url)
    with engine.connect().execution_options(tagboat_writes=True) as connection, connection.begin():
        config = _config()
        config.attributes["connection"] = connection
        alembic.upgrade(config, "0001")
        for id in range(1, 1502):
            row = "INSERT INTO audit (repo, subject, at, actor, action, outcome, because) VALUES (1, :subject, :at, 'alice', '/plan', 'accepted', 'ok')"
            connection.execute(text(row), {"subject": (PRODUCTION if id % 3 else STAGING).text, "at": id / 7})
    return engine


async def test_what_was_there_before_is_taken_into_the_chains(database_url: str) -> None:
    engine = before_chains(database_url)
    migrate(engine)
    async with Store(engine) as store:
        await say(store, PRODUCTION, REFUSED)
        lines = await store.audit_page(None, 0, 5000)
        assert len(lines) == 1502
        assert broken(lines) == []
        assert lines[-1].previous == lines[-3].digest or lines[-1].previous == lines[-2].digest
