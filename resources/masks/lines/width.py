"""How wide the stars of an image are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.profile import PIXEL_FWHM_SQUARED
from satvo.resources.trails.scatter import scatter_about

__all__ = ["StarWidth", "star_width"]

Floats = NDArray[np.float64]

_HALF_PX = 8
_MOST_STARS = 16
_LEAST_PEAK = 12.0  # of the noise
_STEPS = 14
_LOWEST, _HIGHEST = 0.8, 12.0  # px that a width may have
_LEAST_ERROR = 0.03
_BETA, _BETA_ERROR = math.log(3.4), 0.2
_BLIND = (2.6, 0.4)  # width and its relative error where there is no star


@dataclass(frozen=True)
class StarWidth:
    """What the stars tell of the profile of a point.

    Attributes
    ----------
    fwhm : float
        Full width at half maximum of its Moffat profile without the pixel, px; along the minor axis
        where stars are drawn out.
    error : float
        Standard deviation of its logarithm.
    beta, beta_error : float
        Exponent, and the standard deviation of its logarithm.
    stars : int
        That it was measured by; with fewer than three it is a guess with a large error.
    """

    fwhm: float
    error: float
    beta: float
    beta_error: float
    stars: int


def star_width(frame: Frame) -> StarWidth:
    """Measure it by elliptical Moffat profiles, fitted to up to 16 bright stars at once."""
    stamps = _stamps(frame)
    fwhm, beta = _fitted(stamps) if len(stamps) else (np.empty(0), np.empty(0))
    if len(fwhm) < 3:
        return StarWidth(*_BLIND, math.exp(_BETA), _BETA_ERROR, len(fwhm))
    middle = float(np.median(np.log(fwhm)))
    error = 1.25 * scatter_about(np.log(fwhm), middle) / math.sqrt(len(fwhm))
    own = float(np.median(np.log(beta)))
    own_error = max(1.25 * scatter_about(np.log(beta), own) / math.sqrt(len(beta)), 0.05)
    share = _BETA_ERROR**2 / (_BETA_ERROR**2 + own_error**2)
    return StarWidth(
        math.exp(middle),
        max(error, _LEAST_ERROR),
        math.exp(share * own + (1.0 - share) * _BETA),
        math.sqrt(share) * own_error,
        len(fwhm),
    )


def _stamps(frame: Frame) -> Floats:
    """Squares of significance about the brightest lone, unsaturated peaks: (n, 17, 17)."""
    from scipy import ndimage

    values = frame.significance
    side = 2 * _HALF_PX + 1
    inner = values[_HALF_PX:-_HALF_PX, _HALF_PX:-_HALF_PX]
    rows, columns = np.nonzero(inner > _LEAST_PEAK)
    if not rows.size:
        return np.empty((0, side, side))
    if rows.size > 200_000:  # a field of nothing but stars: a part of it will do
        rows, columns = rows[:200_000], columns[:200_000]
    peaks = ndimage.maximum_filter(values, 5, mode="nearest")
    top = inner[rows, columns] == peaks[rows + _HALF_PX, columns + _HALF_PX]
    rows, columns = rows[top], columns[top]
    order = np.argsort(-inner[rows, columns])[: 12 * _MOST_STARS]
    chosen: list[NDArray[np.float32]] = []
    for row, column in zip(rows[order], columns[order], strict=True):
        window = np.s_[row : row + side, column : column + side]
        stamp = values[window]
        outer = stamp.copy()
        outer[3:-3, 3:-3] = 0.0
        alone = outer.max() < 0.25 * stamp[_HALF_PX, _HALF_PX]
        near = stamp[_HALF_PX - 1 : _HALF_PX + 2, _HALF_PX - 1 : _HALF_PX + 2]
        star = near.sum() > 2.2 * stamp[_HALF_PX, _HALF_PX]  # more than a hot pixel
        if alone and star and not frame.saturated[window].any():
            chosen.append(stamp)
            if len(chosen) == _MOST_STARS:
                break
    return np.array(chosen, float).reshape(-1, side, side)


def _fitted(stamps: Floats) -> tuple[Floats, Floats]:
    """Widths along the minor axis without the pixel, and exponents, of those that a fit describes.

    All stars at once by Levenberg and Marquardt's method: background, peak, place, three numbers of
    the ellipse, exponent.
    """
    count = len(stamps)
    at = np.arange(-_HALF_PX, _HALF_PX + 1.0)
    y, x = (grid.ravel() for grid in np.meshgrid(at, at, indexing="ij"))
    values = stamps.reshape(count, -1)
    peak = values[:, values.shape[1] // 2]
    weights = 1.0 / (1.0 + 0.02 * np.abs(values))  # photon noise of a star, roughly
    p = np.zeros((count, 8))
    p[:, 1], p[:, 4], p[:, 6], p[:, 7] = peak, 0.6, 0.6, _BETA
    damping = np.full(count, 1e-2)
    model, slopes = _moffats(p, x, y)
    cost = _cost(values - model, weights, p)
    for _ in range(_STEPS):
        weighted = slopes * weights[:, None]
        normal = weighted @ slopes.transpose(0, 2, 1)
        normal[:, 7, 7] += 1.0 / _BETA_ERROR**2
        right = np.einsum("nij,nj->ni", weighted, values - model)
        right[:, 7] -= (p[:, 7] - _BETA) / _BETA_ERROR**2
        diagonal = np.einsum("nii->ni", normal)
        diagonal += damping[:, None] * diagonal + 1e-9
        step = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
        tried = p + np.clip(step, -0.5 - 0.5 * np.abs(p), 0.5 + 0.5 * np.abs(p))
        tried[:, [4, 6]] = np.clip(tried[:, [4, 6]], 0.01, 8.0)
        tried[:, 7] = np.clip(tried[:, 7], math.log(1.3), math.log(12.0))
        new_model, new_slopes = _moffats(tried, x, y)
        new_cost = _cost(values - new_model, weights, tried)
        better = new_cost < cost
        p[better], cost[better] = tried[better], new_cost[better]
        model[better], slopes[better] = new_model[better], new_slopes[better]
        damping = np.where(better, damping / 4.0, damping * 6.0).clip(1e-6, 1e3)
    shape, beta = p[:, 4:7], np.exp(p[:, 7])
    root = np.hypot(0.5 * (shape[:, 0] - shape[:, 2]), shape[:, 1])
    narrow = 0.5 * (shape[:, 0] + shape[:, 2]) + root  # 1 / scale^2 along the minor axis
    squared = 4.0 * (2.0 ** (1.0 / beta) - 1.0) / np.maximum(narrow, 1e-6)
    fwhm = np.sqrt(np.maximum(squared - PIXEL_FWHM_SQUARED, 0.25))
    told = (cost / values.shape[1] < 0.05 * peak) & (np.hypot(p[:, 2], p[:, 3]) < 1.5)
    told &= (fwhm > _LOWEST) & (fwhm < _HIGHEST)
    return fwhm[told], beta[told]


def _moffats(p: Floats, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Models (n, m) and their slopes (n, 8, m): level, peak, x, y, ellipse, log beta."""
    dx, dy = x - p[:, 2, None], y - p[:, 3, None]
    xx, xy, yy = p[:, 4, None], p[:, 5, None], p[:, 6, None]
    beta = np.exp(p[:, 7, None])
    inner = np.maximum(1.0 + xx * dx**2 + 2.0 * xy * dx * dy + yy * dy**2, 0.05)
    shape = inner**-beta
    light = p[:, 1, None] * shape
    by_inner = -beta * light / inner
    slopes = np.stack(
        [
            np.ones_like(light),
            shape,
            -2.0 * by_inner * (xx * dx + xy * dy),
            -2.0 * by_inner * (yy * dy + xy * dx),
            by_inner * dx**2,
            by_inner * 2.0 * dx * dy,
            by_inner * dy**2,
            -light * np.log(inner) * beta,
        ],
        axis=1,
    )
    return p[:, 0, None] + light, slopes


def _cost(left: Floats, weights: Floats, p: Floats) -> Floats:
    return np.asarray((weights * left**2).sum(1) + ((p[:, 7] - _BETA) / _BETA_ERROR) ** 2)
