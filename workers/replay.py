"""A saved delivery, sent again: to see what Tagboat makes of it, or to make good what was lost after GitHub has forgotten it."""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

SECONDS = 10.0  # as GitHub


class NotReplayed(Exception):  # noqa: N818 - it is read aloud in `except NotReplayed`
    """Nothing was sent, or nobody answered. The message says why and what to do."""


@dataclass(frozen=True)
class Saved:
    """`body` is sent as it is."""

    event: str
    guid: str
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    milliseconds: float
    text: str


def read_delivery(file: Path, *, event: str = "", guid: str = "") -> Saved:
    """A file with a payload, as GitHub's settings page shows it, or with a whole delivery, as `GET /app/hook/deliveries/…` gives it.

    What is given as argument counts more than what the file says. Raises NotReplayed.
    """
    try:
        body = file.read_bytes()
    except OSError as error:
        raise NotReplayed(f"{file} cannot be read: {error.strerror}.") from None
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except ValueError as error:
        raise NotReplayed(f"{file} is not JSON: {error}. Save the payload of the delivery as it is.") from None
    request = document.get("request") if isinstance(document, dict) else None
    if isinstance(request, dict) and isinstance(request.get("payload"), dict):
        event = event or str(document.get("event") or "")
        guid = guid or str(document.get("guid") or "")
        body = json.dumps(request["payload"]).encode()
    if not event:
        raise NotReplayed(f"{file} does not say which event it is. Name it: --event issue_comment.")
    return Saved(event, guid or str(uuid.uuid4()), body)


def send(saved: Saved, secrets: Sequence[str], target: str) -> Answer:
    """POST it, signed as GitHub would with the first secret. Raises NotReplayed when there is no answer."""
    if not secrets:
        raise NotReplayed(
            "GITHUB_WEBHOOK_SECRET is needed to sign the delivery. Set it as for the Tagboat that is to hear it."
        )
    if not target.startswith(("http://", "https://")):
        raise NotReplayed(f"{target} is not an address: it should begin with https:// (or http://).")
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": saved.event,
        "X-GitHub-Delivery": saved.guid,
        "X-Hub-Signature-256": f"sha256={hmac.new(secrets[0].encode(), saved.body, hashlib.sha256).hexdigest()}",
    }
    began = time.perf_counter()
    try:
        with urlopen(Request(target, data=saved.body, headers=headers), timeout=SECONDS) as answer:  # noqa: S310 - http(s) only
            status, said = answer.status, answer.read()
    except HTTPError as error:
        with error:
            status, said = error.code, error.read()
    except (URLError, OSError, ValueError) as error:
        why = error.reason if isinstance(error, URLError) else error
        raise NotReplayed(
            f"{target} does not answer: {why}. Is Tagboat running there? --url names another place."
        ) from None
    return Answer(status, (time.perf_counter() - began) * 1000, said.decode(errors="replace").strip())
