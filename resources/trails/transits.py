"""Trails from a transit list: the rows that PassPredict gives, and their steps where there are any.

A row of `satvo.transit` tells where a satellite is when it enters the field, nearest to its centre
and when it leaves, and its velocity at the nearest: four conditions, through which a cubic in time
is laid for each component of the direction. Steps (``satvo passes --step``) are gone through by a
cubic spline and tell magnitudes on the way, and where it enters the shadow.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import radec_deg, sky_axes
from satvo.resources.trails.courses import Course
from satvo.resources.trails.trail import Trail
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import mjd_of
from satvo.schemas.sphere import normalised, unit_vectors

__all__ = ["PredictedTrails", "courses_from_transits", "trails_from_transits"]

Floats = NDArray[np.float64]
Columns = Mapping[str, Any]

_NEEDED = (
    "t_min", "t_mid", "t_max", "ra_start", "dec_start", "s_ra", "s_dec", "ra_end", "dec_end",
)  # fmt: skip
_STEPS_NEEDED = ("norad_id", "epoch_mjd", "ra", "dec")
_DAY_S = 86400.0
_ARCSEC = 648000.0 / math.pi
_POINTS = 129
_AT_EDGE_S = 1e-3
_SHORT_S = 0.2
"""Crossings so short that their ends tell the direction worse than rate and position angle do."""
_FEWEST_STEPS = 4
"""Fewer tell less of the way than entry, nearest, exit and velocity do."""
_BEYOND = 0.1
_BEYOND_S = 0.05


@dataclass(frozen=True, eq=False, slots=True)
class PredictedTrails:
    """Trails of a transit list, and which of its rows give none.

    Attributes
    ----------
    trails : tuple of Trail
    left_out : dict of int
        Rows for each reason: ``other-exposure`` (by its exposure_id), ``other-time`` (the satellite
        is not in the field while the image is exposed), ``no-crossing`` (a pass above a horizon),
        ``aperture`` (of fibres), ``no-magnitude`` (no model applies, or in the shadow),
        ``other-field`` (on another part of the sky).
    """

    trails: tuple[Trail, ...]
    left_out: dict[str, int]


def trails_from_transits(
    transits: Columns,
    wcs: Any,
    start: datetime,
    exposure_s: float,
    zero_point_mag: float,
    *,
    steps: Columns | None = None,
    exposure_id: str | None = None,
    default_mag: float | None = None,
    colour: float = 0.0,
) -> PredictedTrails:
    """The trails that the satellites of a transit list leave in an image.

    Parameters
    ----------
    transits : mapping of str to array (n,)
        Columns of `satvo.transit`, masked or NaN where null. Needed are t_min, t_mid, t_max,
        ra_start, dec_start, s_ra, s_dec, ra_end, dec_end; used are rate, pos_angle, mag, range_min,
        illuminated, norad_id, object_name, kind, exposure_id, aperture_id where they are there.
    wcs : astropy.wcs.WCS
        Of the image, celestial; its distortions count.
    start : datetime
        UTC without zone.
    exposure_s : float
    zero_point_mag : float
        Magnitude that gives one electron a second, in the band of the image.
    steps : mapping of str to array, optional
        `satvo.resources.passes.columns.STEP_FIELDS` of these transits.
    exposure_id : str, optional
        Only the rows of this exposure.
    default_mag : float, optional
        Of lit satellites whose magnitude is unknown; they are left out without it.
    colour : float
        What is added to the magnitudes to have them in the band of the image
        (`satvo.resources.brightness.bands.colour`, where they are of V).

    Returns
    -------
    PredictedTrails

    Raises
    ------
    BadParameter
        If the image has no celestial WCS or no exposure, or a column is missing.

    Notes
    -----
    Paths go a little beyond the edge of the field, where the exposure lets them, so that the light
    of a wide spread comes in over it.
    """
    if wcs is None or not getattr(wcs, "has_celestial", False):
        raise BadParameter(
            "the image has no celestial WCS, so that no transit can be placed on it; give CTYPE1, "
            "CTYPE2, CRVAL1, CRVAL2, CRPIX1, CRPIX2 and a CD matrix (solve it), or give the trail "
            "in pixels"
        )
    courses, left_out = courses_from_transits(
        transits,
        start,
        exposure_s,
        steps=steps,
        exposure_id=exposure_id,
        default_mag=default_mag,
        colour=colour,
    )
    found = [course.trail(wcs, exposure_s, zero_point_mag) for course in courses]
    trails = tuple(trail for trail in found if trail is not None)
    if len(trails) < len(found):
        left_out["other-field"] = len(found) - len(trails)
    return PredictedTrails(trails, left_out)


def courses_from_transits(
    transits: Columns,
    start: datetime,
    exposure_s: float,
    *,
    steps: Columns | None = None,
    exposure_id: str | None = None,
    default_mag: float | None = None,
    colour: float = 0.0,
) -> tuple[list[Course], dict[str, int]]:
    """The ways of the satellites of a transit list over the sky, and what was left out.

    As `trails_from_transits`, for images whose WCS is not yet known.
    """
    if not 0.0 < exposure_s <= _DAY_S:
        raise BadParameter(f"exposure {exposure_s} s: above 0 to 86400 s is accepted")
    columns = _columns(transits, _NEEDED, "transits")
    stepped = None if steps is None else _columns(steps, _STEPS_NEEDED, "steps")
    begin = mjd_of(start)
    left_out: Counter[str] = Counter()
    courses = []
    for row in range(len(columns["t_min"])):
        each = {name: values[row] for name, values in columns.items()}
        reason = _unfit(each, begin, exposure_s, exposure_id)
        course = None
        if reason is None:
            each["mag"] = _mag(each, default_mag) + colour
            course = _course(each, _own(each, stepped), begin, exposure_s, colour)
            if math.isnan(course.brightest_mag):
                course, reason = None, "no-magnitude"
        if course is None:
            left_out[str(reason)] += 1
        else:
            courses.append(course)
    return courses, dict(left_out)


def _columns(given: Columns, needed: tuple[str, ...], what: str) -> dict[str, NDArray[Any]]:
    """Plain arrays, NaN (or None) where values are null."""
    names = list(getattr(given, "colnames", None) or given)
    missing = [name for name in needed if name not in names]
    if missing:
        raise BadParameter(
            f"{what}: no column {', '.join(missing)}; the columns of satvo.transit are accepted, "
            "as `satvo passes -o` writes them"
        )
    found = {}
    for name in names:
        values = given[name]
        mask = np.ma.getmaskarray(values)
        array = np.asarray(np.ma.getdata(values))
        if mask.any():
            array = array.astype(np.float64 if array.dtype.kind in "iuf" else object)
            array[mask] = np.nan if array.dtype.kind == "f" else None
        found[name] = array
    return found


def _unfit(
    row: Mapping[str, Any], begin: float, exposure_s: float, exposure_id: str | None
) -> str | None:
    """Why a row gives no trail in this exposure."""
    if exposure_id is not None and str(row.get("exposure_id")) != exposure_id:
        return "other-exposure"
    if row.get("kind") == "pass":
        return "no-crossing"
    if row.get("aperture_id") not in (None, "", "None"):
        return "aperture"
    if not (row["t_min"] < begin + exposure_s / _DAY_S and row["t_max"] > begin):
        return "other-time"
    return None


def _mag(row: Mapping[str, Any], default: float | None) -> float:
    mag = float(row.get("mag", math.nan))
    lit = row.get("illuminated") in (None, True, np.True_)
    return default if math.isnan(mag) and default is not None and lit else mag


def _own(row: Mapping[str, Any], steps: dict[str, NDArray[Any]] | None) -> Columns:
    """The steps of one crossing: of its satellite, between its times."""
    if steps is None:
        return {}
    mine = steps["norad_id"] == row.get("norad_id")
    slack = 1e-3 / _DAY_S
    mine &= (steps["epoch_mjd"] >= row["t_min"] - slack) & (
        steps["epoch_mjd"] <= row["t_max"] + slack
    )
    if "exposure_id" in steps and "exposure_id" in row:
        mine &= steps["exposure_id"] == row["exposure_id"]
    order = np.flatnonzero(mine)
    order = order[np.argsort(steps["epoch_mjd"][order])]
    return {name: values[order] for name, values in steps.items()}


def _course(
    row: Mapping[str, Any], steps: Columns, begin: float, exposure_s: float, colour: float
) -> Course:
    """The way of one crossing."""
    enters, middle, leaves = (
        (float(row[name]) - begin) * _DAY_S for name in ("t_min", "t_mid", "t_max")
    )
    beyond = max(_BEYOND * (leaves - enters), _BEYOND_S)
    first = max(0.0, enters - (beyond if enters > _AT_EDGE_S else 0.0))
    last = min(exposure_s, leaves + (beyond if leaves < exposure_s - _AT_EDGE_S else 0.0))
    seconds = np.linspace(first, max(last, first + 1e-6), _POINTS)
    ends = (
        np.array([enters, middle, leaves]),
        unit_vectors(
            [row["ra_start"], row["s_ra"], row["ra_end"]],
            [row["dec_start"], row["s_dec"], row["dec_end"]],
        ),
    )
    if len(steps.get("epoch_mjd", ())) >= _FEWEST_STEPS:
        at = (np.asarray(steps["epoch_mjd"], dtype=np.float64) - begin) * _DAY_S
        directions = _splined(seconds, at, unit_vectors(steps["ra"], steps["dec"]), *ends)
        mag, distance = _on_the_way(seconds, at, steps, row, colour)
    else:
        directions = _through(seconds, *ends, _velocity(row, ends[1][1]))
        mag = np.full(_POINTS, row["mag"])
        distance = np.full(_POINTS, float(row.get("range_min", math.nan)))
    ra, dec = radec_deg(directions)
    number, name = row.get("norad_id"), row.get("object_name")
    return Course(
        seconds, ra, dec, mag, distance,
        None if number is None or number != number else int(number), str(name or ""),
    )  # fmt: skip


def _velocity(row: Mapping[str, Any], middle: Floats) -> Floats | None:
    """Of the direction at its nearest, 1/s."""
    rate, angle = (float(row.get(name, math.nan)) for name in ("rate", "pos_angle"))
    if math.isnan(rate) or math.isnan(angle):
        return None
    east, north = sky_axes(middle)
    turn = math.radians(angle)
    return np.asarray(rate / _ARCSEC * (math.sin(turn) * east + math.cos(turn) * north))


def _through(seconds: Floats, at: Floats, places: Floats, velocity: Floats | None) -> Floats:
    """Directions (n, 3) by the polynomial through places at times, and a velocity at the middle."""
    short = at[2] - at[0] < _SHORT_S
    if short and velocity is not None:
        return normalised(places[1] + (seconds - at[1])[:, None] * velocity)
    scale = max(at[2] - at[0], 1e-6)
    times = (at - at[1]) / scale
    # A crossing that is nearest at an end has two places, not three.
    apart = [1] + [i for i in (0, 2) if abs(times[i]) > 1e-3]
    count = len(apart) + (velocity is not None)
    rows = [times[i] ** np.arange(count) for i in apart]
    values = [places[i] for i in apart]
    if velocity is not None:
        rows.append(np.arange(count) == 1)
        values.append(velocity * scale)
    factors = np.linalg.lstsq(np.array(rows, dtype=np.float64), np.array(values), rcond=None)[0]
    powers = ((seconds - at[1]) / scale)[:, None] ** np.arange(count)
    return normalised(powers @ factors)


def _splined(
    seconds: Floats, at: Floats, places: Floats, end_times: Floats, ends: Floats
) -> Floats:
    """Directions (n, 3) by a cubic spline through steps and ends."""
    from scipy.interpolate import CubicSpline

    times, directions = np.concatenate([at, end_times]), np.concatenate([places, ends])
    order = np.argsort(times)
    times, directions = times[order], directions[order]
    # Closer than this the digits of an MJD, not the satellite, make the slope.
    kept = [0]
    for index in range(1, len(times)):
        if times[index] - times[kept[-1]] > 0.01:
            kept.append(index)
    return normalised(CubicSpline(times[kept], directions[kept])(seconds))


def _on_the_way(
    seconds: Floats, at: Floats, steps: Columns, row: Mapping[str, Any], colour: float
) -> tuple[Floats, Floats]:
    """Magnitude and range between steps; no magnitude where the nearest step is in the shadow."""
    distance = np.asarray(steps.get("range", np.full(len(at), np.nan)), dtype=np.float64)
    mags = np.asarray(steps.get("mag", np.full(len(at), np.nan)), dtype=np.float64) + colour
    lit = np.asarray(steps.get("illuminated", np.ones(len(at))), dtype=bool)
    mags = np.where(np.isnan(mags) & lit, row["mag"], np.where(lit, mags, np.nan))
    if np.isnan(mags).all():
        return np.full(len(seconds), np.nan), np.interp(seconds, at, distance)
    nearest = np.abs(seconds[:, None] - at).argmin(axis=1)
    known = np.isfinite(mags)
    between = np.interp(seconds, at[known], mags[known])
    return np.where(known[nearest], between, np.nan), np.interp(seconds, at, distance)
