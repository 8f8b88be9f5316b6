"""Projections of the sky onto a picture, and the values of a map there.

Azimuth is counted from north through east. All planes show the sky from inside.

References
----------
J. P. Snyder, Map Projections: A Working Manual, USGS Professional Paper 1395 (1987): Lambert's
azimuthal equal-area projection, equations 24-1 to 24-4, and Mollweide's, 31-1 to 31-5.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.pass_probability.probability_map import ProbabilityMap
from satvo.resources.pass_probability.resampling import column_of
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.errors import BadParameter
from satvo.schemas.healpix import healpix_index

__all__ = ["Mollweide", "SkyValues", "zenithal_altaz_deg", "zenithal_place"]

Floats = NDArray[np.float64]


def zenithal_place(az_deg: ArrayLike, alt_deg: ArrayLike) -> tuple[Floats, Floats]:
    """Where directions lie on the disc: zenith at 0, horizon at radius 1, north up, east left.

    Examples
    --------
    >>> x, y = zenithal_place(90.0, 0.0)
    >>> round(float(x), 6), round(float(y), 6)
    (-1.0, 0.0)
    """
    zenith_rad = np.radians(90.0 - np.asarray(alt_deg, dtype=np.float64))
    radius = math.sqrt(2.0) * np.sin(zenith_rad / 2.0)
    az_rad = np.radians(np.asarray(az_deg, dtype=np.float64))
    return np.asarray(-radius * np.sin(az_rad)), np.asarray(radius * np.cos(az_rad))


def zenithal_altaz_deg(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Azimuth and altitude of places of the disc; NaN outside of it."""
    radius = np.hypot(x, y)
    radius = np.where(radius <= 1.0, radius, np.nan)
    zenith_deg = 2.0 * np.degrees(np.arcsin(radius / math.sqrt(2.0)))
    return np.asarray(np.degrees(np.arctan2(-x, y)) % 360.0), 90.0 - zenith_deg


@dataclass(frozen=True, slots=True)
class Mollweide:
    """The ellipse from -2 to 2 and -1 to 1.

    Attributes
    ----------
    center_deg : float
        Longitude in the middle.
    sense : int
        1 where longitudes grow to the right (azimuth), -1 where to the left (right ascension).
    """

    center_deg: float
    sense: int

    def place(self, lon_deg: ArrayLike, lat_deg: ArrayLike) -> tuple[Floats, Floats]:
        """Where directions lie, x and y.

        Examples
        --------
        >>> x, y = Mollweide(180.0, -1).place([90.0, 180.0], [0.0, 90.0])
        >>> x.round(6).tolist(), y.round(6).tolist()
        ([1.0, 0.0], [0.0, 1.0])
        """
        lat = np.radians(np.asarray(lat_deg, dtype=np.float64))
        away = (np.asarray(lon_deg, dtype=np.float64) - self.center_deg + 180.0) % 360.0 - 180.0
        aim, theta = np.pi * np.sin(lat), lat
        for _ in range(30):  # near the poles each step takes a third of what is left
            slope = np.maximum(2.0 + 2.0 * np.cos(2.0 * theta), 1e-9)
            theta = np.clip(
                theta - (2.0 * theta + np.sin(2.0 * theta) - aim) / slope, -np.pi / 2, np.pi / 2
            )
        x = self.sense * away / 90.0 * np.cos(theta)
        return np.asarray(x + 0.0), np.asarray(np.sin(theta) + 0.0 * away)

    def lon_lat_deg(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Longitude in [0, 360) and latitude of places; NaN outside of the ellipse."""
        inside = (x / 2.0) ** 2 + y**2 < 1.0
        theta = np.arcsin(np.where(inside, y, np.nan))
        lat = np.arcsin(np.clip((2.0 * theta + np.sin(2.0 * theta)) / np.pi, -1.0, 1.0))
        away = 90.0 * x / np.cos(theta)
        return np.asarray((self.center_deg + self.sense * away) % 360.0), np.degrees(lat)


@dataclass(frozen=True, slots=True, eq=False)
class SkyValues:
    """A column of a map, asked by directions in either frame.

    Attributes
    ----------
    probabilities : ProbabilityMap
    values : ndarray of float64 (n,)
        Of its pixels.
    situation : Situation or None
        None for a map at no time, which is then asked in its own frame only.
    """

    probabilities: ProbabilityMap
    values: Floats
    situation: Situation | None

    @classmethod
    def of(cls, probabilities: ProbabilityMap, column: str) -> SkyValues:
        """Those of a column; t_next as the wait from the middle of the exposure, minutes.

        Raises
        ------
        BadParameter
            If the map has no such column.
        """
        facts, values = probabilities.facts, column_of(probabilities, column)
        if column == "t_next":
            values = (values - facts.mjd) * 1440.0
        return cls(probabilities, values, None if math.isnan(facts.mjd) else facts.situation)

    def at(self, frame: str, lon_deg: Floats, lat_deg: Floats) -> Floats:
        """Values at directions in a frame, smooth between cells; NaN below the horizon.

        Raises
        ------
        BadParameter
            For the other frame than the map's where there is no time.
        """
        known = np.flatnonzero(np.isfinite(lon_deg) & np.isfinite(lat_deg))
        lon, lat = lon_deg.ravel()[known], lat_deg.ravel()[known]
        az, alt = (lon, lat) if frame == "altaz" else self.turned(frame, lon, lat)
        up = alt >= 0.0
        known, az, alt, lon, lat = known[up], az[up], alt[up], lon[up], lat[up]
        if frame != self.probabilities.frame:
            lon, lat = (az, alt) if frame == "equatorial" else self.turned(frame, lon, lat)
        found = np.full(lon_deg.size, np.nan)
        found[known] = self._smooth(lon, lat)
        return found.reshape(lon_deg.shape)

    def turned(self, frame: str, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Directions of a frame in the other one, deg.

        Raises
        ------
        BadParameter
            Without a time.
        """
        if self.situation is None:
            raise BadParameter(
                f"the map has frame {self.probabilities.frame} and no time, so its directions are "
                "not known in the other frame; compute it for a time"
            )
        if frame == "altaz":
            return self.situation.icrs_deg(self.situation.of_altaz(lon, lat))
        return self.situation.altaz_deg(self.situation.of_icrs(lon, lat))

    def _smooth(self, lon: Floats, lat: Floats) -> Floats:
        """Bilinear among the next four cells, of those that have a value; NaN in a cell of NaN."""
        from astropy.coordinates import Latitude, Longitude
        from cdshealpix.nested import bilinear_interpolation

        order, pixels = self.probabilities.order, self.probabilities.pixels
        whole = np.full(12 << 2 * order, np.nan)
        whole[pixels] = self.values
        empty = np.zeros(len(whole), dtype=bool)
        empty[pixels] = np.isnan(self.values)
        hidden = empty[healpix_index(order, lon, lat)]
        cells, weights = bilinear_interpolation(
            Longitude(lon, "deg"), Latitude(lat, "deg"), order, num_threads=1
        )
        near = whole[np.asarray(cells).astype(np.int64)]
        weights = np.where(np.isfinite(near), np.asarray(weights), 0.0)
        total = weights.sum(axis=-1)
        mean = (np.where(np.isfinite(near), near, 0.0) * weights).sum(axis=-1)
        return np.where(hidden | (total <= 0.0), np.nan, mean / np.maximum(total, 1e-9))
