"""When a candidate is really inside a field: the propagated path against the true edges."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.apparent import catalogue_direction
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import GroundObserver, Observer
from satvo.resources.ephemeris.propagation import Orbits
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Apertures, Field
from satvo.resources.passes.search import Parts

__all__ = ["Crossing", "find_crossings"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NODES = 4
"""Propagated states in a part of half a minute; cubic between, which is right to a millimetre."""
_STEP_S = 0.25
"""Between points of the path; its bend between two is 7 cm, 0.03 arcsec for the nearest."""
_JOIN_D = 1e-9
_EARTH_KM = 6356.0
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Crossing:
    """One satellite inside one field (or aperture), once.

    Attributes
    ----------
    satellite, exposure : int
        Their places in catalogue and list.
    aperture : str
        Which of several; empty for one field.
    enters_mjd, nearest_mjd, leaves_mjd : float
        MJD in UTC: in (or the exposure's start), nearest to the field's centre, out (or its end).
    nearest_rad : float
        From the field's centre.
    """

    satellite: int
    exposure: int
    aperture: str
    enters_mjd: float
    nearest_mjd: float
    leaves_mjd: float
    nearest_rad: float


def find_crossings(
    orbits: Orbits,
    satellite: Ints,
    part: Ints,
    parts: Parts,
    exposures: list[Exposure],
    observer: Observer,
) -> list[Crossing]:
    """The crossings among candidate pairs, by exposure and then time.

    Parameters
    ----------
    orbits : Orbits
    satellite, part : ndarray of int (n,)
        As `satvo.resources.passes.search.find_candidates` gives them.
    parts, exposures, observer
        What was searched.
    """
    pieces: dict[tuple[int, int, str], list[Crossing]] = defaultdict(list)
    for start in range(0, len(satellite), _BATCH):
        some = slice(start, start + _BATCH)
        for piece in _pieces(orbits, satellite[some], part[some], parts, exposures, observer):
            pieces[piece.satellite, piece.exposure, piece.aperture].append(piece)
    joined = [each for found in pieces.values() for each in _joined(found)]
    return sorted(joined, key=lambda c: (c.exposure, c.enters_mjd, c.satellite, c.aperture))


def _pieces(
    orbits: Orbits,
    satellite: Ints,
    part: Ints,
    parts: Parts,
    exposures: list[Exposure],
    observer: Observer,
) -> list[Crossing]:
    seconds, directions, above = _paths(orbits, satellite, part, parts, observer)
    found = []
    for i, (which, number) in enumerate(zip(satellite.tolist(), part.tolist(), strict=True)):
        exposure = exposures[int(parts.exposure[number])]
        path = directions[i]
        if not exposure.tracks:
            path = _as_it_turns(path, seconds[i], parts.frames[number : number + 1], exposure)
        middle = float(parts.middle_mjd[number])
        for name, field in _fields(exposure.field, path):
            for first, last in _inside(field, path, above[i]):
                times = [_interpolated(seconds[i], x) for x in (first, last)]
                nearest, apart = _nearest(field.centre, path, first, last)
                found.append(
                    Crossing(
                        which,
                        int(parts.exposure[number]),
                        name,
                        middle + times[0] / 86400.0,
                        middle + _interpolated(seconds[i], nearest) / 86400.0,
                        middle + times[1] / 86400.0,
                        apart,
                    )
                )
    return found


def _paths(
    orbits: Orbits, satellite: Ints, part: Ints, parts: Parts, observer: Observer
) -> tuple[Floats, Floats, Floats]:
    """Paths of pairs through their parts.

    Returns
    -------
    seconds (n, m) since the middle, directions (n, m, 3) in the frame of catalogued stars (NaN
    where there is no state), and what is above 0 where the line of sight is free (n, m).
    """
    half = parts.half_s[part]
    nodes = np.linspace(-1.0, 1.0, _NODES) * half[:, None]
    mjd = parts.middle_mjd[part][:, None] + nodes / 86400.0
    states = orbits.along(satellite, mjd)
    frames = Frames.at(mjd.ravel())
    shape = (*mjd.shape, 3)
    position = rotate(frames.teme_to_gcrs, states.position.reshape(-1, 3)).reshape(shape)
    velocity = rotate(frames.teme_to_gcrs, states.velocity.reshape(-1, 3)).reshape(shape)
    position[~states.is_valid] = np.nan
    place, motion = (each.reshape(shape) for each in observer.place(frames))
    count = int(np.ceil(2.0 * half.max() / _STEP_S)) + 1
    seconds = np.linspace(-1.0, 1.0, max(count, 9)) * half[:, None]
    satellites, speeds = _between(nodes, position, velocity, seconds)
    places, _ = _between(nodes, place, motion, seconds)
    earth = frames.earth_velocity.reshape(shape)[:, :1]
    directions = catalogue_direction(satellites, speeds, places, earth)
    if isinstance(observer, GroundObserver):
        # The vertical turns with the Earth, which the places tell to 1e-6 of what they move.
        up = observer.horizon(frames)[:, 2].reshape(shape)
        ups, _ = _between(nodes, up, np.gradient(up, axis=1) * 0.0, seconds, linear=True)
        return seconds, directions, np.einsum("ijk,ijk->ij", satellites - places, ups)
    return seconds, directions, _clear_of_earth(places, satellites)


def _between(
    nodes: Floats, value: Floats, slope: Floats, seconds: Floats, *, linear: bool = False
) -> tuple[Floats, Floats]:
    """Cubic Hermite of values (n, k, 3) and slopes at times (n, m); the slope linearly."""
    step = (nodes[:, 1] - nodes[:, 0])[:, None]
    place = (seconds - nodes[:, :1]) / step
    low = np.clip(place.astype(np.int64), 0, nodes.shape[1] - 2)
    x = (place - low)[..., None]
    take = low[..., None]
    v0, v1 = (np.take_along_axis(value, take + i, axis=1) for i in (0, 1))
    s0, s1 = (np.take_along_axis(slope, take + i, axis=1) for i in (0, 1))
    if linear:
        return v0 + x * (v1 - v0), s0
    h = step[..., None]
    found = (
        v0 * (1.0 + 2.0 * x) * (1.0 - x) ** 2
        + v1 * x**2 * (3.0 - 2.0 * x)
        + h * x * (1.0 - x) * (s0 * (1.0 - x) - s1 * x)
    )
    return found, s0 + x * (s1 - s0)


def _clear_of_earth(place: Floats, satellite: Floats) -> Floats:
    """Above 0 where the Earth is not between an observer in space and the satellite.

    For the centre of the Earth, from where nothing could be seen, always 1.
    """
    line = satellite - place
    length = np.linalg.norm(line, axis=-1)
    along = -np.einsum("ijk,ijk->ij", place, line) / length
    distance = np.linalg.norm(place, axis=-1)
    miss = np.sqrt(np.maximum(distance**2 - along**2, 0.0))
    between = (along > 0.0) & (along < length) & (distance > _EARTH_KM)
    return np.asarray(np.where(between, miss - _EARTH_KM, 1.0))


def _as_it_turns(path: Floats, seconds: Floats, middle: Frames, exposure: Exposure) -> Floats:
    """The path in the frame of a telescope that stands still while the sky turns over it."""
    mjd = middle.mjd_utc[0] + seconds / 86400.0
    then = Frames.at(mjd)
    now = Frames.at(np.array([exposure.middle_mjd]))
    return np.asarray(
        now.itrs_to_gcrs[0] @ rotate(np.swapaxes(then.itrs_to_gcrs, 1, 2), path)[..., None]
    )[..., 0]


def _fields(field: Field, path: Floats) -> list[tuple[str, Field]]:
    if isinstance(field, Apertures):
        return [(name, circle) for name, circle in field.near(path)]
    return [("", field)]


def _inside(field: Field, path: Floats, above: Floats) -> list[tuple[float, float]]:
    """Where a path is inside and visible, in steps of the path, ends included."""
    edges = field.edge_fractions(path[:-1], path[1:])
    step, _ = np.nonzero(np.isfinite(edges))
    places = [(step + edges[np.isfinite(edges)])]
    with np.errstate(invalid="ignore", divide="ignore"):
        horizon = above[:-1] / (above[:-1] - above[1:])
    rises = np.flatnonzero((horizon >= 0.0) & (horizon <= 1.0))
    places += [rises + horizon[rises], np.array([0.0, len(path) - 1.0])]
    marks = np.unique(np.concatenate(places))
    middles = (marks[:-1] + marks[1:]) / 2.0
    points = _point(path, middles)
    good = field.contains(points) & (_value(above, middles) > 0.0)
    found: list[tuple[float, float]] = []
    for first, last in zip(marks[:-1][good].tolist(), marks[1:][good].tolist(), strict=True):
        if found and found[-1][1] == first:
            first = found.pop()[0]
        found.append((first, last))
    return found


def _point(path: Floats, place: Floats) -> Floats:
    low = np.clip(place.astype(np.int64), 0, len(path) - 2)
    x = (place - low)[:, None]
    there = path[low] + x * (path[low + 1] - path[low])
    return np.asarray(there / np.linalg.norm(there, axis=1)[:, None])


def _value(values: Floats, place: Floats) -> Floats:
    low = np.clip(place.astype(np.int64), 0, len(values) - 2)
    return np.asarray(values[low] + (place - low) * (values[low + 1] - values[low]))


def _interpolated(seconds: Floats, place: float) -> float:
    return float(seconds[0] + place * (seconds[1] - seconds[0]))


def _nearest(centre: Floats, path: Floats, first: float, last: float) -> tuple[float, float]:
    """Where between two places of a path it is nearest to a centre, and how near (rad)."""
    whole = np.arange(np.ceil(first), np.floor(last) + 1.0)
    places = np.concatenate([[first], whole, [last]])
    points = _point(path, places)
    step = np.diff(points, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.sum((centre - points[:-1]) * step, axis=1) / np.sum(step * step, axis=1)
    x = np.clip(np.nan_to_num(x), 0.0, 1.0)
    apart = np.linalg.norm(points[:-1] + x[:, None] * step - centre, axis=1)
    best = int(np.argmin(apart))
    place = places[best] + x[best] * (places[best + 1] - places[best])
    return float(place), float(2.0 * np.arcsin(min(apart[best] / 2.0, 1.0)))


def _joined(pieces: list[Crossing]) -> list[Crossing]:
    """Pieces of one satellite in one exposure, joined where one part ends and the next begins."""
    found: list[Crossing] = []
    for piece in sorted(pieces, key=lambda c: c.enters_mjd):
        if found and piece.enters_mjd - found[-1].leaves_mjd < _JOIN_D:
            before = found.pop()
            near = min(before, piece, key=lambda c: c.nearest_rad)
            piece = Crossing(
                piece.satellite,
                piece.exposure,
                piece.aperture,
                before.enters_mjd,
                near.nearest_mjd,
                max(piece.leaves_mjd, before.leaves_mjd),
                near.nearest_rad,
            )
        found.append(piece)
    return found
