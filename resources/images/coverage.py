"""What of the sky many images cover, in cells that are small beside each of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.healpix import healpix_center, reach_rad
from satvo.schemas.hips import cell_side_deg
from satvo.schemas.moc import Moc
from satvo.schemas.sphere import angle_rad, cross, norm, unit_vectors

__all__ = ["area_of_images"]

_ORDERS = (3, 12)
_CELLS = 4.0
"""Cells in the radius of an image, about."""
_TOLERANCE = 1e-12

_Floats = NDArray[np.float64]


def area_of_images(
    lon_deg: _Floats, lat_deg: _Floats, radius_deg: _Floats, outlines: Sequence[_Floats | None]
) -> Moc:
    """The cells that images come into, and some that they nearly do.

    Parameters
    ----------
    lon_deg, lat_deg, radius_deg : (n,) arrays
        Circles that hold the images, ICRS.
    outlines : sequence of (m, 2) arrays or None
        Longitudes and latitudes of the vertices of their outlines, in either sense. None, and one
        that is not convex: the circle is taken.

    Returns
    -------
    Moc
        In cells of orders 3 to 12, a quarter as wide as the radius of their image or less.
    """
    middles = unit_vectors(lon_deg, lat_deg)
    radii = np.radians(np.minimum(radius_deg, 180.0))
    finest = _finest(radius_deg)
    who, cells = np.repeat(np.arange(len(lon_deg)), 12), np.tile(np.arange(12), len(lon_deg))
    parts = []
    for order in range(_ORDERS[1] + 1):
        each, place = np.unique(cells, return_inverse=True)
        vectors = unit_vectors(*healpix_center(order, each))[place]
        near = angle_rad(vectors, middles[who]) <= radii[who] + reach_rad(order)
        who, cells, vectors = who[near], cells[near], vectors[near]
        last = finest[who] == order
        if last.any():
            kept = _in_outlines(who[last], vectors[last], outlines, math.sin(reach_rad(order)))
            parts.append(Moc.of_cells(order, np.unique(cells[last][kept])))
        cells = (4 * cells[~last, None] + np.arange(4)).ravel()
        who = np.repeat(who[~last], 4)
        if not len(who):
            break
    return Moc.union(parts)


def _finest(radius_deg: _Floats) -> NDArray[np.int64]:
    wanted = np.log2(cell_side_deg(0) * _CELLS / np.maximum(radius_deg, 1e-6))
    return np.clip(np.ceil(wanted), *_ORDERS).astype(np.int64)


def _in_outlines(
    who: NDArray[np.int64], vectors: _Floats, outlines: Sequence[_Floats | None], margin: float
) -> NDArray[np.bool_]:
    """Whether each cell comes near the outline of its image; ``who`` is sorted within a step."""
    kept = np.ones(len(who), dtype=bool)
    by_image = np.argsort(who, kind="stable")
    images, first = np.unique(who[by_image], return_index=True)
    for image, mine in zip(images, np.split(by_image, first[1:]), strict=True):
        vertices = outlines[image]
        if vertices is None:
            continue
        corners = unit_vectors(vertices[:, 0], vertices[:, 1])
        sides = cross(corners, np.roll(corners, -1, axis=0))
        lengths = norm(sides)
        sides = sides[lengths > _TOLERANCE] / lengths[lengths > _TOLERANCE, None]
        inward = sides @ corners.T
        if inward.sum() < 0:  # the other way round
            sides, inward = -sides, -inward
        if (inward >= -_TOLERANCE).all():
            kept[mine] = (vectors[mine] @ sides.T >= -margin).all(axis=1)
    return kept
