"""CSV and TSV with a header row (RFC 4180; IANA text/tab-separated-values)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from satvo.schemas.columns import Field
from satvo.service.cells import declared, text_cells
from satvo.service.votable import Info

__all__ = ["DelimitedWriter"]


class DelimitedWriter:
    """Writes one table as a stream of lines.

    Parameters
    ----------
    delimiter : str
        A comma; or a tab, when values are not quoted and a tab or line end in one becomes a blank.
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._fields: tuple[Field, ...] = ()

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """The header row."""
        self._fields = fields
        names = [field.name for field in fields]
        if self._delimiter == "\t":
            names = [" ".join(name.split()) for name in names]
        else:
            names = [_quoted(name) for name in names]
        return (self._delimiter.join(names) + "\n").encode()

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """The rows of a batch; a null is nothing at all, an empty string in CSV two quotes."""
        columns = [self._cells(column) for column in declared(batch, self._fields)]
        table = pa.Table.from_arrays(columns, names=[str(i) for i in range(len(columns))])
        options = csv.WriteOptions(
            include_header=False,
            delimiter=self._delimiter,
            quoting_style="none" if self._delimiter == "\t" else "needed",
        )
        out = io.BytesIO()
        csv.write_csv(table, out, options)
        return out.getvalue()

    def end(self, infos: Iterable[Info] = ()) -> bytes:
        """Nothing follows the last row."""
        return b""

    def _cells(self, column: pa.Array) -> pa.Array:
        kind = column.type
        if pa.types.is_list(kind) or (
            pa.types.is_floating(kind) and len(column) and not pc.all(pc.is_finite(column)).as_py()
        ):
            column = text_cells(column)
        if self._delimiter == "\t" and pa.types.is_string(column.type):
            column = pc.replace_substring_regex(column, r'[\t\r\n"]', " ")
        return column


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if any(c in name for c in ',"\n\r') else name
