"""Polygons with great circle edges on the sphere: sides, distances, cuts, area, centroid."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import angle_rad, cross, dot, norm, unit_vectors

__all__ = ["TOLERANCE_RAD", "SphericalPolygon"]

_Array = npt.NDArray[np.float64]

TOLERANCE_RAD = 1e-12
"""Half-width of a boundary, rad (0.2 microarcsec): rounding of a unit vector is 1e-16, and a
vertex computed twice by different routes differs by about 1e-15."""

# On a shorter edge its own antipode would pass for a point of it.
_SHORTEST_EDGE_RAD = 4 * TOLERANCE_RAD
# Nearer to 180 deg, rounding of the vertices turns the edge's great circle by over 1e-7 rad.
_ANTIPODAL_RAD = 1e-9
# Sine below which two edges are taken to lie on one great circle.
_PARALLEL = 1e-15
# Below, flat triangles are as good as the integral on the sphere: both to 1e-12 rad here.
_SMALL_CAP_RAD = 1e-4
# Interiors that differ by less are both hemispheres.
_EQUAL_SR = 1e-9
# The integral over a region of no width, per rad of its edges, is the rounding of its vertices.
_VERTEX_ROUNDING = 1e-15
_N_REFERENCES = 32
# Products of points and edges held at once: 1 MiB an array, which stays in the cache.
_BLOCK = 1 << 17
_GOLDEN = (1 + 5**0.5) / 2


class _Pieces(NamedTuple):
    """Edges cut where something meets them: each piece's edge, ends and middle."""

    edge: npt.NDArray[np.intp]
    start: _Array
    end: _Array
    middle: _Array
    length_rad: _Array


class SphericalPolygon:
    """A polygon with great circle edges, the last vertex joined to the first.

    Parameters
    ----------
    vertices : (n, 3) array
        Finite unit vectors. A vertex that repeats the one before it is dropped.

    Raises
    ------
    BadParameter
        Fewer than three distinct vertices in sequence, or an edge of 180 deg.

    Notes
    -----
    The edges divide the sphere in two classes of points by the even-odd rule: between points of
    one class an arc crosses an even number of edges. The interior is the class of smaller area,
    whichever the winding: the lobes of a figure of eight are inside, so are the points of a star,
    and its core is not. With equal areas the winding decides, counter-clockwise seen from the
    origin (DALI 1.1 section 3.3.7). Slivers thinner than `TOLERANCE_RAD` are all boundary.

    A point is classed by the arc, never longer than 90 deg, from it to one of two antipodal
    references that lie on no edge's great circle. If the arc passes through a vertex, one sign
    decides for both edges, so no vertex counts twice.

    Examples
    --------
    >>> octant = SphericalPolygon(np.eye(3))
    >>> octant.side(np.array([[0.6, 0.48, 0.64], [0.6, 0.8, 0.0], [0.6, 0.0, -0.8]])).tolist()
    [1, 0, -1]
    >>> round(octant.area_sr / np.pi, 12)
    0.5
    """

    def __init__(self, vertices: _Array) -> None:
        distinct = norm(vertices - _shifted(vertices, -1)) > _SHORTEST_EDGE_RAD
        self.start = vertices[distinct]
        if len(self.start) < 3:
            raise BadParameter("fewer than 3 distinct vertices; give 3 or more")
        self.end = _shifted(self.start, 1)
        if norm(self.start + self.end).min() < _ANTIPODAL_RAD:
            raise BadParameter(
                "two vertices in sequence are 180 deg apart, no single great circle joins them; "
                "give a vertex between them"
            )

    @cached_property
    def normal(self) -> _Array:
        """Pole of each edge's great circle, to the left of the edge seen from outside."""
        # start x (end - start): start x end itself is noise for edges of an arcsec.
        normal = cross(self.start, self.end - self.start)
        return np.asarray(normal / norm(normal)[:, None])

    @cached_property
    def length_rad(self) -> _Array:
        """Length of each edge, rad."""
        return angle_rad(self.start, self.end)

    @cached_property
    def from_start(self) -> _Array:
        """Direction 90 deg from each edge's start, the way of the edge."""
        return cross(self.normal, self.start)

    @cached_property
    def from_end(self) -> _Array:
        """Direction 90 deg from each edge's end, against the way of the edge."""
        return cross(self.end, self.normal)

    @cached_property
    def cap(self) -> tuple[_Array, float] | None:
        """Centre and radius, rad, of a cap under 90 deg with all vertices, so the whole polygon.

        None where the mean of the vertices is not the centre of one.
        """
        centre = self.start.mean(axis=0)
        size = float(norm(centre))
        if size < 1e-3:
            return None
        centre /= size
        if float((self.start @ centre).min()) < 1e-6:
            return None
        return centre, 2 * float(np.arcsin(norm(self.start - centre).max() / 2))

    def side(self, points: _Array) -> npt.NDArray[np.int8]:
        """Where each of (n, 3) unit vectors lies: 1 inside, 0 on the boundary, -1 out or NaN."""
        sides = np.full(len(points), -1, dtype=np.int8)
        block = max(_BLOCK // len(self.start), 1)
        for first in range(0, len(points), block):
            part = points[first : first + block]
            if self.cap is None:
                near = np.flatnonzero(~np.isnan(part[:, 0]))
            else:
                centre, radius_rad = self.cap
                # The slack covers the rounding of the product; this only saves work.
                near = np.flatnonzero(part @ centre >= np.cos(radius_rad) - TOLERANCE_RAD)
            part = part[near]
            found = np.where(self._unlike_reference(part) != self._reference_inside, 1, -1)
            found[self._on_boundary(part)] = 0
            sides[first + near] = found
        return sides

    def distance_rad(self, point: _Array) -> float:
        """Angle from one unit vector to the nearest point of the boundary, rad."""
        return float(self.distances_rad(point[None])[0])

    def distances_rad(self, points: _Array) -> _Array:
        """Angle from each of (n, 3) unit vectors to the nearest point of the boundary, rad."""
        nearest = np.empty(len(points))
        block = max(_BLOCK // len(self.start), 1)
        for first in range(0, len(points), block):
            part = points[first : first + block]
            along = part @ self.from_start.T
            foot = np.hypot(along, part @ self.start.T)
            beside = (along >= 0) & (part @ self.from_end.T >= 0)
            height = np.abs(part @ self.normal.T)
            to_edge = np.where(beside, np.arctan2(height, foot), np.pi).min(axis=1)
            to_vertex = angle_rad(self.start, part[:, None]).min(axis=1)
            nearest[first : first + block] = np.minimum(to_edge, to_vertex)
        return nearest

    def meets(self, other: SphericalPolygon) -> bool:
        """Whether two polygons, boundaries included, have a point in common."""
        if (self.side(other.start) >= 0).any() or (other.side(self.start) >= 0).any():
            return True
        # Now edges that share a point cross, each with its ends strictly aside of the other.
        start, end = self.normal @ other.start.T, self.normal @ other.end.T
        own_start, own_end = (other.normal @ self.start.T).T, (other.normal @ self.end.T).T
        # The last term tells the crossing from the one of the great circles' other halves.
        crossed = (start * end < 0) & (own_start * own_end < 0) & ((end > 0) == (own_start > 0))
        return bool(crossed.any())

    def covers(self, inner: SphericalPolygon) -> bool:
        """Whether another polygon lies in this one; boundaries may touch."""
        if (self.side(inner.start) < 0).any():
            return False
        pieces = inner.pieces(self)
        sides = self.side(pieces.middle)
        if (sides < 0).any() or (inner.side(self.pieces(inner).middle) > 0).any():
            return False
        if (sides > 0).any():
            return True
        # The inner boundary runs along this one: the inner polygon may still be a hole of a star.
        step = 1e-3 * pieces.length_rad[:, None] * inner.normal[pieces.edge]
        beside = np.concatenate([pieces.middle + step, pieces.middle - step])
        return bool((self.side(beside[inner.side(beside) > 0]) >= 0).all())

    def pieces(self, other: SphericalPolygon) -> _Pieces:
        """Cut the edges where edges of `other`, which may be this polygon, cross or touch them."""
        n_edge = len(self.start)
        # Touching vertices come apart from crossings: edges on one great circle have no crossing.
        vertices = other.start
        touch = (np.abs(self.normal @ vertices.T) <= TOLERANCE_RAD) & self._beside(vertices)
        touched, toucher = np.nonzero(touch)
        edges = [np.arange(n_edge), np.arange(n_edge), touched]
        cuts = [self.start, self.end, vertices[toucher]]
        block = max(_BLOCK // len(vertices), 1)
        for first in range(0, n_edge, block):
            line = np.cross(self.normal[first : first + block, None], other.normal)
            sine = norm(line)
            edge, edge_other = np.nonzero(sine > _PARALLEL)
            crossing = line[edge, edge_other] / sine[edge, edge_other][:, None]
            edge += first
            for place in (crossing, -crossing):
                met = self._beside_own(edge, place) & other._beside_own(edge_other, place)
                edges.append(edge[met])
                cuts.append(place[met])
        return self._cut(np.concatenate(edges), np.concatenate(cuts))

    def _cut(self, edge: npt.NDArray[np.intp], places: _Array) -> _Pieces:
        """The pieces between neighbouring places on each edge, without those of no length."""
        along = np.arctan2(dot(self.from_start[edge], places), dot(self.start[edge], places))
        order = np.lexsort((along, edge))
        edge, along = edge[order], along[order]
        length = np.diff(along)
        kept = np.flatnonzero((np.diff(edge) == 0) & (length > TOLERANCE_RAD))
        edge, along, length = edge[kept], along[kept], length[kept]

        def at(angle: _Array) -> _Array:
            ahead, across = np.cos(angle)[:, None], np.sin(angle)[:, None]
            return ahead * self.start[edge] + across * self.from_start[edge]

        return _Pieces(edge, at(along), at(along + length), at(along + length / 2), length)

    @cached_property
    def area_sr(self) -> float:
        """Area of the interior, sr; at most 2 pi."""
        area = float(np.sum(self._outline[2])) % (4 * np.pi)
        return min(area, 4 * np.pi - area)

    @cached_property
    def centroid(self) -> _Array:
        """Direction of the mean of the interior's unit vectors; the vertices' where it has none."""
        pieces, left, areas = self._outline
        to_start, to_end = pieces.start - self._apex, pieces.end - self._apex
        if self.cap is not None and self.cap[1] < _SMALL_CAP_RAD and areas.any():
            # Each triangle as if flat: the integral below loses digits as the inverse of the size.
            mean = self._apex + areas @ (to_start + to_end) / 3 / areas.sum()
        else:
            # Stokes: the integral of the unit vector over a region is half the sum, around it, of
            # each edge's normal times its length. The normals of a small polygon cancel almost
            # wholly; as the boundary is closed, products of offsets may stand for their sines.
            theta = pieces.length_rad
            bulge = np.where(
                theta < 0.01, theta**3 / 6 * (1 - theta**2 / 20), theta - np.sin(theta)
            )
            sign = np.where(left != self._reference_inside, 1.0, -1.0)
            mean = sign @ (cross(to_start, to_end) + bulge[:, None] * self.normal[pieces.edge])
            if norm(mean) <= _VERTEX_ROUNDING * theta.sum():
                mean = self.start.mean(axis=0)
        return np.asarray(mean / norm(mean))

    @cached_property
    def _apex(self) -> _Array:
        """Third vertex of the triangles on the edges: amid them, or far from all of them."""
        return self._reference if self.cap is None else self.cap[0]

    @cached_property
    def _reference(self) -> _Array:
        """A direction far from every edge's great circle; outside, as its antipode, with a cap."""
        turn = np.arange(1, _N_REFERENCES + 1) / _GOLDEN
        if self.cap is None:
            z = (np.arange(_N_REFERENCES) + 0.5) / _N_REFERENCES
            tried = unit_vectors(360 * turn, np.degrees(np.arcsin(z)))
        else:
            # 90 deg from the centre both references see a small polygon without loss of digits.
            centre = self.cap[0]
            first = cross(centre, np.eye(3)[np.argmin(np.abs(centre))])
            first /= norm(first)
            angle = np.pi * turn[:, None]
            tried = np.cos(angle) * first + np.sin(angle) * cross(centre, first)
        clearance = np.abs(self.normal @ tried.T).min(axis=0)
        return np.asarray(tried[np.argmax(clearance)])

    @cached_property
    def _antipode_differs(self) -> bool:
        """Whether the reference's antipode is of the other class."""
        if self.cap is not None:
            return False
        x, y, z = self._reference
        midway = np.array([[-y, x, 0.0]]) if abs(z) < 0.9 else np.array([[0.0, -z, y]])
        midway /= norm(midway)
        one = np.ones(1)
        return bool(self._odd(midway, one)[0] ^ self._odd(midway, -one)[0])

    @cached_property
    def _outline(self) -> tuple[_Pieces, npt.NDArray[np.bool_], _Array]:
        """The pieces, whether left of each is not the reference's class, and their signed areas.

        The areas are of the triangles from an apex; they add up, modulo 4 pi, to the area of
        the class that is not the reference's.
        """
        pieces = self.pieces(self)
        left = self._unlike_reference(pieces.middle, left_of=pieces.edge)
        apex = self._apex
        height = cross(pieces.start - apex, pieces.end - apex) @ apex
        base = 1 + pieces.start @ apex + pieces.end @ apex + dot(pieces.start, pieces.end)
        return pieces, left, np.where(left, 2.0, -2.0) * np.arctan2(height, base)

    @cached_property
    def _reference_inside(self) -> bool:
        if self.cap is not None:
            return False
        pieces, left, areas = self._outline
        excess = float(areas.sum()) % (4 * np.pi) - 2 * np.pi
        if abs(excess) < _EQUAL_SR:
            # Left of an edge as seen from outside the sphere is right as seen from the origin.
            return bool(left[np.argmax(pieces.length_rad)])
        return excess > 0

    def _unlike_reference(
        self, points: _Array, left_of: npt.NDArray[np.intp] | None = None
    ) -> npt.NDArray[np.bool_]:
        """Whether each point is not of the reference's class; `left_of` puts it beside an edge."""
        sign = np.where(points @ self._reference >= 0, 1.0, -1.0)
        odd = self._odd(points, sign, left_of)
        return np.asarray(odd ^ (sign < 0)) if self._antipode_differs else odd

    def _odd(
        self, points: _Array, sign: _Array, left_of: npt.NDArray[np.intp] | None = None
    ) -> npt.NDArray[np.bool_]:
        """Whether the arc from each point to `sign` times the reference crosses an odd number."""
        above = self.normal @ points.T
        if left_of is not None:
            above[left_of, np.arange(len(points))] = 1.0
        up = cross(self._reference, self.start) @ points.T * sign >= 0
        target_above = (self.normal @ self._reference > 0)[:, None] == (sign > 0)
        crossed = up != np.roll(up, -1, axis=0)
        crossed &= up == target_above
        crossed &= (above < 0) == target_above
        return np.asarray(np.logical_xor.reduce(crossed, axis=0))

    def _on_boundary(self, points: _Array) -> npt.NDArray[np.intp]:
        """Indices of the points within the tolerance of an edge."""
        edge, point = np.nonzero(np.abs(self.normal @ points.T) <= TOLERANCE_RAD)
        return point[self._beside_own(edge, points[point])]

    def _beside(self, points: _Array) -> npt.NDArray[np.bool_]:
        """Whether the foot of each of (n, 3) points on each edge's great circle is on the edge."""
        return np.asarray(
            (self.from_start @ points.T >= -TOLERANCE_RAD)
            & (self.from_end @ points.T >= -TOLERANCE_RAD)
        )

    def _beside_own(self, edge: npt.NDArray[np.intp], points: _Array) -> npt.NDArray[np.bool_]:
        """As `_beside`, of each point and its own edge."""
        return np.asarray(
            (dot(self.from_start[edge], points) >= -TOLERANCE_RAD)
            & (dot(self.from_end[edge], points) >= -TOLERANCE_RAD)
        )


def _shifted(vertices: _Array, n: int) -> _Array:
    """The vertices from the n-th on, then the others: `numpy.roll` at a third of its cost."""
    return np.concatenate([vertices[n:], vertices[:n]])
