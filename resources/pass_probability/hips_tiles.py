"""Tiles of a map as a HiPS has them.

References
----------
HiPS 1.0, sections 4.1 (orders and numbers) and 4.2.1 (images). The standard leaves the sense of a
tile's axes to the reader; Hipsgen 12.001 decided it here: rows from the top count the even bits of
a cell's number, columns the odd ones. The north corner is below to the right, the east corner below
to the left: clients turn a tile over.
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
from satvo.schemas.fits_cards import fits_header, fits_padding

__all__ = [
    "ALLSKY_ORDER",
    "FORMATS",
    "ORDERS",
    "TILE_WIDTH",
    "HipsImages",
    "hips_allsky",
    "hips_tile",
]

TILE_WIDTH = 64
"""Of a tile: at order 3 its pixels are the cells of nside 512."""
ORDERS = (0, 1, 2, 3)
ALLSKY_ORDER = 3
FORMATS = ("png", "fits")

_ALLSKY_WIDTH = 32
"""Of a tile in Allsky."""
_ALLSKY_COLUMNS = 27
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
        cells = (npix << 2 * depth) + _layout(width)
        return self.sampler.at(order + depth, cells.ravel()).reshape(width, width)

    def allsky(self) -> Image:
        """The tiles of order 3 in little, in rows of 27 from the top."""
        width, count = _ALLSKY_WIDTH, 12 << 2 * ALLSKY_ORDER
        rows = -(-count // _ALLSKY_COLUMNS)
        tiles = np.full((rows * _ALLSKY_COLUMNS, width, width), np.nan)
        first = np.arange(count)[:, None, None] * width**2
        cells = (first + _layout(width)).ravel()
        order = ALLSKY_ORDER + width.bit_length() - 1
        tiles[:count] = self.sampler.at(order, cells).reshape(count, width, width)
        placed = tiles.reshape(rows, _ALLSKY_COLUMNS, width, width).swapaxes(1, 2)
        return placed.reshape(rows * width, _ALLSKY_COLUMNS * width)

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
            return _fits(image, self.bitpix)
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


@lru_cache(maxsize=4)
def _layout(width: int) -> NDArray[np.int64]:
    """Which cell within the tile each pixel is, (width, width), from the top."""
    axis = np.arange(width, dtype=np.int64)
    spread = np.zeros_like(axis)
    for bit in range(width.bit_length()):
        spread |= (axis >> bit & 1) << 2 * bit
    return np.asarray(spread[:, None] | spread[None, :] << 1)


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


def _fits(image: Image, bitpix: int) -> bytes:
    rows = image[::-1].astype(f">f{-bitpix // 8}")  # FITS begins below
    height, width = rows.shape
    header = fits_header(
        {"SIMPLE": True, "BITPIX": bitpix, "NAXIS": 2, "NAXIS1": width, "NAXIS2": height}
    )
    return b"".join([header, rows.tobytes(), fits_padding(rows.nbytes)])
