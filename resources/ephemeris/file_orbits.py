"""Satellites by the states of ephemeris files: many files and many instants at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.covariance import covariance_at
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.interpolation import Ephemeris
from satvo.resources.ephemeris.polynomials import hermite, lagrange
from satvo.resources.ephemeris.propagation import States
from satvo.resources.ephemeris.state_frames import to_gcrs
from satvo.schemas.leap_seconds import tai_of_mjd

__all__ = ["FileOrbits"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_ROUNDING_US = 1000
"""So far beyond the first or last state an instant is taken as there: an exposure that begins with
the file must not lose its first node to the last digit of an MJD."""


class FileOrbits:
    """What `Ephemeris.at` gives of each of several files, in TEME, as `Orbits`.

    A satellite is one file here; there is no state outside of it, in a gap, or between two arcs
    that a manoeuvre parts.

    Parameters
    ----------
    files : sequence of Ephemeris
    """

    def __init__(self, files: Sequence[Ephemeris]) -> None:
        self.files = tuple(files)
        nodes = [each.nodes for each in self.files]
        counts = np.array([len(each) for each in nodes], dtype=np.int64)
        self._start = np.cumsum(counts) - counts
        self._stop = np.cumsum(counts)
        tai = [each.tai[mine] for each, mine in zip(self.files, nodes, strict=True)]
        self._zero = min((int(each[0]) for each in tai if len(each)), default=0)
        self._tai = np.concatenate([*tai, np.zeros(0, np.int64)]) - self._zero
        self._states = np.concatenate(
            [*(f.states[mine] for f, mine in zip(self.files, nodes, strict=True)), np.empty((0, 6))]
        )
        self._span = int(self._tai.max(initial=0)) + 4
        owner = np.repeat(np.arange(len(self.files)), counts)
        self._keys = owner * self._span + self._tai + 2
        self._arcs = np.empty((len(self._tai), 2), dtype=np.int64)
        for start, each in zip(self._start.tolist(), self.files, strict=True):
            for first, last in each.arcs.tolist():
                self._arcs[start + first : start + last] = start + first, start + last
        self._useable = np.array([_bounds(each, self._zero) for each in self.files]).reshape(-1, 2)
        methods = [each.method for each in self.files]
        self._is_hermite = np.array([name == "hermite" for name, _ in methods], dtype=bool)
        self._asked = np.array([count for _, count in methods], dtype=np.int64)
        self._moves = np.array([each.has_velocities for each in self.files], dtype=bool)
        self._frame = np.array([each.frame for each in self.files], dtype=object)

    def __len__(self) -> int:
        return len(self.files)

    def part(self, which: Ints) -> FileOrbits:
        """Some of them."""
        return FileOrbits([self.files[i] for i in which.tolist()])

    def grid(self, mjd_utc: Floats) -> States:
        """Every file at every instant."""
        count = len(self.files)
        return self.along(np.arange(count), np.broadcast_to(mjd_utc, (count, len(mjd_utc))))

    def along(self, which: Ints, mjd_utc: Floats) -> States:
        """Some files, each at instants of its own."""
        mjd = np.ascontiguousarray(mjd_utc, dtype=np.float64)
        own = np.repeat(np.asarray(which, dtype=np.int64), mjd.shape[1])
        position, velocity, valid = self._interpolated(own, tai_of_mjd(mjd.ravel()) - self._zero)
        self._to_teme(own, mjd.ravel(), position, velocity, valid)
        shape = mjd.shape
        return States(
            position.reshape(*shape, 3), velocity.reshape(*shape, 3), valid.reshape(shape)
        )

    def covers(self, first_mjd: Floats, last_mjd: Floats) -> Bools:
        """Whether each of k files has states all the way through each of n spans, (k, n)."""
        files, spans = len(self.files), len(first_mjd)
        own = np.repeat(np.arange(files), spans)
        arcs, within = [], np.ones(len(own), dtype=bool)
        for mjd in (first_mjd, last_mjd):
            node, there = self._node(own, np.tile(tai_of_mjd(mjd) - self._zero, files))
            within &= there
            arcs.append(self._arcs[node, 0] if len(self._arcs) else node)
        return np.asarray((within & (arcs[0] == arcs[1])).reshape(files, spans))

    def covariances(self, which: Ints, mjd_utc: Floats) -> Floats:
        """Covariances of position (n, 3, 3), km2, along RTN; NaN where the file tells none."""
        found = np.full((len(which), 3, 3), np.nan)
        for i in np.unique(which).tolist():
            mine = which == i
            found[mine] = covariance_at(self.files[i], mjd_utc[mine])[:, :3, :3]
        return found

    def _node(self, own: Ints, instants: Ints) -> tuple[Ints, Bools]:
        """The last node not after each instant, and whether it may be interpolated from it."""
        if not len(self._keys):
            return np.zeros(len(own), np.int64), np.zeros(len(own), np.bool_)
        empty = self._start[own] == self._stop[own]
        first = np.minimum(self._start[own], len(self._tai) - 1)
        last = np.maximum(self._stop[own] - 1, 0)
        low, high = self._tai[first], self._tai[last]
        near = (instants >= low - _ROUNDING_US) & (instants <= high + _ROUNDING_US)
        place = np.clip(instants, low, high)
        node = np.searchsorted(self._keys, own * self._span + place + 2, side="right") - 1
        node = np.clip(node, first, last)
        useable = self._useable[own]
        there = near & (place >= useable[:, 0]) & (place <= useable[:, 1]) & ~empty
        there &= place <= self._tai[self._arcs[node, 1] - 1]
        return node, there

    def _interpolated(self, own: Ints, instants: Ints) -> tuple[Floats, Floats, Bools]:
        """Positions and velocities (p, 3) in the frames of the files."""
        node, valid = self._node(own, instants)
        position, velocity = np.full((len(own), 3), np.nan), np.full((len(own), 3), np.nan)
        pairs = np.flatnonzero(valid)
        arcs = self._arcs[node[pairs]]
        file = own[pairs]
        count = np.minimum(self._asked[file], arcs[:, 1] - arcs[:, 0])
        kinds = count * 4 + self._is_hermite[file] * 2 + self._moves[file]
        for kind in np.unique(kinds).tolist():
            mine = pairs[kinds == kind]
            size = kind // 4
            arc = self._arcs[node[mine]]
            # As many nodes on each side as the arc has.
            low = np.clip(node[mine] - (size - 1) // 2, arc[:, 0], arc[:, 1] - size)
            rows = low[:, None] + np.arange(size)
            offsets = (self._tai[rows] - instants[mine, None]) * 1e-6
            nodes = self._states[rows]
            if kind & 2:
                found = hermite(offsets, nodes[..., :3], nodes[..., 3:])
            else:
                value, rate = lagrange(offsets, nodes if kind & 1 else nodes[..., :3])
                found = value[:, :3], value[:, 3:] if kind & 1 else rate
            position[mine], velocity[mine] = found
        return position, velocity, valid

    def _to_teme(
        self, own: Ints, mjd: Floats, position: Floats, velocity: Floats, valid: Bools
    ) -> None:
        frame = self._frame[own] if len(own) else np.zeros(0, object)
        for name in set(frame.tolist()) - {"TEME"}:
            mine = np.flatnonzero((frame == name) & valid)
            if not len(mine):
                continue
            instants, back = np.unique(mjd[mine], return_inverse=True)
            frames = Frames.at(instants)[back]
            r, v = to_gcrs(name, position[mine], velocity[mine], frames)
            back_again = np.swapaxes(frames.teme_to_gcrs, 1, 2)
            position[mine], velocity[mine] = rotate(back_again, r), rotate(back_again, v)


def _bounds(file: Ephemeris, zero: int) -> tuple[int, int]:
    """First and last instant for which results may be used."""
    first, last = file.useable
    unbounded = np.iinfo(np.int64)
    return (
        int(unbounded.min) if first is None else first - zero - _ROUNDING_US,
        int(unbounded.max) if last is None else last - zero + _ROUNDING_US,
    )
