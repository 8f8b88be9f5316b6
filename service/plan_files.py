"""Observing plans as files have them: tables with the columns of ObsLocTAP 1.0, or some of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from satvo.schemas.obsplan import OBSPLAN
from satvo.service.declared_tables import as_declared
from satvo.service.plans import check_plan

__all__ = ["read_plan"]

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
    rows = as_declared(stream, OBSPLAN, name=f"plan {name}", needed=("obs_id",))
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
