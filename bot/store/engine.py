"""Opening the database: SQLite as a file in WAL mode, or PostgreSQL through psycopg. Everything that differs between the two is here.

Writes on SQLite begin IMMEDIATE: a transaction that read first and then finds another writer would otherwise fail at once instead of
waiting its turn. What the network or a restarting server does to a call becomes one error, `StoreUnreachable`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

BUSY_SECONDS = 20
MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING: Final = (
    0x7A67_B047  # any number, the same in every process: the advisory lock under which PostgreSQL is migrated
)

_SQLITE_TRANSIENT = ("locked", "busy", "unable to open", "disk i/o error", "interrupted")
_DEADLOCKS = frozenset({"40001", "40P01"})


class StoreUnreachable(Exception):  # noqa: N818 - it is read aloud in `except StoreUnreachable`
    """The database did not answer, or broke off. The transaction may have happened or not; trying again later is right."""


class Deadlock(StoreUnreachable):
    """PostgreSQL gave way to another transaction: nothing was written, trying again at once is right."""


def make_engine(url: str) -> Engine:
    """`url` in SQLAlchemy's spelling: `sqlite:///path` or `postgresql+psycopg://…`. Makes the directory of an SQLite file."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("SQLite needs a file: several processes share it.")
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, pool_size=1, max_overflow=3, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        parsed,
        pool_size=4,
        max_overflow=4,
        pool_pre_ping=True,  # a restarted server is noticed before, not in the middle of, a transaction
        connect_args={"connect_timeout": 10, "application_name": "tagboat"},
    )


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # no implicit BEGIN from the driver: ours says which kind
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("tagboat_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent look. Raises StoreUnreachable."""
    with _troubles(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, committed when the block ends well. Raises StoreUnreachable."""
    with (
        _troubles(),
        engine.connect().execution_options(tagboat_writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def _troubles() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnreachable(str(error)) from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _DEADLOCKS:
            raise Deadlock(str(error.orig)) from error
        if _is_transient(error):
            raise StoreUnreachable(str(error.orig)) from error
        raise


def _is_transient(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    if type(error.orig).__module__.startswith("sqlite3"):
        # SQLite says OperationalError for a missing table too; that one would never mend itself.
        return isinstance(error, OperationalError) and any(
            word in str(error.orig).lower() for word in _SQLITE_TRANSIENT
        )
    return isinstance(error, OperationalError | InterfaceError)


def insert(connection: Connection, table: Any) -> Any:
    """INSERT with ON CONFLICT, which both databases have and SQLAlchemy Core spells per dialect."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def migrate(engine: Engine) -> None:
    """Bring the tables up to date, in one transaction; several processes may call this at once. Raises StoreUnreachable."""
    with reading(engine) as connection:
        if _is_current(connection):
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATING})
        if not _is_current(connection):
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _is_current(connection: Connection) -> bool:
    there, wanted = revisions(connection)
    return there == wanted


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """Which version the tables have (None: there are none), and which they should have."""
    there = MigrationContext.configure(connection).get_current_revision()
    return there, ScriptDirectory.from_config(_config()).get_current_head()
