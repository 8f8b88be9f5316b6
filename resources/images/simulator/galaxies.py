"""Extended light on the fine grid of a point spread."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.stamps import PointSpread

__all__ = ["blurred", "fine_grid", "sersic"]

Floats = NDArray[np.float64]

_MOST_CELLS = 2401
_WITHIN_PX = 400.0


def sersic(
    half_light_px: float, index: float, axis_ratio: float, angle: float, per_pixel: int
) -> Floats:
    """A Sersic profile on the cells of a point spread: (n, n), n odd, its sum 1.

    It is cut at 8 half-light radii (or 400 pixels), which holds more than 0.9999 of an exponential
    disc and 0.95 of a de Vaucouleurs profile; what is cut is spread over the rest.

    Parameters
    ----------
    half_light_px : float
        Along the major axis.
    index : float
    axis_ratio : float
    angle : float
        Of the major axis from the rows, rad.
    per_pixel : int

    References
    ----------
    Sersic 1968; b_n of Ciotti & Bertin 1999, A&A 352, 447, equation 18.
    """
    b = 2.0 * index - 1.0 / 3.0 + 4.0 / (405.0 * index) + 46.0 / (25515.0 * index**2)
    dx, dy = fine_grid(8.0 * half_light_px + 1.0, per_pixel)
    total = np.zeros(dx.shape)
    # The middle of a steep profile changes within a cell: the mean of 5 x 5 places is taken.
    for off_x in np.linspace(-0.4, 0.4, 5) / per_pixel:
        for off_y in np.linspace(-0.4, 0.4, 5) / per_pixel:
            x, y = dx + off_x, dy + off_y
            along = x * math.cos(angle) + y * math.sin(angle)
            across = (y * math.cos(angle) - x * math.sin(angle)) / axis_ratio
            radius = np.hypot(along, across) / half_light_px
            total += np.exp(-b * radius ** (1.0 / index))
    profile: Floats = total / total.sum()
    return profile


def fine_grid(reach_px: float, per_pixel: int) -> tuple[Floats, Floats]:
    """Columns and rows (n, n) of cells about a middle, in pixels."""
    half = math.ceil(min(reach_px, _WITHIN_PX) * per_pixel)
    half = min(half, _MOST_CELLS // 2)
    at = np.arange(-half, half + 1) / per_pixel
    x, y = np.meshgrid(at, at)
    return x, y


def blurred(light: Floats, spread: PointSpread) -> PointSpread:
    """Light on the cells of a point spread, convolved with it."""
    from scipy import fft

    side = light.shape[0] + spread.values.shape[0] - 1
    size = fft.next_fast_len(side, real=True)
    both = fft.rfft2(light, (size, size)) * fft.rfft2(spread.values, (size, size))
    made = np.maximum(fft.irfft2(both, (size, size))[:side, :side], 0.0)
    return PointSpread(made, spread.per_pixel)
