"""The worker on a real server: many jobs at once, rq's books in order, nothing imported that Redis names, and a quiet end."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import redis
import structlog
from rq import Callback, Webhook
from rq import Queue as RqQueue
from rq import Worker as RqWorker
from rq.job import Job
from rq.registry import FailedJobRegistry, StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.suspension import suspend

from bot.decision import Decision, Memory, Wake
from bot.queue import JOB, QUEUE, Queue
from bot.settings import read_settings
from bot.store import Store
from bot.subject import Repo, Subject, pull
from workers import worker as module
from workers.embedded import Embedded
from workers.github import GitHub
from workers.tools import Tools, Topic
from workers.worker import AsyncWorker

Look = Callable[[Subject], Awaitable[None]]


class Nothing(msgspec.Struct, frozen=True):
    pass


class Yard:
    """Tools whose only topic does as the test says, and rq's view of the queue."""

    def __init__(self, url: str, queue: Queue, store: Store) -> None:
        self.url = url
        self.client = redis.Redis.from_url(url)
        self.rq = RqQueue(QUEUE, connection=self.client, serializer=JSONSerializer)
        self.looked: list[Subject] = []
        self.look: Look | None = None
        github = type("Stage", (), {"client": lambda self, repo, urgent=False: None})()
        self.tools = Tools(
            settings=read_settings({}),
            store=store,
            queue=queue,
            github=cast(GitHub, github),
            slis={},
            topics={"pull": Topic("pull", Nothing, Nothing, self._observe, lambda record, facts: Decision(record))},
            perform=cast(Any, None),
            look_up=cast(Any, None),
            clock=time.time,
        )

    async def _observe(self, tools: Tools, repo: Repo, subject: Subject, memory: Memory[Any], now: float) -> None:
        if self.look is not None:
            await self.look(subject)
        self.looked.append(subject)

    async def wake(self, *numbers: int) -> None:
        await self.tools.queue.wake([Wake(pull(1, number)) for number in numbers], time.time())

    def failed(self) -> list[str]:
        registry = FailedJobRegistry(queue=self.rq)
        results = [
            Job.fetch(id, connection=self.client, serializer=JSONSerializer).latest_result()
            for id in registry.get_job_ids()
        ]
        return [str(result.exc_string).strip().splitlines()[-1] for result in results if result is not None]


@pytest.fixture
async def yard(queue: Queue, sqlite_store: Store, empty_redis_url: str) -> AsyncIterator[Yard]:
    await queue.start_fresh(0.0)
    await sqlite_store.remember_repo(Repo(1, "acme", "shop", 9), 1.0)
    made = Yard(empty_redis_url, queue, sqlite_store)
    yield made
    made.client.close()


@pytest.fixture
async def worker(yard: Yard) -> AsyncIterator[AsyncWorker]:
    made = AsyncWorker(yard.url, yard.tools)
    yield made
    await made.close()


class Serving:
    """A worker that serves in the background."""

    def __init__(self, worker: AsyncWorker) -> None:
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(worker.serve(self.stop))

    async def __aenter__(self) -> "Serving":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await self.task


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.02)


async def test_many_jobs_run_at_once(yard: Yard, worker: AsyncWorker) -> None:
    inside = most = 0

    async def look(subject: Subject) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.3)
        inside -= 1

    yard.look = look
    await yard.wake(*range(120))
    assert await worker.drain() == 120
    assert sorted(yard.looked) == sorted(pull(1, number) for number in range(120))
    assert 25 < most <= 50, "many, and never more than allowed"


async def test_finished_jobs_leave_nothing_behind(yard: Yard, worker: AsyncWorker) -> None:
    await yard.wake(*range(20))
    await worker.drain()
    keys = [cast(bytes, key).decode().split(":")[1] for key in yard.client.keys("rq:*")]
    assert set(keys) <= {"worker", "queues", "clean_registries"}
    assert StartedJobRegistry(queue=yard.rq).count == FailedJobRegistry(queue=yard.rq).count == 0
    assert (yard.rq.count, yard.client.llen(yard.rq.intermediate_queue_key)) == (0, 0)


async def test_a_function_that_only_redis_names_is_not_run(yard: Yard, worker: AsyncWorker, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    yard.rq.enqueue("pathlib.Path.touch", args=[str(trace)])
    yard.rq.enqueue("subprocess.check_output", args=[["touch", str(trace)]])
    yard.rq.enqueue("a.module.that.is.not.there", args=[])
    yard.client.hset("rq:job:odd", mapping={"data": b"not json", "origin": QUEUE, "status": "queued"})
    yard.client.rpush(yard.rq.key, "odd")
    await worker.drain()
    assert not trace.exists()
    failed = yard.failed()
    assert len([line for line in failed if "UnknownJob" in line]) == 3
    assert len([line for line in failed if "DeserializationError" in line]) == 1


async def test_callbacks_and_webhooks_that_only_redis_names_are_not_run(
    yard: Yard, worker: AsyncWorker, tmp_path: Path
) -> None:
    """rq would import callbacks by name and post to any address that it finds in the job."""
    trace = tmp_path / "trace"
    open_file = f"{__name__}.leave_a_trace"
    leave_a_trace.path = trace  # type: ignore[attr-defined]
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    for name, arguments in ((JOB, [pull(1, 1).text]), ("no.such.job", [])):
        yard.rq.enqueue(
            name,
            args=arguments,
            on_success=Callback(open_file),
            on_failure=Callback(open_file),
            webhooks=[Webhook(address, "finished"), Webhook(address, "failed")],
        )
    await worker.drain()
    await asyncio.sleep(0.1)
    server.close()
    await server.wait_closed()
    assert not trace.exists()
    assert heard == []
    assert len(yard.failed()) == 1


def leave_a_trace(*_: object) -> None:
    cast(Path, leave_a_trace.path).touch()  # type: ignore[attr-defined]


async def test_a_job_that_raises_is_tried_again_and_then_kept(yard: Yard, worker: AsyncWorker) -> None:
    tries = 0

    async def broken(*_: object) -> None:
        nonlocal tries
        tries += 1
        raise redis.RedisError("no lock to be had")

    yard.tools.queue.begin = broken  # type: ignore[method-assign, assignment]
    await yard.wake(1)
    await worker.drain()
    assert tries == 4
    assert yard.failed() == ["redis.exceptions.RedisError: no lock to be had"]


async def test_a_job_over_its_time_is_cut_off(yard: Yard, worker: AsyncWorker) -> None:
    async def look(subject: Subject) -> None:
        await asyncio.sleep(30.0)

    yard.look = look
    await yard.wake(1)
    [job] = yard.rq.jobs
    yard.client.hset(job.key, mapping={"timeout": 1, "retries_left": 0})
    started = time.monotonic()
    await worker.drain()
    assert time.monotonic() - started < 5.0
    assert yard.failed() == ["TimeoutError"]
    assert yard.client.zscore("tagboat:due", pull(1, 1).text) is not None, "the tick brings it back"


async def test_a_crash_of_the_process_is_not_swallowed_by_drain(yard: Yard, worker: AsyncWorker) -> None:
    class Crash(BaseException):
        pass

    async def look(subject: Subject) -> None:
        raise Crash

    yard.look = look
    await yard.wake(1)
    with pytest.raises(Crash):
        await worker.drain()


async def test_settle_follows_what_is_due_now(yard: Yard, worker: AsyncWorker) -> None:
    await yard.tools.store.postpone(pull(1, 1), time.time() - 1, "", 0, 0.0)
    await yard.tools.store.postpone(pull(1, 2), time.time() + 1000, "", 0, 0.0)
    await worker.settle()
    assert yard.looked == [pull(1, 1)]


async def test_serving_takes_what_comes_and_shows_in_rqs_books(yard: Yard) -> None:
    worker = AsyncWorker(yard.url, yard.tools, name="the-worker")
    async with Serving(worker):
        await until(lambda: RqWorker.all(connection=yard.client))
        await yard.wake(1)
        await until(lambda: yard.looked == [pull(1, 1)])
        [listed] = RqWorker.all(connection=yard.client)
        assert (listed.name, listed.queue_names()) == ("the-worker", [QUEUE])
        await yard.wake(2)
        await until(lambda: len(yard.looked) == 2)
    assert RqWorker.all(connection=yard.client) == []


async def test_a_stop_lets_running_jobs_end(yard: Yard) -> None:
    async def look(subject: Subject) -> None:
        await asyncio.sleep(1.0)

    yard.look = look
    async with Serving(AsyncWorker(yard.url, yard.tools)):
        await yard.wake(1, 2, 3)
        await until(lambda: StartedJobRegistry(queue=yard.rq).count == 3)
    assert sorted(yard.looked) == [pull(1, number) for number in (1, 2, 3)]
    assert yard.client.zcard("tagboat:due") == 0


async def test_a_stop_does_not_wait_for_ever(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 0.5)

    async def look(subject: Subject) -> None:
        await asyncio.sleep(50.0)

    yard.look = look
    serving = Serving(AsyncWorker(yard.url, yard.tools))
    await yard.wake(1)
    await until(lambda: StartedJobRegistry(queue=yard.rq).count == 1)
    serving.stop.set()
    await asyncio.wait_for(serving.task, 5.0)
    assert yard.looked == []
    assert yard.client.zscore("tagboat:due", pull(1, 1).text) is not None, "the tick brings it back"


async def test_a_wiped_server_gets_its_worker_back(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.2)
    async with Serving(AsyncWorker(yard.url, yard.tools)):
        await until(lambda: RqWorker.all(connection=yard.client))
        yard.client.flushall()
        await yard.tools.queue.start_fresh(0.0)
        await until(lambda: RqWorker.all(connection=yard.client))
        await yard.wake(1)
        await until(lambda: yard.looked == [pull(1, 1)])


async def test_a_server_that_restarts_is_waited_for(sqlite_store: Store, tmp_path: Path) -> None:
    server = Embedded(tmp_path / "own").start()
    await sqlite_store.remember_repo(Repo(1, "acme", "shop", 9), 1.0)
    async with Queue.connect(server.url) as queue:
        await queue.start_fresh(0.0)
        yard = Yard(server.url, queue, sqlite_store)
        async with Serving(AsyncWorker(server.url, yard.tools)) as serving:
            await yard.wake(1)
            await until(lambda: yard.looked == [pull(1, 1)])
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(1.0)
            await asyncio.to_thread(server.start)
            await yard.wake(2)
            await until(lambda: len(yard.looked) == 2)
            assert not serving.task.done()
        yard.client.close()
    server.stop()


async def test_a_worker_may_be_started_before_its_server(sqlite_store: Store, tmp_path: Path) -> None:
    server = Embedded(tmp_path / "own").start()
    server.stop()
    await sqlite_store.remember_repo(Repo(1, "acme", "shop", 9), 1.0)
    async with Queue.connect(server.url) as queue:
        yard = Yard(server.url, queue, sqlite_store)
        async with Serving(AsyncWorker(server.url, yard.tools)):
            await asyncio.sleep(0.5)
            await asyncio.to_thread(server.start)
            await queue.start_fresh(0.0)
            await yard.wake(1)
            await until(lambda: yard.looked == [pull(1, 1)])
        yard.client.close()
    server.stop()


async def test_a_suspended_worker_takes_nothing(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.1)
    suspend(yard.client)
    worker = AsyncWorker(yard.url, yard.tools)
    async with Serving(worker):
        await until(lambda: worker._is_suspended)
        await asyncio.sleep(module.POP_SECONDS + 0.2)
        await yard.wake(1)
        await asyncio.sleep(0.5)
        assert yard.looked == []


@pytest.mark.parametrize(("ahead", "said"), [(0.0, []), (60.0, ["60 s ahead of"]), (-60.0, ["60 s behind"])])
async def test_a_clock_that_differs_is_complained_about(
    yard: Yard, worker: AsyncWorker, ahead: float, said: list[str]
) -> None:
    worker._tools = replace(yard.tools, clock=lambda: time.time() + ahead)
    with structlog.testing.capture_logs() as logs:
        worker._beat_once()
    words = [log["because"] for log in logs if log["event"] == "clock_differs"]
    assert len(words) == len(said)
    assert all(word in sentence for word, sentence in zip(said, words, strict=True))


def test_the_job_that_the_queue_names_is_the_entry_point() -> None:
    """The queue names it by a string, because `bot` must not import `workers`."""
    from workers import reconcile

    entry, _, name = JOB.rpartition(".")
    assert getattr(sys.modules[entry], name) is reconcile.run is module.JOBS[JOB]
