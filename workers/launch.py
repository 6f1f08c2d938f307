"""`tagboat run`: everything on one machine, from one command. Starts a Redis server if none is named, the web, worker and clock processes, and,
without App credentials, the sandbox: a GitHub to play with. A process that dies is started again; Ctrl-C stops all of them in order.
"""

import asyncio
import errno
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Literal

import aiohttp

from bot.queue import Queue
from bot.settings import DEFAULT_PORT, Settings, SettingsError
from workers.children import Children, Process, Say
from workers.embedded import Embedded, NoServer, embedded_for
from workers.playground import make_playground
from workers.state_dir import claimed, make_state_dir

READY_SECONDS = 50.0
SERVER_LOOK = 1.0
BACKLOG = 2048


def launch(settings: Settings, say: Say) -> int:
    """Run until interrupted; `say` prints a line of Markdown-free text for the person at the terminal. Returns the exit status.

    Raises SettingsError and NoServer, in words for people.
    """
    make_state_dir(settings.state_dir)
    with ExitStack() as closing:
        inherited = closing.enter_context(claimed(settings.state_dir, say))
        listening = closing.enter_context(_listen(settings, say))
        settings = _at(settings, listening.getsockname()[1])
        processes: list[Process] = []
        playground = None
        if not settings.has_app:
            playground = make_playground(settings, _address(settings), inherited)
            settings = playground.settings
            processes.append(playground.process)
        server = embedded_for(settings, forget=playground is not None)
        if server is not None:
            say("Starting the embedded Redis server …")
            settings = replace(settings, redis_url=closing.enter_context(server).url)
            if server.fresh:
                asyncio.run(_begin_at_once(settings.redis_url))
        environ = _environ(settings)
        handle = str(listening.fileno())
        processes += [
            Process("web", _tagboat("web", "--socket", handle), environ, (inherited, listening.fileno())),
            Process("worker", _tagboat("worker"), environ, (inherited,)),
            Process("clock", _tagboat("clock"), environ, (inherited,)),
        ]
        return asyncio.run(_supervise(processes, server, settings, playground.page if playground else "", say))


def _listen(settings: Settings, say: Say) -> socket.socket:
    """The socket of the web process. We hold it, so nobody gets between, and nobody is turned away while that process starts again."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise SettingsError(
                f"Port {settings.port} on {settings.host} cannot be opened: {error.strerror}. Choose others with HOST and PORT, for "
                "example HOST=127.0.0.1 PORT=8001."
            ) from None
    if settings.has_app or settings.port != DEFAULT_PORT:  # GitHub, or a person, counts on that very port
        raise SettingsError(
            f"Port {settings.port} on {settings.host} is taken. Stop what listens there, or choose another: PORT=8001 make run."
        )
    say(f"Port {settings.port} is taken, so Tagboat takes another.")
    return socket.create_server((settings.host, 0), family=family, backlog=BACKLOG)


def _at(settings: Settings, port: int) -> Settings:
    """The settings with the port that it became."""
    goes_without_saying = settings.public_url == f"http://{settings.host}:{settings.port}"
    settings = replace(settings, port=port)
    return replace(settings, public_url=_address(settings)) if goes_without_saying else settings


def _address(settings: Settings) -> str:
    """Where this machine reaches our web process."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host)  # noqa: S104 - compared, not opened
    host = host or (f"[{settings.host}]" if ":" in settings.host else settings.host)
    return f"http://{host}:{settings.port}"


async def _begin_at_once(redis_url: str) -> None:
    """A server without memory normally waits for a lease, since somebody may still hold what it forgot. Of ours nobody does."""
    async with Queue.connect(redis_url) as queue:
        await queue.start_fresh(time.time())


def _tagboat(*words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "workers.cli", *words)


def _environ(settings: Settings) -> dict[str, str]:
    """What children need to know. Secrets travel here and never by a command line, which everybody on the machine can read."""
    return {
        "GITHUB_APP_ID": settings.app_id,
        "GITHUB_PRIVATE_KEY": settings.private_key,
        "GITHUB_PRIVATE_KEY_PATH": "",
        "GITHUB_WEBHOOK_SECRET": ",".join(settings.webhook_secrets),
        "GITHUB_API_URL": settings.github_api_url,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "HOST": settings.host,
        "PORT": str(settings.port),
        "PUBLIC_URL": settings.public_url,
        "PROMETHEUS_URL": settings.prometheus_url,
        "PROMETHEUS_SERVERS": " ".join(f"{name}={url}" for name, url in settings.prometheus_servers.items()),
        "PROBE_TARGETS": " ".join(f"{name}={url}" for name, url in settings.probe_targets.items()),
        "ALERTS_TOKEN": ",".join(settings.alerts_tokens),
        "ALERTS_LABELS": " ".join(f"{name}={label}" for name, label in settings.alerts_labels.items()),
        "ALERTS_SEVERITIES": " ".join(f"{name}={level}" for name, level in settings.alerts_severities.items()),
        "TICK_SECONDS": str(settings.tick_seconds),
        "TAGBOAT_STATE_DIR": str(settings.state_dir),
    }


async def _supervise(
    processes: Sequence[Process], server: Embedded | None, settings: Settings, page: str, say: Say
) -> int:
    logs = settings.state_dir / "log"
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if (
            number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
        ):  # `nohup` wants us to outlive the terminal
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    children = Children(processes, logs, say)
    children.begin()
    ready = asyncio.create_task(_until_ready([f"{_address(settings)}/readyz", *([page] if page else [])]))
    lost = asyncio.create_task(children.lost.wait())
    ended = [asyncio.create_task(stop.wait()), lost]
    if server is not None:
        ended.append(asyncio.create_task(_keep(server, children.lost, say)))
    try:
        await asyncio.wait([ready, *ended], return_when=asyncio.FIRST_COMPLETED)
        if ready.done() and not ready.result():
            say(f"Tagboat did not become ready within {READY_SECONDS:.0f} seconds; the reasons are in {logs}.")
            return 1
        if ready.done():
            _greet(settings, page, logs, say)
            await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        say("Stopping …")
        return 1 if children.lost.is_set() else 0
    finally:
        for task in (ready, *ended):
            task.cancel()
        await children.end()


async def _keep(server: Embedded, lost: asyncio.Event, say: Say) -> Literal[True]:
    """Start the embedded server again when it dies: what it forgets is in SQL. Returns when that is not possible."""
    while True:
        await asyncio.sleep(SERVER_LOOK)
        if not server.died:
            continue
        say("The embedded Redis server has ended; starting it again.")
        try:
            server.revive()
        except (NoServer, OSError) as error:
            say(f"It does not start: {error}")
            lost.set()
            return True


async def _until_ready(pages: Sequence[str]) -> bool:
    """Whether everything answers before the patience of a person ends."""
    deadline = time.monotonic() + READY_SECONDS
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session:
        while time.monotonic() < deadline:
            if all([await _answers(session, page) for page in pages]):
                return True
            await asyncio.sleep(0.2)
    return False


async def _answers(session: aiohttp.ClientSession, page: str) -> bool:
    try:
        async with session.get(page) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def _greet(settings: Settings, page: str, logs: Path, say: Say) -> None:
    web = _address(settings)
    say("")
    if page:
        say(f"  The sandbox, a GitHub to play with:  {page}")
        say(
            "  Open a pull request there, type /deploy canary, and watch. Then push one more commit, break the canary, and do it again."
        )
        say("")
    say(f"  Tagboat:   {web}/   health: {web}/readyz   metrics: {web}/metrics")
    say(f"  Logs:      {logs}")
    say("  Stop with Ctrl-C.")
    say("")
