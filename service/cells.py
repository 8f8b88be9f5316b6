"""Arrow columns as text cells: what TABLEDATA, JSON, ECSV, CSV and TSV have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from satvo.schemas.columns import Field

__all__ = [
    "NULL_INTEGERS",
    "array_length",
    "arrow_type",
    "bytes_present",
    "declared",
    "joined_rows",
    "list_parts",
    "relisted",
    "text_bytes",
    "text_cells",
    "timestamp_text",
]

NULL_INTEGERS = {"short": -(2**15), "int": -(2**31), "long": -(2**63)}
"""What stands for a null integer where a format has no other way to say it."""

_ARROW: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "short": pa.int16(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "char": pa.string(),
    "unicodeChar": pa.string(),
}


def array_length(arraysize: str) -> int | None:
    """How many elements a cell has; None where that differs from row to row.

    Examples
    --------
    >>> array_length(""), array_length("3x2"), array_length("2x*"), array_length("12*")
    (1, 6, None, None)
    """
    if arraysize.endswith("*"):
        return None
    return math.prod(int(size) for size in arraysize.split("x")) if arraysize else 1


def arrow_type(field: Field) -> pa.DataType:
    """The Arrow type of a column as its field declares it, a timestamp as text.

    A text of any arraysize is a string; with an ``x`` in its arraysize it is a list of strings of
    the width that comes first (VOTable 1.4, section 2.2).

    Examples
    --------
    >>> print(arrow_type(Field("m", "int", "2x*")), arrow_type(Field("t", "char", "8x*")))
    list<item: int32> list<item: string>
    """
    element = _ARROW[field.datatype]
    if pa.types.is_string(element):
        return pa.list_(element) if "x" in field.arraysize else element
    return pa.list_(element) if field.arraysize else element


def declared(batch: pa.RecordBatch, fields: tuple[Field, ...]) -> list[pa.Array]:
    """The columns of a batch in the types that their fields declare (`arrow_type`).

    Timestamps become their DALI text (UTC, no zone).
    """
    columns = []
    for column, field in zip(batch.columns, fields, strict=True):
        if column.null_count == len(column):
            column = pa.nulls(len(column), arrow_type(field))
        elif field.xtype == "timestamp" and pa.types.is_timestamp(column.type):
            column = timestamp_text(column)
        elif column.type != (wanted := arrow_type(field)):
            column = column.cast(wanted)
        columns.append(column)
    return columns


def timestamp_text(column: pa.Array) -> pa.Array:
    """Timestamps as ``YYYY-MM-DDThh:mm:ss[.ffffff]``; the fraction only where there is one.

    DALI 1.1, section 3.3.3. Built by integer arithmetic on whole columns: the engine's and Arrow's
    own formatting take ten times as long.
    """
    column = column.cast(pa.timestamp("us"))
    null = np.asarray(column.is_null())
    micros = np.asarray(column.cast(pa.int64()).fill_null(0))
    seconds, fraction = np.divmod(micros, 1_000_000)
    days, second = np.divmod(seconds, 86_400)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    day = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    text = np.empty((len(micros), 26), dtype=np.uint8)
    text[:] = np.frombuffer(b"0000-00-00T00:00:00.000000", dtype=np.uint8)
    _digits(text[:, 0:4], year)
    _digits(text[:, 5:7], month)
    _digits(text[:, 8:10], day)
    _digits(text[:, 11:13], second // 3600)
    _digits(text[:, 14:16], second // 60 % 60)
    _digits(text[:, 17:19], second % 60)
    _digits(text[:, 20:26], fraction)
    length = np.where(fraction == 0, 19, 26)
    length[null] = 0
    flat = text[np.arange(26) < length[:, None]]
    offsets = np.concatenate(([0], np.cumsum(length))).astype(np.int32)
    validity = None if not null.any() else pa.array(~null).buffers()[1]
    return pa.StringArray.from_buffers(
        len(micros), pa.py_buffer(offsets), pa.py_buffer(flat), validity
    )


def _digits(into: npt.NDArray[np.uint8], values: npt.NDArray[np.int64]) -> None:
    for place in range(into.shape[1] - 1, -1, -1):
        values, digit = np.divmod(values, 10)
        into[:, place] += digit.astype(np.uint8)


def list_parts(column: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """The elements of a list column, all rows one after the other, and how many each row has."""
    counts = np.asarray(column.value_lengths().fill_null(0)).astype(np.int64)
    return column.flatten(), counts


def relisted(column: pa.Array, elements: pa.Array, *, each: int = 1) -> pa.Array:
    """The rows of a list column with other elements, one in the place of each few of its own."""
    counts = list_parts(column)[1] // each
    offsets = pa.array(np.concatenate(([0], np.cumsum(counts))).astype(np.int32))
    mask = column.is_null() if column.null_count else None
    return pa.ListArray.from_arrays(offsets, elements, mask=mask)


def text_cells(column: pa.Array) -> pa.Array:
    """A column as strings: numbers in their shortest exact form, NaN and +Inf as in VOTable.

    Elements of an array are separated by a blank; a null element is one of `NULL_INTEGERS`, NaN,
    ``?`` or nothing. Null cells stay null.
    """
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_list(kind):
        elements, _ = list_parts(column)
        cells = text_cells(elements)
        if cells.null_count:
            cells = cells.fill_null(_null_element(kind.value_type))
        return pc.binary_join(relisted(column, cells), " ")
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "T", "F")
    cells = column.cast(pa.string())
    if pa.types.is_floating(kind) and len(column) and not pc.all(pc.is_finite(column)).as_py():
        cells = pc.if_else(pc.is_nan(column), "NaN", cells)
        cells = pc.if_else(
            pc.is_inf(column), pc.if_else(pc.greater(column, 0), "+Inf", "-Inf"), cells
        )
    return cells


def _null_element(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        return str(-(2 ** (kind.bit_width - 1)))
    if pa.types.is_floating(kind):
        return "NaN"
    return "?" if pa.types.is_boolean(kind) else ""


def joined_rows(cells: Sequence[pa.Array | str]) -> bytes:
    """Cells joined into rows, and the rows into one text: the buffer of the joined column."""
    return bytes(text_bytes(pc.binary_join_element_wise(*cells, ""))[0])


def bytes_present(column: pa.Array) -> npt.NDArray[np.bool_]:
    """Which of the 256 bytes occur anywhere in a string column.

    One look at the bytes tells which escapes a column needs; most need none.
    """
    present = np.zeros(256, dtype=bool)
    present[text_bytes(column)[0]] = True
    return present


def text_bytes(column: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The bytes of a string column without gaps, and the length of each string; null is empty."""
    if column.null_count:
        column = column.fill_null("")
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    lengths = np.diff(ends).astype(np.int64)
    if data is None:
        return np.empty(0, dtype=np.uint8), lengths
    return np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]], lengths
