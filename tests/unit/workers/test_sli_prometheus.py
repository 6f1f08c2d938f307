"""SLIs from Prometheus' API: what counts as good, what is no answer at all, and where we never go.

One half asks the sandbox's Prometheus over the sample service; the other a server that answers what real ones should not.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from math import isnan
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.policy.slis import Slis
from bot.rollout.evidence import Query, Reading
from sandbox.prometheus import Metrics
from sandbox.promql.tree import QueryError
from sandbox.service import Fault, Shop
from tests.unit.workers.local_github import serving
from workers.sli import PROVIDERS, Source, prometheus

START = 1_800_000_000.0
NOW = START + 120
A, B = "a" * 40, "b" * 40

SLIS = Slis.model_validate(
    {
        "error_rate": {
            "bad": 'sum(increase(http_requests_total{track="$track",code=~"5.."}[$window]))',
            "total": 'sum(increase(http_requests_total{track="$track"}[$window]))',
        },
        "latency": {"histogram": 'http_request_duration_seconds{track="$track"}'},
        "error_logs": {"count": 'sum(increase(log_messages_total{track="$track",level="error"}[$window]))'},
    }
)
ERRORS = Query("error_rate")

Answers = Callable[[str], Any]


def vector(*samples: tuple[Mapping[str, str], float | str], **more: Any) -> dict[str, Any]:
    result = [{"metric": dict(labels), "value": [NOW, str(value)]} for labels, value in samples]
    return {"status": "success", "data": {"resultType": "vector", "result": result}, **more}


@asynccontextmanager
async def answering_queries(answers: Answers) -> AsyncIterator[tuple[Source, list[web.Request]]]:
    """A server that answers each query with a document, or with a whole response."""
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append(request)
        document = answers(request.query["query"])
        return document if isinstance(document, web.StreamResponse) else web.json_response(document)

    async with serving(answer) as url, aiohttp.ClientSession() as session:
        yield Source(url, session), seen


async def read_one(source: Source, query: Query = ERRORS, *, slis: Slis = SLIS, since: float = NOW - 60) -> Reading:
    """The candidate's."""
    measured = await prometheus.read(source, slis, [query], since=since, now=NOW)
    return measured.readings[0]


# --- the sample service ----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def sample() -> AsyncIterator[Source]:
    """A minute of A alone, then a minute of A and a broken, slow B with half of 40 requests per second each."""
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.strike(START, Fault.BROKEN)
    shop.strike(START, Fault.SLOW)
    shop.shift(START + 60, "production", B, 50)
    metrics = Metrics(shop, lambda: NOW)

    async def answer(request: web.Request) -> web.Response:
        assert request.path == "/prometheus/api/v1/query"
        try:
            return web.json_response({"status": "success", "data": metrics.query(request.query)})
        except QueryError as error:
            return web.json_response({"status": "error", "errorType": "bad_data", "error": str(error)}, status=400)

    async with serving(answer) as url, aiohttp.ClientSession() as session:
        yield Source(f"{url}/prometheus", session)


async def test_what_a_broken_canary_and_its_baseline_did() -> None:
    queries = [ERRORS, Query("latency", slower_than=0.5), Query("error_logs"), Query("error_rate", window=30.0)]
    async with sample() as source:
        measured = await PROVIDERS["prometheus"](source, SLIS, queries, since=START + 60, now=NOW)
    assert measured.remarks == ()
    assert [(reading.sli, reading.track) for reading in measured.readings] == [
        (query.key, track) for query in queries for track in ("candidate", "baseline")
    ]
    assert not any(reading.error for reading in measured.readings)
    errors, errors_before, latency, latency_before, logs, _, recent, _ = measured.readings
    assert (errors.good, errors.total) == (1199 - 241, 1199)
    assert errors_before.total == pytest.approx(1200, abs=2)
    assert errors_before.good / errors_before.total > 0.99
    assert latency.total == errors.total
    assert latency.good / latency.total == pytest.approx(0.8, abs=0.02)
    assert latency_before.good == latency_before.total
    assert (logs.good, logs.total) == (0, 241)
    assert recent.total == pytest.approx(600, abs=30)


async def test_a_window_never_reaches_back_over_the_last_change_of_traffic() -> None:
    async with sample() as source:
        whole = await read_one(source, Query("error_rate"), since=START + 60)
        longer = await read_one(source, Query("error_rate", window=600.0), since=START + 60)
    assert (longer.good, longer.total) == (whole.good, whole.total)


async def test_a_threshold_between_two_buckets_is_said_to_be_approximate() -> None:
    async with sample() as source:
        exact = await prometheus.read(source, SLIS, [Query("latency", slower_than=0.5)], since=START + 60, now=NOW)
        between = await prometheus.read(source, SLIS, [Query("latency", slower_than=0.4)], since=START + 60, now=NOW)
    assert [reading.good for reading in between.readings] == [reading.good for reading in exact.readings]
    assert between.remarks == (
        "Approximate: http_request_duration_seconds has no bucket that ends at 400ms, "
        "so requests up to 500ms count as fast enough.",
    )


async def test_a_threshold_beyond_all_buckets_cannot_be_judged() -> None:
    async with sample() as source:
        reading = await read_one(source, Query("latency", slower_than=3600.0))
    assert reading.error == "no data: http_request_duration_seconds has no bucket that ends at 3600s or above: add one"


# --- answers of all kinds --------------------------------------------------------------------------------------------------------


async def test_what_is_asked() -> None:
    slis = Slis.model_validate(
        {"error_rate": {"bad": 'sum(b{t="$track",x="$1"}[$window])', "total": "sum(t[$window])"}}
    )
    async with answering_queries(lambda query: vector(({}, 100))) as (source, seen):
        measured = await prometheus.read(source, slis, [ERRORS], since=NOW - 60.7, now=NOW + 0.4)
    assert len(measured.readings) == 2
    assert sorted(request.query["query"] for request in seen) == sorted(
        [
            'sum(b{t="canary",x="$1"}[60s])',
            'sum(b{t="baseline",x="$1"}[60s])',
            *["sum(t[60s])"] * 2,
            *["max(timestamp(t))"] * 2,
        ]
    )
    assert {request.query["time"] for request in seen} == {f"{NOW:.3f}"}
    assert {request.path for request in seen} == {"/api/v1/query"}


@pytest.mark.parametrize(
    ("since", "now", "at"),
    [(0.0, 10.9, 10.0), (0.0, 299.9, 299.0), (0.0, 300.0, 300.0), (0.0, 314.9, 300.0), (7.0, 322.0, 315.0)],
)
def test_everybody_who_looks_in_the_same_seconds_looks_at_the_same_instant(since: float, now: float, at: float) -> None:
    assert prometheus.aligned(since, now) == at


@pytest.mark.parametrize(
    ("bad", "total", "good", "requests"),
    [
        (vector(({}, 3)), vector(({}, 1000)), 997, 1000),
        (vector(), vector(({}, 1000)), 1000, 1000),  # no series of errors: none happened
        (vector(({}, 0.2)), vector(({}, 999.6)), 1000, 1000),
        (vector(({}, 10.6)), vector(({}, 10.4)), 0, 10),  # rounding, never a negative count
        (vector(), vector(({}, 0)), 0, 0),
        ({"status": "success", "data": {"resultType": "scalar", "result": [NOW, "3"]}}, vector(({}, 9)), 6, 9),
        (vector(({}, 3), infos=["metric might not be a counter"]), vector(({}, 1000)), 997, 1000),
    ],
)
async def test_whole_numbers_of_requests(bad: Any, total: Any, good: float, requests: float) -> None:
    def answers(query: str) -> Any:
        return vector(({}, NOW)) if "timestamp" in query else bad if "5.." in query else total

    async with answering_queries(answers) as (source, _):
        reading = await read_one(source)
    assert reading == Reading("error_rate", "candidate", good, requests, NOW)


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf"])
@pytest.mark.parametrize("which", ["bad", "total"])
async def test_counts_that_are_none_are_passed_on_as_what_they_are(value: str, which: str) -> None:
    def answers(query: str) -> Any:
        return vector(({}, value if ("5.." in query) == (which == "bad") else 10))

    async with answering_queries(answers) as (source, _):
        reading = await read_one(source)
    assert isnan(reading.total)
    assert isnan(reading.good)
    assert reading.error == ""


def refusing(document: Any, status: int) -> Answers:
    return lambda query: web.json_response(document, status=status)


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        (lambda query: vector(), "no data: the query for all requests finds nothing for canary"),
        (lambda query: vector(({}, 1), warnings=["store api: \n timed out"]), "provider: all requests: Prometheus warns: store api: timed out"),
        (lambda query: vector(({"code": "200"}, 1), ({"code": "500"}, 2)), "query: the query for all requests gives 2 series where one is needed: wrap it in sum()"),
        (lambda query: {"status": "success", "data": {"resultType": "matrix", "result": []}}, "query: the query gives a matrix where a number is needed: wrap it in sum(increase(…[$window]))"),
        (lambda query: {"status": "success", "data": {"resultType": "vector", "result": [{}]}}, "provider: all requests: Prometheus' answer is none that we understand"),
        (lambda query: {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "many"]}]}}, "provider: all requests: Prometheus' answer is none that we understand"),
        (lambda query: {"status": "success"}, "provider: all requests: Prometheus' answer is none that we understand"),
        (lambda query: [], "provider: Prometheus: answered 200 with something that is not JSON"),
        (lambda query: web.Response(text="<html>", content_type="text/html"), "provider: Prometheus: answered 200 with something that is not JSON"),
        (lambda query: web.Response(text="Service Unavailable", status=503), "provider: Prometheus: answered 503 with something that is not JSON"),
        (refusing({"status": "error", "errorType": "unavailable", "error": "…"}, 503), "provider: Prometheus: answered 503"),
        (refusing({"status": "error", "errorType": "bad_data", "error": "parse error: \n unexpected }"}, 400), "query: all requests: parse error: unexpected }"),
        (refusing({"status": "error", "errorType": "execution", "error": "x" * 900}, 422), "query: all requests: " + "x" * 199 + "…"),
        (refusing({"message": "who are you"}, 401), "provider: Prometheus: answered 401"),
        (lambda query: web.Response(body=b" " * (1024 * 1024 + 1)), "provider: Prometheus: its answer is larger than 1 MiB"),
    ],
)  # fmt: skip
async def test_an_answer_that_proves_nothing_says_so(answers: Answers, error: str) -> None:
    async with answering_queries(answers) as (source, _):
        reading = await read_one(source)
    assert reading == Reading("error_rate", "candidate", 0, 0, NOW, error)


@pytest.mark.parametrize(
    ("query", "slis", "since", "error"),
    [
        (Query("latency", slower_than=0.5), Slis(), NOW - 60, "query: the policy describes no query for latency<=0.5s"),
        (Query("error_rate"), Slis(), NOW - 60, "query: the policy describes no query for error_rate"),
        (Query("saturation"), SLIS, NOW - 60, "query: the policy describes no query for saturation"),
        (Query("error_rate"), SLIS, NOW - 0.5, "no data: measuring has only just begun"),
        (
            Query("latency", slower_than=0.5),
            Slis.model_validate({"latency": {"histogram": "sum(http_seconds)"}}),
            NOW - 60,
            "query: `latency.histogram` must be a histogram's name with labels, like http_seconds{…}",
        ),
    ],
)
async def test_what_cannot_be_asked_is_not_asked(query: Query, slis: Slis, since: float, error: str) -> None:
    async with answering_queries(lambda query: vector(({}, 1))) as (source, seen):
        reading = await read_one(source, query, slis=slis, since=since)
    assert reading.error == error
    assert seen == []


BUCKETS = [({"le": "0.25"}, 60.2), ({"le": "0.5"}, 90), ({"le": "1"}, 95), ({"le": "+Inf"}, 100.4)]


@pytest.mark.parametrize(
    ("buckets", "outcome"),
    [
        (BUCKETS, (90, 100)),
        ([({"le": "5e-1"}, 90), ({"le": "Inf"}, 90)], (90, 90)),
        ([({"le": "0.5"}, 7), ({"le": "+Inf"}, 6)], (6, 6)),
        (BUCKETS[:3], "no data: http_seconds_bucket has no +Inf bucket, so nobody knows how many requests there were"),
        ([], "no data: http_seconds_bucket has no series for canary"),
        ([({}, 5)], "no data: http_seconds_bucket has series without a usable `le`"),
        ([({"le": "wide"}, 5)], "no data: http_seconds_bucket has series without a usable `le`"),
    ],
)
async def test_latency_is_counted_by_buckets(buckets: Any, outcome: tuple[float, float] | str) -> None:
    def answers(query: str) -> Any:
        return vector(({}, NOW)) if "timestamp" in query else vector(*buckets)

    slis = Slis.model_validate({"latency": {"histogram": "http_seconds"}})
    async with answering_queries(answers) as (source, seen):
        reading = await read_one(source, Query("latency", slower_than=0.5), slis=slis)
    assert ((reading.good, reading.total) if not reading.error else reading.error) == outcome
    assert seen[0].query["query"] == "sum by (le) (increase(http_seconds_bucket[60s]))"


@pytest.mark.parametrize(
    ("newest", "at"),
    [
        (vector(({}, NOW - 25.5)), NOW - 25.5),
        (vector(({}, NOW + 5)), NOW),
        (vector(), NOW - 60),  # was there, and is gone: no newer than the beginning of the window
        (vector(({}, "NaN")), NOW - 60),
        ({"status": "error", "errorType": "bad_data", "error": "unknown function timestamp"}, NOW),
    ],
)
async def test_a_reading_is_as_old_as_the_newest_sample_in_it(newest: Any, at: float) -> None:
    def answers(query: str) -> Any:
        return newest if "timestamp" in query else vector(({}, 10))

    async with answering_queries(answers) as (source, seen):
        reading = await read_one(source)
    assert (reading.at, reading.error) == (at, "")
    assert {request.query["query"] for request in seen if "timestamp" in request.query["query"]} == {
        'max(timestamp(http_requests_total{track="canary"}))',
        'max(timestamp(http_requests_total{track="baseline"}))',
    }


@pytest.mark.parametrize(
    ("total", "asked"),
    [
        ("sum(increase(a[$window])) + sum(increase(b{x=\"}[$window]\"}[$window]))", 'max(timestamp(a) or timestamp(b{x="}[$window]"}))'),
        ("sum(increase({__name__=~'a|b', t=`}`}[$window]))", "max(timestamp({__name__=~'a|b', t=`}`}))"),
        ("sum(increase(a[$window])) / sum(increase(a[$window]))", "max(timestamp(a))"),
        ("sum(increase(a[5m]))", None),
    ],
)  # fmt: skip
async def test_which_samples_count_is_read_from_the_query(total: str, asked: str | None) -> None:
    slis = Slis.model_validate({"error_rate": {"bad": "b", "total": total}})
    async with answering_queries(lambda query: vector(({}, 10))) as (source, seen):
        await read_one(source, slis=slis)
    fresh = {request.query["query"] for request in seen if "timestamp(" in request.query["query"]}
    assert fresh == ({asked.replace("$window", "60s")} if asked else set())
