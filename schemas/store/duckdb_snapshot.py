"""All tables of the embedded engine as they were at one moment."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import TracebackType

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from satvo.schemas.store.work import EngineWork

__all__ = ["DuckSnapshot"]


class DuckSnapshot:
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
        return pa.RecordBatchReader.from_batches(reader.schema, self._batches(reader))

    def _batches(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        while True:
            with self._work.turn():
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    return
            yield batch

    def __enter__(self) -> DuckSnapshot:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(duckdb.Error):  # it may be closed already
            self._cursor.interrupt()
            self._cursor.rollback()
        with contextlib.suppress(duckdb.Error):
            self._cursor.close()
