"""When a target stands high enough in a sky that is dark enough."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.schemas.sphere import normalised

__all__ = ["altitude_deg", "culminations", "observable_spans"]

Floats = NDArray[np.float64]

_STEP_D = 60.0 / 86400.0
_HALVINGS = 18
"""From a step to a quarter of a millisecond."""


def altitude_deg(direction: Floats, observer: GroundObserver, mjd_utc: Floats) -> Floats:
    """Altitude of a catalogued direction at instants, without refraction.

    Parameters
    ----------
    direction : ndarray (3,)
        Unit vector, ICRS.
    observer : GroundObserver
    mjd_utc : ndarray (n,)
        MJD in UTC.

    Returns
    -------
    ndarray (n,)
        deg.
    """
    return _altitude_deg(direction, observer, Frames.at(mjd_utc))


def observable_spans(
    direction: Floats,
    observer: GroundObserver,
    start_mjd: float,
    stop_mjd: float,
    *,
    min_alt_deg: float,
    max_sun_alt_deg: float,
) -> Floats:
    """When a target is above one altitude and the Sun's centre below another, both included.

    Parameters
    ----------
    direction : ndarray (3,)
        Unit vector, ICRS.
    observer : GroundObserver
    start_mjd, stop_mjd : float
        MJD in UTC.
    min_alt_deg, max_sun_alt_deg : float
        Without refraction.

    Returns
    -------
    ndarray (k, 2)
        Begin and end of each span, MJD in UTC, in order; right to a millisecond. None where it
        never is so, as under the midnight sun.

    Raises
    ------
    BadParameter
        If a time is outside the tables of the Earth's orientation.

    Notes
    -----
    It is looked at each minute, so a span shorter than that may be missed, or a gap.
    """

    def margin(mjd: Floats) -> Floats:
        frames = Frames.at(mjd)
        sun = normalised(frames.sun_km - observer.place(frames)[0])
        up = rotate(observer.horizon(frames), sun)[:, 2]
        height = _altitude_deg(direction, observer, frames) - min_alt_deg
        dark = max_sun_alt_deg - np.degrees(np.arcsin(np.clip(up, -1.0, 1.0)))
        return np.asarray(np.minimum(height, dark))

    mjd = _minutes(start_mjd, stop_mjd)
    good = margin(mjd) >= 0.0
    change = np.flatnonzero(good[1:] != good[:-1])
    edges = _edges(margin, mjd[change], mjd[change + 1], good[change])
    if good[0]:
        edges = np.concatenate([[start_mjd], edges])
    if good[-1]:
        edges = np.concatenate([edges, [stop_mjd]])
    return edges.reshape(-1, 2)


def culminations(
    direction: Floats, observer: GroundObserver, start_mjd: float, stop_mjd: float
) -> Floats:
    """When a target stands highest between two times, the ends left out; right to a minute."""
    mjd = _minutes(start_mjd, stop_mjd)
    altitude = altitude_deg(direction, observer, mjd)
    top = (altitude[1:-1] >= altitude[:-2]) & (altitude[1:-1] > altitude[2:])
    return np.asarray(mjd[1:-1][top])


def _minutes(start_mjd: float, stop_mjd: float) -> Floats:
    count = int(np.ceil((stop_mjd - start_mjd) / _STEP_D)) + 1
    return np.linspace(start_mjd, stop_mjd, max(count, 2))


def _altitude_deg(direction: Floats, observer: GroundObserver, frames: Frames) -> Floats:
    # Where it is seen, annual aberration included: 20 arcsec are more than a second of time.
    seen = normalised(direction + frames.earth_velocity)
    up = rotate(observer.horizon(frames), seen)[:, 2]
    return np.asarray(np.degrees(np.arcsin(np.clip(up, -1.0, 1.0))))


def _edges(
    margin: Callable[[Floats], Floats], low: Floats, high: Floats, good_at_low: NDArray[np.bool_]
) -> Floats:
    """Where the margin passes zero between pairs of instants, on the good side of it."""
    if not len(low):
        return low
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        as_low = (margin(middle) >= 0.0) == good_at_low
        low, high = np.where(as_low, middle, low), np.where(as_low, high, middle)
    return np.where(good_at_low, low, high)
