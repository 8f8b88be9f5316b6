"""Mutable state beside the published tables: jobs and tokens.

These tables are no one's to query, so they have a metadata of their own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

__all__ = ["JOB", "STATE", "TOKEN"]

STATE = sa.MetaData()


class _Text(sa.TypeDecorator[str]):
    """Text without NUL, which PostgreSQL has not; what is asked for with one is not found."""

    impl = sa.String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        return value and value.replace("\0", "\N{REPLACEMENT CHARACTER}")


JOB = sa.Table(
    "job",
    STATE,
    sa.Column("job_id", _Text, primary_key=True),
    sa.Column("kind", _Text, nullable=False),  # the job list it is in, e.g. tap
    sa.Column("phase", _Text, nullable=False),
    sa.Column("run_id", _Text),
    sa.Column("owner", _Text),  # token_id, null for an anonymous job
    sa.Column("address", _Text),  # of an anonymous client, to bound how many are its own
    sa.Column("created", sa.DateTime, nullable=False),  # all times UTC
    sa.Column("started", sa.DateTime),
    sa.Column("ended", sa.DateTime),
    sa.Column("destruction", sa.DateTime, nullable=False),
    sa.Column("execution_duration", sa.Integer, nullable=False),  # s
    sa.Column("parameters", sa.JSON, nullable=False),  # [[name, value], ...]
    sa.Column("results", sa.JSON, nullable=False),  # [{id, file, media_type, size}, ...]
    sa.Column("error_type", _Text),  # transient or fatal
    sa.Column("error_message", _Text),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("lease", sa.DateTime),  # whoever runs it renews this; past it, it is nobody's
    sa.Column("holder", _Text),  # the server that runs it
    sa.Column("progress", sa.Float),  # fraction done
    # Its rows are being written to the archive: from here on it cannot be aborted.
    sa.Column("registering", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Index("job_by_phase", "kind", "phase", "created"),
    sa.Index("job_by_owner", "owner", "kind", "created"),
)

TOKEN = sa.Table(
    "token",
    STATE,
    sa.Column("token_id", _Text, primary_key=True),
    sa.Column("name", _Text, nullable=False),  # for people
    sa.Column("digest", _Text, nullable=False, unique=True),  # SHA-256 of the secret
    sa.Column("rights", sa.JSON, nullable=False),  # of read, job, write
    sa.Column("created", sa.DateTime, nullable=False),
    sa.Column("revoked", sa.DateTime),
)
