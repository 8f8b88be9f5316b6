"""Lines and comma-separated rows of files that may be huge, cut, or not what they seem.

CSV is that of RFC 4180, without line breaks inside a field: no orbit file has them, and with them a
lost quotation mark would swallow the rows after it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from satvo.schemas.errors import BadParameter

__all__ = ["BOM", "csv_header", "csv_rows", "numbered_lines"]

BOM = b"\xef\xbb\xbf"
_LONGEST_ROW = 65_536  # bytes; a Space-Track row with both TLE lines has about 800


def numbered_lines(stream: BinaryIO, longest: int) -> Iterator[tuple[int, bytes]]:
    """Each line with its number from 1 and its line end, never more than `longest` + 1 bytes of it.

    Parameters
    ----------
    stream : BinaryIO
        The file; a byte order mark at its start is dropped.
    longest : int
        Bytes, line end included. Of a longer line the first `longest` + 1 come and the rest is
        skipped, so that a file without line ends cannot fill the memory.

    Examples
    --------
    >>> import io
    >>> list(numbered_lines(io.BytesIO(b"abcdefgh\\nij"), 4))
    [(1, b'abcde'), (2, b'ij')]
    """
    line = 0
    while raw := stream.readline(longest + 1):
        line += 1
        if len(raw) > longest and not raw.endswith(b"\n"):
            while (rest := stream.readline(_LONGEST_ROW)) and not rest.endswith(b"\n"):
                pass
        yield line, raw.removeprefix(BOM) if line == 1 else raw


def csv_header(head: bytes) -> list[str]:
    """The column names in the first line that is neither blank nor a ``#`` comment.

    Examples
    --------
    >>> csv_header(b'\\n"OBJECT_NAME",EPOCH\\n')
    ['OBJECT_NAME', 'EPOCH']
    """
    for raw in head.removeprefix(BOM).splitlines():
        if raw.strip() and not raw.startswith(b"#"):
            try:
                return _cells(raw)
            except csv.Error:
                return []
    return []


def csv_rows(
    stream: BinaryIO, format_name: str, needed: Sequence[str]
) -> Iterator[tuple[int, dict[str, str] | str]]:
    """Each row as its line number and its cells by column name, or why the row is left out.

    Parameters
    ----------
    stream : BinaryIO
        The file, UTF-8; undecodable bytes become U+FFFD, which no ASCII check lets through.
    format_name : str
        The format, for the message.
    needed : sequence of str
        Columns without which no row can be read; any order, others are passed on.

    Raises
    ------
    BadParameter
        If the header lacks a needed column or has a column twice: then no row of the file is good.
    """
    columns: list[str] | None = None
    for line, raw in numbered_lines(stream, _LONGEST_ROW):
        if not raw.strip() or raw.startswith(b"#"):
            continue
        if len(raw) > _LONGEST_ROW:
            yield line, f"a row of more than {_LONGEST_ROW} bytes; shorter ones are accepted"
            continue
        if columns is None:
            columns = csv_header(raw)
            _check_header(columns, format_name, needed)
            continue
        try:
            cells = _cells(raw)
        except csv.Error as err:
            yield line, f"not a CSV row ({err}); RFC 4180 quoting on one line is accepted"
            continue
        if len(cells) != len(columns):
            yield line, f"{len(cells)} cells; the header has {len(columns)} columns"
        elif not raw.endswith((b"\n", b'"')):
            # A number that lost its last digits is still a number.
            yield line, "the file ends inside this row, which may be cut; a line end is needed"
        else:
            yield line, dict(zip(columns, cells, strict=True))


def _check_header(columns: list[str], format_name: str, needed: Sequence[str]) -> None:
    if missing := [name for name in needed if name not in columns]:
        raise BadParameter(
            f"{format_name}: the header lacks {', '.join(missing)}; needed are {', '.join(needed)}"
        )
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise BadParameter(
            f"{format_name}: the header has {', '.join(twice)} twice; once is accepted"
        )


def _cells(raw: bytes) -> list[str]:
    text = raw.decode("utf-8", "replace").strip()
    cells = text.split(",") if '"' not in text else next(csv.reader([text], strict=True))
    return [cell.strip() for cell in cells]
