"""Where the Prometheus reader goes, how long it waits, and what it never shows."""

import asyncio
import re

import aiohttp
import pytest
from aiohttp import web

from bot.rollout.evidence import Reading
from tests.unit.workers.local_github import cut_off, serving
from tests.unit.workers.test_sli_prometheus import ERRORS, NOW, SLIS, answering_queries, read_one, vector
from workers.sli import Measured, Source, prometheus


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_are_not_followed(status: int) -> None:
    reached: list[web.Request] = []

    async def stranger(request: web.Request) -> web.Response:
        reached.append(request)
        return web.json_response(vector(({}, 1)))

    async with serving(stranger) as elsewhere:

        def answers(query: str) -> web.Response:
            return web.Response(status=status, headers={"location": f"{elsewhere}/api/v1/query"})

        async with answering_queries(answers) as (source, _):
            reading = await read_one(source)
    assert reading.error == f"provider: Prometheus: redirects elsewhere ({status}), which is not followed"
    assert reached == []


async def test_nobody_there_silence_and_a_cut_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    monkeypatch.setattr(prometheus, "LONGEST_WAIT", 0.2)
    async with aiohttp.ClientSession() as session:
        async with serving(silent) as gone:
            assert (await read_one(Source(gone, session))).error == "provider: Prometheus: no answer within 0.2 s"
        assert re.fullmatch(
            r"provider: Prometheus: cannot be reached \(Client\w+\)", (await read_one(Source(gone, session))).error
        )
        async with serving(cut_off) as url:
            error = (await read_one(Source(url, session))).error
            assert error == "provider: Prometheus: cannot be reached (ServerDisconnectedError)"


async def test_without_a_server_nothing_is_measured() -> None:
    async with aiohttp.ClientSession() as session:
        measured = await prometheus.read(Source("", session), SLIS, [ERRORS], since=NOW - 60, now=NOW)
    assert measured == Measured(
        tuple(
            Reading("error_rate", track, 0, 0, NOW, "server: PROMETHEUS_URL is not set, so nothing can be measured")
            for track in ("candidate", "baseline")
        )
    )


async def test_credentials_in_the_address_are_sent_and_never_shown() -> None:
    async with answering_queries(lambda query: web.Response(status=503)) as (source, seen):
        secret = Source(source.url.replace("http://", "http://tagboat:s%3Acret@"), source.session)
        reading = await read_one(secret)
        async with serving(cut_off) as url:
            broken = await read_one(Source(url.replace("http://", "http://tagboat:s%3Acret@"), source.session))
    assert seen[0].headers["authorization"] == aiohttp.encode_basic_auth("tagboat", "s:cret")
    for shown in (repr(secret), reading.error, broken.error):
        assert "cret" not in shown
