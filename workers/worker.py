"""An rq worker that runs many jobs at once on one event loop. Reconciles wait for GitHub most of the time: one process, one pooled session
and one set of caches carry fifty of them, where rq's own workers fork for each and run one after the other.

All of rq's bookkeeping stays rq's: registries, retries, heartbeats, `rq info`. It is synchronous, so it runs in a few threads. What rq would
import by a name that it finds in Redis comes from a fixed table here: whoever can write to Redis can wake subjects, and nothing else.
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
from rq.exceptions import DequeueTimeout
from rq.executions import Execution
from rq.job import Job
from rq.job_lifecycle import format_exc_info
from rq.serializers import JSONSerializer
from rq.suspension import is_suspended
from rq.timeouts import TimerDeathPenalty
from rq.worker import WorkerStatus

from bot.queue import JOB, JOB_TIMEOUT, QUEUE
from workers.clock import tick
from workers.loop import run
from workers.tools import Tools

T = TypeVar("T")

JOBS: Mapping[str, Callable[[Tools, str], Awaitable[None]]] = {JOB: run}

AT_ONCE: Final = 50
WORKER_TTL: Final = 20
HEARTBEAT: Final = 5  # seconds; rq's default of 30 makes a killed worker's jobs wait for minutes
EXECUTION_TTL: Final = 15
POP_SECONDS: Final = 2  # how long a stop may have to wait for an empty queue
GRACE: Final = 25.0  # seconds for running jobs after a stop was asked for; hosts kill after 30
REDIS_PAUSE: Final = 1.0
MAINTENANCE_LOCK: Final = 60

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
    """Runs up to `at_once` jobs of our one queue at the same time. `url` names the Redis server; the worker has a client of its own."""

    job_class = TableJob
    queue_class = TableQueue
    death_penalty_class = TimerDeathPenalty  # rq's default uses signals, which threads cannot
    log_result_lifespan = False

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
        self._books = ThreadPoolExecutor(4, thread_name_prefix="rq")
        self._pops = ThreadPoolExecutor(1, thread_name_prefix="rq-pop")
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
            if len(self._running) < self._at_once and await self._start_next(None):
                started += 1
            elif self._running:
                done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            else:
                return started

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
        for pool in (self._pops, self._books):
            await asyncio.to_thread(pool.shutdown)
        await asyncio.to_thread(self.connection.close)

    async def _start_next(self, wait: int | None) -> bool:
        """Take the next job, waiting for one up to `wait` seconds (None: not at all), and let it run."""
        try:
            popped = await self._in(self._pops, self._pop, wait)
        except redis.RedisError as error:
            if wait is None:
                raise
            log.warning("redis_unreachable", because=str(error))
            await asyncio.sleep(REDIS_PAUSE)
            return False
        if popped is None:
            return False
        task = asyncio.create_task(self._work(*popped))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return True

    def _pop(self, timeout: int | None) -> tuple[Job, RqQueue] | None:
        try:
            popped: tuple[Job, RqQueue] | None = self.queue_class.dequeue_any(
                self.queues,
                timeout,
                connection=self.connection,
                job_class=self.job_class,
                serializer=self.serializer,
                death_penalty_class=self.death_penalty_class,
            )
        except DequeueTimeout:
            return None
        return popped

    async def _work(self, job: Job, queue: RqQueue) -> None:
        try:
            try:
                function, arguments = job.func, job.args
            except Exception:  # noqa: BLE001 - not ours, or not even a job: rq keeps it where people find it
                await self._in(self._books, self._refuse, job, queue, sys.exc_info())
                return
            execution = await self._in(self._books, self._open_books, job)
            try:
                async with asyncio.timeout(job.timeout or JOB_TIMEOUT):
                    await function(self._tools, *arguments)
            except Exception:  # noqa: BLE001 - rq keeps it and retries
                await self._in(self._books, self._finalize_failure, job, queue, execution, sys.exc_info())
            else:
                await self._in(self._books, self._finalize_success, job, queue, execution, None)
        except Exception as error:  # noqa: BLE001 - the job itself is done; only rq's books are not, and a wiped server has none
            log.warning("bookkeeping_failed", job=job.id, because=f"{type(error).__name__}: {error}")
            self.executions = {key: each for key, each in self.executions.items() if each.job_id != job.id}

    def _open_books(self, job: Job) -> Execution:
        execution = self.prepare_execution(job)
        self.prepare_job_execution(job, remove_from_intermediate_queue=True)
        return execution

    def _refuse(self, job: Job, queue: RqQueue, exc_info: Any) -> None:
        self.handle_job_failure(job, queue, exc_string=format_exc_info(exc_info))
        queue.intermediate_queue.remove(job.id)

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """rq's minute more than the job's own limit is how long a killed worker's job would wait."""
        return EXECUTION_TTL

    async def _beat(self) -> None:
        while True:
            try:
                await self._in(self._books, self._beat_once)
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
        if self.should_run_maintenance_tasks:
            self.run_maintenance_tasks()  # type: ignore[no-untyped-call]

    async def _leave(self) -> None:
        try:
            if self.birth_date is not None:
                await self._in(self._books, self.register_death)
        except redis.RedisError as error:
            log.warning("redis_unreachable", because=str(error))
        await self.close()

    async def _in(self, pool: ThreadPoolExecutor, do: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(pool, do, *args)
