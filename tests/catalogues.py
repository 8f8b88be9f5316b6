"""Elements as tests take them from files."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from satvo.ingest.orbits.formats import read_orbits
from satvo.resources.ephemeris.elements import ELEMENT_COLUMNS, Elements
from satvo.schemas.gp import ElementSet

__all__ = ["elements_in", "elements_of_sets"]


def elements_in(path: Path) -> Elements:
    """All sets of an orbit file."""
    with path.open("rb") as stream:
        return elements_of_sets(
            s for s in read_orbits(stream, name=path.name) if isinstance(s, ElementSet)
        )


def elements_of_sets(sets: Iterable[ElementSet]) -> Elements:
    """With their places as ``gp_id``."""
    sets = list(sets)
    columns = {n: [getattr(s, n) for s in sets] for n in ELEMENT_COLUMNS if hasattr(sets[0], n)}
    columns["epoch_mjd"] = [(s.epoch - datetime(1858, 11, 17)) / timedelta(1) for s in sets]
    columns["gp_id"] = list(range(len(sets)))
    return Elements.of_columns(columns)
