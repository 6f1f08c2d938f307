"""Opens everything that a worker or clock process needs, once, and closes it again."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp

from bot.queue import Queue
from bot.settings import Settings, SettingsError
from bot.store import Store
from workers.clock import LAST_TICK
from workers.github import GitHub
from workers.perform import look_up, perform
from workers.reconcile import TOPICS
from workers.sli import Source
from workers.tools import Tools

CONNECTIONS = 90  # GitHub's secondary limit is 100 requests at once


@asynccontextmanager
async def open_tools(settings: Settings, clock: Callable[[], float] = time.time) -> AsyncIterator[Tools]:
    """Connect to the database, to Redis and to GitHub. Raises SettingsError in words for people."""
    if not settings.has_app:
        raise SettingsError("GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_WEBHOOK_SECRET are needed here.")
    if not settings.redis_url:
        raise SettingsError("REDIS_URL is not set. Set it, or use `tagboat run`, which brings a server of its own.")
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with (
        Store.open(settings.database_url) as store,
        Queue.connect(settings.redis_url) as queue,
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        if await store.cursor(LAST_TICK) is None:  # a new database: nobody can be at work on what it never heard of
            await queue.start_fresh(clock())
        github = GitHub(
            settings.github_api_url,
            settings.app_id,
            settings.private_key,
            session=session,
            limits=queue,
            clock=clock,
        )
        yield Tools(
            settings=settings,
            store=store,
            queue=queue,
            github=github,
            slis={name: Source(url, session) for name, url in settings.sli_servers.items()},
            probes={name: Source(url, session) for name, url in settings.probe_targets.items()},
            topics=TOPICS,
            perform=perform,
            look_up=look_up,
            clock=clock,
        )
