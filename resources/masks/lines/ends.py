"""Where a trail begins and ends: the change of its light along the line."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.fit import LineFit
from satvo.resources.masks.lines.profile import GRID, line_spread
from satvo.resources.masks.lines.search import best_run, sampled

__all__ = ["Course", "course_of"]

Floats = NDArray[np.float64]

_BEYOND_PX = 60.0
_BORDER_PX = 1.0
_MOST_OF_A_PIXEL = 6.0  # what one pixel of length may say for or against, in log likelihood


@dataclass(frozen=True, eq=False)
class Course:
    """The light of a trail along its line, a pixel of length each.

    Attributes
    ----------
    along : ndarray (n,)
        Px along the axis of the fit; inside the image.
    light : ndarray (n,)
        A pixel of length, in standard deviations of the noise, weighted by the profile across.
    error : float
        Standard deviation of one.
    start, end : float
        Between which there is light, px along.
    evidence : float
        Log likelihood of light between them over none.
    at_border : tuple of bool
        Whether it goes on to the border of the image at its start, its end.
    """

    along: Floats
    light: Floats
    error: float
    start: float
    end: float
    evidence: float
    at_border: tuple[bool, bool]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which of them are between the ends."""
        return (self.along >= self.start) & (self.along <= self.end)


def course_of(frame: Frame, fit: LineFit) -> Course | None:
    """Measure the light along a fitted line, and between which ends it is there.

    The ends are those of the run with the largest likelihood ratio; spots of stars count no more
    than twice the trail's light. None where the line has less than 10 px in the image.
    """
    axis, values = fit.axis, fit.values
    first, last = values[2] - _BEYOND_PX, values[3] + _BEYOND_PX
    along = np.arange(min(first, -_BEYOND_PX / 2), max(last, axis.length + _BEYOND_PX / 2), 1.0)
    across = fit.across_at(along)
    x = axis.x + along * axis.cosine - across * axis.sine
    y = axis.y + along * axis.sine + across * axis.cosine
    rows, columns = frame.shape
    inside = (x >= _BORDER_PX) & (x <= columns - 1 - _BORDER_PX)
    inside &= (y >= _BORDER_PX) & (y <= rows - 1 - _BORDER_PX)
    if inside.sum() < 10:
        return None
    along, x, y = along[inside], x[inside], y[inside]
    half = math.ceil(1.2 * fit.width)
    offsets = np.arange(-half, half + 1.0)[:, None]
    profile = np.interp(offsets[:, 0], GRID, line_spread(fit.fwhm, fit.beta, fit.disk))
    pixels = sampled(frame.significance, x - offsets * axis.sine, y + offsets * axis.cosine)
    square = float((profile**2).sum())
    light = profile @ (pixels - values[6]) / square
    error = 1.0 / math.sqrt(square)
    mean = max(fit.light, 1e-3)
    told = (2.0 * mean * np.minimum(light, 2.0 * mean + 2.5 * error) - mean**2) / (2.0 * error**2)
    told = np.clip(told, -mean * mean / 2 / error**2 - _MOST_OF_A_PIXEL, None)
    told = np.clip(told, -_MOST_OF_A_PIXEL, _MOST_OF_A_PIXEL)
    begin, behind, evidence = best_run(told)
    if behind - begin < 5:
        return None
    ends = bool(begin <= 2), bool(behind >= along.size - 2)
    open_ends = (
        ends[0] and _leaves(along[0], first),
        ends[1] and _leaves(-along[-1], -last),
    )
    return Course(
        along, light, error, float(along[begin]), float(along[behind - 1]), evidence, open_ends
    )


def _leaves(reached: float, asked: float) -> bool:
    """Whether the image ended before what was asked for."""
    return bool(reached > asked + 2.0)
