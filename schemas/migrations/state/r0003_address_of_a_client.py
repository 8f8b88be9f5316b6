"""A job knows the address of its anonymous client."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    op.add_column("job", sa.Column("address", sa.String()))
