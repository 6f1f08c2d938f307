"""Keeping the lock on a subject while a job works, and stopping the job when the lock cannot be kept."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from redis.exceptions import RedisError

from bot.queue import Queue, Turn
from bot.subject import Subject


class LockLost(Exception):  # noqa: N818 - it is read aloud in `except LockLost`
    """Somebody else may be at work on this subject by now."""


@asynccontextmanager
async def holding(queue: Queue, subject: Subject, turn: Turn, clock: Callable[[], float]) -> AsyncIterator[None]:
    """Renew the lock every third of its lease. Cancels the body and raises LockLost when it is somebody else's, or silent for a lease."""
    body = asyncio.current_task()
    assert body is not None  # noqa: S101 - a coroutine runs in a task
    renewing = asyncio.create_task(_renew(queue, subject, turn, clock))

    def stop_body(done: asyncio.Task[None]) -> None:
        if not done.cancelled():
            body.cancel()

    renewing.add_done_callback(stop_body)
    try:
        yield
    except asyncio.CancelledError:
        # Ours only if the renewing ended by itself; a worker that stops cancels the job from outside.
        if renewing.done() and body.uncancel() == 0:
            raise LockLost from None
        raise
    finally:
        renewing.remove_done_callback(stop_body)
        renewing.cancel()


async def _renew(queue: Queue, subject: Subject, turn: Turn, clock: Callable[[], float]) -> None:
    """Returns when the lock is lost."""
    time = asyncio.get_running_loop().time
    good_until = time() + queue.lease
    while time() < good_until:
        await asyncio.sleep(queue.lease / 3)
        asked_at = time()
        try:
            if not await queue.renew(subject, turn, clock()):
                return
        except RedisError:
            continue  # a server that restarts takes a moment; until the lease ends nobody else can begin
        good_until = asked_at + queue.lease
