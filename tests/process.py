"""A worker process of the bot as tests start and end it: everything that it holds in memory, and nothing that outlives it."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import aiohttp

from bot.queue import Queue
from bot.settings import Settings
from bot.store import Store, make_engine
from workers.github import GitHub, client, credentials
from workers.perform import look_up, perform
from workers.reconcile import TOPICS
from workers.sli import Source
from workers.tools import Tools
from workers.worker import AsyncWorker

# Reading a key takes a tenth of a second, more than anything else that a process does when it starts.
client.read_key = cache(credentials.read_key)  # type: ignore[attr-defined]

Watch = Callable[[Any], Any]
"""Gives what stands before a store or a queue in its place."""


def unwatched(target: Any) -> Any:
    return target


@dataclass
class Process:
    """`tools` may be watched; `store` and `queue` are what they reach in the end."""

    tools: Tools
    worker: AsyncWorker
    store: Store
    queue: Queue
    session: Any

    async def close(self) -> None:
        await self.worker.close()
        await self.queue.close()
        await self.store.close()
        await self.session.close()


def start_process(
    settings: Settings,
    clock: Callable[[], float],
    *,
    session: Any = None,
    watch: Watch = unwatched,
    make_worker: Callable[[str, Tools], AsyncWorker] = AsyncWorker,
    threads: Executor | None = None,
) -> Process:
    """As `workers.opening` does it, save that time is `clock`'s, that writes need not be a second apart, and that the tables are there.

    `threads` are the store's, its own unless given.
    """
    session = session or aiohttp.ClientSession()
    store, queue = Store(make_engine(settings.database_url)), Queue.connect(settings.redis_url)
    if threads is not None:
        store._threads = threads  # type: ignore[assignment]
    tools = Tools(
        settings=settings,
        store=cast(Store, watch(store)),
        queue=cast(Queue, watch(queue)),
        github=GitHub(
            settings.github_api_url,
            settings.app_id,
            settings.private_key,
            session=session,
            limits=cast(Queue, watch(queue)),
            clock=clock,
            burst=10_000,
            sleep=_without_waiting,
            jitter=_at_once,
        ),
        slis={name: Source(url, session) for name, url in settings.sli_servers.items()},
        probes={name: Source(url, session) for name, url in settings.probe_targets.items()},
        topics=TOPICS,
        perform=perform,
        look_up=look_up,
        clock=clock,
    )
    return Process(tools, make_worker(settings.redis_url, tools), store, queue, session)


async def _without_waiting(_: float) -> None:
    """Time is the test's."""


def _at_once(_: float) -> float:
    return 0.0
