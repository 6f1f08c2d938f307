"""How much does a durable receiver cost over one that throws everything away?

`python -m benchmarks.receiver` runs three things under the same uvicorn on one core, the load on another, in turns and twice:

* **floor**: a bare ASGI application that reads the body and answers 202. No Python receiver can be faster.
* **one commit**: Tagboat, every delivery a check run of the same commit: signature, typed decode, wake, one job for all.
* **new commits**: Tagboat, every delivery a check run of another commit: each wakes a subject and queues a job of its own.

Then each at a fixed 500 deliveries per second, whose answer times count from when each was due. Deliveries are signed and 12 kB large,
the usual size of `check_run`; Valkey (append-only file), SQLite and the log are real. It takes about 40 seconds.
"""

import hmac
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.load import Answers, pace, press
from workers.embedded import Embedded

SECRET = "known to GitHub and to us"
SIZE = 12_200  # bytes, the median of the check_run payloads that GitHub publishes
CONNECTIONS = 32
SECONDS, WARM_UP, ROUNDS = 4.0, 0.7, 2
RATE = 500.0


@dataclass
class Measured:
    answers: Answers
    cpu: float | None  # µs of the server per delivery


def check_run(sha: str) -> bytes:
    """A delivery's body in GitHub's shape: most of it is what no receiver reads."""
    owner = {"login": "acme", "id": 7, "type": "Organization"}
    app = {"id": 15368, "slug": "github-actions", "owner": owner}
    made: dict[str, Any] = {
        "action": "completed",
        "check_run": {
            "id": 71,
            "name": "unit (3.11)",
            "head_sha": sha,
            "external_id": "",
            "status": "completed",
            "conclusion": "success",
            "output": {"title": None, "summary": None, "text": None},
            "check_suite": {"id": 70, "head_sha": sha, "app": app},
            "app": app,
        },
        "repository": {
            "id": 55,
            "name": "shop",
            "full_name": "acme/shop",
            "private": False,
            "owner": owner,
            "default_branch": "main",
        },
        "sender": {"login": "alice", "id": 101, "type": "User"},
        "installation": {"id": 3},
    }
    urls = {
        f"{name}_url": f"https://api.github.example.test/repos/acme/shop/{name}{{/sha}}"
        for name in map(str, range(200))
    }
    for name, url in urls.items():
        made["repository"][name] = url
        if len(json.dumps(made)) >= SIZE:
            break
    return json.dumps(made).encode()


def request(sha: str) -> bytes:
    body = check_run(sha)
    signature = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
    head = (
        "POST /webhooks HTTP/1.1\r\nHost: tagboat.example.test\r\nUser-Agent: GitHub-Hookshot/044aadd\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nX-GitHub-Event: check_run\r\n"
        f"X-GitHub-Delivery: {uuid.uuid4()}\r\nX-GitHub-Hook-ID: 292430182\r\nX-GitHub-Hook-Installation-Target-ID: 4711\r\n"
        f"X-GitHub-Hook-Installation-Target-Type: integration\r\nX-Hub-Signature-256: sha256={signature}\r\n\r\n"
    )
    return head.encode() + body


def same_commit() -> Callable[[], bytes]:
    only = request("a" * 40)
    return lambda: only


def new_commits() -> Callable[[], bytes]:
    """Signed while it runs: cheap beside the server's work, and no two alike."""
    template = request("f" * 40)
    head, _, body = template.partition(b"\r\n\r\n")
    opening = head[: head.index(b"sha256=") + 7]
    numbers = itertools.count()
    secret = SECRET.encode()

    def made() -> bytes:
        other = body.replace(b"f" * 40, b"%040x" % next(numbers))
        return b"".join((opening, hmac.digest(secret, other, "sha256").hex().encode(), b"\r\n\r\n", other))

    return made


# The server process


async def floor(scope: Any, receive: Any, send: Any) -> None:
    """Accept and discard."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def serve_floor(port: int) -> None:
    from bot.app import make_server

    make_server(floor, "127.0.0.1", port, lifespan="off").run()


def serve_tagboat(port: int) -> None:
    from bot.app import serve
    from bot.settings import read_settings
    from workers.logs import configure

    configure("web")
    serve(read_settings(os.environ | {"PORT": str(port)}))


SERVERS = {"floor": serve_floor, "tagboat": serve_tagboat}


@contextmanager
def running(kind: str, directory: Path, redis_url: str) -> Iterator[tuple[int, int]]:
    """A server process on the first core; its port and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = os.environ | {
        "GITHUB_APP_ID": "4711",
        "GITHUB_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----",
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "TAGBOAT_STATE_DIR": str(directory),
        "DATABASE_URL": "",
        "REDIS_URL": redis_url,
    }
    with (directory / f"{kind}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.receiver", kind, str(port)], env=environ, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the {kind} server did not start") from None
                time.sleep(0.05)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def pin(core: int) -> None:
    """Server on one core, everything else on the others, where the system can do that and there are two."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[0]} if core == 0 else set(cores[1:]))


def cpu_seconds(pid: int) -> float | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# The load


async def measure(port: int, pid: int, made: Callable[[], bytes]) -> Measured:
    await press(port, made, CONNECTIONS, WARM_UP)
    before = cpu_seconds(pid)
    answers = await press(port, made, CONNECTIONS, SECONDS)
    after = cpu_seconds(pid)
    spent = (after - before) / len(answers.seconds) * 1e6 if before is not None and after is not None else None
    return Measured(answers, spent)


def better(one: Measured | None, other: Measured) -> Measured:
    """Of two rounds the quieter: other people's work on this machine only ever slows things down."""
    return other if one is None or other.answers.per_second > one.answers.per_second else one


def main() -> None:
    pin(1)
    best: dict[str, Measured] = {}
    steady: dict[str, Answers] = {}
    variants = (
        ("floor", "floor", same_commit),
        ("one commit", "tagboat", same_commit),
        ("new commits", "tagboat", new_commits),
    )
    with (
        tempfile.TemporaryDirectory() as place,
        Embedded(Path(place) / "redis") as server,
        redis.Redis.from_url(server.url) as plain,
    ):
        for last, (name, kind, making) in itertools.product((False, True)[:ROUNDS], variants):
            plain.flushall()
            with running(kind, Path(place), server.url) as (port, pid):
                best[name] = better(best.get(name), uvloop.run(measure(port, pid, making())))
                if last:
                    plain.flushall()
                    steady[name] = uvloop.run(pace(port, making(), RATE, SECONDS / 2))
    show(best, steady)
    if any(measured.answers.failed for measured in best.values()) or any(answers.failed for answers in steady.values()):
        sys.exit("Some deliveries were not taken: the figures do not count.")


def show(best: dict[str, Measured], steady: dict[str, Answers]) -> None:
    table = Table(
        title=f"Receiver: signed deliveries of {SIZE / 1000:.0f} kB, {CONNECTIONS} connections, one core",
        title_justify="left",
    )
    for column in (
        "",
        "per second",
        "of the floor",
        "p50 ms",
        "p99 ms",
        "CPU µs",
        f"p50 ms at {RATE:.0f}/s",
        f"p99 ms at {RATE:.0f}/s",
    ):
        table.add_column(column, justify="left" if not column else "right")
    top = best["floor"].answers.per_second
    for name, measured in best.items():
        answers, calm = measured.answers, steady.get(name)
        table.add_row(
            name,
            f"{answers.per_second:,.0f}",
            f"{answers.per_second / top:.2f}",
            f"{answers.quantile(0.5):.1f}",
            f"{answers.quantile(0.99):.1f}",
            f"{measured.cpu:.0f}" if measured.cpu is not None else "–",
            f"{calm.quantile(0.5):.1f}" if calm else "–",
            f"{calm.quantile(0.99):.1f}" if calm else "–",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        pin(0)
        SERVERS[sys.argv[1]](int(sys.argv[2]))
    else:
        main()
