"""Where satellites are predicted, how that changes with their errors, and which may be near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import catalogue_direction
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import Observer, number_of
from satvo.resources.ephemeris.propagation import Orbits, propagator
from satvo.resources.ephemeris.sunlight import sun_fraction
from satvo.resources.ephemeris.uncertainty import rtn_sigma_km
from satvo.resources.passes.exposures import Exposure
from satvo.schemas.sphere import normalised

__all__ = ["ARCSEC", "Known", "Near", "Places"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ARCSEC = 648000.0 / np.pi
"""In a radian."""

_DAY_S = 86400.0
_SIGMAS = 5.0
_LONGEST_SHIFT_S = 120.0  # along the orbit: 900 km in low orbits, the error of sets of three weeks
_MARGIN_RAD = 0.01  # by which a way seen from the moving Earth bends, and light time and aberration
_STEP_S = 2.0
_FEWEST_STEPS = 17
_AT_ONCE = 400_000  # positions
_AROUND_RAD = np.radians(10.0)
_MAX_AGE_D = 30.0
_SKY_DEG2 = 41252.96
_LEAST_DENSITY_DEG2 = 0.02


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """Where n satellites are seen, and how that changes.

    Attributes
    ----------
    direction : ndarray (n, 3)
        Unit vectors in the frame of catalogued stars.
    per_s : ndarray (n, 3)
        Motion on the sky, rad/s.
    per_shift_s, per_cross_km, per_radial_km : ndarray (n, 3)
        How the direction changes with a second along the orbit at the same time (rad/s), and a
        kilometre across the orbit and away from the Earth (rad/km).
    speed_km_s : ndarray (n,)
        Of the satellite, GCRS.
    is_lit : ndarray of bool (n,)
        Whether any of the Sun's disc is seen from it.
    """

    direction: Floats
    per_s: Floats
    per_shift_s: Floats
    per_cross_km: Floats
    per_radial_km: Floats
    speed_km_s: Floats
    is_lit: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Near:
    """Satellites that may be in an exposure, and what else moves about it.

    Attributes
    ----------
    which : ndarray of int (k,)
        Places in the catalogue.
    seconds : ndarray (m,)
        From the start of the exposure, beyond both of its ends by what satellites may be late.
    ways : ndarray (k, m, 3)
        Their predicted directions then; NaN where there is no state.
    density_arcsec2 : float
        Lit satellites an arcsec2, about the field.
    motions : ndarray (j, 3)
        Motion on the sky of those (rad/s), at the middle of the exposure.
    """

    which: Ints
    seconds: Floats
    ways: Floats
    density_arcsec2: float
    motions: Floats


class Known:
    """The satellites that are known, as an observer sees them.

    Parameters
    ----------
    elements : Elements
        One set a satellite.
    observer : Observer
        A telescope in space does not see itself, and is on one orbit (`during`) already.
    propagator_name : str
    """

    def __init__(
        self, elements: Elements, observer: Observer, *, propagator_name: str = "sgp4"
    ) -> None:
        self.elements = elements
        self.observer = observer
        self._orbits: Orbits = propagator(propagator_name).prepare(elements)

    def seen_by(self, observer: Observer) -> Known:
        """The same, seen by another observer."""
        other = object.__new__(Known)
        other.elements, other.observer, other._orbits = self.elements, observer, self._orbits
        return other

    def sigma_km(self, which: Ints, mjd: float) -> Floats:
        """1-sigma errors (k, 3) radially, along and across the orbit, by the age of the sets."""
        ours = self.elements[which]
        return rtn_sigma_km(ours.constellation, mjd - ours.epoch_mjd)

    def at(self, which: Ints, mjd: Floats, shift_s: Floats) -> Places:
        """Where satellites are seen that run ahead of their elements by some seconds.

        Parameters
        ----------
        which : ndarray of int (n,)
        mjd : ndarray (n,)
            When they are looked at, MJD in UTC.
        shift_s : ndarray (n,)
            By how much each is ahead: it is where its elements have it so much later.
        """
        states = self._orbits.along(which, (mjd + shift_s / _DAY_S)[:, None])
        frames = Frames.at(mjd)
        position = rotate(frames.teme_to_gcrs, states.position[:, 0])
        velocity = rotate(frames.teme_to_gcrs, states.velocity[:, 0])
        position[~states.is_valid[:, 0]] = np.nan
        place, motion = self.observer.place(frames)
        direction = catalogue_direction(position, velocity, place, frames.earth_velocity)
        distance = np.linalg.norm(position - place, axis=1)[:, None]
        radial = normalised(position)
        cross = normalised(np.cross(position, velocity))

        def projected(vector: Floats) -> Floats:
            along = np.sum(vector * direction, axis=1)[:, None] * direction
            return np.asarray((vector - along) / distance)

        return Places(
            direction,
            projected(velocity - motion),
            projected(velocity),
            projected(cross),
            projected(radial),
            np.linalg.norm(velocity, axis=1),
            np.nan_to_num(sun_fraction(position, frames.sun_km)) > 0.0,
        )

    def near(self, exposure: Exposure, *, max_age_d: float = _MAX_AGE_D) -> Near:
        """The satellites that may cross an exposure, by five times their errors.

        Parameters
        ----------
        exposure : Exposure
        max_age_d : float
            Satellites whose elements are older or newer are left out, as are those not yet
            launched or decayed.

        Raises
        ------
        BadParameter
            If the time is outside the tables of the Earth's orientation, or the observer's
            ephemeris.
        """
        middle = exposure.middle_mjd
        there, line, velocity, lit = self._states(middle, max_age_d)
        distance = np.linalg.norm(line, axis=1)
        centre = exposure.field.centre
        apart = np.arccos(np.clip(line @ centre / distance, -1.0, 1.0))
        sigma = self.sigma_km(there, middle)
        speed = np.linalg.norm(velocity, axis=1)
        shift_s = np.minimum(_SIGMAS * sigma[:, 1] / speed, _LONGEST_SHIFT_S)
        span_s = exposure.duration_s / 2.0 + shift_s
        # By what a straight line that begins so far away can turn in the sky.
        turned = np.arcsin(np.minimum(speed * span_s / distance, 1.0))
        turned = np.where(speed * span_s < distance, turned, np.pi)
        reach = exposure.field.radius_rad + _MARGIN_RAD + _SIGMAS * sigma[:, 2] / distance
        may = apart <= reach + turned
        longest = float(span_s[may].max(initial=exposure.duration_s / 2.0))
        seconds = _steps(exposure.duration_s / 2.0, longest)
        which, ways = self._ways(there[may], exposure, seconds, reach[may])
        about = (apart <= _AROUND_RAD) & lit
        flat = line / distance[:, None]
        across = velocity - np.sum(velocity * flat, axis=1)[:, None] * flat
        return Near(
            which,
            seconds,
            ways,
            _density(int(about.sum())),
            (across / distance[:, None])[about],
        )

    def _states(
        self, mjd: float, max_age_d: float
    ) -> tuple[Ints, Floats, Floats, NDArray[np.bool_]]:
        """Who is above the horizon: places in the catalogue, lines of sight (km) and motions."""
        frames = Frames.at(np.array([mjd]))
        states = self._orbits.grid(frames.mjd_utc)
        elements, turn = self.elements, frames.teme_to_gcrs[0]
        position, velocity = states.position[:, 0] @ turn.T, states.velocity[:, 0] @ turn.T
        place, motion = self.observer.place(frames)
        line = position - place
        there = states.is_valid[:, 0] & (np.abs(mjd - elements.epoch_mjd) <= max_age_d)
        there &= ~(elements.launch_mjd > mjd) & ~(elements.decay_mjd + 1.0 < mjd)
        there &= elements.norad_id != number_of(self.observer)
        if self.observer.is_on_ground:
            # What is low sinks and rises while it is exposed; the search itself leaves it out.
            there &= np.sum(line * normalised(place), axis=1) > -500.0
        which = np.flatnonzero(there)
        sun = np.repeat(frames.sun_km, len(which), axis=0)
        lit = sun_fraction(position[which], sun) > 0.0
        return which, line[which], velocity[which] - motion, lit

    def _ways(
        self, which: Ints, exposure: Exposure, seconds: Floats, reach: Floats
    ) -> tuple[Ints, Floats]:
        """Predicted directions at the steps, of those whose way comes near the field."""
        frames = Frames.at(exposure.start_mjd + seconds / _DAY_S)
        place, _ = self.observer.place(frames)
        count = max(_AT_ONCE // len(seconds), 1)
        kept: list[tuple[Any, Any]] = [(which[:0], np.zeros((0, len(seconds), 3)))]
        for first in range(0, len(which), count):
            some = which[first : first + count]
            states = self._orbits.part(some).grid(frames.mjd_utc)
            position = rotate(frames.teme_to_gcrs, states.position)
            velocity = rotate(frames.teme_to_gcrs, states.velocity)
            position[~states.is_valid] = np.nan
            way = catalogue_direction(position, velocity, place, frames.earth_velocity)
            far = np.linalg.norm(way - exposure.field.centre, axis=2)
            step = np.linalg.norm(np.diff(way, axis=1), axis=2)
            nearest = np.nan_to_num(far, nan=9.0).min(axis=1)
            bound = reach[first : first + count] + np.nan_to_num(step).max(axis=1, initial=0.0)
            near = nearest <= bound
            kept.append((some[near], way[near]))
        found, ways = (np.concatenate(each) for each in zip(*kept, strict=True))
        return found, ways


def _steps(half_s: float, longest_s: float) -> Floats:
    """Seconds from the start of an exposure, about its middle."""
    count = max(int(np.ceil(2.0 * longest_s / _STEP_S)) + 1, _FEWEST_STEPS)
    return half_s + np.linspace(-longest_s, longest_s, count)


def _density(count: int) -> float:
    """Satellites an arcsec2, of so many within 10 deg, and not less than in an empty sky."""
    area = _SKY_DEG2 * (1.0 - np.cos(_AROUND_RAD)) / 2.0
    return float(max(count / area, _LEAST_DENSITY_DEG2) / 3600.0**2)
