"""The pixels about a line, in coordinates along it and across it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.search import Segment, sampled

__all__ = ["Axis", "Strip", "near_stars", "strip_about", "width_across", "window_about"]

Floats = NDArray[np.float64]
Places = NDArray[np.float64] | NDArray[np.int64]

_STAR = 6.0, 3.0  # significance from which a pixel is a star's, and by that of the line
_WINGS = ((0.0, 1.0), (100.0, 1.8), (1000.0, 3.0))  # significance, and widths to where it is lost
_MOST_STARRY = 0.35
_CUTS, _CUT_PX = 40, 40.0  # along a segment; px to either side
_SAMPLING_ADDS = 0.9  # px^2, to the square of a width seen between pixels
_CLEAR = 1.5  # half of the light in the middle that a width is measured from


@dataclass(frozen=True)
class Axis:
    """A straight line with a beginning, as coordinates: along it, and across to its left.

    Attributes
    ----------
    x, y : float
        Where it begins, px.
    cosine, sine : float
        Of its direction, from x towards y.
    length : float
        To its other end, px.
    """

    x: float
    y: float
    cosine: float
    sine: float
    length: float

    @classmethod
    def between(cls, start_xy: tuple[float, float], end_xy: tuple[float, float]) -> Axis:
        """From one point to another; along x where both are one."""
        length = math.dist(start_xy, end_xy)
        if not length > 0.0:
            return cls(*start_xy, 1.0, 0.0, 1e-6)
        dx, dy = end_xy[0] - start_xy[0], end_xy[1] - start_xy[1]
        return cls(*start_xy, dx / length, dy / length, length)

    def at(self, along: float, across: float) -> tuple[float, float]:
        """Pixel of a place."""
        return (
            self.x + along * self.cosine - across * self.sine,
            self.y + along * self.sine + across * self.cosine,
        )

    def of(self, x: Places, y: Places) -> tuple[Floats, Floats]:
        """Along and across of pixels."""
        dx, dy = x - self.x, y - self.y
        return dx * self.cosine + dy * self.sine, dy * self.cosine - dx * self.sine


@dataclass(frozen=True, eq=False)
class Strip:
    """Pixels near an axis: along and across (px), significance; those that count only."""

    along: Floats
    across: Floats
    values: Floats


def window_about(
    axis: Axis, shape: tuple[int, int], reach: float, beyond: float
) -> tuple[slice, slice] | None:
    """Rows and columns that hold what is near an axis; None where that is beside the image."""
    ends = [axis.at(-beyond, 0.0), axis.at(axis.length + beyond, 0.0)]
    slices = []
    for k, side in ((1, shape[0]), (0, shape[1])):
        low = max(math.floor(min(end[k] for end in ends) - reach), 0)
        high = min(math.ceil(max(end[k] for end in ends) + reach) + 1, side)
        if high <= low:
            return None
        slices.append(slice(low, high))
    return slices[0], slices[1]


def strip_about(
    frame: Frame, axis: Axis, reach: float, beyond: float, *, fwhm: float | None = None
) -> Strip:
    """Pixels within `reach` px across an axis and `beyond` px behind its ends.

    With the width of a star, those about stars are left out that are much brighter than the line:
    their wings would widen a faint trail and move it. If that were much of the line, none are: it
    is a trail that glints.
    """
    window = window_about(axis, frame.shape, reach, beyond)
    if window is None:
        return Strip(*(np.empty(0) for _ in range(3)))
    rows, columns = np.ogrid[window]
    along, across = axis.of(columns.astype(float), rows.astype(float))
    near = (np.abs(across) < reach) & (along > -beyond) & (along < axis.length + beyond)
    near &= frame.usable[window] & ~frame.saturated[window]
    if fwhm is not None:
        core = near & (np.abs(across) < max(0.5 * fwhm, 0.75))
        core &= (along > 0.0) & (along < axis.length)
        level = float(np.median(frame.significance[window][core])) if core.any() else 0.0
        starry = near_stars(frame, window, level, fwhm)
        if (core & starry).sum() < _MOST_STARRY * core.sum():
            near &= ~starry
    values = frame.significance[window][near].astype(np.float64)
    return Strip(along[near], across[near], values)


def width_across(frame: Frame, segment: Segment) -> float:
    """Full width at half maximum of the median light across a segment, px; 0 where it is faint.

    Of what is within 40 px of its middle; the level is the median over these.
    """
    axis = Axis.between(segment.start_xy, segment.end_xy)
    along = np.linspace(0.1, 0.9, _CUTS)[:, None] * axis.length
    across = np.arange(-_CUT_PX, _CUT_PX + 1.0)
    x = axis.x + along * axis.cosine - across * axis.sine
    y = axis.y + along * axis.sine + across * axis.cosine
    light = np.median(sampled(frame.significance, x, y), axis=0)
    light -= np.median(light)
    near = np.abs(across) < _CUT_PX / 2
    middle = int(np.flatnonzero(near)[light[near].argmax()])
    half = light[middle] / 2.0
    low = light < half
    if half < _CLEAR or not (low[:middle].any() and low[middle:].any()):
        return 0.0
    first = int(np.flatnonzero(low[:middle])[-1])
    last = middle + int(np.flatnonzero(low[middle:])[0])
    before = (half - light[first]) / (light[first + 1] - light[first])
    behind = (half - light[last]) / (light[last - 1] - light[last])
    width = float(last - behind - first - before)
    return math.sqrt(max(width**2 - _SAMPLING_ADDS, 0.0))


def near_stars(
    frame: Frame, window: tuple[slice, slice], level: float, fwhm: float
) -> NDArray[np.bool_]:
    """Pixels about what is brighter than a line of this level, as far as its wings reach."""
    from scipy import ndimage

    values = frame.significance[window]
    starry = np.zeros(values.shape, bool)
    for brighter, widths in _WINGS:
        limit = max(brighter, _STAR[0] + _STAR[1] * max(level, 0.0))
        peaks = values > limit
        if peaks.any():
            side = 2 * math.ceil(widths * fwhm) + 1
            wide = ndimage.maximum_filter1d(peaks, side, axis=0, mode="constant")
            starry |= ndimage.maximum_filter1d(wide, side, axis=1, mode="constant")
    return starry
