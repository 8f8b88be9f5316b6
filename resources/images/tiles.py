"""A tile of a HiPS drawn from one image, in a confined child: it opens a stranger's file.

References
----------
HiPS 1.0, section 4.2.1.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.sampling import planes_of, sampled, shades
from satvo.schemas.healpix import healpix_center, reach_rad
from satvo.schemas.hips import cell_side_deg, tile_layout
from satvo.schemas.sphere import angle_rad, unit_vectors

__all__ = ["Cells", "draw_tile"]

_BLOCK_ORDERS = 4
"""Cells of a tile are looked at in blocks of so many orders above them first."""

_Floats = NDArray[np.float64]
_Cells = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The cells of a tile that a circle comes near, and where they are in the tile.

    Attributes
    ----------
    places : (n,) array of int
        In the tile, row by row from its top.
    lon_deg, lat_deg : (n,) arrays
        Centres, ICRS.
    """

    places: _Cells
    lon_deg: _Floats
    lat_deg: _Floats

    @classmethod
    def near(
        cls, order: int, npix: int, width: int, lon_deg: float, lat_deg: float, radius_deg: float
    ) -> Cells:
        """Those of a tile in or near a circle on the sky, ICRS.

        Parameters
        ----------
        order, npix : int
            The tile.
        width : int
            Its pixels along a side, a power of 2.
        lon_deg, lat_deg, radius_deg : float
            The circle.
        """
        depth = width.bit_length() - 1
        coarse = max(0, depth - _BLOCK_ORDERS)
        blocks = (npix << 2 * coarse) + np.arange(1 << 2 * coarse)
        apart = angle_rad(
            unit_vectors(*healpix_center(order + coarse, blocks)), unit_vectors(lon_deg, lat_deg)
        )
        near = blocks[apart <= math.radians(radius_deg) + reach_rad(order + coarse)]
        size = 1 << 2 * (depth - coarse)
        cells = (near[:, None] * size + np.arange(size)).ravel()
        place_of = np.empty(width * width, dtype=np.int64)
        place_of[tile_layout(width).ravel()] = np.arange(width * width)
        lon, lat = healpix_center(order + depth, cells)
        return cls(place_of[cells - (npix << 2 * depth)], lon, lat)


def draw_tile(about: dict[str, Any], source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    """Write the values of a tile, from its top, as native float32; NaN where the image is not.

    Parameters
    ----------
    about : dict
        ``order``, ``npix`` and ``width`` of the tile; ``lon_deg``, ``lat_deg`` and ``radius_deg``,
        a circle that holds the image; ``mask``: whether it is one; ``name`` of the file and
        ``most_bytes`` of its images, for `satvo.ingest.images.units.open_units`.
    source : file
        The FITS file.
    target : file
        To be written.

    Returns
    -------
    dict
        ``drawn``: how many pixels have a value; ``low`` and ``high``: the range of the image's
        values, None where there is none.

    Raises
    ------
    BadParameter, UnknownFormat, LimitExceeded
        As `satvo.ingest.images.units.open_units`.
    """
    from satvo.ingest.images.units import open_units

    width = int(about["width"])
    circle = [float(about[name]) for name in ("lon_deg", "lat_deg", "radius_deg")]
    cells = Cells.near(int(about["order"]), int(about["npix"]), width, *circle)
    pixel_deg = cell_side_deg(int(about["order"]) + width.bit_length() - 1)
    values = np.full(width * width, np.nan, dtype=np.float32)
    ranges = []
    name, most_bytes = str(about["name"]), int(about["most_bytes"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with open_units(source, name, most_bytes=most_bytes) as units:
            for plane in planes_of(units):
                found = sampled(
                    plane, cells.lon_deg, cells.lat_deg, pixel_deg, mask=bool(about["mask"])
                )
                known = np.isfinite(found)
                values[cells.places[known]] = found[known]
                if known.any():
                    ranges.append(shades(plane))
    target.write(values.tobytes())
    known_ranges = [each for each in ranges if each is not None]
    return {
        "drawn": int(np.isfinite(values).sum()),
        "low": min((low for low, _ in known_ranges), default=None),
        "high": max((high for _, high in known_ranges), default=None),
    }
