"""Queries tried before anything moves, on the sandbox's own answers and on servers that refuse or are away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web

from bot.policy import Policy
from sandbox.prometheus import Metrics
from sandbox.promql.tree import QueryError
from sandbox.service import Shop
from tests.unit.builders import SLIS, policy, production
from tests.unit.workers.local_github import serving
from workers.preflight import OVER, budget, tried, try_out
from workers.sli import Source
from workers.tools import Tools

START = 1_800_000_000.0
NOW = START + 3600


@asynccontextmanager
async def serves(*, away: bool = False, outage: float = 0.0) -> AsyncIterator[Tools]:
    """A shop that has served 40 requests per second for an hour, the last `outage` seconds of it in trouble."""
    shop = Shop(rps=40)
    shop.install(START, "production", "a" * 40)
    if outage:
        shop.set_outage(NOW - outage, True)
    metrics = Metrics(shop, lambda: NOW)

    async def answer(request: web.Request) -> web.Response:
        if away:
            return web.Response(status=503)
        try:
            return web.json_response({"status": "success", "data": metrics.query(request.query)})
        except QueryError as error:
            return web.json_response({"status": "error", "errorType": "bad_data", "error": str(error)}, status=400)

    async with serving(answer) as url, aiohttp.ClientSession() as session:
        yield cast(Tools, SimpleNamespace(slis={"prometheus": Source(url, session)}, probes={}))


def judged(*when: str, slis: Any = None, **keys: Any) -> Policy:
    rules = {
        "mode": "automatic",
        "when": list(when or ("Error rate > 1%", "p99 latency > 500ms", "health fails", "nonsense")),
    }
    known = SLIS | {"latency": {"histogram": 'http_request_duration_seconds{track="$track"}'}}
    health = {"health": {"probe": {"target": "shop-prod"}}}
    return policy(environments={"production": production(rollback=rules, **keys)}, slis=known | health | (slis or {}))


async def test_each_query_is_tried_on_what_serves() -> None:
    rules = judged()
    async with serves() as tools:
        found = {it.key: it for it in (await tried(tools, rules, rules.environments["production"], NOW))[0]}
    assert list(found) == ["error_rate", "latency<=0.5s", "health"]
    rate = found["error_rate"]
    assert (rate.fault, rate.over, rate.sli) == ("", OVER, "error_rate")
    assert rate.total / rate.over == pytest.approx(40, rel=0.02)
    assert 1 - rate.good / rate.total == pytest.approx(0.001, rel=0.2)
    assert found["latency<=0.5s"].sli == "latency"
    assert (found["health"].fault, found["health"].why) == (
        "server",
        "the operator has configured no probe target called shop-prod",
    )


@pytest.mark.parametrize(
    ("total", "fault", "why"),
    [
        ("sum(increase(http_requests_total{track=}[$window]))", "query", "all requests: invalid parameter"),
        (
            'sum(increase(nosuch{track="$track"}[$window]))',
            "no data",
            "the query for all requests finds nothing for baseline",
        ),
    ],
)
async def test_a_query_that_is_wrong_and_one_that_finds_nothing(total: str, fault: str, why: str) -> None:
    rules = judged("Error rate > 1%", slis={"error_rate": {"bad": SLIS["error_rate"]["bad"], "total": total}})
    async with serves() as tools:
        ((found,), _) = await tried(tools, rules, rules.environments["production"], NOW)
    assert found.fault == fault
    assert found.why.startswith(why)


async def test_a_threshold_between_two_buckets_is_told_beforehand() -> None:
    rules = judged("p99 latency > 300ms")
    async with serves() as tools:
        found, remarks, left = await try_out(tools, rules, rules.environments["production"], NOW)
    assert [it.fault for it in found] == ["", ""]
    assert [remark.partition(":")[0] for remark in remarks] == ["Approximate"]
    assert left is None


async def test_a_server_that_is_away_is_a_fact_like_any_other() -> None:
    rules = judged("Error rate > 1%")
    async with serves(away=True) as tools:
        ((found,), _) = await tried(tools, rules, rules.environments["production"], NOW)
    assert found.fault == "provider"


async def test_nothing_is_asked_where_nothing_is_judged() -> None:
    rules = judged("Any SEV-1 incident")
    async with serves(away=True) as tools:
        assert await tried(tools, rules, rules.environments["production"], NOW) == ((), ())
        assert await tried(tools, rules, None, NOW) == ((), ())
        assert await budget(tools, rules, rules.environments["production"], NOW) is None


PRICED = {"error_rate": SLIS["error_rate"] | {"slo": {"target": "99.9%", "over": "30d"}}}


@pytest.mark.parametrize(
    ("target", "outage", "left"), [("99%", 0.0, 0.9), ("99%", 180.0, -0.1), ("99.9%", 0.0, 0.0), ("90%", 360.0, 0.79)]
)
async def test_what_is_left_of_the_budget(target: str, outage: float, left: float) -> None:
    slis = {"error_rate": SLIS["error_rate"] | {"slo": {"target": target, "over": "30d"}}}
    rules = judged("Error rate > 1%", slis=slis, budget_left="10%")
    async with serves(outage=outage) as tools:
        found = await budget(tools, rules, rules.environments["production"], NOW)
    assert found is not None
    assert found.left == pytest.approx(left, abs=0.03)


async def test_a_budget_that_cannot_be_read() -> None:
    rules = judged("Error rate > 1%", slis=PRICED, budget_left="10%")
    async with serves(away=True) as tools:
        found = await budget(tools, rules, rules.environments["production"], NOW)
    assert found is not None
    assert (found.left, found.why) == (None, "provider: Prometheus: answered 503 with something that is not JSON")
    nothing = {"error_rate": PRICED["error_rate"] | {"total": "sum(increase(nosuch[$window]))"}}
    rules = judged("Error rate > 1%", slis=nothing, budget_left="10%")
    async with serves() as tools:
        found = await budget(tools, rules, rules.environments["production"], NOW)
    assert found is not None
    assert (found.left, found.why) == (None, "there is nothing to count")
