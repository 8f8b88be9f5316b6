"""What is straight or bright in images and is no satellite, for the networks to learn."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["add_lookalikes"]

Floats = NDArray[np.float64]
Maker = Callable[[Floats, float, float, np.random.Generator], None]


def add_lookalikes(
    image: Floats, noise: float, fwhm: float, random: np.random.Generator
) -> tuple[str, ...]:
    """Add one to three kinds of them to an image.

    Parameters
    ----------
    image : ndarray (rows, columns)
        Expected electrons; changed.
    noise : float
        Standard deviation of the background, electrons.
    fwhm : float
        Of its stars, px.

    Returns
    -------
    tuple of str
        Their names, keys of the table of kinds.
    """
    chosen = random.choice(list(_KINDS), size=int(random.integers(1, 4)), replace=False)
    for name in chosen:
        _KINDS[str(name)](image, noise, fwhm, random)
    return tuple(str(name) for name in chosen)


def _cosmic_rays(image: Floats, noise: float, fwhm: float, random: np.random.Generator) -> None:
    rows, columns = image.shape
    for _ in range(int(random.integers(1, 15))):
        length = random.exponential(7.0) + 1.0
        angle = random.uniform(0.0, math.pi)
        steps = np.arange(0.0, length, 0.5)
        wander = np.cumsum(random.normal(0.0, 0.05, steps.size)) if random.random() < 0.3 else 0.0
        x = (random.uniform(0, columns) + steps * np.cos(angle + wander)).astype(int)
        y = (random.uniform(0, rows) + steps * np.sin(angle + wander)).astype(int)
        inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        image[y[inside], x[inside]] += noise * random.uniform(5.0, 150.0)


def _bad_lines(image: Floats, noise: float, fwhm: float, random: np.random.Generator) -> None:
    """Columns and rows that are too bright or too dark, from an edge on or whole."""
    for _ in range(int(random.integers(1, 5))):
        plane = image if random.random() < 0.7 else image.T
        at = int(random.integers(0, plane.shape[1]))
        first = 0 if random.random() < 0.4 else int(random.integers(0, plane.shape[0]))
        wide = 1 if random.random() < 0.8 else 2
        plane[first:, at : at + wide] += (
            noise * random.choice((-1.0, 1.0)) * 10.0 ** random.uniform(-0.5, 1.3)
        )


def _bleeding(image: Floats, noise: float, fwhm: float, random: np.random.Generator) -> None:
    rows, columns = image.shape
    column, row = int(random.integers(3, columns - 3)), int(random.integers(0, rows))
    half = int(random.integers(10, 100))
    wide = int(random.integers(1, 3))
    image[max(row - half, 0) : row + half, column - wide : column + wide + 1] += noise * 2000.0


def _bright_star(image: Floats, noise: float, fwhm: float, random: np.random.Generator) -> None:
    """A star with a halo and, mostly, spikes of the vanes, that may stand beside the cut-out."""
    rows, columns = image.shape
    x0, y0 = random.uniform(-40, columns + 40), random.uniform(-40, rows + 40)
    y, x = np.ogrid[:rows, :columns]
    away = np.hypot(x - x0, y - y0)
    peak = noise * 10.0 ** random.uniform(2.0, 4.0)
    image += peak / (1.0 + (away / fwhm) ** random.uniform(2.2, 3.2))
    if random.random() < 0.75:
        turn, length = random.uniform(0.0, math.pi / 2), random.uniform(20.0, 90.0)
        arms = 2 if random.random() < 0.7 else 3
        for k in range(arms):
            angle = turn + k * math.pi / arms
            across = np.abs((y - y0) * math.cos(angle) - (x - x0) * math.sin(angle))
            image += 0.06 * peak * np.exp(-across / (0.5 * fwhm)) * np.exp(-away / length)
    if random.random() < 0.4:  # a ghost: a ring of the pupil
        gx, gy, radius = random.uniform(0, columns), random.uniform(0, rows), random.uniform(10, 60)
        ring = np.hypot(x - gx, y - gy)
        image += noise * random.uniform(0.3, 4.0) * ((ring < radius) & (ring > 0.35 * radius))


def _dust(image: Floats, noise: float, fwhm: float, random: np.random.Generator) -> None:
    """Rings of dust that the flat field has not taken away."""
    rows, columns = image.shape
    y, x = np.ogrid[:rows, :columns]
    for _ in range(int(random.integers(1, 4))):
        away = np.hypot(x - random.uniform(0, columns), y - random.uniform(0, rows))
        radius = random.uniform(6.0, 40.0)
        depth = noise * random.uniform(-1.5, 1.5)
        image += depth * ((away < radius) & (away > 0.5 * radius))
    np.maximum(image, 0.0, out=image)


def _edge(image: Floats, noise: float, fwhm: float, random: np.random.Generator) -> None:
    """A step of the level: overscan, or two amplifiers."""
    plane = image if random.random() < 0.5 else image.T
    at = int(random.integers(8, plane.shape[1] - 8))
    part = plane[:, at:] if random.random() < 0.5 else plane[:, :at]
    if random.random() < 0.5:
        part += noise * random.uniform(0.3, 6.0)
    else:
        part *= random.uniform(0.0, 0.9)


def _short_trails(image: Floats, noise: float, fwhm: float, random: np.random.Generator) -> None:
    """Asteroids: trails of a few widths, which are none of satellites."""
    rows, columns = image.shape
    y, x = np.ogrid[:rows, :columns]
    for _ in range(int(random.integers(1, 4))):
        x0, y0 = random.uniform(0, columns), random.uniform(0, rows)
        angle, half = random.uniform(0.0, math.pi), 0.5 * random.uniform(1.5, 6.0) * fwhm
        along = (x - x0) * math.cos(angle) + (y - y0) * math.sin(angle)
        across = (y - y0) * math.cos(angle) - (x - x0) * math.sin(angle)
        beyond = np.maximum(np.abs(along) - half, 0.0)
        shape = np.exp(-4.0 * math.log(2.0) * (across**2 + beyond**2) / fwhm**2)
        image += noise * 10.0 ** random.uniform(0.3, 2.0) * shape


def _fringes(image: Floats, noise: float, fwhm: float, random: np.random.Generator) -> None:
    """Waves of the level: fringes, pattern noise of the readout."""
    rows, columns = image.shape
    y, x = np.ogrid[:rows, :columns]
    angle, period = random.uniform(0.0, math.pi), random.uniform(6.0, 60.0)
    phase = 2.0 * math.pi * (x * math.cos(angle) + y * math.sin(angle)) / period
    image += noise * random.uniform(0.05, 0.5) * (1.0 + np.sin(phase + random.uniform(0.0, 6.0)))


def _row_noise(image: Floats, noise: float, fwhm: float, random: np.random.Generator) -> None:
    """Rows or columns that each have a level of their own, as CMOS detectors do."""
    plane = image if random.random() < 0.5 else image.T
    plane += noise * random.uniform(0.05, 0.4) * random.standard_normal(plane.shape[1])


_KINDS: dict[str, Maker] = {
    "cosmic-rays": _cosmic_rays,
    "bad-lines": _bad_lines,
    "bleeding": _bleeding,
    "bright-star": _bright_star,
    "dust": _dust,
    "edge": _edge,
    "short-trails": _short_trails,
    "fringes": _fringes,
    "row-noise": _row_noise,
}
