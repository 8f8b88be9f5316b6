"""A job knows the server that runs it, and whether its rows are being registered."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; no job of before was ever registered."""
    op.add_column("job", sa.Column("holder", sa.String()))
    op.add_column(
        "job", sa.Column("registering", sa.Boolean(), nullable=False, server_default=sa.false())
    )
