"""The audit trail says more, becomes a chain per subject, and can only be added to.

What was written before is taken into the chains as it stands: from here on it cannot be changed without being noticed. The order and the
encoding of `bot.store.chain` are for ever, so its digest is used here too.
"""

import sqlalchemy as sa
from alembic import op

from bot.store.chain import digest

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW = ("permission", "sha", "gates", "previous", "digest")
ONLY_ADDED_TO = "the audit trail is only ever added to"


def upgrade() -> None:
    op.add_column("audit", sa.Column("actor_id", sa.BigInteger(), server_default="0", nullable=False))
    for name in NEW:
        op.add_column("audit", sa.Column(name, sa.Text(), server_default="", nullable=False))
    _chain_what_is_there()
    op.drop_index(op.f("ix_audit_subject"), "audit")
    op.create_index(op.f("ix_audit_subject_id"), "audit", ["subject", "id"])
    op.create_index(op.f("ix_audit_subject_previous"), "audit", ["subject", "previous"], unique=True)
    op.create_index(op.f("ix_audit_outcome"), "audit", ["outcome"])
    _forbid_changes()


def _chain_what_is_there() -> None:
    connection = op.get_bind()
    audit = sa.Table("audit", sa.MetaData(), autoload_with=connection)
    newest: dict[str, str] = {}
    after = 0
    while rows := connection.execute(
        sa.select(audit).where(audit.c.id > after).order_by(audit.c.id).limit(1000)
    ).mappings().all():  # fmt: skip
        for row in rows:
            previous = newest.get(row["subject"], "")
            link = digest(previous, dict(row))
            connection.execute(audit.update().where(audit.c.id == row["id"]).values(previous=previous, digest=link))
            newest[row["subject"]], after = link, row["id"]


def _forbid_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                f"BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED_TO}'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION tagboat_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{ONLY_ADDED_TO}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION tagboat_only_added_to()"
    )
