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
        None overlaps another; one at the region's edge may reach beyond it by a cell of the order.
    """
    from astropy.coordinates import Latitude, Longitude
    from cdshealpix.nested import polygon_search

    if isinstance(region, Circle):
        if region.radius_deg <= 90:
            cells, orders, _ = _cone(region, order)
            return cells, orders
        # cone_search loses cells of larger ones: take what their complement does not fill.
        rest = Circle(region.lon_deg + 180, -region.lat_deg, 180 - region.radius_deg)
        cells, orders, filled = _cone(rest, order)
        shift = 2 * (order - orders[filled])
        outside = [
            np.arange(cell << bits, (cell + 1) << bits)
            for cell, bits in zip(cells[filled].tolist(), shift.tolist(), strict=True)
        ]
        whole = np.arange(12 << 2 * order)
        kept = np.setdiff1d(whole, np.concatenate([whole[:0], *outside]), assume_unique=True)
        return kept, np.full(len(kept), order)
    lon, lat = np.reshape(region.values, (-1, 2)).T
    cells, orders, _ = polygon_search(Longitude(lon, "deg"), Latitude(lat, "deg"), order)
    return np.asarray(cells).astype(np.int64), np.asarray(orders).astype(np.int64)


def _cone(circle: Circle, order: int) -> tuple[_Cells, _Cells, npt.NDArray[np.bool_]]:
    from astropy.coordinates import Angle, Latitude, Longitude
    from cdshealpix.nested import cone_search

    cells, orders, filled = cone_search(
        Longitude(circle.lon_deg, "deg"),
        Latitude(circle.lat_deg, "deg"),
        Angle(max(circle.radius_deg, 1e-10), "deg"),
        order,
        depth_delta=min(2, MAX_ORDER - order),
    )
    cells, orders = (np.asarray(found).astype(np.int64) for found in (cells, orders))
    return cells, orders, np.asarray(filled, dtype=bool)


def _orders(order: npt.ArrayLike) -> _Cells:
    orders = np.asarray(order, dtype=np.int64)
    if ((orders < 0) | (orders > MAX_ORDER)).any():
        wrong = orders[(orders < 0) | (orders > MAX_ORDER)].flat[0]
        raise BadParameter(f"HEALPix order {wrong}: give one from 0 to {MAX_ORDER}")
    return orders
