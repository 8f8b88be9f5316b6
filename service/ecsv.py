"""A table as ECSV 1.0 (Enhanced Character-Separated Values, Astropy Proposal for Enhancement 6).

The header is YAML in comment lines, and a comment after the rows stops its readers. So the rows
wait in a temporary file until it is known whether they are all, and ``QUERY_STATUS`` stands in the
header's ``meta`` with what the INFOs of a VOTable say. UCD, utype and xtype of a column are in its
``meta``, with the VOTable arraysize.

A null is nothing at all and an empty string two quotes. An array is JSON text in one cell; its
``subtype`` gives the type and shape, slowest dimension first, where VOTable has the fastest first.
One of several dimensions of which the slowest varies is written flat, for ECSV lets only the
fastest vary. Instants are text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import yaml
from satvo.schemas.columns import Field
from satvo.service.cells import (
    array_length,
    arrow_type,
    declared,
    joined_rows,
    list_parts,
    relisted,
    text_cells,
)
from satvo.service.delimited import csv_cells, csv_name
from satvo.service.json_table import json_cells
from satvo.service.spool import Spool
from satvo.service.votable import Info, query_status

__all__ = ["ECSVWriter", "column_header"]

_DATATYPES = {
    "boolean": "bool",
    "short": "int16",
    "int": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "char": "string",
    "unicodeChar": "string",
}


class ECSVWriter:
    """Writes one table, all of it at the end."""

    tells_status = True

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """Nothing yet."""
        self._fields = fields
        self._infos = tuple(infos)
        self._spool = Spool()
        return b""

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """Nothing yet; the rows go to a file."""
        columns = [
            _cells(column, field)
            for column, field in zip(declared(batch, self._fields), self._fields, strict=True)
        ]
        alone = '""' if len(columns) == 1 else ""  # readers skip an empty line
        cells: list[pa.Array | str] = []
        for column in columns:
            cells += [column.fill_null(alone) if column.null_count else column, ","]
        cells[-1] = "\n"
        self._spool.file.write(joined_rows(cells))
        return b""

    def end(self, infos: Iterable[Info] = ()) -> Iterator[bytes]:
        """The header and the rows."""
        told = query_status(infos)
        meta = {info.name: info.value for info in (told, *self._infos)}
        if told.text:
            meta["message"] = told.text
        header = {
            "datatype": [column_header(field) for field in self._fields],
            "delimiter": ",",
            "meta": meta,
            "schema": "astropy-2.0",
        }
        lines = yaml.safe_dump(
            header, sort_keys=False, allow_unicode=True, width=100, explicit_start=True
        )
        names = ",".join(csv_name(field.name) for field in self._fields)
        comment = "".join(f"# {line}\n" for line in ("%ECSV 1.0", *lines.split("\n")[:-1]))
        yield f"{comment}{names}\n".encode()
        yield from self._spool.pieces()
        self._spool.close()


def column_header(field: Field) -> dict[str, Any]:
    """What the header of a file says of a column."""
    about: dict[str, Any] = {"name": field.name}
    if field.unit:
        about["unit"] = field.unit
    datatype = _DATATYPES[field.datatype]
    if pa.types.is_list(arrow_type(field)):
        about |= {"datatype": "string", "subtype": f"{datatype}[{_shape(field)}]"}
    else:
        about["datatype"] = datatype
    if field.description:
        about["description"] = field.description
    words = ("ucd", "utype", "xtype", "arraysize")
    if meta := {word: text for word in words if (text := getattr(field, word))}:
        about["meta"] = meta
    return about


def _shape(field: Field) -> str:
    sizes = _sizes(field)
    return ",".join(map(str, reversed(sizes))) if sizes else "null"


def _sizes(field: Field) -> list[int]:
    """The fixed number of elements in each dimension, fastest first; none where one varies."""
    if array_length(field.arraysize) is None:
        return []
    sizes = [int(size) for size in field.arraysize.split("x")]
    return sizes[1:] if field.datatype in ("char", "unicodeChar") else sizes


def _cells(column: pa.Array, field: Field) -> pa.Array:
    kind = column.type
    if pa.types.is_list(kind):
        inner = _sizes(field)[:-1]
        return csv_cells(_nested(column, inner) if inner else json_cells(column, not_finite=True))
    if pa.types.is_string(kind):
        return csv_cells(column)
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "True", "False")
    return text_cells(column)


def _nested(column: pa.Array, inner: list[int]) -> pa.Array:
    """Arrays of several dimensions as JSON: brackets around each so many of the one before."""
    cells = json_cells(list_parts(column)[0], not_finite=True).fill_null("null")
    for size in inner:
        offsets = pa.array(np.arange(0, len(cells) + 1, size, dtype=np.int32))
        cells = _bracketed(pa.ListArray.from_arrays(offsets, cells))
    return _bracketed(relisted(column, cells, each=math.prod(inner)))


def _bracketed(lists: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise("[", pc.binary_join(lists, ","), "]", "")
