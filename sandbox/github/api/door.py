"""The door of the REST API: every request goes through here, whatever it asks for.

In order: the journal, faults that are switched on, who asks, how much they may still ask, whether they may ask this, the answer itself,
ETag, headers. A request that no route knows is answered 404 like on GitHub, but recorded and logged: the sandbox does not pretend.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from sandbox.github.accounts import Role
from sandbox.github.api.call import Answer, Call
from sandbox.github.api.credentials import Caller, admit, identify
from sandbox.github.errors import GitHubError, not_found
from sandbox.github.faults import Fault
from sandbox.github.journal import Entry
from sandbox.github.state import Repository
from sandbox.github.world import World

TRANSPORT = "sandbox.transport"  # where the application leaves the connection for `_cut`
VERSIONS = ("2022-11-28", "2026-03-10")
HTML = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."

log = logging.getLogger("sandbox.api")


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the API. `needs`: the App's permissions of which one is enough (`issues:write`). `human`: the role a person needs.

    `kind`: `token` (installation or person), `jwt` (the App itself), `open` (anyone), `free` (like token, not counted).
    """

    method: str
    path: str
    answer: Callable[[Call], Answer]
    needs: tuple[str, ...] = ()
    human: Role = "read"
    kind: str = "token"


class Door:
    """The ASGI application below `/api/v3`."""

    def __init__(self, world: World, routes: tuple[Route, ...]) -> None:
        self.world = world
        self._routes: dict[tuple[str, str, str], list[tuple[re.Pattern[str], Route]]] = {}
        for route in routes:
            key = (route.method, *_shelf(route.path))
            self._routes.setdefault(key, []).append((_pattern(route.path), route))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        method, path = request.method, self._canonical(scope["path"].removeprefix(scope.get("root_path", "")))
        world = self.world
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        entry = Entry(method, path, request.url.query, "anonymous", body, world.now())
        world.journal.add(entry)
        faults = world.faults.pick(method, path)
        entry.fault = ", ".join(fault.kind for fault in faults) or None
        for fault in faults:
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds)
        kinds = {fault.kind for fault in faults}
        if "reset" in kinds:
            await _cut(scope, hard=True)
            return
        answer = self._answer(request, entry, faults)
        if "lost_answer" in kinds:
            await _cut(scope, hard=False)
            return
        entry.status = answer.status
        await _send(send, answer)

    def _answer(self, request: Request, entry: Entry, faults: list[Fault]) -> Answer:
        caller: Caller | None = None
        headers = {
            "X-GitHub-Request-Id": ":".join(secrets.token_hex(2).upper() for _ in range(5)),
            "X-GitHub-Media-Type": "github.v3; format=json",
            "Server": "github.com",
        }
        try:
            version = request.headers.get("x-github-api-version", VERSIONS[0])
            headers["X-GitHub-Api-Version-Selected"] = version
            if version not in VERSIONS:
                raise GitHubError(400, f"{version} is not a supported version of the API.")
            if not request.headers.get("user-agent"):
                raise GitHubError(
                    403,
                    "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.",
                )
            caller = identify(self.world, request.headers.get("authorization"))
            entry.actor = caller.name
            _limited(self.world, faults, caller)
            found = self._find(entry.method, entry.path)
            if found is None:
                self._unknown(entry)
                raise not_found()
            route, variables = found
            caller.count(self.world, free=route.kind == "free")
            answer = self._call(request, entry, route, variables, caller, faults)
        except Page as page:
            answer = Answer(HTML, page.status, kind="text/html")
        except GitHubError as error:
            answer = Answer(error.body(), error.status, error.headers)
        _tag(request, entry, answer, caller)
        headers |= caller.limits(self.world) if caller is not None else {}
        answer.headers = headers | answer.headers
        return answer

    def _call(
        self,
        request: Request,
        entry: Entry,
        route: Route,
        variables: Mapping[str, str],
        caller: Caller,
        faults: list[Fault],
    ) -> Answer:
        world = self.world
        repo = self._repository(entry, variables)
        if isinstance(repo, Answer):
            return repo
        admit(world, caller, repo, route.needs, route.human, route.kind)
        if repo is not None:
            lag = max((fault.seconds for fault in faults if fault.kind == "lag"), default=0.0)
            repo = world.faults.as_of(repo, lag) if lag else repo
        payload: Any = None
        if entry.body and entry.method != "GET":
            try:
                payload = msgspec.json.decode(entry.body)
            except msgspec.DecodeError:
                raise GitHubError(400, "Problems parsing JSON") from None
        call = Call(
            world,
            world.api + entry.path,
            variables,
            dict(request.query_params),
            payload,
            request.headers.get("accept", ""),
            caller.actor,
            caller.token,
            caller.app,
            repo,
        )
        return route.answer(call)

    def _repository(self, entry: Entry, variables: Mapping[str, str]) -> Repository | Answer | None:
        if "owner" not in variables:
            return None
        name = f"{variables['owner']}/{variables['repo']}"
        moved = self.world.moved(name)
        if moved is None:
            return self.world.repo(name)
        rest = entry.path.removeprefix(f"/repos/{name}")
        query = f"?{entry.query}" if entry.query else ""
        target = f"{self.world.api}/repositories/{moved.id}{rest}{query}"
        message = "Moved Permanently" if entry.method == "GET" else "Temporary Redirect"
        return Answer({"message": message, "url": target}, 301 if entry.method == "GET" else 307, {"Location": target})

    def _canonical(self, path: str) -> str:
        """`/repositories/7/pulls`, as in GitHub's own links, means the repository of that number; itself it is a route."""
        parts = path.split("/", 3)
        if len(parts) == 4 and parts[1] == "repositories" and parts[2].isdigit() and int(parts[2]) in self.world.repos:
            return f"/repos/{self.world.repos[int(parts[2])].full_name}/{parts[3]}"
        return path

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        for pattern, route in self._routes.get((method, *_shelf(path)), ()):
            match = pattern.fullmatch(path)
            if match is not None:
                return route, match.groupdict()
        return None

    def _unknown(self, entry: Entry) -> None:
        self.world.unknown_requests.append(f"{entry.method} {entry.path}")
        log.error("the sandbox has no route for %s %s", entry.method, entry.path)


def _shelf(path: str) -> tuple[str, str]:
    """Where to look for a path: by its first part and, below a repository, the first part there."""
    parts = path.split("/", 5)
    if parts[1] == "repos" and len(parts) > 4:
        return "repos", parts[4]
    return parts[1], ""


def _pattern(path: str) -> re.Pattern[str]:
    kinds = {"int": r"\d+", "path": ".+", "": "[^/]+"}
    pieces = re.split(r"\{(\w+)(?::(\w+))?\}", path)
    text = re.escape(pieces[0])
    for name, kind, literal in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        text += f"(?P<{name}>{kinds[kind or '']})" + re.escape(literal)
    return re.compile(text)


def _limited(world: World, faults: list[Fault], caller: Caller) -> None:
    """Refuse in one of GitHub's ways, if a fault says so."""
    for fault in faults:
        if fault.kind == "primary_limit":
            reset = int(world.now() + fault.seconds)
            window = world.allowances.of(caller.name)
            more = {
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset": str(reset),
                "x-ratelimit-used": str(window.limit),
            }
            raise GitHubError(fault.status, f"API rate limit exceeded for {caller.name}.", headers=more)
        if fault.kind == "secondary_limit":
            more = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            raise GitHubError(fault.status, SECONDARY, headers=more)
        if fault.kind == "status":
            raise GitHubError(fault.status, "Server Error")
        if fault.kind == "html":
            raise Page(fault.status)


class Page(GitHubError):  # noqa: N818  an answer more than an error
    """What a load balancer says for GitHub."""

    def __init__(self, status: int) -> None:
        super().__init__(status, "Bad Gateway")


def _tag(request: Request, entry: Entry, answer: Answer, caller: Caller | None) -> None:
    """Render the body, and answer 304 where the client has it already. Such a request does not count."""
    if answer.body is None:
        answer.body = b""
    elif not isinstance(answer.body, bytes):
        answer.body = msgspec.json.encode(answer.body)
    if entry.method != "GET" or answer.status != 200:
        return
    tag = hashlib.sha256(answer.body).hexdigest()
    answer.headers["ETag"] = f'W/"{tag}"'
    answer.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
    answer.headers["Vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP"
    if tag in request.headers.get("if-none-match", ""):
        answer.status, answer.body = 304, b""
        if caller is not None:
            caller.uncount()


async def _send(send: Send, answer: Answer) -> None:
    headers = dict(answer.headers)
    if answer.body and answer.status != 304:
        headers["Content-Type"] = answer.kind
    if answer.status not in (204, 304):
        headers["Content-Length"] = str(len(answer.body))
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body})


async def _cut(scope: Scope, *, hard: bool) -> None:
    """Close the client's connection without a word; `hard` so that it sees a reset."""
    transport = scope.get(TRANSPORT)
    if transport is None:
        raise ConnectionResetError("the connection was cut on purpose")
    raw = transport.get_extra_info("socket")
    if hard and raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
