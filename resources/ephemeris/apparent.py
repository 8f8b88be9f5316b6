"""What an observer sees of satellites: places in the frame of the stars, rates, light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.frames import LIGHT_KM_PER_S, Frames, rotate
from satvo.resources.ephemeris.observer import GroundObserver, Observer
from satvo.resources.ephemeris.sunlight import phase_angle_deg, sun_fraction
from satvo.schemas.sphere import angle_between_rad, normalised

__all__ = ["Apparent", "apparent", "catalogue_direction", "radec_deg", "sky_axes"]

Floats = NDArray[np.float64]

_ARCSEC_PER_RAD = 648000.0 / np.pi


@dataclass(frozen=True, slots=True)
class Apparent:
    """What is seen; every attribute but the vectors is a column of `satvo.ephemeris`, (n,).

    Attributes
    ----------
    ra, dec : deg
        Astrometric, topocentric, ICRS axes, in the frame of catalogued stars: with light time, and
        less the annual aberration that stars beside it have.
    pm_ra_cosdec, pm_dec, rate : arcsec/s
        Motion on the sky.
    pos_angle : deg
        Direction of motion, from north through east.
    az, alt : deg
        Topocentric, azimuth from north through east, without refraction; NaN for an observer who
        has no horizon.
    range : km
    range_rate : km/s
    phase_angle, sun_sep, sun_alt : deg
    sun_frac : fraction of the Sun's disc seen from the satellite
    direction : ndarray (n, 3)
        Unit vectors of ra and dec.
    satellite_km, observer_km : ndarray (n, 3)
        GCRS, at the instants themselves.
    """

    ra: Floats
    dec: Floats
    pm_ra_cosdec: Floats
    pm_dec: Floats
    rate: Floats
    pos_angle: Floats
    az: Floats
    alt: Floats
    range: Floats
    range_rate: Floats
    phase_angle: Floats
    sun_sep: Floats
    sun_alt: Floats
    sun_frac: Floats
    direction: Floats
    satellite_km: Floats
    observer_km: Floats


def apparent(
    satellite_km: Floats,
    velocity_km_s: Floats,
    observer: Observer,
    frames: Frames,
    *,
    refraction: bool = False,
) -> Apparent:
    """What an observer sees of a satellite at each instant.

    Parameters
    ----------
    satellite_km, velocity_km_s : ndarray (n, 3)
        GCRS states at the instants of ``frames``; NaN gives NaN.
    observer : Observer
    frames : Frames
        Of n instants.
    refraction : bool
        Whether ra and dec have the part of refraction by which an object so near differs from the
        stars beside it, which a plate solution leaves in (for observers on the ground).

    Notes
    -----
    The catalogue-frame rule: dir[r_sat(t - range/c) - r_obs(t)] in GCRS, less v_E/c; the diurnal
    aberration is that of the stars and drops out. az and alt have it.
    """
    place, motion = observer.place(frames)
    line, distance, light = _line_of_sight(satellite_km, velocity_km_s, place)
    seen = line / distance[:, None]
    recession = np.sum((velocity_km_s - motion) * seen, axis=1)
    moving = velocity_km_s * (1.0 - recession / LIGHT_KM_PER_S)[:, None] - motion
    across = (moving - np.sum(moving * seen, axis=1)[:, None] * seen) / distance[:, None]
    direction = normalised(seen - frames.earth_velocity)
    az, alt, sun_alt = _horizontal(seen + motion / LIGHT_KM_PER_S, observer, frames)
    if refraction and isinstance(observer, GroundObserver):
        direction = normalised(direction - _sinking(seen, alt, distance, observer, frames))
    east, north = sky_axes(direction)
    eastward = np.sum(across * east, axis=1) * _ARCSEC_PER_RAD
    northward = np.sum(across * north, axis=1) * _ARCSEC_PER_RAD
    ra, dec = radec_deg(direction)
    then = satellite_km - velocity_km_s * light[:, None]
    return Apparent(
        ra=ra,
        dec=dec,
        pm_ra_cosdec=eastward,
        pm_dec=northward,
        rate=np.hypot(eastward, northward),
        pos_angle=np.degrees(np.arctan2(eastward, northward)) % 360.0,
        az=az,
        alt=alt,
        range=distance,
        range_rate=recession,
        phase_angle=phase_angle_deg(then, place, frames.sun_km),
        sun_sep=np.degrees(angle_between_rad(seen, frames.sun_km - place)),
        sun_alt=sun_alt,
        sun_frac=sun_fraction(then, frames.sun_km),
        direction=direction,
        satellite_km=satellite_km,
        observer_km=place,
    )


def catalogue_direction(
    satellite_km: Floats, velocity_km_s: Floats, place_km: Floats, earth_velocity: Floats
) -> Floats:
    """Unit vectors (..., 3) in the frame of catalogued stars; the rule of `apparent`, alone."""
    line, _, _ = _line_of_sight(satellite_km, velocity_km_s, place_km)
    return normalised(normalised(line) - earth_velocity)


def _line_of_sight(
    satellite_km: Floats, velocity_km_s: Floats, place_km: Floats
) -> tuple[Floats, Floats, Floats]:
    """From the observer to where the satellite was when its light left; length, light time (s)."""
    line = satellite_km - place_km
    light = np.linalg.norm(line, axis=-1) / LIGHT_KM_PER_S
    line = line - velocity_km_s * light[..., None]
    distance = np.linalg.norm(line, axis=-1)
    return line, distance, distance / LIGHT_KM_PER_S


def _horizontal(seen: Floats, observer: Observer, frames: Frames) -> tuple[Floats, Floats, Floats]:
    if not isinstance(observer, GroundObserver):
        nothing = np.full(len(seen), np.nan)
        return nothing, nothing, nothing
    horizon = observer.horizon(frames)
    here = rotate(horizon, seen)
    azimuth = np.degrees(np.arctan2(here[:, 0], here[:, 1])) % 360.0
    altitude = np.degrees(np.arctan2(here[:, 2], np.hypot(here[:, 0], here[:, 1])))
    sun = rotate(horizon, normalised(frames.sun_km - observer.place(frames)[0]))
    return azimuth, altitude, np.degrees(np.arcsin(np.clip(sun[:, 2], -1.0, 1.0)))


def _sinking(
    seen: Floats, alt: Floats, distance: Floats, observer: GroundObserver, frames: Frames
) -> Floats:
    """By how much of a unit vector an object inside the refracted ray stands below the stars.

    435 arcsec tan z / (range cos z), with the range in km, at sea level, and less by the pressure
    at the site's height; z is kept to 85 deg, below which the formula ends.
    """
    pressure = np.exp(-observer.height_m / 8430.0)
    zenith = np.radians(np.clip(90.0 - alt, 0.0, 85.0))
    shift = 435.0 * pressure * np.tan(zenith) / (distance * np.cos(zenith)) / _ARCSEC_PER_RAD
    up = observer.horizon(frames)[:, 2, :]
    upward = normalised(up - np.sum(up * seen, axis=1)[:, None] * seen)
    return np.asarray(np.nan_to_num(shift[:, None] * upward))


def radec_deg(direction: Floats) -> tuple[Floats, Floats]:
    """Right ascension (0 to below 360) and declination of vectors (..., 3), deg."""
    x, y, z = direction[..., 0], direction[..., 1], direction[..., 2]
    ra = np.degrees(np.arctan2(y, x)) % 360.0
    return np.where(ra == 360.0, 0.0, ra), np.degrees(np.arctan2(z, np.hypot(x, y)))


def sky_axes(direction: Floats) -> tuple[Floats, Floats]:
    """Unit vectors to the east and to the north at directions (..., 3).

    At a pole east is where the right ascension of the direction says, which is 0 there.
    """
    x, y, z = direction[..., 0], direction[..., 1], direction[..., 2]
    ra = np.arctan2(y, x)
    east = np.stack([-np.sin(ra), np.cos(ra), np.zeros_like(ra)], axis=-1)
    flat = np.hypot(x, y)
    north = np.stack([-z * np.cos(ra), -z * np.sin(ra), flat], axis=-1)
    return east, north
