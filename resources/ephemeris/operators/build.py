"""The operator ephemerides that the archive has of a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from satvo.resources.ephemeris.interpolation import Ephemeris
from satvo.resources.ephemeris.stored import FILE_COLUMNS, STATE_COLUMNS, segment_of_rows
from satvo.schemas.ephemeris_file import EPHEMERIS_FILE
from satvo.schemas.errors import LimitExceeded
from satvo.schemas.state_vector import STATE_VECTOR
from satvo.schemas.store.interface import Store

__all__ = ["operator_ephemerides"]

_MJD_0 = datetime(1858, 11, 17)
_BESIDE_D = 0.15
"""Beside the time asked for, so that there are states on both sides to interpolate between: eight
of a step of half an hour."""

_MOST_STATES = 5_000_000


def operator_ephemerides(
    store: Store,
    t_min: float,
    t_max: float,
    *,
    norad_ids: Sequence[int] | None = None,
    as_known_at: datetime | None = None,
    covariances: bool = False,
) -> dict[int, Ephemeris]:
    """For each satellite the newest operator ephemeris that covers a time wholly.

    Parameters
    ----------
    store : Store
    t_min, t_max : float
        MJD in UTC, both included.
    norad_ids : sequence of int, optional
        Only of these.
    as_known_at : datetime, optional
        UTC without a zone: those made later, or got later where the file does not say when it was
        made, are passed over.
    covariances : bool
        Whether to read these too, which are most of the data.

    Returns
    -------
    dict of int to Ephemeris
        By norad_id; its states those of the time asked for and some beside.

    Raises
    ------
    LimitExceeded
        If there are more than five million states: ask for a shorter time or fewer satellites.
    """
    about = _newest(store, t_min, t_max, norad_ids, as_known_at)
    if not about:
        return {}
    low, high = t_min - _BESIDE_D, t_max + _BESIDE_D
    mine = sa.and_(
        STATE_VECTOR.c.ephemeris_id.in_(list(about)), STATE_VECTOR.c.epoch_mjd.between(low, high)
    )
    count = sa.select(sa.func.count().label("n")).select_from(STATE_VECTOR).where(mine)
    if (states := store.select(count).to_pylist()[0]["n"]) > _MOST_STATES:
        raise LimitExceeded(
            f"{states} states of operators between MJD {t_min} and {t_max}; up to {_MOST_STATES} "
            "are read at once: ask for a shorter time or fewer satellites"
        )
    wanted = [STATE_VECTOR.c[n] for n in ("ephemeris_id", *STATE_COLUMNS) if n != "cov"]
    wanted += [STATE_VECTOR.c.cov] if covariances else []
    rows = store.select(
        sa.select(*wanted)
        .where(mine)
        .order_by(STATE_VECTOR.c.norad_id, STATE_VECTOR.c.ephemeris_id, STATE_VECTOR.c.epoch_mjd)
    )
    if not covariances:
        rows = rows.append_column("cov", pa.nulls(len(rows), pa.list_(pa.float64())))
    return dict(_ephemerides(about, rows))


def _newest(
    store: Store,
    t_min: float,
    t_max: float,
    norad_ids: Sequence[int] | None,
    as_known_at: datetime | None,
) -> dict[str, dict[str, Any]]:
    """Rows of `satvo.ephemeris_file`, one a satellite, by ephemeris_id."""
    file = EPHEMERIS_FILE.c
    made = sa.func.coalesce(file.creation_mjd, file.t_min)
    conditions = [
        sa.func.coalesce(file.useable_t_min, file.t_min) <= t_min,
        sa.func.coalesce(file.useable_t_max, file.t_max) >= t_max,
    ]
    if norad_ids is not None:
        conditions.append(file.norad_id.in_(list(norad_ids)))
    if as_known_at is not None:
        known = (as_known_at - _MJD_0) / timedelta(days=1)
        conditions.append(
            sa.or_(
                file.creation_mjd <= known,
                sa.and_(file.creation_mjd.is_(None), file.ingest_date <= as_known_at),
            )
        )
    place = sa.func.row_number().over(
        partition_by=file.norad_id, order_by=[made.desc(), file.ephemeris_id]
    )
    names = [file[name] for name in FILE_COLUMNS]
    ranked = sa.select(*names, place.label("place")).where(*conditions).subquery()
    found = store.select(sa.select(*(ranked.c[n] for n in FILE_COLUMNS)).where(ranked.c.place == 1))
    return {row["ephemeris_id"]: row for row in found.to_pylist()}


def _ephemerides(about: dict[str, dict[str, Any]], rows: pa.Table) -> list[tuple[int, Ephemeris]]:
    """Each satellite's own from rows that are sorted by ephemeris_id and epoch."""
    identities = rows["ephemeris_id"].combine_chunks().dictionary_encode()
    if not len(rows):
        return []
    codes = np.asarray(identities.indices)
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    ends = np.append(starts[1:], len(rows))
    found = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        row = about[identities.dictionary[int(codes[start])].as_py()]
        segment = segment_of_rows(row, rows.slice(start, end - start))
        found.append((int(row["norad_id"]), Ephemeris.of_segment(segment)))
    return found
