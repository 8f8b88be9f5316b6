"""The pages /maps and their files: registered maps of pass probability, without JavaScript."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import BinaryIO

from flask import Blueprint, Response, current_app, request
from satvo.resources.pass_probability.coverage import area_above
from satvo.resources.pass_probability.pictures import mollweide_picture, zenithal_picture
from satvo.resources.pass_probability.probability_map import (
    ALTITUDES_DEG,
    MAP_COLUMNS,
    ProbabilityMap,
)
from satvo.resources.pass_probability.stored import MOC_THRESHOLD, StoredMap
from satvo.schemas.errors import BadParameter
from satvo.schemas.moc_fits import moc_fits
from satvo.schemas.moments import MJD_EPOCH
from satvo.schemas.resource import JobParameter
from satvo.service.kept_answers import kept_answer, unchanged
from satvo.service.operations import Reply, operation
from satvo.service.parameters import Parameters, read_parameters
from satvo.service.probability_maps import (
    DRAWN_COLUMNS,
    FIRST_COLUMN,
    ProbabilityMaps,
    drawn_column,
)
from satvo.service.web.page import PAGE, keep_policy, page

__all__ = ["blueprint"]

blueprint = Blueprint("maps", __name__)
blueprint.after_request(keep_policy)

_COLUMN = JobParameter("COLUMN", "What is shown", default=FIRST_COLUMN, choices=DRAWN_COLUMNS)
_WIDTHS = (64, 2000)
_WIDTH = JobParameter(
    "WIDTH",
    f"Width of the picture, {_WIDTHS[0]} to {_WIDTHS[1]}, where a smaller one is wanted",
    datatype="int",
)
_THRESHOLD = JobParameter(
    "THRESHOLD", "The value that is exceeded", datatype="double", default=f"{MOC_THRESHOLD:g}"
)
_FILTERS = (
    JobParameter("OBSERVER", "Only maps of this observer_id"),
    JobParameter("POPULATION", "Only maps whose population has this constellation"),
)
_PICTURE = {200: Reply("A picture", ("image/png",))}
_FITS = {200: Reply("A FITS file", ("application/fits",))}
_PIECE = 1 << 18


@blueprint.get("/maps")
@operation("The registered maps of pass probability as a page", parameters=_FILTERS, replies=PAGE)
def maps() -> str:
    """A gallery of the maps, those that a form asks for."""
    every = _maps().all()
    parameters = read_parameters(request)
    observer = (parameters.single("OBSERVER") or "").strip()
    population = (parameters.single("POPULATION") or "").strip()
    shown = [
        each
        for each in every
        if observer in ("", each.facts.observer_name)
        and (not population or population in _populations(each))
    ]
    return page(
        "maps.html",
        maps=shown,
        every=len(every),
        observers=sorted({each.facts.observer_name for each in every}),
        populations=sorted({name for each in every for name in _populations(each)}),
        observer=observer,
        population=population,
        clock=clock,
    )


@blueprint.get("/maps/<map_id>")
@operation("A map of pass probability as a page", parameters=(_COLUMN,), replies=PAGE)
def one(map_id: str) -> str:
    """One map: its pictures, what it counts, and where to have it."""
    about = _maps().find(map_id)
    column = drawn_column(read_parameters(request).single("COLUMN"))
    facts = about.facts
    query = (
        f"SELECT hpx, ra, dec, {column}\nFROM satvo.passprob_pix\n"
        f"WHERE map_id = '{about.map_id}'\nORDER BY hpx"
    )
    return page(
        "map.html",
        map=about,
        column=column,
        columns={name: MAP_COLUMNS[name] for name in DRAWN_COLUMNS},
        place=list(MAP_COLUMNS).index(column),
        counts=list(zip(ALTITUDES_DEG, facts.n_sat_above, facts.n_illum_above, strict=True)),
        query=query,
        clock=clock,
    )


@blueprint.get("/maps/<map_id>.fits")
@operation("A map as FITS: HEALPix, as healpy reads it", replies=_FITS)
def fits(map_id: str) -> Response:
    """The map as a file."""
    known = _maps()
    about = known.find(map_id)
    name = known.name(about, "fits")
    answer = unchanged(name)
    if answer is not None:
        return answer
    file, size = known.fits(about)
    answer = Response(_pieces(file), mimetype="application/fits")
    answer.call_on_close(file.close)
    answer.content_length = size
    answer.set_etag(name)
    return _attached(answer, f"{about.map_id}.fits")


@blueprint.get("/maps/<map_id>_moc.fits")
@operation(
    "Where a map exceeds a threshold, as a MOC in ICRS",
    parameters=(_COLUMN, _THRESHOLD),
    replies=_FITS,
)
def moc(map_id: str) -> Response:
    """The area above a threshold as a file."""
    known = _maps()
    about = known.find(map_id)
    parameters = read_parameters(request)
    column = drawn_column(parameters.single("COLUMN"))
    threshold = _threshold(parameters)
    answer = kept_answer(
        known.name(about, "moc", column, threshold),
        "application/fits",
        lambda: moc_fits(area_above(known.map(about), column, threshold)),
    )
    return _attached(answer, f"{about.map_id}_moc.fits")


@blueprint.get("/maps/<map_id>_zenithal.png")
@operation(
    "A map as a picture with the zenith in the middle",
    parameters=(_COLUMN, _WIDTH),
    replies=_PICTURE,
)
def zenithal(map_id: str) -> Response:
    """The sky above the observer."""
    return _picture(map_id, "zenithal", zenithal_picture)


@blueprint.get("/maps/<map_id>_mollweide.png")
@operation("A map as a picture of the whole sky", parameters=(_COLUMN, _WIDTH), replies=_PICTURE)
def mollweide(map_id: str) -> Response:
    """The whole sky."""
    return _picture(map_id, "mollweide", mollweide_picture)


def _picture(map_id: str, kind: str, draw: Callable[[ProbabilityMap, str], bytes]) -> Response:
    known = _maps()
    about = known.find(map_id)
    parameters = read_parameters(request)
    column = drawn_column(parameters.single("COLUMN"))
    width = _width(parameters)

    def whole() -> bytes:
        return known.made(about, (kind, column), lambda found: draw(found, column))

    def made() -> bytes:
        if width is None:
            return whole()
        large = whole()  # before the turn of the smaller one, which it would wait for
        return known.made(about, (kind, column, width), lambda found: _narrowed(large, width))

    return kept_answer(known.name(about, kind, column, width), "image/png", made)


def clock(mjd: float) -> str:
    """A time for people, UTC to the minute.

    Examples
    --------
    >>> clock(61366.01)
    '2026-11-22 00:14'
    """
    return (MJD_EPOCH + timedelta(days=mjd)).strftime("%Y-%m-%d %H:%M")


def _maps() -> ProbabilityMaps:
    known: ProbabilityMaps = current_app.extensions["satvo.probability_maps"]
    return known


def _populations(about: StoredMap) -> list[str]:
    return [name.strip() for name in about.facts.population.split(",")]


def _threshold(parameters: Parameters) -> float:
    text = parameters.single("THRESHOLD")
    try:
        value = MOC_THRESHOLD if text is None else float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < float("inf"):
        raise BadParameter(f"THRESHOLD={(text or '')[:40]}: give a number from 0 on")
    return value


def _width(parameters: Parameters) -> int | None:
    width = parameters.integer("WIDTH")
    if width is not None and not _WIDTHS[0] <= width <= _WIDTHS[1]:
        raise BadParameter(f"WIDTH={width}: give {_WIDTHS[0]} to {_WIDTHS[1]}")
    return width


def _narrowed(png: bytes, width: int) -> bytes:
    """A picture of at most so many pixels across."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        if image.width <= width:
            return png
        height = max(1, round(image.height * width / image.width))
        smaller = image.convert("RGBA").resize((width, height), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    smaller.save(stream, "PNG")
    return stream.getvalue()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _attached(answer: Response, name: str) -> Response:
    if answer.status_code == 200:
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
