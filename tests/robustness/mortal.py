"""A bot that can die: its worker, its clock and its receiver end at any chosen moment of I/O, and another process goes on from what SQL,
Redis and GitHub hold. Nothing travels over a network and jobs run one after the other, so that the n-th point is the same in every run.

Reading changes nothing outside the process, so to die before or after a read is to die at the same state of the world: `Points` tells
such moments as one, and each state between two changes is died in once.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import Executor, Future
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from bot.queue import Queue
from bot.store import Store
from tests.direct import Direct
from tests.opening import open_world
from tests.policies import MORTAL_POLICY
from tests.process import Process, start_process
from tests.world import World
from workers.tools import Tools
from workers.worker import AsyncWorker

T = TypeVar("T")

TICK = 5.0
PATIENCE = 7200.0

TABLES = ("records", "asked", "intents", "sections", "ledger", "policies", "heads", "repositories", "audit")
DUMP = """
local all = {}
for _, pattern in ipairs({'tagboat:*', 'rq:queue:tagboat'}) do
  local keys = redis.call('KEYS', pattern)
  table.sort(keys)
  for _, key in ipairs(keys) do
    if key ~= 'tagboat:pace' then table.insert(all, key .. redis.call('DUMP', key)) end
  end
end
return all
"""


class Crash(BaseException):
    """The process ends here, and no handler runs."""


@dataclass
class Counted:
    """Counts what passes by, once `armed`, and in which `round` of the world. `at` has what else happens at the n-th, `each` at all."""

    armed: bool = False
    round: int = 0
    names: list[str] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    at: dict[int, Callable[[], object]] = field(default_factory=dict)
    each: Callable[[], object] = bool

    @property
    def passed(self) -> int:
        return len(self.names)

    def pass_by(self, name: str) -> None:
        if self.armed:
            self.names.append(name)
            self.rounds.append(self.round)
            self.each()
            self.at.get(self.passed, bool)()


@dataclass
class Points(Counted):
    """The moments at which something goes over a wire or has just come back. The process dies at the one that `crash_at` names; a dead
    process does nothing any more, whatever its handlers try.

    `crash_when` names it by the state of the world instead. `look`, if set, gives a fingerprint of everything outside the process; `states`
    gets the point after which each new one was seen.
    """

    crash_at: int = 0
    crash_when: Callable[[], bool] | None = None
    dead: bool = False
    look: Callable[[], object] | None = None
    states: list[int] = field(default_factory=list)
    _seen: object = None

    def pass_by(self, name: str) -> None:
        if self.dead:
            raise Crash(name)
        if not self.armed:
            return
        super().pass_by(name)
        if self.look is not None and (now := self.look()) != self._seen:
            self._seen = now
            self.states.append(self.passed)
        if self.passed == self.crash_at or (self.crash_when is not None and self.crash_when()):
            self.crash_when = None
            self.dead = True
            raise Crash(name)


class Watched:
    """Stands before something with coroutines and passes by a point before and after each call."""

    def __init__(self, target: Any, points: Points) -> None:
        self._target, self._points = target, points

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def watched(*args: Any, **kwargs: Any) -> Any:
            self._points.pass_by(f"before {name}")
            answer = await found(*args, **kwargs)
            self._points.pass_by(f"after {name}")
            return answer

        return watched


class AtOnce(Executor):
    """No thread at all: SQLite answers sooner than a thread would wake up, and nothing here is to be done meanwhile."""

    def submit(self, do: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(do(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            done.set_exception(error)
        return done


class MortalWorker(AsyncWorker):
    """One job at a time and no thread; rq's own words with Redis are points as well."""

    def __init__(self, url: str, tools: Tools, points: Points) -> None:
        super().__init__(url, tools, at_once=1)
        self._books = Watched(self._books, points)  # type: ignore[assignment]
        self._thread = AtOnce()  # type: ignore[assignment]

    async def close(self) -> None:
        await self._books.close()
        self.connection.close()

    async def die(self) -> None:
        """What still runs is stopped; its handlers find every way out closed."""
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


@dataclass
class MortalReceiver:
    """The web process. Once it is dead nobody gets an answer, until `start` makes another one."""

    points: Points
    store: Store
    queue: Queue
    start: Callable[[], ASGIApp]
    alive: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.alive is None:
            self.alive = self.start()
        if not self.points.dead:
            with suppress(Crash):
                await self.alive(scope, receive, send)
        if self.points.dead:  # also where something caught it: an answer that was about to be given never leaves
            raise ConnectionResetError


@dataclass
class MortalWorld(World):
    """A world whose bot dies once: the worker at `points.crash_at`, or the receiver at `receiving.crash_at`. Others start a moment later,
    and what people do `meanwhile` has happened by then. `at_round` is called where a round begins, `rounds` of which there have been.
    """

    points: Points = field(default_factory=Points)
    receiving: Points = field(default_factory=Points)
    requests: Counted = field(default_factory=Counted)
    writes: Counted = field(default_factory=Counted)
    webhooks: Counted = field(default_factory=Counted)
    start: Callable[[], Process] | None = None
    meanwhile: Callable[[], Awaitable[object]] | None = None
    receiver: MortalReceiver | None = None
    deaths: int = 0
    rounds: int = 0
    at_round: Callable[["MortalWorld"], None] | None = None

    def begin_round(self) -> None:
        self.rounds += 1
        for counted in (self.points, self.receiving, self.requests, self.writes, self.webhooks):
            counted.round = self.rounds
        if self.at_round is not None:
            self.at_round(self)

    async def settle(self, most: int = 200) -> None:
        try:
            await super().settle(most)
        except Crash:
            await self._start_again()
            await self.github.hooks.flush()  # the receiver is another process
        if self.receiving.dead:
            assert self.receiver is not None
            self.deaths += 1
            self.receiver.alive, self.receiving.dead = None, False

    async def _start_again(self) -> None:
        assert self.start is not None
        self.deaths += 1
        (gone,) = self.processes
        assert isinstance(gone.worker, MortalWorker)
        await gone.worker.die()
        self.points.dead = False
        await gone.close()
        if self.meanwhile is not None:
            await self.meanwhile()
        self.processes[0] = self.start()
        await self.github.clock.advance(1)

    async def rest(self) -> None:
        """Let time pass until nobody has planned anything any more, and one more tick finds nothing either."""
        began, idle = self.github.now(), 0
        await self.settle()
        while idle < 2:
            now = self.github.now()
            planned = bool(self._plans() or self.github.clock.pending())
            idle = 0 if planned else idle + 1
            assert now < began + PATIENCE, f"it never came to rest:\n{self.comment_text()}"
            await self.github.clock.advance(self._next(now) - now if planned else TICK)
            await self.settle()

    def fingerprint(self) -> object:
        """Everything outside the process that a later one could find: GitHub, SQL but for the clock's own notes, Redis but for the
        pace of writes and what rq keeps for people."""
        rows = [self.memory.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES]  # noqa: S608
        notes = "SELECT * FROM cursors WHERE name NOT IN ('last_tick', 'caught_up', 'swept')"
        rows.append(self.memory.execute(notes).fetchall())
        return self.repo.version, rows, self.nerves.eval(DUMP, 0)


@asynccontextmanager
async def open_mortal(
    redis_url: str, directory: Path, policy: str = MORTAL_POLICY, files: Mapping[str, str] | None = None
) -> AsyncIterator[MortalWorld]:
    """Without a network, at ticks of five seconds, with the clock's rounds."""
    points, receiving = Points(), Points()

    def start(world: World, sandbox: ASGIApp) -> Process:
        assert isinstance(world, MortalWorld)

        def start_anew() -> Process:
            return start_process(
                world.settings,
                world.github.now,
                session=Direct({world.github.url: sandbox}, points.pass_by),
                watch=lambda target: Watched(target, points),
                make_worker=lambda url, tools: MortalWorker(url, tools, points),
                threads=AtOnce(),
            )

        world.start = start_anew
        return start_anew()

    receivers: list[MortalReceiver] = []

    def watch_receiver(make: Callable[..., ASGIApp], store: Store, queue: Queue) -> ASGIApp:
        store._threads = AtOnce()  # type: ignore[assignment]
        receiver = MortalReceiver(
            receiving, store, queue, lambda: make(Watched(store, receiving), Watched(queue, receiving))
        )
        receivers.append(receiver)
        return receiver

    directory.mkdir(exist_ok=True)
    async with open_world(
        redis_url,
        directory,
        policy=policy,
        files=files,
        direct=True,
        start=start,
        stand_before=watch_receiver,
        kind=MortalWorld,
        tick=TICK,
        with_rounds=True,
    ) as world:
        assert isinstance(world, MortalWorld)
        world.points, world.receiving, world.receiver = points, receiving, receivers[0]
        yield world
