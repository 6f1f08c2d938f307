"""The smallest parts of GitHub's JSON: dates, node ids, reaction counts."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sandbox.github.state import Reaction

Json = dict[str, Any]
REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def iso(at: float) -> str:
    """Whole seconds, UTC: `2024-05-01T12:00:00Z`."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_or_none(at: float | None) -> str | None:
    return None if at is None else iso(at)


def moment(text: str) -> float:
    """The Unix seconds of an ISO 8601 date. ValueError if it is none."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def node_id(kind: str, number: int | str) -> str:
    return base64.b64encode(f"0:{kind}{number}".encode()).decode().rstrip("=")


def rollup(reactions: Iterable[Reaction], url: str) -> Json:
    counts = dict.fromkeys(REACTIONS, 0)
    total = 0
    for reaction in reactions:
        counts[reaction.content] += 1
        total += 1
    return {"url": url, "total_count": total, **counts}
