"""The light of a point at any place within a pixel, from a point spread given in cells.

Of a point spread are known the pixels' shares of light for points one cell apart. Between them they
are interpolated by splines of order 5 through all cells, so that nothing is widened: taking
the nearest cell, or mixing neighbours, would move or widen the image by a part of a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.stamps import PointSpread

__all__ = ["ORDER", "Phases", "phases_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ORDER = 5
_TAPS = ORDER + 1
_RINGING_CELLS = 2 * _TAPS
_NO_LIGHT = 1e-12
"""Of the brightest pixel."""


@dataclass(frozen=True, eq=False)
class Phases:
    """A point spread, ready to be put anywhere.

    Attributes
    ----------
    kernels : ndarray (k, k, m, m)
        Coefficients of the spline by phase (y, x; k = cells a pixel + 5) and pixel (y, x), from
        `before` pixels before the one that is at or after the point.
    totals : ndarray (k, k)
        Their sums over pixels.
    before : int
    per_pixel : int
        Cells in a pixel.
    light : float
        Share of a point's light that the spread holds.
    """

    kernels: Floats
    totals: Floats
    before: int
    per_pixel: int
    light: float

    @property
    def side(self) -> int:
        """Pixels of a point's light along each axis."""
        return int(self.kernels.shape[2])

    def weights(self, x: Floats, y: Floats) -> tuple[Ints, Ints, Floats, Floats]:
        """How to put points of light down.

        Parameters
        ----------
        x, y : ndarray (n,)
            Columns and rows, pixel.

        Returns
        -------
        columns, rows : ndarray of int64 (n,)
            Of the first pixel of each point's light.
        across, up : ndarray (n, k)
            Weights of the phases along x and y; those of a point are products of the two. They are
            scaled such that the light of each point is `light`.
        """
        first_x, across = self._along(x)
        first_y, up = self._along(y)
        given = ((up @ self.totals) * across).sum(1)
        return first_x, first_y, across * (self.light / given)[:, None], up

    def _along(self, at: Floats) -> tuple[Ints, Floats]:
        pixel = np.ceil(at)
        cells = (pixel - at) * self.per_pixel
        # Rounding may find a whole pixel between a place and the next whole number.
        low = np.minimum(np.floor(cells), self.per_pixel - 1.0)
        taps = _basis(cells - low)
        spread = np.zeros((len(at), self.per_pixel + ORDER))
        first = low.astype(np.int64)
        spread[np.arange(len(at))[:, None], first[:, None] + np.arange(_TAPS)] = taps
        return pixel.astype(np.int64) - self.before, spread


def phases_of(spread: PointSpread) -> Phases:
    """The phases of a point spread, made at its first use."""
    known = _KNOWN.get(spread)
    if known is None:
        known = _KNOWN[spread] = _made(spread)
    return known


_KNOWN: WeakKeyDictionary[PointSpread, Phases] = WeakKeyDictionary()


def _made(spread: PointSpread) -> Phases:
    cells = spread.per_pixel
    # The share of a pixel that is so many cells from the point, and the spline through these.
    half = int(spread.values.shape[0]) // 2 + cells // 2
    before = -(-(half + _TAPS // 2) // cells)
    side = 2 * before + 1
    reach = (before + 1) * cells + _RINGING_CELLS
    padded = np.pad(spread.values, reach + cells // 2 - int(spread.values.shape[0]) // 2)
    sums = np.cumsum(np.pad(padded, ((1, 0), (1, 0))), axis=0).cumsum(axis=1)
    shares = (
        sums[cells:, cells:]
        - sums[:-cells, cells:]
        - sums[cells:, :-cells]
        + sums[:-cells, :-cells]
    )
    coefficients = _through(shares)
    middle = coefficients.shape[0] // 2
    starts = middle - before * cells - ORDER // 2 + np.arange(cells + ORDER)
    taken = starts[:, None] + cells * np.arange(side)
    kernels = coefficients[taken[:, None, :, None], taken[None, :, None, :]]
    dark = _dark_rings(np.abs(kernels).max((0, 1)))
    before -= dark
    kernels = np.ascontiguousarray(kernels[:, :, dark : side - dark, dark : side - dark])
    return Phases(kernels, kernels.sum((2, 3)), before, cells, float(spread.values.sum()))


def _dark_rings(largest: Floats) -> int:
    """Rings of pixels from outside that have no light worth adding."""
    middle = len(largest) // 2
    offsets = np.abs(np.arange(len(largest)) - middle)
    ring = np.maximum(offsets[:, None], offsets)
    lit = largest > _NO_LIGHT * largest.max()
    return middle - int(ring[lit].max())


def _through(values: Floats) -> Floats:
    """Coefficients of the spline that goes through values, periodic."""
    from scipy import ndimage

    coefficients: Floats = ndimage.spline_filter(values, order=ORDER, mode="grid-wrap")
    return coefficients


def _basis(at: Floats) -> Floats:
    """The six B-splines of order 5 that are not 0 at a place from 0 to 1 in a cell: (n, 6)."""
    powers = np.empty((len(at), _TAPS))
    powers[:, 0] = 1.0
    for power in range(1, _TAPS):
        np.multiply(powers[:, power - 1], at, out=powers[:, power])
    return powers @ _BASIS


_BASIS = (
    np.array(
        [
            [1.0, 26.0, 66.0, 26.0, 1.0, 0.0],
            [-5.0, -50.0, 0.0, 50.0, 5.0, 0.0],
            [10.0, 20.0, -60.0, 20.0, 10.0, 0.0],
            [-10.0, 20.0, 0.0, -20.0, 10.0, 0.0],
            [5.0, -20.0, 30.0, -20.0, 5.0, 0.0],
            [-1.0, 5.0, -10.0, 10.0, -5.0, 1.0],
        ]
    )
    / 120.0
)
"""Coefficients of the splines by power of the place (rows): de Boor's recursion, multiplied out."""
