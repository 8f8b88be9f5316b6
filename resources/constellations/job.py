"""EphemSimulate as a job: a constellation definition in, simulated element sets as OMM out."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from satvo.ingest.constellations.definition import Constellation, read_constellation
from satvo.resources.constellations.build import filed_constellations, simulated_sets
from satvo.schemas.errors import BadParameter
from satvo.schemas.gp import ElementSet
from satvo.schemas.moments import read_moment
from satvo.schemas.satellite import FIRST_SIMULATED

__all__ = ["OMM_COLUMNS", "run"]

OMM_COLUMNS = (
    "OBJECT_NAME", "OBJECT_ID", "EPOCH", "MEAN_MOTION", "ECCENTRICITY", "INCLINATION",
    "RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY", "EPHEMERIS_TYPE",
    "CLASSIFICATION_TYPE", "NORAD_CAT_ID", "ELEMENT_SET_NO", "REV_AT_EPOCH", "BSTAR",
    "MEAN_MOTION_DOT", "MEAN_MOTION_DDOT",
)  # fmt: skip
"""The columns of CelesTrak's OMM CSV, in its order (CCSDS 502.0-B-3 keywords)."""


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
        writer = csv.writer(stream)
        writer.writerow(OMM_COLUMNS)
        for i, each in enumerate(sets):
            writer.writerow(_row(each))
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


def _row(each: ElementSet) -> list[object]:
    return [
        each.object_name, "", each.epoch.isoformat(timespec="microseconds"), each.mean_motion,
        each.eccentricity, each.inclination, each.ra_of_asc_node, each.arg_of_pericenter,
        each.mean_anomaly, 0, "U", each.norad_id, 999, 0, each.bstar, each.mean_motion_dot,
        each.mean_motion_ddot,
    ]  # fmt: skip
