"""Predicates of batches of regions that `satvo.schemas.convex_polygons` can tell at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from satvo.schemas import regions
from satvo.schemas.convex_polygons import MOST_VERTICES, UNKNOWN, ConvexPolygons
from satvo.schemas.sphere import unit_vectors

__all__ = ["plainly"]

Floats = npt.NDArray[np.float64]
Told = npt.NDArray[np.int8]


def plainly(predicate: Callable[..., bool], left: Any, right: Any) -> Told:
    """What is plain of a predicate of two columns of regions.

    Parameters
    ----------
    predicate : callable
        `satvo.schemas.regions.contains` or `satvo.schemas.regions.intersects`.
    left, right : arrays of Arrow lists
        Regions as lists of degrees, none null.

    Returns
    -------
    array of int8
        1 true, 0 false, -1 for whoever compares them one by one: what is no plain polygon beside a
        point, a circle or another, and what is no region at all.
    """
    told = np.full(len(left), UNKNOWN, dtype=np.int8)
    (numbers_a, starts_a, sizes_a), (numbers_b, starts_b, sizes_b) = map(_parts, (left, right))
    for size_a, size_b in {*zip(sizes_a.tolist(), sizes_b.tolist(), strict=True)}:
        (rows,) = np.nonzero((sizes_a == size_a) & (sizes_b == size_b))
        a = numbers_a[starts_a[rows][:, None] + np.arange(size_a)]
        b = numbers_b[starts_b[rows][:, None] + np.arange(size_b)]
        if (found := _told(predicate is regions.contains, a, b)) is not None:
            told[rows] = found
    return told


def _parts(
    values: pa.Array | pa.ChunkedArray,
) -> tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All numbers of a column of lists, and where each list begins and how long it is."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    sizes = np.asarray(whole.value_lengths(), dtype=np.int64)
    numbers = np.asarray(whole.flatten(), dtype=np.float64)
    return numbers, np.cumsum(sizes) - sizes, sizes


def _told(contains: bool, a: Floats, b: Floats) -> Told | None:
    polygon_a, polygon_b = (_is_polygon(degrees.shape[1]) for degrees in (a, b))
    if polygon_a and polygon_b:
        first, second = ConvexPolygons.of(a), ConvexPolygons.of(b)
        return second.hold(first) if contains else first.meet(second)
    if polygon_a and b.shape[1] == 3:
        polygons, circles = ConvexPolygons.of(a), b
        tell = polygons.in_circles if contains else polygons.meet_circles
    elif polygon_b and a.shape[1] in (2, 3):
        polygons, circles = ConvexPolygons.of(b), a
        tell = polygons.hold_circles if contains else polygons.meet_circles
    else:
        return None
    radii = np.radians(circles[:, 2]) if circles.shape[1] == 3 else np.zeros(len(circles))
    centres = unit_vectors(circles[:, 0], circles[:, 1])
    told = tell(centres, radii)
    told[~(np.isfinite(centres).all(axis=1) & (radii >= 0) & (radii <= np.pi))] = UNKNOWN
    return told


def _is_polygon(size: int) -> bool:
    return size % 2 == 0 and 6 <= size <= 2 * MOST_VERTICES
