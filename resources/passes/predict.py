"""PassPredict: from exposures, an observer and elements to the transit list of SATCON2."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import ELEMENT_COLUMNS, Elements
from satvo.resources.ephemeris.observer import GEOCENTRE, Observer, SpaceTelescope, number_of
from satvo.resources.ephemeris.operator_files import OperatorFiles
from satvo.resources.ephemeris.propagation import Orbits, propagator
from satvo.resources.passes.crossings import Crossing, find_crossings
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.operators import FilesOf, Found, hours_of, with_files
from satvo.resources.passes.options import Options
from satvo.resources.passes.search import find_candidates, parts_of
from satvo.resources.passes.state_table import StateTable
from satvo.resources.passes.steps import refuse_many, step_rows
from satvo.resources.passes.transits import transit_rows
from satvo.schemas.errors import BadParameter

__all__ = ["Catalogue", "Prediction", "chunks_of", "day_of", "predict", "predict_by_day", "span_of"]

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
        err_pa (as in `satvo.ephemeris`), ephemeris_id, aperture_id, mag_err and mag_model beside
        them.
    left_out : dict of int
        How many crossings were left out for each reason: not-yet-launched, decayed, old-elements,
        in-shadow, faint.
    steps : dict of ndarray, optional
        `satvo.resources.passes.steps.step_rows`, where they were asked for.
    """

    columns: dict[str, NDArray[Any]]
    left_out: dict[str, int]
    steps: dict[str, NDArray[Any]] | None = None

    def __len__(self) -> int:
        return len(self.columns["norad_id"])


def predict(
    exposures: list[Exposure],
    observer: Observer,
    catalogue: Catalogue,
    options: Options | None = None,
    files_of: FilesOf | None = None,
) -> Prediction:
    """Which satellites cross which exposures.

    Parameters
    ----------
    exposures : list of Exposure
        In any order; identifiers must differ.
    observer : Observer
        A telescope in space does not see itself.
    catalogue : Catalogue
    options : Options, optional
    files_of : callable, optional
        Operators' ephemerides: a satellite is where its newest file says in every exposure that
        the file covers whole, and where its elements say in all others.

    Raises
    ------
    BadParameter
        If an identifier comes twice, or a time is outside the tables of the Earth's orientation
        or the observer's ephemeris.
    """
    options = options or Options()
    _refuse_twins(exposures)
    observer = _at_work(observer, exposures)
    left_out: Counter[str] = Counter()
    parts = parts_of(exposures, observer)
    satellite, part = find_candidates(catalogue.table, parts, observer)
    others = catalogue.elements.norad_id[satellite] != number_of(observer)
    found = find_crossings(
        catalogue.orbits, satellite[others], part[others], parts, exposures, observer
    )
    crossings = _kept(found, catalogue.elements, options, left_out)
    answers = []
    for members, files in _by_files(exposures, files_of):
        answer = Found(
            _of(crossings, members, len(exposures)), catalogue.elements, catalogue.orbits
        )
        if files is not None:
            answer = with_files(answer, files, members, exposures, parts, observer)
        answers.append(_answered(answer, exposures, observer, options, left_out))
    return Prediction(
        _in_order([each for each, _ in answers], exposures, "t_min"),
        {reason: n for reason, n in left_out.items() if n},
        _steps([each for _, each in answers], exposures),
    )


def day_of(exposure: Exposure) -> float:
    """MJD of the noon (UTC) whose element sets an exposure is predicted with."""
    return math.floor(exposure.middle_mjd) + 0.5


def span_of(exposures: list[Exposure]) -> tuple[float, float]:
    """From the first start to the last end, MJD in UTC."""
    return min(each.start_mjd for each in exposures), max(each.end_mjd for each in exposures)


def chunks_of(exposures: list[Exposure]) -> Iterator[tuple[float, list[Exposure]]]:
    """Exposures of one day, at most 1000 at once, each with its noon (`day_of`)."""
    days: dict[float, list[Exposure]] = defaultdict(list)
    for exposure in exposures:
        days[day_of(exposure)].append(exposure)
    for day, those in sorted(days.items()):
        for start in range(0, len(those), _AT_ONCE):
            yield day, those[start : start + _AT_ONCE]


def predict_by_day(
    exposures: list[Exposure],
    observer: Observer,
    catalogue_of: Callable[[float], Catalogue],
    options: Options | None = None,
    progress: Callable[[float], object] = lambda fraction: None,
    files_of: FilesOf | None = None,
) -> Prediction:
    """`predict` with the elements of each day.

    Parameters
    ----------
    catalogue_of : callable
        The catalogue for a noon (MJD in UTC).
    progress : callable
        Told the fraction done.
    files_of : callable, optional
        As of `predict`.
    """
    _refuse_twins(exposures)
    found: list[Prediction] = []
    done = 0
    for day, some in chunks_of(exposures):
        found.append(predict(some, observer, catalogue_of(day), options, files_of))
        refuse_many(sum(len(each.steps["norad_id"]) for each in found if each.steps))
        done += len(some)
        progress(done / len(exposures))
    left_out: Counter[str] = sum((Counter(each.left_out) for each in found), Counter())
    return Prediction(
        _in_order([each.columns for each in found], exposures, "t_min"),
        dict(left_out),
        _steps([each.steps for each in found], exposures),
    )


def _refuse_twins(exposures: list[Exposure]) -> None:
    twice = [name for name, count in Counter(e.id for e in exposures).items() if count > 1]
    if twice:
        raise BadParameter(f"exposure id {twice[0]!r} comes twice; give each exposure its own")


def _at_work(observer: Observer, exposures: list[Exposure]) -> Observer:
    """The observer; a telescope in space on one orbit for all of the exposures."""
    if not isinstance(observer, SpaceTelescope) or not exposures:
        return observer
    return observer.during(*span_of(exposures))


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


def _of(crossings: list[Crossing], members: list[int], count: int) -> list[Crossing]:
    if len(members) == count:
        return crossings
    those = set(members)
    return [c for c in crossings if c.exposure in those]


def _by_files(
    exposures: list[Exposure], files_of: FilesOf | None
) -> Iterator[tuple[list[int], OperatorFiles | None]]:
    """Exposures by the hour with the files of that hour, and at last all that have none."""
    if files_of is None:
        yield list(range(len(exposures))), None
        return
    without: list[int] = []
    for members, first, last in hours_of(exposures):
        files = files_of(first, last)
        if files is None or not len(files):
            without += members
        else:
            yield members, files
    yield sorted(without), None


def _answered(
    found: Found,
    exposures: list[Exposure],
    observer: Observer,
    options: Options,
    left_out: Counter[str],
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]] | None]:
    """The rows that are wanted, and their steps."""
    if not found.crossings and options.step_s is None:
        return dict(_nothing()), None
    columns = transit_rows(
        found.crossings,
        found.elements,
        found.orbits,
        exposures,
        observer,
        options,
        found.files,
    )
    wanted = np.ones(len(columns["norad_id"]), dtype=bool)
    if options.illuminated_only:
        wanted &= columns["illuminated"]
        left_out["in-shadow"] += int((~wanted).sum())
    if options.mag_limit is not None:
        faint = wanted & (columns["mag"] > options.mag_limit)
        left_out["faint"] += int(faint.sum())
        wanted &= ~faint
    if not wanted.all():
        columns = {name: values[wanted] for name, values in columns.items()}
    if options.step_s is None:
        return columns, None
    crossings = [found.crossings[i] for i in np.flatnonzero(wanted).tolist()]
    return columns, step_rows(crossings, columns, found, exposures, observer, options)


@cache
def _nothing() -> dict[str, NDArray[Any]]:
    """The columns without a row, which are as much work as a row is."""
    columns: dict[str, Any] = {name: [] for name in ELEMENT_COLUMNS}
    elements = Elements.of_columns(columns)
    orbits = propagator("sgp4").prepare(elements)
    return transit_rows([], elements, orbits, [], GEOCENTRE, Options())


def _steps(
    pieces: list[dict[str, NDArray[Any]] | None], exposures: list[Exposure]
) -> dict[str, NDArray[Any]] | None:
    there = [each for each in pieces if each is not None]
    if not there:
        return None
    refuse_many(sum(len(each["norad_id"]) for each in there))
    return _in_order(there, exposures, "epoch_mjd")


def _in_order(
    pieces: list[dict[str, NDArray[Any]]], exposures: list[Exposure], time: str
) -> dict[str, NDArray[Any]]:
    """Pieces as one, rows by exposure and time."""
    if len(pieces) == 1:
        columns = pieces[0]
    else:
        columns = {name: np.concatenate([each[name] for each in pieces]) for name in pieces[0]}
    place = {exposure.id: i for i, exposure in enumerate(exposures)}
    number = np.array([place[name] for name in columns["exposure_id"]], dtype=np.int64)
    order = np.lexsort((columns[time], number))
    return {name: each[order] for name, each in columns.items()}
