"""The tables that clients keep."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.execute("CREATE SCHEMA IF NOT EXISTS user_data")
    op.create_table(
        "user_table",
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("stored", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("fields", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sorted_by", sa.String()),
        sa.Column("uniques", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "name"),
        schema="user_data",
    )
    op.create_index("user_table_owner_idx", "user_table", ["owner"], schema="user_data")
    op.create_index("user_table_name_idx", "user_table", ["name"], schema="user_data")
