"""The level of an image's background and the noise around it, whatever stars are on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["background"]

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_MAD_TO_SIGMA = 1.4826
_BOX_PX = 64
_SAMPLES_OF_A_BOX = 512  # of its pixels; the median of so many is right to 0.06 sigma
_LEAST_SHARE = 0.1  # of the pixels of a box that must count


def background(pixels: Floats, counts: Flags) -> tuple[Floats, float]:
    """Measure the background by medians of boxes of 64 pixels, smoothed and interpolated.

    Parameters
    ----------
    pixels : ndarray of float32 (rows, columns)
    counts : ndarray of bool (rows, columns)
        Pixels to measure by.

    Returns
    -------
    sky : ndarray of float32 (rows, columns)
        Level of the background at each pixel.
    noise : float
        1.4826 times the median absolute deviation from it; where that is 0, as in frames of few
        distinct values, the standard deviation of what lies within the 5th and 95th percentile.

    Raises
    ------
    BadParameter
        If no pixel counts or all have one value.
    """
    rows, columns = pixels.shape
    down, across = -(-rows // _BOX_PX), -(-columns // _BOX_PX)
    row_edges = np.linspace(0, rows, down + 1).astype(int)
    column_edges = np.linspace(0, columns, across + 1).astype(int)
    levels = np.full((down, across), np.nan, dtype=np.float32)
    spreads = np.full((down, across), np.nan, dtype=np.float32)
    for i in range(down):
        for j in range(across):
            box = np.s_[row_edges[i] : row_edges[i + 1], column_edges[j] : column_edges[j + 1]]
            values = pixels[box][counts[box]]
            if values.size > _LEAST_SHARE * counts[box].size and values.size:
                values = values[:: max(values.size // _SAMPLES_OF_A_BOX, 1)]
                levels[i, j] = np.median(values)
                spreads[i, j] = np.median(np.abs(values - levels[i, j]))
    if np.isnan(levels).all():
        counted = pixels[counts]
        if not counted.size:
            raise BadParameter("no pixel of the image counts: all are NaN, flagged or saturated")
        levels[:] = np.median(counted)
        spreads[:] = np.median(np.abs(counted - levels[0, 0]))
    noise = _MAD_TO_SIGMA * float(np.nanmedian(spreads))
    levels = _smooth(np.where(np.isnan(levels), np.nanmedian(levels), levels))
    sky = _interpolated(levels, rows, columns, row_edges, column_edges)
    if not noise > 0.0:
        noise = _clipped_deviation((pixels - sky)[counts])
    if not noise > 0.0:
        raise BadParameter("all pixels of the image have one value: there is nothing to search")
    return sky, noise


def _smooth(levels: Floats) -> Floats:
    """The median of each box and its neighbours, so that no bright star makes a hill."""
    padded = np.pad(levels, 1, mode="reflect" if min(levels.shape) > 1 else "edge")
    near = np.lib.stride_tricks.sliding_window_view(padded, (3, 3))
    smoothed: Floats = np.median(near, axis=(2, 3)).astype(np.float32)
    return smoothed


def _interpolated(
    levels: Floats,
    rows: int,
    columns: int,
    row_edges: NDArray[np.int_],
    column_edges: NDArray[np.int_],
) -> Floats:
    """Linear between the middles of the boxes, level beyond the outer ones."""
    row_middles = (row_edges[:-1] + row_edges[1:] - 1) / 2
    column_middles = (column_edges[:-1] + column_edges[1:] - 1) / 2
    y, x = np.arange(rows), np.arange(columns)
    along = np.stack([np.interp(x, column_middles, line) for line in levels])
    at = np.interp(y, row_middles, np.arange(len(row_middles)))
    low = np.minimum(at.astype(int), max(len(row_middles) - 2, 0))
    high = np.minimum(low + 1, len(row_middles) - 1)
    share = (at - low)[:, None].astype(np.float32)
    along = along.astype(np.float32)
    sky: Floats = along[low] * (1 - share) + along[high] * share
    return sky


def _clipped_deviation(values: Floats) -> float:
    if not values.size:
        return 0.0
    low, high = np.percentile(values, (5, 95))
    return float(np.std(values[(values >= low) & (values <= high)]))
