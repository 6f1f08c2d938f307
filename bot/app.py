"""The web process: its list of routes, and the server that it runs in. GitHub is never called from here."""

import gc
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from socket import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan

from bot.policy import schema
from bot.queue import Queue
from bot.settings import Settings, SettingsError
from bot.store import Store
from bot.web.alerts import Alerts
from bot.web.health import LAST_TICK, Health
from bot.web.metrics import Metrics
from bot.web.pages import Pages, SecurityHeaders
from bot.web.repository import RepositoryPage
from bot.web.webhooks import Webhooks

SECONDS_TO_FINISH = 15  # GitHub gives up after 10: longer, nobody is waiting any more
CONNECTIONS = 2048


def create_app(
    settings: Settings,
    store: Store,
    queue: Queue,
    clock: Callable[[], float] = time.time,
    lifespan: Lifespan[Any] | None = None,
) -> Starlette:
    """The ASGI application. `store` and `queue` stay the caller's, who opens and closes them."""
    metrics = Metrics()
    health = Health(store, queue, metrics, clock, settings.tick_seconds)
    pages = Pages(settings.has_app)
    repository = RepositoryPage(store, clock, password=settings.pages_password, api_url=settings.github_api_url)
    app_id = int(settings.app_id or 0)
    webhooks = Webhooks(store, queue, secrets=settings.webhook_secrets, app_id=app_id, metrics=metrics, clock=clock)
    alerts = Alerts(
        store,
        queue,
        tokens=settings.alerts_tokens,
        labels=settings.alerts_labels,
        severities=settings.alerts_severities,
        metrics=metrics,
        clock=clock,
    )
    return Starlette(
        routes=[
            Route("/webhooks", webhooks),
            Route("/alerts", alerts),
            Route("/", pages.home),
            Route(schema.PATH, pages.schema),
            Route("/reasons", pages.reasons),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            Route("/metrics", health.metrics),
            Route("/{owner}/{repo}", repository.page),
        ],
        lifespan=lifespan,
        middleware=[Middleware(SecurityHeaders, https=settings.public_url.startswith("https://"))],
    )


def make_server(app: ASGIApp, host: str, port: int, **options: Any) -> uvicorn.Server:
    """The HTTP server as production and the benchmarks run it; `options` are uvicorn's. `.run()` blocks, `.serve()` is a coroutine.

    The C parser and uvloop carry three to four times the load of uvicorn's pure Python parts. Each delivery has a line of its
    own in our log, so there is no access log.
    """
    chosen: dict[str, Any] = {
        "loop": "auto",  # uvloop where there is one
        "http": "httptools",
        "ws": "none",
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "limit_concurrency": CONNECTIONS,
        "timeout_keep_alive": 30,
        "timeout_graceful_shutdown": SECONDS_TO_FINISH,
    }
    return uvicorn.Server(uvicorn.Config(app, host=host, port=port, **(chosen | options)))


def serve(settings: Settings, sockets: list[socket] | None = None) -> None:
    """The web process: runs until SIGTERM or SIGINT, finishes what it has begun to answer, closes up. Raises SettingsError.

    `sockets` are open already, in place of HOST and PORT.
    """
    if not settings.redis_url:
        raise SettingsError("REDIS_URL is not set. Set it, or use `tagboat run`, which brings a server of its own.")
    store, queue = Store.open(settings.database_url), Queue.connect(settings.redis_url)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # Closed here and not after `run`: uvicorn raises the signal that ended it again.
        async with store, queue:
            # What was loaded to get here stays for good: looking through it again would stop every answer for tens of milliseconds.
            gc.collect()
            gc.freeze()
            if await store.cursor(LAST_TICK) is None:  # a new database: nobody can be at work on what it never heard of
                await queue.start_fresh(time.time())
            yield

    app = create_app(settings, store, queue, lifespan=lifespan)
    make_server(app, settings.host, settings.port).run(sockets)
