"""A table as a Parquet file that says what its columns mean (VOParquet 1.0, IVOA Note 2025-01-14).

The footer has, under ``IVOA.VOTable-Parquet.content``, a VOTable without data: FIELDs, and INFOs
of which QUERY_STATUS tells whether the rows are all. The footer is written last, so even an error
among the rows is told there. Each batch is a row group. Instants are text, as their FIELDs say:
readers join the two by type, and a Parquet timestamp matches no VOTable datatype. Nulls are nulls;
arrays are lists.

astropy joins rows to FIELDs only where the arraysize of a text is a number, and wants the length of
the longest also as ``table::len::<name>``, without which it stops at a null. So that number, which
is known when the footer is written, stands in both. It also needs to know which lists are of fixed
size, which an Arrow schema tells; the footer has one, written last as well for the lengths in it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet
from satvo.schemas.columns import Field
from satvo.service.cells import array_length, arrow_type, declared
from satvo.service.votable import Info, metadata_document, query_status

__all__ = ["ParquetWriter"]


class ParquetWriter:
    """Writes one table as a stream."""

    tells_status = True

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """The file's first bytes."""
        self._fields = fields
        self._infos = tuple(infos)
        self._sink = _Drain()
        self._schema = pa.schema([pa.field(field.name, _type(field)) for field in fields])
        self._longest = [1] * len(fields)
        self._writer: Any = parquet.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"),
            self._schema,
            compression="zstd",
            store_schema=False,
        )
        return self._sink.drained()

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """The rows of a batch, as a row group."""
        columns = []
        for number, column in enumerate(declared(batch, self._fields)):
            if _is_text(self._fields[number]):
                texts = column.flatten() if pa.types.is_list(column.type) else column
                length = pc.max(pc.utf8_length(texts)).as_py() or 0
                self._longest[number] = max(self._longest[number], length)
            wanted = self._schema.field(number).type
            columns.append(column if column.type == wanted else column.cast(wanted))
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        return self._sink.drained()

    def end(self, infos: Iterable[Info] = ()) -> bytes:
        """The footer."""
        fields = []
        lengths = {}
        for field, longest in zip(self._fields, self._longest, strict=True):
            if _is_text(field):
                lengths[f"table::len::{field.name}"] = str(longest)
                if "x" not in field.arraysize:
                    field = replace(field, arraysize=str(longest))
            fields.append(field)
        content = metadata_document(fields, [query_status(infos), *self._infos])
        schema = self._schema.with_metadata(lengths).serialize().to_pybytes()
        self._writer.add_key_value_metadata(
            {
                "ARROW:schema": base64.b64encode(schema).decode(),
                "IVOA.VOTable-Parquet.version": "1.0",
                "IVOA.VOTable-Parquet.content": content.decode(),
            }
        )
        self._writer.close()
        return self._sink.drained()


def _is_text(field: Field) -> bool:
    return field.datatype in ("char", "unicodeChar")


def _type(field: Field) -> pa.DataType:
    kind = arrow_type(field)
    length = array_length(field.arraysize)
    if pa.types.is_list(kind) and length is not None and not _is_text(field):
        return pa.list_(kind.value_type, length)
    return kind


class _Drain:
    """A file to write into, whose bytes are taken out as they come."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._at += len(piece)
        return len(piece)

    def drained(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True
