"""The clock: what makes progress certain when a webhook, a job or a whole Redis was lost. A small loop of our own; more than one is harmless.

Each tick queues what is due in SQL, the second looks, and what was begun or queued and never heard of again. Beside the ticks it does the
rounds that need GitHub: a resync when Redis may have forgotten something (another server, a restart, a wipe) or no clock ticked for a while,
the sweep of GitHub's log of deliveries, and forgetting what is old.
"""

import asyncio
from dataclasses import dataclass

import structlog
from redis.exceptions import RedisError

from bot.decision import Wake
from bot.store import StoreUnreachable
from bot.subject import organisation
from workers.github import GitHubError
from workers.resync import resync
from workers.sweep import sweep
from workers.tools import Tools

DUE_AT_ONCE = 5000
AWAY = 600.0  # seconds without any tick after which webhooks may have been missed
SWEEP_EVERY = 300.0
PRUNE_EVERY = 86_400.0
ORGANISE_EVERY = 6 * 3600.0
EFFECTS_KEPT = 90 * 86_400.0
ROUND_PAUSE = 60.0  # after a round that failed

LAST_TICK = "last_tick"
CAUGHT_UP = "caught_up"  # everything that was heard before then has been looked at
RESYNCED_FOR = "resynced_for_server"  # written when that resync is done, so that one that was cut short is begun again
SWEPT, PRUNED, ORGANISED = "swept", "pruned", "organised"

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
    state = await queue.state(now)
    if now - (await last_tick(tools) or now) > AWAY:
        await store.set_cursor(RESYNCED_FOR, "", now)
    forgot = state.identity != await store.cursor(RESYNCED_FOR)
    if not forgot:
        await store.set_cursor(CAUGHT_UP, repr(state.caught_up), now)
    done = Tick(
        due=await queue.ensure(await store.due(now, DUE_AT_ONCE), now),
        looks=await queue.take_due_looks(now),
        lost=await queue.expired(now),
        server=state.identity,
        forgot=forgot,
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


async def rounds(tools: Tools, ticked: Tick, now: float) -> None:
    """What is due of resync, sweep and forgetting. Raises GitHubError, RedisError and StoreUnreachable: tried again a little later."""
    if ticked.forgot:
        since = await tools.store.cursor(CAUGHT_UP)
        if await resync(tools, float(since or now), f"{ticked.server} {since}", now):
            await resynced(tools, ticked.server, now)
    if await _is_due(tools, SWEPT, SWEEP_EVERY, now):
        await sweep(tools, now)
    if await _is_due(tools, ORGANISED, ORGANISE_EVERY, now):
        # What they say holds in many repositories: a push that nobody heard of must not leave it unread for long.
        organisations = [Wake(organisation(repo.id)) for repo in await tools.store.repos() if repo.is_organisations]
        await tools.queue.wake(organisations, now)
    if await _is_due(tools, PRUNED, PRUNE_EVERY, now):
        await tools.store.prune(now - EFFECTS_KEPT)


async def _is_due(tools: Tools, name: str, every: float, now: float) -> bool:
    """Of several clocks one gets it."""
    at = await tools.store.cursor(name)
    return now - float(at or 0.0) >= every and await tools.store.swap_cursor(name, at, repr(now), now)


async def run_clock(tools: Tools, stop: asyncio.Event) -> None:
    """Tick every `tick_seconds` until `stop` is set; rounds run beside the ticks, one after the other."""
    under_way: asyncio.Task[None] | None = None
    try:
        while not stop.is_set():
            try:
                ticked = await tick(tools, tools.clock())
                if ticked.found or ticked.forgot:
                    log.info("ticked", due=ticked.due, looks=ticked.looks, lost=ticked.lost, forgot=ticked.forgot)
                if under_way is None or under_way.done():
                    under_way = asyncio.create_task(_safe_rounds(tools, ticked))
            except (RedisError, StoreUnreachable) as error:
                log.warning("tick_failed", because=str(error))
            try:
                await asyncio.wait_for(stop.wait(), tools.settings.tick_seconds)
            except TimeoutError:
                continue
    finally:
        if under_way is not None:
            under_way.cancel()
            await asyncio.gather(under_way, return_exceptions=True)


async def _safe_rounds(tools: Tools, ticked: Tick) -> None:
    try:
        await rounds(tools, ticked, tools.clock())
    except (GitHubError, RedisError, StoreUnreachable) as error:
        log.warning("round_failed", because=str(error))
        await asyncio.sleep(ROUND_PAUSE)
    except Exception:
        log.exception("round_failed")
        await asyncio.sleep(ROUND_PAUSE)
