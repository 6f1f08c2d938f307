"""Group commit: what arrives while a write is under way is written together by the next one.

A round trip to Redis or a transaction in SQL costs the same for one item as for fifty, so a storm of webhooks costs few of them, and a
single webhook waits for nobody. Each caller waits until its own item is written, and hears of its failure.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

AT_MOST = 256  # items in one write: keeps a single pipeline or transaction short


class Grouped(Generic[T]):
    """Calls `write` with what several callers of `do` have brought, never twice at the same time."""

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[object]]) -> None:
        self._write = write
        self._waiting: deque[tuple[T, asyncio.Future[None]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def do(self, item: T) -> None:
        """Returns when `item` is written; raises what `write` raised."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await written

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                # A caller that gave up has answered already; its item is safe to leave out, GitHub keeps the delivery as failed.
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), AT_MOST))]
                group = [(item, written) for item, written in group if not written.done()]
                if group:
                    await self._write_group(group)
        finally:
            self._writing = None

    async def _write_group(self, group: list[tuple[T, asyncio.Future[None]]]) -> None:
        failure: BaseException | None = ConnectionAbortedError("shutting down")  # unless the write comes to its own end
        try:
            await self._write([item for item, _ in group])
            failure = None
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who wait for it
            failure = error
        finally:
            for _, written in group:
                if written.done():
                    continue
                if failure is None:
                    written.set_result(None)
                else:
                    written.set_exception(failure)
