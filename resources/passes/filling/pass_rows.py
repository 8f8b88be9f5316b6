"""Rows of `satvo.transit` of kind pass."""

from __future__ import annotations

import hashlib
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
from satvo.resources.passes.filling.above import is_there
from satvo.resources.passes.filling.risings import Risings, find_risings
from satvo.resources.passes.predict import Catalogue
from satvo.resources.passes.transits import STALE_D
from satvo.schemas.store.interface import arrow_schema
from satvo.schemas.transit import TRANSIT

__all__ = ["pass_rows", "transit_table"]

Floats = NDArray[np.float64]

_SCHEMA = arrow_schema(TRANSIT)
_MIDDLE = 2
"""Of the five instants at which a pass is looked at."""


def pass_rows(
    catalogue: Catalogue,
    satellites: Satellites,
    observer: GroundObserver,
    span_mjd: tuple[float, float],
    *,
    max_age_d: float,
) -> pa.Table:
    """The passes above an observer's horizon that culminate in a span, as `find_risings` has them.

    Parameters
    ----------
    catalogue : Catalogue
    satellites : Satellites
        The same satellites as `satvo.resources.passes.light.brightness_of` has them.
    observer : GroundObserver
    span_mjd : tuple of float
        MJD in UTC, the end not included.
    max_age_d : float
        Without satellites whose elements are farther from the culmination.

    Returns
    -------
    pyarrow.Table
        Of the columns of `satvo.transit`. Light is that of rise, culmination, set and two instants
        between: lit at one of them is illuminated, and the brightest is mag.
    """
    elements = catalogue.elements
    found = find_risings(catalogue.table, catalogue.orbits, len(elements), observer, span_mjd)
    there = is_there(elements, found.satellite, found.top_mjd, max_age_d)
    columns = _columns(catalogue, satellites, observer, _some(found, there))
    return transit_table(columns)


def transit_table(columns: dict[str, NDArray[Any]]) -> pa.Table:
    """Columns of `satvo.transit` as its table; NaN is null, and so is what is not among them."""
    count = len(columns["norad_id"])
    arrays = []
    for field in _SCHEMA:
        values = columns.get(str(field.name))
        if values is None:
            arrays.append(pa.nulls(count, field.type))
        elif values.dtype.kind == "f":
            arrays.append(pa.array(values, mask=np.isnan(values)).cast(field.type))
        elif values.dtype.kind == "O":
            arrays.append(pa.array(values.tolist(), field.type))
        else:
            arrays.append(pa.array(values).cast(field.type))
    return pa.Table.from_arrays(arrays, schema=_SCHEMA)


def _some(found: Risings, which: NDArray[np.bool_]) -> Risings:
    return Risings(
        found.satellite[which],
        found.rise_mjd[which],
        found.top_mjd[which],
        found.set_mjd[which],
        found.is_cut[which],
    )


def _columns(
    catalogue: Catalogue, satellites: Satellites, observer: GroundObserver, found: Risings
) -> dict[str, NDArray[Any]]:
    if not len(found.satellite):
        return {"norad_id": np.zeros(0, dtype=np.int32)}
    ours: Elements = catalogue.elements[found.satellite]
    rise, top, fall = found.rise_mjd, found.top_mjd, found.set_mjd
    times = np.stack([rise, (rise + top) / 2.0, top, (top + fall) / 2.0, fall], axis=1)
    states = catalogue.orbits.along(found.satellite, times)
    seen, mags = [], []
    age = top - ours.epoch_mjd
    errors = None
    for i in range(times.shape[1]):
        frames = Frames.at(times[:, i])
        place = rotate(frames.teme_to_gcrs, states.position[:, i])
        motion = rotate(frames.teme_to_gcrs, states.velocity[:, i])
        here = apparent(place, motion, observer, frames)
        geometry = Geometry(here.satellite_km, motion, here.observer_km, frames.sun_km)
        mags.append(magnitudes(geometry, satellites[found.satellite], sun_frac=here.sun_frac).mag)
        seen.append(here)
        if i == _MIDDLE:
            errors = sky_error(here, motion, rtn_sigma_km(ours.constellation, age))
    columns: dict[str, NDArray[Any]] = {
        "norad_id": ours.norad_id,
        "gp_id": ours.gp_id,
        "observer_id": _texts([observer.name] * len(ours)),
        "kind": _texts(["pass"] * len(ours)),
        "t_min": rise,
        "t_max": fall,
        "t_mid": top,
        "t_cross": (fall - rise) * 86400.0,
        "t_err": np.full(len(ours), np.nan) if errors is None else errors.err_time,
        **_places(seen),
        "mag": np.fmin.reduce(mags),
        "gp_age": age,
        "warning": _warnings(age, found.is_cut),
    }
    columns["transit_id"] = _identifiers(columns)
    return columns


def _places(seen: list[Apparent]) -> dict[str, NDArray[Any]]:
    first, middle, last = seen[0], seen[_MIDDLE], seen[-1]
    return {
        "s_ra": middle.ra,
        "s_dec": middle.dec,
        "ra_start": first.ra,
        "dec_start": first.dec,
        "ra_end": last.ra,
        "dec_end": last.dec,
        "alt_max": middle.alt,
        "az_start": first.az,
        "az_end": last.az,
        "range_min": np.min([each.range for each in seen], axis=0),
        "rate": middle.rate,
        "pos_angle": middle.pos_angle,
        "sun_alt": middle.sun_alt,
        "illuminated": np.max([each.sun_frac for each in seen], axis=0) > 0.0,
    }


def _warnings(age: Floats, is_cut: NDArray[np.bool_]) -> NDArray[np.object_]:
    """What makes a pass doubtful, or shorter than it is."""
    return _texts(
        [
            " ".join(["stale-elements"] * old + ["cut"] * cut) or None
            for old, cut in zip((np.abs(age) > STALE_D).tolist(), is_cut.tolist(), strict=True)
        ]
    )


def _identifiers(columns: dict[str, NDArray[Any]]) -> NDArray[np.object_]:
    names = ("observer_id", "kind", "norad_id", "gp_id", "t_mid")
    told = zip(*(columns[name].tolist() for name in names), strict=True)
    return _texts([hashlib.sha256(repr(each).encode()).hexdigest()[:20] for each in told])


def _texts(values: list[Any]) -> NDArray[np.object_]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
