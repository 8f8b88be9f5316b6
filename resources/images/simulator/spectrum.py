"""Spectra of stars and satellites: photons that they send through a band."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.images.simulator.passbands import Band, Passband, bundled, passband
from satvo.schemas.errors import BadParameter

__all__ = ["Shape", "Spectrum"]

Floats = NDArray[np.float64]

_PLANCK = 6.62607015e-34
_LIGHT = 2.99792458e8
_BOLTZMANN = 1.380649e-23
_EVERYWHERE_NM = np.geomspace(10.0, 30_000.0, 4001)
_LEAST_K, _MOST_K = 100.0, 1e6


@dataclass(frozen=True, eq=False)
class Shape:
    """A spectrum but for its brightness: many stars share one, and its integrals.

    Attributes
    ----------
    wavelength_nm : ndarray (n,)
        Increasing.
    flux_density : ndarray (n,)
        W/m2/nm, not negative; linear between, 0 outside.
    """

    wavelength_nm: Floats
    flux_density: Floats
    _known: dict[Passband, float] = field(default_factory=dict, repr=False)

    def photons(self, band: Passband) -> float:
        """Photons a second and square metre through a band, integrated once."""
        if band not in self._known:
            self._known[band] = band.photons(self.wavelength_nm, self.flux_density)
        return self._known[band]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """A spectrum above the telescope.

    Made by `blackbody`, `solar`, `vega`, `ab` and `tabulated`. Magnitudes of U to K, of Gaia and
    of clear are on the Vega system, those of u to z and of top-hats on AB.

    Attributes
    ----------
    shape : Shape
    scale : float
        Factor of its flux density.

    Examples
    --------
    >>> star = Spectrum.solar(mag=6.0, band="V")
    >>> round(star.mag("V"), 6), round(star.mag("B") - star.mag("V"), 2)
    (6.0, 0.65)
    >>> float(f"{Spectrum.ab(0.0).photons('V'):.1g}")  # a second and square metre
    9000000000.0
    """

    shape: Shape
    scale: float = 1.0

    @classmethod
    def blackbody(cls, temperature_k: float, *, mag: float, band: Band = "V") -> Spectrum:
        """Of a black body.

        Raises
        ------
        BadParameter
            For a temperature outside 100 to 1e6 K.

        Notes
        -----
        Planck's law, CODATA 2018 constants.
        """
        if not _LEAST_K <= temperature_k <= _MOST_K:
            raise BadParameter(
                f"a black body of {temperature_k} K: {_LEAST_K:g} to {_MOST_K:g} K are accepted"
            )
        return cls(_black(float(temperature_k))).with_mag(mag, band)

    @classmethod
    def solar(cls, *, mag: float | None = None, band: Band = "V") -> Spectrum:
        """Sunlight; without a magnitude as it comes at 1 au. From 300 nm."""
        return cls(_bundled("sun"))._of(mag, band)

    @classmethod
    def vega(cls, mag: float | None = None, band: Band = "V") -> Spectrum:
        """Light like Vega's; without a magnitude as bright as Vega. From 300 nm."""
        return cls(_bundled("vega"))._of(mag, band)

    @classmethod
    def ab(cls, mag: float) -> Spectrum:
        """The same flux density at all frequencies, of this AB magnitude in every band."""
        return cls(_flat(), 10.0 ** (-0.4 * _finite(mag)))

    @classmethod
    def tabulated(
        cls,
        wavelength_nm: ArrayLike,
        flux_density: ArrayLike,
        *,
        mag: float | None = None,
        band: Band | None = None,
    ) -> Spectrum:
        """From a table.

        Parameters
        ----------
        wavelength_nm : array (n,)
            Increasing, n at least 2; the spectrum is linear between and 0 outside.
        flux_density : array (n,)
            W/m2/nm, or any multiple of it where a magnitude is given.
        mag, band
            What it is brought to, in V unless another band is given.

        Raises
        ------
        BadParameter
            For tables that are no spectrum, or have no light in the band.
        """
        nm, density = np.array(wavelength_nm, float), np.array(flux_density, float)
        if nm.ndim != 1 or nm.shape != density.shape or len(nm) < 2:
            raise BadParameter(
                f"a spectrum of {nm.shape} wavelengths and {density.shape} flux densities: "
                "one-dimensional arrays of one length from 2 are accepted"
            )
        if not (np.isfinite(nm).all() and nm[0] > 0.0 and (np.diff(nm) > 0.0).all()):
            raise BadParameter("wavelengths of a spectrum must be positive, finite and increase")
        if not np.isfinite(density).all() or density.min() < 0.0 or not density.any():
            raise BadParameter("flux densities must be finite, from 0, and not all 0")
        return cls(Shape(nm, density))._of(mag, "V" if band is None else band)

    def density(self, wavelength_nm: ArrayLike) -> Floats:
        """Flux density at wavelengths in nm, W/m2/nm; 0 outside its table."""
        table, nm = self.shape, np.asarray(wavelength_nm, float)
        there = np.interp(nm, table.wavelength_nm, table.flux_density, left=0.0, right=0.0)
        return np.asarray(self.scale * there)

    def dimmed(self, magnitudes: float) -> Spectrum:
        """The same light, fainter by so many magnitudes."""
        return Spectrum(self.shape, self.scale * 10.0 ** (-0.4 * _finite(magnitudes)))

    def photons(self, band: Band) -> float:
        """Photons a second and square metre through a band, above the telescope."""
        return self.scale * self.shape.photons(passband(band))

    def mag(self, band: Band) -> float:
        """Magnitude in a band, on its system; infinite where there is no light."""
        within = passband(band)
        count = self.scale * self.shape.photons(within)
        return float(-2.5 * np.log10(count / within.zero_photons)) if count > 0.0 else float("inf")

    def with_mag(self, mag: float, band: Band = "V") -> Spectrum:
        """The same light, as bright as this magnitude in a band.

        Raises
        ------
        BadParameter
            If it has no light in the band, or the magnitude is not finite.
        """
        within = passband(band)
        count = self.shape.photons(within)
        if not count > 0.0:
            raise BadParameter(f"a spectrum without light in {within.name} has no magnitude there")
        return Spectrum(self.shape, within.zero_photons / count * 10.0 ** (-0.4 * _finite(mag)))

    def photons_of_mag(self, mag: ArrayLike, band: Band, *, of: Band | None = None) -> Floats:
        """Photons a second and square metre (n,) through a band, of stars of this colour.

        Parameters
        ----------
        mag : array (n,)
            Magnitudes; NaN gives NaN.
        band
            What the photons come through.
        of
            Band of the magnitudes; the same unless given.
        """
        reference = self.with_mag(0.0, band if of is None else of)
        light: Floats = reference.photons(band) * 10.0 ** (-0.4 * np.asarray(mag, float))
        return light

    def _of(self, mag: float | None, band: Band) -> Spectrum:
        return self if mag is None else self.with_mag(mag, band)


def _finite(mag: float) -> float:
    if not -100.0 <= mag <= 200.0:
        raise BadParameter(f"magnitude {mag}: a number from -100 to 200 is accepted")
    return mag


@lru_cache(maxsize=512)
def _black(temperature_k: float) -> Shape:
    metres = _EVERYWHERE_NM * 1e-9
    exponent = np.minimum(_PLANCK * _LIGHT / (metres * _BOLTZMANN * temperature_k), 700.0)
    density = metres**-5 / np.expm1(exponent)
    return Shape(_EVERYWHERE_NM, density / density.max())


@lru_cache
def _flat() -> Shape:
    """Of AB magnitude 0: 3631 Jy; a table as fine as the integrals of any band."""
    return Shape(_EVERYWHERE_NM, 3631e-26 * _LIGHT * 1e9 / _EVERYWHERE_NM**2)


@lru_cache
def _bundled(name: str) -> Shape:
    pieces = bundled("spectra.yaml")[name]["pieces"]
    nm = [p["start_nm"] + p["step_nm"] * np.arange(len(p["flux_density"])) for p in pieces]
    density = [np.array(p["flux_density"], dtype=np.float64) for p in pieces]
    wavelength, values = np.concatenate(nm).astype(np.float64), np.concatenate(density)
    # beyond the table as Rayleigh and Jeans have it
    beyond = np.geomspace(wavelength[-1] * 1.01, _EVERYWHERE_NM[-1], 400)
    tail = values[-1] * (beyond / wavelength[-1]) ** -4.0
    return Shape(np.concatenate([wavelength, beyond]), np.concatenate([values, tail]))
