"""Which satellites may cross which exposures: a search that misses none and names few too many.

Per exposure (in parts of at most half a minute) the relative motion is taken as a straight line
through the state at the middle; margins hold what that leaves out. After Alfano, Negron and Moore
1992 (J. Astronaut. Sci. 40), with the closest approach in angle in closed form.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.frames import EARTH_ROTATION_RAD_PER_S, Frames, rotate
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.propagation import Orbits
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.state_table import Cell, Group, StateTable

__all__ = [
    "PART_S",
    "Parts",
    "find_among",
    "find_candidates",
    "may_be_above",
    "parts_of",
    "sky_searched",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PART_S = 30.0
_SKY_SLACK_RAD = 2e-4
"""Light time (5 arcsec), aberration (20), refraction (10)."""
_SINGLE_PRECISION = 4e-4
"""Of the distance: what the difference of two squares in float32 may hide."""
_CENTRIPETAL_KM_S2 = 0.0105
"""What a path may be bent by: gravity near the ground."""
_SLACK_KM = 0.05
_STATES_A_CELL = 2
_BLOCK = 2_000_000
_MOST_WAITING = 200_000
_ASKED_AT_ONCE = 100_000
_LONGEST_MASKED_S = 1200


@dataclass(frozen=True, slots=True)
class Parts:
    """Exposures cut into parts short enough for a straight line.

    Attributes
    ----------
    exposure : ndarray of int (m,)
        Which exposure each belongs to.
    middle_mjd : ndarray (m,)
        MJD in UTC.
    half_s : ndarray (m,)
        Half of its length.
    frames : Frames
        At the middles.
    centre : ndarray (m, 3)
        Of the field, in TEME.
    radius_rad : ndarray (m,)
        Of the circle that holds the field and what the sky turns under one that does not track.
    place_km, motion_km_s : ndarray (m, 3)
        Of the observer, in TEME.
    on_ground : bool
    """

    exposure: Ints
    middle_mjd: Floats
    half_s: Floats
    frames: Frames
    centre: Floats
    radius_rad: Floats
    place_km: Floats
    motion_km_s: Floats
    on_ground: bool

    def __len__(self) -> int:
        return len(self.exposure)


def parts_of(exposures: list[Exposure], observer: Observer) -> Parts:
    """Cut exposures into parts of at most `PART_S`.

    Raises
    ------
    BadParameter
        If one is outside the tables of the Earth's orientation, or of the observer's ephemeris.
    """
    counts = np.array([int(np.ceil(e.duration_s / PART_S)) for e in exposures], dtype=np.int64)
    exposure = np.repeat(np.arange(len(exposures)), counts)
    number = np.arange(len(exposure)) - np.repeat(np.cumsum(counts) - counts, counts)
    length = np.array([e.duration_s for e in exposures])[exposure] / counts[exposure]
    start = np.array([e.start_mjd for e in exposures])[exposure]
    middle = start + (number + 0.5) * length / 86400.0
    frames = Frames.at(middle)
    to_teme = np.swapaxes(frames.teme_to_gcrs, 1, 2)
    place, motion = observer.place(frames)
    centre = np.array([e.field.centre for e in exposures]).reshape(-1, 3)[exposure]
    fixed = np.array([not e.tracks for e in exposures], dtype=bool)[exposure]
    whole = np.array([e.duration_s for e in exposures])[exposure]
    turned = np.where(fixed, EARTH_ROTATION_RAD_PER_S * whole / 2.0, 0.0)
    radius = np.array([e.field.radius_rad for e in exposures])[exposure] + turned
    return Parts(
        exposure=exposure,
        middle_mjd=middle,
        half_s=length / 2.0,
        frames=frames,
        centre=rotate(to_teme, centre),
        radius_rad=radius,
        place_km=rotate(to_teme, place),
        motion_km_s=rotate(to_teme, motion),
        on_ground=observer.is_on_ground,
    )


def sky_searched(radius_rad: float, duration_s: float) -> float:
    """How much an exposure asks for: whole skies, each for a part of `PART_S`.

    Every satellite that is up in a whole sky is followed, which takes about 2 s of processor time
    for 30 000 satellites.

    Examples
    --------
    >>> round(sky_searched(0.01, 30.0), 6), sky_searched(float(np.pi), 60.0)
    (2.5e-05, 2.0)
    """
    return math.ceil(duration_s / PART_S) * (1.0 - math.cos(radius_rad)) / 2.0


def find_candidates(table: StateTable, parts: Parts, observer: Observer) -> tuple[Ints, Ints]:
    """Pairs of a satellite and a part of an exposure that may meet.

    Returns
    -------
    satellite, part : ndarray of int (n,)
        Places in the catalogue of the table, and in ``parts``.

    Notes
    -----
    Several exposures in one cell of the table share its two states; a single one is propagated for.
    """
    kept: list[tuple[Ints, Ints]] = [(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))]
    waiting: list[_Near] = []
    for i in range(len(table.groups)):
        for near in _of_group(table, i, parts, observer):
            waiting.append(near)
            if sum(len(each.satellite) for each in waiting) > _MOST_WAITING:
                kept.append(_that_meet(waiting, parts))
                waiting = []
    kept.append(_that_meet(waiting, parts))
    satellite, part = (np.concatenate(each) for each in zip(*kept, strict=True))
    order = np.lexsort((part, satellite))
    return satellite[order], part[order]


def find_among(orbits: Orbits, may: NDArray[np.bool_], parts: Parts) -> tuple[Ints, Ints]:
    """As `find_candidates`, of few satellites and without a table: each is asked for each part.

    Parameters
    ----------
    orbits : Orbits
        Of k satellites.
    may : ndarray of bool (k, m)
        Which of them is looked for in which of m parts; it has a state throughout that part.
    parts : Parts
    """
    satellites, numbers = np.nonzero(may)
    kept = [np.zeros(0, dtype=bool)]
    for start in range(0, len(satellites), _ASKED_AT_ONCE):
        some = slice(start, start + _ASKED_AT_ONCE)
        which, part = satellites[some], numbers[some]
        states = orbits.along(which, parts.middle_mjd[part][:, None])
        line = states.position[:, 0] - parts.place_km[part]
        meets = _meets(line, states.velocity[:, 0], np.zeros(len(which)), parts, part)
        kept.append(meets & states.is_valid[:, 0])
    meets = np.concatenate(kept)
    return satellites[meets], numbers[meets]


class _Near(NamedTuple):
    """Pairs that a first look leaves: places in catalogue and parts, states, and their error."""

    satellite: Ints
    part: Ints
    position: Floats
    velocity: Floats
    error_km: Floats


def _that_meet(near: list[_Near], parts: Parts) -> tuple[Ints, Ints]:
    if not near:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    satellite, part, position, velocity, error_km = map(np.concatenate, zip(*near, strict=True))
    meets = _meets(position - parts.place_km[part], velocity, error_km, parts, part)
    return satellite[meets], part[meets]


def _of_group(table: StateTable, index: int, parts: Parts, observer: Observer) -> Iterator[_Near]:
    group = table.groups[index]
    place = parts.middle_mjd * (86400.0 / group.step_s)
    number = np.floor(place).astype(np.int64)
    for cell in np.unique(number).tolist():
        members = np.flatnonzero(number == cell)
        if table.has(index, cell) or len(members) > _STATES_A_CELL:
            yield from _by_cell(table, index, cell, parts, members, place[members] - cell, observer)
        else:
            for part in members.tolist():
                yield _by_state(table, index, parts, part)


def _by_state(table: StateTable, index: int, parts: Parts, part: int) -> _Near:
    """Those of a group that may be near in one part, propagated for it."""
    group = table.groups[index]
    states = table.now(index, float(parts.middle_mjd[part]))
    speed = group.fastest_km_s + np.linalg.norm(parts.motion_km_s[part])
    reach = speed * parts.half_s[part] + 1.0 + _SKY_SLACK_RAD * group.farthest_km
    line = (states.position - parts.place_km[part]).T
    near = _near_cone(line, parts.centre[part], parts.radius_rad[part], reach)
    which = np.flatnonzero(near & states.is_valid)
    return _Near(
        group.members[which],
        np.full(len(which), part),
        states.position[which],
        states.velocity[which],
        np.zeros(len(which)),
    )


def _by_cell(
    table: StateTable,
    index: int,
    number: int,
    parts: Parts,
    members: Ints,
    fraction: Floats,
    observer: Observer,
) -> Iterator[_Near]:
    cell, group = table.cell(index, number), table.groups[index]
    if len(cell.unsure):
        states = table.some(index, cell.unsure, parts.middle_mjd[members])
        row, column = np.nonzero(states.is_valid)
        position, velocity = states.position[row, column], states.velocity[row, column]
        satellite = group.members[cell.unsure[row]]
        yield _Near(satellite, members[column], position, velocity, np.zeros(len(row)))
    if parts.on_ground and group.step_s <= _LONGEST_MASKED_S:
        cell = table.seen(index, number, observer, may_be_above)
    if not len(cell.usable):
        return
    own = cell.usable
    most = max(1, _BLOCK // len(own))
    for start in range(0, len(members), most):
        block, at = members[start : start + most], fraction[start : start + most]
        place, which = _first_look(cell, group, parts, block, at)
        position, velocity = _at(cell.coefficients[..., which], at[place], group.step_s)
        satellite, error_km = group.members[own[which]], cell.error_km[which]
        yield _Near(satellite, block[place], position, velocity, error_km)


def may_be_above(cell: Cell, group: Group, number: int, observer: Observer) -> Ints:
    """Those of a cell that may rise above the horizon of a site during it."""
    powers = (0.5 ** np.arange(8)).astype(np.float32)
    middle = (powers @ cell.coefficients).astype(np.float64)
    frames = Frames.at(np.array([(number + 0.5) * group.step_s / 86400.0]))
    place = rotate(np.swapaxes(frames.teme_to_gcrs, 1, 2), observer.place(frames)[0])[0]
    height = np.linalg.norm(place)
    cosine = (place / height) @ middle / np.sqrt((middle * middle).sum(axis=0))
    moved = (1.05 * group.rate[cell.usable] + EARTH_ROTATION_RAD_PER_S) * group.step_s / 2.0
    # 30 km less: the normal of the ellipsoid is not the line to the centre.
    seen = np.arccos((height - 30.0) / group.farthest_km[cell.usable])
    return np.flatnonzero(np.arccos(np.clip(cosine, -1.0, 1.0)) - moved <= seen)


def _first_look(
    cell: Cell, group: Group, parts: Parts, block: Ints, fraction: Floats
) -> tuple[Ints, Ints]:
    """Places in the block and in the cell of all pairs that are not far from each other."""
    powers = (fraction[:, None] ** np.arange(8)).astype(np.float32)
    line = powers @ cell.coefficients  # (3, exposures, satellites)
    line -= parts.place_km[block].T.astype(np.float32)[..., None]
    own = cell.usable
    fastest = group.fastest_km_s[own] + np.linalg.norm(parts.motion_km_s[block], axis=1).max()
    slack = cell.error_km + 1.0 + (_SINGLE_PRECISION + _SKY_SLACK_RAD) * group.farthest_km[own]
    half = parts.half_s[block].astype(np.float32)[:, None]
    near = _near_cone(
        line,
        parts.centre[block].T.astype(np.float32)[..., None],
        parts.radius_rad[block].astype(np.float32)[:, None],
        half * fastest.astype(np.float32) + slack.astype(np.float32),
    )
    place, which = np.nonzero(near)
    return place, which


def _near_cone(line: Any, centre: Any, radius: Any, reach: Any) -> NDArray[np.bool_]:
    """Whether points (3, ...) are within a reach of the cone of a field, in their own precision."""
    along = line[0] * centre[0] + line[1] * centre[1] + line[2] * centre[2]
    square = line[0] * line[0] + line[1] * line[1] + line[2] * line[2]
    square -= along * along
    across = np.sqrt(np.maximum(square, 0.0, out=square), out=square)
    across *= np.cos(radius)
    across -= along * np.sin(radius)
    # Behind the apex the distance is that to the observer, who is near no satellite.
    return np.asarray((across <= reach) & (along >= -reach))


def _at(coefficients: NDArray[np.float32], fraction: Floats, step_s: int) -> tuple[Floats, Floats]:
    """Positions and velocities (k, 3) of polynomials (3, 8, k), each at its own fraction."""
    terms = coefficients.astype(np.float64)
    position = terms[:, 7]
    slope = np.zeros_like(position)
    for power in range(6, -1, -1):
        slope = slope * fraction + position
        position = position * fraction + terms[:, power]
    return position.T, slope.T / step_s


def _meets(
    line: Floats, velocity: Floats, error_km: Floats, parts: Parts, part: Ints
) -> NDArray[np.bool_]:
    """Whether straight paths relative to the observer come within the field and its margin."""
    motion = velocity - parts.motion_km_s[part]
    half, centre = parts.half_s[part], parts.centre[part]
    dd = np.einsum("ij,ij->i", line, line)
    dw = np.einsum("ij,ij->i", line, motion)
    ww = np.einsum("ij,ij->i", motion, motion)
    dc = np.einsum("ij,ij->i", line, centre)
    wc = np.einsum("ij,ij->i", motion, centre)
    with np.errstate(invalid="ignore", divide="ignore"):
        closest = np.nan_to_num((dc * dw - wc * dd) / (wc * dw - dc * ww))
        nearest = np.clip(np.nan_to_num(-dw / ww), -half, half)
    apart = np.full(len(line), np.inf)
    for time in (np.clip(closest, -half, half), -half, half):
        there = line + motion * time[:, None]
        along = dc + wc * time
        there -= along[:, None] * centre
        across = np.sqrt(np.einsum("ij,ij->i", there, there))
        apart = np.minimum(apart, np.arctan2(across, along))
    distance = np.linalg.norm(line + motion * nearest[:, None], axis=1)
    bends = _CENTRIPETAL_KM_S2 * (1.0 if parts.on_ground else 2.0)
    off = bends * half**2 / 2.0 + error_km + _SLACK_KM
    with np.errstate(divide="ignore"):
        margin = np.where(distance > 2.0 * off, np.arcsin(np.minimum(off / distance, 1.0)), np.pi)
    return np.asarray(apart <= parts.radius_rad[part] + 1.1 * margin + _SKY_SLACK_RAD)
