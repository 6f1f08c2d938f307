"""`tagboat run`, and the processes that it consists of: `web`, `worker` and `clock`."""

import socket
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from bot.settings import Settings, SettingsError
from workers.cli.terminal import RUN, app, fail, say, settings


@app.command(rich_help_panel=RUN)
def run() -> None:
    """Start everything on this machine; without App credentials also the sandbox, a GitHub to play with."""
    from workers.embedded import NoServer
    from workers.launch import launch  # the other commands need none of it

    try:
        status = launch(settings(), say)
    except (SettingsError, NoServer) as error:
        raise fail(str(error)) from None
    except OSError as error:
        raise fail(f"Tagboat cannot start: {error}", 1) from None
    raise typer.Exit(status)


@app.command(rich_help_panel=RUN)
def web(
    handle: Annotated[
        int, typer.Option("--socket", hidden=True, help="A listening socket, inherited from `run`.")
    ] = -1,
) -> None:
    """Receive webhooks, serve pages, health and metrics."""
    from bot.app import serve

    _process("web", partial(serve, sockets=[socket.socket(fileno=handle)] if handle >= 0 else None))


@app.command(rich_help_panel=RUN)
def worker() -> None:
    """Look, decide and act. Run as many as you like, on any machine."""
    from workers.processes import work

    _process("worker", work)


@app.command(rich_help_panel=RUN)
def clock() -> None:
    """Wake what is due. More than one is harmless."""
    from workers.processes import keep_time

    _process("clock", keep_time)


def _process(name: str, do: Callable[[Settings], None]) -> None:
    from workers.logs import configure

    configure(name)
    try:
        do(settings())
    except SettingsError as error:
        raise fail(str(error)) from None
