"""States between those of an ephemeris file, by the method and degree that the file asks for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.polynomials import hermite, lagrange
from satvo.resources.ephemeris.state_frames import to_gcrs
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.leap_seconds import tai_of_mjd

__all__ = ["GAP", "GOOD", "OUTSIDE", "REDUCED", "Ephemeris", "States"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GOOD = 0
OUTSIDE = 1
"""Outside the span for which results are to be used, or between two segments: NaN."""
GAP = 2
"""Between two states that are too far from each other: NaN."""
REDUCED = 4
"""From fewer states than the file asks for, because there are no more on this side of a break."""

_HERMITE_DEGREE = 7
"""Where the file does not say: four states with velocities; 1 cm at 120 s in a low orbit."""
_LAGRANGE_DEGREE = 11
"""Where it has positions alone, as a CPF: twelve; 1 m at 480 s in a low orbit."""
_MOST_REVOLUTIONS = 0.1
"""Between two states, of a circular orbit at their height: a wider space is a gap."""
_MU_KM3_PER_S2 = 398600.4418


@dataclass(frozen=True, slots=True)
class States:
    """States at some instants.

    Attributes
    ----------
    mjd_utc : ndarray (n,)
    frame : str
        Of the vectors: TEME, EME2000, GCRS or ITRS.
    r, v : ndarray (n, 3)
        km and km/s; NaN where `flag` has OUTSIDE or GAP.
    flag : ndarray of int (n,)
        GOOD, or a sum of OUTSIDE, GAP, REDUCED.
    """

    mjd_utc: Floats
    frame: str
    r: Floats
    v: Floats
    flag: Ints

    def gcrs(self, frames: Frames | None = None) -> States:
        """The same in GCRS.

        Parameters
        ----------
        frames : Frames, optional
            At these instants, where the caller has them; TEME and ITRS need them.
        """
        if frames is None and self.frame in ("TEME", "ITRS"):
            frames = Frames.at(self.mjd_utc)
        r, v = to_gcrs(self.frame, self.r, self.v, frames)
        return States(self.mjd_utc, "GCRS", r, v, self.flag)


@dataclass(frozen=True)
class Ephemeris:
    """The states of one object in one file, and what lies between them.

    Attributes
    ----------
    norad_id : int or None
    frame : str
        Of the states: TEME, EME2000, GCRS or ITRS.
    tai : ndarray of int (n,)
        Epochs, us of TAI since MJD 0, increasing.
    states : ndarray (n, 6)
        Position, km, and velocity, km/s. NaN velocity: the file has positions alone. NaN position:
        the row has only a covariance.
    covariances : ndarray (n, 21) or None
        Lower triangles, row by row; NaN where there is none. `covariance` interpolates them.
    covariance_frames : tuple
        Of each row: RTN, TNW, TEME, EME2000, GCRS, ITRS or None.
    interpolation : str or None
        ``hermite`` or ``lagrange``; None: hermite with velocities, lagrange without.
    degree : int or None
        Of the polynomial; None: 7 for hermite, 11 for lagrange.
    useable : tuple of (int or None)
        First and last epoch for results, us of TAI.
    breaks : tuple of int
        Rows after which a manoeuvre or the end of a segment lies.
    ephemeris_id : str

    Examples
    --------
    >>> angle = np.arange(8) * 120.0 * 0.0011
    >>> states = np.zeros((8, 6))
    >>> states[:, 0], states[:, 1] = 7000 * np.cos(angle), 7000 * np.sin(angle)
    >>> states[:, 3], states[:, 4] = -7.7 * np.sin(angle), 7.7 * np.cos(angle)
    >>> tai = tai_of_mjd(60000.0) + np.arange(8) * 120_000_000
    >>> circle = Ephemeris(25544, "TEME", tai, states)
    >>> found = circle.at([60000.005, 60001.0])
    >>> np.linalg.norm(found.r, axis=1).round(4).tolist(), found.flag.tolist()
    ([7000.0, nan], [0, 1])
    """

    norad_id: int | None
    frame: str
    tai: Ints
    states: Floats
    covariances: Floats | None = None
    covariance_frames: tuple[str | None, ...] = ()
    interpolation: str | None = None
    degree: int | None = None
    useable: tuple[int | None, int | None] = (None, None)
    breaks: tuple[int, ...] = ()
    ephemeris_id: str = ""

    @classmethod
    def of_segment(cls, segment: EphemerisSegment) -> Ephemeris:
        """That of a segment just read."""
        return cls(
            segment.norad_id,
            segment.frame,
            segment.tai,
            segment.states,
            segment.covariances,
            segment.covariance_frames,
            segment.interpolation,
            segment.degree,
            segment.useable,
        )

    def at(self, mjd_utc: ArrayLike, *, offset_s: ArrayLike = 0.0) -> States:
        """The states at instants.

        Parameters
        ----------
        mjd_utc : ndarray (n,)
            MJD in UTC.
        offset_s : float or ndarray (n,)
            Seconds to add to them, for what a double of the MJD is too coarse for (0.6 us, 5 mm of
            a low orbit): light time.

        Notes
        -----
        States on either side of a break or a gap are never used together. A gap is a space of more
        than a tenth of a revolution of a circular orbit at that height: any polynomial is worth
        nothing there.
        """
        mjd = np.atleast_1d(np.asarray(mjd_utc, np.float64))
        offset = np.broadcast_to(np.asarray(offset_s, np.float64), mjd.shape)
        whole = np.rint(offset * 1e6)
        instants = tai_of_mjd(mjd) + whole.astype(np.int64)
        rest = offset - whole * 1e-6
        r, v, flag = self._interpolated(instants, rest)
        return States(mjd, self.frame, r, v, flag)

    @cached_property
    def nodes(self) -> Ints:
        """Rows that have a position."""
        return np.flatnonzero(np.isfinite(self.states[:, 0]))

    @cached_property
    def arcs(self) -> Ints:
        """First node and the one after the last (k, 2), as places in `nodes`, of each span within
        which may be interpolated."""
        r, tai = self.states[self.nodes, :3], self.tai[self.nodes]
        ends = np.flatnonzero(self._wide(r, tai) | self._broken) + 1
        starts = np.concatenate([[0], ends])
        return np.stack([starts, np.concatenate([ends, [len(self.nodes)]])], axis=1).astype(
            np.int64
        )

    @cached_property
    def _broken(self) -> NDArray[np.bool_]:
        """Whether a break lies between each node and the next."""
        broken = np.zeros(max(len(self.nodes) - 1, 0), np.bool_)
        after = np.searchsorted(self.nodes, self.breaks, side="right") - 1
        broken[after[(after >= 0) & (after < len(broken))]] = True
        return broken

    @staticmethod
    def _wide(r: Floats, tai: Ints) -> NDArray[np.bool_]:
        radius = np.linalg.norm(r, axis=1)
        lowest = np.minimum(radius[1:], radius[:-1])
        period = 2.0 * np.pi * np.sqrt(lowest**3 / _MU_KM3_PER_S2)
        return np.asarray(np.diff(tai) * 1e-6 > _MOST_REVOLUTIONS * period)

    @cached_property
    def has_velocities(self) -> bool:
        """Whether every node has a velocity."""
        return bool(np.isfinite(self.states[self.nodes, 3:]).all())

    @cached_property
    def method(self) -> tuple[str, int]:
        """``hermite`` or ``lagrange``, and how many nodes it wants."""
        velocities = self.has_velocities
        name = self.interpolation or ("hermite" if velocities else "lagrange")
        if not velocities:
            name = "lagrange"
        return name, self._nodes_of(name)

    def _interpolated(self, instants: Ints, rest: Floats) -> tuple[Floats, Floats, Ints]:
        count = len(instants)
        r, v = np.full((count, 3), np.nan), np.full((count, 3), np.nan)
        tai = self.tai[self.nodes]
        flag = np.full(count, OUTSIDE, np.int64)
        wanted = self._within(instants)
        place = np.searchsorted(tai, instants, side="right") - 1
        between = wanted & (place >= 0) & (place < len(tai) - 1)
        gap = np.zeros(count, np.bool_)
        if len(tai) > 1:
            gap[between] = self._wide(self.states[self.nodes, :3], tai)[place[between]]
            gap[between] &= ~self._broken[place[between]]
        flag[gap] = GAP
        for start, stop in self.arcs.tolist():
            mine = wanted & (instants >= tai[start]) & (instants <= tai[stop - 1])
            if np.any(mine):
                r[mine], v[mine], flag[mine] = self._on_arc(
                    start, stop, place[mine], instants[mine], rest[mine]
                )
        return r, v, flag

    def _within(self, instants: Ints) -> NDArray[np.bool_]:
        first, last = self.useable
        good = np.ones(len(instants), np.bool_)
        if first is not None:
            good &= instants >= first
        if last is not None:
            good &= instants <= last
        return good

    def _on_arc(
        self, start: int, stop: int, place: Ints, instants: Ints, rest: Floats
    ) -> tuple[Floats, Floats, Ints]:
        velocities = self.has_velocities
        method, asked = self.method
        count = min(asked, stop - start)
        # As many nodes on each side as the arc has.
        first = np.clip(place - (count - 1) // 2, start, stop - count)
        rows = self.nodes[first[:, None] + np.arange(count)]
        offsets = (self.tai[rows] - instants[:, None]) * 1e-6 - rest[:, None]
        nodes = self.states[rows]
        if method == "hermite":
            r, v = hermite(offsets, nodes[..., :3], nodes[..., 3:])
        else:
            value, rate = lagrange(offsets, nodes if velocities else nodes[..., :3])
            r, v = value[:, :3], value[:, 3:] if velocities else rate
        flag = np.full(len(place), GOOD if count == asked else REDUCED, np.int64)
        return r, v, flag

    def _nodes_of(self, method: str) -> int:
        if method == "hermite":
            # What was asked of the other method says nothing of this one.
            degree = self.degree if self.interpolation == "hermite" else None
            return ((degree or _HERMITE_DEGREE) + 2) // 2
        degree = self.degree if self.interpolation == "lagrange" else None
        return (degree or _LAGRANGE_DEGREE) + 1
