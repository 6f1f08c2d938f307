"""What the loop does when a look fails: it tries again later and later, says why, and never loops silently or takes anybody else along."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import redis
from redis.exceptions import RedisError
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from bot.decision import Actor, Asked, Decision, Memory, Show, Wake
from bot.effects import CreateDeployment, Effect, React, SetDeploymentStatus, UpsertComment
from bot.queue import LEASE, QUEUE, Queue
from bot.settings import read_settings
from bot.store import Store, StoreUnreachable, make_engine, migrate
from bot.subject import Repo, Subject, command, environment, pull
from tests.conftest import start_postgres
from tests.robustness.harness import Clock
from workers.clock import tick
from workers.github import GitHub, NotFound, RateLimited, Refused, RepoClient, Unauthorized, Unreachable
from workers.loop import IDLE_PAUSE, run
from workers.perform import Results, Value
from workers.tools import Tools, Topic
from workers.trouble import LAG

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


@pytest.fixture
async def bench(queue: Queue, sqlite_store: Store, redis_url: str) -> AsyncIterator[Bench]:
    with redis.Redis.from_url(redis_url) as client:
        yield await make_bench(queue, sqlite_store, client)


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


# Looks that fail


async def test_a_bug_is_tried_again_ever_more_rarely_and_is_shown(bench: Bench) -> None:
    bench.observing = fails(KeyError("boom"))
    await bench.wake()
    await bench.pass_time(3600.0)
    assert 8 <= len(bench.looks) <= 12
    pauses = [later - earlier for earlier, later in zip(bench.looks, bench.looks[1:], strict=False)]
    assert pauses == sorted(pauses)
    [sleeper] = await bench.tools.store.troubled(5)
    assert (sleeper.subject, sleeper.because) == (SUBJECT.text, "KeyError: 'boom'")


async def test_a_failing_subject_is_well_again_after_one_good_look(bench: Bench) -> None:
    bench.observing = fails(Unreachable("GitHub answered 502", status=502))
    await bench.wake()
    await bench.pass_time(60.0)
    assert (await bench.memory()).failures == 4
    bench.observing = lambda memory, now: None
    await bench.pass_time(60.0)
    assert (await bench.memory()).failures == 0
    assert await bench.tools.store.due(bench.clock() + 1e6, 10) == ()


async def test_a_failing_subject_does_not_keep_the_others(bench: Bench) -> None:
    bench.observing = lambda memory, now: fails(RuntimeError("x"))() if not bench.looks[1:] else None
    await bench.wake()
    await bench.wake(pull(1, 1))
    assert (await bench.memory(pull(1, 1))).failures == 0
    assert (await bench.memory()).failures == 1


async def test_a_new_command_is_heard_in_spite_of_failures(bench: Bench) -> None:
    bench.observing = fails(RuntimeError("x"))
    await bench.wake()
    await bench.pass_time(1200.0)
    bench.looks.clear()
    bench.observing = lambda memory, now: None
    asked = Asked("comment-1", 0, SUBJECT, Actor(7, "alice"), bench.clock(), {})
    await bench.tools.store.receive([], [asked], [], bench.clock())
    await bench.pass_time(5.0)
    assert len(bench.looks) == 1


async def test_a_rate_limit_is_waited_for_and_is_no_failure(bench: Bench) -> None:
    until = bench.clock() + 900.0
    bench.observing = lambda memory, now: fails(RateLimited("wait", until))() if now < until else None
    await bench.wake()
    memory = await bench.memory()
    assert (memory.failures, memory.wake_at) == (0, until)
    await bench.pass_time(1000.0)
    assert len(bench.looks) == 2


async def test_a_credential_that_is_refused_is_a_failure_that_people_see(bench: Bench) -> None:
    bench.observing = fails(Unauthorized("GitHub answered 401", status=401))
    await bench.wake()
    await bench.pass_time(400.0)
    assert [sleeper.because for sleeper in await bench.tools.store.troubled(5)] == ["Unauthorized: GitHub answered 401"]


@pytest.mark.parametrize("error", [NotFound("404"), Refused("409", status=409), Refused("422", status=422)])
async def test_not_there_within_a_minute_of_a_write_is_not_there_yet(bench: Bench, error: Exception) -> None:
    bench.deciding = wants(React(1, "eyes"))
    await bench.wake()
    written_at = bench.clock()
    bench.observing = fails(error)
    await bench.wake()
    await bench.pass_time(LAG - 10.0)
    assert (await bench.memory()).failures == 0
    assert 5 <= len(bench.looks) <= 15
    await bench.pass_time(60.0)
    assert (await bench.memory()).failures > 0
    assert bench.clock() > written_at + LAG


async def test_a_record_that_cannot_be_read_any_more_is_a_failure_not_a_fresh_start(bench: Bench) -> None:
    await bench.tools.store.commit(SUBJECT, await bench.memory(), Decision('{"looks":"many"}'), bench.clock())
    await bench.wake()
    memory = await bench.memory()
    assert (memory.record, memory.failures) == ('{"looks":"many"}', 1)


async def test_an_unknown_topic_is_a_failure(bench: Bench) -> None:
    await bench.wake(command(1, "comment-1"))
    assert (await bench.memory(command(1, "comment-1"))).failures == 1


async def test_nonsense_in_the_queue_is_dropped(bench: Bench) -> None:
    for text in ("", "a|b", "a|1|b|c", "environment|x|production", "environment|1|a b"):
        await run(bench.tools, text)
    assert bench.looks == []


async def test_a_repository_that_nobody_told_of_is_left_alone(bench: Bench) -> None:
    strange = environment(2, "production")
    await bench.wake(strange)
    await bench.pass_time(600.0)
    assert (bench.looks, (await bench.memory(strange)).failures) == ([], 0)


async def test_a_decision_that_changes_nothing_cannot_spin(bench: Bench) -> None:
    bench.deciding = lambda record, facts: Decision(record, wake_at=facts.now, because="I am impatient.")
    await bench.wake()
    await bench.pass_time(50.0, every=1.0)
    assert len(bench.looks) <= 50.0 / IDLE_PAUSE + 2


async def test_a_decision_that_moves_on_is_followed_at_once(bench: Bench) -> None:
    bench.deciding = lambda record, facts: Decision(
        Count(min(record.looks + 1, 5)), wake_at=facts.now if record.looks < 5 else None
    )
    await bench.wake()
    assert ((await bench.memory()).record, len(bench.looks)) == ('{"looks":5}', 6)


# Effects that fail


async def test_an_effect_that_github_declines_for_good_is_given_up_and_told(bench: Bench) -> None:
    def decide(record: Count, facts: Facts) -> Decision[Count]:
        words = [str(refused.value["message"]) for refused in facts.memory.refused.values()]
        effects = (UpsertComment(5, "main", "hello"), React(1, "eyes"))
        return Decision(Count(len(words)), effects=effects, because=" ".join(words))

    bench.deciding = decide
    bench.performing = lambda effect: fails(Refused("too long", status=422))() if "hello" in str(effect) else {"id": 1}
    await bench.wake()
    assert bench.performed == [React(1, "eyes")], "the others are not kept"
    await bench.pass_time(LAG - 10)
    assert len((await bench.memory()).pending) == 1, "it may be lag"
    await bench.pass_time(60.0)
    memory = await bench.memory()
    assert (memory.pending, memory.refused["comment:5:main"].value) == ((), {"status": 422, "message": "too long"})
    assert memory.record == '{"looks":1}', "the topic was told"
    assert memory.failures == 0


async def test_an_effect_that_is_not_answered_is_repeated_ever_more_rarely(bench: Bench) -> None:
    tries: list[float] = []

    def lose(effect: Effect) -> Value:
        tries.append(bench.clock())
        raise Unreachable("the connection broke")

    bench.deciding, bench.performing = lambda record, facts: Decision(record, effects=(React(1, "eyes"),)), lose
    await bench.wake()
    await bench.pass_time(1800.0)
    assert 8 <= len(tries) <= 14
    assert tries[1] - tries[0] >= 10.0
    bench.performing = lambda effect: {"id": 1}
    await bench.pass_time(400.0)
    assert (await bench.memory()).pending == ()


async def test_what_comes_after_an_unanswered_effect_in_the_same_place_waits(bench: Bench) -> None:
    started = SetDeploymentStatus(7, "in_progress", "5 %", "production")
    ended = SetDeploymentStatus(7, "success", "100 %", "production")
    bench.deciding = wants(started, React(1, "eyes"), ended)
    broken = True

    def perform(effect: Effect) -> Value:
        if broken and effect == started:
            raise Unreachable("the connection broke")
        return {"id": 1}

    bench.performing = perform
    await bench.wake()
    assert bench.performed == [React(1, "eyes")]
    broken = False
    await bench.pass_time(30.0)
    assert bench.performed == [React(1, "eyes"), started, ended]


async def test_a_rate_limit_between_two_effects_keeps_the_rest_for_later(bench: Bench) -> None:
    until = bench.clock() + 120.0

    def perform(effect: Effect) -> Value:
        if effect == React(2, "eyes") and bench.clock() < until:
            raise RateLimited("slow down", until)
        return {"id": 1}

    bench.deciding, bench.performing = wants(React(1, "eyes"), React(2, "eyes"), React(3, "eyes")), perform
    await bench.wake()
    assert bench.performed == [React(1, "eyes")]
    await bench.pass_time(180.0)
    assert bench.performed == [React(1, "eyes"), React(2, "eyes"), React(3, "eyes")]
    assert (await bench.memory()).failures == 0


async def test_a_bug_in_performing_is_counted_and_does_not_keep_the_others(bench: Bench) -> None:
    bench.deciding = wants(React(1, "eyes"), React(2, "eyes"))
    bench.performing = lambda effect: fails(KeyError("missing"))() if effect == React(1, "eyes") else {"id": 1}
    await bench.wake()
    assert bench.performed == [React(2, "eyes")]
    assert (await bench.memory()).failures == 1


async def test_a_withdrawn_shift_that_had_happened_is_found_and_told(bench: Bench) -> None:
    """The answer was lost, the rollout was taken back meanwhile: the next decision has to know that the shift is out there."""
    shift = CreateDeployment("shift", "abc", "production", "shift", "", {}, True, True)
    found: list[Mapping[str, Any]] = []

    def decide(record: Count, facts: Facts) -> Decision[Count]:
        found.extend(result.value for result in facts.memory.results.values())
        return Decision(Count(1), effects=(shift,)) if not record.looks else Decision(Count(2), withdraw=("shift",))

    bench.deciding, bench.performing = decide, fails(Unreachable("the connection broke"))
    await bench.wake()
    await bench.wake()
    assert found == [], "GitHub's lists do not show it yet"
    bench.finding = lambda effect: {"id": 7}
    await bench.pass_time(60.0)
    assert found[0] == {"id": 7}
    assert (await bench.memory()).pending == ()


async def test_a_withdrawn_shift_that_never_happened_is_let_go(bench: Bench) -> None:
    shift = CreateDeployment("shift", "abc", "production", "shift", "", {}, True, True)
    bench.deciding = lambda record, facts: (
        Decision(Count(1), effects=(shift,)) if not record.looks else Decision(Count(2), withdraw=("shift",))
    )
    bench.performing = fails(Unreachable("the connection broke"))
    await bench.wake()
    await bench.wake()
    await bench.pass_time(60.0)
    memory = await bench.memory()
    assert (memory.pending, memory.results, bench.performed) == ((), {}, [])


# Several workers


async def test_two_workers_never_look_at_one_subject_together(bench: Bench) -> None:
    inside = most = 0

    async def look() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.01)
        inside -= 1

    bench.observing = lambda memory, now: look()
    for _ in range(10):
        await bench.tools.queue.wake([Wake(SUBJECT, urgent=True)], bench.clock())
        await asyncio.gather(*(run(bench.tools, SUBJECT.text) for _ in range(4)))
    await bench.work()
    assert (most, len(bench.looks)) == (1, 10)


async def test_whoever_was_overtaken_does_not_touch_the_world(bench: Bench) -> None:
    """Its lease ran out while GitHub was slow; another worker decided meanwhile."""

    async def overtaken() -> None:
        bench.observing = lambda memory, now: None
        bench.clock.now += LEASE + 1
        await tick(bench.tools, bench.clock())
        await bench.work()

    bench.observing = lambda memory, now: overtaken()
    bench.deciding = lambda record, facts: Decision(
        Count(record.looks + 1), effects=(React(record.looks, "eyes"),) if record.looks == 0 else ()
    )
    await bench.wake()
    assert bench.performed == [React(0, "eyes")], "once, by the second worker"


async def test_a_lost_lock_stops_the_look(sqlite_store: Store, empty_redis_url: str) -> None:
    async with Queue.connect(empty_redis_url, lease=0.3) as queue:
        await queue.start_fresh(0.0)
        with redis.Redis.from_url(empty_redis_url) as client:
            bench = await make_bench(queue, sqlite_store, client)

            async def robbed() -> None:
                client.hset("tagboat:lock", SUBJECT.text, "somebody else")
                await asyncio.sleep(5.0)
                raise AssertionError("it was not stopped")

            bench.observing = lambda memory, now: robbed()
            bench.deciding = wants(React(1, "eyes"))
            await asyncio.wait_for(bench.wake(), 3.0)
            assert await bench.memory() == Memory(None)
            assert client.hget("tagboat:lock", SUBJECT.text) == b"somebody else"


async def test_a_lock_is_kept_while_a_look_takes_long(sqlite_store: Store, empty_redis_url: str) -> None:
    async with Queue.connect(empty_redis_url, lease=0.3) as queue:
        await queue.start_fresh(0.0)
        with redis.Redis.from_url(empty_redis_url) as client:
            bench = await make_bench(queue, sqlite_store, client)
            loop = asyncio.get_running_loop()
            started = loop.time()
            object.__setattr__(bench.tools, "clock", lambda: bench.clock() + loop.time() - started)
            bench.observing = lambda memory, now: asyncio.sleep(1.0)
            bench.deciding = lambda record, facts: Decision(Count(record.looks + 1))
            await bench.tools.queue.wake([Wake(SUBJECT)], bench.tools.clock())
            look = asyncio.create_task(bench.work())
            for _ in range(8):
                await asyncio.sleep(0.1)
                assert await queue.expired(bench.tools.clock()) == 0
                assert await queue.begin(SUBJECT, bench.tools.clock()) is None
            await look
            assert (await bench.memory()).record == '{"looks":1}'


async def test_a_job_that_is_cut_off_comes_back(bench: Bench) -> None:
    """The worker's time limit, or its end."""
    bench.observing = lambda memory, now: asyncio.sleep(30.0)
    await bench.tools.queue.wake([Wake(SUBJECT)], bench.clock())
    job = asyncio.create_task(bench.work())
    await asyncio.sleep(0.1)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    bench.observing = lambda memory, now: None
    bench.deciding = wants(React(1, "eyes"))
    await bench.pass_time(LEASE + 5.0)
    assert bench.performed == [React(1, "eyes")]


# The servers


async def test_a_silent_redis_after_the_commit_costs_nothing_but_time(bench: Bench) -> None:
    shown = Show(pull(1, 5), "rollout", "5 %")
    bench.deciding = lambda record, facts: Decision(Count(1), sections=(shown,), effects=(React(1, "eyes"),))
    await bench.tools.queue.wake([Wake(SUBJECT)], bench.clock())

    async def silent(*_: object, **__: object) -> None:
        raise RedisError("gone")

    wake, bench.tools.queue.wake = bench.tools.queue.wake, silent  # type: ignore[method-assign]
    await bench.work()
    bench.tools.queue.wake = wake  # type: ignore[method-assign]
    assert bench.performed == [React(1, "eyes")]
    looks = len(bench.looks)
    await tick(bench.tools, bench.clock())
    assert await bench.work() == 1
    assert len(bench.looks) == looks + 1, "the pull request was looked at"


async def test_a_silent_database_is_waited_for(bench: Bench) -> None:
    bench.deciding = lambda record, facts: Decision(Count(record.looks + 1))
    load = bench.tools.store.load_with_repo

    async def silent(subject: Subject) -> tuple[Memory[str | None], Repo | None]:
        raise StoreUnreachable("gone")

    bench.tools.store.load_with_repo = silent  # type: ignore[method-assign]
    await bench.wake()
    bench.tools.store.load_with_repo = load  # type: ignore[method-assign]
    assert await bench.memory() == Memory(None)
    await bench.pass_time(15.0)
    assert (await bench.memory()).record == '{"looks":1}'


async def test_a_restarted_database_costs_nothing_but_time(tmp_path: Path, queue: Queue, redis_url: str) -> None:
    server = start_postgres(tmp_path / "pg")
    store = Store.open(server.get_uri(driver="psycopg"))
    with redis.Redis.from_url(redis_url) as client:
        bench = await make_bench(queue, store, client)
        bench.deciding = lambda record, facts: Decision(
            Count(record.looks + 1), effects=(React(record.looks, "eyes"),), wake_at=facts.now + 5.0
        )
        await bench.wake()
        await asyncio.to_thread(server.stop)
        await bench.tools.queue.wake([Wake(SUBJECT)], bench.clock())
        await bench.work()
        with pytest.raises(StoreUnreachable):
            await tick(bench.tools, bench.clock())
        looks = len(bench.looks)
        await asyncio.to_thread(server.ensure_postgres_running)
        await bench.pass_time(30.0)
        assert len(bench.looks) > looks
        assert bench.performed == [React(number, "eyes") for number in range(len(bench.looks))]
    await store.close()
    server.cleanup()


async def test_a_database_that_restarts_between_two_calls_is_not_noticed(tmp_path: Path) -> None:
    server = start_postgres(tmp_path / "pg")
    engine = make_engine(server.get_uri(driver="psycopg"))
    migrate(engine)
    store = Store(engine)
    await store.set_cursor("a", "b", 1.0)
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.ensure_postgres_running)
    assert await store.cursor("a") == "b"
    await store.close()
    server.cleanup()
