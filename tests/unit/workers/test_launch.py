"""`tagboat run` on a real machine: what it starts, what it says, and that nothing of it is left, however it ends."""

import os
import signal
import socket
import stat
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import DEFAULT_PORT, SettingsError, read_settings
from tests.running import is_alive, tagboat
from workers.launch import launch
from workers.state_dir import claimed, make_state_dir

SANDBOX = "The sandbox, a GitHub to play with:"


def get(address: str) -> int:
    with urllib.request.urlopen(address, timeout=20) as answer:  # noqa: S310 - our own
        return int(answer.status)


@pytest.fixture(autouse=True)
def _hangs_up() -> Iterator[None]:
    """Under `nohup` a hang-up is ignored, and whoever we start inherits that."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def test_two_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    with tagboat(tmp_path / "one") as one, tagboat(tmp_path / "two") as two:
        one.until_ready()
        two.until_ready()
        assert len({running.address("Tagboat:") for running in (one, two)}) == 2
        for running in (one, two):
            assert get(running.address("Tagboat:") + "/readyz") == 200
            assert get(running.address(SANDBOX)) == 200
        assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("one", "two")} == {0o700}

        with tagboat(tmp_path / "one") as third:
            assert third.process.wait(90) == 2
        assert f"Another Tagboat (process {one.process.pid}) uses {tmp_path / 'one'}." in third.text
        assert "TAGBOAT_STATE_DIR" in third.text

        assert one.interrupt() == 0
        assert one.left_behind() == []
        assert get(two.address("Tagboat:") + "/readyz") == 200
        two.process.send_signal(signal.SIGHUP)  # the terminal is closed
        assert two.process.wait(90) == 0
        assert two.left_behind() == []


def is_ready(address: str) -> bool:
    try:
        return get(address + "/readyz") == 200
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks the server up in /proc")
def test_an_embedded_server_that_dies_is_started_again(tmp_path: Path) -> None:
    with tagboat(tmp_path) as running:
        running.until_ready()
        address = running.address("Tagboat:")
        server = embedded_server(running.process.pid)
        os.kill(server, signal.SIGKILL)
        running.until(lambda: not is_alive(server))
        running.until(lambda: is_ready(address))
        assert "The embedded Redis server has ended; starting it again." in running.text
        assert running.interrupt() == 0
        assert running.left_behind() == []


def embedded_server(parent: int) -> int:
    """The process id of the Redis server that this Tagboat started."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return next(int(pid) for pid in children if b"unixsocket" in Path(f"/proc/{pid}/cmdline").read_bytes())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends orphans for us")
def test_nothing_is_left_of_one_that_was_killed(tmp_path: Path) -> None:
    state = tmp_path / ("d" * 110)  # too long for a socket
    with tagboat(state) as killed:
        killed.until_ready()
        killed.process.kill()
        killed.process.wait()
        with tagboat(state) as running:  # at once
            running.until_ready()
            assert killed.left_behind() == []
            assert get(running.address("Tagboat:") + "/readyz") == 200
            assert running.interrupt() == 0
            assert running.left_behind() == []


def test_what_dies_is_started_again_and_nobody_is_turned_away(tmp_path: Path) -> None:
    with tagboat(tmp_path) as running:
        running.until_ready()
        web = running.child("web")
        os.kill(web, signal.SIGKILL)
        running.until(lambda: not is_alive(web))
        # The port is still open: whoever calls now waits instead of being refused.
        assert get(running.address("Tagboat:") + "/healthz") == 200
        assert running.child("web") != web
        assert "web ended (killed by signal 9); starting it again." in running.text

        os.kill(running.child("sandbox"), signal.SIGKILL)
        assert running.process.wait(40) == 1
        assert "sandbox ended (killed by signal 9), and what it held is lost." in running.text
        assert running.left_behind() == []


def test_an_interrupt_before_it_is_ready_leaves_nothing(tmp_path: Path) -> None:
    with tagboat(tmp_path) as running:
        running.until((tmp_path / "sandbox" / "log" / "clock.log").exists)  # the last one is being started
        assert running.interrupt() == 0
        assert running.left_behind() == []


def no_app(state: Path, **environ: str) -> dict[str, str]:
    return {"TAGBOAT_STATE_DIR": str(state), **environ}


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(SettingsError, match=rf"Port {port} on 127.0.0.1 is taken.*PORT=8001"):
            launch(read_settings(no_app(tmp_path, PORT=port)), print)


def test_the_port_that_github_calls_is_never_another(tmp_path: Path) -> None:
    app = {"GITHUB_APP_ID": "1", "GITHUB_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----", "GITHUB_WEBHOOK_SECRET": "s"}
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", DEFAULT_PORT))
            taken.listen()
        except OSError:
            pass  # somebody else has taken it, which is as good
        with pytest.raises(SettingsError, match=f"Port {DEFAULT_PORT} on 127.0.0.1 is taken"):
            launch(read_settings(no_app(tmp_path, **app)), print)


def test_an_address_that_is_not_ours_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1 cannot be opened.*HOST"):
        launch(read_settings(no_app(tmp_path, HOST="192.0.2.1")), print)
    with pytest.raises(SettingsError, match=r"nowhere\.invalid cannot be opened"):
        launch(read_settings(no_app(tmp_path, HOST="nowhere.invalid")), print)


def test_a_state_directory_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for impossible in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300), Path("/proc/tagboat")):
        with pytest.raises(SettingsError, match=r"cannot keep anything in .*TAGBOAT_STATE_DIR="):
            launch(read_settings(no_app(impossible)), print)


def test_processes_of_a_killed_one_are_waited_for(tmp_path: Path) -> None:
    make_state_dir(tmp_path)
    said: list[str] = []
    with claimed(tmp_path, said.append) as inherited:
        straggler = os.dup(inherited)
    try:
        with (
            pytest.raises(SettingsError, match=r"was killed still use .*End them"),
            claimed(tmp_path, said.append, wait=0.2),
        ):
            pass
        assert said == ["Waiting for the last processes of a Tagboat that was killed …"]
    finally:
        os.close(straggler)
    with claimed(tmp_path, said.append, wait=0.2):
        assert len(said) == 1
