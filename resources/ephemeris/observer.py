"""Where an observer stands, on the Earth or above it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import erfa
import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.frames import EARTH_ROTATION_RAD_PER_S, Frames, rotate
from satvo.resources.ephemeris.propagation import Orbits
from satvo.schemas.errors import BadParameter

__all__ = ["GEOCENTRE", "GroundObserver", "Observer", "Orbiting", "SpaceTelescope", "number_of"]

Floats = NDArray[np.float64]

_WGS84 = 1
_LOWEST_M, _HIGHEST_M = -500.0, 100_000.0


class Observer(Protocol):
    """Whoever looks: a site, or a telescope in space by its ephemeris."""

    @property
    def name(self) -> str:
        """What it is called in tables: an identifier, or the coordinates it was given by."""

    @property
    def is_on_ground(self) -> bool:
        """Whether it has a horizon and an atmosphere above it."""

    def place(self, frames: Frames) -> tuple[Floats, Floats]:
        """GCRS position (n, 3) in km and velocity (n, 3) in km/s at the instants of the frames."""


@dataclass(frozen=True, slots=True)
class GroundObserver:
    """A site on the Earth.

    Attributes
    ----------
    name : str
        An identifier, or the coordinates.
    x_km, y_km, z_km : float
        ITRS.
    lon_deg, lat_deg, height_m : float
        Geodetic on WGS84; longitude east positive, -180 to 180.
    """

    name: str
    x_km: float
    y_km: float
    z_km: float
    lon_deg: float
    lat_deg: float
    height_m: float

    @classmethod
    def geodetic(
        cls, lon_deg: float, lat_deg: float, height_m: float, name: str = ""
    ) -> GroundObserver:
        """From longitude (east positive, -180 to 360 deg), latitude (deg) and height (m), WGS84.

        Raises
        ------
        BadParameter
            If one is not finite or out of range; heights are -500 to 100 000 m.

        Examples
        --------
        >>> GroundObserver.geodetic(-70.74942, -30.24464, 2663.0, "rubin").lat_deg
        -30.24464
        """
        given = f"observer lon={lon_deg}, lat={lat_deg}, height={height_m}"
        if not (-180.0 <= lon_deg <= 360.0 and -90.0 <= lat_deg <= 90.0):
            raise BadParameter(
                f"{given}: longitudes from -180 to 360 deg (east positive) and latitudes from -90 "
                "to 90 deg are accepted"
            )
        if not _LOWEST_M <= height_m <= _HIGHEST_M:
            raise BadParameter(
                f"{given}: heights from -500 to 100000 m above the WGS84 ellipsoid are accepted"
            )
        lon_deg = (lon_deg + 180.0) % 360.0 - 180.0
        x, y, z = erfa.gd2gc(_WGS84, math.radians(lon_deg), math.radians(lat_deg), height_m) / 1e3
        name = name or f"{lon_deg:.6g},{lat_deg:.6g},{height_m:.6g}"
        return cls(name, float(x), float(y), float(z), lon_deg, lat_deg, height_m)

    @classmethod
    def itrf(cls, x_m: float, y_m: float, z_m: float, name: str = "") -> GroundObserver:
        """From Cartesian ITRF coordinates in m.

        Raises
        ------
        BadParameter
            If they are not finite, or not within -500 to 100 000 m of the ellipsoid.
        """
        if not all(map(math.isfinite, (x_m, y_m, z_m))):
            raise BadParameter(f"observer x={x_m}, y={y_m}, z={z_m}: finite numbers are accepted")
        lon, lat, height_m = erfa.gc2gd(_WGS84, np.array([x_m, y_m, z_m]))
        return cls.geodetic(math.degrees(lon), math.degrees(lat), float(height_m), name)

    @property
    def is_on_ground(self) -> bool:
        """It has a horizon."""
        return True

    @property
    def itrs_km(self) -> Floats:
        """Position (3,), km."""
        return np.array([self.x_km, self.y_km, self.z_km])

    def place(self, frames: Frames) -> tuple[Floats, Floats]:
        """GCRS position (n, 3) in km and velocity (n, 3) in km/s; the pole's drift is left out."""
        turning = np.cross([0.0, 0.0, EARTH_ROTATION_RAD_PER_S], self.itrs_km)
        return frames.itrs_to_gcrs @ self.itrs_km, frames.itrs_to_gcrs @ turning

    def horizon(self, frames: Frames) -> Floats:
        """Matrices (n, 3, 3) from GCRS to east, north and up (the ellipsoid's normal)."""
        lon, lat = math.radians(self.lon_deg), math.radians(self.lat_deg)
        east = [-math.sin(lon), math.cos(lon), 0.0]
        north = [
            -math.sin(lat) * math.cos(lon),
            -math.sin(lat) * math.sin(lon),
            math.cos(lat),
        ]
        up = [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)]
        return np.array([east, north, up]) @ np.swapaxes(frames.itrs_to_gcrs, 1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Orbiting:
    """A telescope in space, on one orbit.

    Attributes
    ----------
    name : str
    norad_id : int
    orbits : Orbits
        Of itself alone.
    """

    name: str
    norad_id: int
    orbits: Orbits

    @property
    def is_on_ground(self) -> bool:
        """It has no horizon; the Earth hides what is behind it."""
        return False

    def place(self, frames: Frames) -> tuple[Floats, Floats]:
        """GCRS position (n, 3) in km and velocity (n, 3) in km/s.

        Raises
        ------
        BadParameter
            If it has no state at one of the instants.
        """
        states = self.orbits.along(np.zeros(1, dtype=np.int64), frames.mjd_utc[None])
        if not states.is_valid.all():
            when = float(frames.mjd_utc[~states.is_valid[0]][0])
            raise BadParameter(
                f"observer {self.name}: its orbit is not known at MJD {when:.5f}; choose another "
                "time, or load an ephemeris of it for that time"
            )
        turn = frames.teme_to_gcrs
        return rotate(turn, states.position[0]), rotate(turn, states.velocity[0])


@dataclass(frozen=True, slots=True, eq=False)
class SpaceTelescope:
    """A telescope in space, whose orbit is looked up for the time that is asked for.

    Attributes
    ----------
    name : str
        ``norad:20580``, or ``ephemeris:`` and the ephemeris_id.
    norad_id : int
        Its own number: it does not see itself.
    orbit_of : callable
        The orbit (of one satellite) from one time to another, MJD in UTC; raises `BadParameter`
        where there is none.
    """

    name: str
    norad_id: int
    orbit_of: Callable[[float, float], Orbits]

    @property
    def is_on_ground(self) -> bool:
        """It has no horizon."""
        return False

    def during(self, first_mjd: float, last_mjd: float) -> Orbiting:
        """The same on the one orbit that is best for a span of time, MJD in UTC."""
        return Orbiting(self.name, self.norad_id, self.orbit_of(first_mjd, last_mjd))

    def place(self, frames: Frames) -> tuple[Floats, Floats]:
        """As `Orbiting.place`, by the orbit that is best for all the instants."""
        times = frames.mjd_utc
        return self.during(float(times.min()), float(times.max())).place(frames)


def number_of(observer: Observer) -> int:
    """The catalogue number of an observer in space; 0 of any other."""
    return observer.norad_id if isinstance(observer, Orbiting | SpaceTelescope) else 0


@dataclass(frozen=True, slots=True)
class _Geocentre:
    """The centre of the Earth, MPC code 500: no horizon."""

    name: str = "500"

    @property
    def is_on_ground(self) -> bool:
        return False

    def place(self, frames: Frames) -> tuple[Floats, Floats]:
        zero = np.zeros((len(frames.mjd_utc), 3))
        return zero, zero


GEOCENTRE: Observer = _Geocentre()
"""MPC code 500."""
