"""Each line of the audit trail says which environment it was about, and refusals are counted by it without reading the lines."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("audit", sa.Column("environment", sa.Text(), server_default="", nullable=False))
    name = op.f("ix_audit_repo_outcome_at_environment")
    op.create_index(name, "audit", ["repo", "outcome", "at", "environment"])
