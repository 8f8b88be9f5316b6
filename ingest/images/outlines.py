"""Outlines on the sky: few vertices of a curved edge, hulls, and circles that hold them.

References
----------
DALI 1.1, section 3.3.7: polygons are counter-clockwise seen from the origin, that is, as the sky
is seen with north up and east to the left. Vertices closer than 1e-6 deg are refused by harvesters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from satvo.schemas.errors import BadParameter
from satvo.schemas.region_values import Circle, Polygon
from satvo.schemas.sphere import angle_rad, cross, dot, lon_lat_deg, norm, normalised, unit_vectors
from satvo.schemas.spherical_polygon import SphericalPolygon

__all__ = [
    "Outline",
    "circle_around",
    "hull",
    "outline_of_region",
    "polygon_around",
    "simplified",
]

_Array = npt.NDArray[np.float64]

_CLOSEST_RAD = math.radians(2e-6)
_WIDEST_RAD = math.radians(60)
"""Radius beyond which an outline is told as a circle: its plane is stretched too far."""
_DIGITS = 8
_SLACK_DEG = 3e-8


class Outline:
    """A region as ivoa.obscore has it.

    Parameters
    ----------
    region : str
        ``POLYGON`` or ``CIRCLE`` and its numbers, deg, ICRS.
    lon_deg, lat_deg : float
        Its middle.
    diameter_deg : float
        Of a circle around the middle that holds it.
    """

    def __init__(self, region: str, lon_deg: float, lat_deg: float, diameter_deg: float) -> None:
        self.region = region
        self.lon_deg = lon_deg
        self.lat_deg = lat_deg
        self.diameter_deg = diameter_deg

    def columns(self) -> dict[str, str | float]:
        """The columns of ivoa.obscore that tell it."""
        return {
            "s_region": self.region,
            "s_ra": self.lon_deg,
            "s_dec": self.lat_deg,
            "s_fov": self.diameter_deg,
        }


def simplified(points: _Array, tolerance_rad: float) -> _Array:
    """Those of points along a curve that great circles must join to be this near to all of them.

    Parameters
    ----------
    points : (n, 3) array
        Unit vectors, n >= 2; the ends stay.
    tolerance_rad : float

    Examples
    --------
    >>> line = unit_vectors(np.linspace(0, 10, 9), np.zeros(9))
    >>> len(simplified(line, 1e-9))
    2
    """
    if len(points) <= 2:
        return points
    normal = cross(points[0], points[-1] - points[0])
    away = np.abs(points[1:-1] @ normal) / max(float(norm(normal)), 1e-300)
    worst = int(away.argmax())
    if away[worst] <= tolerance_rad:
        return points[[0, -1]]
    before = simplified(points[: worst + 2], tolerance_rad)
    return np.concatenate([before[:-1], simplified(points[worst + 1 :], tolerance_rad)])


def polygon_around(sides: Sequence[_Array], tolerance_rad: float) -> Outline | None:
    """The outline of a closed curve; None where it is too wide to be told as a polygon.

    Parameters
    ----------
    sides : sequence of (n, 3) arrays
        Unit vectors along each side, each side beginning where the one before ends.
    tolerance_rad : float
        How far the sides of the polygon may be from the curve.

    Notes
    -----
    A curve that crosses itself, as distortions beyond their range make, is replaced by its hull.
    """
    corners = np.concatenate([simplified(side, tolerance_rad)[:-1] for side in sides])
    vertices = _apart(corners)
    middle = _middle(vertices)
    if middle is None or len(vertices) < 3:
        return None
    if _crosses_itself(vertices):
        return hull(np.concatenate(list(sides)), tolerance_rad)
    return _polygon(vertices, middle)


def hull(points: _Array, tolerance_rad: float = 0.0) -> Outline | None:
    """The convex hull of (n, 3) unit vectors, to a tolerance; None where they are too far apart."""
    middle = _middle(points)
    if middle is None:
        return None
    plane = _on_plane(points, middle)
    order = np.lexsort((plane[:, 1], plane[:, 0]))
    halves = (points[_half(plane, order)], points[_half(plane, order[::-1])])
    vertices = _apart(np.concatenate([simplified(half, tolerance_rad)[:-1] for half in halves]))
    return None if len(vertices) < 3 else _polygon(vertices, middle)


def circle_around(points: _Array, centre: _Array | None = None) -> Outline:
    """A circle that holds (n, 3) unit vectors, around their mean or what is given as the centre.

    Where they are all around, it is the whole sky.
    """
    mean = points.mean(axis=0) if centre is None else centre
    if norm(mean) < 1e-3:
        return Outline("CIRCLE 0.0 90.0 180.0", 0.0, 90.0, 360.0)
    centre = normalised(mean)
    lon, lat = (round(each, _DIGITS) for each in lon_lat_deg(centre))
    radius = float(np.degrees(angle_rad(points, unit_vectors(lon, lat))).max())
    radius = round(min(radius + _SLACK_DEG, 180.0), _DIGITS)
    return Outline(f"CIRCLE {lon} {lat} {radius}", lon, lat, 2 * radius)


def outline_of_region(region: Circle | Polygon) -> Outline:
    """The outline of a region that was told: a circle as it is, a polygon counter-clockwise.

    Raises
    ------
    BadParameter
        If it is a polygon that crosses itself.
    """
    if isinstance(region, Circle):
        lon, lat, radius = region.values
        return Outline(f"CIRCLE {lon} {lat} {radius}", lon, lat, 2 * radius + _SLACK_DEG)
    vertices = _apart(region.shape.start)
    if _crosses_itself(vertices):
        raise BadParameter("s_region: the sides of the polygon cross; give its outline")
    middle = _middle(vertices)
    return circle_around(vertices) if middle is None else _polygon(vertices, middle)


def _polygon(vertices: _Array, middle: _Array) -> Outline:
    if _signed_area(vertices, middle) < 0:
        vertices = vertices[::-1]
    places = [tuple(round(each, _DIGITS) for each in lon_lat_deg(v)) for v in vertices]
    text = " ".join(f"{lon % 360} {lat}" for lon, lat in places)
    lon, lat = (round(each, _DIGITS) for each in lon_lat_deg(middle))
    rounded = unit_vectors([place[0] for place in places], [place[1] for place in places])
    # Within 90 deg a cap is convex: what holds the vertices holds the great circles between them.
    radius = float(np.degrees(angle_rad(rounded, unit_vectors(lon, lat)).max()))
    return Outline(f"POLYGON {text}", lon % 360, lat, round(2 * radius + _SLACK_DEG, _DIGITS))


def _middle(points: _Array) -> _Array | None:
    """The middle of the box around points in the plane that touches their mean; None if too far."""
    mean = points.mean(axis=0)
    if norm(mean) < 1e-3:
        return None
    centre = normalised(mean)
    for _ in range(2):
        if float((points @ centre).min()) < math.cos(_WIDEST_RAD):
            return None
        plane = _on_plane(points, centre)
        x, y = (plane.min(axis=0) + plane.max(axis=0)) / 2
        east, north = _axes(centre)
        centre = normalised(centre + x * east + y * north)
    return centre


def _axes(centre: _Array) -> tuple[_Array, _Array]:
    pole = np.array([0.0, 0.0, 1.0]) if abs(centre[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    east = normalised(cross(pole, centre))
    return east, cross(centre, east)


def _on_plane(points: _Array, centre: _Array) -> _Array:
    """Gnomonic coordinates, in which great circles are straight; x grows to the east."""
    east, north = _axes(centre)
    return np.asarray(
        np.stack([points @ east, points @ north], axis=1) / (points @ centre)[:, None]
    )


def _signed_area(vertices: _Array, centre: _Array) -> float:
    """Twice the area in the plane; positive for counter-clockwise with east to the left."""
    x, y = _on_plane(vertices, centre).T
    return -float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def _half(plane: _Array, order: npt.NDArray[np.intp]) -> list[int]:
    """One side of a convex hull (Andrew's monotone chain)."""
    chain: list[int] = []
    for point in order.tolist():
        while len(chain) > 1 and _turn(plane, chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain


def _turn(plane: _Array, a: int, b: int, c: int) -> float:
    (ax, ay), (bx, by), (cx, cy) = plane[a], plane[b], plane[c]
    return float((bx - ax) * (cy - ay) - (by - ay) * (cx - ax))


def _apart(vertices: _Array) -> _Array:
    """Without those that are hardly away from the one before, round the ring."""
    kept: list[_Array] = []
    for vertex in vertices:
        if not kept or float(angle_rad(vertex, kept[-1])) > _CLOSEST_RAD:
            kept.append(vertex)
    while len(kept) > 1 and float(angle_rad(kept[0], kept[-1])) <= _CLOSEST_RAD:
        kept.pop()
    return np.array(kept)


def _crosses_itself(vertices: _Array) -> bool:
    """Whether two sides that are no neighbours meet."""
    if len(vertices) < 4:
        return False
    try:
        ring = SphericalPolygon(vertices)
    except BadParameter:
        return True
    start, end, normal = ring.start, ring.end, ring.normal
    first, last = start @ normal.T, end @ normal.T  # [side, circle of side]
    crossed = (first * last < 0) & (first * last < 0).T
    same = dot(start[:, None] + end[:, None], (start + end)[None]) > 0  # not on the other half
    count = len(start)
    near = np.abs(np.subtract.outer(np.arange(count), np.arange(count))) % (count - 1) <= 1
    return bool((crossed & same & ~near).any())
