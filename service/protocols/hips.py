"""HiPS 1.0: the registered maps of pass probability as tiles, and the list of them at /hips."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flask import Blueprint, Response, current_app, render_template
from lxml import etree
from satvo.resources.pass_probability.coverage import area_covered
from satvo.resources.pass_probability.hips import hips_list_entry, hips_properties
from satvo.resources.pass_probability.hips_tiles import ORDERS, HipsImages, hips_allsky
from satvo.resources.pass_probability.probability_map import ProbabilityMap
from satvo.resources.pass_probability.stored import StoredMap
from satvo.schemas.errors import NotFound
from satvo.schemas.hips import ALLSKY_ORDER
from satvo.schemas.moc_fits import moc_fits
from satvo.service.config import Config
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
        f"{', '.join(LISTED_COLUMNS)}",
        replies={200: Reply("A record for each HiPS, then an empty line", ("text/plain",))},
    )
    def hips_list() -> Response:
        known = _maps()
        records = [
            _Survey(config, known, about, column).record()
            for about in known.all()
            for column in LISTED_COLUMNS
        ]
        return Response(b"".join(records), content_type=_TEXT)

    @blueprint.get(f"{PATH}/<map_id>")
    @operation("A HiPS as a page", replies={200: Reply("A page for people", ("text/html",))})
    def hips(map_id: str) -> Response:
        return _answer(config, map_id, "")

    @blueprint.get(f"{PATH}/<map_id>/<path:file>")
    @operation(
        "A file of a HiPS (HiPS 1.0, section 4): properties, Moc.fits, Norder3/Allsky.png, "
        "Norder3/Dir0/Npix5.png, or .fits; those of another column below its name, one of "
        f"{', '.join(DRAWN_COLUMNS)}",
        replies={200: Reply("The file", ("text/plain", *_TYPES.values(), "text/html"))},
    )
    def hips_file(map_id: str, file: str) -> Response:
        return _answer(config, map_id, file)

    return blueprint


def _answer(config: Config, map_id: str, file: str) -> Response:
    """A file of a HiPS; a path that is none, or leads elsewhere, is not found."""
    known = _maps()
    about = known.find(map_id)
    found = _FILE.fullmatch(file)
    if found is None:
        raise NotFound(
            f"{file[:80]!r}: no file of a HiPS; there are properties, Moc.fits, "
            f"Norder{ALLSKY_ORDER}/Allsky.png and Norder3/Dir0/Npix5.png, and .fits of both"
        )
    survey = _Survey(config, known, about, drawn_column(found["column"]))
    if found["kind"]:
        return survey.image(int(found["order"]), found["folder"], found["tile"], found["kind"])
    if file.endswith("properties"):
        return kept_answer(survey.name("properties"), _TEXT, survey.properties)
    if file.endswith("Moc.fits"):
        return kept_answer(survey.name("moc"), "application/fits", survey.moc)
    return survey.page()


@dataclass(frozen=True, slots=True)
class _Survey:
    """One column of a map as a HiPS."""

    config: Config
    known: ProbabilityMaps
    about: StoredMap
    column: str

    @property
    def path(self) -> str:
        below = "" if self.column == FIRST_COLUMN else f"/{self.column}"
        return f"{PATH}/{self.about.map_id}{below}"

    def name(self, *what: object) -> str:
        return self.known.name(self.about, "hips", self.column, self._told, *what)

    @property
    def _told(self) -> dict[str, Any]:
        """What a HiPS says of itself beside what its map does."""
        authority = f"ivo://{self.config.authority}/hips"
        return {
            "identifier": f"{authority}?{self.about.map_id}/{self.column}",
            "url": self.config.url(self.path),
            "released": self.about.created,
        }

    def record(self) -> bytes:
        """Its record in the list of HiPS."""
        return self._made(
            "record", lambda found: hips_list_entry(found, self.column, **self._told).encode()
        )

    def properties(self) -> bytes:
        return self._made(
            "properties", lambda found: hips_properties(found, self.column, **self._told).encode()
        )

    def moc(self) -> bytes:
        return self.known.made(self.about, "covered", lambda found: moc_fits(area_covered(found)))

    def image(self, order: int, folder: str | None, tile: str | None, kind: str) -> Response:
        """A tile, or Allsky where no tile is named."""
        if tile is None:
            if order != ALLSKY_ORDER:
                raise NotFound(f"Norder{order}/Allsky: there is one of order {ALLSKY_ORDER}")
            return kept_answer(
                self.name("allsky", kind),
                _TYPES[kind],
                lambda: self._made(
                    ("allsky", kind), lambda found: hips_allsky(found, self.column, kind)
                ),
            )
        npix = int(tile)
        if order not in ORDERS or npix >= 12 << 2 * order:
            raise NotFound(
                f"Norder{order}/Npix{npix}: orders are {ORDERS[0]} to {ORDERS[-1]}, the tiles of "
                "one 0 to 12 * 4^order - 1"
            )
        if int(folder or 0) != npix // _FOLDER * _FOLDER:
            raise NotFound(f"Npix{npix} is in Dir{npix // _FOLDER * _FOLDER}")

        def made() -> bytes:
            found = self._made(
                (order, npix, kind), lambda found: self._tile(found, order, npix, kind)
            )
            if not found:
                raise NotFound(f"Norder{order}/Npix{npix} is below the horizon")
            return found

        return kept_answer(self.name(order, npix, kind), _TYPES[kind], made)

    def _tile(self, found: ProbabilityMap, order: int, npix: int, kind: str) -> bytes:
        """A tile; nothing where it is below the horizon."""
        images = HipsImages.of(found, self.column)
        image = images.image(order, npix)
        return b"" if np.isnan(image).all() else images.encoded(image, kind)

    def page(self) -> Response:
        """What it is, for people."""
        lines = (line.partition("=") for line in self.properties().decode().splitlines())
        return Response(
            render_template(
                "hips.html",
                url=self.config.url,
                link=self.config.link,
                map=self.about,
                column=self.column,
                columns=DRAWN_COLUMNS,
                path=self.path,
                properties=[(key.strip(), value.strip()) for key, _, value in lines],
            ),
            mimetype="text/html",
        )

    def _made(self, what: object, make: Callable[[ProbabilityMap], bytes]) -> bytes:
        return self.known.made(self.about, ("hips", self.column, what), make)


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
