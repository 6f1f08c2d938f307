"""An rq worker that runs many jobs at once on one event loop. Reconciles wait for GitHub most of the time: one process, one pooled session
and one set of caches carry fifty of them, where rq's own workers fork for each and run one after the other.

rq's books are kept: registries, executions, retries, heartbeats, `rq info`. What happens to every job goes through rq's own methods into
pipelines that many jobs share; what is rare (failures, maintenance) runs as rq wrote it, in a thread. What rq would import by a name that it
finds in Redis comes from a fixed table here: whoever can write to Redis can wake subjects, and nothing else.
"""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import redis
import structlog
from redis.backoff import ExponentialBackoff
from redis.retry import Retry
from rq import Queue as RqQueue
from rq import SimpleWorker, worker_registration
from rq.executions import Execution
from rq.job import Job
from rq.job_lifecycle import format_exc_info
from rq.serializers import JSONSerializer
from rq.suspension import is_suspended
from rq.timeouts import TimerDeathPenalty
from rq.utils import now
from rq.worker import WorkerStatus

from bot.queue import JOB, JOB_TIMEOUT, QUEUE
from workers.books import Books
from workers.clock import tick
from workers.loop import run
from workers.tools import Tools

T = TypeVar("T")

JOBS: Mapping[str, Callable[[Tools, str], Awaitable[None]]] = {JOB: run}

AT_ONCE: Final = 50
WORKER_TTL: Final = 20
HEARTBEAT: Final = 5  # seconds; rq's default of 30 makes a killed worker's jobs wait for minutes
EXECUTION_TTL: Final = 15
POP_SECONDS: Final = 2.0  # how long a stop may have to wait for an empty queue
TAKEN_AT_ONCE: Final = 25
GRACE: Final = 25.0  # seconds for running jobs after a stop was asked for; hosts kill after 30
REDIS_PAUSE: Final = 1.0
MAINTENANCE_LOCK: Final = 60
MOST_SKEW: Final = 5.0  # seconds between this machine's clock and Redis'; locks are timed by ours and last thirty

log = structlog.get_logger(__name__)


class UnknownJob(Exception):  # noqa: N818 - it is read aloud in rq's registry of failed jobs
    """The queue holds a job that is not in `JOBS`. Nothing was imported or run."""


class TableJob(Job):
    """A job whose function comes from `JOBS`. rq would import functions and callbacks, and send webhooks, as Redis says."""

    success_callback = failure_callback = stopped_callback = None

    @property
    def func(self) -> Callable[[Tools, str], Awaitable[None]]:
        try:
            return JOBS[self.func_name or ""]
        except (KeyError, TypeError):
            raise UnknownJob(f"{self.func_name!r} is not one of {sorted(JOBS)}") from None

    def send_webhooks(self, *_: object, **__: object) -> None:
        """Tagboat sends none this way."""


class TableQueue(RqQueue):
    """rq keeps this lock for 15 minutes, also after the worker that held it was killed."""

    job_class = TableJob

    def acquire_maintenance_lock(self) -> bool:
        return bool(self.connection.set(self.registry_cleaning_key, 1, nx=True, ex=MAINTENANCE_LOCK))


class AsyncWorker(SimpleWorker):
    """Runs up to `at_once` jobs of our one queue at the same time. `url` names the Redis server; the worker has clients of its own."""

    job_class = TableJob
    queue_class = TableQueue
    death_penalty_class = TimerDeathPenalty  # rq's default uses signals, which threads cannot

    def __init__(self, url: str, tools: Tools, *, at_once: int = AT_ONCE, name: str | None = None) -> None:
        logging.getLogger("rq.worker").setLevel(logging.WARNING)  # rq tells of each job what our own log tells better
        client = redis.Redis.from_url(url, retry=Retry(ExponentialBackoff(cap=1.0, base=0.05), 3))
        super().__init__(
            [TableQueue(QUEUE, connection=client, serializer=JSONSerializer)],
            name=name,
            connection=client,
            serializer=JSONSerializer,
            worker_ttl=WORKER_TTL,
            job_monitoring_interval=HEARTBEAT,
            maintenance_interval=HEARTBEAT,
            log_job_description=False,
            prepare_for_work=False,  # it would talk to Redis now, and fail for ever if Redis is a second late
        )
        self.hostname, self.pid = socket.gethostname(), os.getpid()
        self._tools, self._at_once = tools, at_once
        self._queue: RqQueue = self.queues[0]
        self._books = Books(url)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rq")
        self._running: set[asyncio.Task[None]] = set()
        self._is_suspended = False

    async def serve(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish what is running, for at most `GRACE` seconds. What is cut off comes back by the tick."""
        beating = asyncio.create_task(self._beat())
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                if len(self._running) >= self._at_once:
                    await asyncio.wait({*self._running, stopping}, return_when=asyncio.FIRST_COMPLETED)
                elif self._is_suspended:
                    await asyncio.wait({stopping}, timeout=HEARTBEAT)
                else:
                    await self._start_next(POP_SECONDS)
            if self._running:
                await asyncio.wait(self._running, timeout=GRACE)
        finally:
            for task in (beating, stopping, *self._running):
                task.cancel()
            await asyncio.gather(beating, stopping, *self._running, return_exceptions=True)
            await self._leave()

    async def drain(self) -> int:
        """Work until the queue is empty and nothing runs: for tests and one-off commands, inside any event loop. How many jobs that were.

        A job that ends in more than an Exception ends this too: a test's crash is not swallowed.
        """
        started = 0
        while True:
            fresh = await self._start_next(0) if len(self._running) < self._at_once else 0
            started += fresh
            if not self._running and not fresh:
                return started
            if not fresh or len(self._running) >= self._at_once:
                done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()

    async def settle(self) -> int:
        """Drain, tick at the clock's present time, and so on until neither finds anything. How many jobs that were."""
        total = 0
        while True:
            jobs = await self.drain()
            total += jobs
            if not (await tick(self._tools, self._tools.clock())).found and not jobs:
                return total

    async def close(self) -> None:
        """After `drain`: let go of threads and connections. `serve` does it itself."""
        await self._books.close()
        await asyncio.to_thread(self._thread.shutdown)
        await asyncio.to_thread(self.connection.close)

    async def _start_next(self, wait: float) -> int:
        """Take as many jobs as there is room for and let them run; if there is none, wait for one up to `wait` seconds. How many."""
        room = self._at_once - len(self._running)
        try:
            jobs = await self._books.take(self._queue, min(room, TAKEN_AT_ONCE), wait)
        except redis.RedisError as error:
            if not wait:
                raise
            log.warning("redis_unreachable", because=str(error))
            await asyncio.sleep(REDIS_PAUSE)
            return 0
        for id, written in jobs:
            task = asyncio.create_task(self._work(id, written))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(jobs)

    async def _work(self, id: str, written: Mapping[bytes, bytes]) -> None:
        try:
            job = TableJob(id, connection=self.connection, serializer=self.serializer)
            try:
                job.restore(written)
                function, arguments = job.func, job.args
            except Exception:  # noqa: BLE001 - not ours, or not even a job: rq keeps it where people find it
                await self._in_thread(self._refuse, job, sys.exc_info())
                return
            execution = await self._books.write(lambda pipeline: self._open(job, pipeline))
            try:
                async with asyncio.timeout(job.timeout or JOB_TIMEOUT):
                    await function(self._tools, *arguments)
            except Exception:  # noqa: BLE001 - rq keeps it and retries
                await self._in_thread(self._finalize_failure, job, self._queue, execution, sys.exc_info())
            else:
                await self._books.write(lambda pipeline: self._close(job, execution, pipeline))
        except Exception as error:  # noqa: BLE001 - the job itself is done; only rq's books are not, and a wiped server has none
            log.warning("bookkeeping_failed", job=id, because=f"{type(error).__name__}: {error}")
            self.executions = {key: each for key, each in self.executions.items() if each.job_id != id}

    def _open(self, job: Job, pipeline: Any) -> Execution:
        """What rq's prepare_execution and prepare_job_execution write."""
        execution = Execution.create(job, EXECUTION_TTL, pipeline=pipeline, worker_name=self.name)
        self.executions[execution.id] = execution
        job.prepare_for_execution(self.name, pipeline=pipeline)
        pipeline.lrem(self._queue.intermediate_queue_key, 1, job.id)
        return execution

    def _close(self, job: Job, execution: Execution, pipeline: Any) -> None:
        """What rq's handle_job_success writes for a job without dependents, repeats, group, rate limit, callbacks, and result."""
        self.increment_successful_job_count(pipeline)
        self.increment_total_working_time(now() - (job.started_at or now()), pipeline)
        self.cleanup_execution(job, pipeline, execution)
        pipeline.delete(job.key, job.execution_registry.key)

    def _refuse(self, job: Job, exc_info: Any) -> None:
        self.handle_job_failure(job, self._queue, exc_string=format_exc_info(exc_info))
        self._queue.intermediate_queue.remove(job.id)

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """rq's minute more than the job's own limit is how long a killed worker's job would wait."""
        return EXECUTION_TTL

    async def _beat(self) -> None:
        while True:
            try:
                await self._in_thread(self._beat_once)
            except Exception as error:  # noqa: BLE001 - a missed beat is made up for by the next one
                log.warning("heartbeat_failed", because=f"{type(error).__name__}: {error}")
            await asyncio.sleep(HEARTBEAT)

    def _beat_once(self) -> None:
        if self.birth_date is None:
            self._set_ip_address(self.connection)
            self.connection.delete(
                self.key
            )  # the name is ours alone; a job that was quicker than the first beat left a trace there
            self.register_birth()  # type: ignore[no-untyped-call]
        for execution in tuple(self.executions.values()):
            self.maintain_heartbeats(execution.job, execution)
        self.heartbeat()
        with self.connection.pipeline() as pipeline:  # a server that was wiped does not know us any more
            worker_registration.register(self, pipeline)
            pipeline.hset(self.key, mapping=self.serialize())
            self.set_state(WorkerStatus.BUSY if self.executions else WorkerStatus.IDLE, pipeline=pipeline)
            pipeline.execute()
        self._is_suspended = bool(is_suspended(self.connection, self))
        self._check_clock()
        if self.should_run_maintenance_tasks:
            self.run_maintenance_tasks()  # type: ignore[no-untyped-call]

    def _check_clock(self) -> None:
        """A machine whose clock is far ahead takes locks that others still hold."""
        seconds, microseconds = self.connection.time()
        ahead = self._tools.clock() - (seconds + microseconds / 1e6)
        if abs(ahead) > MOST_SKEW:
            because = f"This machine's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the Redis server's."
            log.error("clock_differs", because=f"{because} Locks cannot be trusted: set the clock by NTP.")

    async def _leave(self) -> None:
        try:
            if self.birth_date is not None:
                await self._in_thread(self.register_death)
        except redis.RedisError as error:
            log.warning("redis_unreachable", because=str(error))
        await self.close()

    async def _in_thread(self, do: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, do, *args)
