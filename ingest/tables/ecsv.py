"""ECSV 1.0: a YAML header in comment lines, then rows of cells between blanks or commas.

The header is taken as the events of a YAML parser: nothing in it is made into an object, whatever
its tags say, and aliases are refused.

References
----------
Astropy Proposal for Enhancement 6 (ECSV 1.0).
"""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
import yaml
from satvo.ingest.tables.cells import BadValue
from satvo.ingest.tables.columns import (
    BATCH_BYTES,
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
from satvo.ingest.tables.values import bad_cell, element_values, lists_of, parse_cells
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["read"]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAX_HEADER = 2**20
_MAX_LINE = 2**20
_MAX_DEPTH = 32
_DATATYPES = {
    "bool": "boolean",
    "int8": "short",
    "uint8": "unsignedByte",
    "int16": "short",
    "uint16": "int",
    "int32": "int",
    "uint32": "long",
    "int64": "long",
    "uint64": "long",
    "float16": "float",
    "float32": "float",
    "float64": "double",
    "string": "char",
}
_SUBTYPE = re.compile(r"([a-z0-9]+)\[([0-9]{1,9}|null)((?:, ?[0-9]{1,9})*)\]", re.ASCII)


def read(source: Source, max_columns: int) -> Table:
    """The columns and rows of an ECSV file.

    Empty cells are null, those of texts too. Arrays, written as JSON, keep their shape in
    ``arraysize``, the fastest dimension first.

    Raises
    ------
    BadParameter
        If the header cannot be read, a column holds objects or complex numbers, or a row does not
        fit it.
    LimitExceeded
        If the header, a line or the number of columns is larger than accepted.
    """
    file = source.seekable()
    header = _header(file)
    entries = header.get("datatype")
    if not isinstance(entries, list) or not entries:
        raise BadParameter("the ECSV header has no list datatype, which tells the columns")
    if len(entries) > max_columns:
        raise too_many_columns(len(entries), max_columns)
    delimiter = header.get("delimiter", " ")
    if delimiter not in (" ", ","):
        raise BadParameter(f"ECSV delimiter {delimiter!r:.40}: a blank or a comma is accepted")
    names = [_text(entry, "name") for entry in entries]
    declared = [
        _declared(entry, name) for entry, name in zip(entries, uniquely_named(names), strict=True)
    ]
    lines = csv.reader(_lines(file), delimiter=delimiter, skipinitialspace=True, strict=True)
    if [name.strip() for name in _next(lines) or []] != [name.strip() for name in names]:
        raise BadParameter("the row of names below the ECSV header is not that of its columns")
    return Table(tuple(d.column for d in declared), _batches(lines, declared))


# The header


def _header(file: IO[bytes]) -> dict[str, Any]:
    """The YAML of the header; the file is left at the first line behind it."""
    lines: list[bytes] = []
    while (line := file.readline(_MAX_HEADER + 1)).startswith(b"#"):
        lines.append(line[2:] if line.startswith(b"# ") else line[1:])
        if file.tell() > _MAX_HEADER:
            raise LimitExceeded(f"the ECSV header is longer than {_MAX_HEADER} bytes")
    file.seek(-len(line), os.SEEK_CUR)
    first, _, body = b"".join(lines).partition(b"\n")
    if not first.startswith(b"%ECSV 1."):
        raise BadParameter("the first line is not '# %ECSV 1.0'")
    try:
        tree = _tree(body.decode("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as err:
        raise BadParameter(
            f"the ECSV header is no YAML: {' '.join(str(err).split())[:200]}"
        ) from err
    if not isinstance(tree, dict):
        raise BadParameter("the ECSV header is no YAML mapping")
    return tree


def _tree(text: str) -> Any:
    """YAML as lists, dicts and texts, without regard to tags."""
    root: list[Any] = []
    stack: list[list[Any]] = [root]
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise BadParameter("the ECSV header has a YAML alias, which is not accepted")
        if isinstance(event, yaml.ScalarEvent):
            stack[-1].append(event.value)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(stack) > _MAX_DEPTH:
                raise BadParameter(f"the ECSV header is nested more than {_MAX_DEPTH} deep")
            stack.append([])
        elif isinstance(event, yaml.SequenceEndEvent):
            items = stack.pop()
            stack[-1].append(items)
        elif isinstance(event, yaml.MappingEndEvent):
            items = stack.pop()
            keys = [key if isinstance(key, str) else "" for key in items[::2]]
            stack[-1].append(dict(zip(keys, items[1::2], strict=True)))
    return root[0] if root else None


def _text(entry: Any, key: str) -> str:
    value = entry.get(key, "") if isinstance(entry, dict) else ""
    return value if isinstance(value, str) else ""


def _declared(entry: Any, name: str) -> Declared:
    datatype, subtype = _text(entry, "datatype"), _text(entry, "subtype")
    arraysize = ""
    if subtype:
        found = _SUBTYPE.fullmatch(subtype)
        if found is None:
            raise BadParameter(
                f"column {name}: subtype {subtype[:40]!r} is not accepted; objects are not read, "
                "arrays of numbers as float64[null] are"
            )
        datatype = found[1]
        sizes = ["*" if found[2] == "null" else found[2], *re.findall(r"[0-9]+", found[3])]
        arraysize = "x".join(reversed(sizes))
    if datatype not in _DATATYPES or (subtype and datatype == "string"):
        accepted = ", ".join(_DATATYPES)
        raise BadParameter(
            f"column {name}: datatype {datatype[:40]!r} is not accepted; accepted are {accepted}"
        )
    return declare(
        Column(
            name, _DATATYPES[datatype], "*" if datatype == "string" else arraysize,
            unit=_text(entry, "unit"), description=_text(entry, "description"),
        )
    )  # fmt: skip


# The rows


def _lines(file: IO[bytes]) -> Iterator[str]:
    while line := file.readline(_MAX_LINE + 1):
        if len(line) > _MAX_LINE:
            raise LimitExceeded(f"a line is longer than {_MAX_LINE} bytes")
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as err:
            raise BadParameter("the text is not UTF-8") from err


def _next(lines: Iterator[list[str]]) -> list[str] | None:
    """The cells of the next line that is not blank."""
    try:
        while (cells := next(lines, None)) is not None and not cells:
            pass
    except csv.Error as err:
        raise BadParameter(f"a row is not CSV: {err}") from err
    return cells


def _batches(lines: Iterator[list[str]], declared: list[Declared]) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([(d.column.name, arrow_type(d.column)) for d in declared])
    rows: list[list[str]] = []
    first, size = 1, 0
    while True:
        cells = _next(lines)
        if cells is not None:
            if len(cells) != len(declared):
                raise BadParameter(
                    f"row {first + len(rows)} has {len(cells)} cells; "
                    f"there are {len(declared)} columns"
                )
            rows.append(cells)
            size += sum(map(len, cells)) + 8 * len(cells)
        if rows and (cells is None or len(rows) == BATCH_ROWS or size > BATCH_BYTES):
            columns = [
                _values(list(texts), d, first)
                for texts, d in zip(zip(*rows, strict=True), declared, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
            first, size, rows = first + len(rows), 0, []
        if cells is None:
            return


def _values(texts: list[str], declared: Declared, first: int) -> pa.Array:
    if declared.shape is None or declared.wire == "char":
        return parse_cells(pa.array(texts, pa.string()), declared, first)
    elements: list[str | None] = []
    counts = np.zeros(len(texts), dtype=np.int64)
    for row, text in enumerate(texts):
        if text:
            flat = _flat(text, declared, first + row)
            counts[row] = len(flat)
            elements += flat
    null = np.array([not text for text in texts])
    try:
        values = element_values(pa.array(elements, pa.string()), counts, declared)
        return lists_of(values, counts, null, declared)
    except BadValue as err:
        raise bad_cell(err, declared, first) from err


def _flat(text: str, declared: Declared, row: int) -> list[str | None]:
    """The numbers of a JSON array, however nested, as texts."""
    try:
        left = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as err:
        raise BadParameter(f"row {row}, column {declared.column.name}: no JSON array") from err
    flat: list[str | None] = []
    stack = [left]
    while stack:
        value = stack.pop()
        if isinstance(value, list):
            stack += reversed(value)
        elif isinstance(value, dict):
            raise BadParameter(f"row {row}, column {declared.column.name}: a JSON object")
        else:
            flat.append(str(value) if value is not None else None)
    return flat
