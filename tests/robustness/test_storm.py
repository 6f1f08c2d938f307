"""The storm: very many wakes over few subjects, workers killed with -9 all the time, Redis wiped twice. On real processes and real time.

Afterwards each subject's last fact must have been seen, nobody may ever have held a subject together with somebody else, and no effect may
have reached the world twice.
"""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
import redis

from bot.decision import Wake
from bot.subject import Subject
from tests.robustness.storm import EFFECT_EVERY, REPO, Seen, SharedWorld, subject, tools
from workers.clock import resynced, tick
from workers.tools import Tools

WAKES = 20_000
SUBJECTS = 200
WORKERS = 4
SECONDS = 18.0  # over which the wakes are spread
KILL_EVERY = 2.5
WIPES_AT = (6.0, 12.0)
TICK = 0.5
CALM = (
    75.0  # seconds within which everything must be seen after the last wake; some eight where the machine is not busy
)


class Workers:
    def __init__(self, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "tests.robustness.storm", *arguments]
        self._processes = [self._start() for _ in range(WORKERS)]
        self.killed = 0

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill_one(self) -> None:
        place = self.killed % WORKERS
        self._end(self._processes[place])
        self._processes[place] = self._start()
        self.killed += 1

    def end_all(self) -> None:
        for process in self._processes:
            self._end(process)

    def alive(self) -> int:
        return sum(process.poll() is None for process in self._processes)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()


async def blow(given: Tools, world: SharedWorld, chance: random.Random) -> None:
    """Raise facts and wake their subjects, evenly over time."""
    started, sent, batch = time.monotonic(), 0, 50
    while sent < WAKES:
        subjects = [subject(chance.randrange(SUBJECTS)) for _ in range(batch)]
        world.raise_facts([each.text for each in subjects])
        await given.queue.wake([Wake(each, urgent=chance.random() < 0.02) for each in subjects], time.time())
        sent += batch
        await asyncio.sleep(max(0.0, started + SECONDS * sent / WAKES - time.monotonic()))


async def keep_time(given: Tools) -> None:
    """The clock; a Redis that forgot is followed by a resync, which here is to wake everything."""
    while True:
        ticked = await tick(given, time.time())
        if ticked.forgot:
            await given.queue.wake([Wake(subject(number)) for number in range(SUBJECTS)], time.time())
            await resynced(given, ticked.server, time.time())
        await asyncio.sleep(TICK)


async def kill_and_wipe(workers: Workers, client: redis.Redis) -> None:
    started, wipes = time.monotonic(), list(WIPES_AT)
    while time.monotonic() - started < SECONDS:
        await asyncio.sleep(KILL_EVERY)
        if wipes and time.monotonic() - started > wipes[0]:
            wipes.pop(0)
            client.flushall()
        await asyncio.to_thread(workers.kill_one)
    assert not wipes


async def seen(given: Tools) -> dict[str, int]:
    return {name: msgspec.json.decode(body, type=Seen).value for name, body in await given.store.records(1, "flow")}


@pytest.mark.timeout(180)
async def test_nothing_is_lost_doubled_or_held_twice(tmp_path: Path, empty_redis_url: str) -> None:
    world = SharedWorld(str(tmp_path / "world.db"))
    world.create(SUBJECTS)
    database_url = f"sqlite:///{tmp_path / 'tagboat.db'}"
    given = tools(empty_redis_url, database_url, world)
    await given.store.remember_repo(REPO, time.time())
    await given.queue.start_fresh(time.time())
    workers = Workers(empty_redis_url, database_url, str(tmp_path / "world.db"))
    clock = asyncio.create_task(keep_time(given))
    try:
        with redis.Redis.from_url(empty_redis_url) as client:
            await asyncio.gather(blow(given, world, random.Random(2)), kill_and_wipe(workers, client))
        facts, calm_by = world.facts(), time.monotonic() + CALM
        assert sum(facts.values()) == WAKES
        while await seen(given) != facts or await is_pending(given, facts):
            assert time.monotonic() < calm_by, "the last facts were not seen in time"
            assert not clock.done()
            await asyncio.sleep(0.5)
        assert workers.alive() == WORKERS
        assert workers.killed >= 6
    finally:
        clock.cancel()
        workers.end_all()
        await given.store.close()
        await given.queue.close()
    assert world.wrongs() == []
    wanted = [(name, f"mark-{mark}") for name, value in facts.items() for mark in range(value // EFFECT_EVERY)]
    assert world.effects() == sorted(wanted)
    world.close()


async def is_pending(given: Tools, subjects: Iterable[str]) -> bool:
    for name in subjects:
        if (await given.store.load(Subject.parse(name))).pending:
            return True
    return False
