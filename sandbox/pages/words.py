"""The small wordings of the pages: how long ago, how many, how much, short commits, an avatar's colour."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from sandbox.github.state import Deployment
from sandbox.pages.markdown import Links, render

STEPS = ((60.0, "minute"), (3600.0, "hour"), (86_400.0, "day"), (30 * 86_400.0, "month"), (365 * 86_400.0, "year"))
STATES = {
    "in_progress": "in progress",
    "success": "success",
    "failure": "failed",
    "error": "error",
    "queued": "queued",
    "pending": "pending",
    "inactive": "inactive",
    "waiting": "waiting",
}


def ago(at: float, now: float) -> str:
    """In the largest unit that fits. Coarse below a minute, so that a page which looks every second changes seldom."""
    gone = now - at
    if gone < 10:
        return "now"
    if gone < 60:
        return f"{int(gone // 10) * 10} seconds ago"
    size, unit = next((size, unit) for size, unit in reversed(STEPS) if gone >= size)
    count = int(gone // size)
    return f"{count} {unit}{'s' if count != 1 else ''} ago"


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def date(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M:%S} UTC"


def when(at: float, now: float) -> Markup:
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment(at), date(at), ago(at, now))


def lasted(seconds: float) -> str:
    """A duration such as 4s or 2m 05s."""
    whole = round(seconds)
    return f"{whole}s" if whole < 60 else f"{whole // 60}m {whole % 60:02d}s"


def counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(ratio: float | None, digits: int = 1) -> str:
    """A ratio as percent; a dash for none."""
    return "–" if ratio is None else f"{ratio * 100:.{digits}f}%"


def milliseconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds * 1000:,.0f} ms"


def short(sha: str | None) -> str:
    return (sha or "")[:7]


def first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]


def rest(text: str | None) -> str:
    return (text or "").partition("\n")[2].strip()


def hue(login: str) -> int:
    return zlib.crc32(login.encode()) % 360


def payload_of(deployment: Deployment) -> dict[str, Any]:
    return deployment.payload if isinstance(deployment.payload, dict) else {}


def share_of(shift: Deployment) -> str:
    """What a shift asked for, such as 25%; where all went back, `back`."""
    traffic = payload_of(shift).get("traffic")
    if not isinstance(traffic, int | float) or isinstance(traffic, bool):
        return "?"
    return f"{traffic:g}%" if traffic else "back"


def state_word(state: str) -> str:
    return STATES.get(state, state.replace("_", " "))


def comment_html(text: str | None, links: Links, tickable: bool = False) -> Markup:
    return render(text, links, tickable=tickable)


def file_html(text: str | None, links: Links) -> Markup:
    return render(text, links, breaks=False)


def pretty(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False)


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": ago,
    "comment_html": comment_html,
    "counted": counted,
    "date": date,
    "file_html": file_html,
    "first_line": first_line,
    "hue": hue,
    "lasted": lasted,
    "milliseconds": milliseconds,
    "moment": moment,
    "percent": percent,
    "pretty": pretty,
    "rest": rest,
    "share_of": share_of,
    "short": short,
    "state_word": state_word,
    "when": when,
}
