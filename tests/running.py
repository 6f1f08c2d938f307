"""`tagboat run` as a person starts it: a process of its own in an empty directory, known only by what it prints and what is left of it."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent


@dataclass
class Running:
    """The launcher. `said` is what it has printed so far, line by line."""

    process: subprocess.Popen[str]
    began: float
    said: list[str] = field(default_factory=list)
    kin: set[int] = field(default_factory=set)

    def until_ready(self, seconds: float = 60) -> float:
        """How long it took until it printed where to look; fails when it ends, or is not ready in time."""
        self.until(lambda: any("Stop with Ctrl-C" in line for line in self.said), seconds)
        self.kin |= descendants(self.process.pid)
        return time.monotonic() - self.began

    def until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None or condition(), f"ended with {self.process.returncode}:\n{self.text}"
            assert time.monotonic() < deadline, f"not within {seconds:g} s:\n{self.text}"
            time.sleep(0.05)

    @property
    def text(self) -> str:
        return "\n".join(self.said)

    def address(self, after: str) -> str:
        """The address that stands behind these words, without its last slash."""
        found = re.search(re.escape(after) + r"\s+(http://\S+?)/?(?:\s|$)", self.text)
        assert found, f"no address after {after!r} in:\n{self.text}"
        return found[1]

    def child(self, name: str) -> int:
        """The process that runs `web`, `worker`, `clock` or `sandbox`."""
        for pid in descendants(self.process.pid):
            words = _words(pid)
            if name in words or f"-m {name}" in " ".join(words):
                return pid
        raise AssertionError(f"there is no process {name}")

    def interrupt(self, seconds: float = 30) -> int:
        """Ctrl-C; returns the exit status when it has ended."""
        self.kin |= descendants(self.process.pid)
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)

    def left_behind(self, seconds: float = 20) -> list[str]:
        """The command lines of what it started and what still runs after a while."""
        deadline = time.monotonic() + seconds
        while alive := [pid for pid in self.kin if is_alive(pid)]:
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        return [" ".join(_words(pid)) for pid in alive]


@contextmanager
def tagboat(state: Path, environ: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Start it in this directory, without the sandbox's own or the developer's settings; end it by force if the test has not."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "TAGBOAT_"))}
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "HOST",
        "PORT",
        "PUBLIC_URL",
        "PROMETHEUS_URL",
        "PROMETHEUS_SERVERS",
        "PROBE_TARGETS",
        "ALERTS_TOKEN",
        "ALERTS_LABELS",
        "ALERTS_SEVERITIES",
        "TICK_SECONDS",
    ):
        clean.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-m", "workers.cli", "run"],
        cwd=ROOT,
        env=clean | {"TAGBOAT_STATE_DIR": str(state), "PYTHONUNBUFFERED": "1", **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    running = Running(process, time.monotonic())
    reader = threading.Thread(target=_read, args=(process, running.said))
    reader.start()
    try:
        yield running
    finally:
        if process.poll() is None:
            running.kin |= descendants(process.pid)
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for pid in running.kin:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        reader.join()
        if process.stdout:
            process.stdout.close()


def _read(process: subprocess.Popen[str], said: list[str]) -> None:
    for line in process.stdout or ():
        said.append(line.rstrip("\n"))


def descendants(pid: int) -> set[int]:
    """Everything that a process has started, and what that has started."""
    try:
        return {child.pid for child in psutil.Process(pid).children(recursive=True)}
    except psutil.NoSuchProcess:
        return set()


def is_alive(pid: int) -> bool:
    """Whether it runs; one that nobody has buried yet does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _words(pid: int) -> list[str]:
    try:
        return list(psutil.Process(pid).cmdline())
    except psutil.NoSuchProcess:
        return []
