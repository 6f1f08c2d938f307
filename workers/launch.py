"""`tagboat run`: everything on one machine, from one command. Starts a Redis server if none is named, the web, worker and clock processes, and,
without App credentials, the sandbox: a GitHub to play with. A process that dies is started again; Ctrl-C stops all of them in order.
"""

import asyncio
import ctypes
import os
import secrets
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.settings import Settings, SettingsError
from workers.embedded import embedded_for

READY_SECONDS = 50.0
STOP_SECONDS = 30.0
STEADY_SECONDS = 30.0  # a process that ran so long is not in a crash loop
SANDBOX_TICK = 1.0
SANDBOX_APP = "1"


@dataclass(frozen=True, slots=True)
class Process:
    """One child: what it is called, its command and the environment that it gets on top of ours."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]


def launch(settings: Settings, say: Callable[[str], None]) -> int:
    """Run until interrupted; `say` prints a line of Markdown-free text for the person at the terminal. Returns the exit status."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    settings.state_dir.chmod(0o700)
    with ExitStack() as closing:
        sandbox: Process | None = None
        if not settings.has_app:
            settings, sandbox = _with_sandbox(settings)
        _check_port(settings)
        server = embedded_for(settings)
        if server is not None:
            say("Starting the embedded Redis server …")
            settings = replace(settings, redis_url=closing.enter_context(server).url)
        processes = [
            *([sandbox] if sandbox else []),
            *(Process(name, _tagboat(name), _environ(settings)) for name in ("web", "worker", "clock")),
        ]
        return asyncio.run(_supervise(processes, settings, sandbox, say))


def _tagboat(command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "workers.cli", command)


def _environ(settings: Settings) -> dict[str, str]:
    """What children need to know; the key travels by its file, never by a command line."""
    key = settings.state_dir / "app-key.pem"
    _write_private(key, settings.private_key)
    return {
        "GITHUB_APP_ID": settings.app_id,
        "GITHUB_PRIVATE_KEY": "",
        "GITHUB_PRIVATE_KEY_PATH": str(key),
        "GITHUB_WEBHOOK_SECRET": ",".join(settings.webhook_secrets),
        "GITHUB_API_URL": settings.github_api_url,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "HOST": settings.host,
        "PORT": str(settings.port),
        "PUBLIC_URL": settings.public_url,
        "PROMETHEUS_URL": settings.prometheus_url,
        "TICK_SECONDS": str(settings.tick_seconds),
        "TAGBOAT_STATE_DIR": str(settings.state_dir),
    }


def _write_private(path: Path, text: str) -> None:
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)


def _with_sandbox(settings: Settings) -> tuple[Settings, Process]:
    """Settings for a world of our own: made-up credentials and a fresh memory, since the sandbox begins anew each time."""
    home = settings.state_dir / "sandbox"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, mode=0o700)
    port, secret = _free_port(), secrets.token_urlsafe(32)
    private, public = _key_pair()
    _write_private(home / "public.pem", public)
    if not os.environ.get("PORT") and not _is_free(settings.host, settings.port):
        web_port = _free_port()
        settings = replace(settings, port=web_port, public_url=f"http://{settings.host}:{web_port}")
    page = f"http://127.0.0.1:{port}"
    changed = replace(
        settings,
        app_id=SANDBOX_APP,
        private_key=private,
        webhook_secrets=(secret,),
        github_api_url=f"{page}/api/v3",
        prometheus_url=f"{page}/prometheus",
        database_url=f"sqlite:///{home / 'tagboat.db'}",
        tick_seconds=min(settings.tick_seconds, SANDBOX_TICK),
        state_dir=home,
    )
    command = (sys.executable, "-m", "sandbox", "--port", str(port), "--app-id", SANDBOX_APP)
    files = ("--key-file", str(home / "public.pem"), "--webhook-url", f"{settings.public_url}/webhooks")
    return changed, Process("sandbox", (*command, *files), {"SANDBOX_WEBHOOK_SECRET": secret})


def _key_pair() -> tuple[str, str]:
    """PEM texts of a new RSA key, private and public."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _check_port(settings: Settings) -> None:
    if settings.port and not _is_free(settings.host, settings.port):
        raise SettingsError(
            f"Port {settings.port} on {settings.host} is taken. Stop what listens there, or choose another: PORT=8001 make run."
        )


def _end_with_us() -> None:
    """Linux: have the kernel send SIGTERM to this child when we are killed without a chance to (prctl, PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Child:
    """One process that is kept running: a crash starts it again, at once the first time, then after a growing pause."""

    def __init__(self, process: Process, log: Path) -> None:
        self.process, self.log = process, log
        self._running: asyncio.subprocess.Process | None = None
        self.stopping = False

    async def keep(self, say: Callable[[str], None]) -> None:
        pause = 0.0
        while not self.stopping:
            started = time.monotonic()
            with self.log.open("ab") as log:
                self._running = await asyncio.create_subprocess_exec(
                    *self.process.command,
                    env=os.environ | dict(self.process.environ),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # a Ctrl-C in the terminal reaches it through us, in order
                    preexec_fn=_end_with_us if sys.platform == "linux" else None,
                )
            status = await self._running.wait()
            if self.stopping:
                return
            pause = 0.0 if time.monotonic() - started > STEADY_SECONDS else min(max(pause * 2, 1.0), 30.0)
            say(f"{self.process.name} ended with status {status}; starting it again. What it said is in {self.log}.")
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        self.stopping = True
        if self._running is None or self._running.returncode is not None:
            return
        self._running.terminate()
        try:
            await asyncio.wait_for(self._running.wait(), STOP_SECONDS)
        except TimeoutError:
            self._running.kill()
            await self._running.wait()


async def _supervise(
    processes: list[Process], settings: Settings, sandbox: Process | None, say: Callable[[str], None]
) -> int:
    logs = settings.state_dir / "log"
    logs.mkdir(exist_ok=True)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    children = [Child(process, logs / f"{process.name}.log") for process in processes]
    keeping = [asyncio.create_task(child.keep(say)) for child in children]
    try:
        waiting = asyncio.create_task(_until_ready(settings, sandbox is not None))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done() and not waiting.result():
            say(f"Tagboat did not become ready within {READY_SECONDS:.0f} seconds; the reasons are in {logs}.")
            return 1
        if waiting.done():
            _greet(settings, sandbox is not None, logs, say)
        waiting.cancel()
        await stopping
        say("Stopping …")
        return 0
    finally:
        for child in reversed(children):
            await child.stop()
        await asyncio.gather(*keeping, return_exceptions=True)


async def _until_ready(settings: Settings, sandbox: bool) -> bool:
    """Whether everything answers before the patience of a person ends."""
    pages = [f"http://{settings.host}:{settings.port}/readyz"]
    if sandbox:
        pages.append(settings.github_api_url.removesuffix("/api/v3") + "/")
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


def _greet(settings: Settings, sandbox: bool, logs: Path, say: Callable[[str], None]) -> None:
    web = f"http://{settings.host}:{settings.port}"
    say("")
    if sandbox:
        say(f"  The sandbox, a GitHub to play with:  {settings.github_api_url.removesuffix('/api/v3')}/")
        say("  Open a pull request there, type /deploy canary, and watch. Then break the canary and do it again.")
        say("")
    say(f"  Tagboat:   {web}/   health: {web}/readyz   metrics: {web}/metrics")
    say(f"  Logs:      {logs}")
    say("  Stop with Ctrl-C.")
    say("")
