"""Satellites of a scene description that follow from crossings or from a rate of trails."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.ephemeris.elements import Elements
    from satvo.resources.trails.courses import Course

__all__ = ["predicted_satellites", "satellites_by_rate", "satellites_of_transits"]

_PLACES = 17
"""Of a path in a description; between them great circles are followed."""


def satellites_of_transits(
    transits: Mapping[str, Any],
    start: datetime,
    exposure_s: float,
    *,
    steps: Mapping[str, Any] | None = None,
    default_mag: float | None = None,
) -> list[dict[str, Any]]:
    """The satellites of a transit list that are in the field while an image is exposed.

    Parameters
    ----------
    transits : mapping of str to array (n,)
        Columns of `satvo.transit`, masked where null.
    start : datetime
        Of the exposure, UTC without a zone.
    exposure_s : float
    steps : mapping of str to array, optional
        `satvo.resources.passes.columns.STEP_FIELDS` of these transits.
    default_mag : float, optional
        Of lit satellites of which none is known; they are left out without it.

    Returns
    -------
    list of dict
        Path (seconds from the start; ICRS, deg), magnitude (V, its mean over the lit part), range
        (km), name and norad_id of each.

    Raises
    ------
    BadParameter
        If none of them is, with the reasons.
    """
    from satvo.resources.trails.transits import courses_from_transits

    courses, left_out = courses_from_transits(
        transits, start, exposure_s, steps=steps, default_mag=default_mag
    )
    if not courses:
        words = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        raise BadParameter(
            f"no crossing leaves a trail in the exposure of {exposure_s:g} s from "
            f"{start.isoformat(timespec='milliseconds')} UTC ({words or 'none found'})"
        )
    return [_of_course(course) for course in courses]


def _of_course(course: Course) -> dict[str, Any]:
    lit = np.isfinite(course.mag)
    kept = np.unique(np.linspace(0, len(course.seconds) - 1, _PLACES).round().astype(int))
    columns = (course.seconds[kept], course.ra[kept], course.dec[kept])
    path = np.column_stack([columns[0].round(6), columns[1].round(9), columns[2].round(9)])
    satellite: dict[str, Any] = {
        "path": path.tolist(),
        "magnitude": round(float(course.mag[lit].mean()), 4),
        "band": "V",
        "name": course.name or (f"NORAD {course.norad_id}" if course.norad_id else "satellite"),
    }
    if not lit.all():  # the shadow of the Earth
        seconds = course.seconds[lit]
        satellite["first_seen"] = round(float(seconds[0]), 6)
        satellite["last_seen"] = round(float(max(seconds[-1], seconds[0] + 1e-3)), 6)
    if math.isfinite(course.nearest_km):
        satellite["range"] = round(course.nearest_km, 3)
    if course.norad_id:
        satellite["norad_id"] = course.norad_id
    return satellite


def predicted_satellites(
    elements: Elements,
    observer: Mapping[str, Any],
    start: datetime,
    exposure_s: float,
    wcs: Any,
    shape: tuple[int, int],
    *,
    default_mag: float | None = None,
) -> list[dict[str, Any]]:
    """The satellites that PassPredict finds in an exposure.

    Parameters
    ----------
    elements : Elements
        Of the day.
    observer : mapping
        ``lon``, ``lat`` (deg), ``height`` (m).
    start : datetime
        UTC without a zone.
    exposure_s : float
    wcs : astropy WCS
        Of the image.
    shape : (int, int)
        Rows, columns.
    default_mag : float, optional
        As of `satellites_of_transits`.

    Raises
    ------
    BadParameter
        If none crosses it that is lit.
    """
    from satvo.resources.ephemeris.observer import GroundObserver
    from satvo.resources.images.simulator.from_orbit import crossings_of
    from satvo.resources.images.simulator.observed import Observed
    from satvo.resources.passes.exposures import Exposure
    from satvo.resources.passes.fields import Polygon
    from satvo.schemas.moments import mjd_of

    corners = wcs.calc_footprint(axes=(shape[1], shape[0]))
    field = Polygon.of([[float(ra) % 360.0, float(dec)] for ra, dec in corners])
    exposure = Exposure("frame", mjd_of(start), exposure_s, field)
    place = GroundObserver.geodetic(observer["lon"], observer["lat"], observer["height"])
    crossings, left_out = crossings_of(
        Observed(exposure, place, shape), elements, default_mag=default_mag
    )
    if not crossings:
        words = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
        raise BadParameter(
            f"TRANSIT=predict: of {len(elements)} satellites none that is lit crosses the field "
            f"during the exposure of {exposure_s:g} s from "
            f"{start.isoformat(timespec='milliseconds')} UTC ({words or 'none found'})"
        )
    return [_of_course(crossing.course) for crossing in crossings]


def satellites_by_rate(
    rate: tuple[float, float, float],
    wcs: Any,
    shape: tuple[int, int],
    exposure_s: float,
    random: np.random.Generator,
) -> list[dict[str, Any]]:
    """The satellites that a rate of trails brings into one exposure.

    Parameters
    ----------
    rate : (float, float, float)
        Trails seen per square degree and hour, evenly spread between two magnitudes (V).
    wcs : astropy WCS
    shape : (int, int)
        Rows, columns.
    exposure_s : float
    random : numpy Generator

    Returns
    -------
    list of dict
        As `satellites_of_transits`; altitudes are even from 500 to 1200 km.
    """
    from satvo.resources.trails.flows import Field, Motions
    from satvo.resources.trails.rates import TrailRate, trails_by_rate

    motions = Motions.of_altitudes([500.0, 600.0, 700.0, 800.0, 900.0, 1000.0, 1100.0, 1200.0])
    flow = TrailRate.even(*rate)
    trails = trails_by_rate(flow, motions, Field.of_wcs(wcs, shape), exposure_s, 0.0, random)
    found = []
    for trail in trails:
        fractions = np.linspace(0.0, 1.0, _PLACES)
        x = np.interp(fractions, trail.path.t, trail.path.x)
        y = np.interp(fractions, trail.path.t, trail.path.y)
        ra, dec = wcs.all_pix2world(x, y, 0)
        seconds = fractions * exposure_s
        path = np.column_stack([seconds.round(6), (ra % 360.0).round(9), dec.round(9)])
        found.append(
            {
                "path": path.tolist(),
                "magnitude": round(trail.mag, 4),
                "band": "V",
                "range": round(trail.range_km, 3),
                "name": trail.name,
            }
        )
    return found
