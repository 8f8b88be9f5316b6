"""Places on the sky as SIA writes them, and as ADQL asks for them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import lon_lat_deg, separation_deg, unit_vectors
from satvo.service.adql.limits import MAX_VERTICES

__all__ = ["REGION", "interval", "meets", "number", "polygon_text", "within"]

REGION = "s_region"
"""The outline of an image in ivoa.obscore."""

_NUMBER = re.compile(r"[+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:[eE][+-]?\d{1,4})?", re.ASCII)
_ENDLESS = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE | re.ASCII)

_STEP_DEG = 0.5
"""Between vertices along a parallel: a great circle between them leaves it by 1 arcsec at most."""
_PIECE_DEG = 90.0
"""Longitudes of one polygon; a wider one might be taken for the rest of the sphere."""

_MARGIN_DEG = 1e-6
"""Beyond what the sums of degrees round."""
_MOST_CAP_DEG = 80.0
"""Radius of a circle around a polygon above which the circle tells nothing."""

_FORMS = "CIRCLE ra dec radius, RANGE ra1 ra2 dec1 dec2 or POLYGON ra1 dec1 ra2 dec2 ra3 dec3 ..."


def number(text: str, what: str) -> float:
    """A number of a parameter, infinite where it says Inf.

    Parameters
    ----------
    text : str
    what : str
        The parameter and its value, for the message.

    Raises
    ------
    BadParameter
        If it is none, or too large for one.
    """
    if _ENDLESS.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise BadParameter(f"{what}: {ascii(text)[:40]} is not a number; give one, or Inf or -Inf")
    return value


def interval(text: str, what: str) -> tuple[float, float]:
    """Both ends of an interval, which belong to it; a number alone is both (DALI 1.1, 3.3.3).

    Raises
    ------
    BadParameter
        If there are not one or two numbers, the lower first.

    Examples
    --------
    >>> interval("-Inf 5e-7", "BAND"), interval("3", "FOV")
    ((-inf, 5e-07), (3.0, 3.0))
    """
    told = f"{what}={ascii(text)[:60]}"
    ends = [number(word, told) for word in text.split()[:3]]
    if len(ends) not in (1, 2):
        raise BadParameter(f"{told}: one number, or two with a blank between, is accepted")
    low, high = ends[0], ends[-1]
    if low > high:
        raise BadParameter(f"{told}: the lower end comes first")
    if low == math.inf or high == -math.inf:
        raise BadParameter(f"{told}: nothing is there; -Inf is a lower end, Inf an upper one")
    return low, high


def within(column: str, low: float, high: float, upper: str | None = None) -> str:
    """ADQL for an interval that meets a column, or that of two columns.

    Parameters
    ----------
    column : str
        The value, or the lower end.
    low, high : float
        Infinite for an open end. A null matches none.
    upper : str, optional
        The column of the upper end.
    """
    upper = upper or column
    terms = []
    if low != -math.inf:
        terms.append(f"{upper} >= {low!r}")
    if high != math.inf:
        terms.append(f"{column} <= {high!r}")
    return " AND ".join(terms) or f"{column} IS NOT NULL"


def meets(text: str, what: str = "POS") -> str:
    """ADQL for the images that have a point in common with a place.

    Parameters
    ----------
    text : str
        CIRCLE, RANGE or POLYGON in ICRS, deg (SIA 2.0, section 2.1.1).
    what : str
        Name of the parameter, for the message.

    Raises
    ------
    BadParameter
        If it says none of these.

    Notes
    -----
    A RANGE lies between meridians and parallels. Its parallels become great circles between
    points half a degree apart, which leave them by 1 arcsec at most.
    """
    told = f"{what}={ascii(text)[:60]}"
    words = text.replace(",", " ").split()
    name = words[0].upper() if words else ""
    if len(words) > 2 * MAX_VERTICES + 1:
        raise BadParameter(f"{told}: at most {MAX_VERTICES} vertices are accepted")
    if name not in ("CIRCLE", "RANGE", "POLYGON"):
        raise BadParameter(f"{told}: {_FORMS} is accepted (ICRS, deg)")
    values = [number(word, told) for word in words[1:]]
    if name == "RANGE":
        return _in_range(values, told)
    if not all(map(math.isfinite, values)):
        raise BadParameter(f"{told}: Inf is accepted in a RANGE alone")
    if name == "CIRCLE":
        return _in_circle(values, told)
    if len(values) < 6 or len(values) % 2:
        raise BadParameter(f"{told}: three vertices at least are needed, two numbers each")
    _check_positions(values, told)
    return _crossing_polygon(list(zip(values[::2], values[1::2], strict=True)))


def polygon_text(vertices: Sequence[tuple[float, float]]) -> str:
    """A POLYGON of ADQL; vertices that follow upon themselves are one."""
    kept = [
        each
        for i, each in enumerate(vertices)
        if (each[0] % 360.0, each[1]) != (vertices[i - 1][0] % 360.0, vertices[i - 1][1])
    ]
    if len(kept) < 3:
        raise BadParameter("a POLYGON of fewer than three different vertices has no inside")
    return f"POLYGON({', '.join(f'{lon!r}, {lat!r}' for lon, lat in kept)})"


def _crossing(region: str) -> str:
    return f"INTERSECTS({REGION}, {region}) = 1"


def _in_circle(values: list[float], told: str) -> str:
    if len(values) != 3:
        raise BadParameter(f"{told}: CIRCLE takes ra, dec and radius, deg")
    lon, lat, radius = values
    _check_positions(values[:2], told)
    if not 0.0 <= radius <= 180.0:
        raise BadParameter(f"{told}: a radius of 0 to 180 deg is accepted")
    crossing = _crossing(f"CIRCLE({lon!r}, {lat!r}, {radius!r})")
    return f"{_near_parallels(lat, radius)} AND {crossing}"


def _near_parallels(lat: float, radius: float) -> str:
    """ADQL that is cheap and true for all images that come within a circle.

    Of many places joined by OR each is compared with every image, and most images end here.
    """
    half = "s_fov / 2"
    low, high = lat - radius - _MARGIN_DEG, lat + radius + _MARGIN_DEG
    meeting = f"s_dec + {half} >= {low!r} AND s_dec - {half} <= {high!r}"
    return f"(s_fov IS NULL OR s_dec IS NULL OR ({meeting}))"


def _crossing_polygon(vertices: Sequence[tuple[float, float]]) -> str:
    """ADQL for images that meet a polygon, with what is cheap first.

    A circle of less than a hemisphere that holds the vertices holds the polygon.
    """
    crossing = _crossing(polygon_text(vertices))
    vectors = unit_vectors(*zip(*vertices, strict=True))
    middle = vectors.sum(axis=0)
    lon, lat = lon_lat_deg(middle)
    radius = float(separation_deg(lon, lat, *map(list, zip(*vertices, strict=True))).max())
    if radius >= _MOST_CAP_DEG:
        return crossing
    reach = f"{radius + _MARGIN_DEG!r} + s_fov / 2"
    near = f"(s_fov IS NULL OR s_dec IS NULL OR DISTANCE(s_ra, s_dec, {lon!r}, {lat!r}) <= {reach})"
    return f"{_near_parallels(lat, radius)} AND {near} AND {crossing}"


def _check_positions(values: list[float], told: str) -> None:
    if not all(0.0 <= lon <= 360.0 for lon in values[::2]):
        raise BadParameter(f"{told}: a right ascension of 0 to 360 deg is accepted")
    if not all(-90.0 <= lat <= 90.0 for lat in values[1::2]):
        raise BadParameter(f"{told}: a declination of -90 to 90 deg is accepted")


def _in_range(values: list[float], told: str) -> str:
    if len(values) != 4:
        raise BadParameter(f"{told}: RANGE takes ra1, ra2, dec1 and dec2, deg")
    if values[0] > values[1] or values[2] > values[3]:
        raise BadParameter(
            f"{told}: the lower end comes first; across 0 h give two, each as a POS of its own"
        )
    ends = (0.0, 360.0, -90.0, 90.0)
    west, east, south, north = (
        end if math.isinf(value) else value for value, end in zip(values, ends, strict=True)
    )
    _check_positions([west, south, east, north], told)
    if any(math.isinf(v) and (v < 0) != (e <= 0) for v, e in zip(values, ends, strict=True)):
        raise BadParameter(f"{told}: -Inf is a lower end, Inf an upper one")
    if east - west == 360.0:
        return _in_zone(south, north)
    if south == north or west == east:
        return _on_line(west, east, south, north)
    count = math.ceil((east - west) / _PIECE_DEG)
    edges = [west + (east - west) * i / count for i in range(count + 1)]
    terms = [_crossing_polygon(_tile(left, right, south, north)) for left, right in pairwise(edges)]
    return f"({' OR '.join(f'({term})' for term in terms)})"


def _in_zone(south: float, north: float) -> str:
    """All right ascensions: an image, which is of one piece, comes near enough to both poles."""
    terms = [f"{REGION} IS NOT NULL"]
    if south > -90.0:
        terms.append(_crossing(f"CIRCLE(0.0, 90.0, {90.0 - south!r})"))
    if north < 90.0:
        terms.append(_crossing(f"CIRCLE(0.0, -90.0, {90.0 + north!r})"))
    return f"({' AND '.join(terms)})"


def _on_line(west: float, east: float, south: float, north: float) -> str:
    """A RANGE without an area: a point, or a polygon as narrow as a milliarcsecond."""
    if west == east and south == north:
        return _crossing(f"CIRCLE({west!r}, {south!r}, 0.0)")
    half = 1e-7
    return _in_range(
        [
            max(west - half, 0.0) if west == east else west,
            min(east + half, 360.0) if west == east else east,
            max(south - half, -90.0) if south == north else south,
            min(north + half, 90.0) if south == north else north,
        ],
        "RANGE",
    )


def _tile(west: float, east: float, south: float, north: float) -> list[tuple[float, float]]:
    """A RANGE of at most a quarter of the circle, as vertices counter-clockwise."""

    def along(lat: float) -> list[tuple[float, float]]:
        # A pole is one point; the equator is a great circle already.
        steps = 1 if lat == 0.0 else max(1, math.ceil((east - west) / _STEP_DEG))
        if abs(lat) == 90.0:
            return [(west, lat)]
        return [(west + (east - west) * i / steps, lat) for i in range(steps + 1)]

    halfway = (south + north) / 2
    # From pole to pole there are many great circles, and only one from here to a pole.
    east_side = [(east, halfway)] if north - south > 90.0 else []
    west_side = [(west, halfway)] if north - south > 90.0 else []
    return along(south) + east_side + along(north)[::-1] + west_side
