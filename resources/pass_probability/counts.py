"""How many satellites are above an altitude, all and illuminated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.constellations.layers import Layers
from satvo.resources.pass_probability.probability_map import ALTITUDES_DEG
from satvo.resources.pass_probability.shadow import umbra_radius_rad
from satvo.resources.pass_probability.shell_density import SMALLEST_SINE
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import lon_lat_deg

__all__ = ["Counts", "counts"]

Floats = NDArray[np.float64]

_NODES = 192
_LAYERS_AT_ONCE = 32


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Mean numbers of satellites above k altitudes.

    Attributes
    ----------
    altitudes_deg : ndarray (k,)
    n_sat, n_illum : ndarray (k,)
        All, and those outside of the umbra, however faint.
    """

    altitudes_deg: Floats
    n_sat: Floats
    n_illum: Floats


def counts(
    layers: Layers, situation: Situation, altitudes_deg: Sequence[float] = ALTITUDES_DEG
) -> Counts:
    """The mean numbers of satellites above altitudes, one integral over latitude each.

    Parameters
    ----------
    layers : Layers
    situation : Situation
    altitudes_deg : sequence of float (k,)
        Above the plane that is perpendicular to the ellipsoid's normal, without refraction; 0 to
        90.

    Raises
    ------
    BadParameter
        For another altitude.

    Notes
    -----
    Satellites are spread evenly in argument of latitude, over which is summed in 192 nodes that
    gather at the ends of what is visible. On each circle of latitude what is above the altitude is
    an interval of longitudes about the observer's, and what is in the umbra another about the
    antisolar point: both are known in closed form, and so is what they share. Right to 1e-4.
    """
    altitudes = np.asarray(altitudes_deg, dtype=np.float64)
    if not np.all((altitudes >= 0.0) & (altitudes <= 90.0)):
        raise BadParameter(f"altitudes {altitudes.tolist()}: give some from 0 to 90 deg")
    n_sat, n_illum = np.zeros(len(altitudes)), np.zeros(len(altitudes))
    sky = _Sky.of(situation)
    seen = layers[(layers.radius_km > np.hypot(sky.x_km, sky.z_km)) & (layers.count > 0.0)]
    for first in range(0, len(seen), _LAYERS_AT_ONCE):
        some = seen[first : first + _LAYERS_AT_ONCE]
        for at, altitude in enumerate(np.radians(altitudes).tolist()):
            every, lit = sky.fractions(some, altitude)
            n_sat[at] += some.count @ every
            n_illum[at] += some.count @ lit
    return Counts(altitudes, n_sat, n_illum)


@dataclass(frozen=True, slots=True)
class _Sky:
    """Observer and Sun with the observer's longitude as 0.

    Attributes
    ----------
    x_km, z_km : float
        Place of the observer: from the axis and from the equator.
    up_x, up_z : float
        Normal of the ellipsoid.
    antisolar_lon, antisolar_lat : float
        rad, seen from the Earth's centre.
    sun_distance_km : float
    """

    x_km: float
    z_km: float
    up_x: float
    up_z: float
    antisolar_lon: float
    antisolar_lat: float
    sun_distance_km: float

    @classmethod
    def of(cls, situation: Situation) -> _Sky:
        place, up = situation.observer.itrs_km, situation.axes[2]
        lon, lat = np.radians(lon_lat_deg(-situation.sun_km)).tolist()
        own = np.radians(situation.observer.lon_deg)
        return cls(
            x_km=float(np.hypot(place[0], place[1])),
            z_km=float(place[2]),
            up_x=float(np.hypot(up[0], up[1])),
            up_z=float(up[2]),
            antisolar_lon=float((lon - own + np.pi) % (2.0 * np.pi) - np.pi),
            antisolar_lat=lat,
            sun_distance_km=float(np.linalg.norm(situation.sun_km)),
        )

    def fractions(self, layers: Layers, altitude_rad: float) -> tuple[Floats, Floats]:
        """Of the satellites of each layer (k,), those above an altitude and those lit there."""
        radius = layers.radius_km[:, None]
        sin_i = np.maximum(np.abs(np.sin(np.radians(layers.inclination_deg))), SMALLEST_SINE)
        low, high = self._latitudes(layers.radius_km, altitude_rad)
        ends = np.arcsin(np.clip(np.sin([low, high]) / sin_i, -1.0, 1.0))
        # The sine makes the square roots at both ends smooth, so that few nodes are enough.
        turn = (np.arange(_NODES) + 0.5) * (np.pi / _NODES) - np.pi / 2.0
        half = 0.5 * (ends[1] - ends[0])[:, None]
        sin_lat = sin_i[:, None] * np.sin(ends.mean(axis=0)[:, None] + half * np.sin(turn))
        weight = half * np.cos(turn) / _NODES  # the step, pi / nodes, over the range, pi
        visible = self._visible(radius, sin_lat, altitude_rad)
        dark = self._in_umbra(layers.radius_km, sin_lat)
        every = np.sum(weight * visible, axis=1) / np.pi
        shared = np.sum(weight * _shared(visible, self.antisolar_lon, dark), axis=1)
        return every, np.maximum(every - shared / (2.0 * np.pi), 0.0)

    def _latitudes(self, radius: Floats, altitude_rad: float) -> tuple[Floats, Floats]:
        """The latitudes (k,) between which a layer is above an altitude: those on the meridian."""
        found = []
        for northward in (-1.0, 1.0):
            level = northward * np.cos(altitude_rad)
            u_x = np.sin(altitude_rad) * self.up_x - level * self.up_z
            u_z = np.sin(altitude_rad) * self.up_z + level * self.up_x
            along = u_x * self.x_km + u_z * self.z_km
            away = -along + np.sqrt(
                np.maximum(along**2 + radius**2 - self.x_km**2 - self.z_km**2, 0.0)
            )
            angle = np.arctan2(self.z_km + away * u_z, self.x_km + away * u_x)
            found.append(np.clip(angle, -np.pi / 2.0, np.pi / 2.0))
        return found[0], found[1]

    def _visible(self, radius: Floats, sin_lat: Floats, altitude_rad: float) -> Floats:
        """Half the range of longitudes (k, m) in which a circle of latitude is above an altitude.

        There a + b c >= sin(altitude) sqrt(c2 - d c) for the cosine c of the longitude.
        """
        from_axis = np.sqrt(np.maximum(1.0 - sin_lat**2, 0.0)) * radius
        a = sin_lat * radius * self.up_z - (self.x_km * self.up_x + self.z_km * self.up_z)
        b = from_axis * self.up_x
        c2 = radius**2 + self.x_km**2 + self.z_km**2 - 2.0 * sin_lat * radius * self.z_km
        d = 2.0 * from_axis * self.x_km
        s2 = np.sin(altitude_rad) ** 2
        p = a * b + 0.5 * s2 * d
        q = a * a - s2 * c2
        root = np.sqrt(np.maximum(p * p - b * b * q, 0.0))
        # Of the two forms of the greater root the one that loses no digits.
        with np.errstate(divide="ignore", invalid="ignore"):
            cosine = np.where(p > 0.0, -q / (p + root), (root - p) / (b * b))
        every = a - b >= np.sin(altitude_rad) * np.sqrt(np.maximum(c2 + d, 0.0))
        none = a + b < np.sin(altitude_rad) * np.sqrt(np.maximum(c2 - d, 0.0))
        cosine = np.where(every, -1.0, np.where(none, 1.0, cosine))
        return np.asarray(np.arccos(np.clip(cosine, -1.0, 1.0)))

    def _in_umbra(self, radius: Floats, sin_lat: Floats) -> Floats:
        """Half the range of longitudes (k, m) of a circle of latitude that is in the umbra."""
        edge = umbra_radius_rad(radius, self.sun_distance_km)
        reach = np.where(edge > 0.0, np.cos(edge), 2.0)[:, None]
        cos_lat = np.sqrt(np.maximum(1.0 - sin_lat**2, 0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            cosine = (reach - sin_lat * np.sin(self.antisolar_lat)) / (
                cos_lat * np.cos(self.antisolar_lat)
            )
        return np.asarray(np.arccos(np.clip(np.nan_to_num(cosine, nan=1.0), -1.0, 1.0)))


def _shared(half: Floats, centre: float, other_half: Floats) -> Floats:
    """What the arcs about 0 and about a centre in [-pi, pi] share, rad."""
    shared = np.zeros_like(half)
    for turn in (-2.0 * np.pi, 0.0, 2.0 * np.pi):
        low = np.maximum(-half, centre + turn - other_half)
        high = np.minimum(half, centre + turn + other_half)
        shared += np.maximum(high - low, 0.0)
    return shared
