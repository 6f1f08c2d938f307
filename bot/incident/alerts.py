"""What Alertmanager sends, read at the door: each alert becomes something said of one incident of one repository, or a sentence why not.

Which label names the repository, the environment, how bad it is and the release, and what the severities are called, is the operator's
business. What alerts say is data: cut, put on one line, and escaped wherever it is shown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from bot.incident.cause import read_cause
from bot.incident.model import ALERT, Alert
from bot.markdown import one_line

VERSION = "4"
LABELS: Mapping[str, str] = {
    "repository": "repository",
    "environment": "environment",
    "severity": "severity",
    "release": "release",
}
"""What is read of an alert, and the label that it is read from where the operator says nothing else."""
SEVERITIES: Mapping[str, int] = {"critical": 1, "page": 1, "error": 2, "high": 2, "warning": 3}
"""What alerts call how bad it is, and the severity that it stands for; `sev-1` to `sev-5` are always understood."""

LONGEST_URL = 2000
AGAIN = 300.0  # seconds within which the same word of the same alert is heard once: Alertmanagers come in pairs, and repeat themselves
SANE_SINCE = 946_684_800.0  # the year 2000: before that no alert began

_SEVERITY = re.compile(r"(?:sev[-_ ]?|p)?([1-5])", re.IGNORECASE)
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}")

Text = Annotated[str, msgspec.Meta(max_length=100_000)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Received(msgspec.Struct, frozen=True, rename="camel"):
    """One alert, as far as it is read. Field names are Alertmanager's own."""

    status: Literal["firing", "resolved"]
    labels: dict[str, Text]
    starts_at: Time
    fingerprint: Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z_-]{4,64}$")]
    ends_at: Time | None = None
    annotations: dict[str, Text] = {}
    generator_url: Text = msgspec.field(default="", name="generatorURL")


class Notification(msgspec.Struct, frozen=True, rename="camel"):
    """What Alertmanager posts, version 4. `truncated_alerts` were left out because of `max_alerts`."""

    version: str
    alerts: tuple[Received, ...]
    truncated_alerts: int = 0


class BadNotificationError(ValueError):
    """JSON that is no notification of Alertmanager; the message names the field."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An alert that is understood: whose it is, its incident's name, and how it is told apart from every other word of it."""

    repository: str
    name: str
    source: str
    alert: Alert


@dataclass(frozen=True, slots=True)
class Unheard:
    """An alert that is no incident (`ignored`), or one that cannot be anybody's (`refused`), and why."""

    outcome: Literal["ignored", "refused"]
    why: str


_decoder = msgspec.json.Decoder(Notification)


def read_notification(body: bytes) -> Notification:
    """Raises BadNotificationError."""
    try:
        found = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadNotificationError(str(error) or "nested too deeply") from None
    if found.version != VERSION:
        raise BadNotificationError(f"version {found.version[:20]!r} is not known, {VERSION} is")
    return found


def understand(
    received: Received, labels: Mapping[str, str], severities: Mapping[str, int], now: float
) -> Heard | Unheard:
    """What an alert says, by the operator's names for it. `severities` are in lower case."""
    said = {field: received.labels.get(label, "").strip() for field, label in {**LABELS, **labels}.items()}
    known = one_line(received.labels.get("alertname", "") or "an alert", 100)
    if not _REPOSITORY.fullmatch(said["repository"]):
        where = labels.get("repository", LABELS["repository"])
        return Unheard("refused", f"{known} has no label {where} that names a repository as owner/name.")
    level = _level(said["severity"], severities)
    if not level:
        shown = one_line(said["severity"], 40)
        return Unheard("ignored", f"{known} has the severity {shown!r}, which is none that makes an incident.")
    starts, ends = received.starts_at.timestamp(), 0.0
    if starts < SANE_SINCE:
        return Unheard("refused", f"{known} does not say when it began.")
    if received.status == "resolved":
        ends = max(starts, min(received.ends_at.timestamp(), now)) if received.ends_at is not None else max(starts, now)
    cause = read_cause(said["release"])
    alert = Alert(
        starts_at=starts,
        ends_at=ends,
        heard_at=now,
        severity=level,
        title=_title(received),
        url=_url(received.generator_url),
        where=one_line(said["environment"], 255),
        cause=cause.text if cause is not None else "",
    )
    # The end is heard once; that it fires now and then again, since it may fire on after an end that was none.
    turn = f"resolved-{ends * 1000:.0f}" if ends else f"firing-{now // AGAIN:.0f}"
    name = f"{ALERT}{received.fingerprint}"
    return Heard(said["repository"], name, f"{name}-{starts * 1000:.0f}-{turn}", alert)


def _level(said: str, severities: Mapping[str, int]) -> int:
    if said.casefold() in severities:
        return severities[said.casefold()]
    spelled = _SEVERITY.fullmatch(said)
    return int(spelled[1]) if spelled else 0


def _title(received: Received) -> str:
    """Its summary, else its name: what it is called where people read of it."""
    summary = received.annotations.get("summary") or received.annotations.get("title") or ""
    return one_line(summary or received.labels.get("alertname", ""), 200) or "An alert without a name"


def _url(text: str) -> str:
    try:
        fits = urlsplit(text).scheme in {"http", "https"}
    except ValueError:
        fits = False
    return text if fits and len(text) <= LONGEST_URL else ""
