"""The sandbox as one ASGI application, and how it is served: GitHub's REST API, and around it everything a person plays with.

`create_app(world)` is GitHub alone, which most tests want. With a `Playground` come the sample service, its deploy pipeline, Prometheus'
API and the pages. While it is served two background tasks run: the clock and the sender of webhooks.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from sandbox.github.api.door import TRANSPORT, Door
from sandbox.github.api.routes import ROUTES
from sandbox.github.world import World
from sandbox.pages.site import routes as page_routes
from sandbox.pipeline import Pipeline
from sandbox.service import Shop
from sandbox.switches import Switchboard

LOOPBACK = "127.0.0.1"
REQUESTS_PER_SECOND = 800.0  # enough that a share of 5 % says something within seconds


@dataclass(slots=True)
class Playground:
    """What stands around GitHub: the service that is deployed, the workflow that deploys it, the switches that break things."""

    world: World
    shop: Shop
    pipeline: Pipeline
    switches: Switchboard
    home: str


def create_playground(world: World, home: str = "harbour/shop") -> Playground:
    """Around the repository `home` of a seeded world; it serves at once what was deployed there last."""
    shop = Shop(rps=REQUESTS_PER_SECOND)
    pipeline = Pipeline(world, shop, home)
    pipeline.adopt()
    return Playground(world, shop, pipeline, Switchboard(world, shop, pipeline), home)


class Sandbox(Starlette):
    """Leaves the connection where the door finds it when it has to be cut."""

    world: World

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[TRANSPORT] = getattr(getattr(send, "__self__", None), "transport", None)
        await super().__call__(scope, receive, send)


def create_app(world: World, playground: Playground | None = None) -> Sandbox:
    """The application for this world. Served by `serve` or any ASGI server on a loopback address."""
    routes: list[BaseRoute] = [Mount("/api/v3", Door(world, ROUTES)), Route("/api/v3", lambda _: _root(world))]
    if playground is not None:
        site = page_routes(world, playground.shop, playground.pipeline, playground.switches, playground.home)
        routes += site
    app = Sandbox(routes=routes, lifespan=_lifespan)
    app.world = world
    return app


def _root(world: World) -> JSONResponse:
    return JSONResponse(
        {"current_user_url": f"{world.api}/user", "repository_url": f"{world.api}/repos/{{owner}}/{{repo}}"}
    )


@contextlib.asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    if not isinstance(app, Sandbox):
        raise TypeError("the sandbox's lifespan is for the sandbox")
    tasks = [asyncio.create_task(app.world.clock.run()), asyncio.create_task(app.world.hooks.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await app.world.hooks.close()


def listen(port: int = 0, host: str = LOOPBACK) -> socket.socket:
    """A listening socket on the loopback interface; there is nothing in the sandbox that others should reach."""
    if host not in ("127.0.0.1", "localhost"):
        raise ValueError(f"the sandbox listens on {LOOPBACK} only, not on {host}")
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or asyncio leaves Nagle on
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((LOOPBACK, port))
    return sock


class _Server(uvicorn.Server):
    """uvicorn inside a running loop: no signal handlers, no polling, ends at once."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield

    async def begin(self, sock: socket.socket) -> None:
        self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.startup(sockets=[sock])

    async def end(self) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
        await asyncio.sleep(0)
        await self.lifespan.shutdown()


@contextlib.asynccontextmanager
async def serve(app: Sandbox, port: int = 0) -> AsyncIterator[str]:
    """Serve the application inside the running loop; the value is its address, e.g. `http://127.0.0.1:40123`."""
    sock = listen(port)
    url = f"http://{LOOPBACK}:{sock.getsockname()[1]}"
    app.world.url = url
    server = _Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=60,
            lifespan="on",
        )
    )
    await server.begin(sock)
    try:
        yield url
    finally:
        await server.end()
