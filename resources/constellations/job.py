"""EphemSimulate as a job: a constellation definition in, simulated element sets as OMM out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from satvo.ingest.constellations.definition import read_constellation
from satvo.ingest.constellations.shells import Constellation
from satvo.resources.constellations.filed import (
    check_own_name,
    filed_constellation,
    filed_names,
)
from satvo.resources.constellations.simulation import LAST_SEED, simulated_elements
from satvo.resources.constellations.writing import write_simulated
from satvo.schemas.errors import BadParameter
from satvo.schemas.moments import read_moment
from satvo.schemas.satellite import FIRST_SIMULATED

__all__ = ["run", "write_files"]


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
        ISO 8601 in UTC; SEED, a whole number; REGISTER.
    folder : Path
        Where ``elements.csv`` and ``summary.json`` are written.
    uploads : Path
        The files that came with the job.
    progress : callable
        Told the fraction done.

    Raises
    ------
    BadParameter
        For an unknown constellation, a definition that cannot be read, a bad seed, or no epoch; and
        where a definition is to be registered under the name of a filed constellation.
    """
    constellation = _constellation(parameters, uploads)
    epoch = _epoch(parameters.get("EPOCH"))
    seed = _seed(parameters.get("SEED", "0"))
    if parameters.get("REGISTER") == "true":
        check_own_name(constellation)
    write_files(constellation, folder, epoch=epoch, seed=seed, progress=progress)
    return [
        {"id": "elements", "file": "elements.csv", "media_type": "text/csv"},
        {"id": "summary", "file": "summary.json", "media_type": "application/json"},
    ]


def write_files(
    constellation: Constellation,
    folder: Path,
    *,
    epoch: datetime,
    seed: int,
    progress: Callable[[float], object],
) -> None:
    """Write what `satvo.resources.constellations.build.register_job` reads.

    Parameters
    ----------
    constellation : Constellation
    folder : Path
        Gets ``elements.csv`` and ``summary.json``.
    epoch : datetime
        Of the elements, UTC without a zone.
    seed : int
        As of `simulated_elements`.
    progress : callable
        Told the fraction done.
    """
    elements = simulated_elements(
        constellation, epoch=epoch, seed=seed, first_number=FIRST_SIMULATED
    )
    pieces = len(elements) / 2000
    with (folder / "elements.csv").open("wb") as stream:
        for i, piece in enumerate(write_simulated(elements, "csv")):
            stream.write(piece)
            progress(min(i / pieces, 1.0))
    summary = {
        "constellation": constellation.name,
        "title": constellation.title,
        "filing": constellation.filing,
        "verified": constellation.verified,
        "epoch": epoch.isoformat(),
        "seed": seed,
        "satellites": len(elements),
    }
    (folder / "summary.json").write_text(json.dumps(summary), "utf-8")


def _constellation(parameters: Mapping[str, str], uploads: Path) -> Constellation:
    for named in sorted(uploads.glob("*.name")):
        if named.read_text("utf-8").upper() == "DEFINITION":
            with named.with_suffix("").open("rb") as stream:
                return read_constellation(stream, name="DEFINITION")
    wanted = parameters.get("CONSTELLATION")
    if wanted not in filed_names():
        raise BadParameter(
            f"CONSTELLATION={wanted}: give one of {', '.join(filed_names())}, or upload a "
            "definition as DEFINITION"
        )
    return filed_constellation(wanted)


def _epoch(text: str | None) -> datetime:
    if not text:
        raise BadParameter("EPOCH is missing; give a time in UTC, e.g. 2027-01-31T00:00:00")
    try:
        return read_moment(text)
    except ValueError as err:
        raise BadParameter(f"EPOCH={text}: give a time in UTC, e.g. 2027-01-31T00:00:00") from err


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LAST_SEED):
        raise BadParameter(f"SEED={text[:40]}: give a whole number from 0 to {LAST_SEED}")
    return int(text)
