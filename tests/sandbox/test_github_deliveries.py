"""Webhooks over the wire: signed, in order, logged, redelivered; lost, doubled, delayed and shuffled when asked to."""

import asyncio
import hashlib
import hmac
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from aiohttp import web

from sandbox.github import hooks
from sandbox.people import People
from tests.sandbox.conftest import APP_ID, Stage
from tests.sandbox.schemas import hold, listed, model


@dataclass
class Receiver:
    """A program that gets webhooks: answers `status`, after `waits` seconds."""

    url: str = ""
    status: int = 200
    waits: float = 0.0
    meanwhile: Callable[[], Awaitable[None]] | None = None
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def hear(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        if self.meanwhile is not None:
            await self.meanwhile()
        await asyncio.sleep(self.waits)
        return web.Response(status=self.status, text="heard")

    def events(self) -> list[str]:
        return [headers["X-GitHub-Event"] for headers, _ in self.got]

    def bodies(self) -> list[Any]:
        return [msgspec.json.decode(body) for _, body in self.got]


@pytest.fixture
async def receiver(stage: Stage) -> AsyncIterator[Receiver]:
    """Listens for the webhooks of the App; those of the seed are done."""
    heard = Receiver()
    app = web.Application()
    app.router.add_post("/webhooks", heard.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    await web.SockSite(runner, sock).start()
    stage.bot_app.hook.url = f"http://127.0.0.1:{sock.getsockname()[1]}/webhooks"
    stage.world.hooks.release()
    await stage.world.hooks.flush()
    heard.got.clear()
    yield heard
    await runner.cleanup()


async def open_issues(people: People, count: int) -> list[int]:
    return [(await people.open_issue("dave", f"Issue {number}"))["number"] for number in range(count)]


async def test_a_webhook_carries_githubs_headers_and_both_signatures(stage: Stage, receiver: Receiver) -> None:
    await open_issues(stage.people, 1)
    await stage.world.hooks.flush()
    ((headers, body),) = receiver.got
    assert headers["X-GitHub-Event"] == "issues"
    assert headers["X-GitHub-Hook-ID"] == str(stage.bot_app.hook_id)
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(APP_ID)
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["Content-Type"] == "application/json"
    assert len(headers["X-GitHub-Delivery"]) == 36
    assert headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature"] == "sha1=" + hmac.new(b"s3cret", body, hashlib.sha1).hexdigest()
    assert msgspec.json.decode(body)["installation"]["id"] in stage.world.installations


async def test_webhooks_arrive_in_the_order_in_which_things_happened(stage: Stage, receiver: Receiver) -> None:
    numbers = await open_issues(stage.people, 20)
    await stage.world.hooks.flush()
    assert [body["issue"]["number"] for body in receiver.bodies()] == numbers


async def test_the_log_shows_what_became_of_each(stage: Stage, receiver: Receiver) -> None:
    await open_issues(stage.people, 1)
    await stage.world.hooks.flush()
    receiver.status = 503
    await stage.people.open_issue("dave", "Another")
    await stage.world.hooks.flush()
    newest, before = (await stage.app.get("/app/hook/deliveries?per_page=2")).json
    assert (newest["status_code"], newest["status"]) == (503, "Invalid HTTP Response: 503")
    assert (before["status_code"], before["status"], before["event"], before["action"]) == (
        200,
        "OK",
        "issues",
        "opened",
    )
    assert before["repository_id"] == stage.repo.id
    single = await stage.app.get(f"/app/hook/deliveries/{newest['id']}")
    hold(model("HookDelivery"), single.json)
    assert single.json["request"]["payload"]["issue"]["title"] == "Another"
    assert single.json["response"]["payload"] == "heard"
    assert (await stage.app.get("/app/hook/deliveries/1")).status == 404


async def test_the_log_is_paged_by_cursor_and_narrowed_by_status(stage: Stage, receiver: Receiver) -> None:
    await open_issues(stage.people, 5)
    await stage.world.hooks.flush()
    receiver.status = 500
    await open_issues(stage.people, 3)
    await stage.world.hooks.flush()
    address, seen = "/app/hook/deliveries?status=failure&per_page=2", []
    while address:
        reply = await stage.app.get(address)
        hold(listed("HookDeliveryItem"), reply.json)
        seen += [item["id"] for item in reply.json]
        link = reply.headers.get("Link", "")
        assert link == "" or 'rel="next"' in link
        address = link[1 : link.index(">")] if link else ""
    assert len(seen) == len(set(seen))
    failed = [each.id for each in reversed(stage.world.hooks.log) if each.status_code == 500]
    assert seen[:3] == failed
    good = (await stage.app.get("/app/hook/deliveries?status=success&per_page=100")).json
    assert {item["status"] for item in good} == {"OK"}


async def test_a_redelivery_is_another_delivery_with_the_same_guid_and_body(stage: Stage, receiver: Receiver) -> None:
    receiver.status = 500
    await open_issues(stage.people, 1)
    await stage.world.hooks.flush()
    receiver.status = 200
    (failed,) = (await stage.app.get("/app/hook/deliveries?per_page=1")).json
    assert (await stage.app.post(f"/app/hook/deliveries/{failed['id']}/attempts")).status == 202
    await stage.world.hooks.flush()
    first, second = receiver.got
    assert first[1] == second[1]
    assert first[0]["X-GitHub-Delivery"] == second[0]["X-GitHub-Delivery"] == failed["guid"]
    again, original = (await stage.app.get("/app/hook/deliveries?per_page=2")).json
    assert (again["redelivery"], original["redelivery"]) == (True, False)
    assert again["guid"] == original["guid"]
    assert again["id"] > original["id"]
    assert again["status"] == "OK"


async def test_deliveries_are_kept_for_three_days(stage: Stage, receiver: Receiver) -> None:
    await open_issues(stage.people, 1)
    await stage.world.hooks.flush()
    number = stage.world.hooks.log[-1].id
    await stage.world.clock.advance(3 * 86_400 - 1)
    assert stage.world.hooks.find(number).id == number
    await stage.world.clock.advance(2)
    with pytest.raises(KeyError):
        stage.world.hooks.find(number)


async def test_nobody_there_and_too_slow_are_failures_that_are_not_repeated(
    stage: Stage, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "TIMEOUT", 0.1)
    await stage.world.hooks.close()
    receiver.waits = 0.3
    await open_issues(stage.people, 1)
    await stage.world.hooks.flush()
    slow = stage.world.hooks.log[-1]
    stage.bot_app.hook.url = "http://127.0.0.1:9/webhooks"
    await open_issues(stage.people, 1)
    await stage.world.hooks.flush()
    unheard = stage.world.hooks.log[-1]
    assert (slow.status_code, slow.status) == (504, "timed out")
    assert (unheard.status_code, unheard.status) == (502, "failed to connect to host")
    assert len(receiver.got) == 1


async def test_lost_webhooks_are_in_the_log_and_can_be_redelivered(stage: Stage, receiver: Receiver) -> None:
    stage.world.hooks.lose(2)
    numbers = await open_issues(stage.people, 3)
    await stage.world.hooks.flush()
    assert [body["issue"]["number"] for body in receiver.bodies()] == numbers[2:]
    lost = (await stage.app.get("/app/hook/deliveries?status=failure&per_page=2")).json
    assert [item["event"] for item in lost] == ["issues", "issues"]
    await stage.app.post(f"/app/hook/deliveries/{lost[0]['id']}/attempts")
    await stage.world.hooks.flush()
    assert receiver.bodies()[-1]["issue"]["number"] == numbers[1]


async def test_one_event_can_be_lost_without_a_trace(stage: Stage, receiver: Receiver) -> None:
    stage.world.hooks.lose(None, event="issues", logged=False)
    before = len(stage.world.hooks.log)
    (number,) = await open_issues(stage.people, 1)
    await stage.people.comment("dave", number, "hello")
    await stage.world.hooks.flush()
    assert receiver.events() == ["issue_comment"]
    assert len(stage.world.hooks.log) == before + 1
    stage.world.hooks.clear()
    await open_issues(stage.people, 1)
    await stage.world.hooks.flush()
    assert receiver.events() == ["issue_comment", "issues"]


async def test_doubled_webhooks_have_one_guid(stage: Stage, receiver: Receiver) -> None:
    stage.world.hooks.duplicate(1)
    await open_issues(stage.people, 2)
    await stage.world.hooks.flush()
    guids = [headers["X-GitHub-Delivery"] for headers, _ in receiver.got]
    assert guids[0] == guids[1] != guids[2]


async def test_held_webhooks_come_shuffled_and_none_is_missing(stage: Stage, receiver: Receiver) -> None:
    stage.world.hooks.hold()
    numbers = await open_issues(stage.people, 12)
    await stage.world.hooks.flush()
    assert receiver.got == []
    assert stage.world.hooks.waiting() == 12
    assert stage.world.hooks.release(seed=7) == 12
    await stage.world.hooks.flush()
    came = [body["issue"]["number"] for body in receiver.bodies()]
    assert came != numbers
    assert sorted(came) == numbers


async def test_delayed_webhooks_come_when_their_time_has_come(stage: Stage, receiver: Receiver) -> None:
    stage.world.hooks.delay(30, event="issues")
    (number,) = await open_issues(stage.people, 1)
    await stage.people.comment("dave", number, "hello")
    await stage.world.hooks.flush()
    assert receiver.events() == ["issue_comment"]
    await stage.world.clock.advance(30)
    await stage.world.hooks.flush()
    assert receiver.events() == ["issue_comment", "issues"]


async def test_what_a_receiver_causes_is_flushed_too(stage: Stage, receiver: Receiver) -> None:
    (number,) = await open_issues(stage.people, 1)
    await stage.world.hooks.flush()
    receiver.got.clear()

    async def answer_by_a_comment() -> None:
        if len(receiver.got) == 1:
            await stage.bot.post(f"{stage.R}/issues/{number}/comments", {"body": "seen"})

    receiver.meanwhile = answer_by_a_comment
    await stage.people.comment("dave", number, "/status")
    await stage.world.hooks.flush()
    assert [body["comment"]["body"] for body in receiver.bodies()] == ["/status", "seen"]


async def test_an_app_can_have_its_webhooks_as_forms(stage: Stage, receiver: Receiver) -> None:
    await stage.app.patch("/app/hook/config", {"content_type": "form"})
    await open_issues(stage.people, 1)
    await stage.world.hooks.flush()
    ((headers, body),) = receiver.got
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    ((name, text),) = parse_qsl(body.decode())
    assert (name, msgspec.json.decode(text)["action"]) == ("payload", "opened")
