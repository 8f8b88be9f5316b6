"""The mean elements of Walker shells."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "EARTH_RADIUS_KM",
    "WalkerElements",
    "kozai_mean_motion",
    "recovered_axis",
    "walker_elements",
]

EARTH_RADIUS_KM = 6378.135  # WGS-72, the constants of SGP4 (Spacetrack Report 3)
EARTH_MU = 398600.8  # km**3/s**2, WGS-72
J2 = 1.082616e-3  # WGS-72
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True, slots=True)
class WalkerElements:
    """Elements that differ between the satellites of a shell.

    Attributes
    ----------
    ra_of_asc_node, mean_anomaly : (n,) array, deg in [0, 360)
    plane, place : (n,) array of int
        Number of the plane and of the satellite in it, both from 0.
    """

    ra_of_asc_node: npt.NDArray[np.float64]
    mean_anomaly: npt.NDArray[np.float64]
    plane: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]


def walker_elements(
    planes: int, satellites: int, *, raan_spread_deg: float = 360.0, phasing: int | None = 1
) -> WalkerElements:
    """Nodes and anomalies of a Walker pattern, plane after plane.

    Parameters
    ----------
    planes, satellites : int
        Satellites of all planes; where they do not come out even, the first planes have one more.
    raan_spread_deg : float
        Range over which the nodes are spread: 360 (delta) or 180 (star).
    phasing : int, optional
        Walker's F; neighbouring planes differ by F 360/satellites in anomaly. None: by 360 times
        the golden ratio, which spreads satellites evenly that have each a plane of their own,
        where every F leaves lines.

    References
    ----------
    Walker, J. G. 1984, J. Brit. Interplanet. Soc. 37, 559: pattern i: T/P/F.

    Examples
    --------
    >>> walker_elements(2, 4, phasing=1).mean_anomaly
    array([  0., 180.,  90., 270.])
    """
    in_plane = satellites // planes + (np.arange(planes) < satellites % planes)
    plane = np.repeat(np.arange(planes), in_plane)
    place = np.arange(satellites) - np.repeat(np.cumsum(in_plane) - in_plane, in_plane)
    node = raan_spread_deg * plane / planes
    shift = plane * GOLDEN if phasing is None else phasing * plane / satellites
    anomaly = 360.0 * (place / in_plane[plane] + shift)
    return WalkerElements(node % 360.0, anomaly % 360.0, plane, place)


def kozai_mean_motion(
    altitude_km: npt.ArrayLike, inclination_deg: float, eccentricity: float = 0.0
) -> npt.NDArray[np.float64]:
    """The mean motion that SGP4 must be given for an orbit of this altitude, rev/d.

    Parameters
    ----------
    altitude_km : array_like
        Of the mean semi-major axis above 6378.135 km.
    inclination_deg, eccentricity : float

    Returns
    -------
    ndarray
        Of the shape of ``altitude_km``.

    Notes
    -----
    SGP4 takes Kozai's mean motion and takes the secular effect of J2 off it before it derives the
    semi-major axis; Kepler's law alone would leave a polar orbit 3 km off.

    References
    ----------
    Hoots & Roehrich 1980, Spacetrack Report 3, section 6: the recovery of n0'' and a0'' from the
    mean motion, inverted by iteration.

    Examples
    --------
    >>> round(float(kozai_mean_motion(550.0, 53.0)), 4)
    15.0558
    """
    axis = 1.0 + np.asarray(altitude_km, dtype=np.float64) / EARTH_RADIUS_KM
    wanted = np.sqrt(EARTH_MU / (axis * EARTH_RADIUS_KM) ** 3) * 86400.0 / (2.0 * math.pi)
    d1 = 0.75 * J2 * (3.0 * math.cos(math.radians(inclination_deg)) ** 2 - 1.0)
    d1 /= (1.0 - eccentricity**2) ** 1.5
    motion = wanted
    for _ in range(4):  # each round gains three digits
        recovered = recovered_axis(axis * (wanted / motion) ** (2.0 / 3.0), d1)
        motion = wanted * (1.0 + d1 / recovered**2)
    return np.asarray(motion)


def recovered_axis(kepler_axis: npt.ArrayLike, d1: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The axis a0 of which SGP4 takes the secular effect of J2 on Kozai's mean motion.

    Parameters
    ----------
    kepler_axis : array_like
        Semi-major axis a1 by Kepler's law from the mean motion as given, Earth radii.
    d1 : array_like
        0.75 J2 (3 cos(i)**2 - 1) / (1 - e**2)**1.5.

    References
    ----------
    Hoots & Roehrich 1980, Spacetrack Report 3, section 6.
    """
    first = np.asarray(kepler_axis, dtype=np.float64)
    delta = np.asarray(d1) / first**2
    return np.asarray(first * (1.0 - delta * (1.0 / 3.0 + delta * (1.0 + 134.0 / 81.0 * delta))))
