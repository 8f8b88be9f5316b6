"""Where jobs and tokens are kept: SQLite beside the embedded store, or the database of the tables.

Statements are the same for both; what differs stands here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from satvo.schemas.errors import Unavailable
from satvo.schemas.migrations import STATE_HISTORY
from satvo.schemas.state import STATE, TOKEN

__all__ = ["one_moment", "open_state", "state_trouble"]

_LOG = logging.getLogger("satvo.state")

_SCHEMA = "satvo_state"
_LOCK = 0x5A7C1
"""Held by whoever makes the tables in a database."""
_CONNECT_S = 10


def open_state(home: Path, store: str = "duckdb") -> sa.Engine:
    """The state database of a home, made if it is not there.

    Several processes may have it open; a writer waits up to 10 s for another.

    Parameters
    ----------
    home : Path
        The folder that holds it, if it is embedded.
    store : str
        The address of the tables, as `satvo.schemas.store.open_store` takes it.

    Raises
    ------
    Unavailable
        If it cannot be reached, or was written by a newer version.
    """
    engine = _embedded(home) if store == "duckdb" else _database(store)
    try:
        _prepare(engine, home)
    except BaseException as err:
        engine.dispose()
        if isinstance(err, sa.exc.SQLAlchemyError) or err.__cause__:
            told = _first_line(err.__cause__ or err)
            raise Unavailable(f"the record of jobs and tokens cannot be opened: {told}") from err
        raise
    return engine


def _embedded(home: Path) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{home / 'state.sqlite'}", connect_args={"timeout": 10.0})

    @sa.event.listens_for(engine, "connect")
    def durable(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    return engine


def _database(address: str) -> sa.Engine:
    try:
        import psycopg
    except ImportError as err:
        raise Unavailable(
            "a PostgreSQL store needs what satvo[postgresql] installs: pip install "
            "'satvo[postgresql]'"
        ) from err

    def connected() -> psycopg.Connection[Any]:
        # The address is libpq's to read, as it is for the tables.
        connection = psycopg.connect(
            address, connect_timeout=_CONNECT_S, client_encoding="UTF8", application_name="satvo"
        )
        connection.execute(f"SET search_path = {_SCHEMA}")
        connection.commit()
        return connection

    # A restart of the database ends every connection: each is tried before it is used.
    engine = sa.create_engine("postgresql+psycopg://", creator=connected, pool_pre_ping=True)

    @sa.event.listens_for(engine, "handle_error", retval=True)
    def unavailable(context: sa.ExceptionContext) -> Unavailable | None:
        broken = isinstance(context.sqlalchemy_exception, sa.exc.OperationalError)
        if not broken or context.is_pre_ping:  # one found dead is replaced
            return None
        # Not for clients: it may name hosts and paths.
        _LOG.info("no jobs and tokens: %s", _first_line(context.original_exception))
        return Unavailable("the database of jobs and tokens cannot be used just now; try again")

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
            else:
                connection.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            connection.execute(nothing)
            connection.rollback()
    except (sa.exc.SQLAlchemyError, Unavailable) as err:
        cause = str(err.__cause__)
        if "is locked" in cause or "lock timeout" in cause:
            return ""
        _LOG.error("the state database cannot be written: %s", cause)
        return "the database of jobs and tokens cannot be written"
    return ""


def _prepare(engine: sa.Engine, home: Path) -> None:
    """Make the tables, or make those of an older version the present ones."""
    former: Path | None = home / "state.sqlite"
    if engine.dialect.name == "sqlite" or (home / "archive.duckdb").exists():
        former = None
    with engine.connect() as connection:
        if not _is_current(connection):
            connection.rollback()
            _write_alone(connection)  # another may do the same
            if not _is_current(connection):
                _bring_up(connection, former)
            connection.commit()
    if former and former.exists():
        former.rename(former.with_suffix(".moved"))


def _write_alone(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}")


def _bring_up(connection: sa.Connection, former: Path | None) -> None:
    inspected = sa.inspect(connection)
    there = {
        name: [column["name"] for column in inspected.get_columns(name)]
        for name in inspected.get_table_names()
    }
    run = connection.exec_driver_sql
    STATE_HISTORY.bring_up(there, _noted(connection), connection.dialect, run)
    STATE.create_all(connection)
    if former and former.exists() and not there:
        _copy(former, connection)


def _copy(former: Path, connection: sa.Connection) -> None:
    """Take over the rows of SQLite, where earlier versions had them beside a database."""
    engine = open_state(former.parent)
    try:
        with one_moment(engine) as source:
            for table in STATE.sorted_tables:
                if rows := source.execute(sa.select(table)).mappings().all():
                    connection.execute(sa.insert(table), [dict(row) for row in rows])
    finally:
        engine.dispose()


def _is_current(connection: sa.Connection) -> bool:
    noted = _noted(connection)
    return noted is not None and STATE_HISTORY.check(noted)


def _noted(connection: sa.Connection) -> str | None:
    """The revision that the tables are of; None where that is not noted."""
    note = STATE_HISTORY.note
    if not sa.inspect(connection).has_table(note.name):
        return None
    return str(connection.execute(sa.select(note)).scalar_one())


def _first_line(err: BaseException) -> str:
    return str(err).strip().split("\n")[0]
