"""Mutable state beside the published tables: jobs and tokens, in SQLite next to the embedded store.

These tables are no one's to query, so they have a metadata of their own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from satvo.schemas.migrations import STATE_HISTORY

__all__ = ["JOB", "STATE", "TOKEN", "one_moment", "open_state", "state_trouble"]

_LOG = logging.getLogger("satvo.state")

STATE = sa.MetaData()

JOB = sa.Table(
    "job",
    STATE,
    sa.Column("job_id", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),  # the job list it is in, e.g. tap
    sa.Column("phase", sa.String, nullable=False),
    sa.Column("run_id", sa.String),
    sa.Column("owner", sa.String),  # token_id, null for an anonymous job
    sa.Column("address", sa.String),  # of an anonymous client, to bound how many are its own
    sa.Column("created", sa.DateTime, nullable=False),  # all times UTC
    sa.Column("started", sa.DateTime),
    sa.Column("ended", sa.DateTime),
    sa.Column("destruction", sa.DateTime, nullable=False),
    sa.Column("execution_duration", sa.Integer, nullable=False),  # s
    sa.Column("parameters", sa.JSON, nullable=False),  # [[name, value], ...]
    sa.Column("results", sa.JSON, nullable=False),  # [{id, file, media_type, size}, ...]
    sa.Column("error_type", sa.String),  # transient or fatal
    sa.Column("error_message", sa.String),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("lease", sa.DateTime),  # whoever runs it renews this; past it, it is nobody's
    sa.Column("holder", sa.String),  # the server that runs it
    sa.Column("progress", sa.Float),  # fraction done
    # Its rows are being written to the archive: from here on it cannot be aborted.
    sa.Column("registering", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Index("job_by_phase", "kind", "phase", "created"),
    sa.Index("job_by_owner", "owner", "kind", "created"),
)

TOKEN = sa.Table(
    "token",
    STATE,
    sa.Column("token_id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),  # for people
    sa.Column("digest", sa.String, nullable=False, unique=True),  # SHA-256 of the secret
    sa.Column("rights", sa.JSON, nullable=False),  # of read, job, write
    sa.Column("created", sa.DateTime, nullable=False),
    sa.Column("revoked", sa.DateTime),
)


def open_state(home: Path) -> sa.Engine:
    """The state database of a home, made if it is not there.

    Several processes may have it open; a writer waits up to 10 s for another.

    Raises
    ------
    Unavailable
        If it was written by a newer version.
    """
    engine = sa.create_engine(f"sqlite:///{home / 'state.sqlite'}", connect_args={"timeout": 10.0})

    @sa.event.listens_for(engine, "connect")
    def durable(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    try:
        _prepare(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def one_moment(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees all tables as they are now, whatever is written meanwhile."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")  # Python's driver begins none for reading
        else:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def state_trouble(engine: sa.Engine) -> str:
    """Why the state database cannot be written; empty where it can, which is tried.

    One that somebody else writes just now is not waited for: it can be written.
    """
    nothing = sa.update(TOKEN).where(sa.false()).values(name="")  # takes the lock, changes no row
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA busy_timeout = 0")
                connection.detach()  # its time-out is not what others expect
            connection.execute(nothing)
            connection.rollback()
    except sa.exc.SQLAlchemyError as err:
        if "locked" in str(err):
            return ""
        _LOG.error("the state database cannot be written: %s", err)
        return "the database of jobs and tokens cannot be written"
    return ""


def _prepare(engine: sa.Engine) -> None:
    """Make the tables, or make those of an older version the present ones."""
    with engine.connect() as connection:
        if _is_current(connection):
            return
        connection.rollback()
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # another may do the same
        if not _is_current(connection):
            inspected = sa.inspect(connection)
            there = {
                name: [column["name"] for column in inspected.get_columns(name)]
                for name in inspected.get_table_names()
            }
            noted = _noted(connection)
            STATE_HISTORY.bring_up(there, noted, engine.dialect, connection.exec_driver_sql)
            STATE.create_all(connection)
        connection.commit()


def _is_current(connection: sa.Connection) -> bool:
    noted = _noted(connection)
    return noted is not None and STATE_HISTORY.check(noted)


def _noted(connection: sa.Connection) -> str | None:
    """The revision that the tables are of; None where that is not noted."""
    note = STATE_HISTORY.note
    if not sa.inspect(connection).has_table(note.name):
        return None
    return str(connection.execute(sa.select(note)).scalar_one())
