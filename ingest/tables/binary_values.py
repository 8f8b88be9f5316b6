"""Columns of a binary stream, cut out of their rows, as Arrow arrays."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from satvo.ingest.tables.cells import BadValue
from satvo.ingest.tables.columns import ELEMENT_TYPES, TEXT, Declared
from satvo.ingest.tables.instants import instants
from satvo.ingest.tables.values import lists_of, without_null

__all__ = ["Bytes", "Counts", "Mask", "column_values", "element_size", "texts_of"]

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_NUMBERS = {
    "unsignedByte": ">u1",
    "short": ">i2",
    "int": ">i4",
    "long": ">i8",
    "float": ">f4",
    "double": ">f8",
}
_SIZES = {"boolean": 1, "bit": 1, "char": 1, "unicodeChar": 2}


def element_size(declared: Declared) -> int:
    """Bytes of one element; of a bit, that of one alone."""
    wire = declared.wire
    return _SIZES[wire] if wire in _SIZES else np.dtype(_NUMBERS[wire]).itemsize


def column_values(
    data: Bytes, counts: Counts | None, declared: Declared, null: Mask | None
) -> pa.Array:
    """The values of a column, in its Arrow type.

    Parameters
    ----------
    data : (rows, width) array, or all bytes one after the other
    counts : array or None
        Elements of each row where the column varies; None where it is a block.
    declared : Declared
    null : array or None
        The null flags of BINARY2; None where there are none, and NaN, empty texts, and arrays that
        are empty or all NaN are null.

    Raises
    ------
    BadValue
        If a cell stands for no value.
    """
    told = np.zeros(len(data) if counts is None else len(counts), bool) if null is None else null
    if declared.wire in TEXT and not declared.is_texts:
        return _texts(data, counts, declared, null, told)
    if declared.shape is None:
        values = _elements(data, declared, told)
        if null is None and pa.types.is_floating(values.type):
            values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
        return values
    if counts is None:
        assert declared.shape.fixed is not None  # noqa: S101 - a block is of fixed width
        counts = np.full(len(data), declared.shape.fixed, dtype=np.int64)
        if null is None and declared.wire in ("float", "double"):
            numbers = np.ascontiguousarray(data).view(_NUMBERS[declared.wire])
            told = np.isnan(numbers).all(axis=1)
    elif null is None:
        told = counts == 0
    if declared.is_texts:
        return _text_lists(data, counts, declared, told)
    parents = np.repeat(np.arange(len(counts)), counts)
    try:
        if declared.wire == "bit":
            values = pa.array(_bits(data, counts))
        else:
            values = _elements(data.reshape(-1, element_size(declared)), declared, told[parents])
    except BadValue as err:
        raise BadValue(int(parents[err.index]), err.text) from err
    return lists_of(values, counts, told, declared)


def _elements(data: Bytes, declared: Declared, null: Mask) -> pa.Array:
    """One element from each row of a block; what is null is not looked at."""
    wire = declared.wire
    if wire == "bit":
        return pa.array(data[:, 0] != 0, mask=null)
    if wire == "boolean":
        return _booleans(data[:, 0], null)
    values = np.ascontiguousarray(data).view(_NUMBERS[wire]).reshape(-1)
    kind = pa.int16() if wire == "unsignedByte" else ELEMENT_TYPES[wire]
    native = values.astype(kind.to_pandas_dtype())
    return without_null(pa.array(native, kind, mask=null), declared.null)


def _booleans(codes: Bytes, null: Mask) -> pa.Array:
    true = np.isin(codes, np.frombuffer(b"Tt1", dtype=np.uint8))
    false = np.isin(codes, np.frombuffer(b"Ff0", dtype=np.uint8))
    unknown = np.isin(codes, np.frombuffer(b"? \0", dtype=np.uint8))
    wrong = np.flatnonzero(~(true | false | unknown | null))
    if len(wrong):
        raise BadValue(int(wrong[0]), chr(codes[wrong[0]]))
    return pa.array(true, mask=unknown | null)


def _bits(data: Bytes, counts: Counts) -> Mask:
    """Bits, most significant first, each row from a byte of its own."""
    widths = (counts + 7) // 8 * 8
    ends = np.cumsum(widths)
    place = np.arange(int(widths.sum())) - np.repeat(ends - widths, widths)
    return np.unpackbits(data.reshape(-1)).astype(bool)[place < np.repeat(counts, widths)]


# Texts


def _texts(
    data: Bytes, counts: Counts | None, declared: Declared, flags: Mask | None, null: Mask
) -> pa.Array:
    size = element_size(declared)
    lengths = np.full(len(data), data.shape[1]) if counts is None else counts * size
    values = texts_of(data, lengths, null, wide=size == 2)
    if declared.column.xtype == "timestamp":
        return instants(values)
    if flags is None:
        values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    return values


def texts_of(data: Bytes, lengths: Counts, null: Mask, *, wide: bool) -> pa.StringArray:
    """Texts one after the other, each to its first NUL.

    They are UTF-8, but for those that cannot be, which are taken for ISO 8859-1: what TOPCAT makes
    of letters with accents. ``wide`` ones are UTF-16, big end first.

    Raises
    ------
    BadValue
        If a wide one is not UTF-16.
    """
    flat = np.ascontiguousarray(data).reshape(-1)
    if wide:
        return _decoded(flat, lengths, null, "utf-16-be")
    rows = np.repeat(np.arange(len(lengths)), lengths) if (flat == 0).any() else None
    if rows is not None:
        place = np.arange(len(flat)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        ends = lengths.copy()
        np.minimum.at(ends, rows[flat == 0], place[flat == 0])
        flat = flat[place < ends[rows]]
        lengths = ends
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
    validity = pa.array(~null).buffers()[1] if null.any() else None
    texts = pa.StringArray.from_buffers(
        len(lengths), pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(flat)), validity
    )
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return _decoded(flat, lengths, null, "utf-8")
    return texts


def _decoded(flat: Bytes, lengths: Counts, null: Mask, encoding: str) -> pa.StringArray:
    raw = flat.tobytes()
    texts: list[str | None] = []
    start = 0
    for row, length in enumerate(lengths.tolist()):
        piece = raw[start : start + length]
        start += length
        try:
            text = "" if null[row] else piece.decode(encoding)
        except UnicodeDecodeError as err:
            if encoding != "utf-8":
                raise BadValue(row, "", why=f"text that is not UTF-16: {piece[:20]!r}") from err
            text = piece.decode("iso-8859-1")
        texts.append(None if null[row] else text.partition("\0")[0])
    return pa.array(texts, pa.string())


def _text_lists(data: Bytes, counts: Counts, declared: Declared, null: Mask) -> pa.Array:
    size = element_size(declared)
    assert declared.shape is not None  # noqa: S101 - what is_texts says
    width = declared.shape.first
    if len(broken := np.flatnonzero(counts % width)):
        why = declared.shape.complaint(int(counts[broken[0]])) or "it is cut"
        raise BadValue(int(broken[0]), "", why=why)
    many = counts // width
    total = int(many.sum())
    lengths = np.full(total, width * size)
    texts = texts_of(data, lengths, np.zeros(total, bool), wide=size == 2)
    return lists_of(pc.utf8_rtrim(texts, " "), many, null, declared)
