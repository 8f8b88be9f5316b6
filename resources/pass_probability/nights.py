"""When a night begins and ends."""

from __future__ import annotations

import math

import numpy as np
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.schemas.sphere import dot, normalised, unit_vectors

__all__ = ["night_of"]

_MINUTES = 1440


def night_of(
    observer: GroundObserver, mjd: float, *, sun_alt_deg: float = -18.0
) -> tuple[float, float, float]:
    """The end of dusk, the Sun's lowest place, and the beginning of dawn of a night, to a minute.

    Parameters
    ----------
    observer : GroundObserver
    mjd : float
        Any time of the UTC day in whose evening, by the site's mean solar time, the night begins.
    sun_alt_deg : float
        Altitude of the Sun's centre at the ends of the night, without refraction.

    Returns
    -------
    tuple of three floats
        MJD in UTC. Where the Sun does not go so low, all three are the middle; where it does not
        rise so high, the ends are 12 h off.

    Examples
    --------
    >>> from satvo.resources.ephemeris.sites import find_site
    >>> ends = night_of(find_site("rubin").observer(), 61041.0)
    >>> [round(24.0 * (each - 61042.0), 1) for each in ends]
    [1.4, 4.8, 8.1]
    """
    midnight = math.floor(mjd) + 1.0 - observer.lon_deg / 360.0
    times = midnight + np.arange(-_MINUTES // 2, _MINUTES // 2 + 1) / _MINUTES
    frames = Frames.at(times, is_rough=True)
    sun_km = np.einsum("ni,nij->nj", frames.sun_km, frames.itrs_to_gcrs) - observer.itrs_km
    altitude = np.degrees(
        np.arcsin(dot(normalised(sun_km), unit_vectors(observer.lon_deg, observer.lat_deg)))
    )
    lowest = int(np.argmin(altitude))
    if altitude[lowest] > sun_alt_deg:
        return (float(times[lowest]),) * 3
    bright = np.flatnonzero(altitude > sun_alt_deg)
    first = bright[bright < lowest].max(initial=-1) + 1
    last = bright[bright > lowest].min(initial=len(times)) - 1
    return float(times[first]), float(times[lowest]), float(times[last])
