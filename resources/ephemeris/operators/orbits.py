"""Satellites whose operators say where they are, among those that only elements describe."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.covariance import covariance_at
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.interpolation import GAP, OUTSIDE, Ephemeris
from satvo.resources.ephemeris.propagation import Orbits, States

__all__ = ["OperatorOrbits", "operator_sigma_km", "teme_states"]

Floats = NDArray[np.float64]


class OperatorOrbits:
    """Orbits by operator ephemerides where there are such, and by a propagator elsewhere.

    Parameters
    ----------
    base : Orbits
        All satellites, by their elements.
    ephemerides : mapping of int to Ephemeris
        Of some of them, by their place among all.

    Notes
    -----
    Outside an ephemeris, and in its gaps, a satellite is where its elements say. The step between
    the two is kilometres: give only ephemerides that cover the whole time asked for, as
    `satvo.resources.ephemeris.operators.build.operator_ephemerides` does.
    """

    def __init__(self, base: Orbits, ephemerides: Mapping[int, Ephemeris]) -> None:
        self._base = base
        self._ephemerides = dict(ephemerides)

    def __len__(self) -> int:
        return len(self._base)

    def part(self, which: NDArray[np.int64]) -> OperatorOrbits:
        """Some of them."""
        mine = {
            place: self._ephemerides[index]
            for place, index in enumerate(which.tolist())
            if index in self._ephemerides
        }
        return OperatorOrbits(self._base.part(which), mine)

    def grid(self, mjd_utc: Floats) -> States:
        """Every satellite at every instant."""
        states = _own(self._base.grid(mjd_utc))
        if self._ephemerides and len(mjd_utc):
            frames = Frames.at(mjd_utc)
            for index, ephemeris in self._ephemerides.items():
                _put(states, index, teme_states(ephemeris, mjd_utc, frames))
        return states

    def along(self, which: NDArray[np.int64], mjd_utc: Floats) -> States:
        """Some satellites, each at instants of its own."""
        states = _own(self._base.along(which, mjd_utc))
        for row, index in enumerate(which.tolist()):
            if index in self._ephemerides:
                _put(states, row, teme_states(self._ephemerides[index], mjd_utc[row]))
        return states


def teme_states(ephemeris: Ephemeris, mjd_utc: Floats, frames: Frames | None = None) -> States:
    """The states of an ephemeris in TEME.

    Parameters
    ----------
    ephemeris : Ephemeris
    mjd_utc : ndarray (n,)
    frames : Frames, optional
        At these instants, where the caller has them.
    """
    found = ephemeris.at(mjd_utc)
    valid = (found.flag & (OUTSIDE | GAP)) == 0
    if ephemeris.frame == "TEME":
        return States(found.r, found.v, valid)
    frames = frames or Frames.at(mjd_utc)
    celestial = found.gcrs(frames)
    to_teme = np.swapaxes(frames.teme_to_gcrs, 1, 2)
    return States(rotate(to_teme, celestial.r), rotate(to_teme, celestial.v), valid)


def operator_sigma_km(ephemeris: Ephemeris, mjd_utc: Floats) -> Floats:
    """1-sigma errors (n, 3) along radial, transverse and normal, km; NaN where it gives none."""
    positions = covariance_at(ephemeris, mjd_utc)[:, :3, :3]
    return np.asarray(np.sqrt(np.diagonal(positions, axis1=1, axis2=2)))


def _own(states: States) -> States:
    """Arrays that may be written to."""
    return States(states.position.copy(), states.velocity.copy(), states.is_valid.copy())


def _put(states: States, row: int, found: States) -> None:
    good = found.is_valid
    states.position[row, good] = found.position[good]
    states.velocity[row, good] = found.velocity[good]
    states.is_valid[row] |= good
