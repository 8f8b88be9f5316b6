"""Cells that are texts as the values they stand for: TABLEDATA, CSV and ECSV have this in common.

Whole columns are cast by Arrow; where it refuses, the cells are read one by one, because Arrow
knows neither ``+5`` nor ``0x1F`` nor a time with ``Z``, and does not say which cell it minds.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from satvo.ingest.tables.cells import BadValue, null_where, one_by_one
from satvo.ingest.tables.columns import ELEMENT_TYPES, INTEGERS, TEXT, Declared, arrow_type
from satvo.ingest.tables.instants import instants
from satvo.schemas.errors import BadParameter

__all__ = [
    "bad_cell",
    "element_values",
    "lists_of",
    "parse_cells",
    "without_null",
]

_RANGES = {
    "unsignedByte": (0, 255),
    "short": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
}
_ACCEPTED = {
    "boolean": "T, F, true, false, 1, 0 or ?",
    "bit": "0 or 1",
    "timestamp": "a UTC time as 2026-07-21T08:34:33.95, with or without Z",
    **{wire: f"an integer from {low} to {high}" for wire, (low, high) in _RANGES.items()},
    "float": "a number that 32 bits can hold, NaN or Inf",
    "double": "a number that 64 bits can hold, NaN or Inf",
}


def parse_cells(texts: pa.StringArray, declared: Declared, first_row: int) -> pa.Array:
    """The values of a column of texts, in the column's Arrow type.

    An empty cell is null, and so is one that holds the declared null. Blanks around a number, a
    logical value and a time do not count. Times beyond microseconds are rounded.

    Raises
    ------
    BadParameter
        If a cell is no value of the datatype, with its row (counted from ``first_row``) and column.
    """
    try:
        if declared.is_texts:
            return _text_arrays(texts, declared)
        if declared.wire in TEXT:
            if declared.column.xtype == "timestamp":
                return instants(texts)
            return null_where(texts, pc.equal(texts, ""))
        cells = pc.ascii_trim_whitespace(texts)
        empty = pc.equal(cells, "")
        if declared.null_text and declared.shape is None:
            empty = pc.or_(empty, pc.equal(cells, declared.null_text.strip()))
        cells = null_where(cells, empty)
        if declared.shape is None:
            return without_null(_PARSERS[declared.wire](cells, declared.wire), declared.null)
        return _arrays(cells, declared)
    except BadValue as err:
        raise bad_cell(err, declared, first_row) from err


def bad_cell(err: BadValue, declared: Declared, first_row: int) -> BadParameter:
    """The complaint about a cell, with its row and column."""
    if not (what := err.why):
        kind = "timestamp" if declared.column.xtype == "timestamp" else declared.wire
        shown = err.text if len(err.text) <= 60 else f"{err.text[:60]}..."
        what = f"{shown!r} is no {kind}; accepted is {_ACCEPTED.get(kind, 'text')}"
    return BadParameter(f"row {first_row + err.index}, column {declared.column.name}: {what}")


def without_null(values: pa.Array, null: int | None) -> pa.Array:
    """Values with null in place of the integer that stands for it."""
    low, high = _RANGES.get(_WIRE_OF.get(str(values.type), ""), (0, -1))
    if null is None or not low <= null <= high:
        return values
    return null_where(values, pc.equal(values, pa.scalar(null, values.type)))


_WIRE_OF = {"int16": "short", "int32": "int", "int64": "long"}


def _first(wrong: pa.Array, cells: pa.Array) -> None:
    """Complain about the first cell that is marked."""
    if (index := pc.index(wrong, True).as_py()) >= 0:
        raise BadValue(index, cells[index].as_py())


# Numbers

_INTEGER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]{1,16}|[0-9]{1,40})", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|inf|infinity|nan)",
    re.ASCII | re.IGNORECASE,
)


def _integers(cells: pa.Array, wire: str) -> pa.Array:
    kind = pa.int16() if wire == "unsignedByte" else ELEMENT_TYPES[wire]
    low, high = _RANGES[wire]

    def read(text: str) -> int:
        if _INTEGER.fullmatch(text) is None:
            raise ValueError(text)
        value = int(text, 16 if "x" in text.lower() else 10)
        if not low <= value <= high:
            raise OverflowError(text)
        return value

    # Arrow takes the digits of a hexadecimal number for its bits, so that 0xFFFF would be -1.
    if not pc.any(pc.match_substring(cells, "x", ignore_case=True)).as_py():
        try:
            values = cells.cast(kind)
        except pa.ArrowInvalid:
            return one_by_one(cells, read, kind)
        if wire == "unsignedByte":
            _first(pc.or_(pc.less(values, low), pc.greater(values, high)), cells)
        return values
    return one_by_one(cells, read, kind)


def _floats(cells: pa.Array, wire: str) -> pa.Array:
    kind = ELEMENT_TYPES[wire]

    def read(text: str) -> float:
        if _FLOAT.fullmatch(text) is None:
            raise ValueError(text)
        return float(text)

    try:
        values = cells.cast(kind)
    except pa.ArrowInvalid:
        values = one_by_one(cells, read, pa.float64()).cast(kind)
    infinite = pc.is_inf(values)
    if pc.any(infinite).as_py():
        named = pc.match_substring(cells, "inf", ignore_case=True)
        _first(pc.and_(infinite, pc.invert(named)), cells)
    return values


# Logical values

_TRUE, _FALSE = pa.array(["t", "true", "1"]), pa.array(["f", "false", "0"])


def _booleans(cells: pa.Array, wire: str) -> pa.Array:
    folded = pc.ascii_lower(cells)
    true = pc.is_in(folded, value_set=_TRUE)
    null = cells.is_null()
    if wire == "boolean":
        null = pc.or_(null, pc.fill_null(pc.equal(folded, "?"), True))
    false = pc.is_in(folded, value_set=_FALSE)
    _first(pc.invert(pc.or_(pc.or_(true, false), null)), cells)
    return null_where(true, null)


# Arrays


def _arrays(cells: pa.Array, declared: Declared) -> pa.Array:
    if declared.wire == "bit":
        spaced = pc.replace_substring_regex(cells, r"([01])[ \t\r\n]*", r"\1 ")
        cells = pc.ascii_trim_whitespace(spaced)
    elements = pc.ascii_split_whitespace(cells)
    counts = np.asarray(elements.value_lengths().fill_null(0)).astype(np.int64)
    values = element_values(elements.flatten(), counts, declared)
    return lists_of(values, counts, np.asarray(cells.is_null()), declared)


def element_values(
    texts: pa.StringArray, counts: npt.NDArray[np.int64], declared: Declared
) -> pa.Array:
    """The values of the elements of all cells, of which each has so many; null stays null.

    Raises
    ------
    BadValue
        With the index of the cell.
    """
    if declared.null_text:
        texts = null_where(texts, pc.equal(texts, declared.null_text.strip()))
    try:
        return without_null(_PARSERS[declared.wire](texts, declared.wire), declared.null)
    except BadValue as err:
        row = int(np.searchsorted(np.cumsum(counts), err.index, side="right"))
        raise BadValue(row, err.text) from err


def _text_arrays(texts: pa.StringArray, declared: Declared) -> pa.Array:
    shape = declared.shape
    assert shape is not None  # noqa: S101 - what is_texts says
    width = shape.first
    pieces: list[str] = []
    counts = np.zeros(len(texts), dtype=np.int64)
    for row, text in enumerate(texts.to_pylist()):
        if text:
            found = [text[at : at + width].rstrip(" \0") for at in range(0, len(text), width)]
            counts[row] = len(found)
            pieces += found
    null = np.asarray(null_where(texts, pc.equal(texts, "")).is_null())
    return lists_of(pa.array(pieces, pa.string()), counts, null, declared)


def lists_of(
    values: pa.Array, counts: npt.NDArray[np.int64], null: npt.NDArray[np.bool_], declared: Declared
) -> pa.Array:
    """Elements one after the other as lists of these counts.

    Raises
    ------
    BadValue
        If a list that is not null has a length that the shape forbids.
    """
    shape = declared.shape
    width = shape.first if shape is not None and declared.is_texts else 1
    for length in np.unique(counts[~null]):
        if shape is not None and (why := shape.complaint(int(length) * width)):
            row = np.flatnonzero(~null & (counts == length))[0]
            raise BadValue(int(row), "", why=f"{why} (arraysize {declared.column.arraysize})")
    offsets = pa.array(np.concatenate(([0], np.cumsum(counts))), pa.int32())
    return pa.ListArray.from_arrays(
        offsets, values, type=arrow_type(declared.column), mask=pa.array(null)
    )


_PARSERS: dict[str, Callable[[pa.Array, str], pa.Array]] = {
    "boolean": _booleans,
    "bit": _booleans,
    **dict.fromkeys(INTEGERS, _integers),
    "float": _floats,
    "double": _floats,
}
