"""Several workers on one subject, locks that are lost, and servers that do not answer: a look is made by one, and nothing is forgotten."""

import asyncio
from pathlib import Path

import pytest
import redis
from redis.exceptions import RedisError

from bot.decision import Decision, Memory, Show, Wake
from bot.effects import React
from bot.queue import LEASE, Queue
from bot.store import Store, StoreUnreachable, make_engine, migrate
from bot.subject import Repo, Subject, pull
from tests.conftest import start_postgres
from tests.robustness.bench import SUBJECT, Bench, Count, make_bench, wants
from workers.clock import tick
from workers.loop import run

# Several workers


async def test_two_workers_never_look_at_one_subject_together(bench: Bench) -> None:
    inside = most = 0

    async def look() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.01)
        inside -= 1

    bench.observing = lambda memory, now: look()
    for _ in range(10):
        await bench.tools.queue.wake([Wake(SUBJECT, urgent=True)], bench.clock())
        await asyncio.gather(*(run(bench.tools, SUBJECT.text) for _ in range(4)))
    await bench.work()
    assert (most, len(bench.looks)) == (1, 10)


async def test_whoever_was_overtaken_does_not_touch_the_world(bench: Bench) -> None:
    """Its lease ran out while GitHub was slow; another worker decided meanwhile."""

    async def overtaken() -> None:
        bench.observing = lambda memory, now: None
        bench.clock.now += LEASE + 1
        await tick(bench.tools, bench.clock())
        await bench.work()

    bench.observing = lambda memory, now: overtaken()
    bench.deciding = lambda record, facts: Decision(
        Count(record.looks + 1), effects=(React(record.looks, "eyes"),) if record.looks == 0 else ()
    )
    await bench.wake()
    assert bench.performed == [React(0, "eyes")], "once, by the second worker"


async def test_a_lost_lock_stops_the_look(sqlite_store: Store, empty_redis_url: str) -> None:
    async with Queue.connect(empty_redis_url, lease=0.3) as queue:
        await queue.start_fresh(0.0)
        with redis.Redis.from_url(empty_redis_url) as client:
            bench = await make_bench(queue, sqlite_store, client)

            async def robbed() -> None:
                client.hset("tagboat:lock", SUBJECT.text, "somebody else")
                await asyncio.sleep(5.0)
                raise AssertionError("it was not stopped")

            bench.observing = lambda memory, now: robbed()
            bench.deciding = wants(React(1, "eyes"))
            await asyncio.wait_for(bench.wake(), 3.0)
            assert await bench.memory() == Memory(None)
            assert client.hget("tagboat:lock", SUBJECT.text) == b"somebody else"


async def test_a_lock_is_kept_while_a_look_takes_long(sqlite_store: Store, empty_redis_url: str) -> None:
    async with Queue.connect(empty_redis_url, lease=0.3) as queue:
        await queue.start_fresh(0.0)
        with redis.Redis.from_url(empty_redis_url) as client:
            bench = await make_bench(queue, sqlite_store, client)
            loop = asyncio.get_running_loop()
            started = loop.time()
            object.__setattr__(bench.tools, "clock", lambda: bench.clock() + loop.time() - started)
            bench.observing = lambda memory, now: asyncio.sleep(1.0)
            bench.deciding = lambda record, facts: Decision(Count(record.looks + 1))
            await bench.tools.queue.wake([Wake(SUBJECT)], bench.tools.clock())
            look = asyncio.create_task(bench.work())
            for _ in range(8):
                await asyncio.sleep(0.1)
                assert await queue.expired(bench.tools.clock()) == 0
                assert await queue.begin(SUBJECT, bench.tools.clock()) is None
            await look
            assert (await bench.memory()).record == '{"looks":1}'


async def test_a_job_that_is_cut_off_comes_back(bench: Bench) -> None:
    """The worker's time limit, or its end."""
    bench.observing = lambda memory, now: asyncio.sleep(30.0)
    await bench.tools.queue.wake([Wake(SUBJECT)], bench.clock())
    job = asyncio.create_task(bench.work())
    await asyncio.sleep(0.1)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    bench.observing = lambda memory, now: None
    bench.deciding = wants(React(1, "eyes"))
    await bench.pass_time(LEASE + 5.0)
    assert bench.performed == [React(1, "eyes")]


# The servers


async def test_a_silent_redis_after_the_commit_costs_nothing_but_time(bench: Bench) -> None:
    shown = Show(pull(1, 5), "rollout", "5 %")
    bench.deciding = lambda record, facts: Decision(Count(1), sections=(shown,), effects=(React(1, "eyes"),))
    await bench.tools.queue.wake([Wake(SUBJECT)], bench.clock())

    async def silent(*_: object, **__: object) -> None:
        raise RedisError("gone")

    wake, bench.tools.queue.wake = bench.tools.queue.wake, silent  # type: ignore[method-assign]
    await bench.work()
    bench.tools.queue.wake = wake  # type: ignore[method-assign]
    assert bench.performed == [React(1, "eyes")]
    looks = len(bench.looks)
    await tick(bench.tools, bench.clock())
    assert await bench.work() == 1
    assert len(bench.looks) == looks + 1, "the pull request was looked at"


async def test_a_silent_database_is_waited_for(bench: Bench) -> None:
    bench.deciding = lambda record, facts: Decision(Count(record.looks + 1))
    load = bench.tools.store.load_with_repo

    async def silent(subject: Subject) -> tuple[Memory[str | None], Repo | None]:
        raise StoreUnreachable("gone")

    bench.tools.store.load_with_repo = silent  # type: ignore[method-assign]
    await bench.wake()
    bench.tools.store.load_with_repo = load  # type: ignore[method-assign]
    assert await bench.memory() == Memory(None)
    await bench.pass_time(15.0)
    assert (await bench.memory()).record == '{"looks":1}'


async def test_a_restarted_database_costs_nothing_but_time(tmp_path: Path, queue: Queue, redis_url: str) -> None:
    server = start_postgres(tmp_path / "pg")
    store = Store.open(server.get_uri(driver="psycopg"))
    with redis.Redis.from_url(redis_url) as client:
        bench = await make_bench(queue, store, client)
        bench.deciding = lambda record, facts: Decision(
            Count(record.looks + 1), effects=(React(record.looks, "eyes"),), wake_at=facts.now + 5.0
        )
        await bench.wake()
        await asyncio.to_thread(server.stop)
        await bench.tools.queue.wake([Wake(SUBJECT)], bench.clock())
        await bench.work()
        with pytest.raises(StoreUnreachable):
            await tick(bench.tools, bench.clock())
        looks = len(bench.looks)
        await asyncio.to_thread(server.ensure_postgres_running)
        await bench.pass_time(30.0)
        assert len(bench.looks) > looks
        assert bench.performed == [React(number, "eyes") for number in range(len(bench.looks))]
    await store.close()
    server.cleanup()


async def test_a_database_that_restarts_between_two_calls_is_not_noticed(tmp_path: Path) -> None:
    server = start_postgres(tmp_path / "pg")
    engine = make_engine(server.get_uri(driver="psycopg"))
    migrate(engine)
    store = Store(engine)
    await store.set_cursor("a", "b", 1.0)
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.ensure_postgres_running)
    assert await store.cursor("a") == "b"
    await store.close()
    server.cleanup()
