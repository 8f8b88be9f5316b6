"""The Earth's umbra on thin layers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.sunlight import EARTH_RADIUS_KM, SUN_RADIUS_KM

__all__ = ["umbra_radius_rad"]

Floats = NDArray[np.float64]

_ROUNDS = 4


def umbra_radius_rad(radius_km: Floats, sun_distance_km: float) -> Floats:
    """Angle at the Earth's centre from the antisolar direction to the umbra's edge.

    A satellite at a distance from the centre is in the umbra where it is nearer than this to the
    point opposite to the Sun; there `satvo.resources.ephemeris.sunlight.sun_fraction` is 0.

    Parameters
    ----------
    radius_km : ndarray (k,)
        Distances from the Earth's centre; those inside the Earth count as on its surface.
    sun_distance_km : float
        From the Earth's centre.

    Returns
    -------
    ndarray (k,)
        rad; 0 beyond the umbra's tip.

    References
    ----------
    Montenbruck, O., Gill, E. 2000, Satellite Orbits, section 3.4.2: the Sun's disc is covered where
    the discs' centres are nearer to each other than the difference of their radii.

    Examples
    --------
    >>> np.degrees(umbra_radius_rad(np.array([6928.0, 42164.0, 2e6]), 1.496e8)).round(2)
    array([66.75,  8.44,  0.  ])
    """
    radius = np.maximum(np.asarray(radius_km, dtype=np.float64), EARTH_RADIUS_KM)
    earth = np.arcsin(EARTH_RADIUS_KM / radius)
    edge = earth
    for _ in range(_ROUNDS):  # the Sun's distance and parallax depend on the edge, by 1e-4
        away = np.hypot(sun_distance_km + radius * np.cos(edge), radius * np.sin(edge))
        parallax = np.arcsin(radius * np.sin(edge) / away)
        edge = np.maximum(earth - np.arcsin(SUN_RADIUS_KM / away) + parallax, 0.0)
    return edge
