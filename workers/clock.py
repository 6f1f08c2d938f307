"""The clock: what makes progress certain when a webhook, a job or a whole Redis was lost. A small loop of our own; more than one is harmless.

Each tick queues what is due in SQL, the second looks, and what was begun or queued and never heard of again. A Redis that may have
forgotten something (another server, a restart, a wipe) makes the next resync due at once.
"""

import asyncio
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError

from bot.store import StoreUnreachable
from workers.tools import Tools

DUE_AT_ONCE = 5000
LAST_TICK = "last_tick"
RESYNCED_FOR = "resynced_for_server"  # written when that resync is done, so that one that was cut short is begun again

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tick:
    """What one tick queued. `forgot` if Redis, which is now `server`, may have forgotten something since the last resync."""

    due: int
    looks: int
    lost: int
    server: str
    forgot: bool

    @property
    def found(self) -> bool:
        return bool(self.due or self.looks or self.lost)


async def tick(tools: Tools, now: float) -> Tick:
    """One step. Raises RedisError and StoreUnreachable; the next tick makes up for it."""
    store, queue = tools.store, tools.queue
    server = await queue.identity(now)
    done = Tick(
        due=await queue.ensure(await store.due(now, DUE_AT_ONCE), now),
        looks=await queue.take_due_looks(now),
        lost=await queue.expired(now),
        server=server,
        forgot=server != await store.cursor(RESYNCED_FOR),
    )
    await store.set_cursor(LAST_TICK, repr(now), now)
    return done


async def resynced(tools: Tools, server: str, now: float) -> None:
    """Everything that this server may have forgotten has been found out and woken."""
    await tools.store.set_cursor(RESYNCED_FOR, server, now)


async def last_tick(tools: Tools) -> float | None:
    """When a clock last ticked (Unix seconds)."""
    at = await tools.store.cursor(LAST_TICK)
    return float(at) if at is not None else None


async def run_clock(tools: Tools, stop: asyncio.Event) -> None:
    """Tick every `tick_seconds` until `stop` is set."""
    while not stop.is_set():
        try:
            ticked = await tick(tools, tools.clock())
            if ticked.found or ticked.forgot:
                log.info("ticked", due=ticked.due, looks=ticked.looks, lost=ticked.lost, forgot=ticked.forgot)
        except (RedisError, StoreUnreachable) as error:
            log.warning("tick_failed", because=str(error))
        try:
            await asyncio.wait_for(stop.wait(), tools.settings.tick_seconds)
        except TimeoutError:
            continue
