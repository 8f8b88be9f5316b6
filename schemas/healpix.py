"""HEALPix cells in NESTED numbering, by cdshealpix.

It imports astropy, 0.6 s and 31 MB, so it is imported at the first use and not with this module.

References
----------
K. M. Gorski et al., ApJ 622, 759 (2005). F.-X. Pineau and P. Fernique, cdshealpix.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from satvo.schemas.errors import BadParameter
from satvo.schemas.region_values import Circle, Polygon
from satvo.schemas.sphere import angle_rad, unit_vectors
from satvo.schemas.spherical_polygon import TOLERANCE_RAD

__all__ = ["MAX_ORDER", "cells_of", "healpix_center", "healpix_index"]

MAX_ORDER = 29
"""The finest order: its 12 * 4**29 cells of 0.4 mas are numbered in 62 bits."""

_Floats = npt.NDArray[np.float64]
_Cells = npt.NDArray[np.int64]


def healpix_index(order: npt.ArrayLike, lon_deg: npt.ArrayLike, lat_deg: npt.ArrayLike) -> _Cells:
    """Index of the cell that contains each position.

    Parameters
    ----------
    order : array_like of int
        From 0 to 29.
    lon_deg, lat_deg : array_like, deg
        Any finite longitude and a latitude in [-90, 90]; all three broadcast together.

    Raises
    ------
    BadParameter
        For an order, a longitude or a latitude outside these.

    Examples
    --------
    >>> healpix_index(17, [1.0, 359.0], [1.0, -1.0]).tolist()
    [81609757711, 73009064944]
    """
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import lonlat_to_healpix

    orders, lon, lat = np.broadcast_arrays(_orders(order), lon_deg, lat_deg)
    outside = ~(np.isfinite(lon) & (np.abs(lat) <= 90))
    if outside.any():
        first = np.flatnonzero(outside)[0]
        raise BadParameter(
            f"position {lon.flat[first]:g} {lat.flat[first]:g}: give a finite longitude and a "
            "latitude in [-90, 90], deg"
        )
    found = lonlat_to_healpix(
        Longitude(lon, "deg"), Latitude(lat, "deg"), orders.astype(np.uint8), num_threads=1
    )
    return np.asarray(found).astype(np.int64).reshape(orders.shape)


def healpix_center(order: npt.ArrayLike, index: npt.ArrayLike) -> tuple[_Floats, _Floats]:
    """Longitude in [0, 360) and latitude, deg, of the centre of each cell.

    Raises
    ------
    BadParameter
        For an order outside 0 to 29, or an index that the order does not have.

    Examples
    --------
    >>> lon, lat = healpix_center(0, 6)
    >>> float(lon), float(lat)
    (180.0, 0.0)
    """
    from cdshealpix.nested import healpix_to_lonlat

    orders, cells = np.broadcast_arrays(_orders(order), np.asarray(index, dtype=np.int64))
    outside = (cells < 0) | (cells >= 12 << 2 * orders)
    if outside.any():
        first = np.flatnonzero(outside)[0]
        there = int(orders.flat[first])
        raise BadParameter(
            f"cell {cells.flat[first]} of order {there}: give an index from 0 to "
            f"{(12 << 2 * there) - 1}"
        )
    lon, lat = healpix_to_lonlat(cells.astype(np.uint64), orders.astype(np.uint8), num_threads=1)
    return np.asarray(lon.deg).reshape(cells.shape) % 360, np.asarray(lat.deg).reshape(cells.shape)


def cells_of(region: Circle | Polygon, order: int) -> tuple[_Cells, _Cells]:
    """Cells, of an order and coarser ones, that together cover a region and little more.

    Returns
    -------
    cells, orders : array of int
        None overlaps another. One at the region's edge may lie beyond it by a cell of the order.

    Notes
    -----
    Cells are halved from the twelve largest on, by their centre's distance from the region's edge
    and `_reach_rad`. cone_search of cdshealpix 0.9 calls cells full that reach 11 deg out of a
    circle of 30 deg, so it is not used.
    """
    cells = np.arange(12)
    kept: list[_Cells] = []
    levels: list[_Cells] = []
    for level in range(order + 1):
        depth_rad = _depth_rad(region, unit_vectors(*healpix_center(level, cells)))
        reach_rad = _reach_rad(level)
        done = depth_rad >= (reach_rad if level < order else -reach_rad)
        kept.append(cells[done])
        levels.append(np.full(int(done.sum()), level))
        split = cells[~done & (depth_rad >= -reach_rad)]
        cells = (4 * split[:, None] + np.arange(4)).ravel()
    return np.concatenate(kept), np.concatenate(levels)


def _reach_rad(order: int) -> float:
    """Angle from a cell's centre to its farthest corner, rad, that no cell of the order exceeds.

    References
    ----------
    HEALPix C++ 3.82, Healpix_Base::max_pixrad: the cells that touch the belt's edge at z = 2/3.
    """
    nside = 1 << order
    lon_deg = np.degrees(np.pi / (4 * nside))
    low, high = 2 / 3, 1 - (1 - 1 / nside) ** 2 / 3
    corners = unit_vectors([lon_deg, 0.0], np.degrees(np.arcsin([low, high])))
    return float(angle_rad(corners[0], corners[1])) + TOLERANCE_RAD


def _depth_rad(region: Circle | Polygon, places: _Floats) -> _Floats:
    """How deep inside a region each of (n, 3) unit vectors lies, rad; negative outside."""
    if isinstance(region, Circle):
        return region.radius_rad - angle_rad(places, region.vector)
    inside = region.shape.side(places) >= 0
    distance = region.shape.distances_rad(places)
    return np.where(inside, distance, -distance)


def _orders(order: npt.ArrayLike) -> _Cells:
    orders = np.asarray(order, dtype=np.int64)
    if ((orders < 0) | (orders > MAX_ORDER)).any():
        wrong = orders[(orders < 0) | (orders > MAX_ORDER)].flat[0]
        raise BadParameter(f"HEALPix order {wrong}: give one from 0 to {MAX_ORDER}")
    return orders
