"""An index by which every look finds its organisation's `.github` repository, also among thousands."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_repositories_installation"), "repositories")
    op.create_index(op.f("ix_repositories_installation_name"), "repositories", ["installation", "name"])
