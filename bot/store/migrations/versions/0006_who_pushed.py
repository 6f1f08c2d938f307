"""Who pushed a head: their approval of it is not a second person's. Of heads that are older nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("heads", sa.Column("by_id", sa.BigInteger, nullable=True))
    op.add_column("heads", sa.Column("by_login", sa.Text, nullable=True))
