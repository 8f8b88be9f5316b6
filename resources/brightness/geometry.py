"""Where Sun, satellite and observer stand to each other."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import angle_between_rad, normalised

__all__ = ["Floats", "Geometry", "airmass"]

Floats = NDArray[np.float64]

_EQUATOR_KM = 6378.137  # WGS84
_FLATTENING = 1.0 / 298.257223563  # WGS84


@dataclass(frozen=True, slots=True)
class Geometry:
    """One satellite, observer and Sun in each row, all in one inertial geocentric frame.

    Attributes
    ----------
    satellite_km : ndarray (n, 3)
        Place of the satellite when the light left it.
    velocity_km_s : ndarray (n, 3)
        Its velocity; only attitude laws need it. NaN where it is not known.
    observer_km : ndarray (n, 3)
        Place of the observer.
    sun_km : ndarray (n, 3)
        Place of the Sun.
    """

    satellite_km: Floats
    velocity_km_s: Floats
    observer_km: Floats
    sun_km: Floats

    @classmethod
    def of(
        cls,
        satellite_km: ArrayLike,
        observer_km: ArrayLike,
        sun_km: ArrayLike,
        velocity_km_s: ArrayLike = np.nan,
    ) -> Geometry:
        """From anything that broadcasts to (n, 3).

        Raises
        ------
        BadParameter
            If the shapes do not.

        Examples
        --------
        >>> seen = Geometry.of([7378.0, 0, 0], [6378.0, 0, 0], [0, 1.496e8, 0])
        >>> seen.range_km, seen.phase_angle_deg.round(3)
        (array([1000.]), array([89.997]))
        """
        given = [
            np.asarray(a, dtype=np.float64)
            for a in (satellite_km, velocity_km_s, observer_km, sun_km)
        ]
        try:
            shape = np.broadcast_shapes((1, 3), *(a.shape for a in given))
            return cls(*(np.broadcast_to(a, shape).reshape(-1, 3) for a in given))
        except ValueError as err:
            shapes = ", ".join(str(a.shape) for a in given)
            raise BadParameter(
                f"satellite, velocity, observer and Sun of shapes {shapes}: shapes that broadcast "
                "to (n, 3) are accepted"
            ) from err

    def __len__(self) -> int:
        return len(self.satellite_km)

    def __getitem__(self, which: Any) -> Geometry:
        """Some of the rows, as numpy selects them."""
        return Geometry(*(getattr(self, f.name)[which].reshape(-1, 3) for f in fields(self)))

    @property
    def range_km(self) -> Floats:
        """Distance (n,) from observer to satellite."""
        return np.asarray(np.linalg.norm(self.satellite_km - self.observer_km, axis=-1))

    @property
    def to_observer(self) -> Floats:
        """Unit vectors (n, 3) from the satellite."""
        return normalised(self.observer_km - self.satellite_km)

    @property
    def to_sun(self) -> Floats:
        """Unit vectors (n, 3) from the satellite."""
        return normalised(self.sun_km - self.satellite_km)

    @property
    def to_nadir(self) -> Floats:
        """Unit vectors (n, 3) from the satellite to the Earth's centre."""
        return normalised(-self.satellite_km)

    @property
    def phase_angle_deg(self) -> Floats:
        """Angle Sun - satellite - observer (n,): 0 with the Sun behind the observer."""
        return np.degrees(angle_between_rad(self.to_sun, self.to_observer))

    @property
    def height_km(self) -> Floats:
        """Height (n,) above the WGS84 ellipsoid, along the line to the centre.

        The latitude is taken from the z axis, so the frame's equator must be the Earth's within a
        degree; then the height is right to 0.2 km.
        """
        distance = np.linalg.norm(self.satellite_km, axis=-1)
        sine2 = (self.satellite_km[:, 2] / distance) ** 2
        surface = (1.0 - _FLATTENING) / np.sqrt((1.0 - _FLATTENING) ** 2 * (1.0 - sine2) + sine2)
        return np.asarray(distance - _EQUATOR_KM * surface)


def airmass(altitude_deg: ArrayLike) -> Floats:
    """Air masses at apparent altitudes in deg; NaN below the horizon.

    References
    ----------
    Pickering, K. A. 2002, DIO 12, 3.

    Examples
    --------
    >>> airmass([90.0, 30.0, 0.0, -1.0]).round(3)
    array([ 1.   ,  1.993, 38.749,    nan])
    """
    h = np.asarray(altitude_deg, dtype=np.float64)
    h = np.where((h >= 0.0) & (h <= 90.0), h, np.nan)
    return np.asarray(1.0 / np.sin(np.radians(h + 244.0 / (165.0 + 47.0 * h**1.1))))
