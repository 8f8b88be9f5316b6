"""The background of the infrared: warm mirrors, warm air, and the uneven glow of OH."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["Airglow", "WarmTelescope", "thermal_photons", "uneven_glow"]

Floats = NDArray[np.float64]

_LIGHT_M_S = 299_792_458.0
_SECOND_RADIATION_M_K = 1.438_776_877e-2
"""hc/k."""
_ARCSEC2_SR = (math.pi / 648000.0) ** 2


def thermal_photons(
    wavelength_nm: Floats, transmission: Floats, *, temperature_k: float, emissivity: float
) -> float:
    """Photons a second, m2 of aperture and arcsec2 that a warm grey surface sends to each pixel.

    A mirror or the air in the beam fills the solid angle of a pixel wherever it stands, so that
    what counts is the pupil's area and the pixel's angle, as for the sky.

    Parameters
    ----------
    wavelength_nm, transmission : ndarray (n,)
        The band; integrated by trapezoids.
    temperature_k : float
    emissivity : float
        0 to 1: some 0.05 for a clean mirror; the air's is 1 less its transmission.

    Raises
    ------
    BadParameter
        If the temperature is not above 0, or the emissivity not from 0 to 1.

    References
    ----------
    Planck's law in photons: 2 c / lambda**4 / (exp(h c / lambda k T) - 1) a second, m2, sr and m.

    Examples
    --------
    All that a black body at 300 K sends into a steradian, 1.3e22/pi photons of every wavelength:

    >>> wavelength = np.geomspace(500.0, 1e7, 4000)
    >>> every = thermal_photons(wavelength, np.ones(4000), temperature_k=300.0, emissivity=1.0)
    >>> round(every / _ARCSEC2_SR * math.pi / (1.5205e15 * 300.0**3), 3)
    1.0
    """
    _check_surface(temperature_k, emissivity)
    metres = np.asarray(wavelength_nm, float) * 1e-9
    exponent = np.minimum(_SECOND_RADIATION_M_K / (metres * temperature_k), 700.0)
    radiance = 2.0 * _LIGHT_M_S / metres**4 / np.expm1(exponent)
    return float(emissivity * np.trapezoid(radiance * transmission, metres) * _ARCSEC2_SR)


def uneven_glow(
    shape: tuple[int, int],
    random: np.random.Generator,
    *,
    scale_px: float,
    contrast: float = 0.05,
    waves: int = 6,
) -> Floats:
    """How the glow of OH differs over the field, (rows, columns), with a mean of 1.

    Gravity waves at 90 km make stripes of some km, a degree on the sky, which drift; in a frame
    that is smaller than one of them they are a slope and a bend. Here they are a few plane waves
    about one direction, of wavelengths about a scale.

    Parameters
    ----------
    shape : tuple of int
    random : numpy Generator
    scale_px : float
        Wavelength in the middle.
    contrast : float
        Root mean square of the waves against the mean, before the frame cuts them; below 0.3.
    waves : int

    Raises
    ------
    BadParameter
        If the scale is not above 0, or the contrast not from 0 to 0.3.

    References
    ----------
    Moreels, G., et al. 2008, Exp. Astron. 22, 87: waves of 20 to 60 km in the OH layer, some
    percent of its light.
    """
    if not scale_px > 0.0 or not 0.0 <= contrast <= 0.3 or waves < 1:
        raise BadParameter(
            f"a glow of scale {scale_px} pixels, contrast {contrast}, {waves} waves: a scale above "
            "0, a contrast from 0 to 0.3 and 1 wave or more are accepted"
        )
    rows, columns = np.indices(shape, dtype=float)
    heading = random.uniform(0.0, math.pi)
    light = np.zeros(shape)
    for _ in range(waves):
        turn = heading + random.normal(0.0, 0.4)
        length = scale_px * 2.0 ** random.uniform(-1.0, 1.0)
        along = (columns * math.cos(turn) + rows * math.sin(turn)) * 2.0 * math.pi / length
        light += np.sin(along + random.uniform(0.0, 2.0 * math.pi))
    light *= contrast * math.sqrt(2.0 / waves)
    light = np.clip(1.0 + light, 0.05, None)
    return np.asarray(light / light.mean())


@dataclass(frozen=True, slots=True)
class Airglow:
    """An effect of a scene: the sky is uneven as the glow of OH is (`uneven_glow`).

    Attributes
    ----------
    contrast : float
        Root mean square of its waves against the mean; 0 to 0.3.
    scale_deg : float
        Their wavelength.

    Raises
    ------
    BadParameter
    """

    contrast: float = 0.05
    scale_deg: float = 1.0

    def __post_init__(self) -> None:
        if not (0.0 <= self.contrast <= 0.3 and self.scale_deg > 0.0):
            raise BadParameter(
                f"airglow contrast={self.contrast}, scale_deg={self.scale_deg}: a contrast from 0 "
                "to 0.3 and a scale above 0 are accepted"
            )

    def act(self, sheet: Any) -> None:
        """Make the sky of a `satvo.resources.images.simulator.sheet.Sheet` uneven."""
        scale = self.scale_deg * 3600.0 / sheet.view.pixel_arcsec
        sheet.sky = sheet.sky * uneven_glow(
            sheet.view.shape, sheet.random, scale_px=scale, contrast=self.contrast
        )


@dataclass(frozen=True, slots=True)
class WarmTelescope:
    """An effect of a scene: the telescope shines itself (`thermal_photons`).

    Attributes
    ----------
    temperature_k, emissivity : float

    Raises
    ------
    BadParameter
    """

    temperature_k: float = 283.0
    emissivity: float = 0.1

    def __post_init__(self) -> None:
        _check_surface(self.temperature_k, self.emissivity)

    def act(self, sheet: Any) -> None:
        """Add to the sky of a `satvo.resources.images.simulator.sheet.Sheet`."""
        from satvo.resources.images.simulator.passbands import passband

        view = sheet.view
        band = passband(view.telescope.observing_band)
        each = thermal_photons(
            band.wavelength_nm, band.response, temperature_k=self.temperature_k,
            emissivity=self.emissivity,
        )  # fmt: skip
        area = view.telescope.surface * view.pixel_arcsec**2
        sheet.sky = sheet.sky + each * area * view.exposure_s


def _check_surface(temperature_k: float, emissivity: float) -> None:
    if not temperature_k > 0.0 or not 0.0 <= emissivity <= 1.0:
        raise BadParameter(
            f"a surface of {temperature_k} K and emissivity {emissivity}: a temperature above 0 "
            "and an emissivity from 0 to 1 are accepted"
        )
