"""What every HiPS has in common, whatever it shows: order of pixels, FITS tiles, properties.

References
----------
HiPS 1.0, sections 4.1 (orders and numbers), 4.2.1 (images), 4.4.1 (properties) and 5.2 (the list of
a server). The standard leaves the sense of a tile's axes to the reader; Hipsgen 12.001 decided it
here: rows from the top count the even bits of a cell's number, columns the odd ones. The north
corner is below to the right, the east corner below to the left: clients turn a tile over.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.fits_cards import fits_header, fits_padding

__all__ = [
    "ALLSKY_ORDER",
    "FORMATS",
    "allsky_image",
    "cell_side_deg",
    "fits_tile",
    "listed_text",
    "properties_text",
    "tile_layout",
]

ALLSKY_ORDER = 3
FORMATS = ("png", "fits")

_ALLSKY_COLUMNS = 27
_SKY_DEG2 = 129600 / math.pi
_LISTED = (
    "creator_did",
    "hips_release_date",
    "hips_service_url",
    "hips_status",
    "hips_frame",
    "hips_order",
    "hips_tile_width",
    "hips_tile_format",
    "obs_title",
    "obs_regime",
    "obs_collection",
    "dataproduct_type",
    "moc_sky_fraction",
    "t_min",
    "t_max",
)

_Image = NDArray[Any]


@lru_cache(maxsize=4)
def tile_layout(width: int) -> NDArray[np.int64]:
    """Which cell within the tile each pixel is, (width, width), from the top.

    Parameters
    ----------
    width : int
        A power of 2.

    Examples
    --------
    >>> tile_layout(2).tolist()
    [[0, 2], [1, 3]]
    """
    axis = np.arange(width, dtype=np.int64)
    spread = np.zeros_like(axis)
    for bit in range(width.bit_length()):
        spread |= (axis >> bit & 1) << 2 * bit
    return np.asarray(spread[:, None] | spread[None, :] << 1)


def allsky_image(tiles: _Image) -> _Image:
    """The file Allsky: tiles of order 3 in little, in rows of 27 from the top.

    Parameters
    ----------
    tiles : (768, width, width) array
        Each from its top.

    Returns
    -------
    (29 * width, 27 * width) array
        NaN where there is no tile.
    """
    count, width = tiles.shape[:2]
    rows = -(-count // _ALLSKY_COLUMNS)
    placed = np.full((rows * _ALLSKY_COLUMNS, width, width), np.nan, dtype=tiles.dtype)
    placed[:count] = tiles
    placed = placed.reshape(rows, _ALLSKY_COLUMNS, width, width).swapaxes(1, 2)
    return placed.reshape(rows * width, _ALLSKY_COLUMNS * width)


def fits_tile(image: _Image, bitpix: int) -> bytes:
    """Values from the top as a FITS file, whose first row is the lowest; NaN where there is none.

    Parameters
    ----------
    image : (height, width) array
    bitpix : int
        -32 or -64.
    """
    rows = image[::-1].astype(f">f{-bitpix // 8}")
    height, width = rows.shape
    header = fits_header(
        {"SIMPLE": True, "BITPIX": bitpix, "NAXIS": 2, "NAXIS1": width, "NAXIS2": height}
    )
    return b"".join([header, rows.tobytes(), fits_padding(rows.nbytes)])


def properties_text(told: Mapping[str, str]) -> str:
    """The file ``properties``: a line for each key."""
    return "".join(f"{key:20} = {value}\n" for key, value in told.items())


def listed_text(told: Mapping[str, str]) -> str:
    """The record of a HiPS in the list of its server, ending with an empty line."""
    return properties_text({key: told[key] for key in _LISTED if key in told}) + "\n"


def cell_side_deg(order: int) -> float:
    """Square root of the area of a HEALPix cell, deg.

    Examples
    --------
    >>> round(cell_side_deg(0), 2)
    58.63
    """
    return math.sqrt(_SKY_DEG2 / (12 << 2 * order))
