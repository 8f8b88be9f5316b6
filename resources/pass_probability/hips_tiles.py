"""Tiles of a map as a HiPS has them.

References
----------
HiPS 1.0, section 4.2.1; what all HiPS share is in `satvo.schemas.hips`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from satvo.resources.pass_probability.probability_map import ProbabilityMap
from satvo.resources.pass_probability.resampling import IcrsSampler
from satvo.resources.pass_probability.scales import COLOURS, Scale
from satvo.schemas.errors import BadParameter
from satvo.schemas.hips import ALLSKY_ORDER, FORMATS, allsky_image, fits_tile, tile_layout

__all__ = [
    "ORDERS",
    "TILE_WIDTH",
    "HipsImages",
    "hips_allsky",
    "hips_tile",
]

TILE_WIDTH = 64
"""Of a tile: at order 3 its pixels are the cells of nside 512."""
ORDERS = (0, 1, 2, 3)
_ALLSKY_WIDTH = 32
"""Of a tile in Allsky."""
_SHADES = 256

Image = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class HipsImages:
    """What all tiles of a column share.

    Attributes
    ----------
    sampler : IcrsSampler
    scale : Scale
        Of the colours, the same for all tiles.
    bitpix : int
        Of FITS tiles: -32, or -64 for times.
    """

    sampler: IcrsSampler
    scale: Scale
    bitpix: int

    @classmethod
    def of(cls, probabilities: ProbabilityMap, column: str) -> HipsImages:
        """Those of a column.

        Raises
        ------
        BadParameter
            If there is no such column, or the map is one of the horizon at no time.
        """
        sampler = IcrsSampler.of(probabilities, column)
        times = column == "t_next"
        scale = Scale.of(sampler.values, from_zero=not times)
        return cls(sampler, scale, -64 if times else -32)

    def image(self, order: int, npix: int, width: int = TILE_WIDTH) -> Image:
        """Values of a tile, (width, width), from its top; NaN below the horizon."""
        depth = width.bit_length() - 1
        cells = (npix << 2 * depth) + tile_layout(width)
        return self.sampler.at(order + depth, cells.ravel()).reshape(width, width)

    def allsky(self) -> Image:
        """The tiles of order 3 in little, in rows of 27 from the top."""
        width, count = _ALLSKY_WIDTH, 12 << 2 * ALLSKY_ORDER
        first = np.arange(count)[:, None, None] * width**2
        cells = (first + tile_layout(width)).ravel()
        order = ALLSKY_ORDER + width.bit_length() - 1
        return allsky_image(self.sampler.at(order, cells).reshape(count, width, width))

    def encoded(self, image: Image, kind: str) -> bytes:
        """An image as the file of a tile.

        Raises
        ------
        BadParameter
            If the format is none of `FORMATS`.
        """
        if kind == "png":
            return _png(self.scale.place(image))
        if kind == "fits":
            return fits_tile(image, self.bitpix)
        raise BadParameter(f"tile format '{kind}': give {' or '.join(FORMATS)}")


def hips_tile(
    probabilities: ProbabilityMap, column: str, order: int, npix: int, kind: str
) -> bytes:
    """One tile.

    Parameters
    ----------
    probabilities : ProbabilityMap
        Of either frame; tiles are on the axes of the ICRS.
    column : str
        Of `MAP_COLUMNS`.
    order : int
        0 to 3.
    npix : int
        Number of the tile, from 0 to ``12 * 4**order - 1``.
    kind : str
        ``png``: in colours, transparent below the horizon. ``fits``: values, NaN there.

    Raises
    ------
    BadParameter
        If there is no such column, order, tile or format.

    Notes
    -----
    A tile below the horizon is empty, and `write_hips` leaves it out.
    """
    if order not in ORDERS or not 0 <= npix < 12 << 2 * order:
        raise BadParameter(
            f"tile Norder{order}/Npix{npix}: orders are 0 to {ORDERS[-1]}, and tiles of an order "
            "0 to 12 * 4^order - 1"
        )
    images = HipsImages.of(probabilities, column)
    return images.encoded(images.image(order, npix), kind)


def hips_allsky(probabilities: ProbabilityMap, column: str, kind: str) -> bytes:
    """The file Norder3/Allsky of a format of `FORMATS`.

    Raises
    ------
    BadParameter
        If there is no such column or format.
    """
    images = HipsImages.of(probabilities, column)
    return images.encoded(images.allsky(), kind)


@lru_cache(maxsize=1)
def _colours() -> NDArray[np.uint8]:
    """Red, green, blue and opacity, (257, 4); the last is what is not there."""
    from matplotlib import colormaps

    shades = colormaps[COLOURS](np.linspace(0.0, 1.0, _SHADES), bytes=True)
    return np.vstack([shades, np.zeros((1, 4), dtype=np.uint8)])


def _png(places: Image) -> bytes:
    from PIL import Image as Picture

    known = np.isfinite(places)
    shade = np.where(known, np.where(known, places, 0.0) * (_SHADES - 1) + 0.5, _SHADES)
    stream = io.BytesIO()
    Picture.fromarray(_colours()[shade.astype(np.int64)], "RGBA").save(stream, "PNG")
    return stream.getvalue()
