"""Jobs and tokens, as they were kept first."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "job",
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("run_id", sa.String()),
        sa.Column("owner", sa.String()),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("started", sa.DateTime()),
        sa.Column("ended", sa.DateTime()),
        sa.Column("destruction", sa.DateTime(), nullable=False),
        sa.Column("execution_duration", sa.Integer(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("error_type", sa.String()),
        sa.Column("error_message", sa.String()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease", sa.DateTime()),
        sa.Column("progress", sa.Float()),
        sa.PrimaryKeyConstraint("job_id"),
    )
    op.create_index("job_by_phase", "job", ["kind", "phase", "created"])
    op.create_index("job_by_owner", "job", ["owner", "kind", "created"])
    op.create_table(
        "token",
        sa.Column("token_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("revoked", sa.DateTime()),
        sa.PrimaryKeyConstraint("token_id"),
        sa.UniqueConstraint("digest"),
    )
