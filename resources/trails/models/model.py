"""What a model of the appearance of trails is, and what it is told of telescope and detector."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.stamps import PointSpread, Stamp
from satvo.resources.trails.trail import Trail
from satvo.schemas.errors import BadParameter
from satvo.schemas.plugins import plugin, plugins

__all__ = [
    "KINDS",
    "Chip",
    "Ghost",
    "Optics",
    "Part",
    "TrailModel",
    "trail_model",
    "trail_models",
]

Floats = NDArray[np.float64]

_GROUP = "satvo.trail_models"

KINDS = ("trail", "ghost", "saturated", "bleed", "crosstalk")
"""What a trail does to an image: its light; light of it reflected among surfaces; pixels that are
full; charge that ran over from full ones; images of it in other amplifiers."""


@dataclass(frozen=True, slots=True)
class Ghost:
    """Light that two surfaces of the optics reflect onto the detector once more, out of focus.

    Attributes
    ----------
    fraction : float
        Of the light of the source, above 0 to below 1.
    diameter_px : float
        Of the disc that it makes of a point, 1 or more.
    scale : float
        Its distance from the optical axis in that of the source; negative on the other side.
    """

    fraction: float
    diameter_px: float
    scale: float = -1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.fraction < 1.0:
            raise BadParameter(f"ghost of fraction {self.fraction}: above 0 to below 1 is accepted")
        if not 1.0 <= self.diameter_px <= 2000.0:
            raise BadParameter(f"ghost of {self.diameter_px} pixels: 1 to 2000 is accepted")
        if not -10.0 <= self.scale <= 10.0:
            raise BadParameter(f"ghost of scale {self.scale}: -10 to 10 is accepted")


@dataclass(frozen=True, eq=False, slots=True)
class Optics:
    """What a model is told of the telescope.

    Attributes
    ----------
    spread : PointSpread
        Of a star: seeing, diffraction, aberrations.
    pixel_arcsec : float
        Size of a pixel, above 0.
    aperture_m : float
        Diameter of the pupil; 0 where a satellite is to be as sharp as a star.
    obstruction : float
        Of the pupil's diameter, 0 to below 1.
    ghosts : tuple of Ghost
    axis : (x, y), optional
        Where the optical axis meets the detector, pixels; the middle of the image without it.
    """

    spread: PointSpread
    pixel_arcsec: float
    aperture_m: float = 0.0
    obstruction: float = 0.0
    ghosts: tuple[Ghost, ...] = ()
    axis: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.pixel_arcsec < math.inf:
            raise BadParameter(f"pixel_arcsec={self.pixel_arcsec}: above 0 arcsec is accepted")
        if not 0.0 <= self.aperture_m <= 100.0:
            raise BadParameter(f"aperture_m={self.aperture_m}: 0 to 100 m is accepted")
        if not 0.0 <= self.obstruction < 1.0:
            raise BadParameter(f"obstruction={self.obstruction}: 0 to below 1 is accepted")


@dataclass(frozen=True, slots=True)
class Chip:
    """What a model is told of the detector.

    Attributes
    ----------
    full_well : float
        Electrons that a pixel holds; infinite where it is never full.
    amplifiers : (int, int)
        How many times the image is divided along rows' and columns' direction, (down, across),
        each part read by an amplifier of its own.
    crosstalk : float
        Part of the signal of each pixel that all other amplifiers have in the pixel that they
        read at the same time.
    crosstalk_per_electron : float
        What is added to that part for each electron of the signal: crosstalk that is not linear.
    row_delay_s : float
        From the begin of exposure of a row to that of the next (rolling shutter).

    Raises
    ------
    BadParameter
        If a number is not what it can be.
    """

    full_well: float = math.inf
    amplifiers: tuple[int, int] = (1, 1)
    crosstalk: float = 0.0
    crosstalk_per_electron: float = 0.0
    row_delay_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.full_well > 0.0:
            raise BadParameter(f"full_well={self.full_well}: above 0 electrons is accepted")
        if len(self.amplifiers) != 2 or not all(1 <= n <= 64 for n in self.amplifiers):
            raise BadParameter(
                f"amplifiers={self.amplifiers}: two whole numbers from 1 to 64 are accepted"
            )
        if not abs(self.crosstalk) < 0.1:
            raise BadParameter(f"crosstalk={self.crosstalk}: -0.1 to 0.1 is accepted")
        if not abs(self.crosstalk_per_electron) < 1e-5:
            raise BadParameter(
                f"crosstalk_per_electron={self.crosstalk_per_electron}: -1e-5 to 1e-5 is accepted"
            )
        if not 0.0 <= self.row_delay_s <= 1.0:
            raise BadParameter(f"row_delay_s={self.row_delay_s}: 0 to 1 s is accepted")


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """What one cause does to an image.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    stamp : Stamp
        Electrons; those of effects may be negative.
    width_px : float
        Of a trail's light: full width at half maximum across it; NaN of all else.
    """

    kind: str
    stamp: Stamp
    width_px: float = math.nan


class TrailModel(Protocol):
    """What an object under the entry point ``satvo.trail_models`` offers.

    Attributes
    ----------
    NAME : str
        What clients call it, and what headers say was used.
    TITLE, REFERENCE, VALIDITY : str
        For people: what it is, where it is from, and what it is good for.
    """

    NAME: str
    TITLE: str
    REFERENCE: str
    VALIDITY: str

    def light(
        self, trail: Trail, optics: Optics, chip: Chip, shape: tuple[int, int], /
    ) -> list[Part]:
        """What falls on a detector of a shape: the trail and its ghosts, mean electrons.

        Nothing where all of it falls beside the image.
        """

    def effects(self, before: Floats, after: Floats, chip: Chip, /) -> list[Part]:
        """What the detector makes of it.

        Parameters
        ----------
        before, after : ndarray (rows, columns)
            Electrons without the trails and with them; left as they are.

        Returns
        -------
        list of Part
            Changes to ``after``, to be added one after the other.
        """


def trail_models() -> Mapping[str, TrailModel]:
    """Every registered model by its NAME, the built-in ones first.

    Examples
    --------
    >>> {"point", "defocused", "ccd", "cmos"} <= set(trail_models())
    True
    """
    return plugins(_GROUP)


def trail_model(name: str) -> TrailModel:
    """The model of a name.

    Raises
    ------
    BadParameter
        If there is none.
    """
    return cast(TrailModel, plugin(_GROUP, name, "trail model"))
