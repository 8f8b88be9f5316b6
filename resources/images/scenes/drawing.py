"""What lies in a frame, drawn as electrons expected in each pixel.

Pixels count from 0 here, the centre of the first at (0, 0); arrays are [row, column]. Drawing adds
to an array of any size and leaves out what falls beside it.

What is left out: point spread functions are Gaussian, without wings, and the same all over the
frame; light is taken at the centre of a pixel, which is true to a percent from a full width at half
maximum of two pixels on. Cosmic rays, comets and spikes have plausible shapes and no physics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FWHM_OF_SIGMA",
    "add_comet",
    "add_cosmic_ray",
    "add_spikes",
    "add_stars",
    "add_trail",
    "erf",
]

Floats = NDArray[np.float64]

FWHM_OF_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
_REACH = 5.0
"""Standard deviations after which nothing is drawn: less than a millionth of the peak is lost."""
_LEAST_SIGMA = 0.4
"""Pixels; a sharper spread is drawn as this, as the area of the pixel would have it."""


def erf(x: Floats) -> Floats:
    """The error function, to 1.5e-7.

    References
    ----------
    Abramowitz, M., Stegun, I. A. 1964, Handbook of Mathematical Functions, equation 7.1.26.

    Examples
    --------
    >>> bool(abs(erf(np.array([-0.5, 0.0, 2.0])) - [-0.5204999, 0.0, 0.9953223]).max() < 2e-7)
    True
    """
    t = 1.0 / (1.0 + 0.3275911 * np.abs(x))
    series: Floats = np.full_like(t, 1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * t + coefficient
    return np.asarray(np.sign(x) * (1.0 - series * t * np.exp(-x * x)))


def add_stars(image: Floats, x: Floats, y: Floats, electrons: Floats, fwhm: float) -> None:
    """Add points of light.

    Parameters
    ----------
    image : ndarray (rows, columns)
        Changed.
    x, y : ndarray (n,)
        Columns and rows, pixel.
    electrons : ndarray (n,)
        All of each.
    fwhm : float
        Full width at half maximum, pixel.
    """
    sigma = max(fwhm / FWHM_OF_SIGMA, _LEAST_SIGMA)
    reach = math.ceil(_REACH * sigma)
    for at_x, at_y, total in zip(x, y, electrons, strict=True):
        rows, columns = (
            np.arange(max(round(at) - reach, 0), min(round(at) + reach + 1, size))
            for at, size in zip((at_y, at_x), image.shape, strict=True)
        )
        if len(rows) and len(columns):
            across = _share(columns - at_x, sigma)
            up = _share(rows - at_y, sigma)
            image[np.ix_(rows, columns)] += total * np.outer(up, across)


def add_trail(
    image: Floats, x: Sequence[float], y: Sequence[float], density: float, width: float, fwhm: float
) -> None:
    """Add the trail of a source that moves along a line at an even speed.

    Across, it is a rectangle of its width, convolved with the point spread function; along, each
    straight part is a rectangle of its length, convolved alike, so that parts in a line add to one
    whole.

    Parameters
    ----------
    image : ndarray (rows, columns)
        Changed.
    x, y : sequence of float
        Columns and rows of the line's corners, two at least, pixel.
    density : float
        Electrons for each pixel of its length.
    width : float
        Of the rectangle, pixel; 0 for a point.
    fwhm : float
        Of the point spread function, pixel.
    """
    sigma = max(fwhm / FWHM_OF_SIGMA, _LEAST_SIGMA)
    reach = _REACH * sigma + width / 2
    for (x1, y1), (x2, y2) in zip(
        zip(x[:-1], y[:-1], strict=True), zip(x[1:], y[1:], strict=True), strict=True
    ):
        rows, columns = _box(image.shape, (x1, x2), (y1, y2), reach)
        length = math.hypot(x2 - x1, y2 - y1)
        if not (len(rows) and len(columns) and length):
            continue
        along_x, along_y = (x2 - x1) / length, (y2 - y1) / length
        dx, dy = np.meshgrid(columns - x1, rows - y1)
        along, across = dx * along_x + dy * along_y, dy * along_x - dx * along_y
        near = (np.abs(across) < reach) & (along > -reach) & (along < length + reach)
        added = np.zeros(near.shape)
        added[near] = (
            density * _flat(along[near], 0.0, length, sigma) * _profile(across[near], width, sigma)
        )
        image[np.ix_(rows, columns)] += added


def add_cosmic_ray(
    image: Floats, x: float, y: float, angle: float, length: float, density: float
) -> None:
    """Add the track of a charged particle: one pixel wide, not blurred, uneven along its length.

    Parameters
    ----------
    image : ndarray (rows, columns)
        Changed.
    x, y : float
        Where it begins, pixel.
    angle : float
        Of its direction from the rows, radian.
    length : float
        Pixel.
    density : float
        Electrons for each pixel of its length.
    """
    steps = np.arange(0.0, length, 0.25)
    columns = np.rint(x + steps * math.cos(angle)).astype(np.int64)
    rows = np.rint(y + steps * math.sin(angle)).astype(np.int64)
    inside = (rows >= 0) & (rows < image.shape[0]) & (columns >= 0) & (columns < image.shape[1])
    uneven = 1.0 + 0.5 * np.sin(steps)
    np.add.at(image, (rows[inside], columns[inside]), 0.25 * density * uneven[inside])


def add_spikes(
    image: Floats, x: float, y: float, electrons: float, length: float, angles: Sequence[float]
) -> None:
    """Add diffraction spikes of a bright star: rays that fall with the square of the distance.

    Parameters
    ----------
    image : ndarray (rows, columns)
        Changed.
    x, y : float
        The star, pixel.
    electrons : float
        All of the star's; a hundredth is in each ray.
    length : float
        Pixel, after which it ends.
    angles : sequence of float
        Of the rays from the rows, radian.
    """
    edges = np.geomspace(2.0, length, 24)
    middles = np.sqrt(edges[1:] * edges[:-1])
    share = middles**-2.0 / float(np.sum(np.diff(edges) * middles**-2.0))
    for angle in angles:
        for near, far, part in zip(edges[:-1], edges[1:], share, strict=True):
            ends = [(x + at * math.cos(angle), y + at * math.sin(angle)) for at in (near, far)]
            add_trail(
                image, [e[0] for e in ends], [e[1] for e in ends], 0.01 * electrons * part, 0.0, 2.0
            )


def add_comet(
    image: Floats, x: float, y: float, electrons: float, coma: float, tail: float, angle: float
) -> None:
    """Add a comet: a coma that falls as the distance, and a tail that widens and fades.

    Parameters
    ----------
    image : ndarray (rows, columns)
        Changed.
    x, y : float
        The nucleus, pixel.
    electrons : float
        Of the coma; the tail has as many again.
    coma, tail : float
        Scale lengths, pixel.
    angle : float
        Of the tail's direction from the rows, radian.
    """
    dy, dx = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float64)
    dx, dy = dx - x, dy - y
    distance = np.hypot(dx, dy)
    head = np.exp(-distance / coma) / (distance + 1.0)
    along = dx * math.cos(angle) + dy * math.sin(angle)
    across = dy * math.cos(angle) - dx * math.sin(angle)
    wide = 0.5 * coma + 0.12 * np.maximum(along, 0.0)
    ray = np.where(along > 0, np.exp(-along / tail - 0.5 * (across / wide) ** 2) / wide, 0.0)
    for shape in (head, ray):
        image += electrons * shape / float(shape.sum())


def _share(offset: Floats, sigma: float) -> Floats:
    """Of a Gaussian, what falls into pixels of one unit about these places."""
    scale = sigma * math.sqrt(2.0)
    return 0.5 * (erf((offset + 0.5) / scale) - erf((offset - 0.5) / scale))


def _flat(at: Floats, first: float, last: float, sigma: float) -> Floats:
    """A rectangle of height 1 between two places, convolved with a Gaussian."""
    scale = sigma * math.sqrt(2.0)
    return 0.5 * (erf((at - first) / scale) - erf((at - last) / scale))


def _profile(across: Floats, width: float, sigma: float) -> Floats:
    """The profile of a trail, whose integral is 1: taken over a pixel where it is a point's."""
    wide = max(width, 1.0)
    return _flat(across, -wide / 2, wide / 2, sigma) / wide


def _box(
    shape: tuple[int, ...], x: tuple[float, float], y: tuple[float, float], reach: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    rows, columns = (
        np.arange(max(math.floor(min(at) - reach), 0), min(math.ceil(max(at) + reach) + 1, size))
        for at, size in zip((y, x), shape, strict=True)
    )
    return rows, columns
