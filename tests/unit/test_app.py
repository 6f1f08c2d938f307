"""The web process as it runs in production: over real HTTP, with its own server and its own end."""

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import subject
from bot.app import serve
from bot.settings import SettingsError, read_settings
from bot.store import Store
from tests.unit.payloads import SECRET, payload, signed
from workers.embedded import Embedded

SERVE = "import os; from bot.app import serve; from bot.settings import read_settings; serve(read_settings(os.environ))"
BODY = json.dumps(payload("issue_comment", "created")).encode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def web_process(directory: Path, redis_url: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A web process of its own; yields its port when it answers."""
    port = free_port()
    environ = {
        "PATH": os.environ["PATH"],
        "GITHUB_APP_ID": "4711",
        "GITHUB_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----",
        "GITHUB_WEBHOOK_SECRET": f"another,{SECRET}",
        "TAGBOAT_STATE_DIR": str(directory),
        "REDIS_URL": redis_url,
        "PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-c", SERVE], env=environ, stdout=subprocess.PIPE)
    try:
        deadline = time.monotonic() + 30
        while get(port, "/healthz") != 200:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield port, process
    finally:
        process.kill()
        process.communicate()


def get(port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except ConnectionRefusedError:
        return None
    finally:
        connection.close()


def post(port: int, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/webhooks", body, signed("issue_comment", body))
    status = connection.getresponse().status
    connection.close()
    return status


def test_it_takes_deliveries_keeps_them_over_a_kill_and_ends_when_told(tmp_path: Path) -> None:
    with Embedded(tmp_path / "redis") as server:
        with web_process(tmp_path, server.url) as (port, process):
            assert post(port, BODY) == 202
            process.kill()
        target = subject.command(55, "comment-9001")
        store = Store.open(read_settings({"TAGBOAT_STATE_DIR": str(tmp_path)}).database_url)
        assert len(asyncio.run(store.load(target)).asked) == 1
        asyncio.run(store.close())
        with web_process(tmp_path, server.url) as (port, process):
            assert post(port, BODY) == 202
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) in (0, -signal.SIGTERM)


def test_a_body_beyond_all_bounds_is_refused_before_it_has_arrived(tmp_path: Path) -> None:
    with Embedded(tmp_path / "redis") as server, web_process(tmp_path, server.url) as (port, _):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
            head = "POST /webhooks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=0\r\n"
            stranger.sendall(f"{head}Content-Length: {10**12}\r\n\r\n".encode())
            assert stranger.recv(4096).startswith(b"HTTP/1.1 413")
        assert get(port, "/healthz") == 200


def test_without_redis_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        serve(read_settings({"TAGBOAT_STATE_DIR": str(tmp_path)}))
