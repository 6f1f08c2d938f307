"""What a delivery does: what is kept, who is woken, what is answered."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import structlog

from bot import subject
from bot.app import create_app
from bot.decision import Head
from bot.queue import Queue
from bot.subject import Repo
from bot.web.metrics import Metrics
from bot.web.webhooks import Webhooks
from tests.unit.payloads import ALICE, APP, BOAT, OURS, SECRET, SHA, examples, payload, signed
from tests.unit.web.conftest import NOW, Receiver, client_of

SHOP = Repo(55, "acme", "shop", 3, "main", private=False)
COMMAND = subject.command(55, "comment-9001")


def database(receiver: Receiver) -> sqlite3.Connection:
    path = receiver.settings.database_url.removeprefix("sqlite:///")
    return sqlite3.connect(path, isolation_level=None)


async def test_a_command_is_kept_and_its_subject_woken(receiver: Receiver) -> None:
    answer = await receiver.deliver("issue_comment", "created")
    assert answer.status_code == 202
    assert answer.json() == {"delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958", "woken": 1}
    (asked,) = (await receiver.store.load(COMMAND)).asked
    assert asked.what["body"] == "/deploy canary"
    assert receiver.jobs() == [COMMAND]
    assert await receiver.store.repo(55) == SHOP


async def test_urgent_work_comes_first(receiver: Receiver) -> None:
    await receiver.deliver("push")
    await receiver.deliver("issue_comment", "created")
    assert receiver.jobs() == [COMMAND, subject.flow(55, SHA), subject.clearance(55)]


async def test_what_github_sends_is_always_taken(receiver_on_either: Receiver) -> None:
    said = examples()
    assert len(said) >= 40
    for event, example in said:
        answer = await receiver_on_either.post(event, json.dumps(example).encode())
        assert answer.is_success, (event, example.get("action"), answer.text)


async def test_what_is_not_heard_is_acknowledged(receiver: Receiver) -> None:
    unknown = await receiver.post("sponsorship", b'{"action": "created"}')
    action = await receiver.deliver("issues", "opened", action="pinned")
    assert unknown.status_code == action.status_code == 202
    assert unknown.json()["ignored"] == "sponsorship created is not heard"
    assert action.json()["ignored"] == "issues pinned is not heard"
    assert receiver.jobs() == []


async def test_a_ping_is_answered(receiver: Receiver) -> None:
    answer = await receiver.deliver("ping")
    assert answer.status_code == 200
    assert answer.json()["pong"] == "Tagboat hears you."


async def test_a_redelivery_adds_nothing(receiver_on_either: Receiver) -> None:
    for event, action in (("issue_comment", "created"), ("pull_request", "opened")):
        for _ in range(3):
            assert (await receiver_on_either.deliver(event, action)).status_code == 202
    assert len((await receiver_on_either.store.load(COMMAND)).asked) == 1
    guid = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    assert await receiver_on_either.store.heads(55, 12) == (Head(55, 12, SHA, NOW, f"opened-{guid}"),)
    assert set(receiver_on_either.jobs()) == {
        COMMAND,
        subject.flow(55, SHA),
        subject.pull(55, 12),
        subject.clearance(55),
    }


async def test_our_own_events_wake_nobody(receiver: Receiver) -> None:
    ours: dict[str, Any] = {"comment__user": BOAT, "comment__performed_via_github_app": OURS, "sender": BOAT}
    answers = [
        await receiver.deliver("issue_comment", "created", **ours),
        await receiver.deliver("issue_comment", "edited", **ours),
        await receiver.deliver("check_run", "completed", check_run__app=OURS),
        await receiver.deliver("deployment", "created", deployment__performed_via_github_app=OURS),
    ]
    assert [answer.json()["woken"] for answer in answers] == [0, 0, 0, 0]
    assert receiver.jobs() == []


async def test_many_at_once_are_all_kept_and_woken(receiver_on_either: Receiver) -> None:
    answers = await asyncio.gather(
        *(receiver_on_either.deliver("issue_comment", "created", comment__id=each) for each in range(300))
    )
    assert {answer.status_code for answer in answers} == {202}
    targets = {subject.command(55, f"comment-{each}") for each in range(300)}
    assert set(receiver_on_either.jobs()) == targets
    assert len(await receiver_on_either.store.known_asks(f"comment-{each}" for each in range(300))) == 300


async def test_many_checks_of_one_commit_are_one_job(receiver: Receiver) -> None:
    await asyncio.gather(*(receiver.deliver("check_run", "completed", check_run__id=each) for each in range(100)))
    assert receiver.jobs() == [subject.flow(55, SHA)]


async def test_what_happened_once_is_in_the_database_before_the_answer(receiver: Receiver) -> None:
    body = json.dumps(payload("issue_comment", "created")).encode()
    seen: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        with closing(database(receiver)) as other:
            seen.extend(other.execute("SELECT count(*) FROM asked").fetchone())

    app = create_app(receiver.settings, receiver.store, receiver.queue, clock=lambda: NOW)
    headers = [(name.encode(), value.encode()) for name, value in signed("issue_comment", body).items()]
    scope = {"type": "http", "method": "POST", "path": "/webhooks", "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    assert seen == [1, 1]  # at the headers and at the body of the answer


async def test_an_unchanged_repository_costs_no_write(receiver: Receiver) -> None:
    await receiver.deliver("check_run", "completed")
    with closing(database(receiver)) as other:
        other.execute("BEGIN IMMEDIATE")  # nobody else can write now
        assert (await asyncio.wait_for(receiver.deliver("check_run", "completed"), 5)).status_code == 202


async def test_a_repository_is_known_by_its_newest_name(receiver: Receiver) -> None:
    await receiver.deliver("push")
    await receiver.deliver("repository", "renamed", repository__full_name="acme/store")
    renamed = await receiver.store.repo(55)
    assert renamed is not None
    assert renamed.full_name == "acme/store"


async def test_without_redis_the_delivery_fails_and_the_command_is_kept(receiver: Receiver, tmp_path: Path) -> None:
    async with Queue.connect(f"unix://{tmp_path}/nobody.sock") as nowhere:
        app = create_app(receiver.settings, receiver.store, nowhere, clock=lambda: NOW)
        body = json.dumps(payload("issue_comment", "created")).encode()
        async with client_of(app) as http:
            answer = await http.post("/webhooks", content=body, headers=signed("issue_comment", body))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "Redis" in answer.json()["error"]
    assert len((await receiver.store.load(COMMAND)).asked) == 1
    assert (await receiver.post("issue_comment", body)).status_code == 202  # redelivered to a healthy process
    assert len((await receiver.store.load(COMMAND)).asked) == 1
    assert receiver.jobs() == [COMMAND]


async def test_without_the_database_the_delivery_fails_and_wakes_nobody(receiver: Receiver) -> None:
    webhooks = Webhooks(
        receiver.store,
        receiver.queue,
        secrets=(SECRET,),
        app_id=APP,
        metrics=Metrics(),
        clock=lambda: NOW,
        seconds_to_keep=0.2,
    )
    body = json.dumps(payload("issue_comment", "created")).encode()
    async with client_of(webhooks) as http:
        with closing(database(receiver)) as other:
            other.execute("BEGIN IMMEDIATE")
            answer = await http.post("/webhooks", content=body, headers=signed("issue_comment", body))
            assert answer.status_code == 503
            assert answer.json()["fix"].startswith("Nothing is lost")
            assert receiver.jobs() == []
    assert (await receiver.post("issue_comment", body)).status_code == 202
    assert len((await receiver.store.load(COMMAND)).asked) == 1


async def test_one_line_per_delivery_without_secrets_or_bodies(receiver: Receiver) -> None:
    with structlog.testing.capture_logs() as lines:
        await receiver.deliver("issue_comment", "created", comment__body="/deploy canary token=hunter2")
        await receiver.deliver("pull_request", "synchronize")
        await receiver.post("push", b"{}", secret="wrong")
        await receiver.post("push", b'{"repository": 1}')
    taken, moved, refused, misunderstood = lines
    assert taken["delivery"] == "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    assert (taken["github_event"], taken["action"]) == ("issue_comment", "created")
    assert taken["repository"] == "acme/shop"
    assert taken["subjects"] == [COMMAND.text]
    assert moved["action"] == "synchronize"
    assert refused["status"] == 401
    assert "repository" in misunderstood["error"]
    assert not any(word in repr(lines) for word in (SECRET, "hunter2", "sha256="))


async def test_deliveries_are_counted_by_outcome(receiver: Receiver) -> None:
    await receiver.deliver("push")
    await receiver.deliver("issues", "opened", sender=ALICE)
    await receiver.post("made_up_by_a_stranger", b"{}", secret="wrong")
    await receiver.post("made_up_by_github", b"{}")
    text = (await receiver.http.get("/metrics")).text
    assert 'tagboat_deliveries_total{event="push",outcome="accepted"} 1.0' in text
    assert 'tagboat_deliveries_total{event="unknown",outcome="unsigned"} 1.0' in text
    assert 'tagboat_deliveries_total{event="other",outcome="ignored"} 1.0' in text
    assert "tagboat_delivery_seconds_count 4.0" in text
    assert "made_up" not in text
