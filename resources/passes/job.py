"""PassPredict as a job: exposures and elements in, the transit list out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.feather as feather
from satvo.resources.ephemeris.build import elements_from_table
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import Observer
from satvo.resources.ephemeris.operator_files import OperatorFiles, operator_files_from_table
from satvo.resources.ephemeris.sites import find_observer
from satvo.resources.ephemeris.space import names_space, space_telescope
from satvo.resources.passes.build import elements_file, files_file, read_prepared, telescope_file
from satvo.resources.passes.columns import STEP_FIELDS, arrow_table
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
        Has what `satvo.resources.passes.build.prepare_job` wrote; ``transits.arrow``,
        ``summary.json`` and, where steps are asked for, ``steps.arrow`` are written.
    uploads : Path
        Not looked at.
    progress : callable
        Told the fraction done.
    """
    given = json.loads((folder / "request.json").read_text("utf-8"))
    asked = read_prepared(given, partial(_find, folder))
    satellites: dict[float, int] = {}

    def catalogue_of(day: float) -> Catalogue:
        elements = elements_from_table(feather.read_table(elements_file(folder, day)))
        satellites[day] = len(elements)
        return Catalogue(elements)

    found = predict_by_day(
        asked.exposures,
        asked.observer,
        catalogue_of,
        asked.options,
        progress,
        partial(_files_of, folder),
    )
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
    for pattern in ("files-*.arrow", "telescope-*.arrow", "request.json"):
        for path in folder.glob(pattern):
            path.unlink()
    results = [
        {
            "id": "transits",
            "file": "transits.arrow",
            "fields": "satvo.resources.passes.columns:FIELDS",
        },
        {"id": "summary", "file": "summary.json", "media_type": "application/json"},
    ]
    if found.steps is not None:
        feather.write_feather(arrow_table(found.steps, STEP_FIELDS), folder / "steps.arrow")
        fields = "satvo.resources.passes.columns:STEP_FIELDS"
        results.append({"id": "steps", "file": "steps.arrow", "fields": fields})
    return results


def _find(folder: Path, text: str) -> Observer:
    """The observer of the request: in space, by what was written of its orbit."""
    if not names_space(text):
        return find_observer(text)

    def elements_of(norad_id: int, first: float, last: float) -> Elements:
        return elements_from_table(
            feather.read_table(telescope_file(folder, "elements", first, last))
        )

    def files_of(norad_id: int, name: str | None, first: float, last: float) -> OperatorFiles:
        return operator_files_from_table(
            feather.read_table(telescope_file(folder, "files", first, last))
        )

    return space_telescope(text, elements_of, files_of)


def _files_of(folder: Path, first: float, last: float) -> OperatorFiles | None:
    path = files_file(folder, first, last)
    return operator_files_from_table(feather.read_table(path)) if path.exists() else None
