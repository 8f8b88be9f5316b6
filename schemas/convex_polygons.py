"""Many small convex polygons at once, against circles or each other: what is plain, in numpy.

Frames of cameras are convex polygons of a few degrees. Whether they meet a circle is told for a
thousand of them in the time that `satvo.schemas.regions` takes for one; where it is not plain -
another kind of polygon, or a distance from a boundary within rounding - the answer is UNKNOWN, and
that module has the word.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from satvo.schemas.sphere import cross, unit_vectors

__all__ = ["MOST_VERTICES", "UNKNOWN", "ConvexPolygons"]

UNKNOWN = -1

MOST_VERTICES = 12

_SURE_RAD = 1e-9
"""Nearer to a boundary than this the exact test decides; 0.2 milliarcsec, far above rounding."""

_SHORTEST_RAD = 1e-6
"""Of an edge: the normal of a shorter one has too large an error."""

_LEAST_DOT = 0.5
"""Of a vertex and the middle: within 60 deg of it all is in one hemisphere."""

_WIDEST_RAD = np.radians(89.0)
"""A circle beyond this is not convex, or nearly so."""

Floats = npt.NDArray[np.float64]
Told = npt.NDArray[np.int8]
"""1 true, 0 false, UNKNOWN."""


@dataclass(frozen=True, slots=True)
class ConvexPolygons:
    """Polygons of one number of vertices.

    Attributes
    ----------
    vertices, normals : array, shape (n, k, 3)
        Unit vectors; the normal of edge i, from vertex i on, points inwards.
    is_plain : array of bool, shape (n,)
        Whether a polygon is strictly convex, neither tiny nor wide; nothing is told of others.
    is_clockwise : array of bool, shape (n,)
        As the sky is seen, north up and east to the left.
    """

    vertices: Floats
    normals: Floats
    is_plain: npt.NDArray[np.bool_]
    is_clockwise: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, degrees: Floats) -> ConvexPolygons:
        """Read polygons, shape (n, 2k), longitudes and latitudes in turn, deg."""
        vertices = unit_vectors(degrees[:, ::2], degrees[:, 1::2])
        following = _following(vertices)
        normals = cross(vertices, following)
        lengths = np.linalg.norm(normals, axis=2)
        with np.errstate(invalid="ignore", divide="ignore"):
            normals = normals / lengths[..., None]
            middle = vertices.mean(axis=1)
            middle /= np.linalg.norm(middle, axis=1)[:, None]
        winding = np.sign(np.einsum("nki,ni->nk", normals, middle)[:, 0])
        normals *= winding[:, None, None]
        away = np.einsum("nki,nji->nkj", normals, vertices)
        k = vertices.shape[1]
        edge = np.arange(k)
        away[:, edge, edge] = away[:, edge, (edge + 1) % k] = np.inf
        plain = (
            (away.min(axis=(1, 2)) > _SURE_RAD)
            & (lengths.min(axis=1) > _SHORTEST_RAD)
            & (np.einsum("nki,ni->nk", vertices, middle).min(axis=1) > _LEAST_DOT)
        )
        return cls(vertices, normals, plain, winding > 0)  # a NaN anywhere is not plain

    def meet_circles(self, centres: Floats, radii_rad: Floats) -> Told:
        """Whether each has a point in common with its circle: shapes (n, 3) and (n,)."""
        inside, away = self._placed(centres)
        told = np.full(len(inside), UNKNOWN, dtype=np.int8)
        told[(inside == 0) & (away > radii_rad + _SURE_RAD)] = 0
        told[(inside == 1) | (away < radii_rad - _SURE_RAD)] = 1
        return self._sure(told)

    def hold_circles(self, centres: Floats, radii_rad: Floats) -> Told:
        """Whether each circle, of radius 0 for a point, is wholly in its polygon."""
        inside, away = self._placed(centres)
        told = np.full(len(inside), UNKNOWN, dtype=np.int8)
        told[(inside == 1) & (away > radii_rad + _SURE_RAD)] = 1
        told[(inside == 0) | ((inside == 1) & (away < radii_rad - _SURE_RAD))] = 0
        return self._sure(told)

    def in_circles(self, centres: Floats, radii_rad: Floats) -> Told:
        """Whether each is wholly in its circle."""
        farthest = _angle(self.vertices, centres[:, None]).max(axis=1)
        told = np.full(len(farthest), UNKNOWN, dtype=np.int8)
        told[farthest < radii_rad - _SURE_RAD] = 1
        told[farthest > radii_rad + _SURE_RAD] = 0
        told[radii_rad > _WIDEST_RAD] = UNKNOWN
        return self._sure(told)

    def meet(self, others: ConvexPolygons) -> Told:
        """Whether each has a point in common with its other: else an edge parts the two."""
        gaps = np.maximum(self._gap(others), others._gap(self))
        return self._both(others, gaps < -_SURE_RAD, gaps > _SURE_RAD)

    def hold(self, others: ConvexPolygons) -> Told:
        """Whether each other is wholly in its polygon."""
        least = np.einsum("nki,nji->nkj", self.normals, others.vertices).min(axis=(1, 2))
        return self._both(others, least > _SURE_RAD, least < -_SURE_RAD)

    def _gap(self, others: ConvexPolygons) -> Floats:
        """The farthest that an edge has all of the other on its outer side; negative if none."""
        beyond = np.einsum("nki,nji->nkj", self.normals, others.vertices)
        return np.asarray((-beyond.max(axis=2)).max(axis=1))

    def _both(
        self, others: ConvexPolygons, true: npt.NDArray[np.bool_], false: npt.NDArray[np.bool_]
    ) -> Told:
        told = np.full(len(true), UNKNOWN, dtype=np.int8)
        told[true], told[false] = 1, 0
        every = np.concatenate([self.vertices, others.vertices], axis=1)
        lowest = np.einsum("nki,ni->nk", every, every.mean(axis=1)).min(axis=1)
        told[~others.is_plain | ~(lowest > _SURE_RAD)] = UNKNOWN  # all in one hemisphere
        return self._sure(told)

    def _placed(self, points: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
        """Whether points are inside (1, 0, UNKNOWN), and their distances from the edges, rad."""
        height = np.einsum("nki,ni->nk", self.normals, points)
        least = height.min(axis=1)
        inside = np.where(least > _SURE_RAD, 1, np.where(least < -_SURE_RAD, 0, UNKNOWN))
        foot = points[:, None] - height[..., None] * self.normals
        along = cross(self.normals, self.vertices)
        following = _following(self.vertices)
        # Between the ends as seen along the edge, in either winding.
        turn = np.sign(np.einsum("nki,nki->nk", along, following))
        start = turn * np.einsum("nki,nki->nk", along, foot)
        end = turn * np.einsum("nki,nki->nk", cross(following, self.normals), foot)
        beside = (start >= 0) & (end >= 0)
        away = np.where(beside, np.arcsin(np.clip(np.abs(height), 0, 1)), np.inf).min(
            axis=1, initial=np.inf
        )
        corner = _angle(self.vertices, points[:, None]).min(axis=1)
        return inside.astype(np.int8), np.asarray(np.minimum(away, corner))

    def _sure(self, told: Told) -> Told:
        told[~self.is_plain] = UNKNOWN
        return told


def _angle(a: Floats, b: Floats) -> Floats:
    """Angles between unit vectors, rad, by their chords: as precise for small ones."""
    chord = np.linalg.norm(a - b, axis=-1)
    return np.asarray(2 * np.arcsin(np.clip(chord / 2, 0, 1)))


def _following(vertices: Floats) -> Floats:
    """The next vertex of each."""
    return vertices[:, np.arange(1, vertices.shape[1] + 1) % vertices.shape[1]]
