"""A server that answers over real HTTP what a test tells it to: for what a well-behaved GitHub never does.

It knows just enough to be asked properly: it checks the App's JWT, hands out tokens that grow old by the test's clock, refuses others.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bot.subject import Repo
from workers.github import GitHub, OwnLimits

START = 1_700_000_000.0
REPO = Repo(id=7, owner="acme", name="shop", installation=41)
APP_ID = "123"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@cache
def keys() -> tuple[str, str]:
    """A private key and its public half, as PEM."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode(), key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass
class Clock:
    """Time that moves when a test, or a sleep, moves it."""

    now: float = START
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def answering(document: Any, status: int = 200, /, **headers: str) -> Handler:
    """Always the same. Underscores in the names of headers become hyphens."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(document, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


def one_after_another(*handlers: Handler) -> Handler:
    """The first request gets the first; the last one goes on answering."""
    left = list(handlers)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return answer


async def cut_off(request: web.Request) -> web.StreamResponse:
    """Everything was received, and then the connection is gone."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


@dataclass
class LocalGitHub:
    """`seen` are the requests that reached it, oldest first; `routes` what it answers; `tokens` those that were handed out."""

    clock: Clock
    url: str = ""
    base: str = ""
    token_life: float = 3600.0
    routes: dict[str, Handler] = field(default_factory=dict)
    seen: list[web.Request] = field(default_factory=list)
    tokens: list[tuple[str, float]] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)

    def on(self, method: str, path: str, handler: Handler) -> None:
        self.routes[f"{method} {path}"] = handler

    def asked(self, method: str, path: str) -> list[web.Request]:
        return [request for request in self.seen if (request.method, self.path(request)) == (method, path)]

    def path(self, request: web.Request) -> str:
        """Below the API's base, as it was sent: percent-encoded."""
        return request.rel_url.raw_path.removeprefix(self.base)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.seen.append(request)
        scheme, _, credential = request.headers.get("authorization", "").partition(" ")
        path = self.path(request)
        if path.startswith("/app"):
            try:
                self.check_jwt(credential)
            except jwt.InvalidTokenError as error:
                return web.json_response({"message": f"bad JWT: {error}"}, status=401)
            if path.endswith("/access_tokens") and request.method == "POST":
                return self.grant()
        elif scheme != "Bearer" or not self.is_good(credential):
            return web.json_response({"message": "Bad credentials"}, status=401)
        handler = self.routes.get(f"{request.method} {path}")
        if handler is None:
            return web.json_response({"message": "Not Found"}, status=404)
        return await handler(request)

    def check_jwt(self, text: str) -> None:
        claims = jwt.decode(text, keys()[1], algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False})
        if claims["iss"] != APP_ID or not claims["iat"] <= self.clock.now < claims["exp"] <= self.clock.now + 600:
            raise jwt.InvalidTokenError("issuer or times")

    def grant(self) -> web.Response:
        # Long and odd on purpose: nobody may assume what a token looks like.
        token = f"ghs_{APP_ID}_{len(self.tokens)}.{'x' * 300}-~+/="
        expires_at = self.clock.now + self.token_life
        self.tokens.append((token, expires_at))
        text = datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return web.json_response({"token": token, "expires_at": text}, status=201)

    def is_good(self, credential: str) -> bool:
        return any(token == credential and self.clock.now < until for token, until in self.tokens) and (
            credential not in self.revoked
        )


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """Serve on a free port of the loopback; gives the address."""
    runner = web.ServerRunner(
        web.Server(handler),  # type: ignore[arg-type]
        shutdown_timeout=0.1,
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def github(**options: Any) -> AsyncIterator[tuple[GitHub, LocalGitHub, Clock, OwnLimits]]:
    """A client and the server that it talks to, on one clock. `base` is the path of the API on that server."""
    clock, limits = Clock(), OwnLimits()
    local = LocalGitHub(clock, base=options.pop("base", ""))
    async with serving(local.answer) as local.url, aiohttp.ClientSession() as session:
        defaults: dict[str, Any] = {"sleep": clock.sleep, "jitter": lambda wait: 0.0}
        yield (
            GitHub(
                local.url + local.base,
                APP_ID,
                keys()[0],
                session=session,
                limits=limits,
                clock=clock,
                **(defaults | options),
            ),
            local,
            clock,
            limits,
        )
