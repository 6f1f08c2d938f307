"""A journey that is made in many ways at once: where two of them part, this process is copied (fork), one copy goes on disturbed to the end,
and the other one waits for it and then goes on as if nothing had happened. What the ways have in common is done once, not once for each.

A copy gets its own SQLite file and its own database of the Redis server, so nothing that it does is to be seen by the original; GitHub is
memory, and copied with it. It parts only where a round of the world begins: nobody waits for an answer then, no transaction is open, and
there are no threads, so that connections can simply be made anew.
"""

import asyncio
import gc
import os
import pickle
import selectors
import signal
import sqlite3
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from bot.store import make_engine
from tests.robustness.mortal import MortalWorld

PATIENCE = 120  # seconds of a copy's life, which mostly lasts some tenths of one
OTHER_DATABASE = 1  # of the Redis server; the original lives in 0

COPY_REDIS = """
redis.call('SELECT', ARGV[1])
redis.call('FLUSHDB')
redis.call('SELECT', 0)
for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', ARGV[1]) end
"""


@dataclass(frozen=True)
class Way:
    """One of the journeys: it parts from the undisturbed one where its `round`-th round begins, by what `disturb` does there."""

    name: str
    round: int
    disturb: Callable[[MortalWorld], None]


class Splits:
    """Lets each of `ways` part in its round. `endings` has what they came to, by name: what `end` was given in the copy, or `Failed`."""

    def __init__(self, ways: tuple[Way, ...]) -> None:
        self.ways = ways
        self.endings: dict[str, Any] = {}
        self._answer_to: int | None = None

    def at(self, world: MortalWorld) -> None:
        """A round of this world begins. In a copy this comes back disturbed, and only once."""
        if self._answer_to is not None:
            return
        for way in self.ways:
            if way.round == world.rounds and self._part(world, way):
                way.disturb(world)
                return

    @property
    def is_copy(self) -> bool:
        return self._answer_to is not None

    def end(self, ending: object) -> NoReturn:
        """This copy's journey is over, with these plain values or an exception."""
        assert self._answer_to is not None
        if isinstance(ending, BaseException):
            ending = Failed("".join(traceback.format_exception(ending)))
        with os.fdopen(self._answer_to, "wb") as pipe:
            pickle.dump(ending, pipe)
        os._exit(0)  # nothing of what the original still has to do may be done twice

    def _part(self, world: MortalWorld, way: Way) -> bool:
        """Whether this is the copy. The original comes back when the copy has ended."""
        copy = world.settings.state_dir / "copy.db"
        for old in copy.parent.glob("copy.db*"):
            old.unlink()
        copy.write_bytes(world.memory.serialize())
        world.nerves.eval(COPY_REDIS, 0, OTHER_DATABASE)
        loop, (answer, answer_to) = asyncio.get_running_loop(), os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # the test runner's own threads hold nothing that is needed here
            copied = os.fork()
        if not copied:
            os.close(answer)
            self._answer_to = answer_to
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(PATIENCE)
            gc.disable()  # it lives shortly, and what is not touched need not be copied
            _make_anew(loop)
            _move(world, copy)
            return True
        os.close(answer_to)
        try:
            with os.fdopen(answer, "rb") as pipe:
                told = pipe.read()
        except BaseException:
            os.kill(copied, signal.SIGKILL)
            raise
        finally:
            os.waitpid(copied, 0)
        self.endings[way.name] = pickle.loads(told) if told else Failed("it died, or did not come to an end")  # noqa: S301 - our own
        return False


@dataclass(frozen=True)
class Failed:
    """How a copy's journey ended that raised this."""

    why: str


def _make_anew(loop: Any) -> None:
    """The loop goes on in this process; what it watches, and how it is woken, must not be shared with the original."""
    asyncio._set_running_loop(loop)
    loop._selector = selectors.DefaultSelector()
    loop._close_self_pipe()
    loop._make_self_pipe()
    loop._default_executor = None  # its threads are not here


def _move(world: MortalWorld, database: Path) -> None:
    """Everything that has a connection gets new ones, to the copies."""
    url = f"{world.settings.redis_url}?db={OTHER_DATABASE}"
    world.settings = replace(world.settings, database_url=f"sqlite:///{database}", redis_url=url)
    world.memory = sqlite3.connect(database)
    assert world.receiver is not None
    for store in (world.receiver.store, *(process.store for process in world.processes)):
        store._engine.dispose(close=False)
        store._engine = make_engine(world.settings.database_url)
    clients: list[Any] = [world.nerves, world.receiver.queue._redis]
    for process in world.processes:
        clients += [process.queue._redis, process.worker.connection, process.worker._books._redis]
    for client in clients:
        pool = client.connection_pool
        pool.connection_kwargs["db"] = OTHER_DATABASE
        _originals.append(vars(pool).copy())
        pool.reset()


_originals: list[object] = []
"""Connections that are not to be closed here when nobody needs them any more."""
