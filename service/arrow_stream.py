"""A table as an Arrow IPC stream (Arrow Columnar Format 1.5, IPC Streaming Format).

What VOTable says of a column is in the metadata of its Arrow field, under VOTable's words; what the
INFOs of a VOTable say of the answer is in the metadata of the schema. A stream has no trailer, so
the status stands in the custom metadata of a last record batch, which has no rows:
``QUERY_STATUS`` (OK, OVERFLOW or ERROR) and, where there is something to say, ``message``. A reader
that does not ask for it reads the rows as if it were not there. A stream that ends without it was
broken off.

Instants are timestamps of microseconds, UTC. Arrays are lists.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
from satvo.schemas.columns import Field
from satvo.service.cells import arrow_type
from satvo.service.json_table import about_field
from satvo.service.votable import Info, query_status

__all__ = ["ArrowStreamWriter"]

_INSTANT = pa.timestamp("us", tz="UTC")


class ArrowStreamWriter:
    """Writes one table as a stream."""

    tells_status = True

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """The schema."""
        self._fields = fields
        self._sink = io.BytesIO()
        # The rows come in their own batches, but their schema has to be known now.
        metadata = {info.name: info.value for info in infos}
        self._schema = pa.schema([_arrow_field(field) for field in fields], metadata)
        self._writer: Any = pa.ipc.new_stream(self._sink, self._schema)
        return self._drained()

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """The rows of a batch."""
        columns = [
            column if column.type == wanted.type else column.cast(wanted.type)
            for column, wanted in zip(batch.columns, self._schema, strict=True)
        ]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        return self._drained()

    def end(self, infos: Iterable[Info] = ()) -> bytes:
        """A batch without rows that has the status, and the end of the stream."""
        told = query_status(infos)
        status = {"QUERY_STATUS": told.value, **({"message": told.text} if told.text else {})}
        nothing = [pa.array([], field.type) for field in self._schema]
        last = pa.RecordBatch.from_arrays(nothing, schema=self._schema)
        self._writer.write_batch(last, custom_metadata=status)
        self._writer.close()
        return self._drained()

    def _drained(self) -> bytes:
        data = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return data


def _arrow_field(field: Field) -> pa.Field:
    is_instant = field.xtype == "timestamp" and field.datatype == "char"
    kind = _INSTANT if is_instant and "x" not in field.arraysize else arrow_type(field)
    about = {word: text for word, text in about_field(field, missing="").items() if text}
    return pa.field(field.name, kind, metadata=about)
