"""Reading a webhook request: a body of at most 25 MB, proven to come from GitHub before a byte of it is interpreted.

Each thing that can be wrong is a `Refused` with a sentence on what is wrong and one on how to mend it, since the reader is either an
operator with a fresh installation or a stranger, who learns nothing from it.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.types import Receive

from bot.web.signatures import is_signed

CAP = 25 * 1024 * 1024  # GitHub does not send larger payloads
UNPROVEN_CAP = 256 * 1024 * 1024  # bytes that all strangers together may make this process hold
SECONDS_TO_SEND = 10  # GitHub gives up on a delivery after this long

RETRY = (b"retry-after", b"30")
CLOSE = (b"connection", b"close")  # the rest of a body that nobody reads would be taken for the next request

_EVENT = re.compile(rb"[a-z0-9_]{1,64}")
_DELIVERY = re.compile(rb"[0-9A-Za-z-]{1,64}")


class Refused(Exception):  # noqa: N818 - it is the answer to a request, not a mistake of ours
    """An answer that is not 2xx: `status`, what is wrong and how to mend it. `outcome` is its name in the metrics."""

    def __init__(self, status: int, outcome: str, error: str, fix: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(error)
        self.status, self.outcome, self.error, self.fix, self.headers = status, outcome, error, fix, headers


class Gone(Exception):  # noqa: N818 - nobody is left to answer
    """The sender hung up before the body was complete."""


def only_post(scope: Any, what: str) -> None:
    """Raises Refused for any other method: `what` is what people send here."""
    if scope["method"] != "POST":
        said = f"{scope['method']} is not answered here."
        raise Refused(405, "malformed", said, f"Send {what} by POST.", (b"allow", b"POST"))


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request that GitHub certainly made: its GUID, the event's name, and the JSON as sent."""

    guid: str
    event: str
    body: bytes


class Doorway:
    """Reads and proves requests. One per process, because it bounds what unproven requests hold in memory together."""

    def __init__(self, secrets: Sequence[str], *, cap: int = CAP) -> None:
        self._secrets = tuple(secret.encode() for secret in secrets)
        self._cap, self._held = cap, 0

    async def admit(self, scope: Any, receive: Receive) -> Delivery:
        """The delivery that this request carries. Raises Refused or Gone."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        only_post(scope, "webhooks")
        if not self._secrets:
            raise Refused(
                503,
                "unavailable",
                "Tagboat has no webhook secret yet, so it cannot tell who is speaking.",
                "Set GITHUB_WEBHOOK_SECRET to the secret on the App's settings page and start it again.",
            )
        is_form = _is_form(headers.get(b"content-type", b""))
        signature = headers.get(b"x-hub-signature-256")
        if signature is None:
            raise Refused(
                401,
                "unsigned",
                "The delivery is not signed: the header X-Hub-Signature-256 is missing.",
                "Give the App a webhook secret on its settings page, the same as in GITHUB_WEBHOOK_SECRET.",
            )
        body = await self.read(headers.get(b"content-length"), receive)
        if not is_signed(body, signature, self._secrets):
            raise Refused(
                401,
                "unsigned",
                "The signature in X-Hub-Signature-256 fits none of the webhook secrets.",
                "Compare the App's webhook secret on its settings page with GITHUB_WEBHOOK_SECRET; while one is being replaced, list both.",
            )
        event = _header(headers, b"x-github-event", _EVENT)
        guid = _header(headers, b"x-github-delivery", _DELIVERY)
        return Delivery(guid, event, _from_form(body) if is_form else body)

    async def read(self, length: bytes | None, receive: Receive) -> bytes:
        """The body of a request whose header says that it is so long. Raises Refused or Gone."""
        if length is not None and length.isdigit() and int(length[:12]) > self._cap:
            raise _too_large(self._cap)
        held = 0
        chunks: list[bytes] = []
        try:
            async with asyncio.timeout(SECONDS_TO_SEND):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise Gone
                    chunk: bytes = message.get("body", b"")
                    held += len(chunk)
                    self._held += len(chunk)
                    if held > self._cap:
                        raise _too_large(self._cap)
                    if self._held > UNPROVEN_CAP:
                        raise Refused(
                            503, "unavailable", "Too much is being received at once.", "Send it again.", RETRY
                        )
                    chunks.append(chunk)
                    if not message.get("more_body", False):
                        return chunks[0] if len(chunks) == 1 else b"".join(chunks)
        except TimeoutError:
            raise Refused(
                408,
                "malformed",
                f"The body did not arrive within {SECONDS_TO_SEND} s.",
                "Send it again.",
                CLOSE,
            ) from None
        finally:
            self._held -= held


def claimed_guid(scope: Any) -> str | None:
    """What an unproven request calls itself: enough for an operator to find a delivery with the wrong secret on GitHub's page."""
    value = dict(scope["headers"]).get(b"x-github-delivery", b"")
    return value.decode() if _DELIVERY.fullmatch(value) else None


def _too_large(cap: int) -> Refused:
    return Refused(
        413,
        "too_large",
        f"The body is larger than {cap // 1024 // 1024} MB.",
        "GitHub never sends such a delivery; check who does."
        if cap == CAP
        else "Set max_alerts in Alertmanager's webhook_configs.",
        CLOSE,
    )


def _is_form(content_type: bytes) -> bool:
    kind = content_type.partition(b";")[0].strip().lower()
    if kind == b"application/json":
        return False
    if kind == b"application/x-www-form-urlencoded":
        return True
    raise Refused(
        415,
        "malformed",
        f"The content type {kind.decode('latin-1')[:80]!r} is not understood.",
        "Choose application/json as the webhook's content type.",
    )


def _from_form(body: bytes) -> bytes:
    try:
        fields = parse_qs(body, strict_parsing=True, max_num_fields=8)
    except ValueError:
        fields = {}
    payload = fields.get(b"payload", [])
    if len(payload) != 1:
        raise Refused(
            400,
            "malformed",
            "The form has no single field `payload`.",
            "Choose application/json as the webhook's content type.",
        )
    return payload[0]


def _header(headers: dict[bytes, bytes], name: bytes, form: re.Pattern[bytes]) -> str:
    value = headers.get(name)
    if value is not None and form.fullmatch(value):
        return value.decode()
    title = name.decode().title().replace("Github", "GitHub")
    if value is None:
        raise Refused(
            400, "malformed", f"The header {title} is missing.", "Send what GitHub sends; `tagboat replay` does."
        )
    raise Refused(400, "malformed", f"The header {title} is not as GitHub writes it.", "Send it as GitHub does.")
