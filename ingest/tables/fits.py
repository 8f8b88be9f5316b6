"""The first binary table of a FITS file.

It is read here and not by astropy, which takes half a second to load, is no dependency of the
service, and reads a table whole; columns are cut out of their rows as in a VOTable's BINARY.

References
----------
FITS 4.0, section 7.3; TUCD, TUTYP, TXTYP and TCOMM as STIL writes them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from satvo.ingest.tables.binary_values import Bytes, column_values, element_size
from satvo.ingest.tables.cells import BadValue
from satvo.ingest.tables.columns import (
    BATCH_BYTES,
    BATCH_ROWS,
    MAX_CELL,
    Column,
    Declared,
    Table,
    arrow_type,
    declare,
    too_many_columns,
    uniquely_named,
)
from satvo.ingest.tables.fits_header import Header, first_binary_table
from satvo.ingest.tables.source import Source
from satvo.ingest.tables.values import bad_cell
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["read"]

_WIRES = {
    "L": "boolean",
    "X": "bit",
    "B": "unsignedByte",
    "I": "short",
    "J": "int",
    "K": "long",
    "A": "char",
    "E": "float",
    "D": "double",
    "C": "floatComplex",
    "M": "doubleComplex",
}
_UNSIGNED = {("B", -128.0): "short", ("I", 2.0**15): "int", ("J", 2.0**31): "long",
             ("K", 2.0**63): "long"}  # fmt: skip
"""What an integer column with this TZERO holds (FITS 4.0, table 19)."""

_TFORM = re.compile(r"\s*([0-9]{0,9})([LXBIJKAEDCM])|\s*[01]?([PQ])([LXBIJKAEDCM])", re.ASCII)
_TDIM = re.compile(r"\(\s*[0-9]{1,9}(?:\s*,\s*[0-9]{1,9})*\s*\)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Cut:
    """One column: what it is, and where it lies in a row.

    Attributes
    ----------
    raw : Declared
        Before scaling.
    column : Column
        After it.
    offset, width : int
        Bytes.
    descriptor : str
        P or Q where the cells are in the heap.
    scale, zero : float
    """

    raw: Declared
    column: Column
    offset: int
    width: int
    descriptor: str
    scale: float
    zero: float


def read(source: Source, max_columns: int) -> Table:
    """The columns and rows of the first BINTABLE.

    A TNULL is null, and so are NaN and an empty text, because FITS has no other way to say so.
    Blanks at the end of a text do not count. TSCAL and TZERO are applied: to a double, but for
    the unsigned integers, which stay integers.

    Raises
    ------
    BadParameter
        If there is no such table, it is cut, or a column cannot be taken (complex numbers).
    LimitExceeded
        If a row, a cell or the number of columns is larger than accepted.
    """
    file = source.seekable()
    header = first_binary_table(file)
    cuts = _cuts(header, max_columns)
    width, rows = header.integer("NAXIS1"), header.integer("NAXIS2")
    if width != sum(cut.width for cut in cuts) or rows < 0:
        raise BadParameter("the FITS header's NAXIS1 is not the width of its columns (TFORM)")
    if width > MAX_CELL:
        raise LimitExceeded(f"a row takes {width} bytes; at most {MAX_CELL} are accepted")
    if header.data + width * rows > file.seek(0, os.SEEK_END):
        raise BadParameter(f"the FITS file breaks off before the last of its {rows} rows")
    return Table(tuple(cut.column for cut in cuts), _batches(file, header, cuts))


# Columns


def _cuts(header: Header, max_columns: int) -> list[_Cut]:
    count = header.integer("TFIELDS")
    if count > max_columns:
        raise too_many_columns(count, max_columns)
    if count < 1:
        raise BadParameter("the FITS table has no columns (TFIELDS)")
    names = uniquely_named(header.text(f"TTYPE{n}") for n in range(1, count + 1))
    cuts: list[_Cut] = []
    offset = 0
    for n, name in enumerate(names, 1):
        cuts.append(_cut(header, n, name, offset))
        offset += cuts[-1].width
    return cuts


def _cut(header: Header, n: int, name: str, offset: int) -> _Cut:
    form = header.text(f"TFORM{n}")
    found = _TFORM.match(form)
    if found is None:
        raise BadParameter(f"column {name}: TFORM{n} = {form[:40]!r} is not known")
    code, descriptor = found[2] or found[4], found[3] or ""
    repeat = int(found[1] or 1)
    if not repeat and code != "A":
        raise BadParameter(f"column {name}: TFORM{n} = {form[:40]!r} holds nothing")
    arraysize = "*" if descriptor else _arraysize(header.text(f"TDIM{n}"), code, repeat)
    raw = declare(
        Column(
            name, _WIRES[code], arraysize, header.text(f"TXTYP{n}"), header.text(f"TUNIT{n}"),
            header.text(f"TUCD{n}"), header.text(f"TUTYP{n}"), header.text(f"TCOMM{n}"),
        ),
        null_text=header.text(f"TNULL{n}") if code in "BIJK" else "",
    )  # fmt: skip
    if raw.null_text and raw.null is None:
        raise BadParameter(f"column {name}: TNULL{n} = {raw.null_text[:40]!r} is no integer")
    scale, zero = header.number(f"TSCAL{n}", 1.0), header.number(f"TZERO{n}", 0.0)
    if code not in "BIJKED":
        scale, zero = 1.0, 0.0
    column = raw.column
    if (scale, zero) != (1.0, 0.0):
        unsigned = _UNSIGNED.get((code, zero)) if scale == 1.0 else None
        column = replace(column, datatype=unsigned or "double")
    size = element_size(raw)
    width = (repeat + 7) // 8 if code == "X" else repeat * size
    if descriptor:
        width = 8 if descriptor == "P" else 16
    return _Cut(raw, column, offset, width, descriptor, scale, zero)


def _arraysize(dimensions: str, code: str, repeat: int) -> str:
    if _TDIM.fullmatch(dimensions.strip()):
        sizes = [int(size) for size in dimensions.strip(" ()").split(",")]
        if np.prod(sizes, dtype=object) == repeat and len(sizes) > 1:
            return "x".join(map(str, sizes))
    if code == "A":
        return str(repeat) if repeat else "*"
    return "" if repeat == 1 else str(repeat)


# Rows


def _batches(file: IO[bytes], header: Header, cuts: list[_Cut]) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([(cut.column.name, arrow_type(cut.column)) for cut in cuts])
    width, rows = header.integer("NAXIS1"), header.integer("NAXIS2")
    heap = _Heap(file, header)
    at_once = max(1, min(BATCH_ROWS, BATCH_BYTES // max(width, 1)))
    if any(cut.descriptor for cut in cuts):
        at_once = min(at_once, 1000)  # what a row holds is not known before it is read
    for first in range(0, rows, at_once):
        count = min(at_once, rows - first)
        file.seek(header.data + first * width)
        block = np.frombuffer(file.read(count * width), dtype=np.uint8).reshape(count, width)
        columns = []
        for cut in cuts:
            try:
                columns.append(_values(block[:, cut.offset : cut.offset + cut.width], cut, heap))
            except BadValue as err:
                raise bad_cell(err, cut.raw, first + 1) from err
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _values(block: Bytes, cut: _Cut, heap: _Heap) -> pa.Array:
    raw = cut.raw
    if cut.descriptor:
        pairs = np.ascontiguousarray(block).view(">i4" if cut.descriptor == "P" else ">i8")
        counts, starts = pairs.reshape(-1, 2).T.astype(np.int64)
        lengths = (counts + 7) // 8 if raw.wire == "bit" else counts * element_size(raw)
        values = column_values(heap.bytes(starts, counts, lengths), counts, raw, None)
    elif not cut.width:
        return pa.nulls(len(block), arrow_type(cut.column))
    else:
        values = column_values(block, None, raw, None)
    if pa.types.is_string(values.type):
        values = pc.utf8_rtrim(values, " ")
        return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    if (cut.scale, cut.zero) == (1.0, 0.0):
        return values
    if not pa.types.is_list(values.type):
        return _scaled(values, cut)
    return pa.ListArray.from_arrays(
        values.offsets, _scaled(values.values, cut), type=arrow_type(cut.column),
        mask=values.is_null(),
    )  # fmt: skip


def _scaled(values: pa.Array, cut: _Cut) -> pa.Array:
    if cut.column.datatype == "double":
        return pc.add(pc.multiply(values.cast(pa.float64()), cut.scale), cut.zero)
    if cut.raw.wire != "long":
        shifted = pc.add(values.cast(pa.int64()), int(cut.zero))
        return shifted.cast(arrow_type(replace(cut.column, arraysize="")))
    if (place := pc.index(pc.greater_equal(values, 0), True).as_py()) >= 0:
        number = values[place].as_py() + 2**63
        raise BadValue(place, "", why=f"{number} is beyond long, the largest integer here")
    return pc.bit_wise_xor(values, pa.scalar(-(2**63), pa.int64()))


class _Heap:
    """Where the cells of variable length are."""

    def __init__(self, file: IO[bytes], header: Header) -> None:
        table = header.integer("NAXIS1") * header.integer("NAXIS2")
        self._file = file
        self._start = header.data + header.integer("THEAP", table)
        end = min(header.data + table + header.integer("PCOUNT"), file.seek(0, os.SEEK_END))
        self._size = max(end - self._start, 0)
        self._left = self._size

    def bytes(
        self,
        starts: np.ndarray[tuple[int], np.dtype[np.int64]],
        counts: np.ndarray[tuple[int], np.dtype[np.int64]],
        lengths: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> Bytes:
        """The bytes of cells, one after the other.

        Cells may not share bytes: a few of them could else be made into any amount of memory.
        """
        wrong = (counts < 0) | (counts > self._size) | (starts < 0) | (starts > self._size)
        wrong |= starts + np.where(wrong, 0, lengths) > self._size
        if wrong.any():
            raise BadValue(int(np.argmax(wrong)), "", why="its array is not inside the file")
        long = lengths > MAX_CELL
        if long.any():
            raise BadValue(int(np.argmax(long)), "", why=f"a cell of more than {MAX_CELL} bytes")
        self._left -= int(lengths.sum())
        if self._left < 0:
            raise BadParameter("the arrays of the FITS table share bytes, which is not accepted")
        pieces = []
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
            self._file.seek(self._start + start)
            pieces.append(self._file.read(length))
        return np.frombuffer(b"".join(pieces), dtype=np.uint8)
