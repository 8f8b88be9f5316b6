"""The states of satellites as a job: histories of element sets in, a word for each out."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
from numpy.typing import NDArray
from satvo.resources.ephemeris.history import orbit_history, stations_of

__all__ = ["run", "states_of"]

_LEAST_MEMBERS = 20
"""Of a constellation whose heights tell where it works."""
_DEBRIS = ("DEBRIS", "ROCKET BODY")
_TOLD = 500


def run(
    parameters: Mapping[str, str],
    folder: Path,
    uploads: Path,
    progress: Callable[[float], object],
) -> list[dict[str, Any]]:
    """Write the state of each satellite.

    Parameters
    ----------
    parameters : mapping
        Those that were prepared count.
    folder : Path
        Has what `satvo.resources.ephemeris.status.build.prepare_status` wrote; ``rows.arrow``
        (norad_id, status) and ``summary.json`` are written.
    uploads : Path
        Not looked at.
    progress : callable
        Told the fraction done.
    """
    as_of = json.loads((folder / "request.json").read_text("utf-8"))["as_of_mjd"]
    history = feather.read_table(folder / "history.arrow")
    satellites = feather.read_table(folder / "satellites.arrow")
    columns = {name: history[name].to_numpy() for name in history.column_names}
    states, maneuvers = states_of(columns, satellites.to_pylist(), as_of, progress)
    rows = pa.table({"norad_id": satellites["norad_id"], "status": pa.array(states, pa.string())})
    feather.write_feather(rows, folder / "rows.arrow")
    counts = Counter(state or "not told" for state in states)
    summary = {"as_of_mjd": as_of, "maneuvers": maneuvers, "states": dict(counts)}
    (folder / "summary.json").write_text(json.dumps(summary), "utf-8")
    for name in ("request.json", "history.arrow", "satellites.arrow"):
        (folder / name).unlink()
    return [
        {"id": "rows", "file": "rows.arrow", "media_type": "application/vnd.apache.arrow.file"},
        {"id": "summary", "file": "summary.json", "media_type": "application/json"},
    ]


def states_of(
    history: Mapping[str, NDArray[Any]],
    satellites: list[dict[str, Any]],
    as_of_mjd: float,
    progress: Callable[[float], object] = lambda fraction: None,
) -> tuple[list[str | None], int]:
    """The state of each satellite, and how many manoeuvres all histories show.

    Parameters
    ----------
    history : mapping of ndarray
        norad_id, epoch_mjd, mean_motion, eccentricity and inclination of element sets, by
        norad_id.
    satellites : list of dict
        norad_id, constellation, object_type and decay_date of each.
    as_of_mjd : float
        MJD in UTC.

    Notes
    -----
    Debris and rocket bodies have no station: of them a state is told only if it is descending or
    decayed. What holds its height without a constellation is on station, as `orbit_history` says.
    """
    ids = history["norad_id"]
    first = np.searchsorted(ids, [each["norad_id"] for each in satellites], side="left")
    last = np.searchsorted(ids, [each["norad_id"] for each in satellites], side="right")
    stations = _stations(history, satellites, last, first)
    states: list[str | None] = []
    maneuvers = 0
    for i, each in enumerate(satellites):
        decayed = each["decay_date"] is not None
        if first[i] == last[i]:
            states.append("decayed" if decayed else None)
            continue
        own = slice(int(first[i]), int(last[i]))
        found = orbit_history(
            *(history[n][own] for n in ("epoch_mjd", "mean_motion", "eccentricity", "inclination")),
            as_of_mjd=as_of_mjd,
            decayed=decayed,
            stations_km=stations.get(each["constellation"] or "", ()),
        )
        adrift = each["object_type"] in _DEBRIS and found.state not in ("descending", "decayed")
        states.append(None if adrift else found.state)
        maneuvers += 0 if each["object_type"] in _DEBRIS else int(found.maneuvers.sum())
        if i % _TOLD == 0:
            progress(i / len(satellites))
    return states, maneuvers


def _stations(
    history: Mapping[str, NDArray[Any]],
    satellites: list[dict[str, Any]],
    last: NDArray[Any],
    first: NDArray[Any],
) -> dict[str, tuple[float, ...]]:
    """Where each constellation works, by the last sets of its members."""
    heights: dict[str, list[float]] = defaultdict(list)
    for i, each in enumerate(satellites):
        if each["constellation"] and last[i] > first[i]:
            heights[each["constellation"]].append(
                _height_km(float(history["mean_motion"][last[i] - 1]))
            )
    return {
        name: stations_of(some) for name, some in heights.items() if len(some) >= _LEAST_MEMBERS
    }


def _height_km(mean_motion: float) -> float:
    return float(np.cbrt(398600.8 / (mean_motion * 2.0 * np.pi / 86400.0) ** 2) - 6378.135)
