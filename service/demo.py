"""The demonstration archive: the real pipeline on data that needs no network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib.resources import files

from satvo.ingest.load import LoadReport, load_orbits
from satvo.resources.constellations.build import filed_constellations, simulated_sets
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
    number = FIRST_SIMULATED
    epoch = today.replace(hour=0, minute=0, second=0, microsecond=0)
    for constellation in filed_constellations():
        sets = list(simulated_sets(constellation, epoch=epoch, first_number=number))
        number += len(sets)
        report = load_orbits(
            archive.store,
            sets,
            source="simulated",
            received=today,
            constellation_name=f"sim-{constellation.name}",
        )
        told(f"{constellation.title}, simulated from {constellation.filing}", report)
