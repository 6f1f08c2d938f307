"""The command line: `tagboat run` and the processes that it consists of, `lint` for a policy file, `replay` for a saved delivery."""

import hashlib
import hmac
import os
import socket
import sys
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import typer
from rich.console import Console

from bot.policy import parse_policy
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


def _fail(message: str, status: int = 2) -> typer.Exit:
    _err.print(message, style="red", markup=False)
    return typer.Exit(status)


@app.command()
def run() -> None:
    """Start everything on this machine; without App credentials also the sandbox, a GitHub to play with."""
    from workers.embedded import NoServer
    from workers.launch import launch  # the other commands need none of it

    try:
        status = launch(_settings(), lambda line: _out.print(line, markup=False))
    except (SettingsError, NoServer) as error:
        raise _fail(str(error)) from None
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
    """Check a policy file: every mistake with its line and the way to mend it."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise _fail(f"{file} cannot be read: {error}") from None
    parsed = parse_policy(text)
    for kind, findings in (("error", parsed.errors), ("warning", parsed.warnings)):
        for found in findings:
            _out.print(f"{file}:{found.line}:{found.column}: {kind}: {found.message}", markup=False)
            _out.print(f"    {found.fix}", markup=False)
    if parsed.errors:
        raise typer.Exit(1)
    _out.print(f"{file}: understood.", markup=False)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="The JSON payload of a delivery, as GitHub's settings page shows it.")],
    event: Annotated[str, typer.Option(help="The X-GitHub-Event of the delivery.")],
    delivery: Annotated[str, typer.Option(help="Its GUID; a new one when left out.")] = "",
    url: Annotated[str, typer.Option(help="Where to; this Tagboat when left out.")] = "",
) -> None:
    """Send a saved delivery again, signed as GitHub would."""
    settings = _settings()
    if not settings.webhook_secrets:
        raise _fail("GITHUB_WEBHOOK_SECRET is needed to sign the delivery.")
    try:
        body = file.read_bytes()
    except OSError as error:
        raise _fail(f"{file} cannot be read: {error}") from None
    target = url or f"{settings.public_url}/webhooks"
    if not target.startswith(("http://", "https://")):
        raise _fail(f"{target} is not an address.")
    guid = delivery or str(uuid.uuid4())
    signature = hmac.new(settings.webhook_secrets[0].encode(), body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": f"sha256={signature}",
    }
    began = time.perf_counter()
    try:
        with urlopen(Request(target, data=body, headers=headers), timeout=10) as answer:  # noqa: S310 - http(s) only, checked above
            status, said = answer.status, answer.read()
    except HTTPError as error:
        status, said = error.code, error.read()
    except (URLError, TimeoutError) as error:
        raise _fail(f"{target} does not answer: {error}", 1) from None
    took = (time.perf_counter() - began) * 1000
    _out.print(f"{status} in {took:.0f} ms, delivery {guid}: {said.decode(errors='replace').strip()}", markup=False)
    if status >= 300:
        raise typer.Exit(1)


if __name__ == "__main__":
    sys.exit(app())
