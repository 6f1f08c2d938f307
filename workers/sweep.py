"""The sweep of GitHub's log of deliveries. GitHub never repeats a webhook by itself: what nobody took is asked for again here.

GitHub's page "Handling failed webhook deliveries" recommends it. The log goes back three days; a repeated delivery keeps its GUID, so one
that was taken after all changes nothing.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

import structlog

from workers.tools import Tools

REACH = 3 * 86_400.0
MOST_TRIES = 6
FIRST_PAUSE = 60.0  # seconds after the first failure, doubling with each: a receiver that restarts needs a moment
MOST_AT_ONCE = 50  # each is a write, and writes are paced

log = structlog.get_logger(__name__)


async def sweep(tools: Tools, now: float) -> int:
    """Ask for the deliveries that never arrived. How many were asked for. Raises GitHubError."""
    if not await tools.github.deliveries(most=1, status="failure"):
        return 0  # one request is what it costs when all is well
    tries: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for delivery in await tools.github.deliveries():
        if _at(delivery) >= now - REACH:
            tries[delivery["guid"]].append(delivery)
    wanted = [tried for tried in tries.values() if _is_wanted(tried, now)]
    wanted.sort(key=lambda tried: min(map(_at, tried)))  # the oldest has waited longest
    for tried in wanted[:MOST_AT_ONCE]:
        await tools.github.redeliver(max(tried, key=_at)["id"])
    if wanted:
        log.info("redelivered", deliveries=min(len(wanted), MOST_AT_ONCE), waiting=max(0, len(wanted) - MOST_AT_ONCE))
    return min(len(wanted), MOST_AT_ONCE)


def _is_wanted(tried: list[dict[str, Any]], now: float) -> bool:
    if any(200 <= delivery["status_code"] < 300 for delivery in tried) or len(tried) >= MOST_TRIES:
        return False
    return now - max(map(_at, tried)) >= FIRST_PAUSE * 2.0 ** (len(tried) - 1)


def _at(delivery: dict[str, Any]) -> float:
    return datetime.fromisoformat(delivery["delivered_at"]).timestamp()
