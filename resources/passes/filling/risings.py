"""Passes above an observer's horizon: when satellites rise, culminate and set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.frames import (
    EARTH_ROTATION_RAD_PER_S,
    LIGHT_KM_PER_S,
    Frames,
    rotate,
)
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.propagation import Orbits
from satvo.resources.passes.filling.horizon import Instants, looks
from satvo.resources.passes.state_table import StateTable

__all__ = ["PAD_S", "Risings", "find_risings"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEP_S = 30.0
PAD_S = 1800.0
"""How far beyond the span a pass is followed: the longest of a low orbit is about as long."""
_NEAR_HORIZON = -0.01
"""Sine of a height from which a satellite can come up between two steps: at 300 km it rises by
0.0005 in 15 s, and the table is off by 0.0006."""
_DAY_S = 86400.0
_PARABOLAS_S = (10.0, 2.0, 0.5)
_MOST_SECANTS = 12
_ON_HORIZON = 2e-7
"""Sine: 0.04 arcsec, which a low orbit rises in 0.1 ms, and one that grazes in some ms."""


@dataclass(frozen=True, slots=True)
class Risings:
    """n passes.

    Attributes
    ----------
    satellite : ndarray of int (n,)
        Places in the catalogue.
    rise_mjd, top_mjd, set_mjd : ndarray (n,)
        MJD in UTC.
    is_cut : ndarray of bool (n,)
        Whether it goes on before or after the span, so that a limit is the span's.
    """

    satellite: Ints
    rise_mjd: Floats
    top_mjd: Floats
    set_mjd: Floats
    is_cut: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Sky:
    """Sines of true heights of satellites at any time near a grid of instants."""

    orbits: Orbits
    instants: Instants
    turning_km_s: Floats

    @classmethod
    def of(cls, orbits: Orbits, observer: GroundObserver, instants: Instants) -> _Sky:
        frames = instants.frames
        motion = rotate(np.swapaxes(frames.teme_to_gcrs, 1, 2), observer.place(frames)[1])
        return cls(orbits, instants, motion)

    def sines(self, satellite: Ints, mjd: Floats) -> Floats:
        """Of satellites (k,) each at times of its own (k, j); -1 where there is no state.

        With light time and diurnal aberration, as `apparent` has them.
        """
        grid = self.instants.mjd_utc
        at = np.clip(np.rint((mjd - grid[0]) / (grid[1] - grid[0])), 0, len(grid) - 1).astype(int)
        turn = (mjd - grid[at]) * _DAY_S * EARTH_ROTATION_RAD_PER_S
        place, up, motion = (
            _turned(vectors[at], turn)
            for vectors in (self.instants.place_km, self.instants.up, self.turning_km_s)
        )
        states = self.orbits.along(satellite, mjd)
        light = np.linalg.norm(states.position - place, axis=2) / LIGHT_KM_PER_S
        line = states.position - states.velocity * light[..., None] - place
        line = line / np.linalg.norm(line, axis=2)[..., None] + motion / LIGHT_KM_PER_S
        sine = np.sum(line * up, axis=2) / np.linalg.norm(line, axis=2)
        return np.where(states.is_valid, np.nan_to_num(sine, nan=-1.0), -1.0)


def find_risings(
    table: StateTable,
    orbits: Orbits,
    satellites: int,
    observer: GroundObserver,
    span_mjd: tuple[float, float],
) -> Risings:
    """The passes of a span, by satellite and time.

    Parameters
    ----------
    table : StateTable
    orbits : Orbits
        Of the same satellites.
    satellites : int
        How many.
    observer : GroundObserver
    span_mjd : tuple of float
        MJD in UTC; a pass belongs to the span in which it culminates, the end not included. One
        that goes on for more than half an hour outside is cut at the span's limits.

    Notes
    -----
    The horizon is the plane through the observer normal to the ellipsoid; there is no refraction.
    Times are of the light's arrival, good to 10 ms of what the elements give; the culmination of a
    satellite that hardly moves to some seconds. Two passes of one satellite less than a minute
    apart may be told as one.
    """
    start, end = span_mjd
    count = max(2, int(np.ceil((end - start) * _DAY_S / STEP_S)))
    step = (end - start) / count
    pad = int(np.ceil(PAD_S / _DAY_S / step))
    grid = start + np.arange(-pad, count + pad + 1).astype(np.float64) * step
    instants = Instants.of(observer, Frames.at(grid))
    sines = _coarse(table, satellites, observer, instants)
    sky = _Sky.of(orbits, observer, instants)
    first, last, satellite = _runs(sines)
    inside = (pad, pad + count)
    cut_start, cut_end = first == 0, last == len(grid) - 1
    cut = cut_start | cut_end
    keep = ~cut | ((last > inside[0]) & (first < inside[1]))
    first, last, satellite = first[keep], last[keep], satellite[keep]
    cut_start, cut_end, cut = cut_start[keep], cut_end[keep], cut[keep]
    low = np.where(cut, np.maximum(first, inside[0]), first)
    high = np.where(cut, np.minimum(last, inside[1]), last)
    highest = _highest(sines, satellite, low, high)
    top = _tops(sky, satellite, grid, highest)
    top = np.where(cut, np.clip(top, grid[low], grid[high]), top)
    up = (sky.sines(satellite, top[:, None])[:, 0] > 0.0) & (top >= start)
    up &= (top < end) | cut
    rise = np.where(
        cut_start, start, _crossings(sky, satellite, grid, first, top, step, backward=True)
    )
    fall = np.where(cut_end, end, _crossings(sky, satellite, grid, last, top, step, backward=False))
    top = np.clip(top, rise, np.minimum(fall, np.nextafter(end, start)))
    return Risings(satellite[up], rise[up], top[up], fall[up], cut[up])


def _coarse(
    table: StateTable, satellites: int, observer: GroundObserver, instants: Instants
) -> NDArray[np.float32]:
    """Sines of heights (satellites, instants); -1 where it is surely below."""
    found = np.full((satellites, len(instants.mjd_utc)), -1.0, dtype=np.float32)
    for look in looks(table, observer, instants):
        sine = np.nan_to_num(look.height_km / look.distance_km, nan=-1.0)
        found[look.satellite[:, None], look.instant[None, :]] = sine
    return found


def _runs(sines: NDArray[np.float32]) -> tuple[Ints, Ints, Ints]:
    """First and last place above the horizon, and the satellite, of each pass.

    A place just below is one where no neighbour is higher: there may be a short pass around it.
    """
    up = sines > 0.0
    peak = (sines > _NEAR_HORIZON) & ~up
    peak[:, 1:] &= sines[:, 1:] >= sines[:, :-1]
    peak[:, :-1] &= sines[:, :-1] > sines[:, 1:]
    peak[:, 0] = peak[:, -1] = False
    up |= peak
    edge = np.diff(up.astype(np.int8), axis=1, prepend=0, append=0)
    satellite, first = np.nonzero(edge == 1)
    last = np.nonzero(edge == -1)[1] - 1
    return first, last, satellite


def _highest(sines: NDArray[np.float32], satellite: Ints, low: Ints, high: Ints) -> Ints:
    """The place of the greatest sine of each run."""
    return np.array(
        [
            a + int(np.argmax(sines[s, a : b + 1]))
            for s, a, b in zip(satellite.tolist(), low.tolist(), high.tolist(), strict=True)
        ],
        dtype=np.int64,
    )


def _tops(sky: _Sky, satellite: Ints, grid: Floats, highest: Ints) -> Floats:
    """Times of greatest sine near places of the grid, by parabolas ever narrower."""
    top = grid[highest]
    moved = grid[1] - grid[0]
    for half_s in _PARABOLAS_S:
        half = half_s / _DAY_S
        before, here, after = sky.sines(satellite, top[:, None] + half * np.array([-1, 0, 1])).T
        bend = before - 2.0 * here + after
        with np.errstate(invalid="ignore", divide="ignore"):
            shift = np.where(bend < 0.0, 0.5 * (before - after) / bend, 0.0) * half
        top = top + np.clip(np.nan_to_num(shift), -moved, moved)
    return np.asarray(np.clip(top, grid[0], grid[-1]))


def _crossings(
    sky: _Sky,
    satellite: Ints,
    grid: Floats,
    place: Ints,
    top: Floats,
    step: float,
    *,
    backward: bool,
) -> Floats:
    """When the horizon is crossed between two steps outside a run's end and its culmination.

    The Illinois rule: regula falsi that halves the value of an end that stays (Dowell and Jarratt
    1971, BIT 11, 168).
    """
    if backward:
        below, above = grid[np.maximum(place - 2, 0)], np.minimum(grid[place] + step, top)
    else:
        below, above = (
            grid[np.minimum(place + 2, len(grid) - 1)],
            np.maximum(grid[place] - step, top),
        )
    low, high, highest = sky.sines(satellite, np.stack([below, above, top], axis=1)).T
    above, high = np.where(high > 0.0, above, top), np.where(high > 0.0, high, highest)
    found, side = np.array(above), np.zeros(len(place))
    open_ = np.arange(len(place))
    for _ in range(_MOST_SECANTS):
        a, b, f, g = below[open_], above[open_], low[open_], high[open_]
        with np.errstate(invalid="ignore", divide="ignore"):
            between = a + (b - a) * np.clip(np.nan_to_num(f / (f - g), nan=0.5), 0.0, 1.0)
        sine = sky.sines(satellite[open_], between[:, None])[:, 0]
        found[open_] = between
        is_up, same = sine > 0.0, side[open_] * np.sign(sine) > 0.0
        low[open_] = np.where(is_up, np.where(same, f / 2.0, f), sine)
        high[open_] = np.where(is_up, sine, np.where(same, g / 2.0, g))
        below[open_], above[open_] = np.where(is_up, a, between), np.where(is_up, between, b)
        side[open_] = np.sign(sine)
        open_ = open_[np.abs(sine) > _ON_HORIZON]
        if not len(open_):
            break
    return found


def _turned(vectors: Floats, angle: Floats) -> Floats:
    """Vectors (..., 3) turned about z with the Earth; what its axis does in 15 s is left out."""
    cosine, sine = np.cos(angle), np.sin(angle)
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.stack([x * cosine - y * sine, x * sine + y * cosine, z], axis=-1)
