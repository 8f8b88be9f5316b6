"""How wide the stars of an image are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.profile import pixel_adds
from satvo.resources.trails.scatter import scatter_about

__all__ = ["StarWidth", "star_width"]

Floats = NDArray[np.float64]

_HALF_PX = 8
_MOST_STARS = 16
_LEAST_PEAK = 12.0  # of the noise
_STEPS = 12
_LOWEST, _HIGHEST = 0.8, 12.0  # px that a width may have
_LEAST_ERROR = 0.009, 0.03  # of the logarithm of a width, and by its inverse square in px
_LEAST_SCATTER = 0.07  # of the widths of stars, where too few tell of it
_LEAST_BETA_ERROR = 0.08
_DRAWN_OUT = (
    0.06,
    0.2,
)  # excess of an axis over the other that tells of trailed stars; and by root n
_LIKE_A_TRAIL, _DRAWN_OUT_ERROR = 1.27, 0.05  # of the square of a width; of its logarithm
_BETA, _BETA_ERROR = math.log(4.0), 0.35
_BLIND = (2.6, 0.4)  # width and its relative error where there is no star


@dataclass(frozen=True)
class StarWidth:
    """What the stars tell of the profile of a point.

    Attributes
    ----------
    fwhm : float
        Full width at half maximum of its Moffat profile without the pixel, px; across where they
        are drawn out.
    error : float
        Standard deviation of its logarithm.
    beta, beta_error : float
        Exponent, and the standard deviation of its logarithm.
    stars : int
        That it was measured by; without any it is a guess with a large error.
    """

    fwhm: float
    error: float
    beta: float
    beta_error: float
    stars: int


def star_width(frame: Frame) -> StarWidth:
    """Measure it by elliptical Moffat profiles, fitted to up to 16 bright stars at once."""
    stamps = _stamps(frame)
    squares, beta = _fitted(stamps) if len(stamps) else (np.empty((0, 3)), np.empty(0))
    if not len(beta):
        return StarWidth(*_BLIND, math.exp(_BETA), _BETA_ERROR, 0)
    across, drawn = _round_part(squares)
    fwhm = np.sqrt(np.maximum(across, 0.25))
    middle = float(np.median(np.log(fwhm)))
    spread = max(scatter_about(np.log(fwhm), middle), _LEAST_SCATTER if len(fwhm) < 5 else 0.0)
    error = math.hypot(1.25 * spread / math.sqrt(len(fwhm)), _DRAWN_OUT_ERROR * drawn)
    if drawn:  # the profile of what is drawn out is no point's
        beta = np.full(len(fwhm), math.exp(_BETA))
    own = float(np.median(np.log(beta)))
    own_error = max(1.25 * scatter_about(np.log(beta), own), _BETA_ERROR) / math.sqrt(len(beta))
    share = _BETA_ERROR**2 / (_BETA_ERROR**2 + own_error**2)
    return StarWidth(
        math.exp(middle),
        min(max(error, _LEAST_ERROR[0] + _LEAST_ERROR[1] * math.exp(-2.0 * middle)), _BLIND[1]),
        math.exp(share * own + (1.0 - share) * _BETA),
        max(math.sqrt(share) * own_error, _LEAST_BETA_ERROR),
        len(fwhm),
    )


def _round_part(squares: Floats) -> tuple[Floats, float]:
    """Squares of the stars' widths, and how much drawn out they are: 0, or to 1 if they are.

    Of those drawn out it is the width across the direction of most. The lesser axis of each would
    be too narrow where only noise makes them elliptic. A star drawn out looks across like a trail,
    which is wider than a point.
    """
    xx, xy, yy = np.median(squares, axis=0)
    mean, long = 0.5 * (xx + yy), math.hypot(0.5 * (xx - yy), xy)
    told = 1.0 + _DRAWN_OUT[0] + _DRAWN_OUT[1] / math.sqrt(len(squares))
    if mean + long < told**2 * (mean - long):
        return np.asarray(0.5 * (squares[:, 0] + squares[:, 2])), 0.0
    twice = math.atan2(xy, 0.5 * (xx - yy))
    half = 0.5 * (squares[:, 0] - squares[:, 2])
    along = half * math.cos(twice) + squares[:, 1] * math.sin(twice)
    drawn = 1.0 - max(mean - long, 0.0) / (mean + long)
    return np.asarray(0.5 * (squares[:, 0] + squares[:, 2]) - along) / _LIKE_A_TRAIL, drawn


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
    """Squares of widths without the pixel (n, 3: xx, xy, yy) and exponents of what fits describe.

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
    inner = stamps[:, _HALF_PX - 4 : _HALF_PX + 5, _HALF_PX - 4 : _HALF_PX + 5].sum((1, 2))
    of_light = math.pi * peak / (math.exp(_BETA) - 1.0) / np.maximum(inner, peak)
    p[:, 1], p[:, 4], p[:, 6], p[:, 7] = peak, of_light, of_light, _BETA
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
    area = np.maximum(shape[:, 0] * shape[:, 2] - shape[:, 1] ** 2, 1e-6)
    root = 2.0 ** (1.0 / beta)
    # The squares of the widths as a tensor: the inverse of the ellipse, less what the pixel adds.
    squares = shape[:, [2, 1, 0]] * (4.0 * (root - 1.0) / area)[:, None]
    squares[:, 1] *= -1.0
    squares[:, [0, 2]] -= pixel_adds(beta)[:, None]
    mean = 0.5 * (squares[:, 0] + squares[:, 2])
    told = (cost / values.shape[1] < 0.05 * peak) & (np.hypot(p[:, 2], p[:, 3]) < 1.5)
    told &= (mean > _LOWEST**2) & (mean < _HIGHEST**2)
    return squares[told], beta[told]


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
