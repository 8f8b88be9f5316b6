"""CSV and TSV with a header row; what a column holds is found from all of its cells.

References
----------
RFC 4180 (CSV); IANA text/tab-separated-values, which has no quotes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv
from satvo.ingest.tables.columns import (
    BATCH_ROWS,
    Column,
    Declared,
    Table,
    arrow_type,
    declare,
    too_many_columns,
    uniquely_named,
)
from satvo.ingest.tables.source import Source
from satvo.ingest.tables.values import parse_cells
from satvo.schemas.errors import BadParameter

__all__ = ["read_csv", "read_tsv"]

_BLOCK = 4 * 2**20
"""Bytes that are read at once; a row must not be longer."""

_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]*)?)?)?Z?"
_PATTERNS = {
    "int": r"[-+]?[0-9]{1,19}",
    "long": r"[-+]?[0-9]{1,19}",
    "double": r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?(?i:inf|infinity|nan)",
    "timestamp": _TIME,
    "boolean": r"(?i)(true|false)",
}
"""What every cell of a column must look like, the first kind that fits being taken."""


def read_csv(source: Source, max_columns: int, wanted: Sequence[Declared] = ()) -> Table:
    """The columns and rows of a CSV file.

    A column of integers is int or long; of numbers, double; of ISO 8601 times, a timestamp; of
    true and false, boolean; else, and where all cells are empty, char. Integers beyond long stay
    texts, with all their digits. An empty cell is null, ``""`` an empty text.

    Where columns are wanted, they are found by their names in any case, and their cells are read as
    they say; what has another name is char.

    Raises
    ------
    BadParameter
        If the header or a row is not CSV in UTF-8, or a row is longer than 4 MB, or a cell is no
        value of the wanted type.
    LimitExceeded
        If there are more columns or bytes than accepted.
    """
    return _read(source, max_columns, wanted, ",")


def read_tsv(source: Source, max_columns: int, wanted: Sequence[Declared] = ()) -> Table:
    """The columns and rows of a TSV file, as in `read_csv` but that nothing is quoted."""
    return _read(source, max_columns, wanted, "\t")


def _read(source: Source, max_columns: int, wanted: Sequence[Declared], delimiter: str) -> Table:
    file = source.seekable()
    cells = _cells(file, delimiter, max_columns)
    if wanted:
        first = next(cells, None)
        known = {each.column.name.casefold(): each for each in wanted}
        declared = [
            known.get(name.casefold()) or declare(Column(name, "char", "*"))
            for name in uniquely_named(_header(first))
        ]
        # Arrow reads ahead, so the file must not be opened anew behind this reader's back.
        cells = itertools.chain([first], cells)
    else:
        names, kinds = _inferred(cells)
        declared = [
            declare(Column(name, *(("char", "*", "timestamp") if kind == "timestamp" else (kind,))))
            for name, kind in zip(names, kinds, strict=True)
        ]
        cells = _cells(file, delimiter, max_columns)
    return Table(tuple(d.column for d in declared), _rows(cells, declared))


def _cells(file: IO[bytes], delimiter: str, max_columns: int) -> Iterator[pa.RecordBatch]:
    """Batches of texts, the first row being the header."""
    try:
        reader = _opened(file, delimiter, max_columns, blank_lines=False)
        if len(reader.schema) > max_columns:
            raise too_many_columns(len(reader.schema), max_columns)
        if len(reader.schema) == 1:  # a blank line is a row whose one cell is null
            reader = _opened(file, delimiter, max_columns, blank_lines=True)
        for batch in reader:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield batch.slice(start, BATCH_ROWS)
    except pa.ArrowInvalid as err:
        raise BadParameter(_explained(str(err))) from err


def _opened(
    file: IO[bytes], delimiter: str, max_columns: int, *, blank_lines: bool
) -> csv.CSVStreamingReader:
    file.seek(0)
    quote: str | bool = '"' if delimiter == "," else False
    return csv.open_csv(
        file,
        csv.ReadOptions(use_threads=False, block_size=_BLOCK, autogenerate_column_names=True),
        csv.ParseOptions(
            delimiter=delimiter,
            quote_char=quote,
            newlines_in_values=bool(quote),
            ignore_empty_lines=not blank_lines,
        ),
        csv.ConvertOptions(
            column_types={f"f{place}": pa.string() for place in range(max_columns)},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _explained(message: str) -> str:
    if "UTF8" in message or "UTF-8" in message:
        return "the text is not UTF-8"
    if "straddling" in message:
        return f"a row is longer than {_BLOCK} bytes, or a quote is not closed"
    if "Empty CSV" in message:
        return "the file is empty; a header row is needed"
    return " ".join(message.split())[:300]


def _inferred(batches: Iterator[pa.RecordBatch]) -> tuple[list[str], list[str]]:
    """The names in the header, and the kind of each column."""
    first = next(batches, None)
    header = _header(first)
    assert first is not None  # noqa: S101 - it has a header
    left = [list(_PATTERNS) for _ in header]
    some = [False] * len(header)
    for batch in itertools.chain([first.slice(1)], batches):
        _narrow(batch, left, some)
    kinds = [
        candidates[0] if candidates and told else "char"
        for candidates, told in zip(left, some, strict=True)
    ]
    return uniquely_named(header), kinds


def _header(first: pa.RecordBatch | None) -> list[str]:
    if first is None:
        raise BadParameter("the file is empty; a header row is needed")
    return [column[0].as_py() or "" for column in first.columns]


def _narrow(batch: pa.RecordBatch, left: list[list[str]], some: list[bool]) -> None:
    """Strike out the kinds that a batch does not fit, and mark columns that hold something."""
    for place, column in enumerate(batch.columns):
        cells = pc.ascii_trim_whitespace(column)
        cells = cells.filter(pc.not_equal(cells, ""))
        if not len(cells):
            continue
        some[place] = True
        left[place] = [kind for kind in left[place] if _fits(cells, kind)]


def _fits(cells: pa.StringArray, kind: str) -> bool:
    pattern = f"^(?:{_PATTERNS[kind]})$"
    if not pc.all(pc.match_substring_regex(cells, pattern)).as_py():
        return False
    if kind == "double":
        whole = cells.filter(pc.match_substring_regex(cells, r"^[-+]?[0-9]{19,}$"))
        if len(whole) and not _fits(whole, "long"):
            return False  # it would lose its last digits
    try:
        parse_cells(cells, _AS[kind], 1)
    except BadParameter:
        return False
    return True


_AS: dict[str, Declared] = {
    kind: declare(Column("", *(("char", "*", kind) if kind == "timestamp" else (kind,))))
    for kind in _PATTERNS
}


def _rows(batches: Iterator[pa.RecordBatch], declared: list[Declared]) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([(d.column.name, arrow_type(d.column)) for d in declared])
    row, header = 1, 1
    for batch in batches:
        cells = batch.slice(header)
        header = 0
        if not cells.num_rows:
            continue
        columns = [
            column if d.column.datatype == "char" and not d.column.xtype
            else parse_cells(column, d, row)
            for column, d in zip(cells.columns, declared, strict=True)
        ]  # fmt: skip
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
        row += cells.num_rows
