"""Crossings as rows of `satvo.transit`: places, rates, light, errors, trails in the image."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness.geometry import Geometry
from satvo.resources.brightness.magnitudes import Magnitudes, magnitudes
from satvo.resources.brightness.satellites import Satellites
from satvo.resources.brightness.trails import (
    effective_mag,
    surface_mag_arcsec2,
    trail_width_arcsec,
)
from satvo.resources.ephemeris.apparent import (
    Apparent,
    apparent,
    radec_deg,
    sky_axes,
    unit_vectors,
)
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.propagation import Orbits
from satvo.resources.ephemeris.uncertainty import crossing_error_arcsec, rtn_sigma_km, sky_error
from satvo.resources.passes.crossings import Crossing
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.options import Options

__all__ = ["STALE_D", "transit_rows"]

Floats = NDArray[np.float64]

STALE_D = 7.0
"""Age beyond which elements are said to be stale (SATCON2: a few days, at most a week)."""
_ARCSEC = 648000.0 / np.pi


@dataclass(frozen=True, slots=True)
class _Moment:
    """What is seen of crossings at some of their instants."""

    mjd: Floats
    seen: Apparent
    velocity_km_s: Floats
    frames: Frames

    def at(self, place: int) -> _Moment:
        """Every third, from a place on."""
        these = slice(place, None, 3)
        seen = Apparent(*(getattr(self.seen, name)[these] for name in Apparent.__slots__))
        return _Moment(self.mjd[these], seen, self.velocity_km_s[these], self.frames[these])


def transit_rows(
    crossings: list[Crossing],
    elements: Elements,
    orbits: Orbits,
    exposures: list[Exposure],
    observer: Observer,
    options: Options,
) -> dict[str, NDArray[Any]]:
    """The columns of `satvo.transit`, one row a crossing, in the order of the crossings.

    NaN (or None) where a value is not known. ``s_region`` holds for each row the corners of the
    swath, which has the width of the trail and of one sigma to each side.
    """
    which = np.array([c.satellite for c in crossings], dtype=np.int64)
    number = np.array([c.exposure for c in crossings], dtype=np.int64)
    mjd = np.array([[c.enters_mjd, c.nearest_mjd, c.leaves_mjd] for c in crossings]).reshape(-1, 3)
    moments = _moments(orbits, which, mjd, observer, options)
    enters, middle, leaves = (moments.at(i) for i in range(3))
    ours = elements[which]
    age = middle.mjd - ours.epoch_mjd
    sigma = rtn_sigma_km(ours.constellation, age)
    errors = sky_error(middle.seen, middle.velocity_km_s, sigma)
    rows: dict[str, NDArray[Any]] = {
        "norad_id": ours.norad_id,
        "object_name": ours.object_name,
        "gp_id": ours.gp_id,
        "observer_id": _texts([observer.name] * len(crossings)),
        "kind": _texts(["fov"] * len(crossings)),
        "t_min": enters.mjd,
        "t_max": leaves.mjd,
        "t_mid": middle.mjd,
        "t_cross": (leaves.mjd - enters.mjd) * 86400.0,
        "t_err": errors.err_time,
        "s_ra": middle.seen.ra,
        "s_dec": middle.seen.dec,
        "ra_start": enters.seen.ra,
        "dec_start": enters.seen.dec,
        "ra_end": leaves.seen.ra,
        "dec_end": leaves.seen.dec,
        "alt_max": np.fmax(np.fmax(enters.seen.alt, leaves.seen.alt), middle.seen.alt),
        "az_start": enters.seen.az,
        "az_end": leaves.seen.az,
        "range_min": np.minimum(
            np.minimum(enters.seen.range, leaves.seen.range), middle.seen.range
        ),
        "rate": middle.seen.rate,
        "pos_angle": middle.seen.pos_angle,
        "miss_dist": np.array([c.nearest_rad for c in crossings]) * _ARCSEC,
        "trail_length": _lengths(enters.seen, middle.seen, leaves.seen),
        "sun_alt": middle.seen.sun_alt,
        "illuminated": _any_lit(enters, middle, leaves),
        "err_maj": errors.err_maj,
        "err_min": errors.err_min,
        "err_pa": errors.err_pa,
        "gp_age": age,
        "exposure_id": _texts([exposures[c.exposure].id for c in crossings]),
        "aperture_id": _texts([c.aperture or None for c in crossings]),
        "streak_id": _streaks(crossings),
    }
    rows |= _light(rows, moments, ours, exposures, number, options)
    rows["p_cross"] = _probabilities(middle, sigma, exposures, crossings)
    rows["s_region"] = _swaths(rows, errors.err_min)
    rows |= _pixels(rows, exposures, number)
    rows["warning"] = _texts(["stale-elements" if abs(a) > STALE_D else None for a in age.tolist()])
    rows["transit_id"] = _identifiers(rows)
    return rows


def _moments(
    orbits: Orbits,
    which: NDArray[np.int64],
    mjd: Floats,
    observer: Observer,
    options: Options,
) -> _Moment:
    """All three of each crossing: entry, nearest, exit, one crossing after the other."""
    states = orbits.along(which, mjd)
    flat = mjd.ravel()
    frames = Frames.at(flat) if len(flat) else Frames.at(np.array([60000.0]))[:0]
    position = rotate(frames.teme_to_gcrs, states.position.reshape(-1, 3))
    velocity = rotate(frames.teme_to_gcrs, states.velocity.reshape(-1, 3))
    seen = apparent(position, velocity, observer, frames, refraction=options.refraction)
    return _Moment(flat, seen, velocity, frames)


def _texts(values: list[str | None]) -> NDArray[np.object_]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _any_lit(*moments: _Moment) -> NDArray[np.bool_]:
    return np.asarray(np.max([m.seen.sun_frac for m in moments], axis=0) > 0.0)


def _lengths(first: Apparent, middle: Apparent, last: Apparent) -> Floats:
    """Along the path, arcsec; a chord of up to an hour is cut at its middle."""
    halves = [
        2.0 * np.arcsin(np.clip(np.linalg.norm(a.direction - b.direction, axis=1) / 2.0, 0, 1))
        for a, b in ((first, middle), (middle, last))
    ]
    return np.asarray((halves[0] + halves[1]) * _ARCSEC)


def _streaks(crossings: list[Crossing]) -> NDArray[np.int32]:
    """Number of each streak within its exposure; one streak has one number in all apertures."""
    counts: Counter[int] = Counter()
    numbers: dict[tuple[int, int, float], int] = {}
    found = []
    for c in crossings:
        key = c.exposure, c.satellite, c.enters_mjd if not c.aperture else 0.0
        if key not in numbers:
            counts[c.exposure] += 1
            numbers[key] = counts[c.exposure]
        found.append(numbers[key])
    return np.array(found, dtype=np.int32)


def _light(
    rows: dict[str, NDArray[Any]],
    moments: _Moment,
    ours: Elements,
    exposures: list[Exposure],
    number: NDArray[np.int64],
    options: Options,
) -> dict[str, NDArray[Any]]:
    """Magnitude (the brightest of entry, nearest and exit), and what it leaves on the detector."""
    found = _magnitudes(moments, ours[np.repeat(np.arange(len(ours)), 3)], options)
    mags = found.mag.reshape(-1, 3)
    best = np.arange(len(ours)) * 3 + np.argmin(np.where(np.isnan(mags), np.inf, mags), axis=1)
    mag = found.mag[best]
    duration = np.array([e.duration_s for e in exposures])[number]
    pixel = np.array([e.pixel_arcsec or options.seeing_arcsec for e in exposures])[number]
    width = trail_width_arcsec(options.seeing_arcsec, options.aperture_m, rows["range_min"])
    return {
        "mag": mag,
        "mag_err": found.mag_err[best],
        "mag_model": found.model[best],
        "mag_eff": effective_mag(mag, rows["rate"], duration, pixel),
        "sb": surface_mag_arcsec2(mag, rows["rate"], width, duration),
        "trail_width": np.asarray(width),
    }


def _magnitudes(moments: _Moment, ours: Elements, options: Options) -> Magnitudes:
    satellites = Satellites.of(
        len(ours),
        mag_std=ours.mag_std,
        mag_std_err=ours.mag_std_err,
        rcs_m2=ours.rcs,
        constellation=ours.constellation.tolist(),
        object_name=ours.object_name.tolist(),
    )
    seen = moments.seen
    geometry = Geometry(
        seen.satellite_km, moments.velocity_km_s, seen.observer_km, moments.frames.sun_km
    )
    altitude = np.nan_to_num(seen.alt, nan=90.0) if options.extinction else None
    return magnitudes(
        geometry,
        satellites,
        band=options.band,
        model=options.model,
        sun_frac=seen.sun_frac,
        altitude_deg=altitude,
    )


def _probabilities(
    middle: _Moment, sigma: Floats, exposures: list[Exposure], crossings: list[Crossing]
) -> Floats:
    """That each crossing happens, from the errors along and across its motion.

    The field is taken as wide as it is across the motion, and as long as it is along it; the
    errors as normal and independent.
    """
    along, across = crossing_error_arcsec(middle.seen, middle.velocity_km_s, sigma)
    found = np.empty(len(crossings))
    for i, crossing in enumerate(crossings):
        exposure = exposures[crossing.exposure]
        angle = math.radians(middle.seen.pos_angle[i])
        east, north = sky_axes(middle.seen.direction[i])
        outline = exposure.field.outline - middle.seen.direction[i]
        forward = outline @ (math.sin(angle) * east + math.cos(angle) * north) * _ARCSEC
        aside = outline @ (math.cos(angle) * east - math.sin(angle) * north) * _ARCSEC
        begin = (exposure.start_mjd - crossing.nearest_mjd) * 86400.0
        travel = middle.seen.rate[i] * np.array([begin, begin + exposure.duration_s])
        # Ahead by x, it is in the field while x + its travel is between the field's ends.
        found[i] = _within(aside.min(), aside.max(), across[i]) * _within(
            forward.min() - travel[1], forward.max() - travel[0], along[i]
        )
    return found


def _within(low: float, high: float, sigma: float) -> float:
    """Probability of a normal deviate between two bounds; a NaN error gives NaN."""
    scale = max(sigma, 1e-9) * math.sqrt(2.0) if sigma == sigma else math.nan
    return 0.5 * (math.erf(high / scale) - math.erf(low / scale))


def _swaths(rows: dict[str, NDArray[Any]], sigma_arcsec: Floats) -> NDArray[np.object_]:
    """Corners [ra, dec, ...] in deg, counter-clockwise as seen from inside the sphere."""
    found = np.empty(len(sigma_arcsec), dtype=object)
    first = _vectors(rows["ra_start"], rows["dec_start"])
    last = _vectors(rows["ra_end"], rows["dec_end"])
    half = (np.nan_to_num(sigma_arcsec) + rows["trail_width"] / 2.0) / _ARCSEC
    middle = unit_vectors(_vectors(rows["s_ra"], rows["s_dec"]))
    east, north = sky_axes(middle)
    angle = np.radians(rows["pos_angle"])[:, None]
    forward = np.sin(angle) * east + np.cos(angle) * north
    left = np.cross(middle, forward)
    for i, width in enumerate(half.tolist()):
        corners = np.array(
            [
                first[i] - width * (forward[i] + left[i]),
                last[i] + width * (forward[i] - left[i]),
                last[i] + width * (forward[i] + left[i]),
                first[i] - width * (forward[i] - left[i]),
            ]
        )
        found[i] = np.stack(radec_deg(corners), axis=1).ravel().tolist()
    return found


def _vectors(ra_deg: Floats, dec_deg: Floats) -> Floats:
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)


def _pixels(
    rows: dict[str, NDArray[Any]], exposures: list[Exposure], number: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """Ends of trails where a WCS was given: the first pixel's centre is (0, 0)."""
    ends = {name: np.full(len(number), np.nan) for name in ("x_start", "y_start", "x_end", "y_end")}
    for index in np.unique(number).tolist():
        if (wcs := exposures[index].wcs) is not None:
            these = number == index
            for end in ("start", "end"):
                x, y = wcs.world_to_pixel_values(
                    rows[f"ra_{end}"][these], rows[f"dec_{end}"][these]
                )
                ends[f"x_{end}"][these], ends[f"y_{end}"][these] = x, y
    return ends


def _identifiers(rows: dict[str, NDArray[Any]]) -> NDArray[np.object_]:
    """The same crossing of the same exposure by the same elements has the same."""
    names = ("observer_id", "exposure_id", "aperture_id", "norad_id", "gp_id", "t_mid")
    told = zip(*(rows[name].tolist() for name in names), strict=True)
    return _texts([hashlib.sha256(repr(each).encode()).hexdigest()[:20] for each in told])
