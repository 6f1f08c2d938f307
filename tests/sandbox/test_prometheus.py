"""Prometheus' query API over the sample service: a table of queries with answers, a table of mistakes, and the HTTP shape.

Long because two thirds of it are the two tables, which are read side by side.
"""

from collections.abc import Iterator
from math import isnan

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from sandbox.prometheus import Metrics, routes
from sandbox.promql.syntax import parse, seconds_of
from sandbox.promql.tree import QueryError
from sandbox.series import number_text
from sandbox.service import Fault, Shop

A, B = "a" * 40, "b" * 40
START = 1_800_000_000.0
NOW = START + 120

Rows = dict[tuple[tuple[str, str], ...], float]


@pytest.fixture
def shop() -> Shop:
    """A minute of A alone, then a minute of A and a broken, slow B with half of 40 requests per second each."""
    shop = Shop(rps=40)
    shop.install(START, "production", A)
    shop.strike(START, Fault.BROKEN)
    shop.strike(START, Fault.SLOW)
    shop.shift(START + 60, "production", B, 50)
    return shop


def ask(shop: Shop, query: str, at: float = NOW) -> float | Rows:
    answer = Metrics(shop, lambda: NOW).query({"query": query, "time": str(at)})
    result = answer["result"]
    assert isinstance(result, list)
    if answer["resultType"] == "scalar":
        return float(result[1])
    assert answer["resultType"] == "vector"
    return {tuple(sorted(row["metric"].items())): float(row["value"][1]) for row in result}


def one(shop: Shop, query: str, at: float = NOW) -> float:
    rows = ask(shop, query, at)
    assert isinstance(rows, dict)
    assert list(rows) == [()], rows
    return rows[()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # The policy's own questions
        ('sum(increase(http_requests_total{track="canary"}[60s]))', 1199),
        ('sum(increase(http_requests_total{track="canary",code=~"5.."}[60s]))', 241),
        ('sum(increase(http_requests_total{track="baseline"}[2m]))', 3600),
        ('sum(increase(http_requests_total{track="baseline",code=~"5.."}[2m]))', 3),
        ('sum(increase(log_messages_total{track="canary",level="error"}[60s]))', 241),
        # Matchers
        ('sum(http_requests_total{track!="canary",code!="200"})', 3),
        ('sum(increase(http_requests_total{track=~"can.*|x"}[1m]))', 1199),
        ('sum(increase(http_requests_total{track!~"base.+"}[1m]))', 1199),
        ('count(http_requests_total{nosuch=""})', 4),
        ('count({__name__=~"http_requests_.*"})', 4),
        ("count(http_requests_total{code=~'5..',})", 2),
        # Functions, aggregation
        ('sum(rate(http_requests_total{track="baseline"}[2m]))', 30),
        ("count(up)", 2),
        ("sum(up)", 2),
        ("count(sum by (code) (http_requests_total))", 2),
        ('histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{track="baseline"}[2m])))', 0.2),
        ('histogram_quantile(0.5, sum(increase(http_request_duration_seconds_bucket{track="baseline"}[2m])) by (le))', 0.032),
        # What the bot asks to know how old a sample is, and what people write so that nothing counts as none
        ('max(timestamp(http_requests_total{track="canary"}) or timestamp(log_messages_total{track="canary"}))', NOW),
        ("sum(nosuch) or vector(0)", 0),
        ("sum(up) or vector(0)", 2),
        ("max(http_requests_total) - min(http_requests_total)", 3597 - 3),
        ("avg(up)", 1),
        ("count(up and http_requests_total{nosuch='x'} or up{track='canary'})", 1),
        ("count(up unless up{track='canary'})", 1),
        # Arithmetic between vectors and scalars
        ('sum(increase(http_requests_total{track="canary",code="500"}[1m])) / sum(increase(http_requests_total{track="canary"}[1m]))', 241 / 1199),
        ("sum(up) * 3 + 1", 7),
        ("1 + sum(up) * 3", 7),
        ("(1 + sum(up)) * 3", 9),
        ("2 - sum(up)", 0),
        ("-sum(up)", -2),
        ("sum(up) > 1", 2),
        ("sum(up) >= bool 3", 0),
        ("sum(up) == 2", 2),
        ("# a comment\nsum(up)\n", 2),
    ],
)  # fmt: skip
def test_queries_with_one_answer(shop: Shop, query: str, expected: float) -> None:
    # approx: the histogram's counters are whole numbers, so that quantiles are off by a little
    assert one(shop, query) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("1", 1),
        ("0x10 + 1e1 + .5", 26.5),
        ("1 - 2 - 3", -4),
        ("2 + 3 * 4", 14),
        ("8 / 4 / 2", 1),
        ("1 < bool 2", 1),
        ("1 / 0", float("inf")),
        ("-1 / 0", float("-inf")),
        ("Inf", float("inf")),
        ("--1", 1),
    ],
)
def test_scalars(shop: Shop, query: str, expected: float) -> None:
    assert ask(shop, query) == expected


def test_nothing_divided_by_nothing_is_not_a_number(shop: Shop) -> None:
    answer = ask(shop, "0 / 0")
    assert isinstance(answer, float)
    assert isnan(answer)
    shop.set_idle(NOW - 30, True)
    query = "sum(increase(http_requests_total{code='500'}[10s])) / sum(increase(http_requests_total[10s]))"
    assert isnan(one(shop, query))
    assert isnan(
        one(shop, "histogram_quantile(0.9, sum by (le) (increase(http_request_duration_seconds_bucket[10s])))")
    )


@pytest.mark.parametrize(
    "query",
    [
        'sum(increase(http_requests_total{track="green"}[5m]))',
        "nosuch",
        "nosuch > 1",
        "sum(up) > 2",
        "nosuch + sum(up)",
        "sum(nosuch) / sum(up)",
        "count(nosuch)",
        'up{track="canary"} + up{track="baseline"}',  # nothing matches: the labels differ
        "histogram_quantile(0.9, nosuch)",
    ],
)
def test_nothing_is_an_empty_vector(shop: Shop, query: str) -> None:
    assert ask(shop, query) == {}


def test_grouping_keeps_the_labels_asked_for(shop: Shop) -> None:
    rows = ask(shop, "sum by (track, code) (increase(http_requests_total[1m]))")
    assert rows == {
        (("code", "200"), ("track", "baseline")): 1199,
        (("code", "500"), ("track", "baseline")): 1,
        (("code", "200"), ("track", "canary")): 958,
        (("code", "500"), ("track", "canary")): 241,
    }
    assert rows == ask(shop, "sum(increase(http_requests_total[1m])) by (track, code)")


def test_vectors_match_on_equal_labels_and_lose_their_name(shop: Shop) -> None:
    errors = "sum by (track) (increase(http_requests_total{code='500'}[1m]))"
    rows = ask(shop, f"{errors} / sum by (track) (increase(http_requests_total[1m]))")
    assert isinstance(rows, dict)
    assert rows[("track", "canary"),] == pytest.approx(241 / 1199)
    assert rows[("track", "baseline"),] == pytest.approx(1 / 1200)
    (labels,) = ask(shop, 'up{track="canary"} * 5')  # type: ignore[misc]
    assert "__name__" not in dict(labels)


def test_a_comparison_that_filters_keeps_name_and_value(shop: Shop) -> None:
    rows = ask(shop, 'http_requests_total{track="canary"} > 500')
    assert isinstance(rows, dict)
    ((labels, value),) = rows.items()
    assert dict(labels)["__name__"] == "http_requests_total"
    assert dict(labels)["code"] == "200"
    assert value == 958
    assert ask(shop, '500 < http_requests_total{track="canary"}') == {labels: 958}


def test_a_series_is_there_only_while_its_instances_run(shop: Shop) -> None:
    assert ask(shop, 'up{track="canary"}', START + 59) == {}
    assert one(shop, 'count(up{track="canary"})', START + 61) == 1
    shop.shift(NOW - 30, "production", B, 0)
    assert ask(shop, 'up{track="canary"}') == {}
    assert one(shop, 'sum(increase(http_requests_total{track="canary"}[1m]))') == pytest.approx(600, abs=20)
    assert ask(shop, 'sum(increase(http_requests_total{track="canary"}[30s]))') == {}


def test_the_past_can_be_asked_for_and_the_future_is_not_known(shop: Shop) -> None:
    assert one(shop, "sum(http_requests_total)", START + 60) == pytest.approx(2400, abs=1)
    assert one(shop, "sum(http_requests_total)", NOW + 200) == one(shop, "sum(http_requests_total)", NOW)
    assert ask(shop, "sum(http_requests_total)", NOW + 301) == {}
    assert ask(shop, "sum(http_requests_total)", START - 1) == {}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "no expression found in input"),
        ("   ", "no expression found in input"),
        ("sum(", "unexpected 'end of input'"),
        ("sum(up", "1:7: parse error"),
        ("sum(up))", "1:8: parse error: unexpected ')'"),
        ("up{", "expected identifier"),
        ("up{track}", "expected operator"),
        ("up{track=canary}", "expected string"),
        ('up{track=~"("}', "error parsing regexp"),
        ("{}", "must contain at least one non-empty matcher"),
        ('{track=""}', "must contain at least one non-empty matcher"),
        ('{track=~".*"}', "must contain at least one non-empty matcher"),
        ("increase(up)", 'expected type range vector in call to function "increase", got instant vector'),
        ("increase(up[5m], 1)", "expected 1 argument(s)"),
        ("sum(up[5m])", "expected type instant vector in aggregation expression, got range vector"),
        ("sum(1)", "got scalar"),
        ("up[5m] + 1", "binary expression must contain only scalar and instant vector types"),
        ("-up[5m]", "unary expression"),
        ("1 > 2", "comparisons between scalars must use BOOL modifier"),
        ("up[5]", "expected a duration"),
        ("up[0s]", "expected a duration"),
        ("sum(up)[5m]", "ranges only allowed for vector selectors"),
        ("up[5m:1m]", "subqueries are not supported"),
        ("up offset 5m", "'offset' is not supported"),
        ("up @ 5", "'@' is not supported"),
        ("up and 1", "set operator 'and' not allowed in binary scalar expression"),
        ("1 or 2", "set operator 'or' not allowed in binary scalar expression"),
        ("timestamp(up[5m])", 'expected type instant vector in call to function "timestamp", got range vector'),
        ("up / on(track) up", "'on' is not supported"),
        ("sum without (le) (up)", "'without' is not supported"),
        ("topk(1, up)", "unknown function with name 'topk'"),
        ("histogram_quantile(up, up)", "expected type scalar"),
        ("5m", "unexpected '5m'"),
        ("1 2", "unexpected '2'"),
        ("up ~ 2", "unexpected character"),
        ("up\n  + ]", "2:5: parse error: unexpected ']'"),
        ("(" * 80 + "1" + ")" * 80, "nested too deeply"),
        ("-" * 200 + "1", "nested too deeply"),
        ("1" * 20_000, "longer than"),
    ],
)
def test_mistakes_are_named(shop: Shop, query: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        ask(shop, query)
    assert message in str(caught.value)
    assert str(caught.value).startswith('invalid parameter "query": ')
    assert caught.value.kind == "bad_data"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("sum by (track) (up) + up * 0 + {job='shop', code='200'}", None),
        ('http_requests_total{track="canary"} + log_messages_total{track="canary"}', None),
        ("increase({job='shop',track='canary',code=''}[1m])", "same labelset"),
        ("up + {job='shop',level='',code='',le=''}", "found duplicate series"),
    ],
)
def test_what_cannot_be_matched_is_an_execution_error(shop: Shop, query: str, message: str | None) -> None:
    if message is None:
        assert ask(shop, query) == {}
        return
    with pytest.raises(QueryError, match=message) as caught:
        ask(shop, query)
    assert caught.value.kind == "execution"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5m", 300), ("1h30m", 5400), ("500ms", 0.5), ("2d", 172800), ("5", None), ("m", None), ("", None), ("5 m", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.1, "0.1"), (1e21, "1000000000000000000000"), (float("inf"), "+Inf"), (float("-inf"), "-Inf"),
     (float("nan"), "NaN"), (1e-7, "0.0000001"), (-0.5, "-0.5")],
)  # fmt: skip
def test_values_are_written_as_prometheus_does(value: float, text: str) -> None:
    assert number_text(value) == text


def test_string_escapes(shop: Shop) -> None:
    assert ask(shop, r'up{track="\"x\"\n"}') == {}
    assert one(shop, 'sum(increase(http_requests_total{code=~`5\\d\\d`,track="canary"}[1m]))') == 241
    assert parse('up{track="a\\\\b"}') is not None


# The HTTP shape


@pytest.fixture
def down() -> list[bool]:
    return [False]


@pytest.fixture
def client(shop: Shop, down: list[bool]) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes(shop, lambda: NOW, lambda: down[0]))) as client:
        yield client


QUERY = 'sum(increase(http_requests_total{track="canary"}[60s]))'


def test_get_and_post_answer_alike(client: TestClient) -> None:
    got = client.get("/prometheus/api/v1/query", params={"query": QUERY, "time": str(NOW)})
    posted = client.post("/prometheus/api/v1/query", data={"query": QUERY, "time": str(NOW)})
    assert got.status_code == posted.status_code == 200
    assert got.headers["content-type"] == "application/json"
    assert got.json() == posted.json()
    assert got.json() == {
        "status": "success",
        "data": {"resultType": "vector", "result": [{"metric": {}, "value": [NOW, "1199"]}]},
    }


def test_the_time_may_be_left_out_or_rfc_3339(client: TestClient) -> None:
    present = client.get("/prometheus/api/v1/query", params={"query": QUERY}).json()
    assert present["data"]["result"][0]["value"] == [NOW, "1199"]
    dated = client.get("/prometheus/api/v1/query", params={"query": QUERY, "time": "2027-01-15T08:02:00Z"}).json()
    assert dated == present


@pytest.mark.parametrize("time", ["yesterday", "nan", "inf", "1e300", "2027-01-15T08:02:00"])
def test_a_time_that_is_none_is_bad_data(client: TestClient, time: str) -> None:
    answer = client.get("/prometheus/api/v1/query", params={"query": "1", "time": time})
    assert answer.status_code == 400
    assert answer.json()["errorType"] == "bad_data"
    assert answer.json()["error"].startswith('invalid parameter "time"')


def test_errors_have_prometheus_shape(client: TestClient) -> None:
    answer = client.get("/prometheus/api/v1/query", params={"query": "sum("})
    assert answer.status_code == 400
    assert answer.json() == {
        "status": "error",
        "errorType": "bad_data",
        "error": "invalid parameter \"query\": 1:5: parse error: unexpected 'end of input'",
    }
    answer = client.get("/prometheus/api/v1/query", params={"query": "increase({job='shop'}[1m])"})
    assert answer.status_code == 422
    assert answer.json()["errorType"] == "execution"
    assert client.post("/prometheus/api/v1/query", content=b"\xff\xfe").status_code == 400
    assert client.post("/prometheus/api/v1/query", content=b"query=" + b"1" * 200_000).status_code == 400


def test_scalars_and_raw_ranges(client: TestClient) -> None:
    scalar = client.get("/prometheus/api/v1/query", params={"query": "1.5"}).json()
    assert scalar["data"] == {"resultType": "scalar", "result": [NOW, "1.5"]}
    matrix = client.get("/prometheus/api/v1/query", params={"query": 'up{track="canary"}[1m]'}).json()
    assert matrix["data"]["resultType"] == "matrix"
    values = matrix["data"]["result"][0]["values"]
    assert len(values) == 12
    assert values[-1] == [NOW, "1"]


def test_query_range_answers_a_point_per_step(client: TestClient) -> None:
    asked = {"query": "sum(up)", "start": str(START), "end": str(NOW), "step": "30s"}
    answer = client.get("/prometheus/api/v1/query_range", params=asked).json()
    assert answer["data"]["resultType"] == "matrix"
    (line,) = answer["data"]["result"]
    assert line["values"] == [
        [START, "1"], [START + 30, "1"], [START + 60, "2"], [START + 90, "2"], [NOW, "2"],
    ]  # fmt: skip
    assert client.post("/prometheus/api/v1/query_range", data=asked).json() == answer


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"end": str(START - 1)}, "end timestamp must not be before start timestamp"),
        ({"step": "0"}, "zero or negative query resolution"),
        ({"step": "-5"}, "zero or negative query resolution"),
        ({"step": "often"}, "to a valid duration"),
        ({"start": ""}, 'invalid parameter "start"'),
        ({"step": "0.001"}, "exceeded maximum resolution of 11,000 points"),
        ({"query": "up[5m]"}, 'invalid expression type "range vector" for range query'),
        ({"query": "sum("}, "parse error"),
    ],
)
def test_query_range_mistakes(client: TestClient, change: dict[str, str], message: str) -> None:
    asked = {"query": "up", "start": str(START), "end": str(NOW), "step": "15"} | change
    answer = client.get("/prometheus/api/v1/query_range", params=asked)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_metrics_down_is_a_503_for_all_but_the_service_itself(client: TestClient, down: list[bool]) -> None:
    assert client.get("/prometheus/-/healthy").status_code == 200
    down[0] = True
    assert client.get("/prometheus/api/v1/query", params={"query": "up"}).status_code == 503
    assert client.post("/prometheus/api/v1/query_range").status_code == 503
    assert client.get("/prometheus/-/healthy").status_code == 503
    assert "http_requests_total" in client.get("/metrics").text
