"""What the archive knows of satellites at a time, for those who compute with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from satvo.ingest.orbits.formats import read_orbits
from satvo.ingest.orbits.names import constellation
from satvo.resources.ephemeris.elements import ELEMENT_COLUMNS, Elements
from satvo.resources.ephemeris.operator_files import (
    OperatorFiles,
    operator_files_from_table,
    operator_files_table,
)
from satvo.resources.ephemeris.sites import Site
from satvo.resources.ephemeris.stored import FILE_COLUMNS, STATE_COLUMNS
from satvo.schemas.ephemeris_file import EPHEMERIS_FILE
from satvo.schemas.errors import BadParameter, LimitExceeded
from satvo.schemas.gp import GP, ElementSet
from satvo.schemas.moments import mjd_of
from satvo.schemas.observer import OBSERVER
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.state_vector import STATE_VECTOR
from satvo.schemas.store.interface import Store, arrow_schema

__all__ = [
    "elements_from_files",
    "elements_from_table",
    "known_elements",
    "known_elements_table",
    "known_ephemerides",
    "known_ephemerides_table",
    "registered_sites",
]

_FROM_SATELLITE = ("mag_std", "mag_std_err", "rcs", "constellation")
_MOST_STATES = 3_000_000
"""Of ephemeris files, at once: 0.7 GB with their covariances."""
_FILES_AT_ONCE = 1000
_NODES_BESIDE = 16
"""States of a file that are read on either side of what is asked for, to interpolate from."""
_DATES = {"launch_mjd": "launch_date", "decay_mjd": "decay_date"}


def known_elements_table(
    store: Store,
    mjd: float,
    *,
    max_age_d: float,
    as_known_at: datetime | None = None,
    norad_ids: Sequence[int] | None = None,
    populations: Sequence[str] | None = None,
) -> pa.Table:
    """For each satellite the element set nearest to a time, and what is known of the satellite.

    Parameters
    ----------
    store : Store
    mjd : float
        MJD in UTC.
    max_age_d : float
        Sets farther from the time than this, in either direction, are passed over.
    as_known_at : datetime, optional
        UTC without a zone: sets that were made later are passed over. A set was made on its
        creation_date; where its file has none, as a TLE, at its epoch.
    norad_ids : sequence of int, optional
        Only these.
    populations : sequence of str, optional
        Constellations, simulated ones among them, which nobody gets unasked.

    Returns
    -------
    pyarrow.Table
        `ELEMENT_COLUMNS` as far as the tables have them, launch_date and decay_date, by norad_id.
    """
    columns = [GP.c[n] for n in ELEMENT_COLUMNS if n in GP.c]
    columns += [SATELLITE.c[n] for n in (*_FROM_SATELLITE, *_DATES.values())]
    place = sa.func.row_number().over(
        partition_by=GP.c.norad_id,
        order_by=[sa.func.abs(GP.c.epoch_mjd - mjd), GP.c.gp_id.desc()],
    )
    wanted: list[sa.ColumnElement[bool]] = [
        GP.c.epoch_mjd.between(mjd - max_age_d, mjd + max_age_d)
    ]
    if as_known_at is not None:
        wanted.append(sa.func.coalesce(GP.c.creation_date, GP.c.epoch) <= as_known_at)
    if norad_ids is not None:
        wanted.append(GP.c.norad_id.in_(list(norad_ids)))
    if populations is not None:
        wanted.append(SATELLITE.c.constellation.in_(list(populations)))
    elif norad_ids is None:
        wanted.append(GP.c.source != "simulated")
    ranked = (
        sa.select(*columns, place.label("place"))
        .select_from(GP.outerjoin(SATELLITE, GP.c.norad_id == SATELLITE.c.norad_id))
        .where(*wanted)
        .subquery()
    )
    names = [each.name for each in columns]
    return store.select(
        sa.select(*(ranked.c[name] for name in names))
        .where(ranked.c.place == 1)
        .order_by(ranked.c.norad_id)
    )


def elements_from_table(table: pa.Table) -> Elements:
    """The arrays of what `known_elements_table` gives."""
    columns: dict[str, Any] = {
        name: _values(table[name]) for name in table.column_names if name in ELEMENT_COLUMNS
    }
    for name, date in _DATES.items():
        columns[name] = [None if d is None else mjd_of(d) for d in table[date].to_pylist()]
    return Elements.of_columns(columns)


def elements_from_files(paths: Sequence[Path], mjd: float) -> Elements:
    """The elements in orbit files, of each satellite the set nearest to a time (MJD in UTC).

    Raises
    ------
    UnknownFormat, BadParameter
        If a file cannot be read, or none has element sets.
    """
    nearest: dict[int, tuple[float, ElementSet]] = {}
    for path in paths:
        with path.open("rb") as stream:
            for record in read_orbits(stream, name=path.name):
                if isinstance(record, ElementSet):
                    away = abs(mjd_of(record.epoch) - mjd)
                    if record.norad_id not in nearest or away < nearest[record.norad_id][0]:
                        nearest[record.norad_id] = away, record
    if not nearest:
        raise BadParameter(f"{', '.join(map(str, paths))}: no element sets")
    sets = [record for _, (_, record) in sorted(nearest.items())]
    columns: dict[str, Any] = {
        name: [getattr(s, name) for s in sets] for name in ELEMENT_COLUMNS if hasattr(sets[0], name)
    }
    columns["epoch_mjd"] = [mjd_of(s.epoch) for s in sets]
    columns["constellation"] = [constellation(s.object_name) for s in sets]
    return Elements.of_columns(columns)


def known_elements(store: Store, mjd: float, **chosen: Any) -> Elements:
    """`known_elements_table` as arrays."""
    return elements_from_table(known_elements_table(store, mjd, **chosen))


def known_ephemerides_table(
    store: Store,
    first_mjd: float,
    last_mjd: float,
    *,
    as_known_at: datetime | None = None,
    norad_ids: Sequence[int] | None = None,
    populations: Sequence[str] | None = None,
    ephemeris_id: str | None = None,
) -> pa.Table:
    """The ephemeris files that have states in a span of time, as `operator_files_table` has them.

    Parameters
    ----------
    store : Store
    first_mjd, last_mjd : float
        MJD in UTC.
    as_known_at : datetime, optional
        UTC without a zone: files made later are passed over. A file was made when it says, or
        came here where it does not.
    norad_ids, populations
        As in `known_elements_table`.
    ephemeris_id : str, optional
        Only this one.

    Raises
    ------
    LimitExceeded
        If they have too many states to be held.
    """
    first_mjd, last_mjd = float(first_mjd), float(last_mjd)  # numpy's are no SQL
    files = EPHEMERIS_FILE
    wanted: list[sa.ColumnElement[bool]] = [files.c.t_min <= last_mjd, files.c.t_max >= first_mjd]
    if norad_ids is not None:
        wanted.append(files.c.norad_id.in_(list(norad_ids)))
    if populations is not None:
        wanted.append(SATELLITE.c.constellation.in_(list(populations)))
    if ephemeris_id is not None:
        wanted.append(files.c.ephemeris_id == ephemeris_id)
    # The file's own name of the object counts only where the satellite has none.
    own = [c for c in files.c if c.name != "object_name"]
    name = sa.func.coalesce(SATELLITE.c.object_name, files.c.object_name).label("object_name")
    about = store.select(
        sa.select(*own, name, *(SATELLITE.c[each] for each in _FROM_SATELLITE))
        .select_from(files.outerjoin(SATELLITE, files.c.norad_id == SATELLITE.c.norad_id))
        .where(*wanted)
        .order_by(files.c.ephemeris_id)
    ).to_pylist()
    for row in about:
        received = mjd_of(row["ingest_date"].replace(tzinfo=None))
        row["made_mjd"] = received if row["creation_mjd"] is None else row["creation_mjd"]
    if as_known_at is not None:
        known = mjd_of(as_known_at)
        about = [row for row in about if row["made_mjd"] <= known]
    about = _not_replaced(about, first_mjd, last_mjd)
    kept = (*FILE_COLUMNS, *_FROM_SATELLITE, "made_mjd")
    told = [{each: row[each] for each in kept} for row in about]
    return operator_files_table(told, _states(store, about, first_mjd, last_mjd))


def known_ephemerides(
    store: Store, first_mjd: float, last_mjd: float, **chosen: Any
) -> OperatorFiles:
    """`known_ephemerides_table` as objects that interpolate."""
    return operator_files_from_table(known_ephemerides_table(store, first_mjd, last_mjd, **chosen))


def _not_replaced(rows: list[dict[str, Any]], first: float, last: float) -> list[dict[str, Any]]:
    """Without files of which all that is asked for is in one newer file of the same satellite."""
    held: dict[int, list[tuple[float, float]]] = {}
    kept = []
    for row in sorted(rows, key=lambda r: (-r["made_mjd"], r["ephemeris_id"])):
        begin, end = max(first, row["t_min"]), min(last, row["t_max"])
        spans = held.setdefault(row["norad_id"], [])
        if any(low <= begin and end <= high for low, high in spans):
            continue
        if row["useable_t_min"] is not None:
            begin = max(begin, row["useable_t_min"])
        if row["useable_t_max"] is not None:
            end = min(end, row["useable_t_max"])
        if begin <= end:
            spans.append((begin, end))
            kept.append(row)
    return sorted(kept, key=lambda r: str(r["ephemeris_id"]))


def _states(store: Store, rows: list[dict[str, Any]], first: float, last: float) -> pa.Table:
    """The states of files in a span, and some beside it, by file and time."""
    states = STATE_VECTOR.c
    columns = [states[name] for name in ("ephemeris_id", *STATE_COLUMNS)]
    query = sa.select(*columns).order_by(states.ephemeris_id, states.epoch_mjd)
    # Those of like steps together, so that a sparse file does not widen what is read of others.
    beside = {row["ephemeris_id"]: _beside(row) for row in rows}
    names = sorted(beside, key=lambda name: (beside[name], name))
    schema = arrow_schema(STATE_VECTOR)
    found = [pa.schema([schema.field(each.name) for each in columns]).empty_table()]
    count = 0
    for start in range(0, len(names), _FILES_AT_ONCE):
        some = names[start : start + _FILES_AT_ONCE]
        more = beside[some[-1]]
        mine = sa.and_(
            states.ephemeris_id.in_(some), states.epoch_mjd.between(first - more, last + more)
        )
        some_rows = store.select(query.where(mine).limit(_MOST_STATES + 1))
        found.append(some_rows.cast(found[0].schema))
        count += found[-1].num_rows
        if count > _MOST_STATES:
            raise LimitExceeded(
                f"the ephemeris files from MJD {first:.3f} to {last:.3f} have more than "
                f"{_MOST_STATES} states; ask for shorter exposures, or by norad_ids or populations"
            )
    return pa.concat_tables(found)


def _beside(row: dict[str, Any]) -> float:
    """How far beside a span states of a file may be needed, d."""
    step = (row["t_max"] - row["t_min"]) / max(row["states"] - 1, 1)
    nodes = max(_NODES_BESIDE, row["interpolation_degree"] or 0)
    # Covariances may be given seldom: a short file is read whole.
    whole = row["states"] <= 1000 or 0 < row["covariances"] < row["states"] / 2
    return float(row["t_max"] - row["t_min"] if whole else step * nodes)


def registered_sites(store: Store) -> tuple[Site, ...]:
    """The observers registered in an archive, by their names."""
    rows = store.select(sa.select(OBSERVER).order_by(OBSERVER.c.observer_id))
    return tuple(
        Site(
            row["observer_id"], row["mpc_code"], row["facility_name"],
            row["lon"], row["lat"], row["height"], source="registered here",
        )
        for row in rows.to_pylist()
    )  # fmt: skip


def _values(column: pa.ChunkedArray) -> Any:
    if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
        return np.asarray(column.to_numpy(zero_copy_only=False))
    return column.to_pylist()
