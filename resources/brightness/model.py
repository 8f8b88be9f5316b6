"""What a brightness model is, and how reflected light becomes a magnitude."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.brightness.bands import SUN_MAG_V
from satvo.resources.brightness.geometry import Floats, Geometry
from satvo.resources.brightness.satellites import Satellites
from satvo.schemas.sphere import dot

__all__ = ["AU_KM", "BrightnessModel", "Estimate", "Reflector", "reflected_mag_v"]

AU_KM = 149_597_870.7
_M2_PER_KM2 = 1e6
_ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Estimate:
    """Magnitudes with their errors.

    Attributes
    ----------
    mag : ndarray (n,)
        NaN where the model does not apply, or where by it no light reaches the observer.
    mag_err : ndarray (n,)
        1-sigma scatter of single observations about the model; NaN where mag is.
    """

    mag: Floats
    mag_err: Floats


class BrightnessModel(Protocol):
    """What an object under the entry point ``satvo.brightness_models`` offers.

    Attributes
    ----------
    NAME : str
        What clients call it, and what tables say was used.
    TITLE, REFERENCE, VALIDITY : str
        For people: what it is, where its numbers are from, and what it is good for.
    BANDS : tuple of str
        Bands it was made from; the others follow by the Sun's colour.
    SCATTER_MAG : float
        1-sigma scatter of observations about it; single satellites may have more.
    """

    NAME: str
    TITLE: str
    REFERENCE: str
    VALIDITY: str
    BANDS: tuple[str, ...]
    SCATTER_MAG: float

    def applies(self, geometry: Geometry, satellites: Satellites, /) -> NDArray[np.bool_]:
        """Whether what the model needs is known, for each of n satellites."""

    def mag_v(
        self, geometry: Geometry, satellites: Satellites, /, *, sun_frac: Floats, earthshine: bool
    ) -> Estimate:
        """V outside of the atmosphere.

        Parameters
        ----------
        sun_frac : ndarray (n,)
            Part of the Sun's disc that the satellite sees, 0 to 1.
        earthshine : bool
            Whether light from the Earth is added, by models that can; means have it already.
        """


class Reflector(Protocol):
    """Shapes that reflect, one for each row of a geometry."""

    def __getitem__(self, rows: slice) -> Reflector:
        """Those of some rows."""

    def intensity_m2_sr(self, incident: Floats, geometry: Geometry) -> Floats:
        """Intensity towards the observer (n, k) for each unit of irradiance, m**2/sr.

        Parameters
        ----------
        incident : ndarray (n, k, 3)
            Unit vectors from the satellite to k sources of light.
        """


def reflected_mag_v(
    reflector: Reflector, geometry: Geometry, *, sun_frac: ArrayLike, earthshine: bool
) -> Floats:
    """V (n,) of a shape lit by the Sun, and by the Earth where that is asked for.

    NaN where no light goes to the observer.
    """
    from satvo.resources.brightness.earthshine import earthlight

    direct = reflector.intensity_m2_sr(geometry.to_sun[:, None], geometry)[:, 0]
    intensity = direct * np.asarray(sun_frac, dtype=np.float64)
    if earthshine:
        for part in _portions(len(geometry)):
            incident, irradiance = earthlight(geometry[part])
            shares = irradiance * reflector[part].intensity_m2_sr(incident, geometry[part])
            intensity[part] += shares.sum(axis=1)
    sun_km = geometry.sun_km - geometry.satellite_km
    sun_au = np.sqrt(dot(sun_km, sun_km)) / AU_KM
    ratio = intensity / (_M2_PER_KM2 * geometry.range_km**2 * sun_au**2)
    return np.asarray(SUN_MAG_V - 2.5 * np.log10(np.where(ratio > 0.0, ratio, np.nan)))


def _portions(count: int) -> list[slice]:
    """The rows in portions, so that the patches of the Earth take no more than some 100 MB."""
    starts = range(0, count, _ROWS_AT_ONCE)
    return [slice(start, min(start + _ROWS_AT_ONCE, count)) for start in starts]
