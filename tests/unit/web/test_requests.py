"""Who gets in, and what the others are told. Strangers, fresh installations and broken payloads; never a 5xx for what was sent."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from bot.web.metrics import Metrics
from bot.web.requests import CAP
from bot.web.webhooks import Webhooks
from tests.unit.payloads import APP, CORPUS, SECRET, examples, payload, signed
from tests.unit.web.conftest import NOW, Receiver, client_of

PUSH = json.dumps(payload("push")).encode()
MB = 1024 * 1024


def told(answer: httpx2.Response) -> tuple[int, str]:
    """The status and what is wrong. Every refusal also says how to mend it."""
    said = answer.json()
    assert said["fix"].endswith(".")
    return answer.status_code, said["error"]


def with_secrets(receiver: Receiver, *secrets: str) -> Webhooks:
    return Webhooks(receiver.store, receiver.queue, secrets=secrets, app_id=APP, metrics=Metrics(), clock=lambda: NOW)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_post_is_answered(receiver: Receiver, method: str) -> None:
    answer = await receiver.http.request(method, "/webhooks")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


async def test_a_wrong_secret_is_refused(receiver: Receiver) -> None:
    status, error = told(await receiver.post("push", PUSH, secret="guessed"))
    assert (status, receiver.jobs()) == (401, [])
    assert "none of the webhook secrets" in error


async def test_a_missing_signature_is_refused(receiver: Receiver) -> None:
    headers = signed("push", PUSH)
    del headers["x-hub-signature-256"]
    headers["x-hub-signature"] = "sha1=0000000000000000000000000000000000000000"
    status, error = told(await receiver.http.post("/webhooks", content=PUSH, headers=headers))
    assert status == 401
    assert "X-Hub-Signature-256 is missing" in error


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha256=zz", "sha256=" + "0" * 64, "sha256=" + "ü" * 64, "sha1=" + "0" * 40, "\x7f"]
)
async def test_an_odd_signature_is_refused(receiver: Receiver, signature: str) -> None:
    headers: dict[str, str | bytes] = {**signed("push", PUSH), "x-hub-signature-256": signature.encode()}
    answer = await receiver.http.post("/webhooks", content=PUSH, headers=httpx2.Headers(headers))  # type: ignore[arg-type]
    assert told(answer)[0] == 401


async def test_one_changed_byte_is_refused(receiver: Receiver) -> None:
    headers = signed("push", PUSH)
    answer = await receiver.http.post("/webhooks", content=PUSH.replace(b"main", b"mean", 1), headers=headers)
    assert told(answer)[0] == 401


async def test_both_secrets_count_while_one_is_replaced(receiver: Receiver) -> None:
    async with client_of(with_secrets(receiver, "new é", "old")) as http:
        for secret, status in (("new é", 202), ("old", 202), ("older", 401), ("new é,old", 401)):
            answer = await http.post("/webhooks", content=PUSH, headers=signed("push", PUSH, secret))
            assert answer.status_code == status, secret


@pytest.mark.parametrize("secrets", [(), ("",)])
async def test_without_a_secret_nobody_is_believed(receiver: Receiver, secrets: tuple[str, ...]) -> None:
    async with client_of(with_secrets(receiver, *secrets)) as http:
        answer = await http.post("/webhooks", content=PUSH, headers=signed("push", PUSH, ""))
    assert told(answer)[0] in (401, 503)
    assert receiver.jobs() == []


async def test_a_form_is_read_too(receiver: Receiver) -> None:
    form = urlencode({"payload": PUSH.decode()}).encode()
    answer = await receiver.post("push", form, content_type="application/x-www-form-urlencoded; charset=utf-8")
    assert answer.json()["woken"] == 2


@pytest.mark.parametrize(
    "form", [b"", b"payload", b"other=1", b"payload=%7B%7D&payload=%7B%7D", b"payload=\xff", b"a=1&" * 50]
)
async def test_a_form_without_a_payload_is_refused(receiver: Receiver, form: bytes) -> None:
    answer = await receiver.post("push", form, content_type="application/x-www-form-urlencoded")
    assert told(answer)[0] == 400


@pytest.mark.parametrize("kind", ["text/plain", "", "application/jsonx", "multipart/form-data; boundary=x"])
async def test_other_content_types_are_refused(receiver: Receiver, kind: str) -> None:
    status, error = told(await receiver.post("push", PUSH, content_type=kind))
    assert status == 415
    assert kind.partition(";")[0] in error


async def test_a_charset_does_not_matter(receiver: Receiver) -> None:
    assert (await receiver.post("push", PUSH, content_type="Application/JSON; charset=utf-8")).status_code == 202


@pytest.mark.parametrize(
    ("header", "value", "said"),
    [
        ("x-github-event", None, "X-GitHub-Event is missing"),
        ("x-github-delivery", None, "X-GitHub-Delivery is missing"),
        ("x-github-event", "Push!", "X-GitHub-Event is not as"),
        ("x-github-delivery", "../../x", "X-GitHub-Delivery is not as"),
        ("x-github-delivery", "a" * 65, "X-GitHub-Delivery is not as"),
    ],
)
async def test_github_s_headers_are_needed(receiver: Receiver, header: str, value: str | None, said: str) -> None:
    headers = signed("push", PUSH)
    del headers[header]
    if value is not None:
        headers[header] = value
    status, error = told(await receiver.http.post("/webhooks", content=PUSH, headers=headers))
    assert status == 400
    assert said in error


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (PUSH[:-10], 400),
        (b"\xff\xfe{}", 400),
        (b'{"y": ' + b"[" * 500_000, 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"repository": 1}', 422),
        (PUSH.replace(b'"after": "', b'"after": "x', 1), 422),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else None,
)
async def test_broken_payloads_are_explained(receiver: Receiver, body: bytes, status: int) -> None:
    answer = await receiver.post("push", body)
    assert told(answer)[0] == status
    assert told(answer)[1].startswith("The payload is not")


async def test_a_body_as_large_as_github_s_largest_is_taken(receiver: Receiver) -> None:
    body = PUSH + b" " * (CAP - len(PUSH))
    assert (await receiver.post("push", body)).status_code == 202


async def test_a_larger_one_is_refused_by_its_length(receiver: Receiver) -> None:
    answer = await receiver.post("push", PUSH, content_length=str(CAP + 1))
    assert told(answer) == (413, "The body is larger than 25 MB.")
    assert answer.headers["connection"] == "close"


async def test_a_larger_one_is_refused_while_it_arrives(receiver: Receiver) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * MB

    answer = await receiver.http.post("/webhooks", content=chunks(), headers=signed("push", PUSH))
    assert answer.status_code == 413


async def test_a_body_in_small_pieces_is_put_together(receiver: Receiver) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(PUSH), 7):
            yield PUSH[start : start + 7]

    answer = await receiver.http.post("/webhooks", content=pieces(), headers=signed("push", PUSH))
    assert answer.json()["woken"] == 2


async def post_by_hand(webhooks: Webhooks, messages: list[dict[str, Any]], body: bytes) -> list[Any]:
    """The messages that the endpoint sends when the server hands it these; then it waits for ever."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(name.encode(), value.encode()) for name, value in signed("push", body).items()]
    await webhooks({"type": "http", "method": "POST", "path": "/webhooks", "headers": headers}, receive, send)
    return sent


async def test_a_sender_who_hangs_up_gets_no_answer(receiver: Receiver) -> None:
    half: list[dict[str, Any]] = [
        {"type": "http.request", "body": PUSH[:99], "more_body": True},
        {"type": "http.disconnect"},
    ]
    assert await post_by_hand(with_secrets(receiver, SECRET), half, PUSH) == []
    assert receiver.jobs() == []


async def test_a_sender_who_dawdles_is_cut_off(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.requests.SECONDS_TO_SEND", 0.05)
    half = [{"type": "http.request", "body": PUSH[:99], "more_body": True}]
    start, _ = await post_by_hand(with_secrets(receiver, SECRET), half, PUSH)
    assert start["status"] == 408


async def test_strangers_together_cannot_fill_the_memory(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.requests.UNPROVEN_CAP", 3 * len(PUSH))
    monkeypatch.setattr("bot.web.requests.SECONDS_TO_SEND", 0.5)
    webhooks = with_secrets(receiver, SECRET)
    unfinished = [
        asyncio.create_task(post_by_hand(webhooks, [{"type": "http.request", "body": PUSH, "more_body": True}], PUSH))
        for _ in range(5)
    ]
    statuses = [(await each)[0]["status"] for each in unfinished]
    assert sorted(statuses) == [408, 408, 408, 503, 503]
    (start, _) = await post_by_hand(webhooks, [{"type": "http.request", "body": PUSH}], PUSH)
    assert start["status"] == 202  # what they held is given back


ODD: tuple[Any, ...] = (
    None, True, -1, 0, 2**63, 2**70, 1.5, "", "\x00", "x" * 300, "ü\u202e|%", "2026-13-45T00:00:00Z", [], [None], {}, {"id": {}},
)  # fmt: skip


def mutated(made: Any, dice: random.Random) -> bytes:
    """The payload with one to three things wrong with it."""
    made = json.loads(json.dumps(made))
    for _ in range(dice.randint(1, 3)):
        place = made
        while True:
            if not isinstance(place, dict) or not place:
                break
            key = dice.choice(sorted(place))
            if isinstance(place[key], dict) and place[key] and dice.random() < 0.7:
                place = place[key]
                continue
            if dice.random() < 0.4:
                del place[key]
            else:
                place[key] = deepcopy(dice.choice(ODD))  # what is wrong with one payload is not put into the next
            break
    body = json.dumps(made, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")
    if dice.random() < 0.2:
        body = body[: dice.randrange(len(body))]
    if dice.random() < 0.2:
        at = dice.randrange(len(body) + 1)
        body = body[:at] + dice.randbytes(dice.randint(1, 4)) + body[at:]
    return body


async def test_whatever_is_wrong_with_a_payload_it_is_never_our_fault(receiver_on_either: Receiver) -> None:
    dice = random.Random(20261123)
    statuses = set()
    corpus = [(event, made) for event, _, made in CORPUS]
    for event, made in [*corpus * 40, *examples()]:
        body = mutated(made, dice)
        answer = await receiver_on_either.post(event, body)
        statuses.add(answer.status_code)
        assert answer.status_code in (200, 202, 400, 422), (event, body)
    assert statuses == {200, 202, 400, 422}  # the dice reach every kind of answer
