"""What is kept beside decisions: repositories, appointments, cursors, policies; and the tables themselves on both databases."""

import asyncio
from pathlib import Path

import pytest
from alembic import command as alembic_command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError

from bot.decision import Actor, Asked, Decision, Head, Show
from bot.effects import React
from bot.store import KeptPolicy, Store, StoreUnreachable, make_engine, migrate
from bot.store.engine import _config
from bot.store.reads import RESULTS_REMEMBERED, heads_of
from bot.store.tables import heads, metadata
from bot.subject import Repo, Subject, command, environment, organisation, pull

ENVIRONMENT = environment(1, "production")


def test_the_migrations_make_the_tables_that_the_code_uses(database_url: str) -> None:
    engine = make_engine(database_url)
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_heads_from_before_it_was_kept_who_pushed_them_are_nobodys(database_url: str) -> None:
    engine = make_engine(database_url)
    with engine.connect().execution_options(tagboat_writes=True) as connection, connection.begin():
        config = _config()
        config.attributes["connection"] = connection
        alembic_command.upgrade(config, "0005")
        row = {"repo": 1, "number": 5, "sha": "abc", "received_at": 50.0, "delivery": "1"}
        connection.execute(insert(heads).values(**row))  # the columns that came later are not named
    migrate(engine)
    with engine.connect() as connection:
        assert heads_of(connection, 1, 5) == (Head(1, 5, "abc", 50.0, "1"),)
    engine.dispose()


def test_migrating_again_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        engine = make_engine(database_url)
        migrate(engine)
        engine.dispose()


async def test_several_processes_may_start_on_a_new_database_at_once(database_url: str) -> None:
    stores = await asyncio.gather(*(asyncio.to_thread(Store.open, database_url) for _ in range(4)))
    await stores[0].set_cursor("x", "y", 1.0)
    assert [await store.cursor("x") for store in stores] == ["y"] * 4
    for store in stores:
        await store.close()


def test_sqlite_must_be_a_file() -> None:
    with pytest.raises(ValueError, match="file"):
        make_engine("sqlite://")


async def test_a_repository_keeps_its_id_through_a_rename(store: Store) -> None:
    await store.remember_repo(Repo(1, "acme", "shop", 9, "trunk", private=False), 10.0)
    await store.remember_repo(Repo(1, "acme", "store", 9, "", private=True), 20.0)
    assert await store.repo(1) == Repo(1, "acme", "store", 9, "trunk", private=True)
    assert await store.repo_named("ACME", "Store") == Repo(1, "acme", "store", 9, "trunk", private=True)
    assert await store.repo_named("acme", "shop") is None
    assert await store.repo(2) is None


async def test_a_reused_name_means_the_repository_heard_of_last(store: Store) -> None:
    await store.remember_repo(Repo(1, "acme", "shop", 9), 10.0)
    await store.remember_repo(Repo(2, "acme", "shop", 9), 20.0)
    found = await store.repo_named("acme", "shop")
    assert found is not None
    assert found.id == 2


async def test_repositories_of_one_installation(store: Store) -> None:
    for repo in (Repo(3, "a", "x", 9), Repo(1, "a", "y", 8), Repo(2, "a", "z", 9)):
        await store.remember_repo(repo, 1.0)
    assert [repo.id for repo in await store.repos(9)] == [2, 3]
    assert [repo.id for repo in await store.repos()] == [1, 2, 3]


async def test_due_is_what_is_overdue_longest_first(store: Store) -> None:
    for number, wake_at in ((1, 30.0), (2, 10.0), (3, 20.0), (4, 99.0), (5, None)):
        await store.postpone(pull(1, number), wake_at, "", 0, 0.0)
    assert await store.due(30.0, 10) == (pull(1, 2).text, pull(1, 3).text, pull(1, 1).text)
    assert await store.due(30.0, 2) == (pull(1, 2).text, pull(1, 3).text)


async def test_an_ask_without_an_appointment_is_due(store: Store) -> None:
    """A topic that forgets both to answer and to come back must not lose a command."""
    await store.receive([], [Asked("comment-1", 0, ENVIRONMENT, Actor(7, "a"), 1.0, {})], [], 10.0)
    memory = await store.load(ENVIRONMENT)
    await store.commit(ENVIRONMENT, memory, Decision('"forgot"', wake_at=None), 11.0)
    assert await store.due(12.0, 10) == (ENVIRONMENT.text,)
    await store.postpone(ENVIRONMENT, 500.0, "GitHub asked us to wait", 0, 12.0)
    assert await store.due(13.0, 10) == (), "it has an appointment"


async def test_a_row_of_failures_is_seen(store: Store) -> None:
    await store.postpone(ENVIRONMENT, 100.0, "boom", 6, 50.0)
    await store.postpone(pull(1, 1), 100.0, "bang", 2, 50.0)
    [sleeper] = await store.troubled(5)
    assert (sleeper.subject, sleeper.because, sleeper.failures) == (ENVIRONMENT.text, "boom", 6)


async def test_records_by_topic(store: Store) -> None:
    async def remember(subject: Subject, record: str) -> None:
        await store.commit(subject, await store.load(subject), Decision(record), 1.0)

    await remember(environment(1, "production"), '"p"')
    await remember(environment(1, "staging"), '"s"')
    await remember(environment(2, "production"), '"other repository"')
    await remember(pull(1, 1), '"other topic"')
    await store.postpone(environment(1, "never decided"), 5.0, "", 0, 1.0)
    assert await store.records(1, "environment") == (
        (environment(1, "production").text, '"p"'),
        (environment(1, "staging").text, '"s"'),
    )


async def test_cursors(store: Store) -> None:
    assert await store.cursor("resync") is None
    assert await store.swap_cursor("resync", None, "a", 1.0)
    assert not await store.swap_cursor("resync", None, "b", 2.0)
    assert not await store.swap_cursor("resync", "wrong", "b", 2.0)
    assert await store.swap_cursor("resync", "a", "b", 2.0)
    await store.set_cursor("resync", "c", 3.0)
    assert await store.cursor("resync") == "c"


async def test_the_last_policy_that_parsed(store: Store) -> None:
    assert await store.policy(1) is None
    await store.keep_policy(1, "abc", "version: 1", None, 10.0)
    await store.keep_policy(1, "def", "version: 1\nmode: active", "version: 1", 20.0)
    assert await store.policy(1) == KeptPolicy("def", "version: 1\nmode: active", 20.0, "version: 1")


async def test_known_asks(store: Store) -> None:
    await store.receive([], [Asked("comment-1", 0, ENVIRONMENT, Actor(7, "a"), 1.0, {})], [], 10.0)
    assert await store.known_asks(["comment-1", "comment-2"]) == {"comment-1"}
    assert await store.known_asks([]) == frozenset()


async def test_what_a_topic_was_asked_and_has_not_answered(store: Store) -> None:
    def ask(target: Subject, at: float) -> Asked:
        return Asked(f"comment-{at:g}", 0, target, Actor(7, "a"), at, {"body": "/deploy canary"})

    asks = [ask(command(1, "comment-2"), 2.0), ask(command(1, "comment-1"), 1.0), ask(command(11, "comment-3"), 3.0)]
    await store.receive([], [*asks, ask(environment(1, "production"), 4.0)], [], 10.0)
    assert [it.at for it in await store.waiting(1, "command")] == [1.0, 2.0]
    memory = await store.load(command(1, "comment-1"))
    done: Decision[str] = Decision("{}", answered=(memory.asked[0].id,))
    assert await store.commit(command(1, "comment-1"), memory, done, 11.0)
    assert [it.at for it in await store.waiting(1, "command")] == [2.0]


async def test_settled_effects_are_forgotten_in_time_and_pending_ones_never(store: Store) -> None:
    async def want(comment: int, now: float) -> None:
        memory = await store.load(ENVIRONMENT)
        assert await store.commit(ENVIRONMENT, memory, Decision(f"{now}", effects=(React(comment, "eyes"),)), now)

    await want(1, 10.0)
    [first] = (await store.load(ENVIRONMENT)).pending
    await store.mark(first, "done", {}, 11.0)
    await want(2, 12.0)
    assert await store.prune(1000.0) == 1
    memory = await store.load(ENVIRONMENT)
    assert (memory.results, [intent.effect for intent in memory.pending]) == ({}, [React(2, "eyes")])


async def test_a_long_life_does_not_make_a_look_longer(sqlite_store: Store) -> None:
    many = RESULTS_REMEMBERED + 20
    memory = await sqlite_store.load(ENVIRONMENT)
    decision = Decision("1", effects=tuple(React(number, "eyes") for number in range(many)))
    committed = await sqlite_store.commit(ENVIRONMENT, memory, decision, 1.0)
    assert committed is not None
    for intent in committed.pending:
        await sqlite_store.mark(intent, "done", {}, float(intent.id))
    remembered = (await sqlite_store.load(ENVIRONMENT)).results
    assert len(remembered) == RESULTS_REMEMBERED
    assert f"react:{many - 1}:eyes" in remembered
    assert "react:0:eyes" not in remembered


async def test_crossing_decisions_of_many_stores_all_come_through(database_url: str) -> None:
    """Each of two subjects shows the other something, at the same time, again and again: nobody waits for ever, nothing is lost."""
    stores = await asyncio.gather(*(asyncio.to_thread(Store.open, database_url) for _ in range(4)))

    async def cross(store: Store, mine: Subject, theirs: Subject, slot: str) -> int:
        commits = 0
        for number in range(25):
            while True:
                memory = await store.load(mine)
                show = (Show(theirs, slot, f"{number}"),)
                if await store.commit(mine, memory, Decision(f'"{slot} {number}"', sections=show), float(number)):
                    commits += 1
                    break
        return commits

    a, b = pull(1, 1), pull(1, 2)
    done = await asyncio.gather(
        cross(stores[0], a, b, "w"),
        cross(stores[1], b, a, "x"),
        cross(stores[2], a, b, "y"),
        cross(stores[3], b, a, "z"),
    )
    assert list(done) == [25] * 4
    for subject, slots in ((a, ("x", "z")), (b, ("w", "y"))):
        memory = await stores[0].load(subject)
        assert (memory.version, memory.nudge) == (50, 50)
        assert await stores[0].sections(subject) == dict.fromkeys(slots, "24")
    for store in stores:
        await store.close()


async def test_a_locked_database_is_unreachable_and_a_missing_table_is_a_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.engine.BUSY_SECONDS", 0.1)
    url = f"sqlite:///{tmp_path / 'x.db'}"
    async with Store.open(url) as store:
        other = make_engine(url)
        with other.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            with pytest.raises(StoreUnreachable, match="locked"):
                await store.set_cursor("a", "b", 1.0)
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("DROP TABLE cursors")
        other.dispose()
        with pytest.raises(OperationalError, match="no such table"):
            await store.cursor("a")


async def test_the_organisation_s_file_is_found_by_the_installation(store: Store) -> None:
    repos = [Repo(1, "acme", "shop", 9), Repo(2, "acme", ".github", 9), Repo(3, "other", ".github", 8)]
    await store.receive(repos, [], [], 1.0)
    assert await store.organisation(9) is None
    for id, said in ((2, '"ours"'), (3, '"theirs"')):
        subject = organisation(id)
        await store.commit(subject, await store.load(subject), Decision(said), 2.0)
    assert await store.organisation(9) == '"ours"'
    assert await store.organisation(7) is None

    for subject in (ENVIRONMENT, environment(2, "staging"), environment(3, "production"), pull(1, 5)):
        await store.commit(subject, await store.load(subject), Decision("1"), 3.0)
    assert await store.subjects(9, "environment") == (ENVIRONMENT.text, environment(2, "staging").text)
