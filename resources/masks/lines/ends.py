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
_OF_SUMS = 0.5  # of a likelihood of neighbouring places, which share pixels
_STAR = 2.5  # times the mean light, from which it is a star's (or a glint's)
_BRIGHTNESS: Floats = np.array(
    [[0.15, 0.02], [0.3, 0.04], [0.5, 0.1], [0.75, 0.2], [1.0, 0.34], [1.3, 0.2], [1.7, 0.1]]
)  # parts of the mean light, and how often a trail has them
_VARIED = 2.5  # of the error at one place, from which the mean light lets variations be seen
_SMOOTH_PX = 12
_OF_NOISE = 2.0  # times that of a smoothed light alone, of which variations are taken as real
_DIMMEST = 0.1
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
    begun, lasting : ndarray (n,)
        Probability that it has begun there, and that it has not ended, by the likelihood of each
        change of its light.
    """

    along: Floats
    light: Floats
    error: float
    start: float
    end: float
    evidence: float
    at_border: tuple[bool, bool]
    begun: Floats
    lasting: Floats

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which of them are between the ends."""
        return (self.along >= self.start) & (self.along <= self.end)

    def flicker(self, margin: float) -> tuple[Floats, Floats]:
        """Places along the trail, px from its start, and the light there by its mean.

        Smoothed over 12 px, and so much nearer to 1 as its variations are noise. Nearer to the ends
        than the margin (px), over which they are blurred, and beyond them it is as at the margin.
        """
        inner = (self.along >= self.start + margin) & (self.along <= self.end - margin)
        inside = inner if inner.sum() > _SMOOTH_PX else self.inside
        light = self.light[inside]
        mean = max(float(light.mean()), 1e-6)
        window = np.ones(min(_SMOOTH_PX, light.size))
        near = np.convolve(np.clip(light, -mean, 4.0 * mean), window, "same")
        count = np.convolve(np.ones(light.size), window, "same")
        relative = near / count / mean
        of_noise = (self.error / mean) ** 2 / window.size
        spread = float(((relative - 1.0) ** 2).mean())
        share = max(spread - _OF_NOISE * of_noise, 0.0) / max(spread, 1e-9)
        relative = np.clip(1.0 + share * (relative - 1.0), _DIMMEST, None)
        return self.along[inside] - self.start, relative / relative.mean()


def course_of(frame: Frame, fit: LineFit) -> Course | None:
    """Measure the light along a fitted line, and between which ends it is there.

    The ends are those of the run with the largest likelihood ratio; stars on the line tell neither
    for it nor against. None where the line has less than 10 px in the image.
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
    told = np.clip(_told(light, mean, error), -_MOST_OF_A_PIXEL, _MOST_OF_A_PIXEL)
    told[_starry(light, mean, error, fit.width)] = 0.0
    begin, behind, evidence = best_run(told)
    if behind - begin < 5:
        return None
    ends = bool(begin <= 2), bool(behind >= along.size - 2)
    open_ends = (
        ends[0] and _leaves(along[0], first),
        ends[1] and _leaves(-along[-1], -last),
    )
    middle = (begin + behind) // 2
    begun = _changed(told[middle::-1])[::-1]
    lasting = _changed(told[middle:])
    return Course(
        along, light, error, float(along[begin]), float(along[behind - 1]), evidence, open_ends,
        np.concatenate([begun, np.ones(along.size - begun.size)]),
        np.concatenate([np.ones(along.size - lasting.size), lasting]),
    )  # fmt: skip


def _told(light: Floats, mean: float, error: float) -> Floats:
    """Log likelihood of light of a trail at each place over none; its brightness may vary."""
    light = np.minimum(light, 2.0 * mean + 2.5 * error)
    if mean < _VARIED * error:  # it would take noise for a dim trail
        return np.asarray(mean * (light - mean / 2.0) / error**2)
    of_mean, shares = _BRIGHTNESS[:, :1], _BRIGHTNESS[:, 1:]
    levels = of_mean * mean
    each = np.log(shares) + levels * (light - levels / 2.0) / error**2
    return np.asarray(np.logaddexp.reduce(each, axis=0))


def _changed(told: Floats) -> Floats:
    """Probability that the light goes on at each place, outwards from the middle, where it does."""
    summed = _OF_SUMS * np.cumsum(told)
    weights = np.exp(summed - summed.max())
    remaining: Floats = np.cumsum(weights[::-1])[::-1] / weights.sum()
    return remaining


def _starry(light: Floats, mean: float, error: float, width: float) -> NDArray[np.bool_]:
    """Where something much brighter than the trail is on it: that tells nothing of the trail."""
    from scipy import ndimage

    bright = light > _STAR * mean + 6.0 * error
    if not bright.any():
        return bright
    reach = np.where(light > 20.0 * (mean + error), 2.5, 1.5)[bright] * width
    starry: NDArray[np.bool_] = ndimage.maximum_filter1d(
        bright, 2 * math.ceil(float(reach.max())) + 1, mode="constant"
    )
    return starry


def _leaves(reached: float, asked: float) -> bool:
    """Whether the image ended before what was asked for."""
    return bool(reached > asked + 2.0)
