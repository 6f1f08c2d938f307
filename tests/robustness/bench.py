"""One subject on the loop, with a topic and a world that do as a test says: for everything that can go wrong around a look."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
import redis
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from bot.decision import Decision, Memory, Wake
from bot.effects import Effect
from bot.queue import QUEUE, Queue
from bot.settings import read_settings
from bot.store import Store
from bot.subject import Repo, Subject, environment
from tests.robustness.harness import Clock
from workers.clock import tick
from workers.github import GitHub, RepoClient
from workers.loop import run
from workers.perform import Results, Value
from workers.tools import Tools, Topic

REPO = Repo(1, "acme", "shop", 9)
SUBJECT = environment(1, "production")


class Count(msgspec.Struct, frozen=True):
    looks: int = 0


@dataclass(frozen=True)
class Facts:
    now: float
    memory: Memory[Count]


@dataclass
class Bench:
    """One subject whose topic a test writes, and a world that does as the test says."""

    tools: Tools
    clock: Clock
    client: redis.Redis
    observing: Callable[[Memory[Any], float], Any] = lambda memory, now: None
    deciding: Callable[[Count, Facts], Decision[Count]] = lambda record, facts: Decision(record)
    performing: Callable[[Effect], Any] = lambda effect: {"id": 1}
    finding: Callable[[Effect], Value | None] = lambda effect: None
    looks: list[float] = field(default_factory=list)
    performed: list[Effect] = field(default_factory=list)

    async def observe(self, tools: Tools, repo: Repo, subject: Subject, memory: Memory[Any], now: float) -> Facts:
        self.looks.append(now)
        seen = self.observing(memory, now)
        if asyncio.iscoroutine(seen):
            await seen
        return Facts(now, memory)

    def decide(self, record: Count, facts: Facts) -> Decision[Count]:
        return self.deciding(record, facts)

    async def perform(
        self,
        effect: Effect,
        client: RepoClient,
        results: Results = {},  # noqa: B006
        *,
        unsure: bool = False,
    ) -> Value:
        value = self.performing(effect)
        if asyncio.iscoroutine(value):
            value = await value
        self.performed.append(effect)
        return cast(Value, value)

    async def look_up(self, effect: Effect, client: RepoClient, results: Results = {}) -> Value | None:  # noqa: B006
        return self.finding(effect)

    async def wake(self, subject: Subject = SUBJECT) -> None:
        await self.tools.queue.wake([Wake(subject)], self.clock())
        await self.work()

    async def work(self) -> int:
        """All jobs that are queued; how many that were."""
        queue, jobs = RqQueue(QUEUE, connection=self.client, serializer=JSONSerializer), 0
        while popped := RqQueue.dequeue_any([queue], None, connection=self.client, serializer=JSONSerializer):
            jobs += 1
            assert jobs < 100, "a busy loop"
            await run(self.tools, popped[0].args[0])
        return jobs

    async def pass_time(self, seconds: float, every: float = 5.0) -> None:
        """Tick and work for so long."""
        end = self.clock() + seconds
        while self.clock() < end:
            self.clock.now += every
            await tick(self.tools, self.clock())
            await self.work()

    async def memory(self, subject: Subject = SUBJECT) -> Memory[str | None]:
        return await self.tools.store.load(subject)


async def make_bench(queue: Queue, store: Store, client: redis.Redis) -> Bench:
    clock = Clock()
    topics: dict[str, Topic[Any, Any]] = {}
    github = type("Stage", (), {"client": lambda self, repo, urgent=False: None})()
    bench = Bench.__new__(Bench)
    tools = Tools(
        settings=read_settings({}),
        store=store,
        queue=queue,
        github=cast(GitHub, github),
        slis={},
        topics=topics,
        perform=lambda *args, **kwargs: bench.perform(*args, **kwargs),
        look_up=lambda *args, **kwargs: bench.look_up(*args, **kwargs),
        clock=clock,
    )
    bench.__init__(tools, clock, client)  # type: ignore[misc]
    for name in ("environment", "pull"):
        topics[name] = Topic(name, Count, Count, bench.observe, bench.decide)
    await store.remember_repo(REPO, clock())
    return bench


def fails(error: Exception) -> Callable[..., Any]:
    def fail(*_: object) -> Any:
        raise error

    return fail


def wants(*effects: Effect, **more: Any) -> Callable[[Count, Facts], Decision[Count]]:
    return lambda record, facts: Decision(Count(record.looks + 1), effects=effects, **more)
