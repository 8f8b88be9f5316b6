"""ADQL's functions of points, circles and polygons on the celestial sphere.

Coordinates are ICRS, or any one frame throughout, in degrees. A region contains its boundary,
taken 1e-12 rad (0.2 microarcsec) wide on either side.

References
----------
ADQL 2.1, section 4.2 (geometrical functions).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from satvo.schemas.region_values import Circle, Point, Polygon, Region, box, parse_region
from satvo.schemas.sphere import angle_rad, lon_lat_deg, separation_deg, unit_vectors
from satvo.schemas.spherical_polygon import TOLERANCE_RAD

__all__ = [
    "Circle",
    "Point",
    "Polygon",
    "Region",
    "area_deg2",
    "box",
    "centroid",
    "contains",
    "intersects",
    "parse_region",
    "points_in_circle",
    "points_in_polygon",
    "separation_deg",
]

_TOLERANCE_DEG = math.degrees(TOLERANCE_RAD)
_SR_IN_DEG2 = math.degrees(1) ** 2


def points_in_circle(
    lon_deg: npt.ArrayLike,
    lat_deg: npt.ArrayLike,
    circle_lon_deg: npt.ArrayLike,
    circle_lat_deg: npt.ArrayLike,
    radius_deg: npt.ArrayLike,
) -> npt.NDArray[np.bool_]:
    """Whether points lie in circles, boundary included.

    Parameters
    ----------
    lon_deg, lat_deg : array_like, deg
        The points.
    circle_lon_deg, circle_lat_deg, radius_deg : array_like, deg
        The circles; all five broadcast together.

    Returns
    -------
    array of bool
        False where any number is NaN or infinite, a latitude is outside [-90, 90], or a radius
        outside [0, 180]; the caller tells these from outside.

    Examples
    --------
    >>> points_in_circle([359.5, 2.0, np.nan], 0.0, 0.0, 0.0, 1.0).tolist()
    [True, False, False]
    """
    radius = np.asarray(radius_deg, dtype=np.float64)
    separation = separation_deg(lon_deg, lat_deg, circle_lon_deg, circle_lat_deg)
    return np.asarray((separation <= radius + _TOLERANCE_DEG) & (radius >= 0) & (radius <= 180))


def points_in_polygon(
    lon_deg: npt.ArrayLike, lat_deg: npt.ArrayLike, polygon: Polygon
) -> npt.NDArray[np.bool_]:
    """Whether points lie in a polygon, boundary included.

    Parameters
    ----------
    lon_deg, lat_deg : array_like, deg
        The points; they broadcast together.
    polygon : Polygon

    Returns
    -------
    array of bool
        False where a number is NaN or infinite or a latitude outside [-90, 90]; the caller tells
        these from outside.

    Examples
    --------
    >>> around_the_pole = Polygon([0, 80, 90, 80, 180, 80, 270, 80])
    >>> points_in_polygon([0.0, 45.0, 45.0], [90.0, 80.1, 84.0], around_the_pole).tolist()
    [True, False, True]
    """
    vectors = unit_vectors(lon_deg, lat_deg)
    sides = polygon.shape.side(vectors.reshape(-1, 3))
    return np.asarray((sides >= 0).reshape(vectors.shape[:-1]))


def contains(inner: Region, outer: Region) -> bool:
    """Whether a region lies wholly in another, in ADQL's order: is the first in the second.

    Boundaries may touch: every region contains itself. A point contains only itself and a circle
    of radius 0 there; no polygon lies in a point.

    References
    ----------
    ADQL 2.1, section 4.2.12 (CONTAINS).

    Examples
    --------
    >>> contains(Circle(0.0, 90.0, 5.0), Polygon([0, 80, 90, 80, 180, 80, 270, 80]))
    True
    """
    if _apart(inner, outer):
        return False
    if isinstance(outer, Circle):
        return _in_circle(inner, outer)
    if isinstance(outer, Point):
        return not isinstance(inner, Polygon) and _extent(inner)[1] <= TOLERANCE_RAD
    if isinstance(inner, Polygon):
        return outer.shape.covers(inner.shape)
    centre, radius_rad = _extent(inner)
    if outer.shape.side(centre[None])[0] < 0:
        return False
    return outer.shape.distance_rad(centre) >= radius_rad - TOLERANCE_RAD


def intersects(a: Region, b: Region) -> bool:
    """Whether two regions have a point in common; touching boundaries do.

    References
    ----------
    ADQL 2.1, section 4.2.17 (INTERSECTS); it lets a service refuse points, which is not done here.

    Examples
    --------
    >>> intersects(Circle(12.0, 0.0, 2.5), box(5.0, 0.0, 10.0, 10.0))
    True
    """
    if _apart(a, b):
        return False
    if isinstance(a, Polygon) and isinstance(b, Polygon):
        return a.shape.meets(b.shape)
    polygon, other = (a, b) if isinstance(a, Polygon) else (b, a)
    if not isinstance(polygon, Polygon):
        return True  # The extents that are not apart are the points and circles themselves.
    centre, radius_rad = _extent(other)
    if polygon.shape.side(centre[None])[0] >= 0:
        return True
    return polygon.shape.distance_rad(centre) <= radius_rad + TOLERANCE_RAD


def area_deg2(region: Region) -> float:
    """Area of a region, deg2; 0 for a point.

    Notes
    -----
    A polygon's is the sum of the spherical excesses of triangles, each from its sides' tangents, so
    a relative precision of 1e-9 is kept down to polygons of 1 arcsec.

    References
    ----------
    ADQL 2.1, section 4.2.8 (AREA). F. Eriksson, Mathematics Magazine 63, 184 (1990), for the
    solid angle of a triangle from its vectors.

    Examples
    --------
    >>> round(area_deg2(Polygon([0, 0, 90, 0, 0, 90])), 6) == round(129600 / math.pi / 8, 6)
    True
    """
    if isinstance(region, Point):
        return 0.0
    if isinstance(region, Circle):
        return 4 * math.pi * math.sin(region.radius_rad / 2) ** 2 * _SR_IN_DEG2
    return region.shape.area_sr * _SR_IN_DEG2


def centroid(region: Region) -> Point:
    """The direction of the mean of a region's unit vectors.

    Notes
    -----
    A polygon of no area, or with a mean of 0, gives the direction of the mean of its vertices.

    References
    ----------
    ADQL 2.1, section 4.2.10 (CENTROID), which leaves the definition open.

    Examples
    --------
    >>> centre = centroid(Polygon([359, 0, 1, 0, 1, 2, 359, 2]))
    >>> round(centre.lon_deg, 6) % 360, round(centre.lat_deg, 4)
    (0.0, 1.0001)
    """
    if isinstance(region, Polygon):
        return Point(*lon_lat_deg(region.shape.centroid))
    return Point(region.lon_deg, region.lat_deg)


def _in_circle(inner: Region, circle: Circle) -> bool:
    if math.pi - circle.radius_rad <= TOLERANCE_RAD:
        return True
    if not isinstance(inner, Polygon):
        centre, radius_rad = _extent(inner)
        reach = float(angle_rad(centre, circle.vector)) + radius_rad
        return reach <= circle.radius_rad + TOLERANCE_RAD
    # All vertices in the circle is not enough beyond 90 deg: the rest of the sphere, a circle
    # about the antipode, must stay clear of the polygon.
    antipode = -circle.vector
    if inner.shape.side(antipode[None])[0] > 0:
        return False
    clear_rad = math.pi - circle.radius_rad - TOLERANCE_RAD
    return inner.shape.distance_rad(antipode) >= clear_rad


def _extent(region: Region) -> tuple[npt.NDArray[np.float64], float]:
    """Centre and radius, rad, of a circle that holds the region; the region itself if it is one."""
    if isinstance(region, Point):
        return region.vector, 0.0
    if isinstance(region, Circle):
        return region.vector, region.radius_rad
    cap = region.shape.cap
    return (region.shape.start[0], math.pi) if cap is None else cap


def _apart(a: Region, b: Region) -> bool:
    """Whether the extents have no point in common, which settles most pairs of a table at once."""
    (u, radius_u), (v, radius_v) = _extent(a), _extent(b)
    return float(angle_rad(u, v)) > radius_u + radius_v + TOLERANCE_RAD
