"""Collections of images as HiPS: their images, and their masks to lie over these."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from flask import render_template
from satvo.schemas.hips import listed_text, properties_text
from satvo.schemas.moc_fits import moc_fits
from satvo.service.config import Config
from satvo.service.image_surveys import ImageSurvey
from satvo.service.image_tiles import ImageTiles
from satvo.service.software import software_version

__all__ = ["ImageHips"]


@dataclass(frozen=True, slots=True)
class ImageHips:
    """The images, or the masks, of a collection as a HiPS.

    Attributes
    ----------
    config : Config
    tiles : ImageTiles
    survey : ImageSurvey
    root : str
        Below which path HiPS are.
    """

    config: Config
    tiles: ImageTiles
    survey: ImageSurvey
    root: str

    @property
    def orders(self) -> tuple[int, int]:
        """The least and the greatest order of its tiles."""
        return 0, self.survey.order

    @property
    def nothing(self) -> str:
        """What is said of an empty tile."""
        return "has no image in it"

    @property
    def path(self) -> str:
        """Of its address."""
        return f"{self.root}/{self.survey.path}"

    def name(self, *what: object) -> str:
        """A file of it in a word: of a tile the same until an image that it meets is another."""
        content = self.survey.name
        if isinstance(what[0], int) and isinstance(what[1], int):
            content = self.survey.name_of(what[0], what[1])
        told = repr((software_version(), self.config.url(self.path), content, what))
        return hashlib.sha256(told.encode()).hexdigest()[:32]

    def record(self) -> bytes:
        """Its record in the list of HiPS."""
        return listed_text(self._told(None)).encode()

    def properties(self) -> bytes:
        """The file ``properties``."""
        return properties_text(self._told(self.tiles.cut(self.survey))).encode()

    def moc(self) -> bytes:
        """The file Moc.fits."""
        return moc_fits(self.survey.covered)

    def allsky(self, kind: str) -> bytes:
        """The file Allsky of a format."""
        return self.tiles.allsky(self.survey, kind)

    def tile(self, order: int, npix: int, kind: str) -> bytes:
        """A tile; nothing where no image is."""
        return self.tiles.tile(self.survey, order, npix, kind)

    def page(self) -> str:
        """What it is, for people."""
        return render_template(
            "image_hips.html",
            url=self.config.url,
            link=self.config.link,
            survey=self.survey,
            path=self.path,
            properties=self._told(self.tiles.cut(self.survey)).items(),
        )

    def _told(self, cut: tuple[float, float] | None) -> dict[str, str]:
        identifier = f"ivo://{self.config.authority}/hips?{self.survey.path}"
        return self.survey.properties(identifier, self.config.url(self.path), cut)
