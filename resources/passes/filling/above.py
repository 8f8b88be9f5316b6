"""Rows of `satvo.ephemeris`: what stands above an observer's horizon, at a stated step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from satvo.resources.brightness.geometry import Geometry
from satvo.resources.brightness.magnitudes import magnitudes
from satvo.resources.brightness.satellites import Satellites
from satvo.resources.ephemeris.apparent import Apparent, apparent
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.uncertainty import rtn_sigma_km, sky_error
from satvo.resources.passes.filling.horizon import Instants, looks
from satvo.resources.passes.predict import Catalogue
from satvo.schemas.ephemeris import EPHEMERIS
from satvo.schemas.store.interface import arrow_schema

__all__ = ["count_above", "ephemeris_rows", "is_there", "microseconds"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SCHEMA = arrow_schema(EPHEMERIS)
_SEEN = (
    "ra", "dec", "pm_ra_cosdec", "pm_dec", "rate", "pos_angle", "az", "alt", "range", "range_rate",
    "phase_angle", "sun_alt", "sun_sep", "sun_frac",
)  # fmt: skip
_UNIX_MJD = 40587
_DAY_US = 86_400_000_000


def ephemeris_rows(
    catalogue: Catalogue,
    satellites: Satellites,
    observer: GroundObserver,
    frames: Frames,
    *,
    max_age_d: float,
) -> pa.Table:
    """What an observer has above the horizon at each instant, by instant and satellite.

    Parameters
    ----------
    catalogue : Catalogue
    satellites : Satellites
        The same satellites as `satvo.resources.passes.light.brightness_of` has them.
    observer : GroundObserver
    frames : Frames
        At the instants, ascending.
    max_age_d : float
        Without satellites whose elements are farther from an instant.

    Returns
    -------
    pyarrow.Table
        Of the columns of `satvo.ephemeris`.

    Notes
    -----
    The state table tells who may be up; what is written comes from the propagator itself. A row is
    there where the satellite's height without refraction is above 0, and none before the day of
    its launch or after that of its decay.
    """
    instants = Instants.of(observer, frames)
    parts = list(_above(catalogue, satellites, observer, instants, max_age_d))
    if not parts:
        return _SCHEMA.empty_table()
    columns = {name: np.concatenate([each[name] for each in parts]) for name in parts[0]}
    order = np.lexsort((columns["norad_id"], columns["epoch_mjd"]))
    return _table({name: each[order] for name, each in columns.items()}, observer.name)


def count_above(catalogue: Catalogue, observer: GroundObserver, frames: Frames) -> float:
    """How many satellites are above the horizon at an instant, averaged over instants."""
    if not len(frames.mjd_utc):
        return 0.0
    states = catalogue.orbits.grid(frames.mjd_utc)
    instants = Instants.of(observer, frames)
    heights = np.einsum("kji,ji->kj", states.position - instants.place_km, instants.up)
    return float(np.count_nonzero((heights > 0.0) & states.is_valid) / len(frames.mjd_utc))


def is_there(elements: Elements, which: Ints, mjd: Floats, max_age_d: float) -> NDArray[np.bool_]:
    """Whether satellites were up at times, and their elements are not too far from them."""
    with np.errstate(invalid="ignore"):
        gone = (mjd < elements.launch_mjd[which]) | (mjd >= elements.decay_mjd[which] + 1.0)
    return np.asarray(~gone & (np.abs(mjd - elements.epoch_mjd[which]) <= max_age_d))


def microseconds(mjd: Floats) -> Ints:
    """MJD in UTC as microseconds since 1970; whole to the 0.6 us that such a number has."""
    day = np.floor(mjd)
    within = np.rint((mjd - day) * _DAY_US).astype(np.int64)
    return np.asarray((day.astype(np.int64) - _UNIX_MJD) * _DAY_US + within)


def _above(
    catalogue: Catalogue,
    satellites: Satellites,
    observer: GroundObserver,
    instants: Instants,
    max_age_d: float,
) -> Iterator[dict[str, NDArray[Any]]]:
    for look in looks(catalogue.table, observer, instants):
        near = look.height_km > -look.margin_km
        some = np.flatnonzero(near.any(axis=1))
        if not len(some):
            continue
        satellite = look.satellite[some]
        mjd = instants.mjd_utc[look.instant]
        states = catalogue.orbits.along(satellite, np.tile(mjd, (len(some), 1)))
        row, column = np.nonzero(near[some] & states.is_valid)
        there = is_there(catalogue.elements, satellite[row], mjd[column], max_age_d)
        row, column = row[there], column[there]
        position, velocity = states.position[row, column], states.velocity[row, column]
        frames = instants.frames[look.instant[column]]
        yield _columns(
            catalogue.elements, satellites, satellite[row], position, velocity, observer, frames
        )


def _columns(
    elements: Elements,
    satellites: Satellites,
    which: Ints,
    position: Floats,
    velocity: Floats,
    observer: GroundObserver,
    frames: Frames,
) -> dict[str, NDArray[Any]]:
    place = rotate(frames.teme_to_gcrs, position)
    motion = rotate(frames.teme_to_gcrs, velocity)
    seen = apparent(place, motion, observer, frames)
    ours = elements[which]
    age = frames.mjd_utc - ours.epoch_mjd
    errors = sky_error(seen, motion, rtn_sigma_km(ours.constellation, age))
    light = _light(seen, motion, frames, satellites[which])
    columns: dict[str, NDArray[Any]] = {
        "norad_id": ours.norad_id,
        "object_name": ours.object_name,
        "gp_id": ours.gp_id,
        "epoch_mjd": frames.mjd_utc,
        **{name: getattr(seen, name) for name in _SEEN},
        "illuminated": seen.sun_frac > 0.0,
        "mag": light.mag,
        "mag_err": light.mag_err,
        **errors._asdict(),
        "gp_age": age,
    }
    up = seen.alt > 0.0
    return {name: values[up] for name, values in columns.items()}


def _light(seen: Apparent, motion: Floats, frames: Frames, satellites: Satellites) -> Any:
    geometry = Geometry(seen.satellite_km, motion, seen.observer_km, frames.sun_km)
    return magnitudes(geometry, satellites, sun_frac=seen.sun_frac)


def _table(columns: dict[str, NDArray[Any]], observer_id: str) -> pa.Table:
    count = len(columns["norad_id"])
    arrays = []
    for field in _SCHEMA:
        if field.name == "observer_id":
            arrays.append(pa.repeat(observer_id, count))
        elif field.name == "epoch":
            epochs = pa.array(microseconds(columns["epoch_mjd"]))
            arrays.append(epochs.cast(field.type))
        elif columns[field.name].dtype.kind == "f":
            values = columns[field.name]
            arrays.append(pa.array(values, mask=np.isnan(values)).cast(field.type))
        elif field.name == "object_name":
            texts = [text or None for text in columns[field.name].tolist()]
            arrays.append(pa.array(texts, field.type))
        else:
            arrays.append(pa.array(columns[field.name]).cast(field.type))
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)
