"""How the images of a sequence are shifted against each other, and one moved onto another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame

__all__ = ["Shift", "moved", "shift_between"]

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_FAINTEST = 4.0
_BRIGHTEST = 12.0
_SHARP = 0.2
"""Of a pixel, what its brightest neighbour has in a star; of a hot pixel it has less."""
_SIDE_PX = 2048
_CLEAR = 8.0
"""By how many of its own deviations the peak of a correlation stands out where stars agree."""
_LEAST_PEAK = 200.0
"""Of the sum of products of significances, where one faint star agrees; noise reaches 60."""
_WHOLE = 0.02


@dataclass(frozen=True)
class Shift:
    """Where the stars of one image lie in another.

    Attributes
    ----------
    dx, dy : float
        Pixel to add to a place in the first to have it in the second.
    known : bool
        Whether stars told it; if not, dx and dy are 0.
    """

    dx: float = 0.0
    dy: float = 0.0
    known: bool = False


def shift_between(first: Frame, second: Frame) -> Shift:
    """The shift from one image to another by the correlation of their stars.

    Notes
    -----
    Only shifts, up to a third of the shorter side: no turn, no change of scale. By the middle 2048
    pixels; significances are cut at 12, so that no single star decides, and hot pixels, which stay
    where they are while stars drift, are left out. The peak is interpolated by a parabola: 0.05 to
    0.1 px with ten stars.
    """
    from scipy import fft

    a, b = _stars(first), _stars(second)
    if not a.any() or not b.any():
        return Shift()
    size = [fft.next_fast_len(side + side // 3, real=True) for side in a.shape]
    product = np.conj(fft.rfft2(a, size)) * fft.rfft2(b, size)
    peaks = fft.irfft2(product, size)
    for axis in (0, 1):
        _forbid_far(peaks, axis, a.shape[axis] // 3)
    row, column = np.unravel_index(int(np.argmax(peaks)), peaks.shape)
    if peaks[row, column] < max(_CLEAR * float(np.std(peaks)), _LEAST_PEAK):
        return Shift()
    dy = _vertex(peaks[(row + np.arange(-1, 2)) % size[0], column]) + _signed(int(row), size[0])
    dx = _vertex(peaks[row, (column + np.arange(-1, 2)) % size[1]]) + _signed(int(column), size[1])
    return Shift(dx, dy, True)


def moved(values: Floats, counts: Flags, shift: Shift) -> tuple[Floats, Flags]:
    """An image as it would be if its stars lay elsewhere by a shift.

    Parameters
    ----------
    values : ndarray of float32 (rows, columns)
        Finite; pixels that do not count hold something harmless.
    counts : ndarray of bool (rows, columns)
    shift : Shift

    Returns
    -------
    values : ndarray of float32 (rows, columns)
        Interpolated by cubic splines; for shifts of whole pixels, as they are.
    counts : ndarray of bool (rows, columns)
        Not those to which a pixel that does not count has come, nor what lies outside.
    """
    from scipy import ndimage

    by = np.array([shift.dy, shift.dx])
    whole = np.rint(by)
    if np.abs(by - whole).max() < _WHOLE:
        shifted = ndimage.shift(values, whole, order=0, mode="constant")
        counted = ndimage.shift(counts.astype(np.uint8), whole, order=0, mode="constant") > 0
        return shifted, counted
    shifted = ndimage.shift(values, by, order=3, mode="nearest")
    share = ndimage.shift(counts.astype(np.float32), by, order=1, mode="constant", cval=0.0)
    return shifted, share > 0.99


def _stars(frame: Frame) -> Floats:
    """What stands out, cut at a height, in the middle of the image."""
    from scipy import ndimage

    rows, columns = (slice((n - min(n, _SIDE_PX)) // 2, (n + min(n, _SIDE_PX)) // 2)
                     for n in frame.shape)  # fmt: skip
    values = frame.significance[rows, columns]
    ring = np.ones((3, 3), dtype=bool)
    ring[1, 1] = False
    near = ndimage.maximum_filter(values, footprint=ring)
    stars: Floats = np.clip(values, 0.0, _BRIGHTEST)
    stars[(values < _FAINTEST) | (near < _SHARP * values)] = 0.0
    stars -= np.float32(stars.mean(dtype=np.float64))
    return stars


def _forbid_far(peaks: Floats, axis: int, most: int) -> None:
    some = [slice(None), slice(None)]
    some[axis] = slice(most + 1, peaks.shape[axis] - most)
    peaks[tuple(some)] = 0.0


def _vertex(three: NDArray[np.floating]) -> float:
    """Where the parabola through three values is highest, from the middle one."""
    low, middle, high = (float(value) for value in three)
    bend = low - 2.0 * middle + high
    return 0.5 * (low - high) / bend if bend < 0.0 and math.isfinite(bend) else 0.0


def _signed(index: int, size: int) -> int:
    return index - size if index > size // 2 else index
