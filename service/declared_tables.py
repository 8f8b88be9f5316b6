"""Tables from files as a published table declares them: its columns, of its types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import pyarrow as pa
import sqlalchemy as sa
from satvo.ingest.tables.columns import INTEGERS, TEXT, Column, arrow_type
from satvo.ingest.tables.formats import read_table
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.schemas.store.interface import arrow_schema
from satvo.service.user_table import as_columns

__all__ = ["as_declared", "collections"]

_MOST_ROWS = 1_000_000

_REGIONS = ("polygon", "circle")


def collections(table: sa.Table) -> sa.Select[Any]:
    """The collections in a table of observations: name, rows, and from when until when (MJD).

    Parameters
    ----------
    table : Table
        With obs_collection, t_min and t_max, as ObsCore and ObsLocTAP have them.
    """
    of = table.c.obs_collection
    return (
        sa.select(
            of.label("name"),
            sa.func.count().label("rows"),
            sa.func.min(table.c.t_min).label("since"),
            sa.func.max(table.c.t_max).label("until"),
        )
        .group_by(of)
        .order_by(of)
    )


def as_declared(
    stream: BinaryIO, declared: sa.Table, *, name: str, needed: Sequence[str]
) -> pa.Table:
    """The rows of a file with all columns of a published table, null where the file has none.

    Parameters
    ----------
    stream : BinaryIO
        A table in any of the formats of uploads, seekable. Its other columns are left out; a DALI
        polygon or circle becomes words, and a whole number text where text is declared.
    declared : Table
    name : str
        What the file is called, for messages.
    needed : sequence of str
        Columns that the file must have.

    Raises
    ------
    BadParameter, LimitExceeded
        If it cannot be read or a value cannot be, with its row, or a needed column is absent.
    """
    own = read_table(stream, name=name, max_rows=_MOST_ROWS)
    own.close()
    known = {column.name: column for column in as_columns(tuple(map(Field.of, declared.columns)))}
    wanted: dict[str, Column] = {}
    for column in own.columns:
        lower = column.name.lower()
        as_known = lower in known and not _is_rewritten(column, known[lower])
        wanted[lower] = known[lower] if as_known else column
    for each in needed:
        if each not in wanted:
            raise BadParameter(f"{name}: the file has no column {each}, which is needed")
    stream.seek(0)
    read = pa.Table.from_batches(
        read_table(stream, name=name, max_rows=_MOST_ROWS, wanted=tuple(wanted.values())),
        pa.schema([(column, arrow_type(about)) for column, about in wanted.items()]),
    )
    schema = arrow_schema(declared)
    found = [
        _values(read.column(field.name), field.type, wanted[field.name].xtype)
        if field.name in wanted
        else pa.nulls(read.num_rows, field.type)
        for field in schema
    ]
    return pa.table(found, schema=schema)


def _values(values: pa.ChunkedArray, kind: pa.DataType, xtype: str) -> pa.ChunkedArray | pa.Array:
    """Values in the type of their column: a DALI region becomes words."""
    if not pa.types.is_list(values.type):
        return values.cast(kind)
    shape = xtype.upper()
    words = (each and f"{shape} ICRS {' '.join(map(str, each))}" for each in values.to_pylist())
    return pa.array([region or None for region in words], kind)


def _is_rewritten(column: Column, known: Column) -> bool:
    """Whether values are read as the file has them and become text here."""
    if known.name == "s_region":
        return column.datatype == "double" and column.xtype in _REGIONS
    return known.datatype in TEXT and column.datatype in INTEGERS and not column.arraysize
