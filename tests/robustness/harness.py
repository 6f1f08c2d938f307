"""Runs the loop on the stub world with time stepped by the test, and can kill it at any moment.

A kill is a BaseException at a point of I/O: whatever the process held in memory is gone, what SQL, Redis and the world hold stays. Then
another process goes on from there.
"""

import math
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import redis
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from bot.decision import Asked, Wake
from bot.queue import PREFIX, QUEUE, Queue
from bot.settings import read_settings
from bot.store import Store, make_engine
from bot.subject import Subject
from tests.robustness import stub
from tests.robustness.stub import World
from workers.clock import resynced, tick
from workers.github import GitHub
from workers.loop import run
from workers.tools import Tools

START = 1_700_000_000.0
TICK = 5.0
PATIENCE = 600.0  # seconds of stepped time after which it must have become quiet


class Killed(BaseException):
    """The process ends here, and no handler runs."""


@dataclass
class Points:
    """Counts the moments at which something goes over a wire or has just come back. Kills at one of them, or does what `at` says.

    To die before or after a read is to die in the same state of everything outside the process. `look`, if set, takes that state's
    fingerprint; `states` gets the point after which each new one was seen, so that each is died in once.
    """

    kill_at: int = 0
    passed: int = 0
    names: list[str] = field(default_factory=list)
    at: dict[int, Callable[[], object]] = field(default_factory=dict)
    look: Callable[[], object] | None = None
    states: list[int] = field(default_factory=list)
    _seen: object = None

    def pass_by(self, name: str) -> None:
        self.passed += 1
        self.names.append(name)
        if self.look is not None and (now := self.look()) != self._seen:
            self._seen = now
            self.states.append(self.passed)
        self.at.get(self.passed, bool)()
        if self.passed == self.kill_at:
            raise Killed(name)


class Watched:
    """Stands before a store or a queue and passes by a point before and after each call."""

    def __init__(self, target: object, points: Points) -> None:
        self._target, self._points = target, points

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        async def watched(*args: Any, **kwargs: Any) -> Any:
            self._points.pass_by(f"before {name}")
            answer = await found(*args, **kwargs)
            self._points.pass_by(f"after {name}")
            return answer

        return watched


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Delivery:
    """A webhook with a command in it, delivered again until it was answered, as the sweep of GitHub's log does."""

    asked: Asked
    at: float
    accepted: bool = False


class House:
    """The world with one process in it; when that is killed, another one moves in."""

    def __init__(self, directory: Path, template: Path, redis_url: str) -> None:
        self.clock = Clock()
        self.world = World(self.clock)
        self.points = Points()
        self.deliveries: list[Delivery] = []
        self.happenings: list[tuple[float, Callable[[World], None]]] = []
        self.heard: list[Wake] = []
        self.jobs = 0
        self.ticked = False
        self.restless = False  # something happened that only the next tick can find out
        database = directory / "house.db"
        for old in directory.glob("house.db*"):
            old.unlink()
        shutil.copy(template, database)
        self.store = Store(make_engine(f"sqlite:///{database}"))
        self._peek = sqlite3.connect(database)
        self.queue = Queue.connect(redis_url)
        self.redis = redis.Redis.from_url(redis_url)
        self.redis.flushall()
        self._jobs = RqQueue(QUEUE, connection=self.redis, serializer=JSONSerializer)
        self.tools = self._move_in()

    def _move_in(self) -> Tools:
        self.world.before = self.world.after = self.points.pass_by
        return Tools(
            settings=read_settings({}),
            store=cast(Store, Watched(self.store, self.points)),
            queue=cast(Queue, Watched(self.queue, self.points)),
            github=cast(GitHub, stub.StubGitHub(self.world)),
            slis={},
            topics=stub.TOPICS,
            perform=stub.perform,
            look_up=stub.look_up,
            clock=self.clock,
        )

    def fingerprint(self) -> object:
        """Everything that another process could find."""
        tables = [name for (name,) in self._peek.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [self._peek.execute(f"SELECT * FROM {name}").fetchall() for name in tables]  # noqa: S608 - our own names
        keys = sorted(cast(list[bytes], self.redis.keys("*")))
        things = [(thing.id, thing.body) for thing in self.world.things]
        return rows, [(key, self.redis.dump(key)) for key in keys], things, self.world.head

    def wipe(self) -> None:
        """Redis forgets everything."""
        self.redis.flushall()
        self.restless = True

    async def close(self) -> None:
        await self.store.close()
        await self.queue.close()
        self.redis.close()
        self._peek.close()

    def ask(self, after: float, verb: str = "deploy", source: str = "comment-17") -> None:
        """Somebody types a command so many seconds from now."""
        at = self.clock() + after
        asked = Asked(source, 0, stub.COMMAND, stub.ALICE, at, {"verb": verb, "sha": "new"})
        self.deliveries.append(Delivery(asked, at))

    def happens(self, after: float, what: Callable[[World], None]) -> None:
        self.happenings.append((self.clock() + after, what))

    async def until_quiet(self, on_kill: Callable[["House"], object] = bool) -> None:
        """Step time from tick to tick until nothing is left to do. After a kill a new process moves in."""
        await self.store.remember_repo(stub.REPO, self.clock())
        await self.queue.start_fresh(self.clock())
        while (moment := self._next_moment()) is not None:
            assert moment < START + PATIENCE, "it never became quiet"
            # The ticks in between would find nothing.
            ticks = max(1, math.ceil((moment - self.clock()) / TICK)) if self.ticked else 0
            self.clock.now += ticks * TICK
            self.ticked = True
            try:
                await self._live()
            except Killed:
                self.restless = True
                on_kill(self)

    def _next_moment(self) -> float | None:
        """The soonest time for which anybody has planned anything."""
        plans = [at for at, _ in self.happenings]
        plans += [self.clock() + TICK] if self.restless else []
        plans += [delivery.at for delivery in self.deliveries if not delivery.accepted]
        plans += [at for (at,) in self._peek.execute("SELECT min(wake_at) FROM records") if at is not None]
        for key in ("due", "looks"):
            first: Any = self.redis.zrange(f"{PREFIX}{key}", 0, 0, withscores=True)
            plans += [at for _, at in first]
        return min(plans, default=None)

    async def _live(self) -> None:
        """What happens at this moment: webhooks, a tick, and all jobs."""
        for at, what in self.happenings[:]:
            if at <= self.clock():
                self.happenings.remove((at, what))
                what(self.world)
                self.heard.append(Wake(stub.PULL))  # GitHub says so; told again if nobody took it
        for delivery in self.deliveries:
            if not delivery.accepted and delivery.at <= self.clock():
                woken = await self.tools.store.receive([stub.REPO], [delivery.asked], [], self.clock())
                await self.tools.queue.wake([Wake(subject) for subject in woken], self.clock(), look_again=True)
                delivery.accepted = True
        if self.heard:
            await self.tools.queue.wake(self.heard, self.clock(), look_again=True)
            self.heard.clear()
        self.restless = False
        ticked = await tick(self.tools, self.clock())
        if ticked.forgot:
            # As the resync finds out that it was updated.
            await self.tools.queue.wake([Wake(stub.PULL)], self.clock())
            await resynced(self.tools, ticked.server, self.clock())
        await self._work()

    async def _work(self) -> None:
        while popped := RqQueue.dequeue_any([self._jobs], None, connection=self.redis, serializer=JSONSerializer):
            self.jobs += 1
            await run(self.tools, popped[0].args[0])

    async def record(self, subject: Subject) -> str | None:
        return (await self.store.load(subject)).record

    async def outcome(self) -> dict[str, Any]:
        """Everything that must not depend on what went wrong on the way."""
        subjects = (stub.COMMAND, stub.ENVIRONMENT, stub.PULL)
        memories = {subject.text: await self.store.load(subject) for subject in subjects}
        return {
            "world": self.world.seen(),
            "duplicates": self.world.duplicates(),
            "records": {text: memory.record for text, memory in memories.items()},
            "unanswered": [asked.source for memory in memories.values() for asked in memory.asked],
            "pending": [intent.effect.key for memory in memories.values() for intent in memory.pending],
            "refused": [key for memory in memories.values() for key in memory.refused],
            "failures": [memory.failures for memory in memories.values()],
            "ledger": await self.store.ledger(1, ["deployed"]),
            "audit": [line.line for line in await self.store.audit(1)],
            "sections": await self.store.sections(stub.PULL),
        }
