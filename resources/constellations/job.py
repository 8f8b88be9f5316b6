"""EphemSimulate as a job: a constellation definition in, simulated element sets as OMM out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from satvo.ingest.constellations.definition import Constellation, read_constellation
from satvo.resources.constellations.build import filed_constellations, simulated_sets
from satvo.resources.orbits.omm import csv_header, csv_row
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import read_moment
from satvo.schemas.satellite import FIRST_SIMULATED

__all__ = ["run"]


def run(
    parameters: Mapping[str, str],
    folder: Path,
    uploads: Path,
    progress: Callable[[float], object],
) -> list[dict[str, str]]:
    """Write the element sets of a constellation.

    Parameters
    ----------
    parameters : mapping
        CONSTELLATION, the name of a filed one, unless a definition file came as DEFINITION; EPOCH,
        ISO 8601 in UTC.
    folder : Path
        Where ``elements.csv`` and ``summary.json`` are written.
    uploads : Path
        The files that came with the job.
    progress : callable
        Told the fraction done.

    Raises
    ------
    BadParameter
        For an unknown constellation, a definition that cannot be read, or no epoch.
    """
    constellation = _constellation(parameters, uploads)
    epoch = _epoch(parameters.get("EPOCH"))
    total = sum(shell.satellites for shell in constellation.shells)
    sets = simulated_sets(constellation, epoch=epoch, first_number=FIRST_SIMULATED)
    with (folder / "elements.csv").open("w", encoding="ascii", newline="") as stream:
        stream.write(csv_header())
        for i, each in enumerate(sets):
            stream.write(csv_row(replace(each, **_FIXED)))
            if i % 1000 == 0:
                progress(i / total)
    summary = {
        "constellation": constellation.name,
        "title": constellation.title,
        "filing": constellation.filing,
        "epoch": epoch.isoformat(),
        "satellites": total,
    }
    (folder / "summary.json").write_text(json.dumps(summary), "utf-8")
    return [
        {"id": "elements", "file": "elements.csv", "media_type": "text/csv"},
        {"id": "summary", "file": "summary.json", "media_type": "application/json"},
    ]


_FIXED: dict[str, Any] = {"ephemeris_type": 0, "element_set_no": 999, "rev_at_epoch": 0}
"""What CelesTrak writes of a set that is no tracking network's."""


def _constellation(parameters: Mapping[str, str], uploads: Path) -> Constellation:
    for named in sorted(uploads.glob("*.name")):
        if named.read_text("utf-8").upper() == "DEFINITION":
            with named.with_suffix("").open("rb") as stream:
                return read_constellation(stream, name="DEFINITION")
    wanted = parameters.get("CONSTELLATION")
    filed = {c.name: c for c in filed_constellations()}
    if wanted not in filed:
        raise BadParameter(
            f"CONSTELLATION={wanted}: give one of {', '.join(filed)}, or upload a definition as "
            "DEFINITION"
        )
    return filed[wanted]


def _epoch(text: str | None) -> datetime:
    if not text:
        raise BadParameter("EPOCH is missing; give a time in UTC, e.g. 2027-01-31T00:00:00")
    try:
        return read_moment(text)
    except ValueError as err:
        raise BadParameter(f"EPOCH={text}: give a time in UTC, e.g. 2027-01-31T00:00:00") from err
