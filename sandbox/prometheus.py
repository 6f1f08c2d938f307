"""Prometheus' HTTP API over the sample service's series, so that whoever reads a real Prometheus can read the sandbox.

    GET|POST /prometheus/api/v1/query         query, time
    GET|POST /prometheus/api/v1/query_range   query, start, end, step
    GET      /prometheus/-/healthy            200 while it is up
    GET      /metrics                         the service itself, as text, for a real Prometheus to scrape
    GET      /service/ENVIRONMENT/TRACK/healthz   how the instances of a track are, for probes: 200 or 503

Answers have Prometheus' shape: values are strings, mistakes are `bad_data` with 400, and with the switch "metrics down"
everything under /prometheus answers 503, as a proxy in front of a dead server does. Time is the sandbox's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.promql.evaluate import Labels, Sample, Value, evaluate, labels_of, select
from sandbox.promql.syntax import parse, seconds_of
from sandbox.promql.tree import Expression, QueryError, Selector
from sandbox.series import all_series, exposition, number_text
from sandbox.service import Shop

LOOKBACK = 300.0  # seconds for which Prometheus still answers with the newest value it has
MOST_POINTS = 11_000
RAW_INTERVAL = 5.0  # seconds between the raw samples that a bare range selector answers with
MOST_BODY = 100_000

Json = dict[str, object]


def routes(shop: Shop, now: Callable[[], float], is_down: Callable[[], bool]) -> list[Route]:
    """The five addresses. `now` is the sandbox's clock in Unix seconds; `is_down` is the switch."""
    metrics = Metrics(shop, now)

    async def query(request: Request) -> Response:
        return await answer(request, metrics.query)

    async def query_range(request: Request) -> Response:
        return await answer(request, metrics.query_range)

    async def answer(request: Request, ask: Callable[[Mapping[str, str]], Json]) -> Response:
        if is_down():
            return PlainTextResponse("Service Unavailable\n", 503)
        try:
            return _json({"status": "success", "data": ask(await _parameters(request))})
        except QueryError as error:
            return _json(
                {"status": "error", "errorType": error.kind, "error": str(error)},
                400 if error.kind == "bad_data" else 422,
            )

    async def healthy(request: Request) -> Response:
        if is_down():
            return PlainTextResponse("Service Unavailable\n", 503)
        return PlainTextResponse("Prometheus Server is Healthy.\n")

    async def exposed(request: Request) -> Response:
        return Response(exposition(shop, now()), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def healthz(request: Request) -> Response:
        if shop.healthy(request.path_params["environment"], request.path_params["track"]):
            return PlainTextResponse("ok\n")
        return PlainTextResponse("not well\n", 503)

    return [
        Route("/service/{environment}/{track}/healthz", healthz),
        Route("/prometheus/api/v1/query", query, methods=["GET", "POST"]),
        Route("/prometheus/api/v1/query_range", query_range, methods=["GET", "POST"]),
        Route("/prometheus/-/healthy", healthy),
        Route("/metrics", exposed),
    ]


class Metrics:
    """Queries against one service, without HTTP. Both raise QueryError."""

    def __init__(self, shop: Shop, now: Callable[[], float]) -> None:
        self._shop, self._now = shop, now

    def query(self, asked: Mapping[str, str]) -> Json:
        """`data` of an instant query: a scalar, a vector, or raw samples for a bare range selector."""
        tree = _parsed(asked)
        at = _instant(asked, "time", self._now())
        if isinstance(tree, Selector) and tree.seconds is not None:
            return {"resultType": "matrix", "result": self._raw(tree, at, tree.seconds)}
        value = self._evaluate(tree, at)
        if isinstance(value, float):
            return {"resultType": "scalar", "result": _point(at, value)}
        return {
            "resultType": "vector",
            "result": [{"metric": dict(sample.labels), "value": _point(at, sample.value)} for sample in value],
        }

    def query_range(self, asked: Mapping[str, str]) -> Json:
        """`data` of a query at every step from start to end, both included."""
        start, end = _instant(asked, "start", None), _instant(asked, "end", None)
        if end < start:
            raise QueryError('invalid parameter "end": end timestamp must not be before start timestamp')
        step = _duration(asked.get("step", ""), "step")
        if step <= 0:
            raise QueryError(
                'invalid parameter "step": zero or negative query resolution step widths are not accepted. '
                "Try a positive integer"
            )
        if (end - start) / step > MOST_POINTS:
            raise QueryError(
                f"exceeded maximum resolution of {MOST_POINTS:,} points per timeseries. "
                "Try decreasing the query resolution (?step=XX)"
            )
        tree = _parsed(asked)
        if tree.kind == "range vector":
            raise QueryError(
                'invalid parameter "query": invalid expression type "range vector" for range query, '
                "must be Scalar or instant Vector"
            )
        lines: dict[Labels, list[list[object]]] = {}
        for index in range(int((end - start) / step + 1e-9) + 1):
            at = start + index * step
            value = self._evaluate(tree, at)
            for sample in [Sample((), value)] if isinstance(value, float) else value:
                lines.setdefault(sample.labels, []).append(_point(at, sample.value))
        result = [{"metric": dict(labels), "values": points} for labels, points in lines.items()]
        return {"resultType": "matrix", "result": result}

    def _evaluate(self, tree: Expression, at: float) -> Value:
        """The future is not known: for a while it looks like the present, as it does in Prometheus, and then empty."""
        now = self._now()
        known = all_series(self._shop) if at <= now + LOOKBACK else ()
        return evaluate(tree, known, min(at, now))

    def _raw(self, selector: Selector, at: float, seconds: float) -> list[Json]:
        if seconds / RAW_INTERVAL > MOST_POINTS:
            raise QueryError(f"exceeded maximum resolution of {MOST_POINTS:,} points per timeseries")
        until = min(at, self._now())
        first = int((at - seconds) // RAW_INTERVAL) + 1
        instants = [index * RAW_INTERVAL for index in range(first, int(until // RAW_INTERVAL) + 1)]
        result: list[Json] = []
        for series in select(selector, all_series(self._shop)):
            values = [(instant, series.value(instant)) for instant in instants]
            points = [_point(instant, value) for instant, value in values if value is not None]
            if points:
                result.append({"metric": dict(labels_of(series)), "values": points})
        return result


async def _parameters(request: Request) -> dict[str, str]:
    """The query string, and for POST the form too, which wins as it does in Prometheus."""
    found = dict(request.query_params)
    if request.method == "POST":
        body = await request.body()
        if len(body) > MOST_BODY:
            raise QueryError("error parsing form values: http: request body too large")
        try:
            found.update(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=100))
        except ValueError as error:
            raise QueryError(f"error parsing form values: {error}") from error
    return found


def _parsed(asked: Mapping[str, str]) -> Expression:
    try:
        return parse(asked.get("query", ""))
    except QueryError as error:
        raise QueryError(f'invalid parameter "query": {error}') from error


def _instant(asked: Mapping[str, str], name: str, default: float | None) -> float:
    """A time as Unix seconds or RFC 3339."""
    text = asked.get(name, "")
    if not text and default is not None:
        return default
    try:
        at = float(text)
    except ValueError:
        try:
            written = datetime.fromisoformat(text)
            at = written.timestamp() if written.tzinfo else float("nan")
        except (ValueError, OverflowError):
            at = float("nan")
    if not isfinite(at) or abs(at) > 1e12:
        raise QueryError(f'invalid parameter "{name}": cannot parse {text!r} to a valid timestamp')
    return at


def _duration(text: str, name: str) -> float:
    seconds = seconds_of(text)
    try:
        seconds = float(text) if seconds is None else seconds
    except ValueError:
        seconds = float("nan")
    if not isfinite(seconds):
        raise QueryError(f'invalid parameter "{name}": cannot parse {text!r} to a valid duration')
    return seconds


def _point(at: float, value: float) -> list[object]:
    return [round(at, 3), number_text(float(value))]


def _json(answer: Json, status: int = 200) -> Response:
    return Response(json.dumps(answer), status, media_type="application/json")
