"""The pixels about a line, in coordinates along it and across it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame

__all__ = ["Axis", "Strip", "strip_about"]

Floats = NDArray[np.float64]


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
        """From one point to another."""
        length = max(math.dist(start_xy, end_xy), 1e-6)
        return cls(
            *start_xy,
            (end_xy[0] - start_xy[0]) / length,
            (end_xy[1] - start_xy[1]) / length,
            length,
        )

    def at(self, along: float, across: float) -> tuple[float, float]:
        """Pixel of a place."""
        return (
            self.x + along * self.cosine - across * self.sine,
            self.y + along * self.sine + across * self.cosine,
        )

    def of(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
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


def strip_about(frame: Frame, axis: Axis, reach: float, beyond: float) -> Strip:
    """Pixels within `reach` px across an axis and `beyond` px behind its ends."""
    window = window_about(axis, frame.shape, reach, beyond)
    if window is None:
        return Strip(*(np.empty(0) for _ in range(3)))
    rows, columns = np.ogrid[window]
    along, across = axis.of(columns.astype(float), rows.astype(float))
    near = (np.abs(across) < reach) & (along > -beyond) & (along < axis.length + beyond)
    near &= frame.usable[window] & ~frame.saturated[window]
    values = frame.significance[window][near].astype(np.float64)
    return Strip(along[near], across[near], values)
