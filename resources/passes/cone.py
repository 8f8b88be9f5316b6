"""Cone search at a time and place: the satellites that an observer sees inside a circle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness.geometry import Geometry
from satvo.resources.brightness.magnitudes import magnitudes
from satvo.resources.brightness.satellites import Satellites
from satvo.resources.ephemeris.apparent import Apparent, apparent
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.uncertainty import rtn_sigma_km, sky_error
from satvo.resources.passes.fields import direction_of
from satvo.resources.passes.predict import Catalogue
from satvo.schemas.columns import Field
from satvo.schemas.ephemeris import EPHEMERIS
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import normalised

__all__ = ["CONE_FIELDS", "search_cone"]

Floats = NDArray[np.float64]

_MARGIN_RAD = 0.005
"""By how much a first look may be off: light time (8 km/s for up to 0.3 s seen from 150 km) and the
aberration of the stars (0.0001)."""

CONE_FIELDS = (
    replace(Field.of(EPHEMERIS.c.norad_id), ucd="meta.id;meta.main"),
    *(Field.of(col) for col in EPHEMERIS.columns if col.name != "norad_id"),
    Field(
        "separation",
        "double",
        unit="arcsec",
        ucd="pos.angDistance",
        description="Distance from the centre of the cone",
    ),
)
"""Columns of `satvo.ephemeris`, in which norad_id is the one identifier: each satellite has a row
at one time; and the distance from the centre."""


def search_cone(
    catalogue: Catalogue,
    observer: Observer,
    mjd: float,
    ra_deg: float,
    dec_deg: float,
    radius_deg: float,
    *,
    max_age_d: float = 30.0,
) -> tuple[dict[str, NDArray[Any]], Apparent, Elements]:
    """What an observer sees inside a cone at an instant.

    Parameters
    ----------
    catalogue : Catalogue
    observer : Observer
        One on the ground sees what is above the horizon, without refraction.
    mjd : float
        MJD in UTC.
    ra_deg, dec_deg, radius_deg : float
        The cone, in the frame of catalogued stars; its edge is inside.
    max_age_d : float
        Satellites whose elements are older or newer at the time are left out, as are those not yet
        launched or decayed.

    Returns
    -------
    columns : dict of ndarray
        `CONE_FIELDS` by name, by distance from the centre; and velocity_km_s (n, 3), GCRS.
    seen : Apparent
    elements : Elements
        Of the same rows.

    Raises
    ------
    BadParameter
        If the cone is none, or the time is outside the tables of the Earth's orientation.
    """
    centre = direction_of(ra_deg, dec_deg, "cone")
    if not 0.0 < radius_deg <= 180.0:
        raise BadParameter(f"cone radius {radius_deg:g}: above 0 to 180 deg is accepted")
    frames = Frames.at(np.array([mjd]))
    which, position, velocity = _near(catalogue, observer, frames, centre, radius_deg, max_age_d)
    many = frames.repeated(len(which))
    seen = apparent(position, velocity, observer, many)
    apart = _separation(seen.direction, centre)
    inside = apart <= np.radians(radius_deg)
    if observer.is_on_ground:
        inside &= seen.alt > 0.0
    kept = np.flatnonzero(inside)
    kept = kept[np.argsort(apart[kept], kind="stable")]
    ours = catalogue.elements[which[kept]]
    many = many[kept]
    seen = apparent(position[kept], velocity[kept], observer, many)
    columns = _columns(ours, seen, velocity[kept], many, observer, mjd)
    columns["velocity_km_s"] = velocity[kept]
    columns["separation"] = np.degrees(apart[kept]) * 3600.0
    return columns, seen, ours


def _near(
    catalogue: Catalogue,
    observer: Observer,
    frames: Frames,
    centre: Floats,
    radius_deg: float,
    max_age_d: float,
) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Which satellites may be inside, with their GCRS states."""
    elements = catalogue.elements
    states = catalogue.orbits.grid(frames.mjd_utc)
    turn = frames.teme_to_gcrs[0]
    position = states.position[:, 0] @ turn.T
    place, _ = observer.place(frames)
    mjd = float(frames.mjd_utc[0])
    there = states.is_valid[:, 0] & (np.abs(mjd - elements.epoch_mjd) <= max_age_d)
    there &= ~(elements.launch_mjd > mjd) & ~(elements.decay_mjd < mjd)
    with np.errstate(invalid="ignore"):
        apart = _separation(normalised(position - place), centre)
        which = np.flatnonzero(there & (apart <= np.radians(radius_deg) + _MARGIN_RAD))
    velocity = rotate(np.broadcast_to(turn, (len(which), 3, 3)), states.velocity[which, 0])
    return which, position[which], velocity


def _separation(directions: Floats, centre: Floats) -> Floats:
    """Angles, rad, good near 0 and near 180 deg."""
    across = np.linalg.norm(np.cross(directions, centre), axis=-1)
    return np.asarray(np.arctan2(across, directions @ centre))


def _columns(
    ours: Elements,
    seen: Apparent,
    velocity: Floats,
    frames: Frames,
    observer: Observer,
    mjd: float,
) -> dict[str, NDArray[Any]]:
    count = len(ours)
    age = mjd - ours.epoch_mjd
    errors = sky_error(seen, velocity, rtn_sigma_km(ours.constellation, age))
    light = magnitudes(
        Geometry(seen.satellite_km, velocity, seen.observer_km, frames.sun_km),
        Satellites.of(
            count, mag_std=ours.mag_std, mag_std_err=ours.mag_std_err, rcs_m2=ours.rcs,
            constellation=ours.constellation.tolist(), object_name=ours.object_name.tolist(),
        ),
        sun_frac=seen.sun_frac,
    )  # fmt: skip
    moment = np.datetime64("1858-11-17", "us") + np.timedelta64(round(mjd * 86_400e6), "us")
    names = np.empty(count, dtype=object)
    names[:] = [name or None for name in ours.object_name.tolist()]
    same = {
        name: getattr(seen, name)
        for name in (
            "ra", "dec", "pm_ra_cosdec", "pm_dec", "rate", "pos_angle", "az", "alt", "range",
            "range_rate", "phase_angle", "sun_alt", "sun_sep", "sun_frac",
        )
    }  # fmt: skip
    return {
        "norad_id": ours.norad_id,
        "object_name": names,
        "gp_id": ours.gp_id,
        "observer_id": np.full(count, observer.name, dtype=object),
        "epoch": np.full(count, moment),
        "epoch_mjd": np.full(count, mjd),
        **same,
        "illuminated": seen.sun_frac > 0.0,
        "mag": light.mag,
        "mag_err": light.mag_err,
        **errors._asdict(),
        "gp_age": age,
    }
