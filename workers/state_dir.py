"""The directory where one Tagboat keeps what it must remember, and the certainty that no other one uses it at the same time.

Two that share a directory would share a database and a Redis server and end each other's. The lock is a descriptor that every process of a
Tagboat inherits, so it is free again when the last of them is gone, also after a `kill -9`.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.settings import SettingsError
from workers.children import Say

WAIT_SECONDS = 35.0  # longer than a process that was told to end may take


def make_state_dir(directory: Path) -> None:
    """Make it, for nobody but us. Raises SettingsError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
        (directory / "log").mkdir(exist_ok=True)
        probe = directory / "log" / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"Tagboat cannot keep anything in {directory}: {error.strerror or error}. "
            "Name a directory that it may write to: TAGBOAT_STATE_DIR=/somewhere/else."
        ) from None


@contextmanager
def claimed(directory: Path, say: Say, *, wait: float = WAIT_SECONDS) -> Iterator[int]:
    """The directory is ours. The value is a descriptor that every child must inherit. Raises SettingsError.

    There are two locks: ours alone tells whether another Tagboat runs, the children's whether one that was killed has left processes,
    which are just ending and are waited for, `wait` seconds at most.
    """
    ours = os.open(directory / "tagboat.lock", os.O_RDWR | os.O_CREAT, 0o600)
    children = os.open(directory / "children.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(ours):
            raise SettingsError(
                f"Another Tagboat (process {os.pread(ours, 20, 0).decode()}) uses {directory}. Stop that one, or give this one a "
                "directory of its own: TAGBOAT_STATE_DIR=/somewhere/else."
            )
        os.truncate(ours, 0)
        os.pwrite(ours, str(os.getpid()).encode(), 0)
        _wait_for(children, directory, say, wait)
        yield children
    finally:
        os.close(ours)
        os.close(children)


def _wait_for(children: int, directory: Path, say: Say, wait: float) -> None:
    deadline, told = time.monotonic() + wait, False
    while not _locked(children):
        if time.monotonic() > deadline:
            raise SettingsError(
                f"Processes of a Tagboat that was killed still use {directory}. End them (ps shows them as workers.cli), or name "
                "another directory: TAGBOAT_STATE_DIR=/somewhere/else."
            )
        if not told:
            say("Waiting for the last processes of a Tagboat that was killed …")
            told = True
        time.sleep(0.05)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
