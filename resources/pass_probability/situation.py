"""Where an observer and the Sun stand at one instant."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.ephemeris.frames import AU_KM, Frames
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.schemas.sphere import lon_lat_deg, unit_vectors

__all__ = ["Situation"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """An observer on the Earth and the Sun, on axes that turn with the Earth (ITRS).

    Attributes
    ----------
    observer : GroundObserver
    mjd : float
        MJD in UTC; NaN where the Sun's place was given and no time.
    sun_km : ndarray (3,)
        Geocentric place of the Sun, ITRS, km.
    itrs_to_gcrs : ndarray (3, 3)
        NaN where there is no time: then nothing is known of right ascensions.
    """

    observer: GroundObserver
    mjd: float
    sun_km: Floats
    itrs_to_gcrs: Floats

    @classmethod
    def at(cls, observer: GroundObserver, mjd: float) -> Situation:
        """That of a time, MJD in UTC, from 1972 to 2099.

        Behind the tables of the Earth's orientation it is right to 7 arcsec for each year.

        Raises
        ------
        BadParameter
            If the time is outside of these years.
        """
        frames = Frames.at(np.array([mjd]), is_rough=True)
        turn = frames.itrs_to_gcrs[0]
        return cls(observer, float(mjd), frames.sun_km[0] @ turn, turn)

    @classmethod
    def with_sun(
        cls, lat_deg: float, *, sun_dec_deg: float, sun_hour_angle_deg: float, height_m: float = 0.0
    ) -> Situation:
        """That of a latitude, with the Sun at a declination and local hour angle (west positive).

        Examples
        --------
        >>> round(Situation.with_sun(0.0, sun_dec_deg=0.0, sun_hour_angle_deg=108.0).sun_alt_deg)
        -18
        """
        observer = GroundObserver.geodetic(0.0, lat_deg, height_m)
        sun_km = AU_KM * unit_vectors(-sun_hour_angle_deg, sun_dec_deg)
        return cls(observer, math.nan, sun_km, np.full((3, 3), np.nan))

    @property
    def axes(self) -> Floats:
        """Unit vectors to the east, to the north and up (the ellipsoid's normal), (3, 3), ITRS."""
        lon, lat = math.radians(self.observer.lon_deg), math.radians(self.observer.lat_deg)
        east = (-math.sin(lon), math.cos(lon), 0.0)
        north = (-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat))
        return np.array([east, north, unit_vectors(self.observer.lon_deg, self.observer.lat_deg)])

    def of_altaz(self, az_deg: ArrayLike, alt_deg: ArrayLike) -> Floats:
        """Unit vectors (..., 3), ITRS, of azimuths (from north through east) and altitudes."""
        return self.from_altaz(unit_vectors(az_deg, alt_deg))

    def from_altaz(self, vectors: Floats) -> Floats:
        """Vectors (..., 3) on axes to the north, to the east and up, turned to ITRS."""
        return np.asarray(vectors @ self.axes[[1, 0, 2]])

    def of_icrs(self, ra_deg: ArrayLike, dec_deg: ArrayLike) -> Floats:
        """Unit vectors (..., 3), ITRS, of directions on the axes of the ICRS."""
        return self.from_icrs(unit_vectors(ra_deg, dec_deg))

    def from_icrs(self, vectors: Floats) -> Floats:
        """Vectors (..., 3) on the axes of the ICRS, turned to ITRS."""
        return np.asarray(vectors @ self.itrs_to_gcrs)

    def altaz_deg(self, directions: Floats) -> tuple[Floats, Floats]:
        """Azimuth in [0, 360) and altitude of unit vectors (..., 3), ITRS; without refraction."""
        east, north, up = np.moveaxis(directions @ self.axes.T, -1, 0)
        return np.degrees(np.arctan2(east, north)) % 360.0, _latitude_deg(east, north, up)

    def icrs_deg(self, directions: Floats) -> tuple[Floats, Floats]:
        """Right ascension in [0, 360) and declination of unit vectors (..., 3), ITRS."""
        x, y, z = np.moveaxis(directions @ self.itrs_to_gcrs.T, -1, 0)
        return np.degrees(np.arctan2(y, x)) % 360.0, _latitude_deg(x, y, z)

    @property
    def to_sun(self) -> Floats:
        """Unit vector (3,) from the observer to the Sun, ITRS."""
        away = self.sun_km - self.observer.itrs_km
        return np.asarray(away / np.linalg.norm(away))

    @property
    def sun_az_deg(self) -> float:
        """Azimuth of the Sun."""
        return float(self.altaz_deg(self.to_sun)[0])

    @property
    def sun_alt_deg(self) -> float:
        """Altitude of the Sun, without refraction."""
        return float(self.altaz_deg(self.to_sun)[1])

    @property
    def sun_icrs_deg(self) -> tuple[float, float]:
        """Right ascension and declination of the Sun; NaN without a time."""
        if math.isnan(self.mjd):
            return math.nan, math.nan
        return lon_lat_deg(self.itrs_to_gcrs @ self.to_sun)


def _latitude_deg(x: Floats, y: Floats, z: Floats) -> Floats:
    return np.asarray(np.degrees(np.arctan2(z, np.hypot(x, y))))
