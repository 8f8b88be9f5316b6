"""The embedded engine: one DuckDB file, owned by one process.

DuckDB lets one read-write process open a file, so the server owns it and everyone else asks the
server. Inside, each query has a cursor of its own and one thread does all writing.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from satvo.schemas.errors import HomeInUse, SatvoError, Unavailable
from satvo.schemas.migrations import History
from satvo.schemas.store.cell_functions import CELL_FUNCTIONS, held_moc
from satvo.schemas.store.creating import create_tables
from satvo.schemas.store.duckdb_causes import duckdb_cause, interrupt
from satvo.schemas.store.duckdb_snapshot import DuckSnapshot
from satvo.schemas.store.duckdb_tables import SQL, create_table, drop_table
from satvo.schemas.store.interface import Load, Statement
from satvo.schemas.store.postgres_sql import EXPANDED
from satvo.schemas.store.region_functions import REGION_FUNCTIONS, RegionFunction
from satvo.schemas.store.rows import EngineRows, Held
from satvo.schemas.store.watchdog import Watchdog
from satvo.schemas.store.work import SNAPSHOT_S, EngineWork, Turns

__all__ = ["DuckStore"]

T = TypeVar("T")

_FUNCTIONS = (*REGION_FUNCTIONS, *CELL_FUNCTIONS)

_CONFLICT_RETRIES = 5

_SETTINGS = (
    # 1/0 and sqrt(-1) are errors, as in PostgreSQL, and not inf and NaN.
    ("ieee_floating_point_ops", "false"),
    ("python_enable_replacements", "false"),  # Python variables are no tables
    ("autoinstall_known_extensions", "false"),
    ("autoload_known_extensions", "false"),
    ("allow_community_extensions", "false"),
    ("enable_external_access", "false"),  # nothing that touches files can be set after it
    ("lock_configuration", "true"),  # and nothing at all after this
)


class DuckStore:
    """The store on a DuckDB file.

    Parameters
    ----------
    path : Path
        The file; made if it is not there.
    wait_s : float
        How long to wait for another process that holds the file, s.
    memory_limit_mb : int
        What the engine may use before it spills to ``path.with_suffix(".tmp")``, MiB.
    threads : int
        Threads of the engine; 0 lets it take every core.
    queries_at_once : int
        Queries that the engine works on at once. One whose client takes its time is not worked on.

    Raises
    ------
    HomeInUse
        If another process still holds the file after the wait.
    """

    dialect = "duckdb"

    def __init__(
        self,
        path: Path,
        *,
        wait_s: float,
        memory_limit_mb: int = 2048,
        threads: int = 0,
        queries_at_once: int = 8,
    ) -> None:
        self._path = path
        self._settings = (
            ("memory_limit", f"{memory_limit_mb}MiB"),
            ("temp_directory", str(path.with_suffix(".tmp"))),
            *((("threads", str(threads)),) if threads else ()),
            *_SETTINGS,
        )
        self._declared: tuple[RegionFunction, ...] = ()
        self._root = self._opened(wait_s)
        self.writes = 0
        self._watchdog = Watchdog()
        self._turns = Turns(queries_at_once)
        self._open_rows: weakref.WeakSet[Held] = weakref.WeakSet()
        self._work: queue.SimpleQueue[tuple[Callable[[_Writing], Any], Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._writer = threading.Thread(target=self._write_all, name="store-writer", daemon=True)
        self._writer.start()

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
        """Start a query on a cursor of its own."""
        cursor = self._cursor()
        started(lambda: interrupt(cursor))
        for name, rows in tables.items():
            cursor.register(name, rows)
        work = EngineWork(
            lambda: interrupt(cursor), self._watchdog, self._turns, time_limit_s, duckdb_cause
        )
        mocs = tuple(map(held_moc, statement.mocs))
        try:
            with work.turn():
                # The relation's reader gives its first batch earlier than the cursor's, holds less.
                relation = cursor.sql(statement.sql, params=list(statement.parameters) or None)
                reader = relation.to_arrow_reader(batch_rows)
        except SatvoError:
            cursor.close()
            raise

        def ended(_looked_up: object = mocs) -> None:
            with contextlib.suppress(duckdb.Error):
                cursor.close()

        rows = EngineRows(
            reader, work, batch_rows, interrupt=lambda: interrupt(cursor), ended=ended
        )
        self._open_rows.add(rows)
        return rows

    def select(self, statement: sa.Select[Any]) -> pa.Table:
        """The rows of a SELECT of our own making, whole."""
        with self._cursor() as cursor:
            return _select(cursor, statement)

    def write(self, work: Callable[[_Writing], T]) -> T:
        """Run work in a transaction of its own, on the writer's thread."""
        future: Future[T] = Future()
        self._work.put((work, future))
        return future.result()

    def snapshot(self) -> DuckSnapshot:
        """All tables as they are now."""
        cursor = self._cursor()
        work = EngineWork(
            lambda: interrupt(cursor), self._watchdog, self._turns, SNAPSHOT_S, duckdb_cause
        )
        snapshot = DuckSnapshot(cursor, work, lambda table: _compiled(sa.select(table))[0])
        self._open_rows.add(snapshot)
        return snapshot

    def declare(self, functions: Sequence[RegionFunction]) -> None:
        """Make functions callable in statements; called once, before any."""
        for function in functions:
            _create(self._root, function)
        self._declared = tuple(functions)

    def load(self) -> Load:
        """What the engine does just now."""
        return self._turns.load()

    def close(self) -> None:
        """End the writer after what it has in hand, and give the file back."""
        self._work.put(None)
        self._writer.join()
        self._watchdog.close()
        for rows in list(self._open_rows):  # one cursor left open would keep the file locked
            rows.__exit__(None, None, None)
        for function in (*_FUNCTIONS, *self._declared):
            # A function left registered is reported as leaked when Python ends.
            self._root.remove_function(function.name)
        self._root.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._root.cursor()
        except duckdb.Error as err:  # between a failed commit and `_reopen`
            raise Unavailable("the archive is being opened again; try again") from err

    def _opened(self, wait_s: float) -> duckdb.DuckDBPyConnection:
        root = _connect(self._path, wait_s)
        for name, value in self._settings:
            # GLOBAL, or the cursors of queries would not have it
            root.execute(f"SET GLOBAL {name} = '{value}'")
        for function in (*_FUNCTIONS, *self._declared):
            _create(root, function)
        return root

    def _reopen(self) -> None:
        """Open the file anew: after a failed commit the engine refuses everything.

        Queries in progress end with an error. If it cannot be opened now, the next write tries.
        """
        with contextlib.suppress(duckdb.Error):
            self._root.close()
        self._root = self._opened(1.0)

    def _write_all(self) -> None:
        while (job := self._work.get()) is not None:
            work, future = job
            try:
                future.set_result(self._write_one(work))
            except BaseException as err:  # noqa: BLE001  it belongs to the thread that asked
                future.set_exception(err)

    def _write_one(self, work: Callable[[_Writing], T]) -> T:
        for _ in range(_CONFLICT_RETRIES):
            try:
                return self._transaction(work)
            except duckdb.TransactionException as err:
                conflict = err
            except (duckdb.FatalException, duckdb.IOException, duckdb.ConnectionException) as err:
                self._reopen()
                raise Unavailable(
                    "the archive cannot be written just now, most likely for want of room on its "
                    "disk; nothing of this was written"
                ) from err
        raise Unavailable("the archive is busy with other writing; try again") from conflict

    def _transaction(self, work: Callable[[_Writing], T]) -> T:
        with self._root.cursor() as cursor:
            cursor.begin()
            try:
                result = work(_Writing(cursor))
                cursor.commit()
                self.writes += 1
            except BaseException:
                with contextlib.suppress(duckdb.Error):  # the engine may have ended it itself
                    cursor.rollback()
                raise
            return result


class _Writing:
    """A transaction on one cursor."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor

    def execute(self, statement: sa.UpdateBase) -> int:
        """Run an INSERT, UPDATE or DELETE; how many rows it touched."""
        answer = self._cursor.execute(*_compiled(statement)).fetchone()
        return int(answer[0]) if answer else 0

    def run(self, sql: str) -> None:
        """Run DDL of our own making."""
        self._cursor.execute(sql)

    def prepare(self, tables: tuple[sa.Table, ...], history: History | None = None) -> None:
        """Make the tables that are not there yet, and bring up those that are."""
        create_tables(self, SQL, tables, history)

    def create(self, table: sa.Table) -> None:
        """Make a table in a schema that is there."""
        self.run(create_table(table))

    def drop(self, table: sa.Table) -> None:
        """Remove a table with its rows."""
        self.run(drop_table(table))

    def select(self, statement: sa.Select[Any]) -> pa.Table:
        """The rows of a SELECT as this transaction sees them."""
        return _select(self._cursor, statement)

    def stage(self, name: str, rows: pa.Table) -> sa.TableClause:
        """Make rows visible to this transaction's statements as a table of that name."""
        self._cursor.register(name, rows)  # private to the cursor, gone with it
        return sa.table(name, *(sa.column(column) for column in rows.column_names))

    def append(self, table: sa.Table, rows: pa.Table) -> int:
        """Add rows that have the table's column names; how many."""
        staged = self.stage(f"append_{table.name}", rows)
        count = self.execute(
            sa.insert(table).from_select(rows.column_names, sa.select(*staged.columns))
        )
        self._cursor.unregister(f"append_{table.name}")
        return count


def _create(root: duckdb.DuckDBPyConnection, function: RegionFunction) -> None:
    root.create_function(
        function.name, function.call, function.parameters, function.returns, type="arrow"
    )


def _connect(path: Path, wait_s: float) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            return duckdb.connect(str(path))
        except duckdb.IOException as err:
            if "lock" not in str(err):
                raise Unavailable(f"the archive cannot be opened: {err}") from err
            if time.monotonic() >= deadline:
                raise HomeInUse(
                    f"the archive in {path.parent} is held by another process; "
                    "stop it or ask it through its server"
                ) from err
        time.sleep(0.05)


def _compiled(statement: sa.ClauseElement) -> tuple[str, list[Any]]:
    compiled = statement.compile(dialect=SQL, compile_kwargs=EXPANDED)
    names = getattr(compiled, "positiontup", None) or ()
    return str(compiled), [compiled.params[name] for name in names]


def _select(cursor: duckdb.DuckDBPyConnection, statement: sa.Select[Any]) -> pa.Table:
    sql, parameters = _compiled(statement)
    return cursor.sql(sql, params=parameters or None).to_arrow_table()
