"""What the profile of a bright trail has beyond the function that was fitted to it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.outputs.light import Excess, Light
from satvo.resources.masks.outputs.strip import Strip

__all__ = ["measured_excess"]

Floats = NDArray[np.float64]

_BIN_PX = 0.25
_SNR_A_WINDOW = 300.0
_MOST_WINDOWS = 32
_SHORTEST_WIDTHS = 8.0
_SIGNIFICANT = 2.0


def measured_excess(
    light: Light, strip: Strip, values: Floats, weight: Floats, *, reach: float, snr: float
) -> Excess | None:
    """The excess of the measured profile, by quarters of a pixel, in windows along the trail.

    Parameters
    ----------
    light : Light
        With its flux along it.
    strip : Strip
    values, weight : ndarray (n,)
        Light less the background and reciprocal variance, 0 where a pixel does not count.
    reach : float
        Distance from its middle to which it is measured.
    snr : float
        Significance of the whole trail: the more, the shorter the windows, since seeing and optics
        change its width along it.

    Returns
    -------
    Excess or None
        What is within two standard deviations is left out, as it would be subtracted from stars;
        None where too few pixels tell.
    """
    length = light.trail.length
    most = min(_MOST_WINDOWS, length / (_SHORTEST_WIDTHS * light.profile.fwhm))
    windows = max(int(min(snr / _SNR_A_WINDOW, most)), 1)
    half = math.ceil(reach / _BIN_PX)
    size = 2 * half + 1
    inside = (strip.along >= 0.0) & (strip.along <= length) & (np.abs(strip.across) <= reach)
    weight = np.where(inside, weight, 0.0)
    flux = light.flux_at(strip.along)
    shape = light.profile.at(strip.along, strip.across, length, light.trail.open_ends)
    off = values - flux * shape
    window = np.clip((strip.along / length * windows).astype(np.int64), 0, windows - 1)
    bins = np.clip(np.rint(strip.across / _BIN_PX).astype(np.int64) + half, 0, size - 1)
    number = window * size + bins
    square = np.bincount(number, weight * flux**2, windows * size).reshape(windows, size)
    product = np.bincount(number, weight * flux * off, windows * size).reshape(windows, size)
    at = np.asarray(np.arange(-half, half + 1) * _BIN_PX, np.float64)
    along = (np.arange(windows) + 0.5) * length / windows
    share = np.zeros((windows, size))
    for row in range(windows):
        known = square[row] > 0.0
        if known.sum() < 5:
            continue
        found, error = product[row, known] / square[row, known], square[row, known] ** -0.5
        part = 1.0 - (_SIGNIFICANT * error) ** 2 / np.maximum(found**2, 1e-300)
        share[row] = np.interp(at, at[known], found * np.clip(part, 0.0, 1.0), 0.0, 0.0)
    return Excess(along, at, share) if share.any() else None
