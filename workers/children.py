"""The processes that `tagboat run` consists of: kept running, their output kept in files, ended in order and never left behind.

A crash starts a process again, at once the first time, then after a growing pause; a process that cannot lose its memory ends the whole.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from workers.embedded import end_with_us

Say = Callable[[str], None]

STOP_SECONDS = 30.0
STEADY_SECONDS = 30.0  # a process that ran so long is not in a crash loop
LONGEST_PAUSE = 30.0
LONGEST_LOG = 50_000_000  # bytes; then it is put aside and begun anew, so that a machine does not fill up in a year
LOOK_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Process:
    """One child: its name, its command, what its environment has on top of ours, and the descriptors that it inherits.

    `precious`: what it holds is lost with it, so that starting it again would be of no use.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    descriptors: tuple[int, ...] = ()
    precious: bool = False


class Child:
    """A process that is kept running."""

    def __init__(self, process: Process, log: Path, say: Say) -> None:
        self.process, self.log, self._say = process, log, say
        self._running: asyncio.subprocess.Process | None = None
        self._stopping = False

    async def keep(self) -> None:
        """Start it again whenever it ends. Returns after `stop`, or when a precious one has ended."""
        pause = 0.0
        while not self._stopping:
            started = time.monotonic()
            status = await self._run()
            if self._stopping:
                return
            if self.process.precious:
                self._say(
                    f"{self.process.name} ended ({_ending(status)}), and what it held is lost. Its log is {self.log}."
                )
                return
            pause = 0.0 if time.monotonic() - started > STEADY_SECONDS else min(max(pause * 2, 1.0), LONGEST_PAUSE)
            self._say(f"{self.process.name} ended ({_ending(status)}); starting it again. Its log is {self.log}.")
            await asyncio.sleep(pause)

    async def _run(self) -> int:
        with self.log.open("ab") as log:
            self._running = await asyncio.create_subprocess_exec(
                *self.process.command,
                env=os.environ | dict(self.process.environ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.process.descriptors,
                start_new_session=True,  # a Ctrl-C in the terminal reaches it through us, in order
                preexec_fn=end_with_us,
            )
        if self._stopping:  # while it was being started
            self._running.terminate()
        return await self._running.wait()

    async def stop(self) -> None:
        """End it, by force if it does not within half a minute."""
        self._stopping = True
        if self._running is None or self._running.returncode is not None:
            return
        self._running.terminate()
        try:
            await asyncio.wait_for(self._running.wait(), STOP_SECONDS)
        except TimeoutError:
            self._running.kill()
            await self._running.wait()

    def trim(self) -> None:
        """Put a long log aside. The process goes on writing into the same file, which it only ever appends to."""
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            shutil.copyfile(self.log, self.log.with_suffix(".log.old"))
            os.truncate(self.log, 0)


class Children:
    """All of them. `begin` and later `end`; `lost` is set when a precious one has ended."""

    def __init__(self, processes: Iterable[Process], logs: Path, say: Say) -> None:
        self._children = [Child(process, logs / f"{process.name}.log", say) for process in processes]
        self._tasks: list[asyncio.Task[None]] = []
        self.lost = asyncio.Event()

    def begin(self) -> None:
        self._tasks = [asyncio.create_task(self._keep(child)) for child in self._children]
        self._tasks.append(asyncio.create_task(self._trim()))

    async def end(self) -> None:
        """What was begun first ends last, since the others may still have something to tell it."""
        first, *others = self._children
        await asyncio.gather(*(child.stop() for child in others))
        await first.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, child: Child) -> None:
        await child.keep()
        if child.process.precious:
            self.lost.set()

    async def _trim(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for child in self._children:
                child.trim()


def _ending(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"status {status}"
