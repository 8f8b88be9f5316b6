"""The level of the background beside a trail."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.outputs.light import Light
from satvo.resources.masks.outputs.strip import Strip

__all__ = ["beside"]

Floats = NDArray[np.float64]

_WINDOW_PX = 64.0
_LEAST_PIXELS = 60
_CLIP = 4.0


def beside(strip: Strip, off: Floats, counts: NDArray[np.bool_], light: Light) -> Floats:
    """What the background near a trail has beyond the sky of the frame.

    Measured on both sides, beyond 1.5 full widths from its middle, every 64 pixels of its length,
    clipped at 4 standard deviations.

    Parameters
    ----------
    strip : Strip
    off : ndarray (n,)
        The image less its sky and the light of the trail.
    counts : ndarray of bool (n,)
    light : Light

    Returns
    -------
    ndarray (n,)
        0 everywhere where too few pixels tell.
    """
    side = counts & (np.abs(strip.across) > 1.5 * light.profile.fwhm)
    length = light.trail.length
    count = max(int(length // _WINDOW_PX), 1)
    window = np.clip((strip.along / (length / count)).astype(np.int64), 0, count - 1)
    level = np.zeros(count)
    good = side.copy()
    for _ in range(3):
        number = np.bincount(window[good], minlength=count)
        total = np.bincount(window[good], off[good], count)
        square = np.bincount(window[good], off[good] ** 2, count)
        some = np.maximum(number, 1)
        level = np.where(number >= _LEAST_PIXELS, total / some, np.nan)
        spread = np.sqrt(np.maximum(square / some - (total / some) ** 2, 0.0))
        good = side & (np.abs(off - np.nan_to_num(level)[window]) < _CLIP * spread[window])
    known = np.isfinite(level)
    if not known.any():
        return np.zeros(len(off))
    at = (np.arange(count) + 0.5) * (length / count)
    return np.interp(strip.along, at[known], level[known])
