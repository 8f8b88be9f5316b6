"""The magnitude law of Bassa and others for satellites of constellations."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.brightness.geometry import Floats, Geometry
from satvo.resources.brightness.model import Estimate
from satvo.resources.brightness.satellites import Satellites

__all__ = ["BASSA_2022", "Bassa2022", "bassa_mag_v"]

REFERENCE_KM = 550.0
MAG_V_550KM = 7.0
"""At the zenith from 550 km, of the paper: close to VisorSats."""
PHASE_SLOPE = 0.12
"""Magnitudes that a satellite at twice its height's distance has lost beyond the square of it."""
_EQUATOR_KM = 6378.137


def bassa_mag_v(range_km: ArrayLike, height_km: ArrayLike) -> Floats:
    """V outside of the atmosphere: V550 + 5 log10(d / 550 km) + k (d / h - 1).

    Parameters
    ----------
    range_km, height_km : array_like
        Distance d of the satellite, and its height h above the Earth's equatorial radius.

    References
    ----------
    Bassa, C. G., Hainaut, O. R., Galadi-Enriquez, D. 2022, A&A 657, A75, with V550 = 7.0, k = 0.12.

    Examples
    --------
    >>> bassa_mag_v([550.0, 1100.0], 550.0).round(3)
    array([7.   , 8.625])
    """
    distance = np.asarray(range_km, dtype=np.float64)
    farther = distance / np.asarray(height_km, dtype=np.float64) - 1.0
    return np.asarray(MAG_V_550KM + 5.0 * np.log10(distance / REFERENCE_KM) + PHASE_SLOPE * farther)


class Bassa2022:
    """A law of range and height for any satellite of a constellation.

    Examples
    --------
    >>> seen = Geometry.of([6928.137, 0, 0], [6378.137, 0, 0], [0, 1.496e8, 0])
    >>> one = Satellites.of(1, constellation="starlink")
    >>> BASSA_2022.mag_v(seen, one, sun_frac=np.ones(1), earthshine=False).mag.round(3)
    array([7.])
    """

    NAME: ClassVar[str] = "bassa-2022"
    TITLE: ClassVar[str] = "One law of range and height for all satellites of constellations"
    REFERENCE: ClassVar[str] = (
        "Bassa, C. G., Hainaut, O. R., Galadi-Enriquez, D. 2022, A&A 657, A75 (V550 = 7.0, "
        "k = 0.12)"
    )
    VALIDITY: ClassVar[str] = (
        "Forecasts for whole constellations; the phase angle is in it only as far as it goes with "
        "range, the design of a satellite not at all"
    )
    BANDS: ClassVar[tuple[str, ...]] = ("V",)
    SCATTER_MAG: ClassVar[float] = 0.86
    """Of 600 Starlinks about a law of range only (Pomenis, Fankhauser et al. 2023)."""

    def applies(self, geometry: Geometry, satellites: Satellites) -> NDArray[np.bool_]:
        """Where the satellite is of a constellation."""
        return np.asarray(satellites.constellation != "", dtype=np.bool_)

    def mag_v(
        self, geometry: Geometry, satellites: Satellites, *, sun_frac: Floats, earthshine: bool
    ) -> Estimate:
        """V outside of the atmosphere; earthshine is in the law already."""
        height = np.linalg.norm(geometry.satellite_km, axis=-1) - _EQUATOR_KM
        mag = bassa_mag_v(geometry.range_km, height) - 2.5 * np.log10(
            np.where(sun_frac > 0.0, sun_frac, np.nan)
        )
        return Estimate(mag, np.where(np.isnan(mag), np.nan, self.SCATTER_MAG))


BASSA_2022 = Bassa2022()
