"""Parquet, with units and UCDs where the file carries VOParquet metadata.

References
----------
Apache Parquet; VOParquet 1.0 (IVOA Note): key IVOA.VOTable-Parquet.content, a VOTable without rows.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from satvo.ingest.tables import votable
from satvo.ingest.tables.cells import BadValue
from satvo.ingest.tables.columns import (
    BATCH_BYTES,
    BATCH_ROWS,
    TEXT,
    Column,
    Table,
    arrow_type,
    too_many_columns,
    uniquely_named,
)
from satvo.ingest.tables.instants import instants
from satvo.ingest.tables.shapes import shape_of
from satvo.ingest.tables.source import Source
from satvo.schemas.errors import BadParameter, LimitExceeded

__all__ = ["read"]

_CONTENT = b"IVOA.VOTable-Parquet.content"
_MAX_CONTENT = 2**24
_MAX_GROUP = 2**29
_MAX_SCHEMA = 100_000
_FAULTS = (pa.ArrowException, OSError, ValueError, KeyError)
"""What pyarrow raises for a file that is not sound."""

_DATATYPES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_int8, "short"),
    (pa.types.is_uint8, "short"),
    (pa.types.is_int16, "short"),
    (pa.types.is_uint16, "int"),
    (pa.types.is_int32, "int"),
    (pa.types.is_uint32, "long"),
    (pa.types.is_int64, "long"),
    (pa.types.is_uint64, "long"),
    (pa.types.is_float16, "float"),
    (pa.types.is_float32, "float"),
    (pa.types.is_float64, "double"),
    (pa.types.is_decimal, "double"),
    (pa.types.is_string, "char"),
    (pa.types.is_large_string, "char"),
    (pa.types.is_string_view, "char"),
    (pa.types.is_null, "char"),
)


def read(source: Source, max_columns: int) -> Table:
    """The columns and rows of a Parquet file.

    Types are those of its Arrow schema: decimals become doubles, dates and times with a zone UTC
    timestamps of microseconds, lists of one dimension arrays. Units, UCDs, utypes, xtypes,
    descriptions and array sizes come from VOParquet metadata.

    Raises
    ------
    BadParameter
        If the file is damaged, or a column is nested or binary.
    LimitExceeded
        If a row group or the number of columns is larger than accepted.
    """
    file = source.seekable()
    try:
        parquet = pq.ParquetFile(
            file,
            pre_buffer=False,
            thrift_string_size_limit=_MAX_CONTENT,
            thrift_container_size_limit=_MAX_SCHEMA,
        )
        schema, metadata = parquet.schema_arrow, parquet.metadata
        if len(schema) > max_columns:
            raise too_many_columns(len(schema), max_columns)
        if not len(schema):
            raise BadParameter("the Parquet file has no columns")
        for group in range(metadata.num_row_groups):
            if metadata.row_group(group).total_byte_size > _MAX_GROUP:
                raise LimitExceeded(
                    f"row group {group + 1} unpacks to more than {_MAX_GROUP} bytes; write the "
                    "file with smaller row groups"
                )
        content = (metadata.metadata or {}).get(_CONTENT, b"")
    except MemoryError:  # Arrow's own is one of its exceptions too
        raise
    except _FAULTS as err:
        raise _damaged(err) from err
    columns = _columns(schema, _described(content))
    return Table(columns, _batches(parquet, columns))


def _damaged(err: Exception) -> BadParameter:
    return BadParameter(f"the Parquet file cannot be read: {' '.join(str(err).split())[:200]}")


def _described(content: bytes) -> dict[str, Column]:
    """The columns of the metadata's VOTable by their names."""
    if not content:
        return {}
    try:
        table = votable.read(Source(io.BytesIO(content), max_bytes=_MAX_CONTENT), _MAX_SCHEMA)
    except BadParameter as err:
        raise BadParameter(f"in the VOTable of its metadata, {err}") from err
    return {column.name: column for column in table.columns}


def _columns(schema: pa.Schema, described: dict[str, Column]) -> tuple[Column, ...]:
    names = uniquely_named(schema.names)
    columns = []
    for field, name in zip(schema, names, strict=True):
        column = _column(field.type, name)
        about = described.get(field.name)
        if about is not None:
            column = _merged(column, about)
        columns.append(column)
    return tuple(columns)


def _column(kind: pa.DataType, name: str) -> Column:
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return Column(name, "char", "*", "timestamp")
    inner, arraysize = kind, ""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner, arraysize = kind.value_type, "*"
    elif pa.types.is_fixed_size_list(kind):
        inner, arraysize = kind.value_type, str(kind.list_size)
    if pa.types.is_dictionary(inner):
        inner = inner.value_type
    datatype = next((word for test, word in _DATATYPES if test(inner)), None)
    if datatype is None or arraysize == "0" or (arraysize and datatype == "char"):
        raise BadParameter(
            f"column {name}: Parquet type {str(kind)[:80]} has no counterpart here; accepted are "
            "logical values, numbers, strings, times, and lists of logical values or numbers"
        )
    return Column(name, datatype, "*" if datatype == "char" else arraysize)


def _merged(column: Column, about: Column) -> Column:
    """A column with what the metadata say, where that is true of it."""
    merged = replace(
        column, unit=about.unit, ucd=about.ucd, utype=about.utype, description=about.description
    )
    if column.xtype == "timestamp":
        return merged
    texts = column.datatype in TEXT and about.datatype in TEXT
    if texts:
        return replace(merged, datatype=about.datatype, xtype=about.xtype)
    if about.datatype in TEXT or about.xtype == "timestamp":
        return merged
    if column.arraysize == "*" and about.arraysize:
        merged = replace(merged, arraysize=about.arraysize)
    return replace(merged, xtype=about.xtype) if merged.arraysize or not about.arraysize else merged


# Rows


def _batches(parquet: pq.ParquetFile, columns: tuple[Column, ...]) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([(column.name, arrow_type(column)) for column in columns])
    batches = parquet.iter_batches(batch_size=_rows_at_once(parquet.metadata), use_threads=False)
    row = 1
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            batch.validate(full=True)  # nobody has looked at the bytes of a string before
        except MemoryError:
            raise
        except _FAULTS as err:
            raise _damaged(err) from err
        arrays = []
        for array, column in zip(batch.columns, columns, strict=True):
            try:
                arrays.append(_values(array, column))
            except BadValue as err:
                place = f"row {row + err.index}, column {column.name}"
                raise BadParameter(f"{place}: {err.why or err.text[:60]}") from err
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as err:
                raise BadParameter(
                    f"column {column.name}, rows from {row}: a value does not fit "
                    f"{column.xtype or column.datatype} ({' '.join(str(err).split())[:100]})"
                ) from err
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        row += batch.num_rows


def _rows_at_once(metadata: pq.FileMetaData) -> int:
    """Rows of a batch of some tens of megabytes, as far as the file tells the truth."""
    groups = [metadata.row_group(group) for group in range(metadata.num_row_groups)]
    widest = max((group.total_byte_size // max(group.num_rows, 1) for group in groups), default=0)
    return max(1, min(BATCH_ROWS, 4 * BATCH_BYTES // max(widest, 1)))


def _values(array: pa.Array, column: Column) -> pa.Array:
    wanted = arrow_type(column)
    if column.xtype == "timestamp":
        if pa.types.is_timestamp(array.type) or pa.types.is_date(array.type):
            return _timestamps(array)
        return instants(array.cast(pa.string()))
    if pa.types.is_fixed_size_list(array.type) or pa.types.is_large_list(array.type):
        inner = array.type.value_field
        array = array.cast(pa.list_(inner))
    if pa.types.is_list(wanted):
        shape = shape_of(column.arraysize, column.name)
        lengths = pc.list_value_length(array)
        for length in pc.unique(lengths.drop_null()).to_pylist():
            if shape is not None and (why := shape.complaint(length)):
                raise BadValue(pc.index(lengths, length).as_py(), "", why=why)
        if pa.types.is_dictionary(array.type.value_type):
            array = array.cast(pa.list_(array.type.value_type.value_type))
    elif pa.types.is_dictionary(array.type):
        array = array.cast(array.type.value_type)
    return array.cast(wanted) if array.type != wanted else array


_EARLIEST = pa.scalar(datetime(1, 1, 1), pa.timestamp("us"))
_LATEST = pa.scalar(datetime(9999, 12, 31, 23, 59, 59, 999_999), pa.timestamp("us"))


def _timestamps(array: pa.Array) -> pa.Array:
    zone = getattr(array.type, "tz", None)
    options = pc.CastOptions(pa.timestamp("us", zone), allow_time_truncate=True)
    naive = pc.cast(array, options=options).cast(pa.int64()).cast(pa.timestamp("us"))
    outside = pc.or_(pc.less(naive, _EARLIEST), pc.greater(naive, _LATEST))
    if (place := pc.index(outside, True).as_py()) >= 0:
        raise BadValue(place, "", why="a time outside the years 1 to 9999")
    return naive
