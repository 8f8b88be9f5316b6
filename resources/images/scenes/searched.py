"""Which satellites cross fields, found the plain way: every satellite at every step of time.

The expected crossings of the test suite come from here and not from PassPredict, whose search they
are to test. Both have their propagator and their frames from `satvo.resources.ephemeris`, so the
cases test the search, the edges of fields and the bookkeeping; propagation and frames have tests
of their own against other software.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.propagation import Orbits, propagator
from satvo.resources.passes.light import magnitudes_at
from satvo.resources.passes.moments import Moment, moment_of
from satvo.resources.passes.options import Options
from satvo.schemas.sphere import angle_between_rad, unit_vectors

__all__ = ["FINE_S", "Crossed", "Sky"]

Floats = NDArray[np.float64]

FINE_S = 0.002
"""Step of time: crossings begin and end so exactly."""
_COARSE_S = 0.5
_FASTEST_DEG_S = 1.2
"""A satellite 370 km above the observer is so fast; the simulated ones are higher."""
_DAY_S = 86_400.0
_OPTIONS = Options()


@dataclass(frozen=True, slots=True)
class Crossed:
    """A crossing that was found.

    Attributes
    ----------
    which : int
        Place of the satellite in the elements.
    mjd : ndarray (n,)
        Instants with it inside the field, MJD in UTC, `FINE_S` apart.
    moment : Moment
        What is seen then.
    mag : float
        The brightest V magnitude; NaN in the shadow and where no model applies.
    """

    which: int
    mjd: Floats
    moment: Moment
    mag: float


class Sky:
    """The satellites as a site sees them.

    Parameters
    ----------
    elements : Elements
    observer : GroundObserver
    """

    def __init__(self, elements: Elements, observer: GroundObserver) -> None:
        self.elements = elements
        self._observer = observer
        self._orbits: Orbits = propagator("sgp4").prepare(elements)

    def seen(self, which: NDArray[np.int64], mjd: Floats) -> Moment:
        """What is seen of satellites (n,) at instants (n,) or (n, k), MJD in UTC."""
        return moment_of(self._orbits, which, mjd, self._observer, _OPTIONS)

    def all_at(self, mjd: float) -> Moment:
        """What is seen of every satellite at an instant."""
        count = len(self.elements)
        return self.seen(np.arange(count), np.full(count, mjd))

    def magnitudes(self, moment: Moment, which: NDArray[np.int64]) -> Floats:
        """V of satellites at their moments."""
        return magnitudes_at(moment, self.elements[which], _OPTIONS).mag

    def crossings(
        self, start_mjd: float, duration_s: float, centre: tuple[float, float], radius_deg: float
    ) -> list[Crossed]:
        """Crossings of a circle in an exposure, by time.

        Parameters
        ----------
        start_mjd : float
            MJD in UTC.
        duration_s : float
        centre : tuple of float
            Right ascension and declination, ICRS, deg.
        radius_deg : float
        """
        middle = unit_vectors(*centre)
        far = np.radians(radius_deg + _FASTEST_DEG_S * (duration_s / 2 + _COARSE_S))
        beside = self._away(self.all_at(start_mjd + duration_s / 2 / _DAY_S), middle)
        near = np.flatnonzero(beside < far)
        steps = np.arange(0.0, duration_s + _COARSE_S, _COARSE_S)
        found = []
        margin = np.radians(radius_deg + _FASTEST_DEG_S * _COARSE_S)
        for satellite in near.tolist():
            coarse = start_mjd + np.minimum(steps, duration_s) / _DAY_S
            one = np.array([satellite])
            close = self._away(self.seen(one, coarse[None]), middle) < margin
            if close.any():
                span = steps[close]
                fine = np.arange(
                    max(span[0] - _COARSE_S, 0.0),
                    min(span[-1] + _COARSE_S, duration_s) + FINE_S / 2, FINE_S,
                )  # fmt: skip
                crossed = self._inside(one, start_mjd + fine / _DAY_S, middle, radius_deg)
                found += [crossed] if crossed else []
        return sorted(found, key=lambda each: float(each.mjd[0]))

    def _inside(
        self, one: NDArray[np.int64], mjd: Floats, middle: Floats, radius_deg: float
    ) -> Crossed | None:
        moment = self.seen(one, mjd[None])
        inside = (self._away(moment, middle) < np.radians(radius_deg)) & (moment.seen.alt > 0.0)
        if not inside.any():
            return None
        within = np.flatnonzero(inside)
        kept = self.seen(one, mjd[within][None])
        few = np.unique([0, len(within) // 2, len(within) - 1])
        ends = self.seen(one, mjd[within][few][None])
        mags = self.magnitudes(ends, np.repeat(one, len(few)))
        mag = float(np.nanmin(mags)) if np.isfinite(mags).any() else float("nan")
        return Crossed(int(one[0]), mjd[within], kept, mag)

    @staticmethod
    def _away(moment: Moment, middle: Floats) -> Floats:
        """Angle from a direction, radian; NaN for what is not there."""
        direction: Any = moment.seen.direction
        return np.asarray(angle_between_rad(direction, np.broadcast_to(middle, direction.shape)))
