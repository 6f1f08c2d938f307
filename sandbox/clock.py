"""The one clock of the sandbox: real by default, settable, and steppable by a test.

Everything that has a date, expires or happens later asks this clock, so that a test can let an hour pass in a millisecond and a
person at the playground sees real time. What is to happen later is registered with `at`. While time is real a background task
(`run`) fires what is due; while it is frozen only `advance` does, in order, each callback at its own moment.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Callback = Callable[[], Awaitable[None]]

log = logging.getLogger("sandbox.clock")


@dataclass(order=True, slots=True)
class Timer:
    """One thing that will happen: `when` in Unix seconds. `cancel()` takes it back."""

    when: float
    order: int
    callback: Callback | None = field(compare=False)

    def cancel(self) -> None:
        self.callback = None


class Clock:
    """`now()` in Unix seconds. Starts real; `freeze` makes it stand still until `advance` or `thaw`."""

    def __init__(self) -> None:
        self._offset = 0.0
        self._frozen_at: float | None = None
        self._timers: list[Timer] = []
        self._order = itertools.count()
        self._changed: asyncio.Event | None = None
        self._stepping = False

    # reading

    def now(self) -> float:
        return self._frozen_at if self._frozen_at is not None else time.time() + self._offset

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    # setting

    def freeze(self, at: float | None = None) -> None:
        """Stand still at `at`, or at the present moment. Whole seconds keep ISO dates exact."""
        self._frozen_at = float(int(self.now())) if at is None else float(at)
        self._notify()

    def thaw(self) -> None:
        """Run on in real time from wherever the clock stands."""
        if self._frozen_at is not None:
            self._offset = self._frozen_at - time.time()
            self._frozen_at = None
        self._notify()

    @contextmanager
    def elsewhen(self, at: float) -> Iterator[None]:
        """Pretend that it is `at`, for as long as the block runs: how history is written. Nothing that is due is fired."""
        before, self._frozen_at = self._frozen_at, at
        try:
            yield
        finally:
            self._frozen_at = before

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass: fires every callback due in them in time order, each while `now()` is its own moment.

        What a callback raises comes out here. With a real clock only the offset moves, then what is due is fired.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        if self._stepping:
            raise RuntimeError("a callback of the clock cannot advance the clock")
        self._stepping = True
        try:
            if self._frozen_at is None:
                self._offset += seconds
                await self._fire(self.now())
                return
            target = self._frozen_at + seconds
            await self._fire(target)
            self._frozen_at = target
        finally:
            self._stepping = False
            self._notify()

    # scheduling

    def at(self, when: float, callback: Callback) -> Timer:
        """Call `callback` (async, without arguments) when the clock reaches `when`; at once if that has passed."""
        timer = Timer(when, next(self._order), callback)
        heapq.heappush(self._timers, timer)
        self._notify()
        return timer

    def after(self, seconds: float, callback: Callback) -> Timer:
        return self.at(self.now() + seconds, callback)

    def pending(self) -> list[float]:
        """When the things that are still to happen are due, soonest first."""
        return sorted(timer.when for timer in self._timers if timer.callback is not None)

    async def run(self) -> None:
        """Fire what is due, for ever, while the clock is real. One background task runs this; cancel it to stop."""
        changed = self._changed = asyncio.Event()
        try:
            while True:
                changed.clear()
                wait: float | None = None
                if not self.frozen and not self._stepping:
                    await self._fire(self.now(), forgiving=True)
                    wait = self._timers[0].when - self.now() if self._timers else None
                try:
                    await asyncio.wait_for(changed.wait(), None if wait is None else max(0.0, wait))
                except TimeoutError:
                    continue
        finally:
            self._changed = None

    async def _fire(self, until: float, *, forgiving: bool = False) -> None:
        while self._timers and self._timers[0].when <= until:
            timer = heapq.heappop(self._timers)
            if timer.callback is None:
                continue
            if self._frozen_at is not None:
                self._frozen_at = max(self._frozen_at, timer.when)
            try:
                await timer.callback()
            except Exception:
                if not forgiving:
                    raise
                log.exception("a scheduled step of the sandbox failed")

    def _notify(self) -> None:
        if self._changed is not None:
            self._changed.set()
