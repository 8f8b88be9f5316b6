"""Who may be above an observer's horizon, from the state table: for finding, not for answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.passes.search import may_be_above
from satvo.resources.passes.state_table import Group, StateTable

__all__ = ["Instants", "Look", "looks"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SLACK_KM = 1.0
_SLACK_OF_DISTANCE = 3e-5
"""What light time and diurnal aberration move, at most: speed over that of light."""
_LONGEST_MASKED_S = 1200
_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True)
class Instants:
    """An observer's place at m instants.

    Attributes
    ----------
    mjd_utc : ndarray (m,)
        Ascending.
    frames : Frames
    place_km, up : ndarray (m, 3)
        TEME; up is the normal of the ellipsoid.
    """

    mjd_utc: Floats
    frames: Frames
    place_km: Floats
    up: Floats

    @classmethod
    def of(cls, observer: GroundObserver, frames: Frames) -> Instants:
        """Those of frames."""
        to_teme = np.swapaxes(frames.teme_to_gcrs, 1, 2)
        place = rotate(to_teme, observer.place(frames)[0])
        up = rotate(to_teme, observer.horizon(frames)[:, 2, :])
        return cls(frames.mjd_utc, frames, place, up)


@dataclass(frozen=True, slots=True)
class Look:
    """Some satellites at some of the instants.

    Attributes
    ----------
    satellite : ndarray of int (k,)
        Places in the catalogue.
    instant : ndarray of int (j,)
        Places in the instants, ascending and without a gap.
    height_km : ndarray (k, j)
        Above the plane of the horizon; NaN where there is no state.
    distance_km : ndarray (k, j)
        From the observer.
    margin_km : ndarray (k, j)
        How far off the height may be, light time and aberration included.
    """

    satellite: Ints
    instant: Ints
    height_km: Floats
    distance_km: Floats
    margin_km: Floats


def looks(table: StateTable, observer: GroundObserver, instants: Instants) -> Iterator[Look]:
    """Every satellite that may be above the horizon at one of the instants, once an instant.

    Those that are surely below for a whole cell of the table are not in it.
    """
    for index, group in enumerate(table.groups):
        place = instants.mjd_utc * (86400.0 / group.step_s)
        number = np.floor(place).astype(np.int64)
        for cell in np.unique(number).tolist():
            among = np.flatnonzero(number == cell)
            fraction = place[among] - cell
            yield from _in_cell(table, index, cell, observer, instants, among, fraction)


def _in_cell(
    table: StateTable,
    index: int,
    number: int,
    observer: GroundObserver,
    instants: Instants,
    among: Ints,
    fraction: Floats,
) -> Iterator[Look]:
    cell, group = table.cell(index, number), table.groups[index]
    if len(cell.unsure):
        states = table.some(index, cell.unsure, instants.mjd_utc[among])
        position = np.where(states.is_valid[..., None], states.position, np.nan)
        zero = np.zeros(len(cell.unsure))
        yield _look(group, cell.unsure, among, np.moveaxis(position, 2, 0), zero, instants)
    if group.step_s <= _LONGEST_MASKED_S:
        cell = table.seen(index, number, observer, may_be_above)
    most = max(1, _BLOCK // len(among))
    for start in range(0, len(cell.usable), most):
        some = slice(start, start + most)
        powers = (fraction[:, None] ** np.arange(8)).astype(np.float32)
        position = np.swapaxes(powers @ cell.coefficients[..., some], 1, 2)
        yield _look(group, cell.usable[some], among, position, cell.error_km[some], instants)


def _look(
    group: Group, own: Ints, among: Ints, position: Floats, error_km: Floats, instants: Instants
) -> Look:
    """From positions (3, k, j) in TEME."""
    line = position - instants.place_km[among].T[:, None, :]
    height = np.einsum("ikj,ji->kj", line, instants.up[among])
    distance = np.sqrt(np.einsum("ikj,ikj->kj", line, line))
    margin = error_km[:, None] + _SLACK_KM + _SLACK_OF_DISTANCE * distance
    return Look(group.members[own], among, height, distance, margin)
