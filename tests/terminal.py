"""The command line as somebody types it at a terminal that is wide enough for every line."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from typer.testing import CliRunner

from tests.world import World
from workers.cli import app as command_line
from workers.cli import terminal

WIDE = 220
NOT_SET = ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_PRIVATE_KEY_PATH", "GITHUB_WEBHOOK_SECRET", "REDIS_URL")


@contextmanager
def wide() -> Iterator[None]:
    """Whoever imported the terminal first in this process gave it the width of their own."""
    before = terminal.out._width
    terminal.out.width = WIDE
    try:
        yield
    finally:
        terminal.out._width = before


async def typed(world: World, *words: str, **environ: str) -> Any:
    """What came of it, on the machine where this Tagboat runs; `environ` is set besides where its database is."""
    known = {"DATABASE_URL": world.settings.database_url, "TAGBOAT_STATE_DIR": str(world.settings.state_dir)}
    with wide():
        return await asyncio.to_thread(
            CliRunner().invoke, command_line, words, env={**dict.fromkeys(NOT_SET), **known, **environ}
        )
