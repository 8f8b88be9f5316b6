"""A trail fitted on the pixels of an image: place, ends, width, light, with their errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.profile import GRID, full_width, line_spread
from satvo.resources.masks.lines.search import Segment
from satvo.resources.masks.lines.strip import Axis, Strip, strip_about
from satvo.resources.masks.lines.width import StarWidth

__all__ = ["LineFit", "fit_line"]

Floats = NDArray[np.float64]
Flicker = tuple[Floats, Floats]

_BEYOND_PX = 25.0
_STEPS = 14
_SOFT = 2.5  # residuals beyond so many deviations count less and less
_STAR = 4.0  # pixels beside the trail above so many deviations are left out
_LEAST_PIXELS = 60
_SMALLEST_FWHM, _LARGEST_SIZE = 0.7, 40.0

# Across at both ends, along at both ends, log size, light a pixel of length, level, its slopes
# along and across, log exponent.
_FIRST, _LAST, _START, _END, _SIZE, _LIGHT, _LEVEL, _ALONG, _ACROSS, _BETA = range(10)
_NUMERIC = (_FIRST, _LAST, _START, _END, _SIZE, _LIGHT, _BETA)
_MOST_STEP = np.array([2.0, 2.0, 8.0, 8.0, 0.3, 1e9, 9.0, 9.0, 9.0, 0.2])
_SETTLED = np.array([0.003, 0.003, 0.03, 0.03, 0.002])


@dataclass(frozen=True, eq=False)
class LineFit:
    """A straight trail fitted on an image.

    Attributes
    ----------
    axis : Axis
        The coordinates that the numbers are in.
    values : ndarray (10,)
        Across at both ends of the axis, px; along of its start and end, px; logarithm of its size
        (the width of a point, or the diameter of its disk where it is out of focus); light a pixel
        of length in standard deviations of the noise; level, its slope along (over the axis) and
        across (over 10 px); logarithm of the exponent.
    covariance : ndarray (10, 10)
    fwhm : float
        Of a point without the pixel, px; that of the stars where it is out of focus.
    in_focus : bool
    chi_squared : float
        Mean square of the residuals by their expected deviation, robust.
    """

    axis: Axis
    values: Floats
    covariance: Floats
    fwhm: float
    in_focus: bool
    chi_squared: float

    @property
    def disk(self) -> float:
        """Diameter of the disk of a point out of focus, px; 0 in focus."""
        return 0.0 if self.in_focus else math.exp(self.values[_SIZE])

    @property
    def width(self) -> float:
        """Full width at half maximum of a point in the image, pixel included, px."""
        return full_width(self.fwhm, self.disk)

    @property
    def width_error(self) -> float:
        """Standard deviation of `width`."""
        size = math.exp(self.values[_SIZE]) * (1.0 if self.in_focus else 0.87)
        return size**2 / self.width * math.sqrt(self.covariance[_SIZE, _SIZE])

    @property
    def beta(self) -> float:
        """Exponent of the point's Moffat profile."""
        return math.exp(self.values[_BETA])

    @property
    def snr(self) -> float:
        """Its light by the error of that."""
        return float(self.values[_LIGHT] / math.sqrt(self.covariance[_LIGHT, _LIGHT]))

    @property
    def light(self) -> float:
        """A pixel of length, in standard deviations of the noise."""
        return float(self.values[_LIGHT])

    def across_at(self, along: Floats) -> Floats:
        """Where its middle is across the axis."""
        first, last = self.values[_FIRST], self.values[_LAST]
        return np.asarray(first + (last - first) * along / self.axis.length)

    @property
    def ends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Its start and end in pixels."""
        made = []
        for at in (_START, _END):
            along = float(self.values[at])
            made.append(self.axis.at(along, float(self.across_at(np.array([along]))[0])))
        return made[0], made[1]


def fit_line(
    frame: Frame,
    segment: Segment,
    stars: StarWidth,
    *,
    loose: bool = False,
    flicker: Flicker | None = None,
) -> LineFit | None:
    """Fit a trail near a segment.

    Parameters
    ----------
    frame : Frame
    segment : Segment
        Within a width of it, the ends within 25 px.
    stars : StarWidth
        The width is kept near it unless `loose`.
    loose : bool
        Take whatever width the image tells; one that is much wider than the stars is then fitted as
        a disk out of focus.
    flicker : tuple of ndarray, optional
        Places along the segment, px, and the light there by its mean; by default it is the same
        everywhere, and a trail with dim ends comes out too short.

    Returns
    -------
    LineFit or None
        None where the image has too few pixels there or tells nothing of one.

    Notes
    -----
    Least squares by Levenberg and Marquardt's method with weights of Cauchy's distribution, so that
    stars on the trail count little. The variance grows with the light of the trail as the residuals
    tell, which is its photon noise where the gain is unknown.
    """
    axis = Axis.between(segment.start_xy, segment.end_xy)
    size, error = stars.fwhm, stars.error
    if loose:
        error = 0.5
    problem = _Problem.of(frame, axis, stars, size, error, in_focus=True, flicker=flicker)
    return None if problem is None else problem.solved()


def fit_disk(
    frame: Frame,
    segment: Segment,
    stars: StarWidth,
    width: float,
    *,
    flicker: Flicker | None = None,
) -> LineFit | None:
    """Fit a trail out of focus about as wide as is told; as `fit_line`."""
    axis = Axis.between(segment.start_xy, segment.end_xy)
    disk = math.sqrt(max(width**2 - stars.fwhm**2, 1.0)) / 0.87
    problem = _Problem.of(frame, axis, stars, disk, 0.5, in_focus=False, flicker=flicker)
    return None if problem is None else problem.solved()


@dataclass(eq=False)
class _Problem:
    strip: Strip
    axis: Axis
    fwhm: float
    in_focus: bool
    start: Floats
    prior: Floats  # weights of the start
    steps: Floats  # of the numeric slopes
    relative: Floats | float  # light at each pixel's place along the trail, by its mean

    @classmethod
    def of(
        cls,
        frame: Frame,
        axis: Axis,
        stars: StarWidth,
        size: float,
        error: float,
        *,
        in_focus: bool,
        flicker: Flicker | None,
    ) -> _Problem | None:
        width = full_width(size) if in_focus else full_width(stars.fwhm, size)
        strip = strip_about(frame, axis, max(4.0 * width, 7.0), _BEYOND_PX, fwhm=width)
        beside = np.abs(strip.across) > 2.0 * width
        keep = ~(beside & (strip.values > _STAR))
        strip = Strip(strip.along[keep], strip.across[keep], strip.values[keep])
        if strip.values.size < _LEAST_PIXELS:
            return None
        core = (np.abs(strip.across) < width) & (strip.along > 0) & (strip.along < axis.length)
        if core.sum() < _LEAST_PIXELS // 4:
            return None
        high = 50.0 if in_focus else 500.0
        level = float(np.median(strip.values[~core]))
        light = max(
            float(np.clip(strip.values[core] - level, -5.0, high).mean()) * width * 1.3, 0.1
        )
        start = np.array(
            [0.0, 0.0, 0.0, axis.length, math.log(size), light, level, 0.0, 0.0,
             math.log(stars.beta)]
        )  # fmt: skip
        prior = np.zeros(10)
        prior[[_FIRST, _LAST]] = 1.0 / max(5.0, width) ** 2
        prior[_SIZE], prior[_BETA] = error**-2, stars.beta_error**-2
        steps = np.array([0.05, 0.05, 0.3, 0.3, 0.02, max(0.02 * light, 0.05), 0, 0, 0, 0.03])
        relative = 1.0 if flicker is None else np.interp(strip.along, *flicker)
        return cls(strip, axis, stars.fwhm, in_focus, start, prior, steps, relative)

    def model(self, p: Floats) -> Floats:
        from scipy.special import ndtr

        size, beta = math.exp(p[_SIZE]), math.exp(p[_BETA])
        fwhm, disk = (size, 0.0) if self.in_focus else (self.fwhm, size)
        along, across = self.strip.along, self.strip.across
        off = across - (p[_FIRST] + (p[_LAST] - p[_FIRST]) * along / self.axis.length)
        profile = np.interp(off, GRID, line_spread(fwhm, beta, disk))
        soft = math.hypot(fwhm / 2.2, 0.3, 0.25 * disk)
        between = ndtr((along - p[_START]) / soft) - ndtr((along - p[_END]) / soft)
        level = p[_LEVEL] + p[_ALONG] * (along / self.axis.length - 0.5) + p[_ACROSS] * across / 10
        return np.asarray(p[_LIGHT] * self.relative * profile * between + level)

    def slopes(self, p: Floats, model: Floats) -> Floats:
        made = np.empty((10, model.size))
        for k in _NUMERIC:
            moved = p.copy()
            moved[k] += self.steps[k]
            made[k] = (self.model(moved) - model) / self.steps[k]
        made[_LEVEL] = 1.0
        made[_ALONG] = self.strip.along / self.axis.length - 0.5
        made[_ACROSS] = self.strip.across / 10.0
        return made

    def solved(self) -> LineFit | None:
        values = self.strip.values
        p, growth, damping = self.start.copy(), 0.0, 1e-3
        model = self.model(p)
        normal = np.eye(10)
        for step in range(_STEPS):
            if step in (3, 6):
                growth = _growth(values - model, model - p[_LEVEL], growth)
            variance = _variance(model - p[_LEVEL], growth)
            left = values - model
            weights = 1.0 / variance / (1.0 + left**2 / variance / _SOFT**2)
            slopes = self.slopes(p, model)
            weighted = slopes * weights
            normal = weighted @ slopes.T + np.diag(self.prior + 1e-12)
            right = weighted @ left - self.prior * (p - self.start)
            cost = self._cost(p, model, growth)
            for _ in range(6):
                try:
                    move = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), right)
                except np.linalg.LinAlgError:
                    return None
                move = np.clip(move, -_MOST_STEP, _MOST_STEP)
                tried = self._bounded(p + move)
                new_model = self.model(tried)
                if self._cost(tried, new_model, growth) < cost:
                    p, model, damping = tried, new_model, max(damping / 5.0, 1e-6)
                    break
                damping *= 6.0
            else:
                break
            if step > 3 and (np.abs(move[:5]) < _SETTLED).all():
                break
        return self._result(p, model, normal, growth)

    def _result(self, p: Floats, model: Floats, normal: Floats, growth: float) -> LineFit | None:
        try:
            covariance: Floats = np.asarray(np.linalg.inv(normal), np.float64)
        except np.linalg.LinAlgError:
            return None
        if not (np.isfinite(covariance).all() and (np.diag(covariance) > 0.0).all()):
            return None
        variance = _variance(model - p[_LEVEL], growth)
        square = float(np.median((self.strip.values - model) ** 2 / variance)) / 0.455
        fwhm = math.exp(p[_SIZE]) if self.in_focus else self.fwhm
        return LineFit(self.axis, p, covariance, fwhm, self.in_focus, square)

    def _cost(self, p: Floats, model: Floats, growth: float) -> float:
        variance = _variance(model - p[_LEVEL], growth)
        scaled = (self.strip.values - model) ** 2 / variance / _SOFT**2
        fit = float((_SOFT**2 * np.log1p(scaled) + np.log(variance)).sum())
        return fit + float((self.prior * (p - self.start) ** 2).sum())

    def _bounded(self, p: Floats) -> Floats:
        p[_SIZE] = min(max(p[_SIZE], math.log(_SMALLEST_FWHM)), math.log(_LARGEST_SIZE))
        p[_BETA] = min(max(p[_BETA], math.log(1.6)), math.log(8.0))
        return p


def _variance(light: Floats, growth: float) -> Floats:
    return np.asarray(1.0 + growth * np.maximum(light, 0.0))


def _growth(left: Floats, light: Floats, before: float) -> float:
    """How the variance grows with the light of the trail, from the residuals where it is bright."""
    bright = light > 1.0
    if bright.sum() < 50:
        return before
    excess = float(np.median(left[bright] ** 2)) / 0.455 - 1.0
    return max(excess / float(np.median(light[bright])), 0.0)


def moved(fit: LineFit, *, start: float, end: float) -> LineFit:
    """The same with other ends, px along its axis."""
    values = fit.values.copy()
    values[_START], values[_END] = start, end
    return replace(fit, values=values)
