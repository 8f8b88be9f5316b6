"""HiPS 1.0: maps of pass probability and collections of images as tiles, their list at /hips."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from flask import Blueprint, Response, current_app
from lxml import etree
from satvo.schemas.errors import NotFound
from satvo.schemas.hips import ALLSKY_ORDER
from satvo.service.config import Config
from satvo.service.hips_of_images import ImageHips
from satvo.service.hips_of_maps import MapHips
from satvo.service.image_surveys import MASK, PREFIX, ImageSurveys
from satvo.service.image_tiles import ImageTiles
from satvo.service.kept_answers import kept_answer
from satvo.service.operations import Reply, operation
from satvo.service.probability_maps import (
    DRAWN_COLUMNS,
    FIRST_COLUMN,
    ProbabilityMaps,
    drawn_column,
)
from satvo.service.voresource import NAMESPACES, add_interface
from satvo.service.web.page import keep_policy

__all__ = ["LISTED_COLUMNS", "PATH", "hips_blueprint", "hips_capability"]

PATH = "/hips"

LISTED_COLUMNS = (FIRST_COLUMN, "loss", "n_sat_illum")
"""Columns of which the list of HiPS has one each; the others can be asked for all the same."""

_FILE = re.compile(
    r"(?:(?P<column>(?!properties$)[a-z_]{1,40})(?:/|$))?"
    r"(?:|index\.html|properties|Moc\.fits|Norder(?P<order>\d{1,2})/"
    r"(?:Allsky|Dir(?P<folder>\d{1,10})/Npix(?P<tile>\d{1,10}))\.(?P<kind>png|fits))",
    re.ASCII,
)
"""The files of a HiPS; those of a column are below its name."""
_TYPES = {"png": "image/png", "fits": "application/fits"}
_TEXT = "text/plain; charset=utf-8"
_FOLDER = 10_000
"""Tiles of a folder Dir (HiPS 1.0, section 4.1)."""


def hips_blueprint(config: Config) -> Blueprint:
    """The addresses from ``/hips`` on."""
    blueprint = Blueprint("hips", __name__)
    blueprint.after_request(keep_policy)

    @blueprint.get(PATH)
    @operation(
        "The list of HiPS (HiPS 1.0, section 5.2): of each map the columns "
        f"{', '.join(LISTED_COLUMNS)}, and the collections of images and of masks",
        replies={200: Reply("A record for each HiPS, then an empty line", ("text/plain",))},
    )
    def hips_list() -> Response:
        records = b"".join(hips.record() for hips in _all(config))
        return Response(records, content_type=_TEXT)

    @blueprint.get(f"{PATH}/<map_id>")
    @operation("A HiPS as a page", replies={200: Reply("A page for people", ("text/html",))})
    def hips(map_id: str) -> Response:
        return _answer(config, map_id, "")

    @blueprint.get(f"{PATH}/<map_id>/<path:file>")
    @operation(
        "A file of a HiPS (HiPS 1.0, section 4): properties, Moc.fits, Norder3/Allsky.png, "
        "Norder3/Dir0/Npix5.png, or .fits; those of another column below its name, one of "
        f"{', '.join(DRAWN_COLUMNS)}, and masks of a collection below {MASK}",
        replies={200: Reply("The file", ("text/plain", *_TYPES.values(), "text/html"))},
    )
    def hips_file(map_id: str, file: str) -> Response:
        return _answer(config, map_id, file)

    return blueprint


class _Hips(Protocol):
    """What is served as a HiPS."""

    @property
    def orders(self) -> tuple[int, int]: ...
    @property
    def nothing(self) -> str: ...
    def name(self, *what: object) -> str: ...
    def record(self) -> bytes: ...
    def properties(self) -> bytes: ...
    def moc(self) -> bytes: ...
    def allsky(self, kind: str) -> bytes: ...
    def tile(self, order: int, npix: int, kind: str) -> bytes: ...
    def page(self) -> str: ...


def _all(config: Config) -> Iterator[_Hips]:
    """All that are listed."""
    known = _maps()
    for about in known.all():
        for column in LISTED_COLUMNS:
            yield MapHips(config, known, about, column, PATH)
    surveys, tiles = _images()
    for survey in surveys.all():
        yield ImageHips(config, tiles, survey, PATH)


def _one(config: Config, name: str, below: str | None) -> _Hips:
    """The one of a name, and of what is asked for below it."""
    if name.startswith(PREFIX):
        if below not in (None, MASK):
            raise NotFound(f"{str(below)[:40]!r}: a collection has its images, and {MASK}")
        surveys, tiles = _images()
        return ImageHips(config, tiles, surveys.find(name.removeprefix(PREFIX), bool(below)), PATH)
    known = _maps()
    return MapHips(config, known, known.find(name), drawn_column(below), PATH)


def _answer(config: Config, name: str, file: str) -> Response:
    """A file of a HiPS; a path that is none, or leads elsewhere, is not found."""
    found = _FILE.fullmatch(file)
    hips = _one(config, name, None if found is None else found["column"])
    if found is None:
        raise NotFound(
            f"{file[:80]!r}: no file of a HiPS; there are properties, Moc.fits, "
            f"Norder{ALLSKY_ORDER}/Allsky.png and Norder3/Dir0/Npix5.png, and .fits of both"
        )
    if found["kind"]:
        return _image(hips, int(found["order"]), found["folder"], found["tile"], found["kind"])
    if file.endswith("properties"):
        return kept_answer(hips.name("properties"), _TEXT, hips.properties)
    if file.endswith("Moc.fits"):
        return kept_answer(hips.name("moc"), "application/fits", hips.moc)
    return Response(hips.page(), mimetype="text/html")


def _image(hips: _Hips, order: int, folder: str | None, tile: str | None, kind: str) -> Response:
    """A tile, or Allsky where no tile is named."""
    if tile is None:
        if order != ALLSKY_ORDER:
            raise NotFound(f"Norder{order}/Allsky: there is one of order {ALLSKY_ORDER}")
        return kept_answer(hips.name("allsky", kind), _TYPES[kind], lambda: hips.allsky(kind))
    npix, (least, greatest) = int(tile), hips.orders
    if not least <= order <= greatest or npix >= 12 << 2 * order:
        raise NotFound(
            f"Norder{order}/Npix{npix}: orders are {least} to {greatest}, the tiles of "
            "one 0 to 12 * 4^order - 1"
        )
    if int(folder or 0) != npix // _FOLDER * _FOLDER:
        raise NotFound(f"Npix{npix} is in Dir{npix // _FOLDER * _FOLDER}")

    def made() -> bytes:
        found = hips.tile(order, npix, kind)
        if not found:
            raise NotFound(f"Norder{order}/Npix{npix} {hips.nothing}")
        return found

    return kept_answer(hips.name(order, npix, kind), _TYPES[kind], made)


def hips_capability() -> etree._Element:
    """The list of HiPS as a capability (HiPS 1.0, section 5.4); its address is the list's."""
    root = etree.Element(
        "capability",
        standardID="ivo://ivoa.net/std/hips#hipslist-1.0",
        nsmap={prefix: NAMESPACES[prefix] for prefix in ("vs", "xsi")},
    )
    interface = add_interface(root, "", use="full", version="1.0")
    etree.SubElement(interface, "resultType").text = "text/plain"
    return root


def _maps() -> ProbabilityMaps:
    known: ProbabilityMaps = current_app.extensions["satvo.probability_maps"]
    return known


def _images() -> tuple[ImageSurveys, ImageTiles]:
    surveys: ImageSurveys = current_app.extensions["satvo.image_surveys"]
    tiles: ImageTiles = current_app.extensions["satvo.image_tiles"]
    return surveys, tiles
