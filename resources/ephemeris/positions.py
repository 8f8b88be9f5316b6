"""Where satellites are at times of their own: what a query computes for each of its rows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import apparent
from satvo.resources.ephemeris.earth import earth_orientation
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import GEOCENTRE, Observer
from satvo.resources.ephemeris.propagation import propagator

__all__ = ["QUANTITIES", "NearestSets", "Positions"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUANTITIES = ("ra", "dec", "az", "alt", "range")
"""What an observer sees, as `satvo.resources.ephemeris.apparent.Apparent` calls it."""

_KEPT = 64


class NearestSets(Protocol):
    """Where element sets come from."""

    @property
    def version(self) -> int:
        """Another number whenever what they give may have changed."""

    def nearest(self, norad_id: Ints, mjd_utc: Floats) -> tuple[Elements, Ints]:
        """The sets nearest to times of satellites, and which of them each has; -1: none."""

    def observer(self, text: str) -> Observer:
        """Who looks; raises `BadParameter` where the text names nobody."""


class Positions:
    """Positions of many satellites, each at a time of its own; one caller at a time.

    Parameters
    ----------
    sets : NearestSets
    """

    def __init__(self, sets: NearestSets) -> None:
        self._sets = sets
        self._turn = threading.RLock()
        # A query that asks for ra and for dec asks twice with the same arguments.
        self._seen: OrderedDict[tuple[int, bytes, bytes, str | None], dict[str, Floats]] = (
            OrderedDict()
        )

    def seen(self, quantity: str, norad_id: Ints, mjd_utc: Floats, observer: list[str]) -> Floats:
        """What observers see.

        Parameters
        ----------
        quantity : str
            One of `QUANTITIES`.
        norad_id : ndarray of int (n,)
        mjd_utc : ndarray (n,)
            MJD in UTC.
        observer : list of str
            As `satvo.resources.ephemeris.sites.find_observer` takes them.

        Returns
        -------
        ndarray (n,)
            In the units of `satvo.ephemeris`. NaN for a satellite without element set near that
            time, or not in orbit then, and for a time that is none or has no Earth orientation; az
            and alt also for an observer without a horizon.

        Raises
        ------
        BadParameter
            If an observer is not known.
        """
        found = np.full(len(norad_id), np.nan)
        names, place = np.unique(np.array(observer, dtype=object), return_inverse=True)
        with self._turn:
            for i, name in enumerate(names.tolist()):
                rows = np.flatnonzero(place == i)
                found[rows] = self._quantities(norad_id[rows], mjd_utc[rows], name)[quantity]
        return found

    def sunlit(self, norad_id: Ints, mjd_utc: Floats) -> Floats:
        """The fraction of the Sun's disc that satellites see; NaN as `seen`."""
        with self._turn:
            return self._quantities(norad_id, mjd_utc, None)["sun_frac"]

    def _quantities(self, norad_id: Ints, mjd_utc: Floats, name: str | None) -> dict[str, Floats]:
        key = self._sets.version, norad_id.tobytes(), mjd_utc.tobytes(), name
        known = self._seen.get(key)
        if known is None:
            observer = GEOCENTRE if name is None else self._sets.observer(name)
            known = self._computed(norad_id, mjd_utc, observer)
            self._seen[key] = known
            while len(self._seen) > _KEPT:
                self._seen.popitem(last=False)
        return known

    def _computed(self, norad_id: Ints, mjd_utc: Floats, observer: Observer) -> dict[str, Floats]:
        found = {name: np.full(len(norad_id), np.nan) for name in (*QUANTITIES, "sun_frac")}
        table = earth_orientation().mjd_utc
        rows = np.flatnonzero((mjd_utc >= table[0]) & (mjd_utc <= table[-1]))
        elements, which = self._sets.nearest(norad_id[rows], mjd_utc[rows])
        rows, which = rows[which >= 0], which[which >= 0]
        if not len(rows):
            return found
        states = propagator("sgp4").prepare(elements).along(which, mjd_utc[rows][:, None])
        good = states.is_valid[:, 0]
        rows = rows[good]
        instants, back = np.unique(mjd_utc[rows], return_inverse=True)
        if not len(rows):
            return found
        frames = Frames.at(instants)[back]
        position = rotate(frames.teme_to_gcrs, states.position[good, 0])
        velocity = rotate(frames.teme_to_gcrs, states.velocity[good, 0])
        seen = apparent(position, velocity, observer, frames)
        for name, values in found.items():
            values[rows] = getattr(seen, name)
        return found
