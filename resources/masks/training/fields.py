"""Star fields without noise, of which many training cut-outs are made."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.galaxies import blurred, sersic
from satvo.resources.trails.drawing import draw_points
from satvo.resources.trails.models.spreads import annulus, bar, convolved
from satvo.resources.trails.stamps import PointSpread
from satvo.resources.trails.widths import PIXEL_FWHM_SQUARED, moffat_radius

__all__ = ["Field", "FieldKind", "draw_field", "moffat_spread"]

Floats = NDArray[np.float64]

_FRAME_PX = 664 * 496
_CELLS = 5
_BRIGHTEST = 3e5  # electrons of a star in noise of its disc
_GALAXY_KINDS = ((1.0, 0.6), (4.0, 0.4))  # Sersic index, share of the galaxies


@dataclass(frozen=True)
class FieldKind:
    """From what ranges a field is drawn; pairs are least and largest.

    Attributes
    ----------
    fwhm : tuple of float
        Full width at half maximum of the point spread without the pixel, px, uniform.
    beta : tuple of float
        Exponent of its Moffat profile, uniform.
    sky : tuple of float
        Electrons a pixel, log-uniform.
    read : tuple of float
        Read noise, electrons, uniform.
    stars : tuple of float
        In 664 x 496 pixels, log-uniform.
    trailed : float
        Share of the fields whose stars are drawn out by 2 to 8 px.
    galaxies : float
        Mean number in 664 x 496 pixels, in those fields that have some (a third).
    """

    fwhm: tuple[float, float] = (1.5, 3.5)
    beta: tuple[float, float] = (2.5, 4.5)
    sky: tuple[float, float] = (10.0, 316.0)
    read: tuple[float, float] = (1.5, 8.0)
    stars: tuple[float, float] = (5.0, 316.0)
    trailed: float = 0.1
    galaxies: float = 0.0


@dataclass(frozen=True, eq=False)
class Field:
    """What a telescope would see of a piece of sky without noise.

    Attributes
    ----------
    light : ndarray (side, side)
        Electrons of stars and galaxies.
    spread : PointSpread
        Of a point that stands still.
    fwhm : float
        Of that, pixel included, px.
    beta : float
    sky, read : float
        Electrons a pixel; read noise in electrons.
    stars : int
    """

    light: Floats
    spread: PointSpread
    fwhm: float
    beta: float
    sky: float
    read: float
    stars: int

    @property
    def noise(self) -> float:
        """Standard deviation of the background, electrons."""
        return math.sqrt(self.sky + self.read**2)


def moffat_spread(fwhm: float, beta: float) -> PointSpread:
    """A Moffat profile on cells of a fifth of a pixel; its sum is 1.

    Parameters
    ----------
    fwhm : float
        Without the pixel, px.
    beta : float
        Exponent, above 1.
    """
    alpha = moffat_radius(fwhm, beta)
    half = _CELLS * int(min(max(math.ceil(6.0 * fwhm), 8), 24)) + _CELLS // 2
    at = np.arange(-half, half + 1) / _CELLS
    values = (1.0 + (at[:, None] ** 2 + at**2) / alpha**2) ** -beta
    return PointSpread(values / values.sum(), _CELLS)


def defocused(spread: PointSpread, diameter_px: float) -> PointSpread:
    """A point spread out of focus: over a disc of this diameter."""
    return convolved(spread, annulus(diameter_px * spread.per_pixel))


def draw_field(side: int, kind: FieldKind, random: np.random.Generator) -> Field:
    """Draw the stars of a field.

    Star counts follow dN/dF proportional to F^-1.6 from 10 times the noise of their disc on, as in
    the eVscope fields of Janin-Potiron et al. 2024; a fifth as bright ones reach into the noise.
    """
    fwhm, beta = random.uniform(*kind.fwhm), random.uniform(*kind.beta)
    sky, read = _log_uniform(kind.sky, random), random.uniform(*kind.read)
    noise = math.sqrt(sky + read**2)
    spread = moffat_spread(fwhm, beta)
    of_stars = spread
    if random.random() < kind.trailed:
        length = random.uniform(2.0, 8.0) * _CELLS
        of_stars = convolved(spread, bar(length, 1.0, random.uniform(0.0, math.pi)))
    area = (side + 40) ** 2 / _FRAME_PX
    count = int(random.poisson(_log_uniform(kind.stars, random) * area))
    light = np.zeros((side, side))
    for number, faintest in ((count, 10.0), (count, 1.0)):
        flux = noise * fwhm * np.minimum(faintest * random.random(number) ** (-1 / 0.6), _BRIGHTEST)
        if faintest < 10.0:
            flux = np.minimum(flux, 10.0 * noise * fwhm)
        x, y = random.uniform(-20.0, side + 20.0, (2, number))
        draw_points(light, x, y, flux, of_stars)
    if kind.galaxies and random.random() < 1 / 3:
        _add_galaxies(light, int(random.poisson(kind.galaxies * area)), noise, spread, random)
    full = math.hypot(fwhm, math.sqrt(PIXEL_FWHM_SQUARED))
    return Field(light, spread, full, beta, sky, read, count)


def _add_galaxies(
    light: Floats, count: int, noise: float, spread: PointSpread, random: np.random.Generator
) -> None:
    """Discs, which look like trails from the side, and spheroids."""
    side = light.shape[0]
    for _ in range(count):
        disc = random.random() < _GALAXY_KINDS[0][1]
        half_light = random.uniform(1.5, 9.0 if disc else 4.0)
        profile = sersic(
            half_light,
            _GALAXY_KINDS[0][0] if disc else _GALAXY_KINDS[1][0],
            random.uniform(0.12, 0.9) if disc else random.uniform(0.5, 1.0),
            random.uniform(0.0, math.pi),
            1,
        )
        on_pixels = PointSpread(spread.on_pixels, 1)
        flux = noise * half_light * half_light * 10.0 ** random.uniform(0.7, 2.5)
        x, y = random.uniform(0.0, side, (2, 1))
        draw_points(light, x, y, np.array([flux]), blurred(profile, on_pixels))


def _log_uniform(ends: tuple[float, float], random: np.random.Generator) -> float:
    return float(math.exp(random.uniform(math.log(ends[0]), math.log(ends[1]))))
