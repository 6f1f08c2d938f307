"""The command line: `tagboat run` and the processes that it consists of, and what people do by hand: `doctor`, `lint`, `replay`.

Each command imports what it needs only when it is called, so that `tagboat --help` answers at once.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.settings import Settings, SettingsError, read_settings

app = typer.Typer(
    help="Makes releases boring: gated, progressive deployments from a pull request.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
_out, _err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)


def _settings() -> Settings:
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        raise _fail(str(error)) from None


def _say(line: str) -> None:
    _out.print(line, markup=False, emoji=False)


def _fail(message: str, status: int = 2) -> typer.Exit:
    _err.print(message, style="red", markup=False, emoji=False)
    return typer.Exit(status)


@app.command()
def run() -> None:
    """Start everything on this machine; without App credentials also the sandbox, a GitHub to play with."""
    from workers.embedded import NoServer
    from workers.launch import launch  # the other commands need none of it

    try:
        status = launch(_settings(), _say)
    except (SettingsError, NoServer) as error:
        raise _fail(str(error)) from None
    except OSError as error:
        raise _fail(f"Tagboat cannot start: {error}", 1) from None
    raise typer.Exit(status)


@app.command()
def web(
    handle: Annotated[
        int, typer.Option("--socket", hidden=True, help="A listening socket, inherited from `run`.")
    ] = -1,
) -> None:
    """Receive webhooks, serve pages, health and metrics."""
    from bot.app import serve

    _process("web", partial(serve, sockets=[socket.socket(fileno=handle)] if handle >= 0 else None))


@app.command()
def worker() -> None:
    """Look, decide and act. Run as many as you like, on any machine."""
    from workers.processes import work

    _process("worker", work)


@app.command()
def clock() -> None:
    """Wake what is due. More than one is harmless."""
    from workers.processes import keep_time

    _process("clock", keep_time)


def _process(name: str, do: Callable[[Settings], None]) -> None:
    from workers.logs import configure

    configure(name)
    try:
        do(_settings())
    except SettingsError as error:
        raise _fail(str(error)) from None


@app.command()
def lint(file: Annotated[Path, typer.Argument(help="The policy file.")] = Path(".github/tagboat.yml")) -> None:
    """Check a policy file: every mistake with its line and the way to mend it, and how the rest was understood."""
    from workers.lint import Unreadable, read_policy_file, understood
    from workers.lint import lint as look

    try:
        found = look(read_policy_file(file))
    except Unreadable as error:
        raise _fail(str(error)) from None
    for kind, findings in (("error", found.errors), ("warning", found.warnings)):
        for one in findings:
            where = f"{one.path}: " if one.path else ""
            _say(f"{file}:{one.line}:{one.column}: {kind}: {where}{one.message}")
            _say(f"    {one.fix}")
    if found.policy is None:
        raise typer.Exit(1)
    _say(f"{file}: understood.")
    for line in understood(found.policy):
        _say(line)


@app.command()
def replay(
    file: Annotated[
        Path,
        typer.Argument(help="The JSON of a delivery: its payload, or all of it as GitHub's API gives it."),
    ],
    event: Annotated[
        str, typer.Option(help="The X-GitHub-Event of the delivery, where the file does not say it.")
    ] = "",
    delivery: Annotated[str, typer.Option(help="Its GUID; the file's, or a new one, when left out.")] = "",
    url: Annotated[str, typer.Option(help="Where to; this Tagboat when left out.")] = "",
) -> None:
    """Send a saved delivery again, signed as GitHub would."""
    from workers.replay import NotReplayed, read_delivery, send

    settings = _settings()
    try:
        saved = read_delivery(file, event=event, guid=delivery)
        answer = send(saved, settings.webhook_secrets, url or f"{settings.public_url}/webhooks")
    except NotReplayed as error:
        raise _fail(str(error), 1) from None
    _say(f"{answer.status} in {answer.milliseconds:.0f} ms, delivery {saved.guid}: {answer.text}")
    if answer.status >= 300:
        raise typer.Exit(1)


@app.command()
def doctor() -> None:
    """Look at everything that Tagboat needs, and say how to mend what is broken."""
    if not asyncio.run(_doctor()):
        raise typer.Exit(1)


async def _doctor() -> bool:
    """Whether all is well."""
    from workers.doctor import examine

    well = True
    async for found in examine(os.environ):
        _say(f"{'✅' if found.ok else '❌'} {found.what}")
        if found.fix:
            _say(f"   {found.fix}")
        well = well and found.ok
    return well


if __name__ == "__main__":
    sys.exit(app())
