"""The point spread that the stars of an image show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.measured_stars import Stamps, clear_stars
from satvo.resources.trails.stamps import PointSpread
from satvo.resources.trails.widths import moffat_radius
from satvo.schemas.errors import BadParameter

__all__ = ["measured_point_spread"]

Floats = NDArray[np.float64]

_FEWEST = 3
_FOR_DETAILS = 12
_PER_PIXEL = 3
_ENCLOSED = 0.995
_MOST_PX = 40
_LOW, _HIGH = np.array([-2.0, 0.0, -0.8, -0.8]), np.array([5.0, 2.3, 0.8, 0.8])
_PARTS = (np.arange(5) - 2.0) / 5.0
_INNER = 0.65  # of the distance where the background was taken
_FITTED = 2.0  # widths about a star that the function is fitted to


def measured_point_spread(image: Floats, *, saturation: float | None = None) -> PointSpread:
    """The point spread of an image, from its own stars.

    Parameters
    ----------
    image : ndarray (rows, columns)
        NaN where nothing is known.
    saturation : float, optional
        Counts of a full pixel; without it the image's maximum, where three pixels have it.

    Returns
    -------
    PointSpread
        Three cells a pixel, of 99.5 % of the light or 40 pixels to either side; its sum is the
        share of the light inside, by the model's wings.

    Raises
    ------
    BadParameter
        If fewer than three stars are bright, unsaturated and alone; it says how many were found.

    Notes
    -----
    An elliptical Moffat function (Moffat, A. F. J. 1969, A&A 3, 455), integrated over pixels, is
    fitted to the middle of all stars at once, their places, brightness and backgrounds in turn. The
    medians of what it leaves are added: by distance, and from twelve stars on by place to a third
    of a pixel (after Anderson, J., King, I. R. 2000, PASP 112, 1360). The spread
    is taken as one over the image.
    """
    image = np.asarray(image, dtype=np.float64)
    if image.ndim != 2 or min(image.shape) < 9:
        raise BadParameter(f"an image of shape {image.shape}: two axes, 9 pixels or more each")
    stars = clear_stars(image, saturation)
    if len(stars) < _FEWEST:
        raise _too_few(len(stars))
    fit = _fitted(stars)
    alike = _alike(stars, fit)
    if alike.sum() < _FEWEST:
        raise _too_few(int(alike.sum()))
    stars = stars.only(alike)
    fit = _fitted(stars, fit.shape)
    return _combined(stars, fit)


def _too_few(found: int) -> BadParameter:
    return BadParameter(
        f"{found} star(s) found that are bright, unsaturated and alone, and {_FEWEST} are needed "
        "to measure a point spread: give another image, or a telescope with observing_mode "
        "seeing_limited"
    )


@dataclass(frozen=True, eq=False)
class _Fit:
    """A Moffat function and where the stars are.

    Attributes
    ----------
    shape : ndarray (4,)
        Logarithm of its radius, its exponent less 1 (as a logarithm), and two terms of ellipse.
    x, y, flux, ground : ndarray (stars,)
    """

    shape: Floats
    x: Floats
    y: Floats
    flux: Floats
    ground: Floats


def _moffat(shape: Floats, x: Floats, y: Floats) -> Floats:
    """Density of light of a unit source, by pixel area."""
    radius, exponent = np.exp(shape[0]), 1.0 + np.exp(shape[1])
    along, skew = shape[2], shape[3]
    scale = radius**2 * np.sqrt(max(1.0 - along**2 - skew**2, 0.05))
    squared = ((1.0 - along) * x**2 + (1.0 + along) * y**2 - 2.0 * skew * x * y) / scale
    # the form has determinant 1, so that the integral is that of the round one
    return np.asarray((exponent - 1.0) / (np.pi * radius**2) * (1.0 + squared) ** -exponent)


def _on_pixels(shape: Floats, x: Floats, y: Floats) -> Floats:
    """Light in pixels (..., side, side) whose middles are x and y away, by 5 x 5 parts."""
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape))
    for down in _PARTS:
        for right in _PARTS:
            total += _moffat(shape, x + right, y + down)
    return total / len(_PARTS) ** 2


def _offsets(stars: Stamps, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    reach = stars.light.shape[1] // 2
    place = np.arange(-reach, reach + 1.0)
    return place[None, None, :] - x[:, None, None], place[None, :, None] - y[:, None, None]


def _fitted(stars: Stamps, shape: Floats | None = None) -> _Fit:
    """Shape and places in turn."""
    if shape is None:
        exponent = 3.0
        radius = moffat_radius(stars.width, exponent)
        shape = np.array([np.log(radius), np.log(exponent - 1.0), 0.0, 0.0])
    count = len(stars)
    reach = stars.light.shape[1] // 2
    place = np.abs(np.arange(-reach, reach + 1))
    near = np.maximum(place[:, None], place[None, :]) <= max(_FITTED * stars.width, 2.0)
    fit = _Fit(shape, np.zeros(count), np.zeros(count), np.ones(count), np.zeros(count))
    for _ in range(3):
        for _ in range(3):
            fit = _placed(stars, fit, near)
        fit = _shaped(stars, fit, near)
    return _placed(stars, fit, near)


def _shaped(stars: Stamps, fit: _Fit, near: NDArray[np.bool_]) -> _Fit:
    """The shape that suits stars at their places best."""
    from scipy.optimize import least_squares

    # a bright star errs by the function, a faint one by its noise
    weight = 1.0 / np.sqrt(stars.noise**2 + (0.003 * fit.flux[:, None]) ** 2)
    light = (stars.light - fit.ground[:, None, None])[:, near]
    x, y = _offsets(stars, fit.x, fit.y)
    inside = near.any(0)
    x, y = x[:, :, inside], y[:, inside, :]

    def left(shape: Floats) -> Floats:
        # brightness and exponent go together, so each shape has its own brightness
        model = _on_pixels(shape, x, y).reshape(light.shape)
        share = (model * light).sum(1) / (model**2).sum(1)
        return np.asarray(((light - share[:, None] * model) * weight).ravel())

    start = np.clip(fit.shape, _LOW, _HIGH)
    found = least_squares(left, start, bounds=(_LOW, _HIGH), max_nfev=8)
    return _Fit(found.x, fit.x, fit.y, fit.flux, fit.ground)


def _placed(stars: Stamps, fit: _Fit, near: NDArray[np.bool_]) -> _Fit:
    """Places, brightness and backgrounds of the stars for a shape: a step of least squares."""
    step = 0.05
    x, y = _offsets(stars, fit.x, fit.y)
    model = _on_pixels(fit.shape, x, y)
    right = (_on_pixels(fit.shape, x - step, y) - _on_pixels(fit.shape, x + step, y)) / (2 * step)
    up = (_on_pixels(fit.shape, x, y - step) - _on_pixels(fit.shape, x, y + step)) / (2 * step)
    edge = np.ones_like(near)
    edge[2:-2, 2:-2] = False
    beside = (stars.light - fit.flux[:, None, None] * model)[:, edge]
    ground = np.median(beside, 1)
    columns = np.stack([model, right, up], -1)[:, near]
    squares = np.einsum("spi,spj->sij", columns, columns)
    sums = np.einsum("spi,sp->si", columns, (stars.light - ground[:, None, None])[:, near])
    flux, dx, dy = np.linalg.solve(squares, sums[..., None])[..., 0].T
    safe = np.where(flux > 0.0, flux, np.inf)
    return _Fit(
        fit.shape,
        np.clip(fit.x + np.clip(dx / safe, -0.5, 0.5), -2.0, 2.0),
        np.clip(fit.y + np.clip(dy / safe, -0.5, 0.5), -2.0, 2.0),
        flux,
        ground,
    )


def _alike(stars: Stamps, fit: _Fit) -> NDArray[np.bool_]:
    """Which stars look as the others do: galaxies, pairs and pieces of trails do not."""
    x, y = _offsets(stars, fit.x, fit.y)
    model = fit.flux[:, None, None] * _on_pixels(fit.shape, x, y) + fit.ground[:, None, None]
    left = np.sqrt(((stars.light - model) ** 2).mean((1, 2)))
    beyond = np.sqrt(np.maximum(left**2 - stars.noise**2, 0.0)) / np.maximum(fit.flux, 1e-300)
    usual = float(np.median(beyond))
    return np.asarray(
        (fit.flux > 0.0) & (np.hypot(fit.x, fit.y) < 1.5) & (beyond <= 3.0 * usual + 1e-4)
    )


def _combined(stars: Stamps, fit: _Fit) -> PointSpread:
    """The function on cells, with what the stars show beyond it, cut where enough is inside."""
    half = _MOST_PX * _PER_PIXEL + _PER_PIXEL // 2
    place = np.arange(-half, half + 1) / _PER_PIXEL
    cells = np.zeros((2 * half + 1, 2 * half + 1))
    for down in _PARTS / _PER_PIXEL:
        for right in _PARTS / _PER_PIXEL:
            cells += _moffat(fit.shape, place[None, :] + right, place[:, None] + down)
    beyond = 1.0 - cells.sum() / (len(_PARTS) * _PER_PIXEL) ** 2
    cells /= (len(_PARTS) * _PER_PIXEL) ** 2
    _add_details(cells, stars, fit)
    cells = np.maximum(cells, 0.0)
    cells /= cells.sum() + max(beyond, 0.0)
    offset = np.abs(np.arange(-half, half + 1))
    ring = np.maximum(offset[:, None], offset[None, :])
    within = np.cumsum(np.bincount(ring.ravel(), cells.ravel()))
    pixels = next(
        (n for n in range(2, _MOST_PX) if within[n * _PER_PIXEL + 1] >= _ENCLOSED), _MOST_PX
    )
    reach = pixels * _PER_PIXEL + _PER_PIXEL // 2
    kept = slice(half - reach, half + reach + 1)
    return PointSpread(np.ascontiguousarray(cells[kept, kept]), _PER_PIXEL)


def _lift_wings(cells: Floats, place: Floats, reach: int) -> None:
    """Give back what went with the background: the wings where that was taken, and beyond.

    Light falls as the distance to the power of -11/3 there, as turbulence has it (Racine, R. 1996,
    PASP 108, 699), so the fall from a smaller distance tells how much was left.
    """
    away = np.hypot(place[:, None], place[None, :])
    inner, edge = (
        float(np.median(cells[np.abs(away - radius) < 0.5])) for radius in (_INNER * reach, reach)
    )
    share = _INNER ** (11.0 / 3.0)
    wing = max(inner - edge, 0.0) * share / (1.0 - share)
    lift = max(wing - edge, 0.0)
    outside = wing * (np.maximum(away, reach) / reach) ** (-11.0 / 3.0)
    cells[:] = np.where(away <= reach, cells + lift, np.maximum(cells, outside))


def _add_details(cells: Floats, stars: Stamps, fit: _Fit) -> None:
    """Add the median of what the function leaves: by distance, then by place from twelve stars."""
    from scipy.ndimage import gaussian_filter, median

    x, y = _offsets(stars, fit.x, fit.y)
    bright = fit.flux >= (np.median(fit.flux) if len(stars) >= _FOR_DETAILS else 0.0)
    flux, ground = fit.flux[:, None, None], fit.ground[:, None, None]
    left = ((stars.light - ground) / flux - _on_pixels(fit.shape, x, y))[bright]
    x, y = np.broadcast_arrays(x, y)
    x, y = x[bright], y[bright]
    half, reach = cells.shape[0] // 2, stars.light.shape[1] // 2 - 1
    away = np.hypot(x, y)
    rings = np.arange(reach + 1)
    middle = median(left, np.rint(away).astype(int), rings)
    place = np.arange(-half, half + 1) / _PER_PIXEL
    cells += np.interp(np.hypot(place[:, None], place[None, :]), rings, middle, right=0.0) / 9
    _lift_wings(cells, place, reach)
    if len(stars) < _FOR_DETAILS:
        return
    left = left - np.interp(away, rings, middle, right=0.0)
    inside = np.maximum(np.abs(x), np.abs(y)) < reach
    side = cells.shape[0]
    rows, columns = np.rint(y[inside] * _PER_PIXEL), np.rint(x[inside] * _PER_PIXEL)
    label = ((rows + half) * side + columns + half).astype(int)
    known = np.unique(label)
    found = np.zeros(side * side)
    found[known] = median(left[inside], label, known)
    # a pixel is three cells wide, so what differs from cell to cell is noise
    cells += gaussian_filter(found.reshape(side, side), 1.0) / _PER_PIXEL**2
