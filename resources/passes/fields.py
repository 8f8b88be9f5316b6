"""Fields of view: circles, polygons, rectangles, and lists of apertures.

All on the sphere, in unit vectors of one frame; edges of polygons are great circles.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import sky_axes
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import normalised, unit_vectors

__all__ = ["Apertures", "Circle", "Field", "Polygon", "direction_of", "rectangle"]

Floats = NDArray[np.float64]

_WIDEST_RAD = math.radians(89.0)
_MOST_VERTICES = 1000
_MOST_APERTURES = 20_000


class Field(Protocol):
    """A part of the sky."""

    @property
    def centre(self) -> Floats:
        """Unit vector (3,)."""

    @property
    def radius_rad(self) -> float:
        """Of a circle about the centre that holds the field."""

    @property
    def outline(self) -> Floats:
        """Points (k, 3) along its edge; those of a polygon are its corners."""

    def contains(self, directions: Floats) -> NDArray[np.bool_]:
        """Whether each unit vector (n, 3) is inside; NaN is not."""

    def edge_fractions(self, first: Floats, second: Floats) -> Floats:
        """Where the chords between vectors (n, 3) and (n, 3) pass the edge.

        Fractions 0 to 1 of each chord, (n, k), NaN where there is no such place. A field says at
        least those where the path goes in or out.
        """


def direction_of(ra_deg: float, dec_deg: float, what: str = "field") -> Floats:
    """The unit vector of a right ascension and a declination.

    Raises
    ------
    BadParameter
        If the one is not within 0 to 360 deg or the other not within -90 to 90 deg.
    """
    if not (0.0 <= ra_deg <= 360.0 and -90.0 <= dec_deg <= 90.0):
        raise BadParameter(
            f"{what}: ra={ra_deg}, dec={dec_deg}; a right ascension of 0 to 360 deg and a "
            "declination of -90 to 90 deg are accepted"
        )
    return unit_vectors(ra_deg, dec_deg)


@dataclass(frozen=True, slots=True, eq=False)
class Circle:
    """All within a radius of a centre, the edge included."""

    centre: Floats
    radius_rad: float

    @classmethod
    def of(cls, ra_deg: float, dec_deg: float, radius_deg: float) -> Circle:
        """From a centre and a radius in deg.

        Raises
        ------
        BadParameter
            If the radius is not above 0 and at most 89 deg, or the centre is nowhere.
        """
        if not 0.0 < radius_deg <= 89.0:
            raise BadParameter(f"radius={radius_deg}: above 0 to 89 deg is accepted")
        return cls(direction_of(ra_deg, dec_deg), math.radians(radius_deg))

    @property
    def outline(self) -> Floats:
        """32 points of the circle."""
        east, north = sky_axes(self.centre)
        turn = np.linspace(0.0, 2.0 * np.pi, 32, endpoint=False)[:, None]
        around = np.sin(turn) * east + np.cos(turn) * north
        return np.asarray(
            math.cos(self.radius_rad) * self.centre + math.sin(self.radius_rad) * around
        )

    def contains(self, directions: Floats) -> NDArray[np.bool_]:
        """Whether each direction is inside."""
        # By the chord, which keeps its digits where the cosine has none left.
        apart = np.linalg.norm(directions - self.centre, axis=-1)
        return np.asarray(apart <= 2.0 * math.sin(self.radius_rad / 2.0))

    def edge_fractions(self, first: Floats, second: Floats) -> Floats:
        """The two places where a chord may pass the circle."""
        step = second - first
        cos2 = math.cos(self.radius_rad) ** 2
        along, rise = first @ self.centre, step @ self.centre
        a = rise**2 - cos2 * np.sum(step * step, axis=1)
        b = along * rise - cos2 * np.sum(first * step, axis=1)
        c = along**2 - cos2 * np.sum(first * first, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            root = np.sqrt(b * b - a * c)
            # The half that loses no digits, then its partner.
            half = -(b + np.copysign(root, b))
            found = np.stack([half / a, c / half], axis=1)
            return np.asarray(np.where((found >= 0.0) & (found <= 1.0), found, np.nan))


@dataclass(frozen=True, slots=True, eq=False)
class Polygon:
    """The inside of a polygon that does not cut itself, wound either way.

    Attributes
    ----------
    vertices : ndarray (k, 3)
        Unit vectors; the last is joined to the first.
    centre, radius_rad
        Of a circle that holds it.
    """

    vertices: Floats
    centre: Floats
    radius_rad: float

    @classmethod
    def of(cls, corners_deg: Sequence[Sequence[float]]) -> Polygon:
        """From [ra, dec] pairs in deg.

        Raises
        ------
        BadParameter
            If there are fewer than 3 or more than 1000 corners, one is nowhere, or they do not fit
            into a circle of 89 deg.
        """
        if not 3 <= len(corners_deg) <= _MOST_VERTICES:
            raise BadParameter(
                f"polygon of {len(corners_deg)} corners: 3 to {_MOST_VERTICES} [ra, dec] pairs in "
                "deg are accepted"
            )
        for corner in corners_deg:
            if len(corner) != 2:
                raise BadParameter(f"polygon corner {list(corner)}: [ra, dec] in deg is accepted")
        vertices = np.array(
            [direction_of(corner[0], corner[1], "polygon corner") for corner in corners_deg]
        )
        if np.array_equal(vertices[0], vertices[-1]) and len(vertices) > 3:
            vertices = vertices[:-1]  # closed as GeoJSON does
        return cls.through(vertices)

    @classmethod
    def through(cls, vertices: Floats) -> Polygon:
        """From unit vectors (k, 3); as `of`."""
        centre = normalised(vertices.mean(axis=0))
        radius = float(np.arccos(np.clip(vertices @ centre, -1.0, 1.0)).max())
        if not radius < _WIDEST_RAD:
            raise BadParameter("polygon: its corners must be within 89 deg of their middle")
        flat = _gnomonic(vertices, centre)
        if abs(_area(flat)) < 1e-16:
            raise BadParameter("polygon: its corners lie on one line, it has no area")
        return cls(vertices, centre, radius)

    @property
    def outline(self) -> Floats:
        """The corners."""
        return self.vertices

    def contains(self, directions: Floats) -> NDArray[np.bool_]:
        """Whether each direction is inside: a line from it passes the edges an odd time."""
        front = directions @ self.centre > 1e-3
        x, y = _gnomonic(np.where(front[:, None], directions, self.centre), self.centre).T
        corners = _gnomonic(self.vertices, self.centre)
        inside = np.zeros(len(directions), dtype=bool)
        for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            if y1 != y2:
                inside ^= ((y1 > y) != (y2 > y)) & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        return np.asarray(inside & front)

    def edge_fractions(self, first: Floats, second: Floats) -> Floats:
        """Where each chord passes each edge."""
        after = np.roll(self.vertices, -1, axis=0)
        normal = np.cross(self.vertices, after)
        start, end = first @ normal.T, second @ normal.T
        with np.errstate(invalid="ignore", divide="ignore"):
            fraction = start / (start - end)
        passes = (fraction >= 0.0) & (fraction <= 1.0)
        found = np.full(fraction.shape, np.nan)
        chord, edge = np.nonzero(passes)
        there = fraction[chord, edge]
        at = first[chord] + there[:, None] * (second[chord] - first[chord])
        lower = np.sum(np.cross(normal[edge], self.vertices[edge]) * at, axis=1)
        upper = np.sum(np.cross(after[edge], normal[edge]) * at, axis=1)
        # A corner belongs to both edges: passing it is found at least once.
        grain = 1e-13
        within = (lower >= -grain) & (upper >= -grain)
        found[chord[within], edge[within]] = there[within]
        return found


def rectangle(
    ra_deg: float, dec_deg: float, width_deg: float, height_deg: float, pa_deg: float = 0.0
) -> Polygon:
    """A detector: straight edges in the tangent plane at its centre.

    Parameters
    ----------
    ra_deg, dec_deg : float
        Centre.
    width_deg, height_deg : float
        Full extent, east to west and north to south where pa is 0; above 0 to below 160 deg.
    pa_deg : float
        Position angle of the height, from north through east.

    Raises
    ------
    BadParameter
        If a number is out of range.

    Examples
    --------
    >>> rectangle(10.0, 0.0, 2.0, 1.0).vertices.shape
    (4, 3)
    """
    if not (0.0 < width_deg < 160.0 and 0.0 < height_deg < 160.0):
        raise BadParameter(
            f"width={width_deg}, height={height_deg}: above 0 to below 160 deg is accepted"
        )
    if not math.isfinite(pa_deg):
        raise BadParameter(f"pa={pa_deg}: a finite angle in deg is accepted")
    centre = direction_of(ra_deg, dec_deg)
    east, north = sky_axes(centre)
    turn = math.radians(pa_deg)
    up = math.cos(turn) * north + math.sin(turn) * east
    left = math.cos(turn) * east - math.sin(turn) * north
    x, y = math.tan(math.radians(width_deg / 2.0)), math.tan(math.radians(height_deg / 2.0))
    corners = [(x, y), (-x, y), (-x, -y), (x, -y)]
    return Polygon.through(normalised(np.array([centre + a * left + b * up for a, b in corners])))


@dataclass(frozen=True, slots=True, eq=False)
class Apertures:
    """Many small circles, as the fibres of a spectrograph; each is crossed by itself.

    Attributes
    ----------
    names : tuple of str
    centres : ndarray (k, 3)
    radii_rad : ndarray (k,)
    centre, radius_rad
        Of a circle that holds them all.
    """

    names: tuple[str, ...]
    centres: Floats
    radii_rad: Floats
    centre: Floats
    radius_rad: float

    @classmethod
    def of(
        cls, positions_deg: Sequence[Sequence[float]], radius_deg: float, names: Sequence[str] = ()
    ) -> Apertures:
        """From [ra, dec] pairs in deg and the radius of each in deg.

        Raises
        ------
        BadParameter
            If there is none, more than 20 000, one is nowhere, or they are not within 89 deg.
        """
        if not 1 <= len(positions_deg) <= _MOST_APERTURES:
            raise BadParameter(
                f"{len(positions_deg)} apertures: 1 to {_MOST_APERTURES} [ra, dec] pairs in deg "
                "are accepted"
            )
        circles = [Circle.of(ra, dec, radius_deg) for ra, dec in positions_deg]
        centres = np.array([circle.centre for circle in circles])
        middle = normalised(centres.mean(axis=0))
        reach = float(np.arccos(np.clip(centres @ middle, -1.0, 1.0)).max())
        reach += math.radians(radius_deg)
        if not reach < _WIDEST_RAD:
            raise BadParameter("apertures: they must be within 89 deg of their middle")
        named = tuple(names) or tuple(str(i + 1) for i in range(len(centres)))
        return cls(named, centres, np.full(len(centres), math.radians(radius_deg)), middle, reach)

    @property
    def outline(self) -> Floats:
        """Of the circle that holds them all."""
        return Circle(self.centre, self.radius_rad).outline

    def contains(self, directions: Floats) -> NDArray[np.bool_]:
        """Whether each direction is in the circle that holds them all."""
        return Circle(self.centre, self.radius_rad).contains(directions)

    def edge_fractions(self, first: Floats, second: Floats) -> Floats:
        """Of the circle that holds them all."""
        return Circle(self.centre, self.radius_rad).edge_fractions(first, second)

    def near(self, path: Floats) -> list[tuple[str, Circle]]:
        """The apertures that chords along a path (n, 3) come near to."""
        step = float(np.nanmax(np.linalg.norm(np.diff(path, axis=0), axis=1), initial=0.0))
        good = path[np.isfinite(path).all(axis=1)]
        # Between two points of the path it is no farther than half a step from one of them.
        apart = np.full(len(self.centres), np.inf)
        for point in good:
            np.minimum(apart, np.linalg.norm(self.centres - point, axis=1), out=apart)
        hit = np.flatnonzero(apart <= 2.0 * np.sin(self.radii_rad / 2.0) + step)
        return [
            (self.names[i], Circle(self.centres[i], float(self.radii_rad[i]))) for i in hit.tolist()
        ]


def _gnomonic(directions: Floats, centre: Floats) -> Floats:
    """Tangent-plane coordinates (n, 2), in which great circles are straight."""
    east, north = sky_axes(centre)
    depth = directions @ centre
    return np.stack([directions @ east / depth, directions @ north / depth], axis=-1)


def _area(corners: Floats) -> float:
    x, y = corners.T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2.0)
