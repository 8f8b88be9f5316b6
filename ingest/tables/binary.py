"""The rows of a BINARY or BINARY2 stream (VOTable 1.4, sections 5.3 and 5.4).

Where all columns have a fixed width, rows are one block of bytes that is cut into columns. Else
one walk over the rows finds where each piece of each row begins, and whole columns are gathered.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from satvo.ingest.tables.binary_values import Bytes, column_values, element_size
from satvo.ingest.tables.cells import BadValue
from satvo.ingest.tables.columns import (
    BATCH_BYTES,
    BATCH_ROWS,
    INTEGERS,
    MAX_CELL,
    Declared,
    arrow_type,
)
from satvo.ingest.tables.values import bad_cell
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["BinaryRows"]

_COUNT = struct.Struct(">I")
_BLANKS = b" \t\r\n"


class BinaryRows:
    """Takes the text of a base64 STREAM and gives the rows in it.

    Parameters
    ----------
    declared : list of Declared
    null_flags : bool
        True for BINARY2, whose rows begin with a bit a column that says null. Without, a null is
        the declared integer, NaN, and an empty text or array; they are read so.

    Attributes
    ----------
    pieces : list of str
        Where the parser puts the text.

    Raises
    ------
    BadParameter, LimitExceeded
        At once, if a null is no integer or a row of fixed width is too wide.
    """

    def __init__(self, declared: list[Declared], *, null_flags: bool) -> None:
        self.pieces: list[str] = []
        self._declared = declared
        self._null_flags = null_flags
        self._schema = pa.schema([(d.column.name, arrow_type(d.column)) for d in declared])
        self._text = b""
        self._padded = False
        self._data: list[bytes] = []
        self._size = 0
        self._wanted = 0
        self._rows = 0
        self._layout = _Layout(declared, (len(declared) + 7) // 8 if null_flags else 0)
        for d in declared:
            if not null_flags and d.wire in INTEGERS and d.null_text and d.null is None:
                raise BadParameter(
                    f"column {d.column.name}: its null {d.null_text[:40]!r} is no integer"
                )

    def begin(self) -> None:
        """Drop what text stood before the STREAM."""
        self.pieces.clear()

    def ready(self) -> Iterator[pa.RecordBatch]:
        """The batches of the whole rows so far, if they are many."""
        self._decode(end=False)
        if self._size >= max(self._wanted, min(BATCH_BYTES, BATCH_ROWS * self._layout.least)):
            yield from self._batches(end=False)
            # Twice as much the next time, so that a row as long as the file is not walked for ever.
            self._wanted = 2 * self._size

    def last(self) -> Iterator[pa.RecordBatch]:
        """The batches of the rows that are left, which must end with the stream."""
        self._decode(end=True)
        yield from self._batches(end=True)
        if self._size:
            raise BadParameter(
                f"the stream breaks off in row {self._rows + 1}, after {self._size} of its "
                "bytes; or its FIELDs are not those of its rows"
            )

    def _decode(self, *, end: bool) -> None:
        text = "".join(self.pieces)
        self.pieces.clear()
        try:
            packed = self._text + text.encode("ascii").translate(None, _BLANKS)
            whole = len(packed) if end else len(packed) - len(packed) % 4
            self._text = packed[whole:]
            if whole and self._padded:
                raise BadParameter("the base64 of STREAM goes on after its end (=)")
            self._padded = packed[:whole].endswith(b"=")
            self._data.append(binascii.a2b_base64(packed[:whole], strict_mode=True))
            self._size += len(self._data[-1])
        except (binascii.Error, UnicodeEncodeError) as err:
            raise BadParameter(
                f"the base64 of STREAM is damaged after row {self._rows} ({err})"
            ) from err

    def _batches(self, *, end: bool) -> Iterator[pa.RecordBatch]:
        joined = b"".join(self._data)
        data, at = np.frombuffer(joined, dtype=np.uint8), 0
        while at < len(data):
            rows = self._layout.rows(data, at, self._rows)
            if not rows.count or (not end and rows.count < BATCH_ROWS and rows.bytes < 2**20):
                break
            yield self._batch(rows)
            at += rows.bytes
            self._rows += rows.count
        self._data, self._size = [joined[at:]], len(joined) - at

    def _batch(self, rows: _Rows) -> pa.RecordBatch:
        flags = None
        if self._null_flags:
            bits = np.unpackbits(rows.flags, axis=1)[:, : len(self._declared)]
            flags = bits.astype(bool)
        columns = []
        for place, declared in enumerate(self._declared):
            data, counts = rows.column(place)
            null = None if flags is None else flags[:, place]
            try:
                columns.append(column_values(data, counts, declared, null))
            except BadValue as err:
                raise bad_cell(err, declared, self._rows + 1) from err
        return pa.RecordBatch.from_arrays(columns, schema=self._schema)


class _Layout:
    """How a row lies in the stream: runs of fixed width, each but the last before a length."""

    def __init__(self, declared: list[Declared], flag_bytes: int) -> None:
        self.flag_bytes = flag_bytes
        self.places: list[tuple[int, int, int]] = []  # run, offset in it, width; -1 where it varies
        self.sizes: list[int] = []  # of an element of each column of variable length
        self.names = [d.column.name for d in declared]
        self.runs = [flag_bytes]
        for d in declared:
            size = element_size(d)
            if d.shape is not None and d.shape.fixed is None:
                self.places.append((len(self.sizes), 0, -1))
                self.sizes.append(size)
                self.runs.append(0)
                continue
            fixed = 1 if d.shape is None or d.shape.fixed is None else d.shape.fixed
            width = (fixed + 7) // 8 if d.wire == "bit" else fixed * size
            self.places.append((len(self.runs) - 1, self.runs[-1], width))
            self.runs[-1] += width
        self.least = sum(self.runs) + 4 * len(self.sizes)
        if self.least > MAX_CELL:
            raise LimitExceeded(f"a row takes {self.least} bytes; at most {MAX_CELL} are accepted")
        self.bits = [
            d.wire == "bit" for d in declared if d.shape is not None and d.shape.fixed is None
        ]

    def rows(self, data: Bytes, at: int, before: int) -> _Rows:
        """The whole rows from a place on, as many as a batch takes."""
        if not self.sizes:
            count = min((len(data) - at) // self.least, BATCH_ROWS)
            count = max(min(count, BATCH_BYTES // self.least), min(count, 1))
            block = data[at : at + count * self.least].reshape(count, self.least)
            return _Rows(self, data, [block], [], [], count, count * self.least)
        return self._walk(data, at, before)

    def _walk(self, data: Bytes, at: int, before: int) -> _Rows:
        view, end, begin = data.data, len(data), at
        *runs, tail = self.runs
        plan = list(zip(runs, self.sizes, self.bits, strict=True))
        starts: list[int] = []
        counts: list[int] = []
        while len(starts) < BATCH_ROWS * len(plan) and at - begin < BATCH_BYTES:
            place = at
            row_starts: list[int] = []
            row_counts: list[int] = []
            for run, size, bits in plan:
                place += run
                if place + 4 > end:
                    break
                (count,) = _COUNT.unpack_from(view, place)
                place += 4
                length = (count + 7) // 8 if bits else count * size
                if length > MAX_CELL:
                    self._refuse_cell(before + len(starts) // len(plan), len(row_starts), length)
                row_starts.append(place)
                row_counts.append(count)
                place += length
            if place + tail > end or len(row_starts) < len(plan):
                break
            starts += row_starts
            counts += row_counts
            at = place + tail
        return self._gathered(data, starts, counts, begin, at)

    def _gathered(
        self, data: Bytes, starts: list[int], counts: list[int], begin: int, end: int
    ) -> _Rows:
        begins = np.array(starts, dtype=np.int64).reshape(-1, len(self.sizes))
        numbers = np.array(counts, dtype=np.int64).reshape(-1, len(self.sizes))
        blocks = []
        for run, width in enumerate(self.runs):
            if run < len(self.sizes):
                first = begins[:, run] - 4 - width
            else:  # the last run ends its row, so the next row begins behind it
                size, bits = self.sizes[-1], self.bits[-1]
                last = numbers[:, -1]
                first = begins[:, -1] + ((last + 7) // 8 if bits else last * size)
            blocks.append(_windows(data, first, width))
        return _Rows(self, data, blocks, list(begins.T), list(numbers.T), len(begins), end - begin)

    def _refuse_cell(self, row: int, place: int, length: int) -> None:
        varying = [i for i, (_, _, width) in enumerate(self.places) if width < 0]
        raise LimitExceeded(
            f"row {row + 1}, column {self.names[varying[place]]}: a cell of {length} bytes; at "
            f"most {MAX_CELL} are accepted"
        )


class _Rows:
    """Rows of a batch: the runs of fixed width as blocks, and where the rest lies."""

    def __init__(
        self, layout: _Layout, data: Bytes, blocks: list[Bytes],
        starts: list[npt.NDArray[np.int64]], counts: list[npt.NDArray[np.int64]],
        count: int, size: int,
    ) -> None:  # fmt: skip
        self.count = count
        self.bytes = size
        self._layout = layout
        self._data = data
        self._blocks = blocks
        self._starts = starts
        self._counts = counts

    @property
    def flags(self) -> Bytes:
        """The null flags of BINARY2."""
        return self._blocks[0][:, : self._layout.flag_bytes]

    def column(self, place: int) -> tuple[Bytes, npt.NDArray[np.int64] | None]:
        """A column of fixed width as a block and None, another as its bytes and lengths."""
        run, offset, width = self._layout.places[place]
        if width >= 0:
            return self._blocks[run][:, offset : offset + width], None
        counts = self._counts[run]
        bits, size = self._layout.bits[run], self._layout.sizes[run]
        lengths = (counts + 7) // 8 if bits else counts * size
        view = self._data.data
        pieces = [
            view[start : start + length]
            for start, length in zip(self._starts[run].tolist(), lengths.tolist(), strict=True)
        ]
        return np.frombuffer(b"".join(pieces), dtype=np.uint8), counts


def _windows(data: Bytes, starts: npt.NDArray[np.int64], width: int) -> Bytes:
    if not width or not len(starts):
        return np.empty((len(starts), width), dtype=np.uint8)
    return np.lib.stride_tricks.sliding_window_view(data, width)[starts]
