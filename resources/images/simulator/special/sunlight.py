"""Lines that tell where light comes from: absorption of the Sun, emission of the night sky."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.special.wavelengths import Light, WavelengthAxis

__all__ = ["airglow_photons", "solar_absorption", "sunlight_photons"]

Floats = NDArray[np.float64]

_SOLAR_LINES = (
    ("Ca II K", 393.477, 2.0253), ("Ca II H", 396.959, 1.5467), ("H delta", 410.290, 0.3133),
    ("Ca I", 422.792, 0.1476), ("H gamma", 434.169, 0.2855), ("H beta", 486.270, 0.3680),
    ("Mg I b4", 516.877, 0.0935), ("Mg I b2", 517.414, 0.1259), ("Mg I b1", 518.507, 0.1584),
    ("Fe I E2", 527.102, 0.0478), ("Fe I", 532.953, 0.0375), ("Na I D2", 589.158, 0.0752),
    ("Na I D1", 589.756, 0.0564), ("H alpha", 656.461, 0.4020), ("Ca II", 850.036, 0.1470),
    ("Ca II", 854.444, 0.3670), ("Ca II", 866.452, 0.2600),
)  # fmt: skip
_AIRGLOW = (
    (557.89, 250.0, 0.0), (589.4, 50.0, 0.6), (630.2, 150.0, 0.0), (636.6, 50.0, 0.0),
    (690.0, 200.0, 14.0), (730.0, 400.0, 14.0), (775.0, 300.0, 15.0), (795.0, 600.0, 15.0),
    (839.0, 900.0, 18.0), (864.8, 600.0, 4.0), (885.0, 1200.0, 18.0), (938.0, 1700.0, 20.0),
)  # fmt: skip
"""Wavelength in vacuum (nm), brightness (rayleigh), width (nm): a band of OH or O2 is one bell."""
_TABLE_FWHM_NM = 4.7
"""Of a line in means over 4 nm with straight lines between them: 2.35 sqrt(4**2/12 + 4**2/6)."""
_RAYLEIGH = 1e10 / (4.0 * math.pi) * (math.pi / 648000.0) ** 2
"""Photons a second, m2 and arcsec2."""


def solar_absorption(axis: WavelengthAxis) -> Floats:
    """Share of the Sun's continuum that its strong lines leave in each pixel, (count,).

    A line takes its equivalent width from the continuum, whatever the resolution; its own profile
    is a Gaussian so wide that its middle is 0.78 deep, as the strong ones are, and 0.05 nm at
    least. Left out are the thousands of weaker lines, which a table of the Sun's light has in
    its means.

    References
    ----------
    Moore, C. E., Minnaert, M. G. J., Houtgast, J. 1966, NBS Monograph 61: equivalent widths.

    Examples
    --------
    >>> axis = WavelengthAxis(650.0, 663.0, 130)
    >>> lost = axis.step_nm * (1.0 - solar_absorption(axis)).sum()
    >>> round(float(lost), 3)
    0.402
    """
    at, width = (np.array([line[k] for line in _SOLAR_LINES], float) for k in (1, 2))
    taken = axis.lines(at, width, np.maximum(1.2 * width, 0.05))
    return np.asarray(np.maximum(1.0 - taken / axis.step_nm, 0.0))


def sunlight_photons(axis: WavelengthAxis, sunlight: Light) -> Floats:
    """Photons a second and m2 of reflected sunlight in each pixel, (count,), with its lines.

    The table that sunlight comes from has lines in it, washed out to means over 4 nm. What it lacks
    to the resolution of the axis is made up for, so that each line keeps its equivalent width.

    Parameters
    ----------
    axis : WavelengthAxis
    sunlight : Spectrum
        `Spectrum.solar` of the satellite: brightness and colours are its own.
    """
    washed_out = replace(axis, fwhm_nm=max(axis.fwhm_nm, _TABLE_FWHM_NM))
    return np.asarray(
        axis.photons(sunlight) * solar_absorption(axis) / solar_absorption(washed_out)
    )


def airglow_photons(axis: WavelengthAxis, strength: float = 1.0) -> Floats:
    """Photons a second, m2 and arcsec2 of the upper atmosphere in each pixel, (count,).

    Parameters
    ----------
    axis : WavelengthAxis
    strength : float
        Times the mean. Single lines vary by a factor of two in a night, each in its own way.

    References
    ----------
    Roach, F. E., Gordon, J. L. 1973, The Light of the Night Sky: brightness in rayleigh, rounded.

    Examples
    --------
    >>> round(float(airglow_photons(WavelengthAxis(550.0, 566.0, 16)).sum()), 2)
    4.68
    """
    at, rayleigh, own = np.array(_AIRGLOW).T
    return strength * axis.lines(at, rayleigh * _RAYLEIGH, own)
