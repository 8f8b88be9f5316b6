"""Geometries that every brightness test may ask for."""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.brightness import Geometry, Satellites

AU_KM = 149_597_870.7
EARTH_KM = 6371.0


@pytest.fixture
def sky() -> Geometry:
    """Satellites all over a twilight sky, 500 to 600 km high, with their velocities; seed 5."""
    rng = np.random.default_rng(5)
    count = 400
    azimuth, zenith = rng.uniform(0, 2 * np.pi, count), np.radians(rng.uniform(0, 75, count))
    height = rng.uniform(500, 600, count)
    towards = np.stack(
        [np.sin(zenith) * np.cos(azimuth), np.sin(zenith) * np.sin(azimuth), np.cos(zenith)], axis=1
    )
    up = EARTH_KM * towards[:, 2]
    reach = -up + np.sqrt(up**2 + (EARTH_KM + height) ** 2 - EARTH_KM**2)
    # The zenith is x, so that heights above the ellipsoid's equator are those above the sphere.
    place = np.roll(towards, 1, axis=1) * reach[:, None] + [6378.137, 0.0, 0.0]
    velocity = 7.6 * np.cross(rng.normal(size=(count, 3)), place / np.linalg.norm(place[0]))
    sunk = np.radians(15.0)
    sun = AU_KM * np.array([-np.sin(sunk), np.cos(sunk), 0.0])
    return Geometry.of(place, [6378.137, 0.0, 0.0], sun, velocity)


@pytest.fixture
def known(sky: Geometry) -> Satellites:
    """Satellites of which everything is known, so that every model applies to some."""
    count = len(sky)
    half = ["starlink"] * (count // 2) + ["spacemobile"] * (count - count // 2)
    design = ["post-visorsat"] * (count // 2) + [""] * (count - count // 2)
    return Satellites.of(count, mag_std=5.5, rcs_m2=4.0, constellation=half, generation=design)
