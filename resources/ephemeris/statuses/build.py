"""The status of every satellite from its element sets of the last weeks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import sqlalchemy as sa
from satvo.resources.ephemeris.history import orbit_history, stations_of
from satvo.schemas.gp import GP
from satvo.schemas.satellite import ANALYST_NUMBERS, FIRST_SIMULATED, SATELLITE
from satvo.schemas.store.interface import Store, Transaction

__all__ = ["renew_statuses"]

_HISTORY_D = 60.0
_AT_ONCE = 2_000
_LEAST_MEMBERS = 20
"""Of a constellation whose stations can be told from its own satellites."""

_ELEMENTS = ("norad_id", "epoch_mjd", "mean_motion", "eccentricity", "inclination")


def renew_statuses(
    store: Store, *, as_of_mjd: float, progress: Callable[[float], object] = lambda part: None
) -> Mapping[str, int]:
    """Fill `satvo.satellite.status` as of a time; how many satellites have which.

    Parameters
    ----------
    store : Store
    as_of_mjd : float
        MJD in UTC; sets of the 60 days before it count.
    progress : callable
        Told the fraction done.

    Notes
    -----
    Simulated satellites have none. A rocket body or a piece of debris is nowhere on station: what
    holds its height drifts.
    """
    about = _satellites(store)
    stations = _stations(about)
    told: dict[int, str | None] = dict.fromkeys(about)
    numbers = sorted(about)
    for start in range(0, len(numbers), _AT_ONCE):
        part = numbers[start : start + _AT_ONCE]
        sets = _histories(store, part[0], part[-1], as_of_mjd)
        for number, rows in sets:
            if number in about:
                told[number] = _status(about[number], rows, as_of_mjd, stations)
        progress(min(1.0, (start + _AT_ONCE) / len(numbers)))
    for number, row in about.items():
        if row["decay_date"] is not None:
            told[number] = "decayed"
    _write(store, told)
    return Counter(state for state in told.values() if state is not None)


def _satellites(store: Store) -> dict[int, dict[str, Any]]:
    names = ("norad_id", "object_type", "constellation", "decay_date", "apogee", "perigee")
    wanted = sa.select(*(SATELLITE.c[name] for name in names))
    found = store.select(wanted.where(SATELLITE.c.norad_id < FIRST_SIMULATED)).to_pylist()
    return {row["norad_id"]: row for row in found}


def _stations(about: Mapping[int, Mapping[str, Any]]) -> dict[str, tuple[float, ...]]:
    """The heights at which the satellites of each constellation work."""
    heights: dict[str, list[float]] = {}
    for row in about.values():
        if row["constellation"] and row["decay_date"] is None and row["apogee"] is not None:
            height = (row["apogee"] + row["perigee"]) / 2.0
            heights.setdefault(row["constellation"], []).append(height)
    return {n: stations_of(each) for n, each in heights.items() if len(each) >= _LEAST_MEMBERS}


def _histories(
    store: Store, first: int, last: int, as_of_mjd: float
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and columns of each satellite's sets."""
    rows = store.select(
        sa.select(*(GP.c[name] for name in _ELEMENTS))
        .where(
            GP.c.norad_id.between(first, last),
            sa.not_(GP.c.norad_id.between(ANALYST_NUMBERS.start, ANALYST_NUMBERS.stop - 1)),
            GP.c.epoch_mjd.between(as_of_mjd - _HISTORY_D, as_of_mjd),
        )
        .order_by(GP.c.norad_id, GP.c.epoch_mjd, GP.c.gp_id)
    )
    columns = {name: np.asarray(rows[name].to_numpy()) for name in _ELEMENTS}
    numbers = columns.pop("norad_id")
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    ends = np.append(starts[1:], len(numbers))[: len(starts)]
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield int(numbers[start]), {name: each[start:end] for name, each in columns.items()}


def _status(
    about: Mapping[str, Any],
    rows: Mapping[str, Any],
    as_of_mjd: float,
    stations: Mapping[str, tuple[float, ...]],
) -> str | None:
    state = orbit_history(
        **rows, as_of_mjd=as_of_mjd, stations_km=stations.get(about["constellation"] or "", ())
    ).state
    passive = about["object_type"] in ("DEBRIS", "ROCKET BODY")
    return "drifting" if passive and state == "on station" else state


def _write(store: Store, told: Mapping[int, str | None]) -> None:
    rows = pa.table(
        {"norad_id": list(told), "status": list(told.values())},
        schema=pa.schema([("norad_id", pa.int32()), ("status", pa.string())]),
    )

    def work(tx: Transaction) -> None:
        staged = tx.stage("statuses", rows)
        changed = SATELLITE.c.status.is_distinct_from(staged.c.status)
        tx.execute(
            sa.update(SATELLITE)
            .values(status=staged.c.status)
            .where(SATELLITE.c.norad_id == staged.c.norad_id, changed)
        )

    store.write(work)
