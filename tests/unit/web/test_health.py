"""What operators and their probes are told, and the headers that every page carries."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import create_app
from bot.decision import Audit, Decision
from bot.policy import json_schema
from bot.queue import Queue
from bot.subject import environment
from bot.web.health import LAST_TICK
from tests.unit.web.conftest import NOW, Receiver, client_of


async def test_ready_when_everything_answers(receiver: Receiver) -> None:
    await receiver.store.set_cursor(LAST_TICK, str(NOW - 3), NOW - 3)
    answer = await receiver.http.get("/readyz")
    assert answer.status_code == 200
    said = answer.json()
    assert said["ready"]
    assert said["redis"]["ok"]
    assert said["database"]["ok"]
    assert said["tick"] == {"ok": True, "age": 3.0}


@pytest.mark.parametrize(("age", "word"), [(None, "start"), (61.0, "stopped")])
async def test_not_ready_without_a_clock(receiver: Receiver, age: float | None, word: str) -> None:
    if age is not None:
        await receiver.store.set_cursor(LAST_TICK, str(NOW - age), NOW - age)
    answer = await receiver.http.get("/readyz")
    assert answer.status_code == 503
    assert not answer.json()["tick"]["ok"]
    assert word in answer.json()["tick"]["fix"]
    assert answer.json()["redis"]["ok"]


async def test_a_slow_clock_is_given_its_time(receiver: Receiver) -> None:
    await receiver.store.set_cursor(LAST_TICK, str(NOW - 200), NOW - 200)
    app = create_app(replace(receiver.settings, tick_seconds=60.0), receiver.store, receiver.queue, clock=lambda: NOW)
    async with client_of(app) as http:
        assert (await http.get("/readyz")).status_code == 200


async def test_not_ready_without_redis_but_alive(receiver: Receiver, tmp_path: Path) -> None:
    async with (
        Queue.connect(f"unix://{tmp_path}/nobody.sock") as nowhere,
        client_of(create_app(receiver.settings, receiver.store, nowhere, clock=lambda: NOW)) as http,
    ):
        ready, alive = await http.get("/readyz"), await http.get("/healthz")
    assert ready.status_code == 503
    redis = ready.json()["redis"]
    assert (redis["ok"], redis["error"]) == (False, "no answer")
    assert "Start the Redis server again" in redis["fix"]
    assert ready.json()["database"]["ok"]
    assert str(tmp_path) not in ready.text
    assert alive.status_code == 200


async def test_a_clock_that_cannot_tick_is_not_to_blame(receiver: Receiver, tmp_path: Path) -> None:
    await receiver.store.set_cursor("last_tick", repr(NOW - 3600), NOW)
    async with (
        Queue.connect(f"unix://{tmp_path}/nobody.sock") as nowhere,
        client_of(create_app(receiver.settings, receiver.store, nowhere, clock=lambda: NOW)) as http,
    ):
        tick = (await http.get("/readyz")).json()["tick"]
    assert not tick["ok"]
    assert tick["fix"] == "The clock cannot tick before the parts above answer."


async def test_the_front_page_says_what_this_is(receiver: Receiver) -> None:
    answer = await receiver.http.get("/")
    assert answer.status_code == 200
    assert "<h1>Tagboat</h1>" in answer.text
    assert "No App is connected" not in answer.text
    app = create_app(replace(receiver.settings, app_id="", webhook_secrets=()), receiver.store, receiver.queue)
    async with client_of(app) as http:
        assert "No App is connected" in (await http.get("/")).text


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/webhooks", "/nothing/here"])
async def test_every_answer_says_what_a_browser_may_do_with_it(receiver: Receiver, path: str) -> None:
    headers = (await receiver.http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers


async def test_https_is_promised_where_it_is_used(receiver: Receiver) -> None:
    settings = replace(receiver.settings, public_url="https://tagboat.example.test")
    async with client_of(create_app(settings, receiver.store, receiver.queue)) as http:
        assert "max-age" in (await http.get("/")).headers["strict-transport-security"]


async def test_metrics_are_prometheus_s(receiver: Receiver) -> None:
    answer = await receiver.http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE tagboat_delivery_seconds histogram" in answer.text


async def test_refusals_are_counted_by_reason_code(receiver: Receiver) -> None:
    lines = [
        Audit("alice", "/deploy", outcome, "why") for outcome in ("draft", "accepted", "draft", "a stranger's word")
    ]
    subject = environment(1, "production")
    await receiver.store.commit(subject, await receiver.store.load(subject), Decision("1", audit=tuple(lines)), NOW)
    said = (await receiver.http.get("/metrics")).text
    assert 'tagboat_refusals_total{code="draft"} 2.0' in said
    assert "accepted" not in said.split("tagboat_refusals_total", 1)[1]
    assert "stranger" not in said
    await receiver.store.commit(subject, await receiver.store.load(subject), Decision("2", audit=tuple(lines[:1])), NOW)
    assert 'tagboat_refusals_total{code="draft"} 2.0' in (await receiver.http.get("/metrics")).text, "within a minute"


async def test_the_schema_is_there_for_editors_anywhere(receiver: Receiver) -> None:
    answer = await receiver.http.get("/schema/tagboat.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/schema+json")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == json_schema()
