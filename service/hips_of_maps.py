"""Maps of pass probability as HiPS: each column of a map is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from flask import render_template
from satvo.resources.pass_probability.coverage import area_covered
from satvo.resources.pass_probability.hips import hips_list_entry, hips_properties
from satvo.resources.pass_probability.hips_tiles import ORDERS, HipsImages, hips_allsky
from satvo.resources.pass_probability.probability_map import ProbabilityMap
from satvo.resources.pass_probability.stored import StoredMap
from satvo.schemas.moc_fits import moc_fits
from satvo.service.config import Config
from satvo.service.probability_maps import DRAWN_COLUMNS, FIRST_COLUMN, ProbabilityMaps

__all__ = ["MapHips"]


@dataclass(frozen=True, slots=True)
class MapHips:
    """One column of a map as a HiPS.

    Attributes
    ----------
    config : Config
    known : ProbabilityMaps
    about : StoredMap
    column : str
    root : str
        Below which path HiPS are.
    """

    config: Config
    known: ProbabilityMaps
    about: StoredMap
    column: str
    root: str

    @property
    def orders(self) -> tuple[int, int]:
        """The least and the greatest order of its tiles."""
        return ORDERS[0], ORDERS[-1]

    @property
    def nothing(self) -> str:
        """What is said of an empty tile."""
        return "is below the horizon"

    @property
    def path(self) -> str:
        """Of its address."""
        below = "" if self.column == FIRST_COLUMN else f"/{self.column}"
        return f"{self.root}/{self.about.map_id}{below}"

    def name(self, *what: object) -> str:
        """A file of it in a word, the same for as long as the file is."""
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
        """The file ``properties``."""
        return self._made(
            "properties", lambda found: hips_properties(found, self.column, **self._told).encode()
        )

    def moc(self) -> bytes:
        """The file Moc.fits."""
        return self.known.made(self.about, "covered", lambda found: moc_fits(area_covered(found)))

    def allsky(self, kind: str) -> bytes:
        """The file Allsky of a format."""
        return self._made(("allsky", kind), lambda found: hips_allsky(found, self.column, kind))

    def tile(self, order: int, npix: int, kind: str) -> bytes:
        """A tile; nothing where it is below the horizon."""

        def drawn(found: ProbabilityMap) -> bytes:
            images = HipsImages.of(found, self.column)
            image = images.image(order, npix)
            return b"" if np.isnan(image).all() else images.encoded(image, kind)

        return self._made((order, npix, kind), drawn)

    def page(self) -> str:
        """What it is, for people."""
        lines = (line.partition("=") for line in self.properties().decode().splitlines())
        return render_template(
            "hips.html",
            url=self.config.url,
            link=self.config.link,
            map=self.about,
            column=self.column,
            columns=DRAWN_COLUMNS,
            path=self.path,
            properties=[(key.strip(), value.strip()) for key, _, value in lines],
        )

    def _made(self, what: object, make: Callable[[ProbabilityMap], bytes]) -> bytes:
        return self.known.made(self.about, ("hips", self.column, what), make)
