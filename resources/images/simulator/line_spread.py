"""How wide the trail of a point is."""

from __future__ import annotations

import math
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.models.spreads import outer_width
from satvo.resources.trails.stamps import PointSpread

__all__ = ["line_fwhm_px"]

Floats = NDArray[np.float64]

_KNOWN: WeakKeyDictionary[PointSpread, dict[tuple[float, float], float]] = WeakKeyDictionary()
_STEPS = 90
_FINE = 15


def line_fwhm_px(
    spread: PointSpread, along_x: float, along_y: float, width_px: float = 0.0
) -> float:
    """Full width at half maximum, pixel, across the trail of a point that moves in a direction.

    It is that of the trail as drawn: the point spread summed along the trail, over pixels, and
    over the line's own width. The direction is rounded to 2 deg.

    Parameters
    ----------
    spread : PointSpread
    along_x, along_y : float
        Unit vector of the motion.
    width_px : float
        Of the line before it is blurred.

    Examples
    --------
    >>> sharp = PointSpread(np.ones((1, 1)), 1)
    >>> round(line_fwhm_px(sharp, 1.0, 0.0), 2)
    1.0
    """
    step = round(math.atan2(along_y, along_x) / math.pi * _STEPS) % _STEPS
    known = _KNOWN.setdefault(spread, {})
    key = (float(step), width_px)
    if key not in known:
        known[key] = _measured(spread, step * math.pi / _STEPS, width_px)
    return known[key]


def _measured(spread: PointSpread, angle: float, width_px: float) -> float:
    """By the profile on bins of a fifteenth of a cell, with the boxes of cell and pixel."""
    half = spread.values.shape[0] // 2
    at = np.arange(-half, half + 1) / spread.per_pixel
    across = at[:, None] * math.cos(angle) - at[None, :] * math.sin(angle)
    bin_px = 1.0 / (spread.per_pixel * _FINE)
    reach = (math.sqrt(2.0) * (half + 1) / spread.per_pixel + 1.0 + width_px) / bin_px
    size = 2 * math.ceil(reach) + 1
    place = across / bin_px + size // 2
    at_bins = np.rint(place).astype(np.int64).ravel()
    profile: Floats = np.bincount(at_bins, spread.values.ravel(), size).astype(np.float64)
    # A square seen across an angle is a box convolved with a box.
    sides = [abs(math.cos(angle)), abs(math.sin(angle))]
    pixel = 1.0 if spread.per_pixel > 1 else 0.0
    cell = 1.0 / spread.per_pixel
    for wide in (*(side * cell for side in sides), *(side * pixel for side in sides), width_px):
        profile = _boxed(profile, wide / bin_px)
    return outer_width(profile) * bin_px


def _boxed(profile: Floats, bins: float) -> Floats:
    """Averaged over a box of so many bins."""
    count = 2 * round((bins - 1.0) / 2.0) + 1
    if count <= 1:
        return profile
    return np.convolve(profile, np.full(count, 1.0 / count), "same")
