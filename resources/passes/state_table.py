"""Positions of a whole catalogue through a night, from few states: for finding, not for answers.

Between two states an interval apart each coordinate is a polynomial of degree 7 through position,
velocity, acceleration and jerk at both ends, the last two from the Earth's gravity with J2. How far
that is from the propagated position is bounded by the polynomial's own last term (`Cell.error_km`),
and the search adds the bound to its margin: where an orbit is not smooth (a decaying one, a
resonance that SGP4 integrates in steps) the ends do not fit each other, and that term is large.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.propagation import Orbits, States

__all__ = ["Cell", "Group", "StateTable", "groups_of"]

Floats = NDArray[np.float64]

_MU_KM3_PER_S2 = 398600.8
_J2 = 0.001082616
_RADIUS_KM = 6378.135  # WGS-72, as SGP4

_STEPS_S = (75, 150, 300, 600, 1200, 2400, 4800, 9600, 19200)
_LARGEST_HALF_ANGLE = 0.72
"""Of the orbit that may lie in half an interval, rad at perigee: what 1200 s are at 300 km."""
_ECCENTRIC = 0.1
_LARGEST_ECCENTRIC = 0.5
_ERROR_FLOOR_KM = 0.2
_ERROR_OF_LAST_TERM = 0.125
"""Measured over the catalogues of 2019 and 2022, the worst is half of the bound."""
_VIEWS = 400
_ROUGH_KM = 20.0
"""Above this bound a satellite is propagated for each exposure."""


@dataclass(frozen=True, slots=True)
class Group:
    """Satellites that share an interval.

    Attributes
    ----------
    step_s : int
        Length of the interval.
    members : ndarray of int (k,)
        Their places in the catalogue.
    rate : ndarray (k,)
        Greatest angular rate about the Earth's centre, rad/s.
    farthest_km : ndarray (k,)
        Greatest distance from it, with 50 km to spare.
    fastest_km_s : ndarray (k,)
        Greatest speed, with 1 % to spare.
    """

    step_s: int
    members: NDArray[np.int64]
    rate: Floats
    farthest_km: Floats
    fastest_km_s: Floats


def groups_of(elements: Elements) -> list[Group]:
    """Every satellite in the group of the longest interval that its orbit allows."""
    rate = elements.perigee_rate_rad_per_s
    e = elements.eccentricity
    semimajor = (_MU_KM3_PER_S2 / (elements.mean_motion * 2 * np.pi / 86400.0) ** 2) ** (1 / 3)
    allowed = np.where(e > _ECCENTRIC, _LARGEST_ECCENTRIC, _LARGEST_HALF_ANGLE)
    steps = np.array(_STEPS_S)
    place = np.clip(np.searchsorted(steps, 2.0 * allowed / rate, side="right") - 1, 0, None)
    groups = []
    for i in np.unique(place):
        k = np.flatnonzero(place == i)
        perigee = semimajor[k] * (1.0 - e[k])
        groups.append(
            Group(
                step_s=int(steps[i]),
                members=k,
                rate=rate[k],
                farthest_km=semimajor[k] * (1.0 + e[k]) + 50.0,
                fastest_km_s=1.01 * rate[k] * perigee,
            )
        )
    return groups


@dataclass(frozen=True, slots=True)
class Cell:
    """One interval of one group.

    Attributes
    ----------
    coefficients : ndarray of float32 (3, 8, k)
        Of each coordinate, of powers of the fraction of the interval; km, TEME.
    error_km : ndarray (k,)
        Greatest distance between the polynomial and the propagated position.
    usable : ndarray of int (k,)
        Which of the group they are: those with a state at both ends and a smooth path between.
    unsure : ndarray of int (l,)
        Those of which nothing is known between, or that have a state at one end only.
    """

    coefficients: NDArray[np.float32]
    error_km: Floats
    usable: NDArray[np.int64]
    unsure: NDArray[np.int64]


class StateTable:
    """The cells of one catalogue, made when they are asked for and kept up to a size.

    Parameters
    ----------
    elements : Elements
    orbits : Orbits
        Of the same satellites.
    most_bytes : int
        Of cells kept.
    """

    def __init__(self, elements: Elements, orbits: Orbits, *, most_bytes: int = 400 << 20) -> None:
        self.orbits = orbits
        self.groups = groups_of(elements)
        self._elements = elements
        self._most = most_bytes
        self._held = 0
        self._cells: OrderedDict[tuple[int, int], Cell] = OrderedDict()
        self._views: OrderedDict[tuple[int, int, Observer], Cell] = OrderedDict()
        self._nodes: dict[tuple[int, int], tuple[Floats, NDArray[np.bool_]]] = {}
        self._parts = [self._orbits_of(group) for group in self.groups]

    def has(self, group: int, number: int) -> bool:
        """Whether a cell is there already."""
        return (group, number) in self._cells

    def cell(self, group: int, number: int) -> Cell:
        """The cell that begins ``number`` intervals after MJD 0."""
        key = (group, number)
        if key in self._cells:
            self._cells.move_to_end(key)
            return self._cells[key]
        cell = self._make(group, number)
        self._cells[key] = cell
        self._held += cell.coefficients.nbytes
        while self._held > self._most and len(self._cells) > 1:
            _, dropped = self._cells.popitem(last=False)
            self._held -= dropped.coefficients.nbytes
        return cell

    def seen(
        self,
        group: int,
        number: int,
        observer: Observer,
        choose: Callable[[Cell, Group, int, Observer], NDArray[np.int64]],
    ) -> Cell:
        """A cell with those only that an observer may see, as ``choose`` says; kept for a while."""
        key = (group, number, observer)
        if key not in self._views:
            cell = self.cell(group, number)
            kept = choose(cell, self.groups[group], number, observer)
            view = Cell(cell.coefficients[..., kept], cell.error_km[kept], cell.usable[kept], kept)
            self._views[key] = view
            while len(self._views) > _VIEWS:
                self._views.popitem(last=False)
        return self._views[key]

    def now(self, group: int, mjd_utc: float) -> States:
        """States (k, 3) of a whole group, propagated for one instant."""
        states = self._parts[group].grid(np.array([mjd_utc]))
        return States(states.position[:, 0], states.velocity[:, 0], states.is_valid[:, 0])

    def some(self, group: int, which: NDArray[np.int64], mjd_utc: Floats) -> States:
        """States (k, m, 3) of some of a group at m instants, propagated."""
        return self._parts[group].along(which, np.tile(mjd_utc, (len(which), 1)))

    def _orbits_of(self, group: Group) -> Orbits:
        if len(self.groups) == 1:
            return self.orbits
        return self.orbits.part(group.members)

    def _make(self, group: int, number: int) -> Cell:
        step = self.groups[group].step_s
        first, is_first = self._node(group, number)
        last, is_last = self._node(group, number + 1)
        self._nodes.pop((group, number - 1), None)
        both = np.flatnonzero(is_first & is_last)
        coefficients = _polynomial(first[:, both], last[:, both], float(step))
        error = np.linalg.norm(coefficients[:, 7], axis=0) * _ERROR_OF_LAST_TERM + _ERROR_FLOOR_KM
        smooth = error < _ROUGH_KM
        unsure = np.concatenate([np.flatnonzero(is_first ^ is_last), both[~smooth]])
        return Cell(
            np.ascontiguousarray(coefficients[..., smooth]), error[smooth], both[smooth], unsure
        )

    def _node(self, group: int, number: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Position, velocity, acceleration and jerk (4, k, 3) at the start of a cell."""
        key = (group, number)
        if key not in self._nodes:
            if len(self._nodes) > 2 * len(self.groups):
                self._nodes.clear()
            step = self.groups[group].step_s
            position, velocity, valid = self.now(group, number * step / 86400.0)
            acceleration = _gravity(position)
            ahead = _gravity(position + velocity)
            behind = _gravity(position - velocity)
            motion = np.stack([position, velocity, acceleration, (ahead - behind) / 2.0])
            self._nodes[key] = motion, valid
        return self._nodes[key]


def _gravity(position: Floats) -> Floats:
    """Acceleration (k, 3) by the Earth with J2, km/s2; its pole is that of TEME."""
    square = np.einsum("ij,ij->i", position, position)
    with np.errstate(invalid="ignore", divide="ignore"):
        pull = -_MU_KM3_PER_S2 / (square * np.sqrt(square))
        flat = 1.5 * _J2 * _RADIUS_KM**2 / square
        rise = 5.0 * position[:, 2] ** 2 / square
    found = position * (pull * (1.0 + flat * (1.0 - rise)))[:, None]
    found[:, 2] += 2.0 * pull * flat * position[:, 2]
    return np.asarray(found)


def _polynomial(first: Floats, last: Floats, step_s: float) -> NDArray[np.float32]:
    """Coefficients (3, 8, k) of the fraction of the interval, through both ends (4, k, 3)."""
    r0, v0, a0, j0 = (first[i].T * step_s**i for i in range(4))
    r1, v1, a1, j1 = (last[i].T * step_s**i for i in range(4))
    c2, c3 = a0 / 2.0, j0 / 6.0
    r = r1 - (r0 + v0 + c2 + c3)
    v = v1 - (v0 + 2.0 * c2 + 3.0 * c3)
    a = a1 - (2.0 * c2 + 6.0 * c3)
    j = j1 - 6.0 * c3
    found = np.empty((3, 8, r0.shape[1]), dtype=np.float32)
    found[:, 0], found[:, 1], found[:, 2], found[:, 3] = r0, v0, c2, c3
    found[:, 4] = 35.0 * r - 15.0 * v + 2.5 * a - j / 6.0
    found[:, 5] = -84.0 * r + 39.0 * v - 7.0 * a + j / 2.0
    found[:, 6] = 70.0 * r - 34.0 * v + 6.5 * a - j / 2.0
    found[:, 7] = -20.0 * r + 10.0 * v - 2.0 * a + j / 6.0
    return found
