"""PassProbability as jobs: a map of the sky, and a calendar of a target."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.feather as feather
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.build import elements_from_table
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.pass_probability.calendar import PassCalendar, pass_calendar
from satvo.resources.pass_probability.coverage import area_above
from satvo.resources.pass_probability.fits_map import write_map
from satvo.resources.pass_probability.maps import probability_map
from satvo.resources.pass_probability.populations_asked import uploaded_definitions
from satvo.resources.pass_probability.probability_map import ALTITUDES_DEG, ProbabilityMap
from satvo.resources.pass_probability.requests import (
    CalendarRequest,
    MapRequest,
    read_calendar_request,
    read_map_request,
)
from satvo.resources.pass_probability.sky import visible_counts
from satvo.resources.pass_probability.stored import facts_row, pixel_rows
from satvo.resources.pass_probability.tables import (
    VISIBLE_MAGS,
    calendar_summary,
    calendar_table,
    map_summary,
    visible_table,
)
from satvo.resources.passes.values import truth
from satvo.schemas.moc import Moc
from satvo.schemas.moc_fits import moc_fits

__all__ = [
    "calendar_of",
    "map_of",
    "run_calendar",
    "run_map",
    "visible_of",
    "write_rows",
]

Progress = Callable[[float], object]

_TABLES = "satvo.resources.pass_probability.tables"


def map_of(asked: MapRequest, layers: Layers) -> ProbabilityMap:
    """The map that is asked for."""
    return probability_map(
        layers,
        asked.situation,
        asked.camera,
        nside=asked.nside,
        frame=asked.frame,
        model=asked.model,
        population=asked.wanted.name,
        observer_name=asked.situation.observer.name,
    )


def visible_of(asked: MapRequest, layers: Layers) -> Any:
    """How many satellites are visible at once, as the table of `VISIBLE_FIELDS`."""
    counts = visible_counts(layers, asked.situation, VISIBLE_MAGS, ALTITUDES_DEG, model=asked.model)
    return visible_table(counts)


def calendar_of(asked: CalendarRequest, layers: Layers) -> PassCalendar:
    """The calendar that is asked for."""
    return pass_calendar(
        layers,
        asked.observer,
        asked.ra_deg,
        asked.dec_deg,
        asked.camera,
        first=asked.first,
        nights=asked.nights,
        times=asked.times,
        model=asked.model,
        population=asked.wanted.name,
    )


def run_map(
    parameters: Mapping[str, str], folder: Path, uploads: Path, progress: Progress
) -> list[dict[str, Any]]:
    """Write a map and what is made of it.

    Parameters
    ----------
    parameters : mapping
        As `read_map_request` takes them; REGISTER and NAME too.
    folder : Path
        Has what `satvo.resources.pass_probability.build.prepare_map` wrote.
    uploads : Path
        May hold definitions, as DEFINITION.
    progress : callable
        Told the fraction done.

    Raises
    ------
    BadParameter
        As `read_map_request` does.
    """
    from satvo.resources.pass_probability.pictures import mollweide_picture, zenithal_picture

    asked = read_map_request(parameters, _finder(folder), uploaded_definitions(uploads))
    layers = _layers(asked, folder)
    progress(0.1)
    made = map_of(asked, layers)
    progress(0.4)
    with (folder / "map.fits").open("wb") as stream:
        write_map(made, stream)
    area = area_above(made, "p_illum", asked.threshold)
    (folder / "above.moc.fits").write_bytes(moc_fits(area))
    (folder / "above.moc.txt").write_text(area.text, "ascii")
    feather.write_feather(visible_of(asked, layers), folder / "visible.arrow")
    _write_json(folder / "summary.json", map_summary(made, area, asked.threshold))
    progress(0.6)
    (folder / "zenithal.png").write_bytes(zenithal_picture(made, asked.column))
    progress(0.8)
    (folder / "mollweide.png").write_bytes(mollweide_picture(made, asked.column))
    if parameters.get("REGISTER") == "true":
        write_rows(folder, made, parameters, area, asked.threshold, _prepared(folder))
    _tidy(folder)
    return [
        {"id": "map", "file": "map.fits", "media_type": "application/fits"},
        {"id": "zenithal", "file": "zenithal.png", "media_type": "image/png"},
        {"id": "mollweide", "file": "mollweide.png", "media_type": "image/png"},
        {"id": "moc", "file": "above.moc.fits", "media_type": "application/fits"},
        {"id": "moc_text", "file": "above.moc.txt", "media_type": "text/plain"},
        {"id": "visible", "file": "visible.arrow", "fields": f"{_TABLES}:VISIBLE_FIELDS"},
        {"id": "summary", "file": "summary.json", "media_type": "application/json"},
    ]


def run_calendar(
    parameters: Mapping[str, str], folder: Path, uploads: Path, progress: Progress
) -> list[dict[str, Any]]:
    """Write the calendar of a target; as `run_map`, by `read_calendar_request`."""
    from satvo.resources.pass_probability.calendar_picture import calendar_picture

    asked = read_calendar_request(parameters, _finder(folder), uploaded_definitions(uploads))
    layers = _layers(asked, folder)
    progress(0.1)
    calendar = calendar_of(asked, layers)
    progress(0.6)
    feather.write_feather(calendar_table(calendar), folder / "calendar.arrow")
    _write_json(folder / "summary.json", calendar_summary(calendar))
    (folder / "calendar.png").write_bytes(calendar_picture(calendar))
    _tidy(folder)
    return [
        {"id": "calendar", "file": "calendar.arrow", "fields": f"{_TABLES}:CALENDAR_FIELDS"},
        {"id": "picture", "file": "calendar.png", "media_type": "image/png"},
        {"id": "summary", "file": "summary.json", "media_type": "application/json"},
    ]


def write_rows(
    folder: Path,
    made: ProbabilityMap,
    parameters: Mapping[str, str],
    area: Moc,
    threshold: float,
    created: datetime,
) -> None:
    """Write the rows of a map for `satvo.resources.pass_probability.build.register_job`.

    Parameters
    ----------
    folder : Path
    made : ProbabilityMap
    parameters : mapping
        NAME and REPLACE.
    area : Moc
        Where it exceeds the threshold.
    threshold : float
    created : datetime
        UTC without a zone.
    """
    name = parameters["NAME"]
    row = facts_row(made, name, moc=area.text, threshold=threshold, created=created)
    row["created"] = created.isoformat()
    _write_json(folder / "row.json", {"row": row, "replace": truth(parameters, "REPLACE")})
    feather.write_feather(pixel_rows(made, name), folder / "pixels.arrow")


def _finder(folder: Path) -> Callable[[str], GroundObserver]:
    """The observer that was found when the job was prepared."""
    observer = json.loads((folder / "request.json").read_text("utf-8"))["observer"]
    return lambda text: GroundObserver.geodetic(**observer)


def _prepared(folder: Path) -> datetime:
    given = json.loads((folder / "request.json").read_text("utf-8"))
    return datetime.fromisoformat(given["prepared"])


def _layers(asked: MapRequest | CalendarRequest, folder: Path) -> Layers:
    def elements_of(names: tuple[str, ...] | None) -> Elements:
        return elements_from_table(feather.read_table(folder / "elements.arrow"))

    first = asked.situation.mjd if isinstance(asked, MapRequest) else asked.first_mjd
    return asked.wanted.layers(elements_of, first, asked.model)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1), "utf-8")


def _tidy(folder: Path) -> None:
    for name in ("request.json", "elements.arrow"):
        (folder / name).unlink(missing_ok=True)
