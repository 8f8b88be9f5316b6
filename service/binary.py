"""Rows of a VOTable BINARY or BINARY2 stream (VOTable 1.4, sections 5.3 and 5.4).

A batch is written column by column into one buffer: runs of columns of fixed width become one block
each, a string of variable length ends a run after its four bytes of length, and each piece is
scattered to its place in all rows at once.

The count before an array of several dimensions is that of all its elements, as STIL reads it;
astropy 8.0 takes it for the size of the slowest dimension.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from satvo.schemas.columns import Field
from satvo.service.cells import (
    NULL_INTEGERS,
    array_length,
    bytes_present,
    list_parts,
    text_bytes,
)

__all__ = ["Bytes", "binary_rows", "elements", "fixed_arrays", "fixed_text"]

Bytes = npt.NDArray[np.uint8]

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
        null. Without, a null integer is `NULL_INTEGERS`, a null float NaN, a null string or array
        of no fixed length empty. A null element of an array is the same in both.
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
    length = array_length(field.arraysize)
    if pa.types.is_list(column.type):
        if length is not None:
            return [fixed_arrays(column, field)]
        values, counts = list_parts(column)
        block = elements(values, field)
        data = _Variable(block.reshape(-1), counts * block.shape[1])
        return [_big_endian(counts * _characters(field), ">u4"), data]
    if length is not None:
        return [elements(column, field)]
    if field.datatype == "char":
        data = _Variable(*text_bytes(_ascii(column)))
        return [_big_endian(data.lengths, ">u4"), data]
    text, lengths = _utf16(column)
    return [_big_endian(lengths // 2, ">u4"), _Variable(text, lengths)]


def elements(column: pa.Array, field: Field) -> Bytes:
    """The bytes of values of fixed width: scalars, or the elements of arrays.

    Parameters
    ----------
    column : Array
        Numbers, booleans or strings.
    field : Field
        A string is cut or filled with NUL to the width that its arraysize begins with.

    Returns
    -------
    (n_value, width) array
        Big-endian. A null is one of `NULL_INTEGERS`, NaN, ``?`` for a boolean, or NULs.
    """
    if field.datatype == "char":
        return fixed_text(*text_bytes(_ascii(column)), _characters(field))
    if field.datatype == "unicodeChar":
        return fixed_text(*_utf16(column), 2 * _characters(field))
    if field.datatype == "boolean":
        codes = np.full(len(column), ord("F"), dtype=np.uint8)
        codes[np.asarray(column.fill_null(False))] = ord("T")
        codes[np.asarray(column.is_null())] = ord("?")
        return codes[:, None]
    if column.null_count:
        null = NULL_INTEGERS.get(field.datatype, np.nan)
        column = column.fill_null(pa.scalar(null, column.type))
    return _big_endian(np.asarray(column), _NUMBERS[field.datatype])


def _ascii(column: pa.Array) -> pa.Array:
    """Texts whose other characters are question marks: astropy stops at a char that is not ASCII.

    VOTable 1.4, section 2.1, has ASCII in char alone; TABLEDATA, which is read as XML, keeps all.
    """
    if not bytes_present(column)[0x80:].any():
        return column
    return pc.replace_substring_regex(column, r"[^\x00-\x7F]", "?")


def _characters(field: Field) -> int:
    """Width of a text, or of one of several; 1 for numbers, of which a count counts each."""
    first = field.arraysize.split("x")[0]
    text = field.datatype in ("char", "unicodeChar")
    return int(first) if text and first.isdigit() else 1


def fixed_arrays(column: pa.Array, field: Field) -> Bytes:
    """The bytes of arrays that all have the number of elements that their field declares.

    A null array is made of null elements; missing elements are null, and more are left out.
    """
    values, counts = list_parts(column)
    block = elements(values, field)
    width = block.shape[1]
    length = (array_length(field.arraysize) or 1) // _characters(field)
    null = elements(pa.nulls(1, column.type.value_type), field)
    rows = np.tile(null, (len(column), length))
    if np.isin(counts, (0, length)).all():
        rows[counts > 0] = block.reshape(-1, length * width)
        return rows
    row, place = _places(counts)
    fits = place < length
    rows.reshape(len(column), length, width)[row[fits], place[fits]] = block[fits]
    return rows


def fixed_text(data: Bytes, lengths: npt.NDArray[np.int64], width: int) -> Bytes:
    """Texts (`satvo.service.cells.text_bytes`) in a fixed width, filled with NUL."""
    text = np.zeros((len(lengths), width), dtype=np.uint8)
    row, place = _places(lengths)
    fits = place < width
    text[row[fits], place[fits]] = data[fits]
    return text


def _places(counts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The row of each of many elements, and its place in the row."""
    place = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(np.arange(len(counts)), counts), place


def _big_endian(values: npt.NDArray[np.generic], code: str) -> Bytes:
    ordered = np.ascontiguousarray(values.astype(code))
    return ordered.view(np.uint8).reshape(len(values), ordered.dtype.itemsize)


def _utf16(column: pa.Array) -> tuple[Bytes, npt.NDArray[np.int64]]:
    # Beyond the Basic Multilingual Plane VOTable's UCS-2 has no character: U+FFFD stands for it.
    words = [
        "".join(c if ord(c) < 0x10000 else "\ufffd" for c in text or "").encode("utf-16-be")
        for text in column.to_pylist()
    ]
    lengths = np.array([len(word) for word in words], dtype=np.int64)
    return np.frombuffer(b"".join(words), dtype=np.uint8), lengths


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
