"""What air and optics do to a frame: vignetting, clouds, gradients, moonlight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.sheet import Sheet
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import separation_deg

__all__ = ["Clouds", "Effect", "Gradient", "Moonlight", "Vignetting"]

Floats = NDArray[np.float64]


class Effect(Protocol):
    """What changes a frame after its stars were drawn."""

    def act(self, sheet: Sheet) -> None:
        """Change it."""


@dataclass(frozen=True)
class Vignetting:
    """Less light towards the corners: cos**power of the angle from the axis, or an even fall.

    Attributes
    ----------
    power : float
        4 is the natural law of a lens; used where `corner` is not given.
    corner : float, optional
        Share of the light that reaches the corners; it falls with the square of the distance.
    """

    power: float = 4.0
    corner: float | None = None

    def __post_init__(self) -> None:
        if self.corner is not None and not 0.0 <= self.corner <= 1.0:
            raise BadParameter(f"vignetting corner={self.corner}: 0 to 1 is accepted")
        if not 0.0 <= self.power <= 20.0:
            raise BadParameter(f"vignetting power={self.power}: 0 to 20 is accepted")

    def act(self, sheet: Sheet) -> None:
        """Dim sky and stars alike."""
        x, y = sheet.pixels
        middle_x, middle_y = sheet.view.middle_px
        distance = np.hypot(x - middle_x, y - middle_y)
        if self.corner is not None:
            fall = (distance / math.hypot(middle_x + 0.5, middle_y + 0.5)) ** 2
            sheet.dim_by_optics(1.0 - (1.0 - self.corner) * fall)
            return
        focal_px = sheet.view.telescope.focal_length / (sheet.view.detector.pixel_size * 1e-6)
        sheet.dim_by_optics((1.0 + (distance / focal_px) ** 2) ** (-self.power / 2.0))


@dataclass(frozen=True)
class Gradient:
    """A sky that is not even: factor 1 in the middle, changing linearly across the frame.

    Attributes
    ----------
    share : float
        From one side of the frame to the other, of the sky in the middle; -2 to 2.
    angle : float
        Of the direction in which it brightens, deg from the rows.
    """

    share: float
    angle: float = 0.0

    def __post_init__(self) -> None:
        if not -2.0 <= self.share <= 2.0:
            raise BadParameter(f"gradient share={self.share}: -2 to 2 is accepted")

    def act(self, sheet: Sheet) -> None:
        """Multiply the sky."""
        x, y = sheet.pixels
        middle_x, middle_y = sheet.view.middle_px
        turn = math.radians(self.angle)
        dx, dy = math.cos(turn), math.sin(turn)
        side = 2.0 * (abs(dx) * (middle_x + 0.5) + abs(dy) * (middle_y + 0.5))
        along = (dx * (x - middle_x) + dy * (y - middle_y)) / side
        sheet.sky = sheet.sky * (1.0 + self.share * along)


@dataclass(frozen=True)
class Moonlight:
    """Scattered moonlight: the sky brightens towards the Moon.

    Attributes
    ----------
    ra, dec : float
        Of the Moon, ICRS, deg.
    share : float
        Moonlight in the middle of the frame, in units of the sky without it.

    Notes
    -----
    Its form is the scattering function of Krisciunas & Schaefer 1991, PASP 103, 1033, equations
    16, 17 and 21; its amount is what `share` says.
    """

    ra: float
    dec: float
    share: float = 1.0

    def act(self, sheet: Sheet) -> None:
        """Add to the sky."""
        x, y = sheet.pixels
        x, y = np.broadcast_arrays(x, y)
        ra, dec = sheet.view.sky(x.ravel(), y.ravel())
        seen = np.isfinite(ra)
        away = np.full(ra.shape, 90.0)
        away[seen] = np.asarray(separation_deg(ra[seen], dec[seen], self.ra, self.dec))
        middle = np.asarray(separation_deg(*sheet.view.centre, self.ra, self.dec))
        factor = _scattered(away) / _scattered(middle)
        sheet.sky = sheet.sky * (1.0 + self.share * factor.reshape(sheet.view.shape))


def _scattered(away_deg: Floats) -> Floats:
    """Rayleigh and Mie scattering at an angle from the Moon, and its aureole."""
    away = np.maximum(away_deg, 1.0)
    rayleigh = 10.0**5.36 * (1.06 + np.cos(np.radians(away)) ** 2)
    mie = np.where(away >= 10.0, 10.0 ** (6.15 - away / 40.0), 6.2e7 * away**-2.0)
    scattered: Floats = rayleigh + mie
    return scattered


@dataclass(frozen=True)
class Clouds:
    """Thin clouds: a smooth random pattern that dims the stars and brightens the sky.

    Attributes
    ----------
    extinction_mag : float
        Mean, mag.
    contrast : float
        Standard deviation of the extinction in units of its mean, 0 to 1.
    scale_deg : float
        Size of the patches.
    glow : float
        Share of the light taken that the clouds give back as sky light: cities below.
    """

    extinction_mag: float = 0.5
    contrast: float = 0.3
    scale_deg: float = 0.2
    glow: float = 0.0

    def __post_init__(self) -> None:
        if not (0.0 <= self.extinction_mag <= 20.0 and 0.0 <= self.contrast <= 1.0):
            raise BadParameter(
                f"clouds of {self.extinction_mag} mag, contrast {self.contrast}: 0 to 20 mag and "
                "a contrast of 0 to 1 are accepted"
            )
        if not self.scale_deg > 0.0:
            raise BadParameter(f"clouds scale_deg={self.scale_deg}: above 0 is accepted")

    def act(self, sheet: Sheet) -> None:
        """Dim what is above the air; the sky itself is not dimmed."""
        rows, columns = sheet.view.shape
        scale = self.scale_deg * 3600.0 / sheet.view.pixel_arcsec
        pattern = _smooth_noise((rows, columns), scale, sheet.random)
        depth = self.extinction_mag * np.maximum(1.0 + self.contrast * pattern, 0.0)
        passing = 10.0 ** (-0.4 * depth)
        sheet.dim_by_air(passing)
        if self.glow:
            sheet.sky = sheet.sky * (1.0 + self.glow * (1.0 - passing))


def _smooth_noise(shape: tuple[int, int], scale_px: float, random: np.random.Generator) -> Floats:
    """A sum of 64 waves of wavelengths around a scale, of variance 1."""
    wavelength = 2.0 * scale_px * random.lognormal(0.0, 0.5, 64)
    angle, phase = random.uniform(0.0, 2.0 * math.pi, (2, 64))
    along_x = np.outer(2.0 * math.pi * np.cos(angle) / wavelength, np.arange(shape[1]))
    along_y = np.outer(2.0 * math.pi * np.sin(angle) / wavelength, np.arange(shape[0]))
    along_y += phase[:, None]
    # cos(a + b) as a product of matrices costs a hundredth of the cosines of all pixels.
    summed = np.cos(along_y).T @ np.cos(along_x) - np.sin(along_y).T @ np.sin(along_x)
    smooth: Floats = summed * math.sqrt(2.0 / 64)
    return smooth
