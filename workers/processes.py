"""The processes of the Procfile that work on the world: `worker` and `clock`. The third, `web`, is `bot.app.serve`."""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import structlog

from bot.settings import Settings
from workers.clock import run_clock
from workers.opening import open_tools
from workers.tools import Tools
from workers.worker import AsyncWorker

log = structlog.get_logger(__name__)


def work(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT; running jobs may finish."""
    asyncio.run(_until_stopped(settings, _work))


def keep_time(settings: Settings) -> None:
    """Run the clock until SIGTERM or SIGINT."""
    asyncio.run(_until_stopped(settings, run_clock))


async def _work(tools: Tools, stop: asyncio.Event) -> None:
    await AsyncWorker(tools.settings.redis_url, tools).serve(stop)


async def _until_stopped(settings: Settings, do: Callable[[Tools, asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_tools(settings) as tools:
        log.info("started", github=settings.github_api_url)
        await do(tools, stop)
    log.info("stopped")
