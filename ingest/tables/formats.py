"""The table formats there are, and how an upload is opened by the right one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

import pyarrow as pa
from satvo.ingest.tables.columns import BATCH_ROWS, Column, Table, declare
from satvo.ingest.tables.fitting import fitted
from satvo.ingest.tables.source import Source, unpacked_head
from satvo.schemas.errors import BadParameter, LimitExceeded, UnknownFormat

if TYPE_CHECKING:
    from satvo.schemas.columns import Field

__all__ = [
    "DEFINITIONS",
    "FORMATS",
    "MAX_BYTES",
    "MAX_COLUMNS",
    "UploadedTable",
    "read_table",
    "recognise",
]

_T = TypeVar("_T")

MAX_COLUMNS = 1000
MAX_BYTES = 2**31
"""Unpacked bytes of an upload, where nobody sets another limit."""

_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"<\0", "utf-16-le"),
         (b"\0<", "utf-16-be"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Format:
    """One format: how its files begin, and where the function is that reads them.

    Cells without a type of their own are read as those of the columns that are wanted.
    """

    matches: Callable[[bytes], bool]
    module: str
    function: str = "read"
    typed: bool = True


def _is_votable(head: bytes) -> bool:
    encoding = next((name for mark, name in _BOMS if head.startswith(mark)), "utf-8")
    text = head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n")
    return text.startswith("<") and re.search(r"<(?:[\w.-]{1,40}:)?VOTABLE\b", text) is not None


def _is_text(head: bytes) -> bool:
    if b"\0" in head or head.lstrip()[:1] in (b"<", b"{", b"[", b""):
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as err:
        return err.start > len(head) - 4  # the head may end inside a character
    return True


def _is_tsv(head: bytes) -> bool:
    first = head.partition(b"\n")[0]
    return _is_text(head) and first.count(b"\t") > first.count(b",")


def _is_csv(head: bytes) -> bool:
    first, newline, _ = head.partition(b"\n")
    one_name = newline and re.fullmatch(rb'(?:\xef\xbb\xbf)?"?[A-Za-z_][\w .-]*"?\r?', first)
    return _is_text(head) and (b"," in first or bool(one_name))


# The modules are loaded when one is asked for: Parquet alone takes as long as the rest together.
FORMATS: dict[str, _Format] = {
    "votable": _Format(_is_votable, "votable"),
    "fits": _Format(lambda head: head.startswith(b"SIMPLE  ="), "fits"),
    "parquet": _Format(lambda head: head.startswith(b"PAR1"), "parquet"),
    "ecsv": _Format(lambda head: head.startswith(b"# %ECSV "), "ecsv"),
    "tsv": _Format(_is_tsv, "delimited", "read_tsv", typed=False),
    "csv": _Format(_is_csv, "delimited", "read_csv", typed=False),
}
"""Every format by its name, in the order in which they are tried."""

DEFINITIONS: dict[str, _Format] = {"vosi": _Format(lambda head: False, "vosi_table")}
"""Formats that have columns and no rows; a file is of one only if it is said to be."""


def recognise(head: bytes) -> str | None:
    """The name of the format of a file that begins with these bytes, or None.

    Parameters
    ----------
    head : bytes
        The first 64 kB, or all of a shorter file; gzip is undone, 64 kB at most.

    Examples
    --------
    >>> recognise(b"ra,dec\\n1,2\\n")
    'csv'
    """
    unpacked = unpacked_head(head)
    return next((name for name, known in FORMATS.items() if known.matches(unpacked)), None)


class UploadedTable:
    """A table while it is read: iterating gives its rows, once.

    Parameters
    ----------
    name : str
        What messages call it.
    format : str
        One of `FORMATS`.
    table : Table
    source : Source
        Closed after the last row, or by `close`.
    max_rows : int

    Attributes
    ----------
    columns : tuple of Column
        What `fields` says, without loading the database that Field comes with.
    description : str
        Of the table, where its format has a place for one that is read.
    rows : int
        How many were given so far.

    Raises
    ------
    BadParameter
        While iterating, if a row cannot be read; the message has its number and column.
    LimitExceeded
        While iterating, if there are more rows or bytes than accepted.
    """

    def __init__(
        self, name: str, format: str, table: Table, source: Source, *, max_rows: int
    ) -> None:
        self.name = name
        self.format = format
        self.columns: tuple[Column, ...] = tuple(each.cleaned() for each in table.columns)
        self.description = table.description
        self.rows = 0
        self._batches = table.batches
        self._source = source
        self._max_rows = max_rows

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns as the rest of the service knows them."""
        return tuple(column.field() for column in self.columns)

    def close(self) -> None:
        """Remove what was written meanwhile, where the rows are not all taken."""
        self._source.close()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            while (batch := _told(self.name, lambda: next(self._batches, None))) is not None:
                self.rows += batch.num_rows
                if self.rows > self._max_rows:
                    raise LimitExceeded(f"{self.name}: more than {self._max_rows} rows")
                for start in range(0, batch.num_rows, BATCH_ROWS):
                    yield batch.slice(start, BATCH_ROWS)
        finally:
            self.close()


def read_table(
    stream: BinaryIO,
    *,
    name: str,
    format: str | None = None,
    max_rows: int,
    max_columns: int = MAX_COLUMNS,
    max_bytes: int = MAX_BYTES,
    wanted: tuple[Column, ...] = (),
) -> UploadedTable:
    """A table in any of the formats, in this process.

    Parameters
    ----------
    stream : BinaryIO
        The file, plain or gzip; it need not be seekable, and stays open while the rows are read.
    name : str
        What messages call it.
    format : str, optional
        One of `FORMATS` or `DEFINITIONS`; found by the first 64 kB where it is not given.
    max_rows, max_columns, max_bytes : int
        Bounds, included; the bytes are those after unpacking.
    wanted : tuple of Column
        The columns that the rows must have; see `satvo.ingest.tables.fitting`. Without, they have
        those of the file.

    Raises
    ------
    UnknownFormat
        If there is no format of that name, or the file is of none, or is empty.
    BadParameter, LimitExceeded
        If its header cannot be read. Rows are looked at while they are taken.

    Notes
    -----
    The libraries below (zlib, Expat, Arrow) take what strangers send: `sandbox.convert_upload` has
    them do it in a process of their own.

    Examples
    --------
    >>> import io
    >>> table = read_table(io.BytesIO(b"id,ra\\n1,2.5\\n"), name="t", max_rows=10)
    >>> [field.datatype for field in table.fields], [batch.num_rows for batch in table]
    (['int', 'double'], [1])
    """

    def opened() -> UploadedTable:
        if format is not None and format not in FORMATS | DEFINITIONS:
            known = ", ".join(FORMATS)
            raise UnknownFormat(f"format {format[:40]!r} is not known; known are {known}")
        source = Source(stream, max_bytes=max_bytes)
        try:
            found, table = _read(source, format, max_columns, wanted)
        except BaseException:
            source.close()
            raise
        return UploadedTable(name, found, table, source, max_rows=max_rows)

    return _told(name, opened)


def _read(
    source: Source, format: str | None, max_columns: int, wanted: tuple[Column, ...]
) -> tuple[str, Table]:
    head = source.head()
    found = format or recognise(head)
    if not head or found is None:
        what = "the upload is empty" if not head else f"the upload begins with {head[:20]!r}"
        raise UnknownFormat(
            f"{what}, which is no table format known here; known are {', '.join(FORMATS)}, "
            "plain or gzip"
        )
    known = (FORMATS | DEFINITIONS)[found]
    module = import_module(f"satvo.ingest.tables.{known.module}")
    read = cast("Callable[..., Table]", getattr(module, known.function))
    if not wanted:
        return found, read(source, max_columns)
    table = read(source, max_columns, *(() if known.typed else (list(map(declare, wanted)),)))
    return found, fitted(table, wanted)


def _told(name: str, work: Callable[[], _T]) -> _T:
    """Do work, and put the table's name before what is wrong with it."""
    try:
        return work()
    except UnknownFormat as err:
        raise UnknownFormat(f"{name}: {err}") from err
    except BadParameter as err:
        raise BadParameter(f"{name}: {err}") from err
    except LimitExceeded as err:
        raise LimitExceeded(f"{name}: {err}") from err
    except MemoryError as err:
        raise LimitExceeded(f"{name}: reading it takes more memory than is allowed") from err
