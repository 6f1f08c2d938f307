"""Requests without a network: what aiohttp's session does for us, straight into an ASGI application of this process.

The journeys travel over real sockets. Where one journey is repeated hundreds of times, a crash at each of its points, sockets would take
most of the time and add nothing.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from urllib.parse import unquote

import aiohttp
import yarl
from starlette.types import ASGIApp, Message

Passing = Callable[[str], None]
"""Called with the name of a point of I/O that is being passed; may raise."""


def pass_freely(_: str) -> None:
    """Nothing happens at any point."""


class Direct:
    """`applications` by origin (`http://127.0.0.1:8000`). `passing` hears of each request before it is sent and after it was answered."""

    def __init__(self, applications: Mapping[str, ASGIApp], passing: Passing = pass_freely) -> None:
        self._applications, self._passing = applications, passing

    def request(self, method: str, url: str | yarl.URL, **options: Any) -> "Exchange":
        address = yarl.URL(str(url), encoded=True)
        headers = dict(options.get("headers") or {})
        return Exchange(
            self._applications[str(address.origin())],
            method,
            address,
            headers,
            options.get("data") or b"",
            self._passing,
        )

    def get(self, url: str | yarl.URL, **options: Any) -> "Exchange":
        return self.request("GET", url, **options)

    def post(self, url: str | yarl.URL, **options: Any) -> "Exchange":
        return self.request("POST", url, **options)

    async def close(self) -> None:
        """Nothing is open."""


class Exchange:
    """One request and, inside `async with`, its response: `status`, `headers`, `read()`, `text()`, `content`."""

    def __init__(
        self, app: ASGIApp, method: str, url: yarl.URL, headers: Mapping[str, str], body: bytes, passing: Passing
    ) -> None:
        self._app, self._body, self._passing = app, body, passing
        self._name = f"{method} {url.path}"
        names = {name.lower(): value for name, value in headers.items()}
        names.setdefault("host", f"{url.host}:{url.port}")
        names.setdefault("content-length", str(len(body)))
        self._scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": url.scheme,
            "path": unquote(url.raw_path),
            "raw_path": url.raw_path.encode(),
            "query_string": url.raw_query_string.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in names.items()],
            "client": ("127.0.0.1", 1),
            "server": (url.host, url.port),
        }
        self.status = 0
        self.headers: dict[str, str] = {}
        self._content = b""

    async def __aenter__(self) -> "Exchange":
        self._passing(f"before {self._name}")
        try:
            await self._app(self._scope, self._receive, self._send)
        except ConnectionError as error:
            raise aiohttp.ClientConnectionError(str(error)) from None
        self._passing(f"after {self._name}")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is open."""

    async def read(self) -> bytes:
        return self._content

    async def text(self, errors: str = "strict") -> str:
        return self._content.decode(errors=errors)

    @property
    def content(self) -> "Exchange":
        return self

    async def iter_chunked(self, _: int) -> AsyncIterator[bytes]:
        yield self._content

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            self._content += message.get("body", b"")
