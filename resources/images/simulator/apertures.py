"""Pupils of telescopes: the ring, its vanes and aberrations, and what they make of a point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["ABERRATIONS", "Aperture"]

Floats = NDArray[np.float64]

ABERRATIONS = (
    "defocus", "astigmatism", "oblique_astigmatism", "coma_x", "coma_y", "trefoil", "spherical",
)  # fmt: skip
"""Zernike terms that a telescope may have."""


@dataclass(frozen=True)
class Aperture:
    """A pupil.

    Attributes
    ----------
    diameter : float
        Metres.
    obstruction : float
        Diameter of the central obstruction by that of the aperture, 0 to below 1.
    vanes : int
        That hold the secondary mirror, evenly around, the first along +y.
    vane_width : float
        Metres.
    aberrations : tuple of (str, float)
        Terms of `ABERRATIONS`, nm root mean square over the disc without its obstruction (the
        circular Zernike polynomials of Noll, R. J. 1976, JOSA 66, 207).
    """

    diameter: float
    obstruction: float = 0.0
    vanes: int = 0
    vane_width: float = 0.0
    aberrations: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        for name, value in self.aberrations:
            if name not in ABERRATIONS or not np.isfinite(value):
                raise BadParameter(
                    f"aberration {name!s:.40} of {value!s:.40}: finite numbers of nm are accepted "
                    f"for {', '.join(ABERRATIONS)}"
                )

    @property
    def plain(self) -> bool:
        """Whether it is a ring, or disc, with nothing in it."""
        return not (self.vanes and self.vane_width > 0.0) and not self.aberrations

    @cached_property
    def area(self) -> float:
        """Square metres that light comes through."""
        ring = 0.25 * np.pi * self.diameter**2 * (1.0 - self.obstruction**2)
        length = 0.5 * self.diameter * (1.0 - self.obstruction)
        return float(max(ring - self.vanes * self.vane_width * length, 0.0))

    def transfer(self, apart_m: Floats) -> Floats:
        """Transfer function of the ring, at distances in the pupil.

        Notes
        -----
        Areas that a ring shares with itself moved: O'Neill, E. L. 1956, JOSA 46, 285.
        """
        outer, inner = 0.5 * self.diameter, 0.5 * self.diameter * self.obstruction
        shared = _overlap(apart_m, outer, outer)
        if inner > 0.0:
            shared = shared + _overlap(apart_m, inner, inner) - 2 * _overlap(apart_m, outer, inner)
        return np.asarray(shared / (np.pi * (outer**2 - inner**2)))

    def image(
        self, wavelength_m: float, cells: int, cell: float, phases: tuple[Floats, ...] = ()
    ) -> Floats:
        """Light of a point (cells, cells), its sum about 1, the point at cells // 2.

        Parameters
        ----------
        cell : float
            Radians; at most half of the wavelength by the diameter.
        phases : tuple of ndarray
            Phases of the wave over the pupil, in radians, as many samples as `samples` says; the
            mean of their images is made. None: of a flat wave.
        """
        from scipy.fft import fft2

        step = wavelength_m / (cells * cell)
        pupil = self._pupil(self.samples(wavelength_m, cells, cell), step, wavelength_m)
        light = np.zeros((cells, cells))
        for phase in phases or (None,):
            wave = pupil if phase is None else pupil * np.exp(1j * phase)
            field = fft2(wave, s=(cells, cells))
            light += field.real**2 + field.imag**2
        # by the area: samples half open at the rim would count a quarter in the sum of the light
        light /= cells**2 * np.abs(pupil).sum() * max(len(phases), 1)
        return np.asarray(np.fft.fftshift(light))

    def samples(self, wavelength_m: float, cells: int, cell: float) -> int:
        """Samples across the pupil that `image` takes."""
        return int(np.ceil(self.diameter / (wavelength_m / (cells * cell)))) + 2

    def _pupil(self, samples: int, step: float, wavelength_m: float) -> NDArray[Any]:
        along = np.linspace(-0.5, 0.5, samples) * (samples - 1) * step
        x, y = along[None, :], along[:, None]
        radius = np.hypot(x, y)
        edge = 0.5 * self.diameter
        # a sample counts by the share of it that is inside, or the rim would be a staircase
        pupil = np.clip(0.5 + (edge - radius) / step, 0.0, 1.0)
        pupil -= np.clip(0.5 + (edge * self.obstruction - radius) / step, 0.0, 1.0)
        for number in range(self.vanes):
            angle = 2.0 * np.pi * number / self.vanes
            out, beside = (
                x * np.sin(angle) + y * np.cos(angle),
                x * np.cos(angle) - y * np.sin(angle),
            )
            half = 0.5 * self.vane_width
            low, high = (
                np.maximum(beside - 0.5 * step, -half),
                np.minimum(beside + 0.5 * step, half),
            )
            pupil *= 1.0 - np.where(out > 0.0, np.maximum(high - low, 0.0) / step, 0.0)
        if not self.aberrations:
            return np.asarray(pupil)
        turn = 2.0 * np.pi / (wavelength_m * 1e9)
        return np.asarray(pupil * np.exp(1j * turn * self._path_nm(radius / edge, x, y)))

    def _path_nm(self, rho: Floats, x: Floats, y: Floats) -> Floats:
        """Path difference over the pupil."""
        angle = np.arctan2(y, x)
        terms = {
            "defocus": np.sqrt(3.0) * (2.0 * rho**2 - 1.0),
            "astigmatism": np.sqrt(6.0) * rho**2 * np.cos(2.0 * angle),
            "oblique_astigmatism": np.sqrt(6.0) * rho**2 * np.sin(2.0 * angle),
            "coma_x": np.sqrt(8.0) * (3.0 * rho**3 - 2.0 * rho) * np.cos(angle),
            "coma_y": np.sqrt(8.0) * (3.0 * rho**3 - 2.0 * rho) * np.sin(angle),
            "trefoil": np.sqrt(8.0) * rho**3 * np.sin(3.0 * angle),
            "spherical": np.sqrt(5.0) * (6.0 * rho**4 - 6.0 * rho**2 + 1.0),
        }
        return np.asarray(sum((nm * terms[name] for name, nm in self.aberrations), 0.0 * rho))


def _overlap(apart: Floats, first: float, second: float) -> Floats:
    """Area that two discs share, `first` not smaller than `second`."""
    d = np.clip(apart, first - second, first + second)
    d = np.maximum(d, 1e-300)
    a = np.clip((d**2 + first**2 - second**2) / (2.0 * d * first), -1.0, 1.0)
    b = np.clip((d**2 + second**2 - first**2) / (2.0 * d * second), -1.0, 1.0)
    first_part = first**2 * (np.arccos(a) - a * np.sqrt(1.0 - a**2))
    return np.asarray(first_part + second**2 * (np.arccos(b) - b * np.sqrt(1.0 - b**2)))
