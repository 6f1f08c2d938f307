"""The parts of the storm: a world in a file that several processes share, and the worker process that is killed in it.

The world counts: how often each subject's fact was raised, who holds which subject, and every effect that reached it, the doubled ones
included. It believes nobody: what it says is what happened.
"""

import asyncio
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from bot.decision import Decision, Memory
from bot.effects import CreateDeployment, Effect
from bot.queue import Queue, Turn
from bot.settings import read_settings
from bot.store import Store
from bot.subject import Repo, Subject, flow
from workers import pending
from workers.github import GitHub, RepoClient
from workers.perform import Results, Value
from workers.tools import Tools, Topic
from workers.worker import AsyncWorker

REPO = Repo(1, "acme", "shop", 9)
LEASE = 5.0  # longer than any pause that a busy machine makes
LAG = 1.0
EFFECT_EVERY = 25  # raised facts

SCHEMA = """
CREATE TABLE facts (subject TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE holders (subject TEXT PRIMARY KEY, pid INTEGER NOT NULL);
CREATE TABLE effects (subject TEXT NOT NULL, key TEXT NOT NULL, made_at REAL NOT NULL);
CREATE TABLE wrongs (what TEXT NOT NULL);
"""


def subject(number: int) -> Subject:
    return flow(1, f"{number:040x}")


class SharedWorld:
    """One SQLite file; each statement is a transaction of its own."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")  # processes die here, the machine does not

    def create(self, subjects: int) -> None:
        self._db.executescript(SCHEMA)
        self._db.executemany("INSERT INTO facts VALUES (?, 0)", [(subject(number).text,) for number in range(subjects)])

    def close(self) -> None:
        self._db.close()

    def raise_facts(self, subjects: list[str]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany("UPDATE facts SET value = value + 1 WHERE subject = ?", [(name,) for name in subjects])
        self._db.execute("COMMIT")

    def fact(self, subject: str) -> int:
        [(value,)] = self._db.execute("SELECT value FROM facts WHERE subject = ?", (subject,))
        return int(value)

    def facts(self) -> Mapping[str, int]:
        return dict(self._db.execute("SELECT subject, value FROM facts"))

    def enter(self, subject: str) -> None:
        """This process holds the subject now. Whoever holds it as well and is alive is a wrong."""
        self._db.execute("BEGIN IMMEDIATE")
        for (pid,) in self._db.execute("SELECT pid FROM holders WHERE subject = ?", (subject,)).fetchall():
            if _is_alive(pid):
                self._db.execute("INSERT INTO wrongs VALUES (?)", (f"{pid} and {os.getpid()} both hold {subject}",))
        self._db.execute("REPLACE INTO holders VALUES (?, ?)", (subject, os.getpid()))
        self._db.execute("COMMIT")

    def leave(self, subject: str) -> None:
        self._db.execute("DELETE FROM holders WHERE subject = ? AND pid = ?", (subject, os.getpid()))

    def make(self, subject: str, key: str) -> None:
        self._db.execute("INSERT INTO effects VALUES (?, ?, ?)", (subject, key, time.time()))

    def listed(self, subject: str, key: str) -> bool:
        """Lists lag here too."""
        made = "SELECT 1 FROM effects WHERE subject = ? AND key = ? AND made_at <= ?"
        return bool(self._db.execute(made, (subject, key, time.time() - LAG)).fetchone())

    def effects(self) -> list[tuple[str, str]]:
        return self._db.execute("SELECT subject, key FROM effects ORDER BY subject, key").fetchall()

    def wrongs(self) -> list[str]:
        return [what for (what,) in self._db.execute("SELECT what FROM wrongs")]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class WatchedQueue(Queue):
    """Tells the world who holds what, from the moment the lock is taken until just before it is given back."""

    world: SharedWorld

    async def begin(self, subject: Subject, now: float) -> Turn | None:
        turn = await super().begin(subject, now)
        if turn is not None:
            self.world.enter(subject.text)
        return turn

    async def end(self, subject: Subject, turn: Turn, now: float, *, again_at: float | None = None) -> None:
        self.world.leave(subject.text)
        await super().end(subject, turn, now, again_at=again_at)


class Seen(msgspec.Struct, frozen=True):
    value: int = 0


@dataclass(frozen=True)
class Facts:
    subject: str
    value: int


async def observe(tools: Tools, repo: Repo, subject: Subject, memory: Memory[Any], now: float) -> Facts:
    await asyncio.sleep(random.choice((0.02, 0.02, 0.02, 0.5)))  # GitHub takes its time
    return Facts(subject.text, cast(WatchedQueue, tools.queue).world.fact(subject.text))


def decide(record: Seen, facts: Facts) -> Decision[Seen]:
    due = range(record.value // EFFECT_EVERY, facts.value // EFFECT_EVERY)
    effects = tuple(
        CreateDeployment(f"mark-{mark}", facts.subject, "production", "shift", "", {}, True, True) for mark in due
    )
    return Decision(Seen(facts.value), effects=effects, because=f"Seen {facts.value}.")


class Stage:
    """Stands where `workers.github.GitHub` does."""

    def __init__(self, world: SharedWorld) -> None:
        self._world = world

    def client(self, repo: Repo, *, urgent: bool = False) -> RepoClient:
        return cast(RepoClient, self._world)


async def perform(effect: Effect, client: RepoClient, results: Results = {}, *, unsure: bool = False) -> Value:  # noqa: B006
    world, made = cast(SharedWorld, client), cast(CreateDeployment, effect)
    if not (unsure and world.listed(made.sha, made.key)):
        world.make(made.sha, made.key)
    await asyncio.sleep(0.02)  # the answer is on its way: here a kill leaves it unheard
    return {"id": 1}


async def look_up(effect: Effect, client: RepoClient, results: Results = {}) -> Value | None:  # noqa: B006
    world, made = cast(SharedWorld, client), cast(CreateDeployment, effect)
    return {"id": 1} if world.listed(made.sha, made.key) else None


def tools(redis_url: str, database_url: str, world: SharedWorld) -> Tools:
    queue = WatchedQueue.connect(redis_url, lease=LEASE)
    queue.world = world
    return Tools(
        settings=read_settings({}),
        store=Store.open(database_url),
        queue=queue,
        github=cast(GitHub, Stage(world)),
        slis={},
        topics={"flow": Topic("flow", Seen, Seen, observe, decide)},
        perform=perform,
        look_up=look_up,
        clock=time.time,
    )


async def work(redis_url: str, database_url: str, world_path: str) -> None:
    """The process that is killed."""
    pending.REPEAT_AFTER = LAG + 0.5
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await AsyncWorker(redis_url, tools(redis_url, database_url, SharedWorld(world_path))).serve(stop)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
