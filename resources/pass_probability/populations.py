"""The catalogue as it is, as thin layers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness import Satellites
from satvo.resources.constellations.layers import Layers
from satvo.resources.constellations.walker import EARTH_MU, EARTH_RADIUS_KM, J2, recovered_axis
from satvo.resources.ephemeris.elements import Elements

__all__ = ["layers_of_elements", "mean_axes_km"]

Floats = NDArray[np.float64]

_HEIGHT_STEP = 0.03
"""Of the logarithm of a height: radii nearer than this are not told apart."""
_INCLINATION_STEP_DEG = 0.25
_MOST_LAYERS = 400
_SCALE = np.array([2.0, 1.0])
"""Weights of steps of height and of inclination where groups are parted."""
_MAG_STEP = 0.5
_MOST_RADII = 64
_LOWEST_KM = 80.0


def layers_of_elements(
    elements: Elements,
    *,
    mjd: float | None = None,
    by_brightness: bool = False,
    most_layers: int = _MOST_LAYERS,
) -> Layers:
    """Real satellites, each spread over the layers that its orbit goes through.

    Parameters
    ----------
    elements : Elements
        One set for each satellite.
    mjd : float, optional
        MJD in UTC: what was launched later or had decayed by then is left out. Without it what has
        a decay date is.
    by_brightness : bool
        Whether satellites of different constellation, design or standard magnitude (in steps of
        0.5) stay apart; only where a brightness model is to tell them apart, since it makes several
        times as many layers.
    most_layers : int
        Layers are made until there are so many, or one for each kind by brightness if that is more.

    Returns
    -------
    Layers
        What is below 80 km, or without a closed orbit, is left out.

    Notes
    -----
    An eccentric orbit counts with equal parts at equal steps of time. Whatever is spread most in
    logarithm of height or in inclination, times its number, is parted at its mean until there are
    enough layers, so that shells and crowded orbits get layers of their own. Each has the mean
    radius and inclination of what is in it. Of the 24 132 objects of July 2022 the numbers above 0
    to 60 deg, all and illuminated, then differ by less than 0.2 % from those of 85 000 layers, at
    latitudes from 0 to 80.

    Nodes, and so longitudes, are taken as random; and perigees too, so that each radius has the
    latitudes of a circular orbit. That is wrong for what stays at one argument of perigee: Molniya
    orbits (204 objects of 2022) are over the north for most of their time, and the layers put half
    of it over the south. Satellites that keep their place over the Earth (the belt of
    geostationary ones) are spread evenly in longitude.

    Examples
    --------
    >>> from satvo.resources.ephemeris.elements import Elements
    >>> circular = {"norad_id": [1, 2], "epoch_mjd": [6e4] * 2, "mean_motion": [15.0558, 15.0558],
    ...     "eccentricity": [0.0] * 2, "inclination": [53.0] * 2, "ra_of_asc_node": [0.0, 90.0],
    ...     "arg_of_pericenter": [0.0] * 2, "mean_anomaly": [0.0] * 2}
    >>> layers = layers_of_elements(Elements.of_columns(circular))
    >>> layers.count, layers.radius_km.round(1)
    (array([2.]), array([6928.1]))
    """
    some = elements[_are_there(elements, mjd)]
    axis = mean_axes_km(some)
    usable = np.isfinite(axis) & (some.eccentricity >= 0.0) & (some.eccentricity < 1.0)
    some, axis = some[usable], axis[usable]
    owner, radius, part = _radii(axis, some.eccentricity)
    kinds, kind = _kinds(some, by_brightness)
    high = radius > EARTH_RADIUS_KM + _LOWEST_KM
    owner, radius, part = owner[high], radius[high], part[high]
    inclination = some.inclination[owner]
    steps = (
        np.round(np.log(radius - EARTH_RADIUS_KM) / _HEIGHT_STEP).astype(np.int64),
        np.round(inclination / _INCLINATION_STEP_DEG).astype(np.int64),
        kind[owner],
    )
    shape = tuple(int(step.max(initial=0)) + 1 for step in steps)
    cell_of, cell = np.unique(np.ravel_multi_index(steps, shape), return_inverse=True)
    cells = np.column_stack(np.unravel_index(cell_of, shape)).astype(np.int64)
    weight = np.asarray(np.bincount(cell, part), dtype=np.float64)
    parts = _parted(cells, weight, most_layers)
    layer = np.empty(len(cells), dtype=np.int64)
    for number, members in enumerate(parts):
        layer[members] = number
    which = layer[cell]
    layers = cells[[members[0] for members in parts]]
    count = np.bincount(which, part, minlength=len(parts))
    of_kind = [kinds[k] for k in layers[:, 2].tolist()]
    return Layers.of(
        count,
        np.bincount(which, part * radius, minlength=len(parts)) / count,
        np.bincount(which, part * inclination, minlength=len(parts)) / count,
        mag_std=[k[0] for k in of_kind],
        constellation=[k[1] for k in of_kind],
        generation=[k[2] for k in of_kind],
    )


def mean_axes_km(elements: Elements) -> Floats:
    """Semi-major axes (n,) of mean elements; NaN where there is no orbit.

    References
    ----------
    Hoots & Roehrich 1980, Spacetrack Report 3, section 6: a0'' from Kozai's mean motion; WGS-72.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        motion = elements.mean_motion * (2.0 * math.pi / 86400.0)
        first = (EARTH_MU / motion**2) ** (1.0 / 3.0) / EARTH_RADIUS_KM
        cos2 = np.cos(np.radians(elements.inclination)) ** 2
        factor = 0.75 * J2 * (3.0 * cos2 - 1.0) / (1.0 - elements.eccentricity**2) ** 1.5
        second = recovered_axis(first, factor)
        recovered = motion / (1.0 + factor / second**2)
        return np.asarray((EARTH_MU / recovered**2) ** (1.0 / 3.0))


def _are_there(elements: Elements, mjd: float | None) -> NDArray[np.bool_]:
    if mjd is None:
        return np.isnan(elements.decay_mjd)
    return ~(elements.decay_mjd <= mjd) & ~(elements.launch_mjd > mjd)


def _radii(axis: Floats, eccentricity: Floats) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Radii at even steps of time from perigee to apogee: owner, radius in km, part of the time."""
    perigee_height = np.maximum(axis * (1.0 - eccentricity) - EARTH_RADIUS_KM, _LOWEST_KM)
    spread = 2.0 * axis * eccentricity / perigee_height
    steps = np.clip(np.ceil(spread * (2.0 / _HEIGHT_STEP)), 1, _MOST_RADII).astype(np.int64)
    owner = np.repeat(np.arange(len(axis)), steps)
    first = np.repeat(np.cumsum(steps) - steps, steps)
    anomaly = (np.arange(len(owner)) - first + 0.5) * (np.pi / steps[owner])
    e = eccentricity[owner]
    eccentric = anomaly + e * np.sin(anomaly)
    for _ in range(12):  # Newton; from this start it ends for any e below 1
        off = eccentric - e * np.sin(eccentric) - anomaly
        eccentric = np.clip(eccentric - off / (1.0 - e * np.cos(eccentric)), 0.0, np.pi)
    return owner, axis[owner] * (1.0 - e * np.cos(eccentric)), 1.0 / steps[owner]


def _parted(cells: NDArray[np.int64], weight: Floats, most: int) -> list[NDArray[np.int64]]:
    """Numbers of cells (height, inclination, kind) in groups of one kind, the widest parted."""
    waiting = [
        _Group.of(cells, weight, np.flatnonzero(cells[:, 2] == kind))
        for kind in np.unique(cells[:, 2])
    ]
    heapify(waiting)
    while waiting and len(waiting) < most and waiting[0].spread < 0.0:
        group = heappop(waiting)
        along = cells[group.members, group.axis]
        low = along <= group.middle
        for side in (low, ~low):
            heappush(waiting, _Group.of(cells, weight, group.members[side]))
    return [group.members for group in waiting]


@dataclass(frozen=True, slots=True, order=True)
class _Group:
    """Cells that are one layer.

    Attributes
    ----------
    spread : float
        Minus their summed squares of distance from the mean along the axis where it is greatest, so
        that the widest is the least.
    first : int
        Number of the first, so that no two are equal.
    axis : int
        0 for height, 1 for inclination.
    middle : int
        Mean along it: the last of the lower part.
    members : ndarray of int64
    """

    spread: float
    first: int
    axis: int = field(compare=False)
    middle: int = field(compare=False)
    members: NDArray[np.int64] = field(compare=False)

    @classmethod
    def of(cls, cells: NDArray[np.int64], weight: Floats, members: NDArray[np.int64]) -> _Group:
        own, own_weight = cells[members, :2], weight[members]
        mean = own_weight @ own / own_weight.sum()
        least, most = own.min(axis=0), own.max(axis=0)
        squares = np.where(least < most, own_weight @ ((own - mean) * _SCALE) ** 2, 0.0)
        axis = int(squares.argmax())
        middle = int(np.clip(np.floor(mean[axis]), least[axis], max(most[axis] - 1, least[axis])))
        return cls(-float(squares[axis]), int(members[0]), axis, middle, members)


def _kinds(
    elements: Elements, by_brightness: bool
) -> tuple[list[tuple[float, str, str]], NDArray[np.int64]]:
    """What brightness models tell apart, and which of them each satellite is."""
    count = len(elements)
    if not by_brightness:
        return [(math.nan, "", "")], np.zeros(count, dtype=np.int64)
    named = Satellites.of(
        count,
        constellation=elements.constellation.tolist(),
        object_name=elements.object_name.tolist(),
    )
    step = np.round(elements.mag_std / _MAG_STEP) * _MAG_STEP
    standard = [None if math.isnan(mag) else mag for mag in step.tolist()]
    rows = list(zip(standard, named.constellation, named.generation, strict=True))
    known = {row: number for number, row in enumerate(dict.fromkeys(rows))}
    kinds = [(math.nan if m is None else m, c, g) for m, c, g in known]
    return kinds, np.array([known[row] for row in rows], dtype=np.int64)
