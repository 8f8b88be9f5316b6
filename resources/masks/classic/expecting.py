"""Where trails are expected in an image, from a transit list."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.uncertainty import rtn_sigma_km
from satvo.resources.masks.search import Expected
from satvo.resources.trails.courses import Course
from satvo.resources.trails.transits import courses_from_transits
from satvo.schemas.errors import BadParameter

__all__ = ["expected_from_transits"]

Floats = NDArray[np.float64]

_VERTICES = 9
_ARCSEC = 648000.0 / math.pi
_ASTROMETRY_PX = 1.5
_TIMING_S = 0.05
_ANY_MAG = 0.0
_UNKNOWN_RANGE_KM = 800.0
_MOST_ALONG_PX = 5000.0


def expected_from_transits(
    transits: Mapping[str, Any],
    wcs: Any,
    start: datetime,
    exposure_s: float,
    *,
    steps: Mapping[str, Any] | None = None,
    exposure_id: str | None = None,
    timing_s: float = _TIMING_S,
) -> tuple[Expected, ...]:
    """The trails that PassPredict expects in an image.

    Parameters
    ----------
    transits : mapping of str to array (n,)
        Columns of `satvo.transit`, as ``satvo passes -o`` writes them and
        `satvo.resources.trails.given.read_columns` reads them; those that `trails_from_transits`
        needs, and norad_id, object_name, gp_age, t_err, range_min where they are there.
    wcs : astropy.wcs.WCS
        Of the image, celestial.
    start : datetime
        Of the exposure, UTC without zone.
    exposure_s : float
    steps : mapping of str to array, optional
        `satvo.resources.passes.columns.STEP_FIELDS` of these transits.
    exposure_id : str, optional
        Only the rows of this exposure.
    timing_s : float
        1-sigma error of the image's own times.

    Returns
    -------
    tuple of Expected
        Of the satellites that are in the field while it is exposed and are not in the shadow all
        the time. ``across_px`` is from the errors of the elements at their age across the orbit and
        radially (`satvo.resources.ephemeris.uncertainty`), with 1.5 px for the WCS; ``along_px``
        from ``t_err``, or those errors along the orbit where it is null, and the image's times.

    Raises
    ------
    BadParameter
        If the image has no celestial WCS or no exposure, or a column is missing.

    Notes
    -----
    Errors radially are taken across the trail whole: what part of them is depends on the geometry,
    and most are below the others.
    """
    if wcs is None or not getattr(wcs, "has_celestial", False):
        raise BadParameter(
            "the image has no celestial WCS, so that no transit can be placed on it; solve it, or "
            "give the expected trail in pixels"
        )
    expected = []
    for row in range(_rows(transits)):
        one = {name: transits[name][row : row + 1] for name in _names(transits)}
        courses, _ = courses_from_transits(
            one, start, exposure_s, steps=steps, exposure_id=exposure_id, default_mag=_ANY_MAG
        )
        for course in courses:
            found = _expected(course, one, wcs, exposure_s, timing_s)
            if found is not None:
                expected.append(found)
    return tuple(expected)


def _names(table: Mapping[str, Any]) -> list[str]:
    return list(getattr(table, "colnames", None) or table)


def _rows(table: Mapping[str, Any]) -> int:
    names = _names(table)
    return len(table[names[0]]) if names else 0


def _expected(
    course: Course, row: Mapping[str, Any], wcs: Any, exposure_s: float, timing_s: float
) -> Expected | None:
    path = course.path(wcs, exposure_s)
    if path is None:
        return None
    # Through the shadow the path goes on; what is not lit leaves nothing to find.
    lit = course.seconds[np.isfinite(course.mag)] / exposure_s
    first, last = max(path.t[0], lit.min()), min(path.t[-1], lit.max())
    x, y = path.at(np.linspace(first, last, _VERTICES))
    if np.hypot(x[-1] - x[0], y[-1] - y[0]) < 1.0:
        return None
    across_arcsec, along_arcsec = _errors_arcsec(row, timing_s)
    per_px = _arcsec_per_px(wcs)
    return Expected(
        tuple((float(a), float(b)) for a, b in zip(x, y, strict=True)),
        across_px=math.hypot(across_arcsec / per_px, _ASTROMETRY_PX),
        along_px=min(max(along_arcsec / per_px, _ASTROMETRY_PX), _MOST_ALONG_PX),
        norad_id=course.norad_id,
        name=course.name,
    )


def _errors_arcsec(row: Mapping[str, Any], timing_s: float) -> tuple[float, float]:
    """1-sigma errors across the motion and along it."""
    name = str(_value(row, "object_name", "")).lower()
    known = next((each for each in ("starlink", "oneweb") if name.startswith(each)), "")
    age = np.array([_number(row, "gp_age", 0.0)])
    radial, along, across = rtn_sigma_km(np.array([known], dtype=object), age)[0]
    distance = max(_number(row, "range_min", _UNKNOWN_RANGE_KM), 1.0)
    rate = _number(row, "rate", 0.0)
    in_time = rate * _number(row, "t_err", math.nan)
    along_arcsec = along / distance * _ARCSEC if math.isnan(in_time) else in_time
    return (
        math.hypot(radial, across) / distance * _ARCSEC,
        math.hypot(along_arcsec, rate * timing_s),
    )


def _value(row: Mapping[str, Any], name: str, default: Any) -> Any:
    if name not in _names(row):
        return default
    value = row[name]
    return default if np.ma.getmaskarray(value)[0] or value[0] is None else value[0]


def _number(row: Mapping[str, Any], name: str, default: float) -> float:
    value = float(_value(row, name, default))
    return value if math.isfinite(value) else default


def _arcsec_per_px(wcs: Any) -> float:
    from astropy.wcs.utils import proj_plane_pixel_scales

    return float(np.sqrt(np.prod(proj_plane_pixel_scales(wcs.celestial)))) * 3600.0
