"""Satellites counted one by one: what PassProbability's integrals are checked against.

Nothing of satvo is used here. Earth-centred axes stand still among the stars; at the middle of an
exposure the observer's meridian is the plane of x and z. Orbits are circles.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ALTITUDES_DEG",
    "EARTH_KM",
    "GM",
    "PAPER",
    "Bools",
    "Drawn",
    "Floats",
    "Shell",
    "Site",
    "counts_in_draws",
    "paper_shells",
    "random_places",
    "sun_shines",
    "walker_places",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ALTITUDES_DEG = (0.0, 10.0, 20.0, 30.0, 60.0)
EARTH_KM, FLATTENING = 6378.137, 1.0 / 298.257223563  # WGS84
SUN_KM, SUN_AWAY_KM = 695_700.0, 149_597_870.7
GM = 398_600.4418  # km**3/s**2
TURN = 7.292115e-5  # rad/s


@dataclass(frozen=True)
class Shell:
    """Satellites in planes that are spread evenly over all nodes."""

    satellites: int
    planes: int
    altitude_km: float
    inclination_deg: float

    @property
    def radius_km(self) -> float:
        """From the Earth's centre."""
        return EARTH_KM + self.altitude_km


PAPER = (
    # Starlink 1 (SAT-MOD-20200417-00037), as counted by Bassa et al. 2022
    (1584, 72, 550.0, 53.0), (1584, 72, 540.0, 53.2), (720, 36, 570.0, 70.0),
    (348, 6, 560.0, 97.6), (172, 4, 560.0, 97.6), (2493, 42, 335.9, 42.0),
    (2478, 42, 340.8, 48.0), (2547, 42, 345.6, 53.0),
    # Starlink 2 (SAT-LOA-20200526-00055)
    (7178, 84, 328.0, 30.0), (7178, 84, 334.0, 40.0), (7178, 84, 345.0, 53.0),
    (2000, 40, 360.0, 96.9), (1998, 20, 373.0, 75.0), (4000, 40, 499.0, 53.0),
    (144, 12, 604.0, 148.0), (324, 18, 614.0, 116.0),
    # OneWeb 2, as reduced in 2021
    (1764, 36, 1200.0, 87.9), (2304, 32, 1200.0, 40.0), (2304, 32, 1200.0, 55.0),
)  # fmt: skip
"""Satellites, planes, altitude (km) and inclination (deg) of the 19 shells, 48 298 satellites."""


def paper_shells() -> list[Shell]:
    """Those of `PAPER`."""
    return [Shell(*numbers) for numbers in PAPER]


@dataclass(frozen=True)
class Site:
    """An observer at geodetic coordinates (on WGS84 if not told otherwise), and the Sun."""

    lat_deg: float
    sun_dec_deg: float = 0.0
    sun_hour_angle_deg: float = 0.0
    height_km: float = 0.0
    flattening: float = FLATTENING

    @classmethod
    def with_sun_at(cls, lat_deg: float, sun_alt_deg: float, sun_dec_deg: float) -> Site:
        """In the evening, when the Sun is so high, or as near to that as it comes that day."""
        lat, alt, dec = (math.radians(x) for x in (lat_deg, sun_alt_deg, sun_dec_deg))
        most = max(math.cos(lat) * math.cos(dec), 1e-12)
        cosine = (math.sin(alt) - math.sin(lat) * math.sin(dec)) / most
        return cls(lat_deg, sun_dec_deg, math.degrees(math.acos(min(max(cosine, -1.0), 1.0))))

    @property
    def up(self) -> Floats:
        """The ellipsoid's normal."""
        lat = math.radians(self.lat_deg)
        return np.array([math.cos(lat), 0.0, math.sin(lat)])

    @property
    def position_km(self) -> Floats:
        """From the Earth's centre."""
        lat = math.radians(self.lat_deg)
        squashed = (1.0 - self.flattening) ** 2
        normal = EARTH_KM / math.hypot(math.cos(lat), (1.0 - self.flattening) * math.sin(lat))
        return np.array(
            [
                (normal + self.height_km) * math.cos(lat),
                0.0,
                (normal * squashed + self.height_km) * math.sin(lat),
            ]
        )

    @property
    def sun_km(self) -> Floats:
        """Geocentric place of the Sun; it is in the west for hour angles from 0 to 180 deg."""
        dec, west = math.radians(self.sun_dec_deg), math.radians(self.sun_hour_angle_deg)
        return SUN_AWAY_KM * np.array(
            [math.cos(dec) * math.cos(west), -math.cos(dec) * math.sin(west), math.sin(dec)]
        )

    @property
    def sun_alt_deg(self) -> float:
        """Altitude of the Sun's centre, without refraction."""
        to_sun = self.sun_km - self.position_km
        return math.degrees(math.asin(float(self.up @ to_sun) / float(np.linalg.norm(to_sun))))

    def direction(self, az_deg: float, alt_deg: float) -> Floats:
        """Unit vector of an azimuth (from north through east) and an altitude."""
        az, alt, lat = (math.radians(x) for x in (az_deg, alt_deg, self.lat_deg))
        north = np.array([-math.sin(lat), 0.0, math.cos(lat)])
        east = np.array([0.0, 1.0, 0.0])
        level = math.cos(az) * north + math.sin(az) * east
        return np.asarray(math.cos(alt) * level + math.sin(alt) * self.up)

    def moved_km(self, seconds: float) -> Floats:
        """The observer's position after some time."""
        x, _, z = self.position_km
        return np.array([x * math.cos(TURN * seconds), x * math.sin(TURN * seconds), z])


@dataclass(frozen=True)
class Drawn:
    """Satellites of one shell, each by its node and its argument of latitude (rad) at time 0."""

    shell: Shell
    node: Floats
    along: Floats

    def at(self, seconds: float, which: ArrayLike = slice(None)) -> Floats:
        """Positions (n, 3) in km."""
        radius, tilt = self.shell.radius_km, math.radians(self.shell.inclination_deg)
        node, u = self.node[which], self.along[which] + seconds * math.sqrt(GM / radius**3)
        x, y = np.cos(u), np.sin(u) * math.cos(tilt)
        places = np.empty((len(node), 3))
        places[:, 0] = np.cos(node) * x - np.sin(node) * y
        places[:, 1] = np.sin(node) * x + np.cos(node) * y
        places[:, 2] = np.sin(u) * math.sin(tilt)
        places *= radius
        return places


def walker_places(shell: Shell, rng: np.random.Generator) -> Drawn:
    """A Walker shell with its first node and place drawn.

    Where the satellites do not fill the planes evenly, those left out are drawn too.
    """
    each = -(-shell.satellites // shell.planes)
    plane, place = np.divmod(np.arange(shell.planes * each), each)
    surplus = len(plane) - shell.satellites
    if surplus:
        kept = np.sort(rng.permutation(len(plane))[surplus:])
        plane, place = plane[kept], place[kept]
    first = rng.uniform(0.0, 2.0 * np.pi, 2)
    node = first[0] + 2.0 * np.pi * plane / shell.planes
    along = first[1] + 2.0 * np.pi * (place / each + plane / (shell.planes * each))
    return Drawn(shell, node, along)


def random_places(shell: Shell, rng: np.random.Generator) -> Drawn:
    """The same number of satellites, each drawn by itself."""
    node, along = rng.uniform(0.0, 2.0 * np.pi, (2, shell.satellites))
    return Drawn(shell, node, along)


def sun_shines(places_km: Floats, sun_km: Floats) -> Bools:
    """Whether any of the Sun is seen beside a spherical Earth: not in the cone of the umbra."""
    away = float(np.linalg.norm(sun_km))
    behind = -(places_km @ sun_km) / away
    beside = np.sqrt(np.maximum((places_km * places_km).sum(axis=1) - behind**2, 0.0))
    half = math.asin((SUN_KM - EARTH_KM) / away)
    tip = EARTH_KM / math.sin(half)
    return np.asarray((behind <= 0.0) | (beside > (tip - behind) * math.tan(half)))


def counts_in_draws(
    shells: Sequence[Shell],
    site: Site,
    draws: int,
    rng: np.random.Generator,
    shines: Callable[[Floats, Floats], Bools] = sun_shines,
) -> Floats:
    """Satellites, and those the Sun shines on, above `ALTITUDES_DEG`, (draws, 2, 5)."""
    found = np.zeros((draws, 2, len(ALTITUDES_DEG)))
    sines = np.sin(np.radians(ALTITUDES_DEG))
    for draw in range(draws):
        for shell in shells:
            places = walker_places(shell, rng).at(0.0)
            line = places - site.position_km
            sine = (line @ site.up) / np.sqrt((line * line).sum(axis=1))
            seen = sine > 0.0
            places, sine = places[seen], sine[seen]
            higher = sine[:, None] > sines
            found[draw, 0] += higher.sum(axis=0)
            found[draw, 1] += higher[shines(places, site.sun_km)].sum(axis=0)
    return found
