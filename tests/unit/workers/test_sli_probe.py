"""Health probes: what an answer says of who answers, what says nothing about them, and where a probe never goes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.policy.slis import Slis
from bot.rollout.evidence import Query, Reading
from tests.unit.workers.local_github import serving
from workers.measuring import measure
from workers.sli import Source, probe

NOW = 1_800_000_000.0
HEALTH = Query("health")
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def slis(path: str = "/healthz") -> Slis:
    return Slis.model_validate({"health": {"probe": {"target": "shop-prod", "path": path}}})


async def read(source: Source, path: str = "/healthz") -> tuple[Reading, ...]:
    return (await probe.read(source, slis(path), [HEALTH], since=NOW - 60, now=NOW)).readings


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[tuple[Source, list[web.Request]]]:
    seen: list[web.Request] = []

    async def noted(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        return await answer(request)

    async with serving(noted) as url, aiohttp.ClientSession() as session:
        yield Source(f"{url}/shop", session), seen


def status(code: int, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=code, headers=headers)

    return answer


@pytest.mark.parametrize(("code", "healthy"), [(200, 1.0), (204, 1.0), (404, 0.0), (500, 0.0), (503, 0.0)])
async def test_an_answer_says_how_it_is(code: int, healthy: float) -> None:
    async with answering(status(code)) as (source, seen):
        (reading,) = await read(source, "/healthz?deep=1")
    assert reading == Reading("health", "candidate", healthy, 1.0, NOW, note=f"/healthz answered {code}")
    assert [request.path_qs for request in seen] == ["/shop/healthz?deep=1"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (401, "provider: the probe's target wants credentials (401)"),
        (403, "provider: the probe's target forbids the probe (403)"),
        (429, "provider: the probe's target has been asked too often (429)"),
    ],
)
async def test_an_answer_about_who_asks_says_nothing_of_health(code: int, error: str) -> None:
    async with answering(status(code)) as (source, _):
        (reading,) = await read(source)
    assert reading == Reading("health", "candidate", 0.0, 0.0, NOW, error)


async def test_each_track_has_instances_of_its_own() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=503 if request.path.startswith("/canary/") else 200)

    async with serving(answer) as url, aiohttp.ClientSession() as session:
        found = await read(Source(f"{url}/$track", session))
    assert [(it.track, it.good) for it in found] == [("candidate", 0.0), ("baseline", 1.0)]


async def test_redirects_are_followed_on_the_same_host_and_nowhere_else() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/shop/healthz":
            return web.Response(status=302, headers={"location": "/shop/healthz/"})
        return web.Response(status=200)

    async with answering(answer) as (source, seen):
        (reading,) = await read(source)
    assert (reading.good, len(seen)) == (1.0, 2)

    async with answering(status(200)) as (elsewhere, elsewhere_seen):
        for where in (elsewhere.url, "http://169.254.169.254/latest", "file:///etc/passwd", "//other.example/"):
            async with answering(status(301, location=where)) as (source, _):
                (reading,) = await read(source)
            assert reading.error == "provider: the probe is redirected elsewhere (301), which is not followed"
    assert elsewhere_seen == []

    async with answering(status(302, location="/shop/healthz")) as (source, seen):
        (reading,) = await read(source)
    assert reading.error == "provider: the probe is redirected in circles"
    assert len(seen) == probe.MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "path",
    [
        "/%2e%2e/admin",
        "/a/%252e%252e/b",
        "/./x",
        "/a//b",
        "/%5c%5cother/x",
        "/a%0d%0ax: y",
        "//other.example",
        "healthz",
    ],
)
def test_a_path_never_leads_out_of_its_target(path: str) -> None:
    with pytest.raises(probe.NotAsked, match="query: the probe's path is none"):
        probe.address("https://shop.example/inner", path)


def test_addresses_keep_their_host_and_lose_their_password() -> None:
    assert (
        probe.address("https://u:p@shop.example:8443/in/", "/healthz?x=1@2")
        == "https://shop.example:8443/in/healthz?x=1@2"
    )
    assert probe.address("https://shop.example", "/@other.example/x") == "https://shop.example/@other.example/x"


async def test_credentials_of_the_operator_go_to_the_target() -> None:
    async with answering(status(200)) as (source, seen):
        await read(Source(source.url.replace("http://", "http://probe:s%3Acret@"), source.session))
    assert seen[0].headers["authorization"] == aiohttp.encode_basic_auth("probe", "s:cret")


async def raw(reply: bytes) -> tuple[asyncio.Server, str]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("reply", "note"),
    [
        (b"", "/healthz closed the connection without an answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "/healthz answered with something that is not HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n", "/healthz answered 200"),
    ],
)
async def test_whoever_is_reached_and_does_not_answer_is_unhealthy(reply: bytes, note: str) -> None:
    server, url = await raw(reply)
    async with server, aiohttp.ClientSession() as session:
        (reading,) = await read(Source(url, session))
    assert (reading.error, reading.note) == ("", note)


async def test_nobody_who_listens_and_nobody_who_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    monkeypatch.setattr(probe, "ANSWER_WAIT", 0.1)
    async with aiohttp.ClientSession() as session:
        async with serving(silent) as gone:
            (slow,) = await read(Source(gone, session))
        (refused,) = await read(Source(gone, session))
        (lost,) = await read(Source("http://shop.invalid", session))
        async with serving(silent) as plain:
            (unsafe,) = await read(Source(plain.replace("http:", "https:"), session))
    assert (slow.total, slow.note) == (1.0, "/healthz gave no answer within 0.1 s")
    assert (refused.total, refused.note) == (1.0, "/healthz refused the connection")
    assert lost.error.startswith("provider: the probe does not get there (Client")
    assert unsafe.error.startswith("provider: the probe does not get there (Client")


async def test_names_that_the_operator_has_not_defined() -> None:
    both = [HEALTH, Query("error_rate")]
    measured = await measure({}, {}, slis(), both, since=NOW - 60, now=NOW)
    assert {(it.sli, it.track, it.error) for it in measured.readings} == {
        (name, track, f"server: the operator has configured {what}")
        for name, what in (
            ("health", "no probe target called shop-prod"),
            ("error_rate", "no SLI server called prometheus"),
        )
        for track in ("candidate", "baseline")
    }
