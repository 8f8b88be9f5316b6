"""Sunlight that the Earth scatters on a satellite."""

from __future__ import annotations

import numpy as np
from satvo.resources.brightness.geometry import Floats, Geometry
from satvo.schemas.sphere import dot, normalised

__all__ = ["EARTH_ALBEDO", "earthlight"]

EARTH_ALBEDO = 0.30
"""Mean Bond albedo of the Earth; land and sea without clouds have 0.05 to 0.3, clouds to 0.8."""

_EARTH_KM = 6371.0
_RINGS, _SECTORS = 12, 24


def earthlight(geometry: Geometry, *, albedo: float = EARTH_ALBEDO) -> tuple[Floats, Floats]:
    """The lit Earth as patches of equal solid angle, seen from each satellite.

    Returns
    -------
    incident : ndarray (n, k, 3)
        Unit vectors from the satellite to k patches.
    irradiance : ndarray (n, k)
        What a surface that faces the patch gets from it, in units of the Sun's; 0 from the night.

    Notes
    -----
    A Lambertian sphere of one albedo without atmosphere; terminator, clouds, sea glint and the
    brightening to the horizon are left out, so that the result is good to a factor of two.
    k = 288 patches are 1 % of a diffuse plate's irradiance away from ten times as many.

    References
    ----------
    Fankhauser, F., Tyson, J. A., Askari, J. 2023, AJ 166, 59 (the same integral).
    """
    distance = np.sqrt(dot(geometry.satellite_km, geometry.satellite_km))
    sine = np.clip(_EARTH_KM / distance, None, 1.0)
    least_cosine = np.sqrt(1.0 - sine**2)
    # Equal steps in the cosine of the nadir angle and in azimuth are equal solid angles.
    share = (np.arange(_RINGS) + 0.5) / _RINGS
    cosine = 1.0 - share * (1.0 - least_cosine[:, None])
    azimuth = 2.0 * np.pi * (np.arange(_SECTORS) + 0.5) / _SECTORS
    across = np.sqrt(1.0 - cosine**2)
    down = geometry.to_nadir
    aside = np.eye(3)[np.argmin(np.abs(down), axis=1)]
    x = normalised(np.cross(down, aside))
    y = np.cross(down, x)
    ring = across[:, :, None, None] * (
        np.cos(azimuth)[:, None] * x[:, None, None, :]
        + np.sin(azimuth)[:, None] * y[:, None, None, :]
    ) + (cosine[:, :, None, None] * down[:, None, None, :])
    incident = ring.reshape(len(geometry), -1, 3)
    cosine_of_all = np.repeat(cosine, _SECTORS, axis=1)
    # The near one of the two points where the ray meets the sphere.
    root = np.sqrt(np.clip(_EARTH_KM**2 - distance[:, None] ** 2 * (1 - cosine_of_all**2), 0, None))
    reach = distance[:, None] * cosine_of_all - root
    ground = geometry.satellite_km[:, None] + reach[..., None] * incident
    daylight = np.clip(dot(normalised(ground), normalised(geometry.sun_km)[:, None]), 0.0, None)
    solid_angle = 2.0 * np.pi * (1.0 - least_cosine) / (_RINGS * _SECTORS)
    return incident, albedo / np.pi * daylight * solid_angle[:, None]
