"""All tables of a PostgreSQL database as they were at one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType

import pyarrow as pa
import sqlalchemy as sa
from adbc_driver_postgresql import dbapi
from satvo.schemas.store.postgres_sql import compiled

__all__ = ["PostgresSnapshot"]


class PostgresSnapshot:
    """A transaction that only reads; see `satvo.schemas.store.interface.Snapshot`.

    Parameters
    ----------
    connection : Connection
        Its own while it lasts.
    ended : callable
        Called once when it is over.
    """

    def __init__(self, connection: dbapi.Connection, ended: Callable[[], object]) -> None:
        self._connection = connection
        self._ended = ended
        self._open = True
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            cursor.execute("SELECT 1")  # its moment is that of the first query
            cursor.fetchall()

    def read(self, table: sa.Table, *, batch_rows: int) -> pa.RecordBatchReader:
        """Its rows, by its key where it has one."""
        cursor = self._connection.cursor()
        keys = list(table.primary_key.columns)
        cursor.execute(compiled(sa.select(table).order_by(*keys)))
        reader = cursor.fetch_record_batch()
        schema = pa.schema([field.remove_metadata() for field in reader.schema])

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                for batch in reader:
                    bare = pa.RecordBatch.from_arrays(batch.columns, schema=schema)
                    for start in range(0, len(bare), batch_rows):
                        yield bare.slice(start, batch_rows)
            finally:
                reader.close()
                cursor.close()

        return pa.RecordBatchReader.from_batches(schema, batches())

    def __enter__(self) -> PostgresSnapshot:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._open:
            self._open = False
            self._ended()
