"""Tokens, JWTs and keys are nowhere to be seen: not in what we raise, not in what tracebacks show of it, not in what is logged."""

import logging
import traceback
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.unit.workers.local_github import APP_ID, REPO, Handler, LocalGitHub, answering, cut_off, github, keys
from workers.github import GitHub, GitHubError, KeyUnreadable, OwnLimits
from workers.github.credentials import Secret

ISSUE = "/repos/acme/shop/issues/1"


async def nonsense(request: web.Request) -> web.StreamResponse:
    """Something that is not HTTP: aiohttp's error for it carries the request's headers."""
    assert request.transport is not None
    request.transport.write(b"HTTP/9.9 yes please\r\n\r\n")
    request.transport.close()
    return web.Response()


async def echo(request: web.Request) -> web.Response:
    return web.json_response({"message": "no"}, status=422)


def everything_shown(error: BaseException) -> str:
    """What the most talkative logger prints: the whole chain, its arguments, and every local variable of our own frames."""
    shown, seen = [], set()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        pending += [current.__cause__, current.__context__]
        captured = traceback.TracebackException.from_exception(current, capture_locals=True)
        ours = [
            frame for frame in captured.stack if "/workers/github/" in frame.filename or "gidgethub" in frame.filename
        ]
        shown += [repr(current), str(current), repr(current.args), repr(vars(current))]
        shown += [repr(frame.locals) for frame in ours]
    return "\n".join(shown)


def secrets_of(local: LocalGitHub) -> list[str]:
    """The tokens, every JWT, and the body of the key."""
    jwts = [request.headers["authorization"].split()[1] for request in local.seen if "authorization" in request.headers]
    return [token for token, _ in local.tokens] + jwts + [keys()[0].splitlines()[5]]


@pytest.mark.parametrize(
    "trouble", [nonsense, cut_off, echo, answering({}, 503), answering({}, 429), answering({}, 401)]
)
async def test_no_error_shows_a_secret(trouble: Handler, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with github() as (client, local, _, _):
        local.on("POST", f"{ISSUE}/comments", trouble)
        local.on("GET", "/app", trouble)
        errors: list[GitHubError] = []
        for ask in (lambda: client.client(REPO).post("issues/1/comments", {"body": "x"}), client.app):
            try:
                await ask()
            except GitHubError as error:
                errors.append(error)
        assert len(errors) == 2
        shown = "\n".join(map(everything_shown, errors)) + caplog.text
        assert len(secrets_of(local)) >= 3
        for secret in secrets_of(local):
            assert secret not in shown


async def test_no_repr_shows_a_secret() -> None:
    async with github() as (client, local, _, _):
        local.on("GET", ISSUE, answering({}))
        local.on("GET", "/app", answering({"id": 123, "slug": "tagboat"}))
        repo = client.client(REPO)
        await repo.get("issues/1")
        await client.app()
        shown = "".join(map(repr, _reachable(client) + _reachable(repo)))
        for secret in secrets_of(local):
            assert secret not in shown
        assert repr(client) == f"GitHub({local.url!r}, app_id='123')"
        assert repr(repo) == "RepoClient('acme/shop')"


def _reachable(thing: Any, depth: int = 5) -> list[Any]:
    """An object of ours and what hangs on it."""
    if depth == 0 or not type(thing).__module__.startswith("workers.") or isinstance(thing, Secret):
        return [thing]
    inner = vars(thing).values() if hasattr(thing, "__dict__") else []
    found = [thing]
    for part in inner:
        found += _reachable(part, depth - 1)
        if isinstance(part, dict):
            found += [deeper for value in part.values() for deeper in _reachable(value, depth - 1)]
    return found


@pytest.mark.parametrize(
    "key",
    [
        "",
        "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0IHN0dWZm\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----",
        "schlüssel",
    ],
)
async def test_a_key_that_is_none_is_said_at_once_and_not_quoted(key: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(KeyUnreadable, match="settings page") as caught:
            GitHub("https://api.github.com", APP_ID, key, session=session, limits=OwnLimits(), clock=lambda: 0.0)
    shown = everything_shown(caught.value)
    assert not any(line in shown for line in key.splitlines()[1:2])


@pytest.mark.parametrize("token", ["ghs_tok\nen", "ghs_tök", "ghs tok", "", 17, None])
async def test_a_token_that_cannot_be_sent_is_not_quoted(token: Any) -> None:
    async with github() as (client, local, _, _):

        def odd(self: LocalGitHub) -> web.Response:
            return web.json_response({"token": token, "expires_at": "2030-01-01T00:00:00Z"}, status=201)

        local.grant = odd.__get__(local)  # type: ignore[method-assign]
        with pytest.raises(GitHubError, match="no usable token") as caught:
            await client.client(REPO).get("issues/1")
        assert "ghs" not in everything_shown(caught.value)
