"""How the light of a satellite is spread that is out of focus, or larger than a point."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness.trails import defocus_arcsec
from satvo.resources.trails.models.model import Optics
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

__all__ = ["annulus", "bar", "convolved", "defocused_spread", "full_width_px", "outer_width"]

Floats = NDArray[np.float64]

_LEAST_CELLS = 0.05
"""Smaller than this a disc is a point."""
_MOST_CELLS = 6000
_FINE = 12.0
"""Fine cells in a radius, at least."""


def defocused_spread(optics: Optics, range_km: float) -> PointSpread:
    """The spread of a point at a distance, seen by a telescope that is focused at infinity.

    That of a star convolved with the pupil, as large as the aperture is seen from the satellite: a
    disc with a hole of the obstruction.

    References
    ----------
    Tyson, J. A., et al. 2020, AJ 160, 226: 3 arcsec for 8.4 m and 550 km.
    """
    diameter = float(defocus_arcsec(optics.aperture_m, range_km)) / optics.pixel_arcsec
    return _defocused(optics.spread, round(diameter, 6), optics.obstruction)


@lru_cache(maxsize=32)
def _defocused(spread: PointSpread, diameter_px: float, obstruction: float) -> PointSpread:
    cells = diameter_px * spread.per_pixel
    if cells < _LEAST_CELLS:
        return spread
    return convolved(spread, annulus(cells, obstruction))


def annulus(diameter: float, obstruction: float = 0.0) -> Floats:
    """A disc with a hole on cells, odd and square, of sum 1.

    Parameters
    ----------
    diameter : float
        In cells.
    obstruction : float
        Diameter of the hole in that of the disc.

    Raises
    ------
    BadParameter
        If it is wider than 6000 cells.

    Examples
    --------
    >>> round(float(annulus(9.0, 0.5)[4, 4]), 6), annulus(9.0).shape
    (0.0, (11, 11))
    """
    radius = diameter / 2.0
    fine = _finer(radius)

    def shape(x: Floats, y: Floats) -> Floats:
        away = np.hypot(x, y)
        outer = np.clip(0.5 + radius * fine - away, 0.0, 1.0)
        inner = np.clip(0.5 + radius * obstruction * fine - away, 0.0, 1.0)
        return np.asarray(outer - (inner if obstruction > 0.0 else 0.0))

    return _on_cells(shape, radius, fine)


def bar(length: float, width: float, angle_rad: float) -> Floats:
    """A rectangle on cells, odd and square, of sum 1.

    Parameters
    ----------
    length, width : float
        In cells.
    angle_rad : float
        Of the length, from the columns' direction (x) towards the rows' (y).
    """
    radius = math.hypot(length, width) / 2.0
    fine = _finer(min(max(width, 0.2), length) / 2.0)
    ahead, beside = math.cos(angle_rad), math.sin(angle_rad)

    def shape(x: Floats, y: Floats) -> Floats:
        along, across = np.abs(x * ahead + y * beside), np.abs(y * ahead - x * beside)
        # Half a fine cell to each side of the edge: the area is kept where a side is narrow.
        return np.asarray(
            np.clip(0.5 + length * fine / 2.0 - along, 0.0, min(1.0, length * fine))
            * np.clip(0.5 + width * fine / 2.0 - across, 0.0, min(1.0, width * fine))
        )

    return _on_cells(shape, radius, fine)


def _finer(radius: float) -> int:
    """Fine cells in a cell, an odd number."""
    return min(2 * int(_FINE / max(radius, 0.25) / 2.0) + 1, 49)


def _on_cells(shape: Callable[[Floats, Floats], Floats], radius: float, fine: int) -> Floats:
    half = math.ceil(radius + 0.5)
    side = 2 * half + 1
    if side > _MOST_CELLS:
        raise BadParameter(
            f"light spread over {side} cells: up to {_MOST_CELLS} are accepted; "
            "give a smaller aperture or size, a greater range, or larger pixels"
        )
    place: Floats = np.asarray(np.arange(side * fine) - (side * fine - 1) / 2.0)[:, None]
    found: Floats = shape(place.T, place).reshape(side, fine, side, fine).sum((1, 3))
    return np.asarray(found / found.sum())


def convolved(spread: PointSpread, kernel: Floats) -> PointSpread:
    """A spread convolved with a kernel of sum 1 on the same cells; the share of light is kept."""
    from scipy.fft import irfft2, next_fast_len, rfft2  # scipy.signal is a second's import

    share = float(spread.values.sum())
    side = spread.values.shape[0] + kernel.shape[0] - 1
    padded = (next_fast_len(side, real=True),) * 2
    product = rfft2(spread.values, padded) * rfft2(kernel, padded)
    values: Floats = np.maximum(irfft2(product, padded)[:side, :side], 0.0)
    return PointSpread(values * (share / values.sum()), spread.per_pixel)


@lru_cache(maxsize=64)
def full_width_px(spread: PointSpread) -> float:
    """Full width at half maximum of a trail with this spread: of its light summed along a line.

    The mean of the two along rows and columns; of a double profile the outer edges count.

    Examples
    --------
    >>> full_width_px(PointSpread(np.full((3, 3), 1 / 9), 3))
    1.0
    """
    return 0.5 * sum(outer_width(spread.values.sum(axis)) for axis in (0, 1)) / spread.per_pixel


def outer_width(profile: Floats) -> float:
    """Between the outermost places at half of the peak of a profile, in its steps."""
    half = profile.max() / 2.0
    padded = np.concatenate([[0.0], profile, [0.0]])
    above = np.flatnonzero(padded >= half)
    first, last = int(above[0]), int(above[-1])
    before = (padded[first] - half) / (padded[first] - padded[first - 1])
    after = (padded[last] - half) / (padded[last] - padded[last + 1])
    return float(last - first + before + after)
