"""Which job's rows are in the store: written in the same transaction as the rows themselves.

Nobody's to query, so it is in no published schema and in a metadata of its own.
"""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["JOB_RESULT"]

JOB_RESULT = sa.Table(
    "job_result",
    sa.MetaData(),
    sa.Column("job_id", sa.String, nullable=False),  # one row a job
    sa.Column("try", sa.Integer, nullable=False),  # the one whose files were registered
    sa.Column("results", sa.String, nullable=False),  # JSON: [{id, file, media_type, size}, ...]
    sa.Column("registered", sa.String, nullable=False),  # JSON: what was added, for the client
    schema="satvo_jobs",
)
