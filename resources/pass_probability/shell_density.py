"""How satellites of one inclination are spread over latitudes.

With F(b) = 1/2 + asin(sin b / sin i) / pi the fraction of a layer's satellites south of latitude b,
their number on each unit of solid angle is N / (2 pi**2 sqrt(sin**2 i - sin**2 b)): infinite at
b = +-i, but its mean over any cell is finite.

References
----------
Bassa, C. G., Hainaut, O. R., Galadi-Enriquez, D. 2022, A&A 657, A75.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["SMALLEST_SINE", "fraction_south", "mean_per_steradian"]

Floats = NDArray[np.float64]

SMALLEST_SINE = 1e-6
"""Of inclinations: an equatorial orbit is one that leaves the equator by some metres."""


def fraction_south(sin_latitude: ArrayLike, sin_inclination: ArrayLike) -> Floats:
    """The part (...) of a layer's satellites that is south of latitudes.

    Examples
    --------
    >>> fraction_south([-0.5, 0.0, 0.5, 0.6], 0.5).tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    sine = np.maximum(sin_inclination, SMALLEST_SINE)
    return np.asarray(0.5 + np.arcsin(np.clip(np.asarray(sin_latitude) / sine, -1.0, 1.0)) / np.pi)


def mean_per_steradian(
    latitude_rad: ArrayLike, half_rad: ArrayLike, sin_inclination: ArrayLike
) -> Floats:
    """Satellites on each steradian around the Earth's centre, of one in all: mean over strips.

    Parameters
    ----------
    latitude_rad, half_rad : array_like (...)
        Middle of a strip of latitudes and half its height, above 0. What reaches over a pole is
        left away.
    sin_inclination : array_like

    Returns
    -------
    ndarray (...)
        Strips that cover the sphere hold 1 in all, exactly.

    Examples
    --------
    >>> half = np.pi / 20
    >>> middles = np.arange(-9, 10, 2) * half
    >>> areas = 2 * np.pi * (np.sin(middles + half) - np.sin(middles - half))
    >>> float(np.sum(areas * mean_per_steradian(middles, half, np.sin(0.9))).round(12))
    1.0
    """
    # In single precision the sines of a pole and of a strip's other edge are equal.
    middle, half = (np.asarray(each, dtype=np.float64) for each in (latitude_rad, half_rad))
    low = np.sin(np.maximum(middle - half, -np.pi / 2))
    high = np.sin(np.minimum(middle + half, np.pi / 2))
    inside = fraction_south(high, sin_inclination) - fraction_south(low, sin_inclination)
    return np.asarray(inside / (2.0 * np.pi * (high - low)))
