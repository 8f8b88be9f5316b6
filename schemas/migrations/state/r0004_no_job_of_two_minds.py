"""Each job is being registered or not: where the column was added by an early version, some said
neither, and could not be aborted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """They were not."""
    job = sa.table("job", sa.column("registering", sa.Boolean()))
    op.execute(sa.update(job).where(job.c.registering.is_(None)).values(registering=sa.false()))
