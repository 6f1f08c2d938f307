"""A real Prometheus for tests, as Debian packages it: on loopback, a port of its own choosing, everything it writes in a directory of the test.

Where it is not installed those tests are skipped, with the reason; `.ci/run` installs it, and there a skip is a failure.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PROGRAM = shutil.which("prometheus")
needs_prometheus = pytest.mark.skipif(PROGRAM is None, reason="prometheus is not installed: apt-get install prometheus")

CONFIG = """\
global: { scrape_interval: 1s, scrape_timeout: 1s }
"""
SCRAPE = """\
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ["TARGET"] }]
"""
UNREACHABLE_STORE = """\
remote_read: [{ url: "http://127.0.0.1:1/read", read_recent: true, remote_timeout: 1s }]
"""
"""Whatever is asked, a part of the answer is missing, and Prometheus says so in a warning."""


@contextmanager
def real_prometheus(directory: Path, *, scrapes: str = "", extra: str = "", seconds: float = 30) -> Iterator[str]:
    """Its address while it runs. `scrapes` is whose /metrics it reads each second, `extra` more of its configuration."""
    assert PROGRAM is not None
    directory.mkdir(parents=True, exist_ok=True)
    config, said = directory / "prometheus.yml", directory / "log"
    config.write_text(CONFIG + extra + (SCRAPE.replace("TARGET", urlsplit(scrapes).netloc) if scrapes else ""))
    command = [PROGRAM, f"--config.file={config}", f"--storage.tsdb.path={directory / 'samples'}"]
    command += ["--web.listen-address=127.0.0.1:0", "--storage.tsdb.retention.time=1h"]
    with said.open("wb") as log:
        process = subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield _ready(process, said, time.monotonic() + seconds)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ready(process: "subprocess.Popen[bytes]", said: Path, deadline: float) -> str:
    while time.monotonic() < deadline and process.poll() is None:
        text = said.read_text(errors="replace")
        listening = re.search(r'msg="Listening on" address=(127\.0\.0\.1:\d+)', text)
        if listening and "Server is ready to receive web requests" in text:
            return f"http://{listening[1]}"
        time.sleep(0.02)
    raise AssertionError(f"Prometheus does not start:\n{said.read_text(errors='replace')}")
