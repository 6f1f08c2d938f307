"""The nervous system: who wants to be looked at, who is being looked at, and by whom. Redis holds it and may be wiped at any moment; what
must not be lost is in SQL.

`wake` raises a subject's sequence number and queues one rq job if nothing is under way for it, so a thousand events are one job. `begin`
takes the lock and reads the number; `end` releases it and queues again if the number has moved meanwhile. Everything is timed by the `now`
that is passed in, never by Redis' own clock, so that tests can step it. rq's part (the job's hash and its place in the list) is written by
the same Lua script, in rq's own format.
"""

import asyncio
import hashlib
import itertools
import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, NamedTuple, Self

import redis as blocking_redis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import NoScriptError, RedisError
from rq import Queue as RqQueue
from rq import Retry as RqRetry
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from bot.decision import Wake
from bot.queue import lua
from bot.queue.pipe import Pipe
from bot.subject import Subject

JOB: Final = "workers.reconcile.run"
QUEUE: Final = "tagboat"
PREFIX: Final = "tagboat:"

LEASE: Final = 30.0  # seconds after which a silent holder, or a job that nobody began, counts as lost
SECOND_LOOK: Final = 20.0  # GitHub's reads may lag behind its webhooks
LONG_QUEUE: Final = 1000  # from here on jobs that have not begun are waiting, not lost
AT_ONCE: Final = 500  # subjects per script: Redis does nothing else meanwhile

JOB_TIMEOUT: Final = 60
FAILURE_KEPT: Final = 7 * 24 * 3600
ABANDONED_RETRIES: Final = 3
_SUBJECT_HERE: Final = "@subject@"


class Turn(NamedTuple):
    """The right to work on one subject: the lock's token, and the sequence number that this job is going to satisfy."""

    token: str
    sequence: int


class State(NamedTuple):
    """`identity` changes whenever the server may have forgotten something: it was restarted, replaced or wiped.

    Everything that was woken before `caught_up` (Unix seconds) has been looked at.
    """

    identity: str
    caught_up: float


class Queue:
    """One per process. Raises redis.RedisError when the server does not answer."""

    def __init__(self, client: Redis, *, lease: float = LEASE) -> None:
        self._redis = client
        self._lease = lease
        self._job = _job_template()
        self._waiting: list[tuple[list[str], float, asyncio.Future[None]]] = []
        self._sender: asyncio.Task[None] | None = None
        self._pipe = Pipe(client)
        self._random = random.Random()  # noqa: S311 - its numbers are to be unique, not secret

    @classmethod
    def connect(cls, url: str, *, lease: float = LEASE) -> Self:
        """`url` as redis-py reads it (`redis://…`, `unix://…`). Connects on first use.

        A command whose answer was lost is sent again twice, within a second: a webhook must be refused while GitHub still listens.
        """
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=32,
            timeout=5,
            socket_timeout=5,
            socket_connect_timeout=3,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 2),
        )
        return cls(Redis.from_pool(pool), lease=lease)

    @property
    def lease(self) -> float:
        """Seconds that a lock lasts without `renew`."""
        return self._lease

    async def close(self) -> None:
        await self._redis.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # Waking

    async def wake(self, wakes: Iterable[Wake], now: float, *, look_again: bool = False) -> None:
        """Have these subjects looked at, and with `look_again` once more some 20 s later. What many tasks send at once goes as one script."""
        lines = [f"{wake.urgent + 2 * look_again}{wake.subject.text}" for wake in wakes]
        if not lines:
            return
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((lines, now, done))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        await done

    async def _send(self) -> None:
        """Group commit: whatever is asked for while a script is under way goes out with the next one."""
        while self._waiting:
            batch, self._waiting = self._waiting, []
            now = max(at for _, at, _ in batch)
            try:
                for part in _parts(itertools.chain.from_iterable(wakes for wakes, _, _ in batch)):
                    await self._run(lua.WAKE, now, now + SECOND_LOOK, *part)
            except RedisError as error:  # everybody who waits is told; the next batch has its own luck
                for _, _, done in batch:
                    if not done.done():
                        done.set_exception(error)
            except BaseException:
                for _, _, done in batch:
                    done.cancel()
                raise
            else:
                for _, _, done in batch:
                    if not done.done():
                        done.set_result(None)

    async def ensure(self, subjects: Iterable[str], now: float) -> int:
        """Queue those for which nothing is under way; the number is not raised. How many were queued."""
        return sum([await self._run(lua.ENSURE, now, *part) for part in _parts(subjects)])

    async def take_due_looks(self, now: float) -> int:
        """Wake everything whose second look is due. How many subjects that were."""
        return await self._until_few(lua.LOOKS, now)

    async def expired(self, now: float) -> int:
        """Queue again what was begun or queued a lease ago and never heard of since. How many subjects that were."""
        return await self._until_few(lua.EXPIRED, now, LONG_QUEUE)

    async def _until_few(self, script: str, now: float, *args: object) -> int:
        total = 0
        while True:
            taken: int = await self._run(script, now, AT_ONCE, *args)
            total += taken
            if taken < AT_ONCE:
                return total

    # Working

    async def begin(self, subject: Subject, now: float) -> Turn | None:
        """Take the lock. None: somebody holds it, nothing is wanted any more, or the server forgot who holds what a moment ago."""
        token = self._unique()
        number = await self._run(lua.BEGIN, now, subject.text, token)
        return Turn(token, int(number)) if number is not None else None

    async def renew(self, subject: Subject, turn: Turn, now: float) -> bool:
        """Keep the lock for another lease. False: it is lost; stop before anything else is written."""
        return bool(await self._run(lua.RENEW, now, subject.text, turn.token))

    async def end(self, subject: Subject, turn: Turn, now: float, *, again_at: float | None = None) -> None:
        """Give the lock back, and queue the subject again if it was woken since `begin`.

        `again_at`: the job could not do its work; the tick queues it again from then on.
        """
        await self._run(lua.END, now, subject.text, turn.token, turn.sequence, "" if again_at is None else again_at)

    # The server

    async def state(self, now: float) -> "State":
        """Who the server is, and how far its work has come."""
        server: dict[str, Any] = await self._redis.info("server")
        epoch, oldest = await self._run(lua.EPOCH, now)
        return State(f"{server['run_id']}:{epoch.decode()}", float(oldest) if oldest else now)

    async def start_fresh(self, now: float) -> None:
        """This server has just been started for us and nobody can be at work yet: let jobs begin at once."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hsetnx(PREFIX + "epoch", "open_at", str(now))
            pipe.hsetnx(PREFIX + "epoch", "id", self._unique())
            await pipe.execute()

    async def length(self) -> int:
        """Jobs that wait for a worker."""
        return int(await self._redis.llen(self._job["queue"]))

    async def ping(self) -> None:
        await self._redis.ping()

    # What all processes must know about an installation (0: the App itself)

    async def hold(self, installation: int, until: float) -> None:
        """Nobody asks GitHub before `until` (Unix seconds). A later hold wins."""
        await self._script(lua.HOLD, PREFIX + "holds", installation, until)

    async def held(self, installation: int) -> float:
        """Until when nobody may ask; 0.0 if there is no hold."""
        until = await self._redis.hget(PREFIX + "holds", str(installation))
        return float(until) if until else 0.0

    async def pace(self, installation: int, now: float, *, every: float, burst: int, longest: float) -> float:
        """Take the next slot for a write; the seconds to wait for it. A wait above `longest` takes none.

        Slots are `every` seconds apart; `burst` of them may be taken at once after a quiet time.
        """
        return float(await self._script(lua.PACE, PREFIX + "pace", installation, now, every, burst, longest))

    async def _run(self, script: str, now: float, *args: object) -> Any:
        at = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        job = self._job | {"id": self._unique(), "epoch": str(self._random.getrandbits(48)), "at": at}
        return await self._script(script, PREFIX, now, self._lease, json.dumps(job), *args)

    async def _script(self, script: str, *args: object) -> Any:
        def call(pipeline: Any) -> None:
            pipeline.evalsha(_name(script), 1, *map(str, args))

        try:
            [answer] = await self._pipe.send(call)
        except NoScriptError:  # a new server, or one that was restarted
            await self._redis.script_load(script)
            [answer] = await self._pipe.send(call)
        return answer

    def _unique(self) -> str:
        return f"{self._random.getrandbits(96):024x}"


@cache
def _name(script: str) -> str:
    """Under which Redis keeps a script that it was sent."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


def _parts(subjects: Iterable[str]) -> Iterable[Sequence[str]]:
    rest = iter(subjects)
    while part := tuple(itertools.islice(rest, AT_ONCE)):
        yield part


def _job_template() -> dict[str, Any]:
    """Everything about our one kind of job that does not change, from rq's own `Job`, so that its format stays rq's business.

    A subject's text needs no escaping in JSON: it is percent-encoded ASCII.
    """
    nowhere = blocking_redis.Redis()  # rq wants a connection in hand; nothing is sent
    queue = RqQueue(QUEUE, connection=nowhere, serializer=JSONSerializer)
    job = Job.create(
        JOB,
        args=[_SUBJECT_HERE],
        connection=nowhere,
        serializer=JSONSerializer,
        origin=QUEUE,
        status=JobStatus.QUEUED,
        timeout=JOB_TIMEOUT,
        result_ttl=0,  # a finished job leaves nothing behind
        failure_ttl=FAILURE_KEPT,
        retry=RqRetry(max=ABANDONED_RETRIES),
    )
    head, tail = job.data.decode().split(_SUBJECT_HERE)
    ours = {"data", "description", "created_at", "enqueued_at"}
    fields = {name: value for name, value in job.to_dict().items() if name not in ours and value != ""}
    flat = [str(getattr(part, "value", part)) for pair in fields.items() for part in pair]
    return {
        "head": head,
        "tail": tail,
        "fields": flat,
        "prefix": Job.redis_job_namespace_prefix,
        "queue": queue.key,
        "queues": RqQueue.redis_queues_keys,
    }
