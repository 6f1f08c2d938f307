"""A webhook on its way: what is kept of each attempt, how it is signed, and what can be made to happen to it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import urlencode

from sandbox.github.accounts import App

FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True, eq=False)
class Delivery:
    """One attempt at one webhook. `status_code` is 0 until it was sent; `body` is its JSON."""

    id: int
    guid: str
    app: App
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    body: bytes
    created_at: float
    redelivery: bool = False
    delivered_at: float = 0.0
    duration: float = 0.0
    status: str = "pending"
    status_code: int = 0
    url: str = ""
    request_headers: dict[str, str] = field(default_factory=dict)
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""

    @property
    def failed(self) -> bool:
        return not 200 <= self.status_code < 300


@dataclass(slots=True)
class Trouble:
    """A switch on the outbox: lose, duplicate or delay what matches `event` (None: all), `times` times (None: until cleared)."""

    kind: str
    event: str | None
    times: int | None
    seconds: float = 0.0
    logged: bool = True


def wire(delivery: Delivery) -> bytes:
    """The body as it is sent: the JSON itself or, if the App wants it so, a form with the JSON in `payload`."""
    if delivery.app.hook.content_type != "form":
        return delivery.body
    return urlencode({"payload": delivery.body}).encode()


def sign(delivery: Delivery, body: bytes) -> dict[str, str]:
    """The headers that GitHub sends with a webhook whose body is `body`."""
    app = delivery.app
    headers = {
        "Accept": "*/*",
        "Content-Type": FORM if app.hook.content_type == "form" else "application/json",
        "User-Agent": "GitHub-Hookshot/5a5b0dc",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(app.hook_id),
        "X-GitHub-Hook-Installation-Target-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
    }
    if app.hook.secret:
        key = app.hook.secret.encode()
        headers["X-Hub-Signature"] = "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest()
        headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    return headers
