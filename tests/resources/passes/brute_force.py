"""Crossings by brute force: every satellite at every twentieth of a second, and then exactly.

Independent of the search but for propagation and the catalogue-frame rule: a dense grid on the
sky's own positions, spherical formulas, and bisection on the distance to the edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from satvo.resources.ephemeris.apparent import apparent
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.propagation import Orbits

STEP_S = 0.05
COARSE_S = 5.0

Distance = Callable[[np.ndarray], np.ndarray]
"""Of directions (n, 3) to the edge of a field, deg; below 0 inside."""


def circle(ra: float, dec: float, radius: float) -> Distance:
    centre = _vector(ra, dec)
    return lambda u: np.degrees(np.arctan2(_norm(np.cross(u, centre)), u @ centre)) - radius


def polygon(corners: list[tuple[float, float]]) -> Distance:
    """By the sum of the angles under which the edges are seen, and the distance to them."""
    vertices = np.array([_vector(*corner) for corner in corners])

    def distance(u: np.ndarray) -> np.ndarray:
        turned = np.zeros(len(u))
        edge = np.full(len(u), np.inf)
        for a, b in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
            to_a = np.cross(u, a)
            to_b = np.cross(u, b)
            sine = np.sum(u * np.cross(to_a, to_b), axis=1)
            turned += np.arctan2(sine, np.sum(to_a * to_b, axis=1))
            normal = np.cross(a, b)
            normal /= np.linalg.norm(normal)
            foot = u - (u @ normal)[:, None] * normal
            between = (foot @ np.cross(normal, a) >= 0) & (foot @ np.cross(b, normal) >= 0)
            ends = np.minimum(_norm(u - a), _norm(u - b))
            edge = np.minimum(edge, np.where(between, np.abs(np.arcsin(u @ normal)), ends))
        return np.degrees(np.where(np.abs(turned) > math.pi, -edge, edge))

    return distance


def crossings(
    orbits: Orbits,
    count: int,
    observer: Observer,
    start_mjd: float,
    duration_s: float,
    distance: Distance,
    radius_deg: float,
    centre: tuple[float, float],
) -> dict[int, list[tuple[float, float]]]:
    """For each satellite that is inside at some time, when (s since the start): in, out.

    Of grid points 5 s apart those are looked at that are so near to the field that the fastest
    satellite (3 deg/s, at 150 km) could be in it between, every 0.05 s.
    """
    found: dict[int, list[tuple[float, float]]] = {}
    coarse = np.unique(np.append(np.arange(0.0, duration_s, COARSE_S), duration_s))
    for first in range(0, count, 100):
        some = np.arange(first, min(first + 100, count))
        directions, _ = _at(orbits, some, observer, start_mjd, coarse)
        away = np.degrees(np.arccos(np.clip(directions @ _vector(*centre), -1, 1)))
        near = away < radius_deg + 3.0 * COARSE_S / 2 + 0.5
        for row in np.flatnonzero(near.any(axis=1)).tolist():
            satellite = int(some[row])

            def signed(t: np.ndarray, satellite: int = satellite) -> np.ndarray:
                return _signed(orbits, satellite, observer, start_mjd, t, distance)

            spans = [
                span
                for begin, end in _windows(coarse, near[row], duration_s)
                for span in _spans(signed, np.linspace(begin, end, _points(begin, end)))
            ]
            if spans:
                found[satellite] = spans
    return found


def _points(begin: float, end: float) -> int:
    return max(3, int(np.ceil((end - begin) / STEP_S)) + 1)


def _windows(coarse: np.ndarray, near: np.ndarray, duration_s: float) -> list[tuple[float, float]]:
    windows: list[tuple[float, float]] = []
    for t in coarse[near].tolist():
        begin, end = max(0.0, t - COARSE_S), min(duration_s, t + COARSE_S)
        if windows and begin <= windows[-1][1]:
            begin = windows.pop()[0]
        windows.append((begin, end))
    return windows


def _spans(
    signed: Callable[[np.ndarray], np.ndarray], times: np.ndarray
) -> list[tuple[float, float]]:
    value = signed(times)
    # A chord shorter than a step: look closer at each least distance.
    least = (value[1:-1] <= value[:-2]) & (value[1:-1] <= value[2:])
    low = np.flatnonzero(least & (value[1:-1] > 0) & (value[1:-1] < 0.3)) + 1
    extra = []
    for i in low.tolist():
        a, b = times[i - 1], times[i + 1]
        for _ in range(6):
            fine = np.linspace(a, b, 21)
            at = signed(fine)
            k = int(np.nanargmin(at))
            a, b = fine[max(k - 1, 0)], fine[min(k + 1, 20)]
        extra.append(fine[k])
    times = np.sort(np.concatenate([times, np.array(extra)]))
    value = signed(times)
    inside = value <= 0
    spans = []
    edges = np.flatnonzero(np.diff(inside.astype(int)))
    marks = [_root(signed, times[i], times[i + 1]) for i in edges.tolist()]
    if inside[0]:
        marks = [times[0], *marks]
    if inside[-1]:
        marks = [*marks, times[-1]]
    spans = list(zip(marks[::2], marks[1::2], strict=True))
    return [(float(a), float(b)) for a, b in spans]


def _root(signed: Callable[[np.ndarray], np.ndarray], a: float, b: float) -> float:
    first = bool(signed(np.array([a]))[0] <= 0)
    for _ in range(40):
        middle = (a + b) / 2
        if bool(signed(np.array([middle]))[0] <= 0) == first:
            a = middle
        else:
            b = middle
    return (a + b) / 2


def _signed(
    orbits: Orbits,
    satellite: int,
    observer: Observer,
    start: float,
    times: np.ndarray,
    distance: Distance,
) -> np.ndarray:
    directions, altitude = _at(orbits, np.array([satellite]), observer, start, times)
    value = np.maximum(distance(directions[0]), -altitude[0])
    return np.where(np.isfinite(value), value, np.inf)


def _at(
    orbits: Orbits, which: np.ndarray, observer: Observer, start: float, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    mjd = np.tile(start + times / 86400.0, (len(which), 1))
    states = orbits.along(which, mjd)
    frames = Frames.at(mjd.ravel())
    position = rotate(frames.teme_to_gcrs, states.position.reshape(-1, 3))
    position[~states.is_valid.ravel()] = np.nan
    seen = apparent(
        position, rotate(frames.teme_to_gcrs, states.velocity.reshape(-1, 3)), observer, frames
    )
    place = observer.place(frames)[0]
    if observer.is_on_ground:
        up = observer.horizon(frames)[:, 2]  # type: ignore[attr-defined]
        line = position - place
        altitude = np.degrees(np.arcsin(np.sum(line * up, axis=1) / _norm(line)))
    else:
        altitude = _above_limb(position, place)
    return seen.direction.reshape(*mjd.shape, 3), altitude.reshape(mjd.shape)


def _above_limb(position: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Least height above a sphere of the Earth's polar radius along each line of sight, deg of it.

    By the angles at the two ends, or of the nearer end where the line does not come lower.
    """
    radius = 6356.0
    near, far = _norm(place), _norm(position)
    line = position - place
    length = _norm(line)
    with np.errstate(invalid="ignore"):
        at_place = np.arccos(np.sum(-place * line, axis=1) / (near * length))
        at_other = np.arccos(np.sum(position * line, axis=1) / (far * length))
        passes_by = (at_place < math.pi / 2) & (at_other < math.pi / 2)
        lowest = np.where(passes_by, near * np.sin(at_place), np.minimum(near, far))
    return np.degrees((lowest - radius) / radius)


def _vector(ra: float, dec: float) -> np.ndarray:
    a, d = math.radians(ra), math.radians(dec)
    return np.array([math.cos(d) * math.cos(a), math.cos(d) * math.sin(a), math.sin(d)])


def _norm(v: np.ndarray) -> np.ndarray:
    return np.linalg.norm(v, axis=-1)
