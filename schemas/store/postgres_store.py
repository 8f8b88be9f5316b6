"""The server engine: a PostgreSQL database, which many processes may share.

Rows cross as Arrow in both directions, by COPY in its binary form (ADBC). COPY takes no bound
values, so they are written into the statement as literals; `literal` is the only place that does.
"""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import adbc_driver_manager
import adbc_driver_postgresql
import pyarrow as pa
import sqlalchemy as sa
from adbc_driver_postgresql import dbapi
from satvo.schemas.errors import BadParameter, Busy, Unavailable
from satvo.schemas.migrations import History
from satvo.schemas.store.creating import create_tables
from satvo.schemas.store.interface import Load, Statement
from satvo.schemas.store.postgres_causes import postgres_cause
from satvo.schemas.store.postgres_functions import (
    FUNCTIONS_SCHEMA,
    function_statements,
    functions_version,
)
from satvo.schemas.store.postgres_snapshot import PostgresSnapshot
from satvo.schemas.store.postgres_sql import SQL, STORED_SCHEMAS, compiled, inlined, making
from satvo.schemas.store.region_functions import RegionFunction
from satvo.schemas.store.rows import EngineRows, Held
from satvo.schemas.store.watchdog import Watchdog
from satvo.schemas.store.work import SNAPSHOT_S, EngineWork, Turns

__all__ = ["PostgresStore"]

T = TypeVar("T")

_CONNECTIONS = 32
"""An answer that its client takes slowly holds one until it is spooled."""

_FRESH_S = 1.0
"""A connection that was used so lately is not tried again before it is used: that takes as long as
a short query. Where the database was started again meanwhile, one query is asked to come again."""

_BATCH_BYTES = 1 << 20

_WRITE_LOCK = 0x5A7C0
"""Writers of all processes come one after the other, as those of the embedded engine do."""

_DROP_PATIENCE_S = 2
_UPGRADE_PATIENCE_S = 30
_LOCKED = "55P03"
"""A table to be changed is read by a query that does not end; all others would wait with us."""

_CONFLICT_RETRIES = 5
_CONFLICTS = ("40001", "40P01")  # serialization failure, deadlock
_TROUBLES = ("08", "53", "57", "58")
"""Classes of its errors: connection, want of resources, operator's intervention, system."""

_NOT_TAKEN = ("22", "23")
"""What its values cause: data exception (a NUL in a text), constraint (a key twice)."""

_SESSION = (
    "SET standard_conforming_strings = on",  # `literal` doubles quotes and leaves backslashes
    "SET client_encoding = 'UTF8'",
    "SET TIME ZONE 'UTC'",
    "SET jit = off",  # compiling takes longer than most queries here
)


class PostgresStore:
    """The store in a PostgreSQL database.

    Parameters
    ----------
    address : str
        ``postgresql://user@host/database``, as libpq reads it; a password comes better from its
        own files and variables.
    queries_at_once : int
        Queries that are worked on at once for this process.

    Raises
    ------
    Unavailable
        If the database cannot be reached, or lacks an extension and cannot be given it.
    """

    dialect = "postgresql"

    def __init__(self, address: str, *, queries_at_once: int = 8) -> None:
        self._address = address
        self._watchdog = Watchdog()
        self._turns = Turns(queries_at_once)
        self._idle: queue.LifoQueue[tuple[dbapi.Connection, float]] = queue.LifoQueue()
        self._free = threading.BoundedSemaphore(_CONNECTIONS)
        self._open_rows: weakref.WeakSet[Held] = weakref.WeakSet()
        self._closed = False
        self.writes = 0
        self._counting = threading.Lock()
        self._idle.put((self._connected(), time.monotonic()))

    def create(self, tables: tuple[sa.Table, ...], history: History | None = None) -> None:
        """Make the tables that are not there yet, and bring up those that are."""
        self.write(lambda tx: tx.prepare(tables, history))

    def query(
        self,
        statement: Statement,
        *,
        time_limit_s: float,
        batch_rows: int,
        started: Callable[[Callable[[], object]], object] = lambda interrupt: None,
        tables: Mapping[str, pa.Table] = MappingProxyType({}),
    ) -> EngineRows:
        """Start a query in a transaction of its own, which sees the tables as they are now."""
        connection = self._taken(time_limit_s)
        cursor = connection.cursor()

        def interrupt() -> None:
            with contextlib.suppress(adbc_driver_manager.Error):  # it may have ended
                cursor.adbc_cancel()

        work = EngineWork(interrupt, self._watchdog, self._turns, time_limit_s, postgres_cause)
        try:
            started(interrupt)
            with work.turn():
                for name, rows in tables.items():
                    cursor.adbc_ingest(name, rows, mode="create", temporary=True)
                hint = adbc_driver_postgresql.StatementOptions.BATCH_SIZE_HINT_BYTES.value
                cursor.adbc_statement.set_options(**{hint: str(_BATCH_BYTES)})
                cursor.execute(inlined(statement.sql, statement.parameters))
                reader = cursor.fetch_record_batch()
        except BaseException:
            cursor.close()
            self._give_back(connection)
            raise
        rows = EngineRows(
            reader,
            work,
            batch_rows,
            interrupt=interrupt,
            ended=lambda: self._ended(connection, cursor),
        )
        self._open_rows.add(rows)
        return rows

    def select(self, statement: sa.Select[Any]) -> pa.Table:
        """The rows of a SELECT of our own making, whole."""
        with self._connection() as connection, connection.cursor() as cursor:
            return _select(cursor, statement)

    def write(self, work: Callable[[_Writing], T]) -> T:
        """Run work in a transaction of its own, one after the other in all processes."""
        for _ in range(_CONFLICT_RETRIES):
            try:
                with self._connection() as connection:
                    result = _transaction(connection, work)
                with self._counting:
                    self.writes += 1
                return result
            except adbc_driver_manager.Error as err:
                conflict = err
                if (err.sqlstate or "08")[:2] in _TROUBLES:
                    raise Unavailable(
                        "the archive cannot be written just now; nothing of this was written"
                    ) from err
                if (err.sqlstate or "")[:2] in _NOT_TAKEN:
                    raise BadParameter(f"the database does not take a value: {_told(err)}") from err
                if err.sqlstate == _LOCKED:
                    raise Unavailable(
                        "a table that is to be changed is being read just now; try again"
                    ) from err
                if err.sqlstate not in _CONFLICTS:
                    raise
        raise Unavailable("the archive is busy with other writing; try again") from conflict

    def snapshot(self) -> PostgresSnapshot:
        """All tables as they are now."""
        connection = self._taken(60.0)
        work = EngineWork(
            connection.adbc_cancel, self._watchdog, self._turns, SNAPSHOT_S, postgres_cause
        )
        try:
            return PostgresSnapshot(connection, work, lambda: self._give_back(connection))
        except BaseException:
            self._give_back(connection)
            raise

    def declare(self, functions: Sequence[RegionFunction]) -> None:
        """Nothing: the engine calls no Python of ours."""

    def load(self) -> Load:
        """What this process has the engine do just now."""
        return self._turns.load()

    def close(self) -> None:
        """Let go of the database; queries in progress end."""
        self._closed = True
        self._watchdog.close()
        for rows in list(self._open_rows):
            rows.__exit__(None, None, None)
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait()[0].close()

    # Connections

    @contextlib.contextmanager
    def _connection(self) -> Iterator[dbapi.Connection]:
        connection = self._taken(60.0)
        try:
            yield connection
        finally:
            self._give_back(connection)

    def _taken(self, wait_s: float) -> dbapi.Connection:
        if not self._free.acquire(timeout=wait_s):
            raise Busy("the service answers as many other queries as it can; try again")
        try:
            with contextlib.suppress(queue.Empty):
                while True:
                    connection, since = self._idle.get_nowait()
                    if time.monotonic() - since < _FRESH_S or _alive(connection):
                        return connection
            return self._connected()
        except BaseException:
            self._free.release()
            raise

    def _connected(self) -> dbapi.Connection:
        try:
            connection = dbapi.connect(self._address)
            with connection.cursor() as cursor:
                for setting in _SESSION:
                    cursor.execute(setting)
            connection.commit()
        except adbc_driver_manager.Error as err:
            raise Unavailable(f"the database cannot be reached: {_first_line(err)}") from err
        return connection

    def _give_back(self, connection: dbapi.Connection) -> None:
        try:
            connection.rollback()  # what a query staged goes with its transaction
        except adbc_driver_manager.Error:
            with contextlib.suppress(adbc_driver_manager.Error):
                connection.close()
        else:
            if self._closed:
                connection.close()
            else:
                self._idle.put((connection, time.monotonic()))
        self._free.release()

    def _ended(self, connection: dbapi.Connection, cursor: dbapi.Cursor) -> None:
        with contextlib.suppress(adbc_driver_manager.Error):
            cursor.close()
        self._give_back(connection)


class _Writing:
    """A transaction on one connection; see `satvo.schemas.store.interface.Transaction`."""

    def __init__(self, cursor: dbapi.Cursor) -> None:
        self._cursor = cursor
        self._quote = SQL.identifier_preparer.quote_identifier
        self.staged: set[str] = set()

    def execute(self, statement: sa.UpdateBase) -> int:
        """Run an INSERT, UPDATE or DELETE; how many rows it touched."""
        self.run(compiled(statement))
        return max(int(self._cursor.rowcount), 0)

    def run(self, sql: str) -> None:
        """Run a statement of our own making."""
        self._cursor.execute(sql)

    def prepare(self, tables: tuple[sa.Table, ...], history: History | None = None) -> None:
        """Make the tables that are not there yet, and bring up those that are."""
        self.run(f"SET LOCAL lock_timeout = '{_UPGRADE_PATIENCE_S}s'")
        self.run("CREATE EXTENSION IF NOT EXISTS q3c")
        if _functions_there(self) != functions_version():
            for statement in function_statements():
                self.run(statement)
        create_tables(self, SQL, tables, history, STORED_SCHEMAS)
        self.run("SET LOCAL lock_timeout = 0")

    def create(self, table: sa.Table) -> None:
        """Make a table in a schema that is there."""
        for statement in making(table):
            self.run(statement)

    def drop(self, table: sa.Table) -> None:
        """Remove a table with its rows; raises `Unavailable` while a query reads it."""
        # Without a limit it would wait for the query's client, and all other writing for it.
        self.run(f"SET LOCAL lock_timeout = '{_DROP_PATIENCE_S}s'")
        try:
            self.run(f"DROP TABLE {SQL.identifier_preparer.format_table(table)}")
        except adbc_driver_manager.Error as err:
            if err.sqlstate != _LOCKED:
                raise
            raise Unavailable("the table is being read just now; try again") from err
        self.run("SET LOCAL lock_timeout = 0")

    def select(self, statement: sa.Select[Any]) -> pa.Table:
        """The rows of a SELECT as this transaction sees them."""
        return _select(self._cursor, statement)

    def stage(self, name: str, rows: pa.Table) -> sa.TableClause:
        """Make rows visible to this transaction's statements as a table of that name."""
        self.unstage(name)
        self._cursor.adbc_ingest(name, rows, mode="create", temporary=True)
        self.staged.add(name)
        self.run(f"ANALYZE {self._quote(name)}")  # nothing is known of a new table otherwise
        return sa.table(name, *(sa.column(column) for column in rows.column_names))

    def append(self, table: sa.Table, rows: pa.Table) -> int:
        """Add rows that have the table's column names; how many."""
        name = f"append_{table.name}"
        staged = self.stage(name, rows)
        count = self.execute(
            sa.insert(table).from_select(rows.column_names, sa.select(*staged.columns))
        )
        self.unstage(name)
        return count

    def unstage(self, name: str) -> None:
        """Forget a staged table, which the connection would keep."""
        if name in self.staged:
            self.run(f"DROP TABLE {self._quote(name)}")
            self.staged.remove(name)


def _transaction(connection: dbapi.Connection, work: Callable[[_Writing], T]) -> T:
    with connection.cursor() as cursor:
        tx = _Writing(cursor)
        tx.run(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")
        result = work(tx)
        for name in tuple(tx.staged):
            tx.unstage(name)
    connection.commit()  # all else is undone when the connection is given back
    return result


def _select(cursor: dbapi.Cursor, statement: sa.Select[Any]) -> pa.Table:
    cursor.execute(compiled(statement))
    found = cursor.fetch_arrow_table()
    return found.cast(pa.schema([field.remove_metadata() for field in found.schema]))


def _functions_there(tx: _Writing) -> str | None:
    schema = sa.func.to_regnamespace(FUNCTIONS_SCHEMA)
    note = sa.cast(sa.func.obj_description(schema, "pg_namespace"), sa.String)
    (version,) = tx.select(sa.select(note.label("note"))).column("note").to_pylist()
    return None if version is None else str(version)


def _alive(connection: dbapi.Connection) -> bool:
    """Whether the server is still there; a restart of it ends every connection."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchall()
        connection.rollback()  # or its transaction would have begun
    except adbc_driver_manager.Error:
        with contextlib.suppress(adbc_driver_manager.Error):
            connection.close()
        return False
    return True


def _told(err: Exception) -> str:
    found = re.search(r"ERROR:\s+(.*)", str(err))
    return found[1] if found else _first_line(err)


def _first_line(err: Exception) -> str:
    return str(err).strip().split("\n")[0]
