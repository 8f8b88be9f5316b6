"""Rows of a VOTable BINARY or BINARY2 stream (VOTable 1.4, sections 5.3 and 5.4).

A batch is written column by column into one buffer: runs of columns of fixed width become one block
each, a string of variable length ends a run after its four bytes of length, and each piece is
scattered to its place in all rows at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from satvo.schemas.columns import Field
from satvo.service.cells import text_bytes

__all__ = ["NULL_INTEGERS", "binary_rows"]

Bytes = npt.NDArray[np.uint8]

NULL_INTEGERS = {"short": -(2**15), "int": -(2**31), "long": -(2**63)}
"""What stands for a null in BINARY, which has no null flags; BINARY2 needs none."""

_NUMBERS = {"short": ">i2", "int": ">i4", "long": ">i8", "float": ">f4", "double": ">f8"}


@dataclass(frozen=True, slots=True)
class _Variable:
    """The bytes of a column of variable length, all rows one after the other."""

    data: Bytes
    lengths: npt.NDArray[np.int64]


def binary_rows(columns: list[pa.Array], fields: tuple[Field, ...], *, null_flags: bool) -> bytes:
    """The rows of a batch as they stand in the stream, before base64.

    Parameters
    ----------
    columns : list of Array
        In the types that the fields declare (`satvo.service.cells.declared`).
    fields : tuple of Field
    null_flags : bool
        True for BINARY2, whose rows begin with a bit a column, most significant first, that says
        null. Without, a null integer is `NULL_INTEGERS`, a null float NaN, a null string empty.
    """
    rows = len(columns[0])
    pieces: list[Bytes | _Variable] = []
    if null_flags:
        nulls = np.array([np.asarray(column.is_null()) for column in columns], dtype=bool)
        pieces.append(np.packbits(nulls, axis=0).T)
    for column, field in zip(columns, fields, strict=True):
        pieces.extend(_encoded(column, field))
    return _interleaved(_runs(pieces), rows)


def _encoded(column: pa.Array, field: Field) -> list[Bytes | _Variable]:
    if field.arraysize == "":
        return [_scalars(column, field)]
    if field.datatype == "char":
        if field.arraysize.isdigit():
            return [_fixed_text(column, int(field.arraysize))]
        data, lengths = text_bytes(column)
        return [_big_endian(lengths, ">u4"), _Variable(data, lengths)]
    if field.datatype == "unicodeChar":
        return _utf16(column)
    return _doubles(column, field)


def _scalars(column: pa.Array, field: Field) -> Bytes:
    if field.datatype == "boolean":
        codes = np.full(len(column), ord("F"), dtype=np.uint8)
        codes[np.asarray(column.fill_null(False))] = ord("T")
        codes[np.asarray(column.is_null())] = ord("?")
        return codes[:, None]
    null: float = np.nan if field.datatype in ("float", "double") else NULL_INTEGERS[field.datatype]
    if column.null_count:
        column = column.fill_null(pa.scalar(null, column.type))
    return _big_endian(np.asarray(column), _NUMBERS[field.datatype])


def _big_endian(values: npt.NDArray[np.generic], code: str) -> Bytes:
    ordered = np.ascontiguousarray(values.astype(code))
    return ordered.view(np.uint8).reshape(len(values), -1)


def _fixed_text(column: pa.Array, width: int) -> Bytes:
    data, lengths = text_bytes(column)
    text = np.zeros((len(column), width), dtype=np.uint8)
    place = np.arange(len(data)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    row = np.repeat(np.arange(len(column)), lengths)
    fits = place < width
    text[row[fits], place[fits]] = data[fits]
    return text


def _utf16(column: pa.Array) -> list[Bytes | _Variable]:
    # Beyond the Basic Multilingual Plane VOTable's UCS-2 has no character: U+FFFD stands for it.
    words = [
        "".join(c if ord(c) < 0x10000 else "\ufffd" for c in text or "").encode("utf-16-be")
        for text in column.to_pylist()
    ]
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    data = np.frombuffer(b"".join(words), dtype=np.uint8)
    return [_big_endian(lengths // 2, ">u4"), _Variable(data, lengths)]


def _doubles(column: pa.Array, field: Field) -> list[Bytes | _Variable]:
    counts = np.asarray(column.value_lengths().fill_null(0)).astype(np.int64)
    values = np.asarray(column.flatten().cast(pa.float64()).fill_null(np.nan))
    if field.arraysize.isdigit():
        block = np.full((len(column), int(field.arraysize)), np.nan)
        block[counts > 0] = values.reshape(-1, int(field.arraysize))
        return [_big_endian(block, ">f8")]
    data = np.ascontiguousarray(values.astype(">f8")).view(np.uint8)
    return [_big_endian(counts, ">u4"), _Variable(data, counts * 8)]


def _runs(pieces: list[Bytes | _Variable]) -> list[Bytes | _Variable]:
    """The pieces with neighbours of fixed width joined."""
    runs: list[Bytes | _Variable] = []
    fixed: list[Bytes] = []
    for piece in [*pieces, None]:
        if isinstance(piece, np.ndarray):
            fixed.append(piece)
            continue
        if fixed:
            runs.append(fixed[0] if len(fixed) == 1 else np.concatenate(fixed, axis=1))
            fixed = []
        if piece is not None:
            runs.append(piece)
    return runs


def _interleaved(runs: list[Bytes | _Variable], rows: int) -> bytes:
    if len(runs) == 1 and isinstance(runs[0], np.ndarray):
        return runs[0].tobytes()
    widths = [
        np.full(rows, run.shape[1], dtype=np.int64) if isinstance(run, np.ndarray) else run.lengths
        for run in runs
    ]
    total = np.sum(widths, axis=0)
    at = np.cumsum(total) - total
    buffer = np.empty(int(total.sum()), dtype=np.uint8)
    for run, width in zip(runs, widths, strict=True):
        if isinstance(run, np.ndarray):
            buffer[at[:, None] + np.arange(run.shape[1])] = run
        elif len(run.data):
            start = np.cumsum(width) - width
            buffer[np.repeat(at - start, width) + np.arange(len(run.data))] = run.data
        at = at + width
    return buffer.tobytes()
