"""Crossings as rows of `satvo.transit`: places, rates, light, errors, trails in the image."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import Apparent, radec_deg, sky_axes
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.operator_files import OperatorFiles
from satvo.resources.ephemeris.propagation import Orbits
from satvo.resources.ephemeris.uncertainty import (
    crossing_error_arcsec,
    rtn_covariance_km2,
    rtn_sigma_km,
    sky_error,
)
from satvo.resources.passes.crossings import Crossing
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.light import light_of
from satvo.resources.passes.moments import Moment, moment_of
from satvo.resources.passes.options import Options
from satvo.schemas.sphere import unit_vectors

__all__ = ["STALE_D", "transit_rows"]

Floats = NDArray[np.float64]

STALE_D = 7.0
"""Age beyond which elements are said to be stale (SATCON2: a few days, at most a week)."""
_ARCSEC = 648000.0 / np.pi


def transit_rows(
    crossings: list[Crossing],
    elements: Elements,
    orbits: Orbits,
    exposures: list[Exposure],
    observer: Observer,
    options: Options,
    files: OperatorFiles | None = None,
) -> dict[str, NDArray[Any]]:
    """The columns of `satvo.transit`, one row a crossing, in the order of the crossings.

    ``files``, where there are any, are the last of the satellites in ``elements`` and ``orbits``:
    their rows have an ephemeris_id in place of a gp_id, and the errors that the files tell.

    NaN (or None) where a value is not known. ``s_region`` holds for each row the corners of the
    swath, which has the width of the trail and of one sigma to each side.
    """
    which = np.array([c.satellite for c in crossings], dtype=np.int64)
    number = np.array([c.exposure for c in crossings], dtype=np.int64)
    mjd = np.array([[c.enters_mjd, c.nearest_mjd, c.leaves_mjd] for c in crossings]).reshape(-1, 3)
    moments = moment_of(orbits, which, mjd, observer, options)
    enters, middle, leaves = (moments.every(3, first) for first in range(3))
    ours = elements[which]
    file = which - (len(elements) - len(files or ()))
    age = np.where(file < 0, middle.mjd - ours.epoch_mjd, np.nan)
    covariance = rtn_covariance_km2(rtn_sigma_km(ours.constellation, age))
    if files is not None and (told := file >= 0).any():
        covariance[told] = files.orbits.covariances(file[told], middle.mjd[told])
    errors = sky_error(middle.seen, middle.velocity_km_s, covariance)
    rows: dict[str, NDArray[Any]] = {
        "norad_id": ours.norad_id,
        "object_name": ours.object_name,
        **_sources(ours, file, files),
        "observer_id": _texts([observer.name] * len(crossings)),
        "kind": _texts(["fov"] * len(crossings)),
        **_seen(enters, middle, leaves),
        "miss_dist": np.array([c.nearest_rad for c in crossings]) * _ARCSEC,
        "t_err": errors.err_time,
        "err_maj": errors.err_maj,
        "err_min": errors.err_min,
        "err_pa": errors.err_pa,
        "gp_age": age,
        "exposure_id": _texts([exposures[c.exposure].id for c in crossings]),
        "aperture_id": _texts([c.aperture or None for c in crossings]),
        "streak_id": _streaks(crossings),
    }
    rows |= light_of(rows, moments, ours, exposures, number, options)
    rows["p_cross"] = _probabilities(middle, covariance, exposures, crossings)
    rows["s_region"] = _swaths(rows, errors.err_min)
    rows |= _pixels(rows, exposures, number)
    rows["warning"] = _texts(["stale-elements" if abs(a) > STALE_D else None for a in age.tolist()])
    rows["transit_id"] = _identifiers(rows)
    return rows


def _seen(enters: Moment, middle: Moment, leaves: Moment) -> dict[str, NDArray[Any]]:
    """What is seen of crossings at entry, nearest to the centre, and exit."""
    first, near, last = enters.seen, middle.seen, leaves.seen
    return {
        "t_min": enters.mjd,
        "t_max": leaves.mjd,
        "t_mid": middle.mjd,
        "t_cross": (leaves.mjd - enters.mjd) * 86400.0,
        "s_ra": near.ra,
        "s_dec": near.dec,
        "ra_start": first.ra,
        "dec_start": first.dec,
        "ra_end": last.ra,
        "dec_end": last.dec,
        "alt_max": np.fmax(np.fmax(first.alt, last.alt), near.alt),
        "az_start": first.az,
        "az_end": last.az,
        "range_min": np.minimum(np.minimum(first.range, last.range), near.range),
        "rate": near.rate,
        "pos_angle": near.pos_angle,
        "trail_length": _lengths(first, near, last),
        "sun_alt": near.sun_alt,
        "illuminated": _any_lit(enters, middle, leaves),
    }


def _sources(
    ours: Elements, file: NDArray[np.int64], files: OperatorFiles | None
) -> dict[str, NDArray[Any]]:
    """What each row was made with: gp_id or ephemeris_id."""
    if files is None or not (file >= 0).any():
        return {"gp_id": ours.gp_id, "ephemeris_id": _texts([None] * len(ours))}
    gp_id: list[Any] = ours.gp_id.tolist()
    ephemeris_id: list[Any] = [None] * len(gp_id)
    for row in np.flatnonzero(file >= 0).tolist():
        gp_id[row], ephemeris_id[row] = None, files.ephemeris_id[file[row]]
    return {"gp_id": _texts(gp_id), "ephemeris_id": _texts(ephemeris_id)}


def _texts(values: list[Any]) -> NDArray[np.object_]:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _any_lit(*moments: Moment) -> NDArray[np.bool_]:
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


def _probabilities(
    middle: Moment, covariance: Floats, exposures: list[Exposure], crossings: list[Crossing]
) -> Floats:
    """That each crossing happens, from the errors along and across its motion.

    The field is taken as wide as it is across the motion, and as long as it is along it; the
    errors as normal and independent.
    """
    along, across = crossing_error_arcsec(middle.seen, middle.velocity_km_s, covariance)
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
    first = unit_vectors(rows["ra_start"], rows["dec_start"])
    last = unit_vectors(rows["ra_end"], rows["dec_end"])
    half = (np.nan_to_num(sigma_arcsec) + rows["trail_width"] / 2.0) / _ARCSEC
    middle = unit_vectors(rows["s_ra"], rows["s_dec"])
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


def _pixels(
    rows: dict[str, NDArray[Any]], exposures: list[Exposure], number: NDArray[np.int64]
) -> dict[str, NDArray[Any]]:
    """Ends of trails where a WCS was given: the first pixel's centre is (1, 1)."""
    ends = {name: np.full(len(number), np.nan) for name in ("x_start", "y_start", "x_end", "y_end")}
    for index in np.unique(number).tolist():
        if (wcs := exposures[index].wcs) is not None:
            these = number == index
            for end in ("start", "end"):
                x, y = wcs.world_to_pixel_values(
                    rows[f"ra_{end}"][these], rows[f"dec_{end}"][these]
                )
                ends[f"x_{end}"][these], ends[f"y_{end}"][these] = x + 1.0, y + 1.0
    return ends


def _identifiers(rows: dict[str, NDArray[Any]]) -> NDArray[np.object_]:
    """The same crossing of the same exposure by the same elements has the same."""
    names = ["observer_id", "exposure_id", "aperture_id", "norad_id", "gp_id", "t_mid"]
    if any(rows["ephemeris_id"]):
        names.append("ephemeris_id")
    told = zip(*(rows[name].tolist() for name in names), strict=True)
    return _texts([hashlib.sha256(repr(each).encode()).hexdigest()[:20] for each in told])
