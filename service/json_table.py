"""A table as one JSON object, metadata first and status last (RFC 8259).

::

    {"metadata": [{"name": "norad_id", "datatype": "int", ...}, ...],
     "data": [[25544, ...], ...],
     "status": {"QUERY_STATUS": "OK", "message": null}}

A null, a NaN and an infinity are all ``null``: JSON has no number for the last two, and a string
among numbers would break who reads a column of them. 64-bit integers are numbers in full, which
JavaScript rounds beyond 2**53. Each row stands on a line of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from satvo.schemas.columns import Field
from satvo.service.cells import bytes_present, declared, joined_rows, list_parts, relisted
from satvo.service.votable import Info, query_status

__all__ = ["JSONWriter", "about_field", "json_cells"]

_ABOUT = ("datatype", "arraysize", "xtype", "unit", "ucd", "utype", "description")

_SHORT = {'"': '\\"', "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPES = {chr(c): _SHORT.get(chr(c), f"\\u{c:04x}") for c in (*range(32), ord('"'))}


class JSONWriter:
    """Writes one table as a stream."""

    tells_status = True

    def __init__(self) -> None:
        self._fields: tuple[Field, ...] = ()
        self._between = b"\n"

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """The metadata of the columns."""
        self._fields = fields
        metadata = [{"name": field.name, **about_field(field, missing=None)} for field in fields]
        return b'{"metadata": ' + json.dumps(metadata).encode() + b',\n"data": ['

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """The rows of a batch."""
        if not len(batch):
            return b""
        cells: list[pa.Array | str] = [",\n["]
        for column in declared(batch, self._fields):
            text = json_cells(column)
            cells += [text.fill_null("null") if text.null_count else text, ","]
        cells[-1] = "]"
        first, self._between = self._between, b",\n"
        return first + joined_rows(cells)[2:]

    def end(self, infos: Iterable[Info] = ()) -> bytes:
        """The status."""
        told = query_status(infos)
        status = {"QUERY_STATUS": told.value, "message": told.text or None}
        return b'\n],\n"status": ' + json.dumps(status).encode() + b"}\n"


def about_field(field: Field, *, missing: str | None) -> dict[str, str | None]:
    """What there is to say of a column beside its name, each under its VOTable word."""
    return {word: getattr(field, word) or missing for word in _ABOUT}


def json_cells(column: pa.Array, *, not_finite: bool = False) -> pa.Array:
    """The values of a column as JSON; nulls stay null, but null elements of arrays are ``null``.

    Parameters
    ----------
    column : Array
        Numbers, booleans, strings, or lists of them.
    not_finite : bool
        Write NaN, Infinity and -Infinity, as ECSV and Python do, and not null for them.
    """
    kind = column.type
    if pa.types.is_list(kind):
        cells = json_cells(list_parts(column)[0], not_finite=not_finite).fill_null("null")
        return pc.binary_join_element_wise(
            "[", pc.binary_join(relisted(column, cells), ","), "]", ""
        )
    if pa.types.is_string(kind):
        return pc.binary_join_element_wise('"', _escaped(column), '"', "")
    cells = column.cast(pa.string())
    if pa.types.is_floating(kind) and len(column) and not pc.all(pc.is_finite(column)).as_py():
        cells = pc.if_else(pc.is_finite(column), cells, None)
        if not_finite:
            signed = pc.if_else(pc.greater(column, 0), "Infinity", "-Infinity")
            words = pc.if_else(pc.is_nan(column), "NaN", signed)
            cells = pc.coalesce(cells, words)
    return cells


def _escaped(column: pa.Array) -> pa.Array:
    present = bytes_present(column)
    if present[ord("\\")]:
        column = pc.replace_substring(column, "\\", "\\\\")
    for character, escape in _ESCAPES.items():
        if present[ord(character)]:
            column = pc.replace_substring(column, character, escape)
    if present[0xE2]:  # U+2028 and U+2029 end a line in JavaScript, in the middle of a string
        for character in "\u2028\u2029":
            column = pc.replace_substring(column, character, f"\\u{ord(character):x}")
    return column
