"""Which job's rows are in the archive."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.execute("CREATE SCHEMA IF NOT EXISTS satvo_jobs")
    op.create_table(
        "job_result",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("try", sa.Integer(), nullable=False),
        sa.Column("results", sa.String(), nullable=False),
        sa.Column("registered", sa.String(), nullable=False),
        schema="satvo_jobs",
    )
