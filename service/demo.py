"""The demonstration archive: the real pipeline on data that needs no network."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from importlib.resources import files

from satvo.ingest.load import LoadReport
from satvo.resources.constellations.build import (
    add_simulated,
    filed_constellations,
    simulated_sets,
)
from satvo.schemas.satellite import FIRST_SIMULATED
from satvo.service.archive import Archive

__all__ = ["fill_demo"]


def fill_demo(
    archive: Archive, *, today: datetime, told: Callable[[str, LoadReport], object]
) -> None:
    """Fill an archive with the published SGP4 verification sets and simulated constellations.

    Parameters
    ----------
    archive : Archive
    today : datetime
        Epoch of the simulated elements: 0 h UTC of its day.
    told : callable
        Called with the name and the report of each part.
    """
    with (files("sgp4") / "SGP4-VER.TLE").open("rb") as stream:
        report = archive.ingest(stream, name="SGP4-VER.TLE", format="tle", source="fixture")
    told("SGP4 verification sets", report)
    epoch = today.replace(hour=0, minute=0, second=0, microsecond=0)
    for constellation in filed_constellations():
        sets = list(simulated_sets(constellation, epoch=epoch, first_number=FIRST_SIMULATED))
        add = functools.partial(add_simulated, name=constellation.name, sets=sets, received=today)
        new = archive.store.write(add)["new"]
        report = LoadReport(read=len(sets), new=new, unchanged=len(sets) - new)
        told(f"{constellation.title}, simulated from {constellation.filing}", report)
