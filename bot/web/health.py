"""What operators and their probes ask: is the process alive, can it do its work, how is it doing.

`/healthz` only says that the process answers, so that a broken database does not make a supervisor kill healthy processes. `/readyz` asks
Redis, the database and the clock, each within two seconds. `/metrics` is for Prometheus.
"""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import structlog
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.queue import Queue
from bot.store import Store, StoreUnreachable
from bot.web.metrics import Metrics

log = structlog.get_logger("tagboat.health")

LAST_TICK = "last_tick"  # the store's cursor in which the clock leaves its time, Unix seconds
SECONDS_TO_ANSWER = 2.0
SECONDS_BETWEEN_COUNTS = 60.0
TICKS_MISSED = 4  # so many, and the clock counts as stopped


class Health:
    """The endpoints. `tick_seconds` is how often the clock is meant to tick."""

    def __init__(
        self, store: Store, queue: Queue, metrics: Metrics, clock: Callable[[], float], tick_seconds: float
    ) -> None:
        self._store, self._queue, self._metrics, self._clock = store, queue, metrics, clock
        self._counted_at = float("-inf")
        self._longest = max(60.0, TICKS_MISSED * tick_seconds)

    async def alive(self, request: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def ready(self, request: Request) -> Response:
        redis, database, tick = await asyncio.gather(
            _asked("redis", self._queue.ping, "Start the Redis server again; nothing is lost but time."),
            _asked("database", self._store.ping, "Start the database again, or mend DATABASE_URL."),
            _asked("tick", self._tick, "See the database."),
        )
        if not (redis["ok"] and database["ok"]) and "fix" in tick:
            tick["fix"] = "The clock cannot tick before the parts above answer."
        is_ready = all(part["ok"] for part in (redis, database, tick))
        parts = {"ready": is_ready, "redis": redis, "database": database, "tick": tick}
        return JSONResponse(parts, 200 if is_ready else 503)

    async def _tick(self) -> dict[str, Any]:
        last = await self._store.cursor(LAST_TICK)
        if last is None:
            return {"ok": False, "fix": "No clock has ticked yet: start `tagboat clock`."}
        age = max(0.0, self._clock() - float(last))
        if age > self._longest:
            return {"ok": False, "age": round(age, 1), "fix": "The clock has stopped: start `tagboat clock` again."}
        return {"ok": True, "age": round(age, 1)}

    async def metrics(self, request: Request) -> Response:
        await self._count_refusals()
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    async def _count_refusals(self) -> None:
        """At most once a minute: counting a trail of years takes a moment. Without an answer the last count stays."""
        if (now := self._clock()) - self._counted_at < SECONDS_BETWEEN_COUNTS:
            return
        self._counted_at = now
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                self._metrics.count_refusals(await self._store.outcomes())
        except (StoreUnreachable, OSError, TimeoutError) as error:
            log.warning("refusals not counted", error=f"{type(error).__name__}: {error}")


async def _asked(name: str, ask: Callable[[], Awaitable[dict[str, Any] | None]], fix: str) -> dict[str, Any]:
    """What came of asking. Why it failed goes to the log only: addresses and names are nobody else's business."""
    began = perf_counter()
    try:
        async with asyncio.timeout(SECONDS_TO_ANSWER):
            said = await ask()
    except (RedisError, StoreUnreachable, OSError, TimeoutError) as error:
        log.warning("not ready", part=name, error=f"{type(error).__name__}: {error}")
        return {"ok": False, "error": "no answer", "fix": fix}
    return said if said is not None else {"ok": True, "ms": round((perf_counter() - began) * 1000, 1)}
