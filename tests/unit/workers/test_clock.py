"""The clock's own loop: it goes on whatever happens, its rounds do not hold up its ticks, and more than one clock is harmless."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from redis.exceptions import RedisError

from bot.decision import Wake
from bot.queue import Queue
from bot.settings import read_settings
from bot.store import Store, StoreUnreachable
from bot.subject import Repo, organisation, pull
from workers import clock as module
from workers.clock import last_tick, resynced, rounds, run_clock, tick
from workers.github import GitHub, Unreachable
from workers.tools import Tools

NOON = 1_790_000_000.0


class Quiet:
    """A GitHub where nothing happens. Counts who asks."""

    def __init__(self) -> None:
        self.resyncs = self.sweeps = 0
        self.slow = 0.0
        self.broken = False

    async def installations(self) -> list[Any]:
        self.resyncs += 1
        await asyncio.sleep(self.slow)
        if self.broken:
            raise Unreachable("GitHub answered 502", status=502)
        return []

    async def deliveries(self, **_: object) -> list[Any]:
        self.sweeps += 1
        return []


@pytest.fixture
def github() -> Quiet:
    return Quiet()


@pytest.fixture
def tools(queue: Queue, sqlite_store: Store, github: Quiet) -> Tools:
    return Tools(
        settings=replace(read_settings({}), tick_seconds=0.1),
        store=sqlite_store,
        queue=queue,
        github=cast(GitHub, github),
        slis={},
        topics={},
        perform=cast(Any, None),
        look_up=cast(Any, None),
        clock=time.time,
    )


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.02)


class Running:
    def __init__(self, tools: Tools) -> None:
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(run_clock(tools, self.stop))

    async def __aenter__(self) -> "Running":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, 5.0)


async def test_a_tick_queues_what_is_due_looked_at_twice_and_lost(tools: Tools) -> None:
    await tools.store.postpone(pull(1, 1), 900.0, "", 0, 0.0)
    await tools.store.postpone(pull(1, 2), 9000.0, "", 0, 0.0)
    await tools.queue.wake([Wake(pull(1, 3))], 900.0, look_again=True)
    ticked = await tick(tools, 1000.0)
    assert (ticked.due, ticked.looks, ticked.lost) == (1, 1, 0)
    ticked = await tick(tools, 1100.0)
    assert (ticked.due, ticked.looks, ticked.lost) == (0, 0, 2)
    assert await last_tick(tools) == 1100.0


async def test_it_queues_by_itself_until_it_is_stopped(tools: Tools) -> None:
    async with Running(tools):
        await tools.store.postpone(pull(1, 1), time.time() + 0.3, "", 0, 0.0)
        for _ in range(100):
            if await tools.queue.length():
                break
            await asyncio.sleep(0.05)
        assert await tools.queue.length() == 1


async def test_it_goes_on_when_its_servers_fail(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[Exception] = [RedisError("gone"), StoreUnreachable("gone"), RedisError("gone")]
    due = tools.store.due

    async def flaky(now: float, limit: int) -> tuple[str, ...]:
        if failures:
            raise failures.pop()
        return await due(now, limit)

    monkeypatch.setattr(tools.store, "due", flaky)
    await tools.store.postpone(pull(1, 1), 1.0, "", 0, 0.0)
    async with Running(tools):
        await until(lambda: not failures)
        for _ in range(100):
            if await tools.queue.length():
                break
            await asyncio.sleep(0.05)
        assert await tools.queue.length() == 1


async def test_a_slow_round_does_not_hold_up_the_ticks(tools: Tools, github: Quiet) -> None:
    github.slow = 60.0
    async with Running(tools):
        await until(lambda: github.resyncs)
        before = await last_tick(tools)
        await asyncio.sleep(0.5)
        assert (await last_tick(tools) or 0.0) > (before or 0.0)
        assert github.resyncs == 1, "one after the other"


async def test_a_round_that_fails_is_tried_again(tools: Tools, github: Quiet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROUND_PAUSE", 0.1)
    github.broken = True
    async with Running(tools):
        await until(lambda: github.resyncs >= 2)
        github.broken = False
        await until(lambda: github.sweeps)
        resyncs = github.resyncs
        await asyncio.sleep(0.5)
        assert github.resyncs == resyncs, "done is done"


async def test_of_two_clocks_one_makes_the_rounds(tools: Tools, github: Quiet) -> None:
    ticked = await tick(tools, 1000.0)
    await resynced(tools, ticked.server, 1000.0)
    ticked = await tick(tools, 1001.0)
    await asyncio.gather(*(rounds(tools, ticked, 1001.0) for _ in range(5)))
    assert (github.resyncs, github.sweeps) == (0, 1)
    await rounds(tools, ticked, 1001.0 + module.SWEEP_EVERY)
    assert github.sweeps == 2


async def test_the_files_of_organisations_are_read_again_now_and_then(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[Wake] = []

    async def wake(_: Queue, wakes: Any, now: float, **__: object) -> None:
        woken.extend(wakes)

    monkeypatch.setattr(Queue, "wake", wake)
    await tools.store.receive([Repo(1, "acme", "shop", 9), Repo(2, "acme", ".github", 9)], [], [], 1.0)
    ticked = replace(await tick(tools, NOON), forgot=False)
    for later in (0.0, module.ORGANISE_EVERY - 1, module.ORGANISE_EVERY):
        await rounds(tools, ticked, NOON + later)
    assert woken == [Wake(organisation(2))] * 2


async def test_two_clocks_queue_nothing_twice(tools: Tools) -> None:
    for number in range(20):
        await tools.store.postpone(pull(1, number), 900.0, "", 0, 0.0)
    await asyncio.gather(*(tick(tools, 1000.0) for _ in range(5)))
    assert await tools.queue.length() == 20
