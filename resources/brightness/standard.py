"""Standard magnitudes: V at 1000 km and 90 deg phase angle, as amateurs' tables have them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness.geometry import Floats, Geometry
from satvo.resources.brightness.model import Estimate
from satvo.resources.brightness.satellites import Satellites
from satvo.resources.brightness.sphere import sphere_phase

__all__ = ["STANDARD_MAGNITUDE", "StandardMagnitude"]

_STANDARD_KM = 1000.0


class StandardMagnitude:
    """`satvo.satellite.mag_std`, carried to other ranges and phase angles as a diffuse sphere.

    Examples
    --------
    >>> seen = Geometry.of([6878.0, 0, 0], [6378.0, 0, 0], [-1.496e8, 0, 0])
    >>> one = Satellites.of(1, mag_std=6.0)
    >>> STANDARD_MAGNITUDE.mag_v(seen, one, sun_frac=np.ones(1), earthshine=False).mag.round(2)
    array([3.25])
    """

    NAME: ClassVar[str] = "standard-magnitude"
    TITLE: ClassVar[str] = "Standard magnitude with the phase law of a diffuse sphere"
    REFERENCE: ClassVar[str] = (
        "Convention of M. McCants's table of intrinsic magnitudes (1000 km, half lit); phase law "
        "of Russell 1916, ApJ 43, 173"
    )
    VALIDITY: ClassVar[str] = "Objects with a standard magnitude; flares and flashes are left out"
    BANDS: ClassVar[tuple[str, ...]] = ("V",)
    SCATTER_MAG: ClassVar[float] = 0.9
    """Robust scatter of 600 Starlinks about a diffuse sphere (Pomenis, Fankhauser et al. 2023)."""

    def applies(self, geometry: Geometry, satellites: Satellites) -> NDArray[np.bool_]:
        """Where there is a standard magnitude."""
        return np.isfinite(satellites.mag_std)

    def mag_v(
        self, geometry: Geometry, satellites: Satellites, *, sun_frac: Floats, earthshine: bool
    ) -> Estimate:
        """V outside of the atmosphere; earthshine is in the measured magnitudes already."""
        lit = sun_frac * sphere_phase(np.radians(geometry.phase_angle_deg))
        mag = (
            satellites.mag_std
            + 5.0 * np.log10(geometry.range_km / _STANDARD_KM)
            - 2.5 * np.log10(np.where(lit > 0.0, lit, np.nan))
        )
        err = np.hypot(np.nan_to_num(satellites.mag_std_err), self.SCATTER_MAG)
        return Estimate(mag, np.where(np.isnan(mag), np.nan, err))


STANDARD_MAGNITUDE = StandardMagnitude()
