"""PassPredict: from exposures, an observer and elements to the transit list of SATCON2."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import ELEMENT_COLUMNS, Elements
from satvo.resources.ephemeris.observer import GEOCENTRE, Observer
from satvo.resources.ephemeris.propagation import Orbits, propagator
from satvo.resources.passes.crossings import Crossing, find_crossings
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.options import Options
from satvo.resources.passes.search import find_candidates, parts_of
from satvo.resources.passes.state_table import StateTable
from satvo.resources.passes.transits import transit_rows
from satvo.schemas.errors import BadParameter

__all__ = ["Catalogue", "Prediction", "day_of", "predict", "predict_by_day"]

_AT_ONCE = 1000


class Catalogue:
    """Satellites ready to be searched; a server keeps one for a night.

    Parameters
    ----------
    elements : Elements
        One set a satellite.
    propagator_name : str
        As `satvo.resources.ephemeris.propagation.propagator` knows it.
    most_bytes : int
        Of the state table.
    """

    def __init__(
        self, elements: Elements, *, propagator_name: str = "sgp4", most_bytes: int = 400 << 20
    ) -> None:
        self.elements = elements
        self.orbits: Orbits = propagator(propagator_name).prepare(elements)
        self.table = StateTable(elements, self.orbits, most_bytes=most_bytes)


@dataclass(frozen=True, slots=True)
class Prediction:
    """The transits, and what was left out.

    Attributes
    ----------
    columns : dict of ndarray
        Those of `satvo.transit` by name, rows by exposure and time; object_name, err_maj, err_min,
        err_pa (as in `satvo.ephemeris`), aperture_id, mag_err and mag_model beside them.
    left_out : dict of int
        How many crossings were left out for each reason: not-yet-launched, decayed, old-elements,
        in-shadow, faint.
    """

    columns: dict[str, NDArray[Any]]
    left_out: dict[str, int]

    def __len__(self) -> int:
        return len(self.columns["norad_id"])


def predict(
    exposures: list[Exposure],
    observer: Observer,
    catalogue: Catalogue,
    options: Options | None = None,
) -> Prediction:
    """Which satellites cross which exposures.

    Parameters
    ----------
    exposures : list of Exposure
        In any order; identifiers must differ.
    observer : Observer
    catalogue : Catalogue
    options : Options, optional

    Raises
    ------
    BadParameter
        If an identifier comes twice, or a time is outside the tables of the Earth's orientation
        or the observer's ephemeris.
    """
    options = options or Options()
    _refuse_twins(exposures)
    left_out: Counter[str] = Counter()
    parts = parts_of(exposures, observer)
    satellite, part = find_candidates(catalogue.table, parts, observer)
    crossings = find_crossings(catalogue.orbits, satellite, part, parts, exposures, observer)
    crossings = _kept(crossings, catalogue.elements, options, left_out)
    if not crossings:
        return Prediction(_no_rows(), dict(left_out))
    columns = transit_rows(
        crossings, catalogue.elements, catalogue.orbits, exposures, observer, options
    )
    return _wanted(columns, options, left_out)


def day_of(exposure: Exposure) -> float:
    """MJD of the noon (UTC) whose element sets an exposure is predicted with."""
    return math.floor(exposure.middle_mjd) + 0.5


def predict_by_day(
    exposures: list[Exposure],
    observer: Observer,
    catalogue_of: Callable[[float], Catalogue],
    options: Options | None = None,
    progress: Callable[[float], object] = lambda fraction: None,
) -> Prediction:
    """`predict` with the elements of each day.

    Parameters
    ----------
    catalogue_of : callable
        The catalogue for a noon (MJD in UTC).
    progress : callable
        Told the fraction done.
    """
    days: dict[float, list[int]] = defaultdict(list)
    for i, exposure in enumerate(exposures):
        days[day_of(exposure)].append(i)
    place = {exposure.id: i for i, exposure in enumerate(exposures)}
    _refuse_twins(exposures)
    found = []
    done = 0
    for day, which in sorted(days.items()):
        catalogue = catalogue_of(day)
        for start in range(0, len(which), _AT_ONCE):
            some = [exposures[i] for i in which[start : start + _AT_ONCE]]
            found.append(predict(some, observer, catalogue, options))
            done += len(some)
            progress(done / len(exposures))
    columns = {
        name: np.concatenate([each.columns[name] for each in found]) for name in found[0].columns
    }
    number = np.array([place[name] for name in columns["exposure_id"]], dtype=np.int64)
    order = np.lexsort((columns["t_min"], number))
    left_out: Counter[str] = sum((Counter(each.left_out) for each in found), Counter())
    return Prediction({name: each[order] for name, each in columns.items()}, dict(left_out))


def _refuse_twins(exposures: list[Exposure]) -> None:
    twice = [name for name, count in Counter(e.id for e in exposures).items() if count > 1]
    if twice:
        raise BadParameter(f"exposure id {twice[0]!r} comes twice; give each exposure its own")


@cache
def _nothing() -> dict[str, NDArray[Any]]:
    """The columns without a row, which are as much work as a row is."""
    columns: dict[str, Any] = {name: [] for name in ELEMENT_COLUMNS}
    elements = Elements.of_columns(columns)
    orbits = propagator("sgp4").prepare(elements)
    return transit_rows([], elements, orbits, [], GEOCENTRE, Options())


def _no_rows() -> dict[str, NDArray[Any]]:
    return dict(_nothing())


def _kept(
    crossings: list[Crossing], elements: Elements, options: Options, left_out: Counter[str]
) -> list[Crossing]:
    """Without satellites that were not there, or whose elements are too far from the time."""
    kept = []
    for c in crossings:
        i = c.satellite
        if c.leaves_mjd < elements.launch_mjd[i]:
            left_out["not-yet-launched"] += 1
        elif c.enters_mjd >= elements.decay_mjd[i] + 1.0:
            left_out["decayed"] += 1
        elif abs(c.nearest_mjd - elements.epoch_mjd[i]) > options.max_age_d:
            left_out["old-elements"] += 1
        else:
            kept.append(c)
    return kept


def _wanted(
    columns: dict[str, NDArray[Any]], options: Options, left_out: Counter[str]
) -> Prediction:
    wanted = np.ones(len(columns["norad_id"]), dtype=bool)
    if options.illuminated_only:
        wanted &= columns["illuminated"]
        left_out["in-shadow"] = int((~wanted).sum())
    if options.mag_limit is not None:
        faint = wanted & (columns["mag"] > options.mag_limit)
        left_out["faint"] = int(faint.sum())
        wanted &= ~faint
    if not wanted.all():
        columns = {name: values[wanted] for name, values in columns.items()}
    return Prediction(columns, {reason: n for reason, n in left_out.items() if n})
