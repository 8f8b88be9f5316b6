"""A table as FITS: an empty primary HDU and a binary table (FITS 4.0, section 7.3).

The header says how many rows there are and how wide the strings, so the rows wait in a temporary
file, as an Arrow stream, until all have come. Then it is known as well whether the answer was cut:
``QSTATUS`` is OK, OVERFLOW or ERROR, and COMMENT cards say why, and what was asked.

A null integer is the column's TNULL, which is there only where a null is; a null number NaN, a null
logical a zero byte, a null string one that begins with NUL, where an empty one begins with a blank.
Strings are UTF-8 where they are not ASCII: the standard knows ASCII alone, and question marks would
lose what astropy reads. Instants are strings. Arrays of a fixed number of elements have it in TFORM
and TDIM; others stand in the heap (section 7.3.5), by 64-bit descriptors where it needs them.
UCD, utype and xtype are TUCDn, TUTYPn and TXTYPn, as in STIL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.service.binary import Bytes, elements, fixed_arrays, fixed_text
from satvo.service.cells import (
    NULL_INTEGERS,
    array_length,
    arrow_type,
    declared,
    list_parts,
    text_bytes,
)
from satvo.service.fits_cards import BLOCK, card, comment_cards, header
from satvo.service.spool import Spool
from satvo.service.votable import Info, query_status

__all__ = ["FITSWriter"]

_MOST_COLUMNS = 999  # TFORMn has room for three digits

_LETTERS = {
    "boolean": ("L", 1), "short": ("I", 2), "int": ("J", 4), "long": ("K", 8),
    "float": ("E", 4), "double": ("D", 8), "char": ("A", 1),
}  # fmt: skip
"""TFORM letter and width in bytes of one element."""


class FITSWriter:
    """Writes one table, all of it at the end."""

    tells_status = True

    def begin(self, fields: tuple[Field, ...], infos: Sequence[Info]) -> bytes:
        """Nothing yet.

        Raises
        ------
        BadParameter
            For more columns than a FITS table can have.
        """
        if len(fields) > _MOST_COLUMNS:
            raise BadParameter(
                f"{len(fields)} columns; a FITS table has at most {_MOST_COLUMNS}, ask for fewer "
                "or for another format, e.g. votable"
            )
        self._infos = tuple(infos)
        self._columns = [_Column(field) for field in fields]
        self._fields = fields
        self._count = 0
        self._spool = Spool()
        self._schema = pa.schema([pa.field(field.name, arrow_type(field)) for field in fields])
        self._writer: Any = pa.ipc.new_stream(self._spool.file, self._schema)
        return b""

    def rows(self, batch: pa.RecordBatch) -> bytes:
        """Nothing yet; the rows go to a file."""
        arrays = declared(batch, self._fields)
        for column, array in zip(self._columns, arrays, strict=True):
            column.measure(array)
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._count += len(batch)
        return b""

    def end(self, infos: Iterable[Info] = ()) -> Iterator[bytes]:
        """Headers, rows, heap."""
        self._writer.close()
        yield header(_PRIMARY)
        yield header(self._cards(query_status(infos)))
        size = 0
        for piece in self._data():
            size += len(piece)
            yield piece
        yield bytes(-size % BLOCK)
        self._spool.close()

    def _cards(self, told: Info) -> Iterator[str]:
        heap = sum(column.heap_bytes for column in self._columns)
        yield from (
            card("XTENSION", "BINTABLE"),
            card("BITPIX", 8),
            card("NAXIS", 2),
            card("NAXIS1", sum(column.width(_is_large(heap)) for column in self._columns)),
            card("NAXIS2", self._count),
            card("PCOUNT", heap),
            card("GCOUNT", 1),
            card("TFIELDS", len(self._columns)),
            card("EXTNAME", "results"),
        )
        for number, column in enumerate(self._columns, 1):
            for word, value in column.about(_is_large(heap)):
                yield card(f"{word}{number}", value)
        yield card("QSTATUS", told.value)
        yield from comment_cards(told.text)
        for info in self._infos:
            yield from comment_cards(f"{info.name}: {info.value}")

    def _data(self) -> Iterator[bytes]:
        """The rows, and then the heap: batch by batch, in each column by column."""
        heap = sum(column.heap_bytes for column in self._columns)
        descriptor = ">i8" if _is_large(heap) else ">i4"
        at = 0
        for batch in self._batches():
            blocks = []
            for column, array in zip(self._columns, batch.columns, strict=True):
                if column.is_variable:
                    block, size = column.descriptors(array, at, descriptor)
                    at += size
                else:
                    block = column.cells(array)
                blocks.append(block)
            yield np.concatenate(blocks, axis=1).tobytes()
        for batch in self._batches() if heap else ():
            for column, array in zip(self._columns, batch.columns, strict=True):
                if column.is_variable:
                    yield column.elements(list_parts(array)[0]).tobytes()

    def _batches(self) -> Iterator[pa.RecordBatch]:
        yield from pa.ipc.open_stream(self._spool.rewound())


_PRIMARY = (card("SIMPLE", True), card("BITPIX", 8), card("NAXIS", 0), card("EXTEND", True))


def _is_large(heap: int) -> bool:
    """Whether a heap needs 64-bit descriptors; some readers know 32-bit ones alone."""
    return heap >= 2**31


class _Column:
    """A column, and what is known of its cells so far.

    Attributes
    ----------
    heap_bytes : int
        Size of all arrays of a variable number of elements.
    is_variable : bool
        Whether the cells are such arrays.
    """

    def __init__(self, field: Field) -> None:
        self.heap_bytes = 0
        # One byte a character: FITS has no wide ones.
        is_wide = field.datatype == "unicodeChar"
        self._field = field = replace(field, datatype="char") if is_wide else field
        self._is_list = pa.types.is_list(arrow_type(field))
        length = array_length(field.arraysize)
        self.is_variable = self._is_list and length is None
        self._letter, self._size = _LETTERS[field.datatype]
        self._is_text = self._letter == "A"
        self._length = 1 if length is None or (self._is_text and not self._is_list) else length
        self._longest = 0
        self._has_null = False

    def measure(self, array: pa.Array) -> None:
        """Take note of what the header says of the cells."""
        if self._is_text and not self._is_list:
            self._length = max(self._length, pc.max(pc.binary_length(array)).as_py() or 0)
            return
        values = array
        if self._is_list:
            values, counts = list_parts(array)
            if self.is_variable:
                each = self._text_width()
                self._longest = max(self._longest, int(counts.max(initial=0)) * each)
                self.heap_bytes += int(counts.sum()) * each * self._size
            elif array.null_count or (counts < self._length).any():
                self._has_null = True
        self._has_null = self._has_null or values.null_count > 0

    def about(self, is_large: bool) -> Iterator[tuple[str, str | int]]:
        """The keywords of the column, without its number."""
        field = self._field
        yield "TTYPE", field.name
        if self.is_variable:
            yield "TFORM", f"1{'Q' if is_large else 'P'}{self._letter}({self._longest})"
        else:
            yield "TFORM", f"{self._length}{self._letter}"
            if "x" in field.arraysize:
                yield "TDIM", f"({field.arraysize.replace('x', ',')})"
        if self._has_null and field.datatype in NULL_INTEGERS:
            yield "TNULL", NULL_INTEGERS[field.datatype]
        for word, text in (
            ("TUNIT", field.unit),
            ("TUCD", field.ucd),
            ("TUTYP", field.utype),
            ("TXTYP", field.xtype),
            ("TCOMM", field.description),
        ):
            if text:
                yield word, text

    def width(self, is_large: bool) -> int:
        """Bytes in a row."""
        return (16 if is_large else 8) if self.is_variable else self._length * self._size

    def cells(self, array: pa.Array) -> Bytes:
        """What stands in the rows."""
        if self._is_list:
            return _with_null_logicals(fixed_arrays(array, self._field), self._field)
        if not self._is_text:
            return self.elements(array)
        text = fixed_text(*text_bytes(array), self._length)
        text[np.asarray(pc.fill_null(pc.equal(pc.binary_length(array), 0), False)), 0] = ord(" ")
        return text

    def elements(self, values: pa.Array) -> Bytes:
        """Values of a fixed width."""
        return _with_null_logicals(elements(values, self._field), self._field)

    def descriptors(self, array: pa.Array, at: int, code: str) -> tuple[Bytes, int]:
        """Number of elements and place in the heap of each row, and the bytes of all."""
        counts = list_parts(array)[1] * self._text_width()
        sizes = counts * self._size
        places = np.cumsum(sizes) - sizes + at
        pairs = np.stack((counts, places), axis=1).astype(code)
        return pairs.view(np.uint8).reshape(len(array), self.width(code == ">i8")), int(sizes.sum())

    def _text_width(self) -> int:
        return int(self._field.arraysize.split("x")[0]) if self._is_text else 1


def _with_null_logicals(block: Bytes, field: Field) -> Bytes:
    if field.datatype == "boolean":
        block[block == ord("?")] = 0
    return block
