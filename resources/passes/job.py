"""PassPredict as a job: exposures and elements in, the transit list out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow.feather as feather
from satvo.resources.ephemeris.build import elements_from_table
from satvo.resources.ephemeris.sites import find_observer
from satvo.resources.passes.build import elements_file, read_prepared
from satvo.resources.passes.columns import arrow_table
from satvo.resources.passes.predict import Catalogue, day_of, predict_by_day

__all__ = ["run"]


def run(
    parameters: Mapping[str, str],
    folder: Path,
    uploads: Path,
    progress: Callable[[float], object],
) -> list[dict[str, Any]]:
    """Write the transit list of the request that was prepared in the folder.

    Parameters
    ----------
    parameters : mapping
        RESPONSEFORMAT is for whoever started this.
    folder : Path
        Has what `satvo.resources.passes.build.prepare_job` wrote; ``transits.arrow`` and
        ``summary.json`` are written.
    uploads : Path
        Not looked at.
    progress : callable
        Told the fraction done.
    """
    given = json.loads((folder / "request.json").read_text("utf-8"))
    asked = read_prepared(given, find_observer)
    satellites: dict[float, int] = {}

    def catalogue_of(day: float) -> Catalogue:
        elements = elements_from_table(feather.read_table(elements_file(folder, day)))
        satellites[day] = len(elements)
        return Catalogue(elements)

    found = predict_by_day(asked.exposures, asked.observer, catalogue_of, asked.options, progress)
    feather.write_feather(arrow_table(found.columns), folder / "transits.arrow")
    summary = {
        "exposures": len(asked.exposures),
        "observer": asked.observer.name,
        "satellites": max(satellites.values(), default=0),
        "transits": len(found),
        "left_out": found.left_out,
    }
    (folder / "summary.json").write_text(json.dumps(summary), "utf-8")
    for day in {day_of(exposure) for exposure in asked.exposures}:
        elements_file(folder, day).unlink()
    (folder / "request.json").unlink()
    return [
        {
            "id": "transits",
            "file": "transits.arrow",
            "fields": "satvo.resources.passes.columns:FIELDS",
        },
        {"id": "summary", "file": "summary.json", "media_type": "application/json"},
    ]
