"""`POST /alerts`: what Alertmanager notices, proven, understood, kept and handed over, and only then answered with 202.

The sender shows a token of the operator's. Whose alert it is stands in its labels, and has to be a repository that Tagboat knows. A word
that was heard before adds nothing, so Alertmanager may repeat itself, and does when Redis or the database did not answer.
"""

import asyncio
import binascii
import hmac
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
import structlog
from redis.exceptions import RedisError
from starlette.types import Receive, Scope, Send

from bot.decision import Actor, Asked, Wake
from bot.incident.alerts import (
    SEVERITIES,
    BadNotificationError,
    Heard,
    Notification,
    Unheard,
    read_notification,
    understand,
)
from bot.queue import Queue
from bot.store import Store, StoreUnreachable
from bot.subject import Repo, incident
from bot.web.metrics import Metrics
from bot.web.requests import CLOSE, RETRY, Doorway, Gone, Refused, only_post

CAP = 1024 * 1024
MOST = 500  # alerts in one notification
SECONDS_TO_KEEP = 8.0  # Alertmanager gives up after 10 s and tries again
BY = Actor(0, "Alertmanager")
SHOWN = 20  # reasons in one answer

log = structlog.get_logger("tagboat.alerts")


class Alerts:
    """The ASGI endpoint. `tokens` are all valid; with none of them it takes nothing. `labels` and `severities` are the operator's."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        *,
        tokens: Sequence[str],
        labels: Mapping[str, str],
        severities: Mapping[str, int],
        metrics: Metrics,
        clock: Callable[[], float],
        seconds_to_keep: float = SECONDS_TO_KEEP,
    ) -> None:
        self._store, self._queue, self._metrics, self._clock = store, queue, metrics, clock
        self._tokens = tuple(token.encode() for token in tokens)
        self._labels, self._severities = labels, severities or SEVERITIES
        self._doorway = Doorway((), cap=CAP)
        self._seconds_to_keep = seconds_to_keep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, answer, headers = await self._take(await self._admit(scope, receive))
        except Refused as refused:
            status, headers = refused.status, refused.headers
            answer = {"error": refused.error, "fix": refused.fix}
            self._metrics.alerts.labels(refused.outcome).inc()
            log.warning("alerts refused", status=status, error=refused.error)
        except Gone:
            return
        body = msgspec.json.encode(answer)
        length = (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": status, "headers": [*length, *headers]})
        await send({"type": "http.response.body", "body": body})

    async def _admit(self, scope: Scope, receive: Receive) -> Notification:
        """Nothing of a body is read before its sender is proven. Raises Refused or Gone."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        only_post(scope, "alerts")
        if not self._tokens:
            raise Refused(
                503,
                "unavailable",
                "Tagboat has no token for alerts, so it cannot tell who is speaking.",
                "Set ALERTS_TOKEN, and the same as credentials in Alertmanager's http_config.",
                RETRY,
            )
        if not is_proven(headers.get(b"authorization", b""), self._tokens):
            raise Refused(
                401,
                "unproven",
                "The token fits none of ALERTS_TOKEN.",
                "Give Alertmanager's http_config the token, as authorization credentials or as the password of basic_auth.",
                (b"www-authenticate", b'Bearer realm="alerts", Basic realm="alerts"'),
                CLOSE,
            )
        body = await self._doorway.read(headers.get(b"content-length"), receive)
        try:
            found = read_notification(body)
        except BadNotificationError as error:
            said = f"This is no notification of Alertmanager: {error}"
            raise Refused(422, "malformed", said, "Use Alertmanager's webhook_configs; it sends version 4.") from None
        if len(found.alerts) > MOST:
            said = f"There are {len(found.alerts)} alerts in one notification, and at most {MOST} are taken."
            raise Refused(413, "too_large", said, "Set max_alerts in Alertmanager's webhook_configs, or group them.")
        return found

    async def _take(self, found: Notification) -> tuple[int, dict[str, Any], Sequence[tuple[bytes, bytes]]]:
        now = self._clock()
        said = [understand(alert, self._labels, self._severities, now) for alert in found.alerts]
        heard = [it for it in said if isinstance(it, Heard)]
        unheard = [it for it in said if isinstance(it, Unheard)]
        try:
            async with asyncio.timeout(self._seconds_to_keep):
                repos = {name: await self._repo(name) for name in dict.fromkeys(it.repository for it in heard)}
                asked = [_asked(it, repo, now) for it in heard if (repo := repos[it.repository]) is not None]
                unheard += [
                    Unheard("refused", f"{name} is no repository of this Tagboat.")
                    for name, repo in repos.items()
                    if repo is None
                ]
                if asked:
                    owing = await self._store.receive((), asked, (), now)
                    await self._queue.wake([Wake(target, urgent=True) for target in owing], now)
        except (StoreUnreachable, RedisError, OSError, TimeoutError) as error:
            log.error("alerts not kept", error=f"{type(error).__name__}: {error}")
            raise Refused(
                503,
                "unavailable",
                "Redis or the database does not answer, so the alerts were not taken.",
                "Alertmanager sends them again. See /readyz.",
                RETRY,
            ) from None
        self._metrics.alerts.labels("taken").inc(len(asked))
        for each in unheard:
            self._metrics.alerts.labels(each.outcome).inc()
        because = [each.why for each in unheard[:SHOWN]]
        log.info(
            "alerts taken",
            subjects=[each.target.text for each in asked],
            unheard=because,
            truncated=found.truncated_alerts,
        )
        answer = {"taken": len(asked), "unheard": because}
        if asked or not any(each.outcome == "refused" for each in unheard):
            return 202, answer, ()
        return (
            422,
            answer | {"error": because[0], "fix": "Label the alert with a repository that Tagboat is installed on."},
            (),
        )

    async def _repo(self, name: str) -> Repo | None:
        owner, _, short = name.partition("/")
        return await self._store.repo_named(owner, short)


def _asked(heard: Heard, repo: Repo, now: float) -> Asked:
    what = msgspec.to_builtins(heard.alert)
    return Asked(heard.source, 0, incident(repo.id, heard.name), BY, now, what)


def is_proven(header: bytes, tokens: Sequence[bytes]) -> bool:
    """Whether an Authorization header shows one of the tokens: as a bearer's, or as the password of anybody. Every token is compared, in
    constant time."""
    kind, _, given = header.strip().partition(b" ")
    shown = given.strip()
    if kind.lower() == b"basic":
        try:
            shown = b64decode(shown, validate=True).partition(b":")[2]
        except (binascii.Error, ValueError):
            shown = b""
    elif kind.lower() != b"bearer":
        shown = b""
    proven = False
    for token in tokens:
        matches = hmac.compare_digest(sha256(shown).digest(), sha256(token).digest())  # as long as each other
        proven = proven or (matches and bool(token))
    return proven
