"""How many looks does one worker process take in a second, and what does the queue cost on top of the memory?

`python -m benchmarks.jobs` runs four things in processes of their own, in turns and twice, on the same Valkey and SQLite:

* **floor**: a plain asyncio loop, fifty at once, that loads a subject's memory and commits a decision that changes nothing. No queue at all.
* **worker**: Tagboat's worker on the same subjects: job, lock, the same SQL, sequence number, rq's books.
* **rq**: rq's own SimpleWorker with jobs that do nothing; it runs one after the other in this process, without a fork.
* **waiting**: Tagboat's worker and rq's on jobs that wait 0.3 s, as one look at GitHub does: what matters in production.

CPU is the process's own, per job. It takes about 40 seconds.
"""

import asyncio
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any, cast

import msgspec
import redis
import structlog
from rich.console import Console
from rich.table import Table
from rq import Queue as RqQueue
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from bot.decision import Decision, Memory, Wake
from bot.queue import Queue
from bot.settings import read_settings
from bot.store import Store
from bot.subject import Repo, Subject, pull
from workers.embedded import Embedded
from workers.github import GitHub
from workers.tools import Tools, Topic
from workers.worker import AT_ONCE, AsyncWorker

SECONDS, ROUNDS = 3.0, 2
SUBJECTS = 500
WAIT = 0.3
REPO = Repo(1, "acme", "shop", 9)


class Nothing(msgspec.Struct, frozen=True):
    pass


def nothing() -> None:
    """The job of rq's own worker."""


def wait() -> None:
    time.sleep(WAIT)


class Stage:
    """There is no GitHub in this."""

    def client(self, repo: Repo, *, urgent: bool = False) -> None:
        return None


def make_tools(url: str, database: str, waiting: float) -> Tools:
    async def observe(tools: Tools, repo: Repo, subject: Subject, memory: Memory[Any], now: float) -> None:
        if waiting:
            await asyncio.sleep(waiting)

    return Tools(
        settings=read_settings({}),
        store=Store.open(database),
        queue=Queue.connect(url),
        github=cast(GitHub, Stage()),
        slis={},
        topics={"pull": Topic("pull", Nothing, Nothing, observe, lambda record, facts: Decision(record))},
        perform=cast(Any, None),
        look_up=cast(Any, None),
        clock=time.time,
    )


async def fill(tools: Tools) -> None:
    """Records that a look leaves as they are."""
    await tools.store.remember_repo(REPO, time.time())
    for number in range(SUBJECTS):
        subject = pull(REPO.id, number)
        await tools.store.commit(subject, await tools.store.load(subject), Decision("{}"), time.time())
    await tools.queue.start_fresh(time.time())


async def floor(url: str, database: str, waiting: float) -> int:
    tools, done, end = make_tools(url, database, waiting), 0, time.monotonic() + SECONDS

    async def look(number: int) -> None:
        nonlocal done
        while time.monotonic() < end:
            subject = pull(REPO.id, (number + done) % SUBJECTS)
            memory, _ = await tools.store.load_with_repo(subject)
            assert await tools.store.commit(subject, memory, Decision("{}"), time.time())
            done += 1

    await asyncio.gather(*(look(number) for number in range(AT_ONCE)))
    return done


async def ours(url: str, database: str, waiting: float) -> int:
    tools = make_tools(url, database, waiting)
    worker, done, end = AsyncWorker(url, tools), 0, time.monotonic() + SECONDS
    at_once = 100 if waiting else SUBJECTS
    while time.monotonic() < end:
        await tools.queue.wake([Wake(pull(REPO.id, number)) for number in range(at_once)], time.time())
        done += await worker.drain()
    await worker.close()
    return done


async def rqs(url: str, database: str, waiting: float) -> int:
    client, done, end = redis.Redis.from_url(url), 0, time.monotonic() + SECONDS
    queue = RqQueue("bench", connection=client, serializer=JSONSerializer)
    worker = SimpleWorker([queue], connection=client, serializer=JSONSerializer)
    worker.log_result_lifespan = False
    at_once = 3 if waiting else 100
    while time.monotonic() < end:
        job = wait if waiting else nothing
        queue.enqueue_many([RqQueue.prepare_data(job, result_ttl=0) for _ in range(at_once)])
        worker.work(burst=True, logging_level="WARNING")
        done += at_once
    return done


Run = Callable[[str, str, float], Awaitable[int]]
RUNS: dict[str, tuple[Run, float]] = {
    "floor": (floor, 0.0),
    "worker": (ours, 0.0),
    "rq": (rqs, 0.0),
    "worker, waiting": (ours, WAIT),
    "rq, waiting": (rqs, WAIT),
}


def measure(name: str, url: str, database: str) -> dict[str, float]:
    """In this process: jobs a second and CPU milliseconds a job."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.disable(logging.INFO)
    run, waiting = RUNS[name]
    cpu, started = time.process_time(), time.monotonic()
    done = asyncio.run(cast(Any, run(url, database, waiting)))
    return {"rate": done / (time.monotonic() - started), "cpu": (time.process_time() - cpu) / done * 1000}


def main() -> None:
    console = Console()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in RUNS}
    with tempfile.TemporaryDirectory() as directory, Embedded(Path(directory) / "valkey") as server:
        database = f"sqlite:///{directory}/tagboat.db"
        asyncio.run(fill(make_tools(server.url, database, 0.0)))
        for round_ in range(ROUNDS):
            for name in RUNS:
                console.print(f"round {round_ + 1}: {name} …", style="dim")
                command = [sys.executable, "-m", "benchmarks.jobs", name, server.url, database]
                found[name].append(json.loads(subprocess.check_output(command)))
    console.print(table(found))


def table(found: dict[str, list[dict[str, float]]]) -> Table:
    shown = Table("", "jobs/s", "CPU ms/job", "× floor", "× rq", title="One process, medians")
    rates = {name: median(one["rate"] for one in each) for name, each in found.items()}
    for name, each in found.items():
        rq = rates["rq, waiting" if name.endswith("waiting") else "rq"]
        ratios = "" if name.endswith("waiting") else f"{rates[name] / rates['floor']:.2f}", f"{rates[name] / rq:.1f}"
        shown.add_row(name, f"{rates[name]:,.0f}", f"{median(one['cpu'] for one in each):.2f}", *ratios)
    return shown


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(*sys.argv[1:])))
    else:
        main()
