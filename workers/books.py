"""The worker's own connection to rq's side of Redis: taking jobs, and writing down what becomes of them, for many jobs in one go.

rq's methods say what to write; they do not mind that the pipeline they write to belongs to asyncio and is shared.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from rq import Queue as RqQueue
from rq.job import Job

from bot.queue import Pipe

T = TypeVar("T")


class Books:
    """Raises redis.RedisError when the server does not answer."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(url, retry=Retry(ExponentialBackoff(cap=1.0, base=0.05), 3))
        self._pipe = Pipe(self._redis)

    async def close(self) -> None:
        await self._redis.aclose()

    async def take(self, queue: RqQueue, most: int, wait: float) -> list[tuple[str, Mapping[bytes, bytes]]]:
        """Move up to `most` jobs to rq's intermediate list and read them; if there is none, wait `wait` seconds for one.

        A job whose hash is gone is dropped: it was done, or the server was wiped.
        """
        source, target = queue.key, queue.intermediate_queue_key
        taken = [await self._redis.blmove(source, target, wait)] if wait else []  # type: ignore[arg-type]
        if taken == [None]:
            return []
        async with self._redis.pipeline(transaction=False) as pipeline:
            for _ in range(most - len(taken)):
                pipeline.lmove(source, target)
            taken += await pipeline.execute()
        ids = [cast(bytes, id).decode() for id in taken if id is not None]
        if not ids:
            return []
        async with self._redis.pipeline(transaction=False) as pipeline:
            for id in ids:
                pipeline.hgetall(Job.key_for(id))
            jobs = list(zip(ids, await pipeline.execute(), strict=True))
        gone = [id for id, written in jobs if not written]
        for id in gone:
            await self._redis.lrem(target, 1, id)
        return [(id, written) for id, written in jobs if written]

    async def write(self, do: Callable[[Any], T]) -> T:
        """Have `do` queue its commands on a pipeline; returns what it returned once they were carried out."""
        results: list[T] = []
        await self._pipe.send(lambda pipeline: results.append(do(pipeline)))
        return results[0]
