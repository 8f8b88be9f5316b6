"""What the orbit of a satellite does, and where it was moved, by the history of its element sets.

No operator tells the state of its satellites day by day; the semi-major axis does. Drag only
lowers it, so that what rises is being raised; what sinks fast is on its way down, by thrust or by
the air; what stays is at work, or waits for its plane to drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["STATES", "OrbitHistory", "orbit_history", "stations_of"]

Floats = NDArray[np.float64]

STATES = ("raising", "on station", "drifting", "descending", "decayed")
"""What `satvo.satellite.status` says."""

_MU_KM3_PER_S2 = 398600.8  # WGS-72, with which elements are made
_RADIUS_KM = 6378.135

MOVING_KM_PER_D = 0.3
"""Of the semi-major axis: electric thrusters make 2 to 5, drag at 550 km 0.02 to 0.1, and the fit
of daily sets is good to 0.01. Below about 350 km drag alone makes as much: that is descending."""

STATION_KM = 15.0
"""From a height of the constellation: its shells are 5 to 10 km wide."""

HELD_KM = 0.5
"""A satellite that is kept at its height stays within this; one that is left sinks out of it."""

DECAYED_KM = 130.0
"""Of the perigee: below, an object comes down within a day."""

LEAST_JUMP_KM = 0.05
"""Of the semi-major axis between two sets, five times the error of a set in a low orbit."""

LEAST_TILT_DEG = 0.01
"""Of the inclination, beyond what Sun and Moon do (0.005 deg/d at most)."""

_WINDOW_D = 10.0
_HELD_D = 20.0
_STALE_D = 30.0
_BEFORE = 8


@dataclass(frozen=True, slots=True)
class OrbitHistory:
    """What a history tells.

    Attributes
    ----------
    state : str or None
        One of `STATES` at the last set; None where the history does not tell.
    height_km : float
        Of the semi-major axis of the last set above 6378.135 km.
    rate_km_per_d : float
        Of the semi-major axis over the last ten days; NaN where there are fewer than three sets.
    maneuvers : ndarray of bool (n,)
        For each set, as they were given: whether the satellite was moved between the set before it
        in time and this one.
    """

    state: str | None
    height_km: float
    rate_km_per_d: float
    maneuvers: NDArray[np.bool_]


def orbit_history(
    epoch_mjd: ArrayLike,
    mean_motion: ArrayLike,
    eccentricity: ArrayLike,
    inclination: ArrayLike,
    *,
    as_of_mjd: float | None = None,
    decayed: bool = False,
    stations_km: tuple[float, ...] = (),
) -> OrbitHistory:
    """The state of a satellite and its manoeuvres.

    Parameters
    ----------
    epoch_mjd : (n,) array
        Of its element sets, UTC, in any order; of two of one epoch the later in order counts.
    mean_motion, eccentricity, inclination : (n,) array
        rev/d, none, deg.
    as_of_mjd : float, optional
        When the state is asked for; the last epoch if not given. A last set more than 30 d older
        tells nothing.
    decayed : bool
        Whether the catalogue has a date of decay.
    stations_km : tuple of float
        Heights at which its constellation works, from `stations_of`. Without them a satellite that
        has held its height for 20 d is on station.

    Raises
    ------
    BadParameter
        If the arrays are empty or not of one length.

    Notes
    -----
    A manoeuvre shows as a step of the semi-major axis of over 50 m, six times the scatter and 30 %
    of the drag beyond what the eight intervals before it did, or as a step of the inclination.
    Steady thrust shows at its beginning and end, and as the state. What is not seen: moves across
    the orbit of less than 0.01 deg, and of along-track phase that were undone between two sets.
    A satellite that failed in an orbit without drag looks as if it were kept.

    Examples
    --------
    >>> days = np.arange(30.0)
    >>> rising = orbit_history(60000 + days, 15.6 - 0.01 * days, days * 0 + 1e-4, days * 0 + 53.0)
    >>> rising.state, round(rising.rate_km_per_d, 1)
    ('raising', 3.0)
    """
    epoch, motion, ecc, tilt = (
        np.asarray(each, np.float64) for each in (epoch_mjd, mean_motion, eccentricity, inclination)
    )
    if not len(epoch) or not len(epoch) == len(motion) == len(ecc) == len(tilt):
        raise BadParameter(
            f"a history of {len(epoch)}, {len(motion)}, {len(ecc)}, {len(tilt)} values; arrays of "
            "one length, with one set at least, are accepted"
        )
    order = np.argsort(epoch, kind="stable")
    order = order[np.append(np.diff(epoch[order]) > 0, True)]
    t, ecc, tilt = epoch[order], ecc[order], tilt[order]
    axis = np.cbrt(_MU_KM3_PER_S2 / (motion[order] * (2.0 * np.pi / 86400.0)) ** 2)
    moved = np.zeros(len(epoch), np.bool_)
    moved[order] = _jumps(t, axis) | _tilts(t, tilt)
    rate = _rate(t, axis)
    now = t[-1] if as_of_mjd is None else as_of_mjd
    perigee = axis[-1] * (1.0 - ecc[-1]) - _RADIUS_KM
    state = None
    if decayed or (perigee < DECAYED_KM and now - t[-1] > 1.0):
        state = "decayed"
    elif now - t[-1] <= _STALE_D:
        state = _state(t, axis, rate, stations_km)
    return OrbitHistory(state, float(axis[-1] - _RADIUS_KM), rate, moved)


def stations_of(heights_km: ArrayLike, *, share: float = 0.05) -> tuple[float, ...]:
    """Heights at which the satellites of a constellation work.

    Parameters
    ----------
    heights_km : (n,) array
        Of the semi-major axes of all its satellites at one time.
    share : float
        Part of the constellation, within 5 km, that makes a station.

    Examples
    --------
    >>> stations_of([350.0, 420.0, 480.0, *[549.0] * 40, *[551.0] * 30, *[570.0] * 20])
    (549.0, 570.0)
    """
    heights = np.sort(np.asarray(heights_km, np.float64))
    found: list[float] = []
    for centre in np.unique(np.round(heights)).tolist():
        near = np.count_nonzero(np.abs(heights - centre) <= 2.5)
        rivals = [
            np.count_nonzero(np.abs(heights - other) <= 2.5)
            for other in np.arange(centre - 5.0, centre + 5.5)
        ]
        if near >= max(3, share * len(heights)) and near == max(rivals):
            if not found or centre - found[-1] > 5.0:
                found.append(centre)
    return tuple(found)


def _state(t: Floats, axis: Floats, rate: float, stations_km: tuple[float, ...]) -> str | None:
    if np.isnan(rate):
        return None
    if abs(rate) >= MOVING_KM_PER_D:
        return "raising" if rate > 0 else "descending"
    height = axis[-1] - _RADIUS_KM
    if stations_km:
        near = np.min(np.abs(np.array(stations_km) - height)) <= STATION_KM
        return "on station" if near else "drifting"
    recent = t >= t[-1] - _HELD_D
    if t[-1] - t[0] < _HELD_D:
        return None
    held = np.max(np.abs(axis[recent] - np.median(axis[recent]))) <= HELD_KM
    return "on station" if held else "drifting"


def _rate(t: Floats, axis: Floats) -> float:
    """The slope over the last ten days: the median over all pairs, which no outlier moves.

    Sen 1968, J. American Statistical Association 63, 1379.
    """
    recent = t >= t[-1] - _WINDOW_D
    t, axis = t[recent][-60:], axis[recent][-60:]
    if len(t) < 3 or t[-1] - t[0] < 1.0:
        return float("nan")
    one, other = np.triu_indices(len(t), 1)
    return float(np.median((axis[other] - axis[one]) / (t[other] - t[one])))


def _jumps(t: Floats, axis: Floats) -> NDArray[np.bool_]:
    """Whether the semi-major axis leaves its trend between each set and the one before."""
    moved = np.zeros(len(t), np.bool_)
    widths, steps = np.diff(t).tolist(), np.diff(axis).tolist()
    rates: list[float] = []
    # Of a few numbers each: numpy's median would take ten times as long.
    for i, (width, step) in enumerate(zip(widths, steps, strict=True)):
        before = rates[-_BEFORE:]
        # Of the first interval nothing is known but that no orbit rises by itself.
        trend = median(before) if before else min(step / width, 0.0)
        scatter = 1.4826 * median(abs(r - trend) for r in before) if len(before) > 2 else 0.0
        allowed = LEAST_JUMP_KM + (6.0 * scatter + 0.3 * abs(trend)) * width
        moved[i + 1] = abs(step - trend * width) > allowed
        if moved[i + 1] and i + 1 < len(steps):
            # A new trend, if thrust goes on, is known by its own intervals only.
            after = steps[i + 1] / widths[i + 1]
            goes_on = abs(after - step / width) < 0.5 * abs(step / width - trend)
            rates = [step / width] if goes_on else rates
        else:
            rates.append(step / width)
    return moved


def _tilts(t: Floats, tilt: Floats) -> NDArray[np.bool_]:
    """Whether the inclination steps between each set and the one before."""
    step = np.abs(np.diff(tilt, prepend=tilt[:1]))
    width = np.diff(t, prepend=t[:1])
    return np.asarray(step > LEAST_TILT_DEG + 0.005 * width)
