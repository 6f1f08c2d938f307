"""Webhooks on their way: an outbox with one sender that keeps their order, GitHub's delivery log, redelivery, and ways to lose them.

Like GitHub it signs every body, waits ten seconds for an answer, never tries again by itself, and keeps what happened for three days.
A redelivery is a new delivery with the same GUID.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
import uuid
from collections import deque
from typing import Any

import aiohttp
import msgspec

from sandbox.clock import Clock
from sandbox.github.accounts import App
from sandbox.github.deliveries import Delivery, Trouble, sign, wire

__all__ = ["Delivery", "Hooks", "Trouble"]

TIMEOUT = 10.0
KEPT = 3 * 86_400
MOST_KEPT = 10_000
MAX_PAYLOAD = 25 * 1024 * 1024

log = logging.getLogger("sandbox.hooks")


class Hooks:
    """`send` queues, the sender (`run`) delivers one after another, `flush` waits until all that is not held back was sent."""

    def __init__(self, clock: Clock) -> None:
        self.log: list[Delivery] = []
        self._clock = clock
        self._last_id = 12_000_000_000
        self._outbox: deque[Delivery] = deque()
        self._held: list[Delivery] | None = None
        self._troubles: list[Trouble] = []
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._sender: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None

    # --- switches --------------------------------------------------------------------------------------------------------------

    def lose(self, times: int | None = 1, *, event: str | None = None, logged: bool = True) -> None:
        """Lose the next `times` (None: all) webhooks, or those of one event. `logged`: the log shows a failed delivery that can
        be redelivered; else GitHub never knew of it."""
        self._troubles.append(Trouble("lose", event, times, logged=logged))

    def duplicate(self, times: int | None = 1, *, event: str | None = None) -> None:
        """Send the next ones twice, with the same GUID."""
        self._troubles.append(Trouble("duplicate", event, times))

    def delay(self, seconds: float, times: int | None = None, *, event: str | None = None) -> None:
        """Queue them only `seconds` of sandbox time later."""
        self._troubles.append(Trouble("delay", event, times, seconds=seconds))

    def hold(self) -> None:
        """Keep everything back until `release`."""
        if self._held is None:
            self._held = []

    def release(self, *, seed: int | None = None) -> int:
        """Queue what was held back, shuffled by `seed` if given. Returns how many there were."""
        held, self._held = self._held or [], None
        if seed is not None:
            random.Random(seed).shuffle(held)  # noqa: S311  repeatable on purpose
        for delivery in held:
            self._queue(delivery)
        return len(held)

    def clear(self) -> None:
        """Switch all trouble off and release what was held."""
        self._troubles.clear()
        self.release()

    # --- sending ---------------------------------------------------------------------------------------------------------------

    def send(
        self, app: App, event: str, action: str | None, payload: Any, installation: int | None, repository: int | None
    ) -> None:
        delivery = Delivery(
            id=self._next_id(),
            guid=str(uuid.uuid4()),
            app=app,
            event=event,
            action=action,
            installation_id=installation,
            repository_id=repository,
            body=msgspec.json.encode(payload),
            created_at=self._clock.now(),
        )
        self._prune()
        if len(delivery.body) > MAX_PAYLOAD:
            return  # GitHub does not send, nor log, what is larger
        for trouble in list(self._troubles):
            if trouble.times == 0 or trouble.event not in (None, event):
                continue
            if trouble.times is not None:
                trouble.times -= 1
            if trouble.kind == "lose":
                if trouble.logged:
                    self._record(delivery, 502, "failed to connect to host", 0.0)
                    self.log.append(delivery)
                return
            if trouble.kind == "delay":
                self.log.append(delivery)
                self._later(delivery, trouble.seconds)
                return
            self.log.append(delivery)
            self._enqueue(delivery)
            self._enqueue(delivery)
            return
        self.log.append(delivery)
        self._enqueue(delivery)

    def redeliver(self, delivery_id: int) -> Delivery:
        """Queue the same body and GUID again. KeyError if it is not, or no longer, in the log."""
        first = self.find(delivery_id)
        again = Delivery(
            id=self._next_id(),
            guid=first.guid,
            app=first.app,
            event=first.event,
            action=first.action,
            installation_id=first.installation_id,
            repository_id=first.repository_id,
            body=first.body,
            created_at=self._clock.now(),
            redelivery=True,
        )
        self.log.append(again)
        self._queue(again)
        return again

    def find(self, delivery_id: int) -> Delivery:
        self._prune()
        for delivery in reversed(self.log):
            if delivery.id == delivery_id:
                return delivery
        raise KeyError(delivery_id)

    def sent(self, app: App) -> list[Delivery]:
        """What GitHub's log shows for the App, newest first."""
        self._prune()
        return [delivery for delivery in reversed(self.log) if delivery.app is app and delivery.status_code]

    def waiting(self) -> int:
        """How many are queued or held back."""
        return len(self._outbox) + len(self._held or ())

    async def flush(self) -> None:
        """Return when everything that is not held back or delayed was sent, what the answers caused to be sent included."""
        while self._sender is not None and (self._outbox or not self._idle.is_set()):
            await self._idle.wait()
        while self._outbox:  # nobody else sends
            await self._deliver(self._outbox.popleft())
        self._idle.set()

    async def run(self) -> None:
        """The one sender. Cancel it to stop; what is still queued stays queued."""
        self._sender = asyncio.current_task()
        try:
            while True:
                while self._outbox:
                    self._idle.clear()
                    await self._deliver(self._outbox.popleft())
                self._idle.set()
                self._work.clear()
                await self._work.wait()
        finally:
            self._sender = None
            self._idle.set()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    # --- inside ----------------------------------------------------------------------------------------------------------------

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _enqueue(self, delivery: Delivery) -> None:
        if self._held is not None:
            self._held.append(delivery)
        else:
            self._queue(delivery)

    def _queue(self, delivery: Delivery) -> None:
        self._outbox.append(delivery)
        self._idle.clear()
        self._work.set()

    def _later(self, delivery: Delivery, seconds: float) -> None:
        async def queue() -> None:
            self._enqueue(delivery)

        self._clock.after(seconds, queue)

    def _prune(self) -> None:
        horizon = self._clock.now() - KEPT
        if self.log and self.log[0].created_at < horizon:
            self.log = [delivery for delivery in self.log if delivery.created_at >= horizon]
        if len(self.log) > MOST_KEPT:
            del self.log[: MOST_KEPT // 10]

    def _record(self, delivery: Delivery, code: int, status: str, duration: float) -> None:
        delivery.delivered_at = self._clock.now()
        delivery.status_code, delivery.status, delivery.duration = code, status, round(duration, 3)
        delivery.url = delivery.app.hook.url

    async def _deliver(self, delivery: Delivery) -> None:
        hook = delivery.app.hook
        if not hook.url:
            self._record(delivery, 502, "failed to connect to host", 0.0)
            return
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        body = wire(delivery)
        delivery.request_headers = sign(delivery, body)
        began = time.monotonic()
        try:
            async with self._session.post(
                hook.url, data=body, headers=delivery.request_headers, allow_redirects=False
            ) as answer:
                text = await answer.text(errors="replace")
            delivery.response_headers, delivery.response_body = dict(answer.headers), text[:4096]
            ok = 200 <= answer.status < 300
            status, code = "OK" if ok else f"Invalid HTTP Response: {answer.status}", answer.status
        except TimeoutError:
            status, code = "timed out", 504
        except aiohttp.ClientError as error:
            log.debug("webhook %s not delivered: %s", delivery.guid, error)
            status, code = "failed to connect to host", 502
        self._record(delivery, code, status, time.monotonic() - began)
