"""Arrow columns as text cells: what TABLEDATA, CSV and TSV have in common."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from satvo.schemas.columns import Field

__all__ = ["declared", "text_bytes", "text_cells", "timestamp_text"]

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


def declared(batch: pa.RecordBatch, fields: tuple[Field, ...]) -> list[pa.Array]:
    """The columns of a batch in the types that their fields declare.

    Timestamps become their DALI text (UTC, no zone). Arrays keep Arrow's list type with float64.
    """
    columns = []
    for column, field in zip(batch.columns, fields, strict=True):
        if field.xtype == "timestamp" and pa.types.is_timestamp(column.type):
            column = timestamp_text(column)
        elif pa.types.is_null(column.type) or not pa.types.is_list(column.type):
            wanted = _ARROW[field.datatype]
            if field.datatype == "double" and field.arraysize:
                wanted = pa.list_(pa.float64())
            if column.type != wanted:
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


def text_cells(column: pa.Array) -> pa.Array:
    """A column as strings: numbers in their shortest exact form, NaN and +Inf as in VOTable.

    Elements of an array are separated by a blank. Nulls stay null.
    """
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_list(kind):
        elements = pa.ListArray.from_arrays(
            column.offsets, text_cells(column.flatten()), mask=column.is_null()
        )
        return pc.binary_join(elements, " ")
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "T", "F")
    cells = column.cast(pa.string())
    if pa.types.is_floating(kind) and len(column) and not pc.all(pc.is_finite(column)).as_py():
        cells = pc.if_else(pc.is_nan(column), "NaN", cells)
        cells = pc.if_else(
            pc.is_inf(column), pc.if_else(pc.greater(column, 0), "+Inf", "-Inf"), cells
        )
    return cells


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
