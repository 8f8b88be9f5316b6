"""The Sun's light in the pixels of any spectrograph, at any velocity."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["sunlight_in"]

Floats = NDArray[np.float64]

_LIGHT_KM_S = 299_792.458
_FINER = 3.0
"""Steps of the table that pixels are integrated from, in a pixel or a width, whichever is less."""
_MOST_STEPS = 200_000
_BEYOND_NM = 5.0


def sunlight_in(wavelength_nm: ArrayLike, fwhm_nm: float, *, velocity_km_s: float = 0.0) -> Floats:
    """Photons of reflected sunlight in each pixel of a spectrum, (n,), with a mean of 1.

    Parameters
    ----------
    wavelength_nm : array (n,)
        Middles of the pixels in vacuum, increasing, two or more; pixels reach half way to the next.
    fwhm_nm : float
        Of the image of a line that is itself sharp; 0 or more.
    velocity_km_s : float
        Away from us.

    Raises
    ------
    BadParameter
        For wavelengths or a width that no spectrograph has.

    Examples
    --------
    H alpha, two pixels to the red at 914 km/s:

    >>> nm = np.arange(640.0, 670.0, 1.0)
    >>> nm[[sunlight_in(nm, 2.0, velocity_km_s=v).argmin() for v in (0.0, 914.0)]].tolist()
    [656.0, 658.0]
    """
    nm = np.ascontiguousarray(wavelength_nm, dtype=np.float64)
    if nm.ndim != 1 or len(nm) < 2 or not (np.diff(nm) > 0.0).all() or not nm[0] > 0.0:
        raise BadParameter("wavelengths of a spectrum (nm) must be two or more and increase from 0")
    if not 0.0 <= fwhm_nm < math.inf or not abs(velocity_km_s) < 0.1 * _LIGHT_KM_S:
        raise BadParameter(
            f"lines {fwhm_nm} nm wide at {velocity_km_s} km/s: a width of 0 or more and less than "
            "a tenth of the speed of light are accepted"
        )
    return _light(nm.tobytes(), float(fwhm_nm), float(velocity_km_s)).copy()


@lru_cache(maxsize=64)
def _light(wavelengths: bytes, fwhm_nm: float, velocity_km_s: float) -> Floats:
    """Kept, since the fibres of an exposure have the same pixels."""
    from satvo.resources.images.simulator.special.sunlight import sunlight_photons
    from satvo.resources.images.simulator.special.wavelengths import WavelengthAxis
    from satvo.resources.images.simulator.spectrum import Spectrum

    nm = np.frombuffer(wavelengths, dtype=np.float64)
    between = 0.5 * (nm[:-1] + nm[1:])
    edges = np.concatenate([[2 * nm[0] - between[0]], between, [2 * nm[-1] - between[-1]]])
    edges = edges / (1.0 + velocity_km_s / _LIGHT_KM_S)
    beyond = _BEYOND_NM + 3.0 * fwhm_nm
    first, last = max(edges[0] - beyond, 1.0), edges[-1] + beyond
    step = min(float(np.diff(edges).min()), fwhm_nm or math.inf) / _FINER
    count = min(math.ceil((last - first) / step), _MOST_STEPS)
    axis = WavelengthAxis(float(first), float(last), count, fwhm_nm=fwhm_nm)
    below = np.concatenate([[0.0], np.cumsum(sunlight_photons(axis, Spectrum.solar()))])
    light = np.diff(np.interp(edges, axis.edges_nm, below))
    if not light.sum() > 0.0:
        raise BadParameter(
            f"wavelengths from {nm[0]:g} to {nm[-1]:g} nm: the Sun's spectrum begins at 300 nm"
        )
    return np.asarray(light / light.mean())
