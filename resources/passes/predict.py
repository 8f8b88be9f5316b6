"""PassPredict: from exposures, an observer and elements to the transit list of SATCON2."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.propagation import Orbits, propagator
from satvo.resources.passes.crossings import Crossing, find_crossings
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.options import Options
from satvo.resources.passes.search import find_candidates, parts_of
from satvo.resources.passes.state_table import StateTable
from satvo.resources.passes.transits import transit_rows
from satvo.schemas.errors import BadParameter

__all__ = ["Catalogue", "Prediction", "predict"]


class Catalogue:
    """Satellites ready to be searched; a server keeps one for a night.

    Parameters
    ----------
    elements : Elements
        One set a satellite.
    propagator_name : str
        As `satvo.resources.ephemeris.propagation.propagator` knows it.
    """

    def __init__(self, elements: Elements, *, propagator_name: str = "sgp4") -> None:
        self.elements = elements
        self.orbits: Orbits = propagator(propagator_name).prepare(elements)
        self.table = StateTable(elements, self.orbits)


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
    twice = [name for name, count in Counter(e.id for e in exposures).items() if count > 1]
    if twice:
        raise BadParameter(f"exposure id {twice[0]!r} comes twice; give each exposure its own")
    left_out: Counter[str] = Counter()
    parts = parts_of(exposures, observer)
    satellite, part = find_candidates(catalogue.table, parts, observer)
    crossings = find_crossings(catalogue.orbits, satellite, part, parts, exposures, observer)
    columns = transit_rows(
        _kept(crossings, catalogue.elements, options, left_out),
        catalogue.elements,
        catalogue.orbits,
        exposures,
        observer,
        options,
    )
    return _wanted(columns, options, left_out)


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
