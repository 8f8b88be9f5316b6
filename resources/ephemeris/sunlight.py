"""Whether the Sun shines on a satellite, and at what angle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.sphere import angle_between_rad

__all__ = ["EARTH_RADIUS_KM", "SUN_RADIUS_KM", "phase_angle_deg", "sun_fraction"]

Floats = NDArray[np.float64]

EARTH_RADIUS_KM = 6378.137
SUN_RADIUS_KM = 695700.0
"""IAU 2015 Resolution B3."""


def sun_fraction(satellite_km: Floats, sun_km: Floats) -> Floats:
    """The fraction of the Sun's disc that a satellite sees beside the Earth.

    1 in full light, 0 in the umbra, between in the penumbra. The Earth is a sphere of its
    equatorial radius without an atmosphere, the Sun an even disc; the overlap of two discs is
    Montenbruck and Gill 2000 (Satellite Orbits), section 3.4.2.

    Parameters
    ----------
    satellite_km, sun_km : ndarray (..., 3)
        Geocentric, in the same axes.

    Returns
    -------
    ndarray (...)
        0 also under the Earth's surface.

    Examples
    --------
    >>> import numpy as np
    >>> sun = np.array([1.496e8, 0.0, 0.0])
    >>> sun_fraction(np.array([[7000.0, 0, 0], [-7000.0, 0, 0]]), sun).tolist()
    [1.0, 0.0]
    """
    to_sun = sun_km - satellite_km
    distance = np.linalg.norm(satellite_km, axis=-1)
    sun_distance = np.linalg.norm(to_sun, axis=-1)
    sun = np.arcsin(SUN_RADIUS_KM / sun_distance)
    earth = np.arcsin(np.minimum(EARTH_RADIUS_KM / distance, 1.0))
    cosine = -np.sum(satellite_km * to_sun, axis=-1) / (distance * sun_distance)
    apart = np.arccos(np.clip(cosine, -1.0, 1.0))
    covered = _overlap(sun, earth, apart) / (np.pi * sun**2)
    return np.asarray(np.where(distance < EARTH_RADIUS_KM, 0.0, np.clip(1.0 - covered, 0.0, 1.0)))


def _overlap(small: Floats, large: Floats, apart: Floats) -> Floats:
    """The area that two discs share; the first is the smaller."""
    whole = np.pi * np.minimum(small, large) ** 2
    inside = apart <= np.abs(large - small)
    outside = apart >= large + small
    # The middle formula is used only where the circles cut each other.
    d = np.where(inside | outside, large, apart)
    x = (d**2 + small**2 - large**2) / (2.0 * d)
    y = np.sqrt(np.maximum(small**2 - x**2, 0.0))
    part = (
        small**2 * np.arccos(np.clip(x / small, -1.0, 1.0))
        + large**2 * np.arccos(np.clip((d - x) / large, -1.0, 1.0))
        - d * y
    )
    return np.where(inside, whole, np.where(outside, 0.0, part))


def phase_angle_deg(satellite_km: Floats, observer_km: Floats, sun_km: Floats) -> Floats:
    """The angle Sun, satellite, observer, deg; 0 where the observer sees the lit side in full."""
    return np.degrees(angle_between_rad(sun_km - satellite_km, observer_km - satellite_km))
