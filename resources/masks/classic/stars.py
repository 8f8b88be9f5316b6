"""Which pixels belong to stars and the like, so that no chain of them is taken for a trail."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame

__all__ = ["compact_light"]

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_CLEAR = 5.0
"""Sigma of a star's whole light from which it is masked."""
_GOES_ON = 0.35
"""Of a peak, what its surroundings must reach on two opposite sides for it to lie on a line."""
_ROUND = 0.5
"""Least light about a peak by the largest, from which it is round."""
_FIRST_RADIUS = 1.5
_RAY, _RAY_PX = 6.0, 15.0
"""How far light must go on, in widths of a star and in pixels, to be a line."""
_DARK = 0.25
"""Of a ray, the part that may be dark."""
_MOST_DIRECTIONS = 0.35
_GROWTH = 1.6
_RADII = 9
_WING = 2.5
"""Exponent of the Moffat profile by whose wings a star is masked; most stars' are steeper."""


def compact_light(frame: Frame, star_width: float, longest_px: float) -> Flags:
    """The pixels of stars, hot pixels and other light that does not go on to two opposite sides.

    Parameters
    ----------
    frame : Frame
    star_width : float
        Full width at half maximum of its stars, pixel.
    longest_px : float
        What is longer is not masked, unless it is round.

    Returns
    -------
    ndarray of bool (rows, columns)
        Of each such source a disk, to where its wings fall below the noise.

    Notes
    -----
    A peak of a trail has neighbours as bright as itself at two opposite places of every circle
    about it, one of a star has none. Asking the peaks, not the shape of connected regions, keeps a
    trail that crosses stars, and one that the noise breaks into pieces. A peak from which light
    goes on to one side alone, in a straight line, is the end of a trail.
    """
    from scipy import ndimage

    sigma = max(star_width / 2.355, 0.6)
    smooth = ndimage.gaussian_filter(frame.significance, sigma) * (2.0 * math.sqrt(math.pi) * sigma)
    rows, columns = _peaks(smooth, star_width)
    heights = smooth[rows, columns]
    on_line = _on_line(smooth, rows, columns, heights, star_width)
    rows, columns, heights = rows[~on_line], columns[~on_line], heights[~on_line]
    reach = _reach(smooth, rows, columns, heights, star_width, longest_px)
    wings = 0.88 * star_width * np.sqrt(np.maximum(heights, 1.0) ** (1.0 / _WING) - 1.0)
    radii = np.where(reach > 0.0, np.maximum(reach, wings), 0.0)
    return _disks(smooth.shape, rows, columns, radii)


def _peaks(smooth: Floats, star_width: float) -> tuple[Ints, Ints]:
    """Rows and columns of the local maxima; of a plateau, its middle."""
    from scipy import ndimage

    size = 2 * max(round(star_width / 2.0), 1) + 1
    at_peak = (smooth > _CLEAR) & (smooth == ndimage.maximum_filter(smooth, size))
    labels, count = ndimage.label(at_peak, np.ones((3, 3)))
    if not count:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    middles = np.array(ndimage.center_of_mass(at_peak, labels, np.arange(1, count + 1)))
    places = np.rint(middles).astype(np.int64)
    return places[:, 0], places[:, 1]


def _on_line(
    smooth: Floats, rows: Ints, columns: Ints, heights: Floats, star_width: float
) -> Flags:
    """Whether the light of each peak (n,) goes on along a ray, and not in most directions."""
    far = max(_RAY * star_width, _RAY_PX)
    distances = np.linspace(_FIRST_RADIUS * star_width, far, 8)
    half = math.ceil(math.pi * far / (0.6 * star_width))
    lit = np.zeros((len(rows), 2 * half), dtype=np.uint8)
    for radius in distances:
        ring = _ring(smooth, rows, columns, radius, star_width, half)
        lit += ring > _GOES_ON * heights[:, None]
    goes_on = lit >= (1.0 - _DARK) * len(distances)
    flags: Flags = goes_on.any(axis=1) & (goes_on.mean(axis=1) < _MOST_DIRECTIONS)
    return flags


def _reach(
    smooth: Floats,
    rows: Ints,
    columns: Ints,
    heights: Floats,
    star_width: float,
    longest_px: float,
) -> NDArray[np.float64]:
    """Radius (n,) within which the light of each peak ends; 0 where it goes on as a line."""
    reach = np.zeros(len(rows))
    is_round = np.zeros(len(rows), dtype=bool)
    left = np.arange(len(rows))
    radius = _FIRST_RADIUS * star_width
    for _ in range(_RADII):
        if not left.size:
            break
        ring = _ring(smooth, rows[left], columns[left], radius, star_width)
        half = ring.shape[1] // 2
        pairs = np.fmin(ring[:, :half], ring[:, half:])
        goes_on = np.nanmax(pairs, axis=1, initial=0.0) / heights[left]
        ends = (goes_on < _GOES_ON) & ((radius <= longest_px / 2) | is_round[left])
        reach[left[ends]] = radius
        most = np.nanmax(ring, axis=1, initial=0.0)
        least = np.nanquantile(np.nan_to_num(ring), 0.25, axis=1)
        is_round[left] = least > _ROUND * most
        left = left[~ends]
        radius *= _GROWTH
    return reach


def _ring(
    smooth: Floats, rows: Ints, columns: Ints, radius: float, width: float, half: int = 0
) -> Floats:
    """Values (n, angles) on a circle about each place, NaN outside of the image.

    So close that no line as wide as a star passes between; the second half lies opposite the first.
    """
    half = half or max(math.ceil(math.pi * radius / (0.6 * width)), 8)
    angles = np.arange(2 * half) * (math.pi / half)
    y = rows[:, None] + np.rint(radius * np.sin(angles)).astype(np.int64)
    x = columns[:, None] + np.rint(radius * np.cos(angles)).astype(np.int64)
    inside = (y >= 0) & (y < smooth.shape[0]) & (x >= 0) & (x < smooth.shape[1])
    values = smooth[np.where(inside, y, 0), np.where(inside, x, 0)]
    ring: Floats = np.where(inside, values, np.float32(np.nan))
    return ring


def _disks(shape: tuple[int, ...], rows: Ints, columns: Ints, radii: NDArray[np.float64]) -> Flags:
    """The pixels within so many pixels of these places."""
    flags = np.zeros(shape, dtype=bool)
    for row, column, radius in zip(rows.tolist(), columns.tolist(), radii.tolist(), strict=True):
        if radius <= 0.0:
            continue
        around = math.ceil(radius)
        top, left = max(row - around, 0), max(column - around, 0)
        window = flags[top : row + around + 1, left : column + around + 1]
        y = np.arange(top, top + window.shape[0]) - row
        x = np.arange(left, left + window.shape[1]) - column
        window |= y[:, None] ** 2 + x**2 <= radius * radius
    return flags
