"""All tables of the embedded engine as they were at one moment."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from satvo.schemas.store.rows import Held, batches_of
from satvo.schemas.store.work import EngineWork

__all__ = ["DuckSnapshot"]


class DuckSnapshot(Held):
    """A transaction that only reads; see `satvo.schemas.store.interface.Snapshot`.

    Parameters
    ----------
    cursor : connection
        Its own; closed with it.
    work : EngineWork
        It takes its turns among the queries.
    select : callable
        SQL that selects all columns of a table.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        work: EngineWork,
        select: Callable[[sa.Table], str],
    ) -> None:
        super().__init__(self._leave)
        self._cursor = cursor
        self._work = work
        self._select = select
        cursor.begin()
        # The engine takes the moment of the first statement, not that of BEGIN.
        cursor.execute("SELECT COUNT(*) FROM duckdb_tables()").fetchall()

    def read(self, table: sa.Table, *, batch_rows: int) -> pa.RecordBatchReader:
        """Its rows in their physical order."""
        with self._work.turn():
            reader = self._cursor.sql(self._select(table)).to_arrow_reader(batch_rows)
        return pa.RecordBatchReader.from_batches(*batches_of(reader, self._work, batch_rows))

    def _leave(self) -> None:
        with contextlib.suppress(duckdb.Error):  # it may be closed already
            self._cursor.interrupt()
            self._cursor.rollback()
        with contextlib.suppress(duckdb.Error):
            self._cursor.close()
