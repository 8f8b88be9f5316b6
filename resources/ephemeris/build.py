"""What the archive knows of satellites at a time, for those who compute with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from satvo.ingest.orbits.formats import read_orbits
from satvo.ingest.orbits.names import constellation
from satvo.resources.ephemeris.elements import ELEMENT_COLUMNS, Elements
from satvo.resources.ephemeris.sites import Site
from satvo.schemas.errors import BadParameter
from satvo.schemas.gp import GP, ElementSet
from satvo.schemas.observer import OBSERVER
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.store.interface import Store

__all__ = [
    "elements_from_files",
    "elements_from_table",
    "known_elements",
    "known_elements_table",
    "registered_sites",
]

_DAY = timedelta(days=1)
_MJD_EPOCH = datetime(1858, 11, 17)
_FROM_SATELLITE = ("mag_std", "mag_std_err", "rcs", "constellation")
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
        columns[name] = [
            None if d is None else (d - _MJD_EPOCH) / _DAY for d in table[date].to_pylist()
        ]
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
                    away = abs((record.epoch - _MJD_EPOCH) / _DAY - mjd)
                    if record.norad_id not in nearest or away < nearest[record.norad_id][0]:
                        nearest[record.norad_id] = away, record
    if not nearest:
        raise BadParameter(f"{', '.join(map(str, paths))}: no element sets")
    sets = [record for _, (_, record) in sorted(nearest.items())]
    columns: dict[str, Any] = {
        name: [getattr(s, name) for s in sets] for name in ELEMENT_COLUMNS if hasattr(sets[0], name)
    }
    columns["epoch_mjd"] = [(s.epoch - _MJD_EPOCH) / _DAY for s in sets]
    columns["constellation"] = [constellation(s.object_name) for s in sets]
    return Elements.of_columns(columns)


def known_elements(store: Store, mjd: float, **chosen: Any) -> Elements:
    """`known_elements_table` as arrays."""
    return elements_from_table(known_elements_table(store, mjd, **chosen))


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
