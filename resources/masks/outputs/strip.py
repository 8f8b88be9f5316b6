"""The pixels near a trail, by where they lie along and across it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.lines.strip import Axis

__all__ = ["Strip", "strip_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Strip:
    """Pixels near a trail: (n,) each.

    Attributes
    ----------
    rows, columns : ndarray of int
        Inside the image, each pixel once.
    along : ndarray
        From the trail's start towards its end, along its chord, pixels; below 0 before it.
    across : ndarray
        From its middle to its left, pixels.
    """

    rows: Ints
    columns: Ints
    along: Floats
    across: Floats

    @property
    def place(self) -> tuple[Ints, Ints]:
        """Index of these pixels in an image."""
        return self.rows, self.columns

    def where(self, chosen: NDArray[np.bool_]) -> Strip:
        """Some of its pixels."""
        return Strip(
            self.rows[chosen], self.columns[chosen], self.along[chosen], self.across[chosen]
        )


def strip_of(shape: tuple[int, int], trail: FoundTrail, reach: float) -> Strip:
    """The pixels of an image within so many pixels of a trail, across it and beyond its ends.

    A curved trail is a parabola over its chord.

    Examples
    --------
    >>> strip = strip_of((9, 9), FoundTrail((2.0, 4.0), (6.0, 4.0)), 1.0)
    >>> len(strip.rows), float(strip.along.min()), float(strip.along.max())
    (21, -1.0, 5.0)
    """
    if abs(trail.end_xy[0] - trail.start_xy[0]) >= abs(trail.end_xy[1] - trail.start_xy[1]):
        rows, columns = _near(shape, trail, reach)
    else:
        turned = FoundTrail(trail.start_xy[::-1], trail.end_xy[::-1], sagitta=-trail.sagitta)
        columns, rows = _near(shape[::-1], turned, reach)
    along, across = _along_across(trail, columns, rows)
    near = (np.abs(across) <= reach) & (along >= -reach) & (along <= trail.length + reach)
    return Strip(rows[near], columns[near], along[near], across[near])


def _near(shape: tuple[int, int], trail: FoundTrail, reach: float) -> tuple[Ints, Ints]:
    """Rows and columns that hold all of a strip of a trail that goes along rows, and more."""
    (x0, y0), (x1, y1) = trail.start_xy, trail.end_xy
    slope = (y1 - y0) / (x1 - x0) if x1 != x0 else 0.0
    bow = abs(trail.sagitta)
    # A curve is steeper than its chord by up to four sagittas in its length.
    steep = abs(slope) + 4.0 * bow / max(trail.length, 1.0)
    up = math.ceil((reach + bow) * math.hypot(1.0, steep)) + 1
    first = max(math.floor(min(x0, x1) - reach - bow), 0)
    last = min(math.ceil(max(x0, x1) + reach + bow), shape[1] - 1)
    columns = np.arange(first, last + 1)
    middle = np.rint(y0 + slope * (columns - x0)).astype(np.int64)
    rows = middle[:, None] + np.arange(-up, up + 1)
    inside = (rows >= 0) & (rows < shape[0])
    columns = np.broadcast_to(columns[:, None], rows.shape)
    return rows[inside], columns[inside]


def _along_across(trail: FoundTrail, x: Ints, y: Ints) -> tuple[Floats, Floats]:
    along, across = Axis.between(trail.start_xy, trail.end_xy).of(x, y)
    length = trail.length
    if trail.sagitta and length > 0.0:
        part = along / length
        across = across - 4.0 * trail.sagitta * part * (1.0 - part)
        slope = 4.0 * trail.sagitta / length * (1.0 - 2.0 * part)
        across = across / np.hypot(1.0, slope)
    return along, across
