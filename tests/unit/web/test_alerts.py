"""What Alertmanager posts: who may, what is kept and who is woken, and what is said to what cannot be taken."""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx2
import msgspec
import pytest

from bot.app import create_app
from bot.incident.model import Alert
from bot.queue import Queue
from bot.store import Store
from bot.subject import Repo, incident
from bot.web.alerts import CAP, Alerts, is_proven
from bot.web.metrics import Metrics
from tests.unit.web.conftest import NOW, Receiver, client_of, receiving, settings_for

TOKEN = "the token of our Alertmanager"
BEARER = f"Bearer {TOKEN}"
SHOP = Repo(55, "acme", "shop", 3, "main", private=False)
NAME = incident(55, "alert-c5f0a1b2d3e4f607")


def alert(**fields: Any) -> dict[str, Any]:
    """As Alertmanager 0.27 sends it. It began half an hour ago."""
    labels = {"alertname": "HighErrorRate", "repository": "acme/shop", "severity": "critical", "pod": "shop-1"}
    known: dict[str, Any] = {
        "status": "firing",
        "labels": labels | fields.pop("labels", {}),
        "annotations": {"summary": "5 % of the requests fail"},
        "startsAt": "2027-01-15T07:30:00.123Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://prometheus.example.test/graph?g0.expr=up",
        "fingerprint": "c5f0a1b2d3e4f607",
    }
    return known | fields


def notification(*alerts: dict[str, Any], **fields: Any) -> bytes:
    known = {
        "version": "4",
        "groupKey": '{}:{alertname="HighErrorRate"}',
        "truncatedAlerts": 0,
        "status": "firing",
        "receiver": "tagboat",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.example.test",
        "alerts": list(alerts or (alert(),)),
    }
    return json.dumps(known | fields).encode()


@pytest.fixture
async def receiver(redis_url: str, queue: Queue, sqlite_store: Store, tmp_path: Path) -> AsyncIterator[Receiver]:
    settings = replace(settings_for(tmp_path, redis_url), alerts_tokens=("an older token of ours", TOKEN))
    await sqlite_store.remember_repo(SHOP, NOW)
    async with receiving(settings, sqlite_store, queue) as made:
        yield made


async def post(receiver: Receiver, body: bytes, authorization: str = BEARER, **headers: str) -> httpx2.Response:
    sent = {"content-type": "application/json", "authorization": authorization} | headers
    return await receiver.http.post("/alerts", content=body, headers=sent)


async def kept(receiver: Receiver) -> list[Alert]:
    return [msgspec.convert(it.what, Alert) for it in (await receiver.store.load(NAME)).asked]


async def test_an_alert_is_kept_and_its_incident_woken(receiver: Receiver) -> None:
    answer = await post(receiver, notification())
    assert (answer.status_code, answer.json()) == (202, {"taken": 1, "unheard": []})
    (known,) = await kept(receiver)
    assert known == Alert(
        starts_at=1_799_998_200.123,
        ends_at=0.0,
        heard_at=NOW,
        severity=1,
        title="5 % of the requests fail",
        url="https://prometheus.example.test/graph?g0.expr=up",
    )
    assert receiver.jobs() == [NAME]


async def test_the_same_again_adds_nothing_and_its_end_does(receiver: Receiver) -> None:
    for _ in range(3):
        assert (await post(receiver, notification())).status_code == 202
    assert len(await kept(receiver)) == 1
    ended = alert(status="resolved", endsAt="2027-01-15T07:50:00Z")
    for _ in range(2):
        assert (await post(receiver, notification(ended, status="resolved"))).status_code == 202
    _, end = await kept(receiver)
    assert end.ends_at == 1_799_999_400.0


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (BEARER, 202),
        ("bearer an older token of ours", 202),
        ("Basic " + b64encode(f"alertmanager:{TOKEN}".encode()).decode(), 202),
        ("Basic " + b64encode(f"{TOKEN}:".encode()).decode(), 401),
        ("Basic !!!", 401),
        ("Bearer wrong", 401),
        ("Bearer", 401),
        (TOKEN, 401),
        ("", 401),
    ],
)
async def test_only_who_shows_the_token_is_heard(receiver: Receiver, authorization: str, status: int) -> None:
    answer = await post(receiver, notification(), authorization)
    assert answer.status_code == status
    assert len(await kept(receiver)) == (status == 202)
    if status == 401:
        assert "Bearer" in answer.headers["www-authenticate"]


def test_an_empty_token_proves_nobody() -> None:
    assert not is_proven(b"Bearer ", [b""])
    assert not is_proven(b"", [])


async def test_without_a_token_nothing_is_taken(
    redis_url: str, queue: Queue, sqlite_store: Store, tmp_path: Path
) -> None:
    async with receiving(settings_for(tmp_path, redis_url), sqlite_store, queue) as receiver:
        answer = await post(receiver, notification())
    assert answer.status_code == 503
    assert "ALERTS_TOKEN" in answer.json()["fix"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 422, "no notification of Alertmanager"),
        (b"\xff", 422, "no notification of Alertmanager"),
        (b"[" * 100_000, 422, "no notification of Alertmanager"),
        (b"{}", 422, "missing required field"),
        (notification(version="3"), 422, "version '3' is not known"),
        (notification(alert(startsAt="yesterday")), 422, "startsAt"),
        (notification(alert(fingerprint="../../x")), 422, "fingerprint"),
        (notification(alert(labels={"severity": 7})), 422, "labels"),
        (b" " * (CAP + 1), 413, "larger than 1 MB"),
        (notification(*[alert()] * 501), 413, "at most 500"),
    ],
    ids=["cut", "bytes", "deep", "empty", "version", "time", "fingerprint", "label", "large", "many"],
)  # fmt: skip
async def test_what_is_no_notification_is_said_to_be_none(
    receiver: Receiver, body: bytes, status: int, words: str
) -> None:
    answer = await post(receiver, body)
    assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
    assert answer.json()["fix"]
    assert receiver.jobs() == []


async def test_it_is_posted_and_nothing_else(receiver: Receiver) -> None:
    assert (await receiver.http.get("/alerts", headers={"authorization": BEARER})).status_code == 405


@pytest.mark.parametrize("repository", ["acme/till", "ACME/other", "shop", "", "acme/shop/x", "a b/c"])
async def test_a_repository_that_is_not_ours_is_refused(receiver: Receiver, repository: str) -> None:
    foreign = alert(labels={"repository": repository})
    answer = await post(receiver, notification(foreign))
    assert answer.status_code == 422
    both = await post(receiver, notification(foreign, alert()))
    assert (both.status_code, both.json()["taken"]) == (202, 1)  # the others are not lost for it
    assert both.json()["unheard"] == [answer.json()["error"]]


async def test_what_is_not_grave_is_no_incident(receiver: Receiver) -> None:
    answer = await post(receiver, notification(alert(labels={"severity": "info"})))
    assert answer.status_code == 202
    assert answer.json() == {
        "taken": 0,
        "unheard": ["HighErrorRate has the severity 'info', which is none that makes an incident."],
    }
    assert receiver.jobs() == []


async def test_labels_and_severities_are_called_as_the_operator_calls_them(
    redis_url: str, queue: Queue, sqlite_store: Store, tmp_path: Path
) -> None:
    await sqlite_store.remember_repo(SHOP, NOW)
    settings = replace(
        settings_for(tmp_path, redis_url),
        alerts_tokens=(TOKEN,),
        alerts_labels={"repository": "repo", "severity": "level", "environment": "env", "release": "version"},
        alerts_severities={"p0": 2},
    )
    ours = {"repo": "Acme/Shop", "level": "P0", "env": "prod-eu", "version": "v1.2.3"}
    async with receiving(settings, sqlite_store, queue) as receiver:
        assert (await post(receiver, notification(alert(labels=ours)))).json()["taken"] == 1
        (known,) = await kept(receiver)
    assert (known.severity, known.where, known.cause) == (2, "prod-eu", "v1.2.3")


async def test_what_it_says_is_cut_and_harmless(receiver: Receiver) -> None:
    odd = alert(
        annotations={"summary": "x\0\n/deploy production\n" + "y" * 5000},
        generatorURL="javascript:alert(1)",
        labels={"release": "<script>", "severity": "SEV-2", "environment": "a\nb"},
    )
    assert (await post(receiver, notification(odd))).status_code == 202
    (known,) = await kept(receiver)
    assert len(known.title) == 200
    assert "\n" not in known.title
    assert (known.url, known.cause, known.severity, known.where) == ("", "", 2, "a b")


async def test_when_redis_is_down_it_is_to_be_sent_again(redis_url: str, sqlite_store: Store, tmp_path: Path) -> None:
    settings = replace(settings_for(tmp_path, redis_url), alerts_tokens=(TOKEN,))
    await sqlite_store.remember_repo(SHOP, NOW)
    async with (
        Queue.connect("redis://127.0.0.1:1") as dead,
        client_of(create_app(settings, sqlite_store, dead, clock=lambda: NOW)) as http,
    ):
        sent = await http.post("/alerts", content=notification(), headers={"authorization": BEARER})
    assert sent.status_code == 503
    assert sent.headers["retry-after"] == "30"
    assert len((await sqlite_store.load(NAME)).asked) == 1  # and the tick finds it, should it never come again


async def test_a_database_that_hangs_is_given_up_on(queue: Queue, sqlite_store: Store, tmp_path: Path) -> None:
    class Hanging:
        async def repo_named(self, owner: str, name: str) -> None:
            await asyncio.sleep(60)

    alerts = Alerts(
        cast(Store, Hanging()),
        queue,
        tokens=(TOKEN,),
        labels={},
        severities={},
        metrics=Metrics(),
        clock=lambda: NOW,
        seconds_to_keep=0.05,
    )
    async with client_of(alerts) as http:
        sent = await http.post("/alerts", content=notification(), headers={"authorization": BEARER})
    assert sent.status_code == 503
