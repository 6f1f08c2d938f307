"""A small load generator: keep-alive connections on one event loop that send prepared requests and time the answers.

Raw asyncio protocols, because an HTTP client in Python costs more than the server that it is meant to measure.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import cast

HEAD_END = b"\r\n\r\n"


@dataclass
class Answers:
    """How long each answer took (seconds), how many were not 2xx, and over what time (seconds) all of them came."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    elapsed: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.elapsed

    def quantile(self, share: float) -> float:
        """The answer time (ms) that `share` of the answers did not exceed."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._arrived = b""
        self._answered: asyncio.Future[bool] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        head_ends = self._arrived.find(HEAD_END)
        if head_ends < 0 or self._answered is None:
            return
        head = self._arrived[:head_ends].lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        if len(self._arrived) >= head_ends + len(HEAD_END) + length:
            answered, self._answered, self._arrived = self._answered, None, b""
            answered.set_result(head.split(b" ", 2)[1].startswith(b"2"))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionResetError("the server hung up"))

    async def ask(self, request: bytes) -> bool:
        """Send, and wait for the answer. True if it is 2xx."""
        assert self._transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def press(port: int, request: Callable[[], bytes], connections: int, seconds: float) -> Answers:
    """As fast as it goes: every connection sends the next request as soon as it has its answer."""
    answers, opened = Answers(), await _open(port, connections)
    began = perf_counter()
    until = began + seconds

    async def run(connection: Connection) -> None:
        while (sent := perf_counter()) < until:
            answers.failed += not await connection.ask(request())
            answers.seconds.append(perf_counter() - sent)

    await asyncio.gather(*(run(connection) for connection in opened))
    answers.elapsed = perf_counter() - began
    for connection in opened:
        connection.close()
    return answers


async def pace(port: int, request: Callable[[], bytes], per_second: float, seconds: float) -> Answers:
    """At a fixed rate. Times count from when a request was due, so that a server that stalls cannot slow its own clock."""
    answers, opened = Answers(), await _open(port, 64)
    idle: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in opened:
        idle.put_nowait(connection)
    under_way: set[asyncio.Task[None]] = set()
    began = perf_counter()

    async def run(due: float, connection: Connection) -> None:
        answers.failed += not await connection.ask(request())
        answers.seconds.append(perf_counter() - due)
        idle.put_nowait(connection)

    for number in range(int(per_second * seconds)):
        due = began + number / per_second
        if (wait := due - perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(run(due, await idle.get()))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    answers.elapsed = perf_counter() - began
    for connection in opened:
        connection.close()
    return answers


async def _open(port: int, connections: int) -> list[Connection]:
    loop = asyncio.get_running_loop()
    opened = []
    for _ in range(connections):
        _, connection = await loop.create_connection(Connection, "127.0.0.1", port)
        opened.append(connection)
    return opened
