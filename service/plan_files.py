"""Observing plans as files have them: tables with the columns of ObsLocTAP 1.0, or some of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from satvo.ingest.tables.columns import INTEGERS, TEXT, Column, arrow_type
from satvo.ingest.tables.formats import read_table
from satvo.schemas.columns import Field
from satvo.schemas.errors import BadParameter
from satvo.schemas.obsplan import OBSPLAN
from satvo.schemas.store.interface import arrow_schema
from satvo.service.plans import check_plan
from satvo.service.user_table import as_columns

__all__ = ["read_plan"]

_MOST_ROWS = 1_000_000
_MJD_OF_UNIX = 40_587.0
_DAY_S = 86_400.0

_MISSING: dict[str, Any] = {
    "category": "Fixed",
    "priority": 1,
    "execution_status": "Planned",
    "tracking_type": "Sidereal",
}
"""What stands where a file does not say."""


def read_plan(
    stream: BinaryIO, *, name: str, planned: datetime, facility: str | None = None
) -> pa.Table:
    """The rows of a plan, as ivoa.obsplan takes them.

    Parameters
    ----------
    stream : BinaryIO
        A table in any of the formats of uploads, seekable. Columns that ObsLocTAP does not have are
        left out; of its own, obs_id alone must be there.
    name : str
        What the plan is called; its rows have it as obs_collection.
    planned : datetime
        t_planning where the file does not say: UTC without a zone.
    facility : str, optional
        facility_name where the file does not say.

    Raises
    ------
    BadParameter, LimitExceeded
        If it cannot be read or a value cannot be, with its row.
    """
    rows = _as_declared(stream, name)
    count = rows.num_rows
    defaults = {
        **_MISSING,
        "t_planning": _mjd(planned),
        "facility_name": facility,
    }
    columns: dict[str, pa.ChunkedArray | pa.Array] = {
        column: rows.column(column) for column in rows.column_names
    }
    for column, value in defaults.items():
        if value is not None:
            kind = columns[column].type
            columns[column] = pc.fill_null(columns[column], pa.scalar(value, kind))
    columns["obs_collection"] = pa.array([name] * count, pa.string())
    plan = pa.table(columns).select(rows.column_names)
    check_plan(plan, name)
    return plan


def _mjd(moment: datetime) -> float:
    return (moment - datetime(1970, 1, 1)).total_seconds() / _DAY_S + _MJD_OF_UNIX


def _as_declared(stream: BinaryIO, name: str) -> pa.Table:
    """The file's rows with all columns of obsplan, null where it has none."""
    own = read_table(stream, name=name, max_rows=_MOST_ROWS)
    own.close()
    declared = {column.name: column for column in as_columns(tuple(map(Field.of, OBSPLAN.columns)))}
    wanted = {}
    for column in own.columns:
        known = declared.get(column.name.lower())
        wanted[column.name.lower()] = (
            known if known and not _is_rewritten(column, known) else column
        )
    if "obs_id" not in wanted:
        raise BadParameter(f"plan {name}: the file has no column obs_id, which names each exposure")
    stream.seek(0)
    columns = tuple(wanted.values())
    read = pa.Table.from_batches(
        read_table(stream, name=name, max_rows=_MOST_ROWS, wanted=columns),
        pa.schema([(column, arrow_type(about)) for column, about in wanted.items()]),
    )
    schema = arrow_schema(OBSPLAN)
    found = [
        _values(read.column(field.name), field.type)
        if field.name in wanted
        else pa.nulls(read.num_rows, field.type)
        for field in schema
    ]
    return pa.table(found, schema=schema)


def _values(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | pa.Array:
    """Values in the type of their column: a DALI polygon becomes words."""
    if pa.types.is_list(values.type):
        regions = (
            each and f"POLYGON ICRS {' '.join(map(str, each))}" for each in values.to_pylist()
        )
        return pa.array([region or None for region in regions], kind)
    return values.cast(kind)


def _is_rewritten(column: Column, known: Column) -> bool:
    """Whether values are read as the file has them and become text here."""
    if known.name == "s_region":
        return column.datatype == "double" and column.xtype == "polygon"
    return known.datatype in TEXT and column.datatype in INTEGERS and not column.arraysize
