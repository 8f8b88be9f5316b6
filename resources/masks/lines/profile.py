"""How the light of a trail falls off across it: a Moffat profile seen as a line, on pixels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["GRID", "PIXEL_FWHM_SQUARED", "full_width", "line_spread"]

Floats = NDArray[np.float64]

_STEP = 0.05
_REACH_PX = 50.0

GRID: Floats = np.asarray(np.arange(-_REACH_PX, _REACH_PX + _STEP / 2, _STEP))
"""Distances from the middle at which `line_spread` is given, px."""

PIXEL_FWHM_SQUARED = 8.0 * math.log(2.0) / 12.0
"""What a pixel adds to the square of a narrow profile's full width at half maximum, px^2."""

_DISK_FWHM = 0.87
"""Full width at half maximum of a disk seen as a line (semicircle), by its diameter."""


def line_spread(fwhm: float, beta: float, disk: float = 0.0) -> Floats:
    """Light of a line at distances from its middle, of a line with light 1 a pixel of length.

    Parameters
    ----------
    fwhm : float
        Full width at half maximum of a point's Moffat profile, without the pixel, px.
    beta : float
        Its exponent, above 1/2.
    disk : float
        Diameter of the disk over which a point out of focus is spread, px.

    Returns
    -------
    ndarray (2001,)
        At `GRID`, per px; averaged over a pixel's width.

    Notes
    -----
    Integrated along a line, (1 + r^2 / a^2)^-beta is proportional to (1 + d^2 / a^2)^(1/2 - beta):
    a trail is wider than the stars beside it, 14 % for beta = 2.5.
    """
    scale = fwhm / (2.0 * math.sqrt(2.0 ** (1.0 / beta) - 1.0))
    values = (1.0 + (GRID / scale) ** 2) ** (0.5 - beta)
    if disk > _STEP:
        half = int(disk / 2 / _STEP)
        off = np.arange(-half, half + 1) * _STEP
        semicircle = np.sqrt(np.maximum((disk / 2) ** 2 - off**2, 0.0))
        values = np.convolve(values, semicircle, "same")
    values /= values.sum() * _STEP
    half = round(0.5 / _STEP)
    summed = np.concatenate([[0.0], np.cumsum(values)]) * _STEP
    at = np.arange(len(values))
    high, low = np.minimum(at + half, len(values)), np.maximum(at - half, 0)
    return np.asarray(summed[high] - summed[low])


def full_width(fwhm: float, disk: float = 0.0) -> float:
    """Width of a point in the image, pixel included, px: what a mask of one width is wide."""
    return math.sqrt(fwhm**2 + PIXEL_FWHM_SQUARED + (_DISK_FWHM * disk) ** 2)
