"""`POST /webhooks`: a delivery is proven, understood, kept and handed over, and only then answered with 202.

What happened once is committed to SQL before the answer, and the subjects are woken before the answer: a crash at any point leaves
either an answer that GitHub did not get, so that the delivery counts as failed and is redelivered, or nothing left to do. Redeliveries are
harmless because everything kept is told apart by its content, never by "seen before". GitHub is never called from here.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import msgspec
import structlog
from redis.exceptions import RedisError
from starlette.types import Receive, Scope, Send

from bot.events import EVENTS, BadPayloadError, Ignored, MalformedPayloadError, Pinged, parse
from bot.queue import Queue
from bot.routes import Routed, route
from bot.store import Store, StoreUnreachable
from bot.subject import Repo
from bot.web.grouping import Grouped
from bot.web.metrics import Metrics
from bot.web.requests import RETRY, Delivery, Doorway, Gone, Refused, claimed_guid

log = structlog.get_logger("tagboat.webhooks")

SECONDS_TO_KEEP = 8.0  # GitHub gives up after 10 s: better an honest 503 before that
REPO_SECONDS = 300.0  # how long a repository's row is believed to be as this process wrote it
REPOS = 10_000

UNREACHABLE = (StoreUnreachable, RedisError, OSError, TimeoutError)

NOT_KEPT = Refused(
    503,
    "unavailable",
    "Redis or the database does not answer, so the delivery was not taken.",
    "Nothing is lost: it counts as failed at GitHub and is fetched again. See /readyz.",
    RETRY,
)

HEARD = frozenset(event for event, _ in EVENTS)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    outcome: str
    body: dict[str, Any]
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Webhooks:
    """The ASGI endpoint. Deliveries that arrive together are stored in one transaction and woken in one pipeline."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        *,
        secrets: Sequence[str],
        app_id: int,
        metrics: Metrics,
        clock: Callable[[], float],
        seconds_to_keep: float = SECONDS_TO_KEEP,
    ) -> None:
        self._store, self._queue = store, queue
        self._doorway = Doorway(secrets)
        self._app_id, self._metrics, self._clock = app_id, metrics, clock
        self._seconds_to_keep = seconds_to_keep
        self._kept: Grouped[Routed] = Grouped(self._keep)
        self._known: dict[int, tuple[Repo, float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = perf_counter()
        event = "unknown"
        try:
            delivery = await self._doorway.admit(scope, receive)
            event = delivery.event if delivery.event in HEARD else "other"
            answer = await self._take(delivery)
        except Refused as refused:
            answer = _refusal(refused)
            log.warning("delivery refused", status=refused.status, error=refused.error, claimed=claimed_guid(scope))
        except Gone:
            self._metrics.deliveries.labels("unknown", "gone").inc()
            return
        self._metrics.deliveries.labels(event, answer.outcome).inc()
        self._metrics.seconds.observe(perf_counter() - began)
        await _send(answer, send)

    async def _take(self, delivery: Delivery) -> Answer:
        about: dict[str, Any] = {"delivery": delivery.guid, "github_event": delivery.event}
        said: dict[str, Any] = {"delivery": delivery.guid, "woken": 0}
        now = self._clock()
        try:
            event = parse(delivery.event, delivery.guid, delivery.body)
        except BadPayloadError as error:
            log.warning("delivery not understood", **about, error=str(error))
            return _misunderstood(error)
        if isinstance(event, Ignored):
            log.info("delivery ignored", **about, because=event.because)
            return Answer(202, "ignored", {**said, "ignored": event.because})
        if isinstance(event, Pinged):
            log.info("pinged", **about)
            return Answer(200, "accepted", {**said, "pong": "Tagboat hears you."})
        routed = route(event, now, self._app_id)
        about["action"] = getattr(event, "action", "")
        about["repository"] = ", ".join(repo.full_name for repo in routed.repos)
        about["subjects"] = [wake.subject.text for wake in routed.wakes]
        try:
            async with asyncio.timeout(self._seconds_to_keep):
                await self._hand_over(routed, now)
        except UNREACHABLE as error:
            log.error("delivery not kept", **about, error=f"{type(error).__name__}: {error}")
            return _refusal(NOT_KEPT)
        log.info("delivery taken", **about)
        self._metrics.wakes.inc(len(routed.wakes))
        return Answer(202, "accepted", {**said, "woken": len(routed.wakes)})

    async def _hand_over(self, routed: Routed, now: float) -> None:
        news = tuple(repo for repo in routed.repos if not self._is_known(repo, now))
        if news or routed.asked or routed.heads:
            await self._kept.do(Routed(asked=routed.asked, heads=routed.heads, repos=news))
        if routed.wakes:
            await self._queue.wake(routed.wakes, now, look_again=True)

    def _is_known(self, repo: Repo, now: float) -> bool:
        known = self._known.get(repo.id)
        return known is not None and known[0] == repo and now - known[1] < REPO_SECONDS

    async def _keep(self, group: Sequence[Routed]) -> None:
        now = self._clock()
        # Of the same repository, what was heard last.
        repos = {repo.id: repo for routed in group for repo in routed.repos}
        await self._store.receive(
            repos=tuple(repos.values()),
            asked=tuple(asked for routed in group for asked in routed.asked),
            heads=tuple(head for routed in group for head in routed.heads),
            now=now,
        )
        if len(self._known) > REPOS:
            self._known.clear()
        self._known.update({repo.id: (repo, now) for repo in repos.values()})


def _misunderstood(error: BadPayloadError) -> Answer:
    if isinstance(error, MalformedPayloadError):
        wrong, status = "The payload is not JSON", 400
    else:
        wrong, status = "The payload is not as GitHub describes it", 422
    return Answer(
        status, "malformed", {"error": f"{wrong}: {error}", "fix": "Send the payload exactly as GitHub does."}
    )


def _refusal(refused: Refused) -> Answer:
    return Answer(refused.status, refused.outcome, {"error": refused.error, "fix": refused.fix}, refused.headers)


async def _send(answer: Answer, send: Send) -> None:
    body = msgspec.json.encode(answer.body)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
