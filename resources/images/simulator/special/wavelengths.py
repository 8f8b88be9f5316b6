"""The wavelengths of a spectrograph, and what light there is in each of its pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.widths import SIGMA_OF_FWHM
from satvo.schemas.errors import BadParameter

__all__ = ["Light", "WavelengthAxis"]

Floats = NDArray[np.float64]

_REACH = 5.0
"""Standard deviations of the line spread that are drawn: 6e-7 of a line is lost."""


_PARTS = 4
"""Of a pixel, in the middle of which light is taken."""
_PHOTON_J_NM = 6.626_070_15e-34 * 299_792_458.0 * 1e9
"""Energy of a photon times its wavelength."""


class Light(Protocol):
    """What of `satvo.resources.images.simulator.spectrum.Spectrum` is used."""

    def photons(self, band: Any, /) -> float:
        """Photons a second and m2 above the telescope that come through a band."""
        ...

    def density(self, wavelength_nm: Floats, /) -> Floats:
        """Flux density at wavelengths (n,), W m-2 nm-1."""
        ...


@dataclass(frozen=True, slots=True)
class WavelengthAxis:
    """Pixels of equal width along the wavelength, in vacuum.

    Attributes
    ----------
    first_nm, last_nm : float
        Outer edges of the first and the last pixel.
    count : int
        Pixels.
    fwhm_nm : float
        Of the image of a line that is itself sharp: a Gaussian, the same all along the axis.

    Raises
    ------
    BadParameter
        If there is no pixel, the edges do not grow, or the width is negative.

    Examples
    --------
    >>> axis = WavelengthAxis(500.0, 600.0, 50, fwhm_nm=4.0)
    >>> axis.step_nm, float(axis.centres_nm[0])
    (2.0, 501.0)
    """

    first_nm: float
    last_nm: float
    count: int
    fwhm_nm: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.first_nm < self.last_nm < math.inf:
            raise BadParameter(
                f"wavelengths from {self.first_nm} to {self.last_nm} nm: two that grow, above 0, "
                "are accepted"
            )
        if self.count < 1:
            raise BadParameter(f"{self.count} pixels of wavelength: 1 or more are accepted")
        if not 0.0 <= self.fwhm_nm < math.inf:
            raise BadParameter(f"a line {self.fwhm_nm} nm wide: 0 or more is accepted")

    @property
    def step_nm(self) -> float:
        """Width of a pixel."""
        return (self.last_nm - self.first_nm) / self.count

    @property
    def edges_nm(self) -> Floats:
        """Edges of the pixels, (count + 1,)."""
        return np.linspace(self.first_nm, self.last_nm, self.count + 1)

    @property
    def centres_nm(self) -> Floats:
        """Middles of the pixels, (count,)."""
        edges = self.edges_nm
        return np.asarray(0.5 * (edges[:-1] + edges[1:]))

    @property
    def resolving_power(self) -> float:
        """In the middle of the axis; at most that of two pixels, which sample a line."""
        middle = 0.5 * (self.first_nm + self.last_nm)
        return middle / max(self.fwhm_nm, 2.0 * self.step_nm)

    def photons(self, light: Light) -> Floats:
        """Photons a second and m2 in each pixel, (count,), as the line spread lays them there."""
        count = self.count * _PARTS
        nm = self.first_nm + (np.arange(count) + 0.5) * self.step_nm / _PARTS
        each = light.density(nm) * nm * (self.step_nm / _PARTS / _PHOTON_J_NM)
        return self.blurred(each.reshape(self.count, _PARTS).sum(1))

    def blurred(self, values: Floats) -> Floats:
        """Values (..., count) convolved with the line spread; the ends go on as they are."""
        sigma = self.fwhm_nm * SIGMA_OF_FWHM / self.step_nm
        if sigma < 0.05:
            return values
        reach = math.ceil(_REACH * sigma)
        at = np.arange(-reach, reach + 1)
        kernel = np.exp(-0.5 * (at / sigma) ** 2)
        kernel /= kernel.sum()
        wide = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(reach, reach)], mode="edge")
        return np.asarray(
            sum(k * wide[..., i : i + self.count] for i, k in enumerate(kernel.tolist()))
        )

    def lines(self, at_nm: Floats, strength: Floats, own_fwhm_nm: Floats) -> Floats:
        """What lines give each pixel, (count,): Gaussians of the own and the line spread's width.

        Parameters
        ----------
        at_nm, strength, own_fwhm_nm : ndarray (n,)
            Middle in vacuum, all that the line gives, and its width before the spectrograph.
        """
        from scipy.special import erf

        wide = np.hypot(own_fwhm_nm, self.fwhm_nm) * SIGMA_OF_FWHM
        wide = np.maximum(wide, 1e-3 * self.step_nm)[:, None] * math.sqrt(2.0)
        below = 0.5 * erf((self.edges_nm - at_nm[:, None]) / wide)
        return np.asarray(strength @ np.diff(below, axis=1))

    def cards(self, number: int) -> dict[str, Any]:
        """The WCS of the axis of this number, as FITS has it (paper III), in metres."""
        step = self.step_nm * 1e-9
        return {
            f"CTYPE{number}": "WAVE", f"CUNIT{number}": "m", f"CRPIX{number}": 1.0,
            f"CRVAL{number}": float(self.centres_nm[0]) * 1e-9, f"CDELT{number}": step,
            f"CD{number}_{number}": step,
        }  # fmt: skip
