"""The tables, once, for SQLite and PostgreSQL alike. The migrations make them; a test holds the two against each other.

Bodies, effects and entries are JSON texts that the types of their owners encode and decode: the database orders, finds and keeps, it does
not look inside. Times are Unix seconds.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

# Constraints get names, so that a migration can say which one it means on either database.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite numbers rows by itself only in a column that is exactly INTEGER PRIMARY KEY.
RowId = BigInteger().with_variant(Integer, "sqlite")

repositories = Table(
    "repositories",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("installation", BigInteger, nullable=False),
    Column("default_branch", Text, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("updated_at", Double, nullable=False),
    Index(None, "installation", "name"),
    Index(None, "owner", "name"),
)

records = Table(
    "records",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("repo", BigInteger, nullable=False),
    Column("body", Text),  # null while others have only left something here for the subject to see
    Column("version", Integer, nullable=False, default=0),
    Column("nudge", Integer, nullable=False, default=0),
    Column("wake_at", Double),
    Column("because", Text, nullable=False, default=""),
    Column("failures", Integer, nullable=False, default=0),
    Column("updated_at", Double, nullable=False),
    Index(None, "wake_at"),
    Index(None, "repo", "topic"),
)

asked = Table(
    "asked",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source", Text, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("by_id", BigInteger, nullable=False),
    Column("by_login", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("what", Text, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("answered_at", Double),
    UniqueConstraint("source", "ordinal", "target"),
    Index(None, "target", "answered_at"),
    Index(None, "answered_at"),
    sqlite_autoincrement=True,
)

sections = Table(
    "sections",
    metadata,
    Column("subject", Text),
    Column("slot", Text),
    Column("text", Text, nullable=False),
    Column("updated_at", Double, nullable=False),
    PrimaryKeyConstraint("subject", "slot"),
)

intents = Table(
    "intents",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False),  # pending, done, withdrawn, refused
    Column("attempts", Integer, nullable=False, default=0),
    Column("created_at", Double, nullable=False),
    Column("ordinal", Integer, nullable=False),  # its place among the effects of one decision
    Column("tried_at", Double),
    Column("done_at", Double),
    Column("result", Text),
    UniqueConstraint("subject", "key"),
    Index(None, "subject", "state", "done_at"),
    Index(None, "done_at"),
    sqlite_autoincrement=True,
)

ledger = Table(
    "ledger",
    metadata,
    Column("repo", BigInteger),
    Column("key", Text),
    Column("kind", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("number", BigInteger),
    Column("sha", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("repo", "key"),
    Index(None, "repo", "kind", "at"),
    Index(None, "repo", "sha"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("repo", BigInteger, nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("actor_id", BigInteger, nullable=False, server_default="0"),
    Column("permission", Text, nullable=False, server_default=""),
    Column("sha", Text, nullable=False, server_default=""),
    Column("gates", Text, nullable=False, server_default=""),  # reason codes, separated by blanks
    Column("previous", Text, nullable=False, server_default=""),  # the digest of the subject's line before
    Column("digest", Text, nullable=False, server_default=""),
    Column("environment", Text, nullable=False, server_default=""),
    Index(None, "repo", "at"),
    Index(None, "subject", "id"),
    Index(None, "subject", "previous", unique=True),
    Index(None, "outcome"),
    Index(None, "repo", "outcome", "at", "environment"),  # refusals are counted from it alone
    sqlite_autoincrement=True,
)

heads = Table(
    "heads",
    metadata,
    Column("id", RowId, primary_key=True),  # the order in which they reached us
    Column("repo", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("sha", Text, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("by_id", BigInteger),  # who pushed it, as far as a webhook said
    Column("by_login", Text),
    UniqueConstraint("repo", "number", "delivery"),
    Index(None, "repo", "sha"),
    sqlite_autoincrement=True,
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("updated_at", Double, nullable=False),
)

policies = Table(
    "policies",
    metadata,
    Column("repo", BigInteger, primary_key=True, autoincrement=False),
    Column("sha", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("fetched_at", Double, nullable=False),
    Column("organisation", Text),  # the organisation's file, on top of which it was understood
)
