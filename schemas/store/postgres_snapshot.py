"""All tables of a PostgreSQL database as they were at one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow as pa
import sqlalchemy as sa
from adbc_driver_postgresql import dbapi
from satvo.schemas.store.postgres_sql import compiled
from satvo.schemas.store.rows import Held, batches_of
from satvo.schemas.store.work import EngineWork

__all__ = ["PostgresSnapshot"]


class PostgresSnapshot(Held):
    """A transaction that only reads; see `satvo.schemas.store.interface.Snapshot`.

    Parameters
    ----------
    connection : Connection
        Its own while it lasts.
    work : EngineWork
        It takes its turns among the queries.
    ended : callable
        Called once when it is over.
    """

    def __init__(
        self, connection: dbapi.Connection, work: EngineWork, ended: Callable[[], object]
    ) -> None:
        super().__init__(ended)
        self._connection = connection
        self._work = work
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT 1")  # its moment is that of the first query
            cursor.fetchall()

    def read(self, table: sa.Table, *, batch_rows: int) -> pa.RecordBatchReader:
        """Its rows, by its key where it has one."""
        cursor = self._connection.cursor()
        keys = list(table.primary_key.columns)
        with self._work.turn():
            cursor.execute(compiled(sa.select(table).order_by(*keys)))
            reader = cursor.fetch_record_batch()
        schema, pulled = batches_of(reader, self._work, batch_rows)

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                yield from pulled
            finally:
                reader.close()
                cursor.close()

        return pa.RecordBatchReader.from_batches(schema, batches())
