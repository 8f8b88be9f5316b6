"""How the light of a trail falls off across it: a Moffat profile seen as a line, on pixels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.widths import PIXEL_FWHM_SQUARED, moffat_radius

__all__ = ["GRID", "full_width", "line_spread", "marked_width", "pixel_adds"]

Floats = NDArray[np.float64]

_STEP = 0.05
_REACH_PX = 50.0

GRID: Floats = np.asarray(np.arange(-_REACH_PX, _REACH_PX + _STEP / 2, _STEP))
"""Distances from the middle at which `line_spread` is given, px."""

_SHARED_SQUARED, _SHARED_NARROW = 0.36, 3.2  # px^2; px^6

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
    scale = moffat_radius(fwhm, beta)
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
    high, low = np.minimum(at + half, len(values) - 1), np.maximum(at - half, 0)
    # The outermost steps lie half within the pixel.
    return np.asarray(summed[high + 1] + summed[high] - summed[low + 1] - summed[low]) / 2.0


def full_width(fwhm: float, disk: float = 0.0) -> float:
    """Width of a point in the image, pixel included, px."""
    return math.sqrt(fwhm**2 + PIXEL_FWHM_SQUARED + (_DISK_FWHM * disk) ** 2)


def marked_width(fwhm: float, disk: float = 0.0) -> float:
    """Width of a mask that is one width wide, px.

    Less than that of a point in the image: the masks of the sets that detectors are measured by are
    made with the width before the light is shared among pixels. Widths that are fitted on such sets
    come out larger, by 0.1 px in the square for a width of 1.9 px, by 0.35 for 3.5 px.
    """
    shared = max(_SHARED_SQUARED - _SHARED_NARROW / fwhm**4, 0.0)
    return math.sqrt(max(fwhm**2 - shared, 0.5) + (_DISK_FWHM * disk) ** 2)


def pixel_adds(beta: Floats) -> Floats:
    """What a pixel adds to the square of a point's width, px^2, by the exponent of its profile.

    To first order in the variance of a pixel, 1/12: 8 v (t - 1) (1 + (beta + 1) / t) with
    t = 2^(1 / beta), which is 8 ln 2 v for a Gaussian and more for a profile with a peak.
    """
    root = 2.0 ** (1.0 / np.asarray(beta))
    return np.asarray(8.0 / 12.0 * (root - 1.0) * (1.0 + (beta + 1.0) / root))
