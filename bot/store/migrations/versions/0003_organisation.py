"""A policy that is kept is kept with the organisation's file that it stood on: what held is both of them together."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("policies", sa.Column("organisation", sa.Text(), nullable=True))
