"""Stars of a scene, one by one or as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.images.simulator.spectrum import Spectrum
    from satvo.resources.images.simulator.telescope import Telescope

__all__ = ["Light", "Star", "StarField", "joined_light", "light_of", "radec_of"]

Floats = NDArray[np.float64]

SUNLIKE_K = 5772.0
_CLASSES_K = np.array([2800.0, 3300, 3800, 4300, 4900, 5500, 6200, 7200, 8700, 11000, 16000, 28000])


@dataclass(frozen=True, eq=False)
class Light:
    """Points of light on the sky.

    Attributes
    ----------
    ra, dec : ndarray (n,)
        ICRS, deg.
    rate : ndarray (n,)
        Photons a second that the telescope brings to its focus.
    """

    ra: Floats
    dec: Floats
    rate: Floats


@dataclass(frozen=True, eq=False)
class Star:
    """A star.

    Attributes
    ----------
    spectrum : Spectrum
    sky_coordinates : SkyCoord or (ra, dec)
        ICRS, deg.
    """

    spectrum: Spectrum
    sky_coordinates: Any


@dataclass(frozen=True, eq=False)
class StarField:
    """Stars as arrays.

    Attributes
    ----------
    ra, dec : ndarray (n,)
        ICRS, deg.
    mag : ndarray (n,)
        In `band`.
    temperature_k : ndarray (n,), optional
        Of the blackbody that stands for its colour; 5772 K where none is given. It is rounded to
        one of twelve from 2800 to 28 000 K.
    band : str
        That the magnitudes are of, as `satvo.resources.images.simulator.passbands` knows it.

    Raises
    ------
    BadParameter
        For arrays of different lengths.
    """

    ra: Floats
    dec: Floats
    mag: Floats
    temperature_k: Floats | None = None
    band: str = "V"

    def __post_init__(self) -> None:
        for name in ("ra", "dec", "mag", "temperature_k"):
            given = getattr(self, name)
            if given is not None:
                object.__setattr__(self, name, np.asarray(given, dtype=np.float64))
        arrays = [self.ra, self.dec, self.mag]
        arrays += [] if self.temperature_k is None else [self.temperature_k]
        if {array.shape for array in arrays} != {(len(self.ra),)}:
            raise BadParameter(
                f"stars in arrays of shapes {[array.shape for array in arrays]}: one-dimensional "
                "arrays of one length are accepted"
            )

    def __len__(self) -> int:
        return len(self.ra)

    def photons_per_second(self, telescope: Telescope) -> Floats:
        """What the telescope brings to its focus of each star (n,)."""
        from satvo.resources.images.simulator.spectrum import Spectrum

        def of_zero(kelvin: float) -> float:
            spectrum = Spectrum.blackbody(kelvin, mag=0.0, band=self.band)
            return float(telescope.photons_per_second(spectrum))

        light: Floats = 10.0 ** (-0.4 * self.mag)
        if self.temperature_k is None:
            return light * of_zero(SUNLIKE_K)
        kelvin = np.where(np.isfinite(self.temperature_k), self.temperature_k, SUNLIKE_K)
        nearest = np.abs(np.log(_CLASSES_K)[:, None] - np.log(kelvin)).argmin(0)
        for index in np.unique(nearest):
            light[nearest == index] *= of_zero(float(_CLASSES_K[index]))
        return light


def radec_of(place: Any, what: str = "a place") -> tuple[float, float]:
    """ICRS right ascension (0 to 360) and declination, deg, of a SkyCoord or two numbers.

    Raises
    ------
    BadParameter
        If it is neither, not finite, or out of range.

    Examples
    --------
    >>> radec_of((-10, 5))
    (350.0, 5.0)
    """
    if hasattr(place, "icrs"):
        return float(place.icrs.ra.deg), float(place.icrs.dec.deg)
    try:
        ra, dec = (float(value) for value in _two(place))
    except (TypeError, ValueError):
        raise BadParameter(
            f"{what} {place!r}: right ascension and declination in deg (ICRS), or a SkyCoord, are "
            "accepted"
        ) from None
    if not (np.isfinite(ra) and abs(ra) <= 720.0 and abs(dec) <= 90.0):
        raise BadParameter(
            f"{what} at ra={ra}, dec={dec}: finite degrees with a declination from -90 to 90 are "
            "accepted"
        )
    return ra % 360.0, dec


def _two(place: Any) -> Sequence[Any]:
    ra, dec = place
    return ra, dec


def light_of(stars: Sequence[Star] | StarField, telescope: Telescope) -> Light:
    """The light of stars, however they are given."""
    if isinstance(stars, StarField):
        return Light(stars.ra, stars.dec, stars.photons_per_second(telescope))
    places = [radec_of(star.sky_coordinates, "a star") for star in stars]
    ra, dec = np.array(places, dtype=np.float64).reshape(-1, 2).T
    rate = [telescope.photons_per_second(star.spectrum) for star in stars]
    return Light(ra, dec, np.array(rate, dtype=np.float64))


def joined_light(*lights: Light) -> Light:
    """Several as one."""
    arrays = zip(*((each.ra, each.dec, each.rate) for each in lights), strict=True)
    return Light(*(np.concatenate(parts) for parts in arrays))
