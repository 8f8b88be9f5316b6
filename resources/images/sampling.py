"""The values of an image at positions on the sky, by its WCS.

An image is averaged over as many of its pixels as the positions are apart, and then taken
bilinearly; of a mask the highest is taken, so that a thin trail stays.

References
----------
FITS WCS papers I and II, and SIP, TPV and tables of distortions, by astropy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.healpix import healpix_index
from satvo.schemas.hips import cell_side_deg
from satvo.schemas.sphere import angle_rad, unit_vectors

if TYPE_CHECKING:
    from satvo.ingest.images.units import Unit

__all__ = ["Plane", "planes_of", "sampled", "shades"]

_ROWS_OF_CUTS = 64
"""Rows of an image from which its range is taken."""
_FAR_PIXELS = 0.5
"""A position whose way to the pixels and back ends this far away is not in the image."""
_READ_PIXELS = 4_000_000
"""Of an image at once: large ones are averaged in strips."""

_Floats = NDArray[np.float64]


class _Section(Protocol):
    """Reads a part of an image, as astropy's `section` does."""

    def __getitem__(self, part: tuple[int | slice, ...], /) -> Any: ...


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """One image of a file.

    Attributes
    ----------
    section : array_like
        Gives a part of it.
    before : tuple of int
        Indices of axes of length 1 that come before rows and columns.
    shape : (int, int)
    wcs : WCS
        astropy's, of two celestial axes.
    scale_deg : float
        Root of the area of a pixel in the middle.
    """

    section: _Section
    before: tuple[int, ...]
    shape: tuple[int, int]
    wcs: Any
    scale_deg: float


def planes_of(units: list[Unit]) -> Iterator[Plane]:
    """The images side by side of a FITS file that have two axes, both celestial.

    Parameters
    ----------
    units : list of Unit

    Yields
    ------
    Plane
    """
    from astropy.wcs import WCS
    from astropy.wcs.utils import proj_plane_pixel_area
    from satvo.ingest.images.units import chips

    for unit in chips(units):
        if len(unit.shape) != 2 or not min(unit.shape):
            continue
        wcs = WCS(unit.header, fobj=unit.whole)
        if wcs.naxis > 2:
            wcs = wcs.celestial
        if wcs.naxis != 2 or not wcs.has_celestial:
            continue
        scale_deg = math.sqrt(proj_plane_pixel_area(wcs))
        if math.isfinite(scale_deg) and scale_deg > 0:
            before = (0,) * (len(unit.hdu.shape) - 2)  # axes of length 1
            shape = (unit.shape[0], unit.shape[1])
            yield Plane(unit.hdu.section, before, shape, wcs, scale_deg)


def sampled(
    plane: Plane, lon_deg: _Floats, lat_deg: _Floats, pixel_deg: float, *, mask: bool
) -> _Floats:
    """The values of an image at the centres of cells, NaN outside and where it has none.

    Parameters
    ----------
    plane : Plane
    lon_deg, lat_deg : (n,) arrays
        Centres of HEALPix cells of one order, ICRS.
    pixel_deg : float
        The side of a cell: what is finer in the image is averaged first.
    mask : bool
        Take the highest value, and the nearest pixel.

    Notes
    -----
    An image so small that it holds the centre of no cell is shown in the one that is nearest to its
    middle, if that is among the cells.
    """
    height, width = plane.shape
    x, y = _pixels(plane, lon_deg, lat_deg)
    inside = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    values = np.full(len(lon_deg), np.nan)
    block = min(max(1, int(pixel_deg / plane.scale_deg)), max(height, width))
    if not inside.any():
        nearest = _cell_of_middle(plane, lon_deg, lat_deg, pixel_deg)
        if nearest is not None:
            values[nearest] = _read(plane, 0, height, 0, width, max(plane.shape), mask).flat[0]
        return values
    x, y = x[inside], y[inside]
    first_x, first_y = (_before(low.min(), block) for low in (x, y))
    end_x = min(width, _before(x.max(), block) + 3 * block)
    end_y = min(height, _before(y.max(), block) + 3 * block)
    part = _read(plane, first_y, end_y, first_x, end_x, block, mask)
    shift = (block - 1) / 2
    take = _nearest if mask else _bilinear
    values[inside] = take(part, (x - first_x - shift) / block, (y - first_y - shift) / block)
    return values


def shades(plane: Plane) -> tuple[float, float] | None:
    """The range of values between which an image is drawn; None where it has no value.

    The fifth and the 99.5th of hundred parts, of some of its rows.
    """
    height, width = plane.shape
    rows = np.unique(np.linspace(0, height - 1, min(height, _ROWS_OF_CUTS)).astype(int))
    read = [_read(plane, int(row), int(row) + 1, 0, width, 1, False) for row in rows]
    values = np.concatenate(read).ravel()
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low, high = np.percentile(values, [5.0, 99.5])
    return float(low), float(high)


def _pixels(plane: Plane, lon_deg: _Floats, lat_deg: _Floats) -> tuple[_Floats, _Floats]:
    """Pixels, from 0, of positions; NaN where there are none."""
    if not len(lon_deg):
        return np.zeros(0), np.zeros(0)
    lon, lat = _native(plane, lon_deg, lat_deg)
    turned = slice(None, None, -1 if plane.wcs.wcs.lng == 1 else 1)  # the latitude may be first
    x, y = plane.wcs.all_world2pix(*(lon, lat)[turned], 0, quiet=True)
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if len(known):
        # Polynomials give pixels of the image for positions that are far from it.
        back = plane.wcs.all_pix2world(x[known], y[known], 0)[turned]
        apart = angle_rad(unit_vectors(*back), unit_vectors(lon[known], lat[known]))
        far = known[~(apart <= math.radians(_FAR_PIXELS * plane.scale_deg))]
        x[far] = y[far] = np.nan
    return x, y


def _native(plane: Plane, lon_deg: _Floats, lat_deg: _Floats) -> tuple[_Floats, _Floats]:
    """Positions of the ICRS on the axes of an image."""
    from astropy.coordinates import ICRS, SkyCoord
    from astropy.wcs.utils import wcs_to_celestial_frame

    frame = wcs_to_celestial_frame(plane.wcs)
    if isinstance(frame, ICRS):
        return lon_deg, lat_deg
    turned = SkyCoord(lon_deg, lat_deg, unit="deg", frame="icrs").transform_to(frame)
    return turned.spherical.lon.deg, turned.spherical.lat.deg


def _cell_of_middle(
    plane: Plane, lon_deg: _Floats, lat_deg: _Floats, pixel_deg: float
) -> int | None:
    """Which of the cells holds the middle of an image."""
    if not len(lon_deg):
        return None
    height, width = plane.shape
    middle = plane.wcs.pixel_to_world((width - 1) / 2, (height - 1) / 2).icrs
    order = round(math.log2(cell_side_deg(0) / pixel_deg))
    wanted = healpix_index(order, middle.ra.deg, middle.dec.deg)
    found = np.flatnonzero(healpix_index(order, lon_deg, lat_deg) == wanted)
    return int(found[0]) if len(found) else None


def _before(place: float, block: int) -> int:
    """The first pixel of the block before the one that holds a place, 0 at the edge."""
    return max(0, (math.floor(place + 0.5) // block - 1) * block)


def _read(
    plane: Plane, first: int, end: int, left: int, right: int, block: int, mask: bool
) -> _Floats:
    """A part of an image in blocks, which begin with its first row and column."""
    step = max(1, _READ_PIXELS // (right - left) // block) * block
    strips = []
    for row in range(first, end, step):
        part = slice(row, min(end, row + step)), slice(left, right)
        strip = plane.section[(*plane.before, *part)]
        strips.append(_reduced(np.asarray(strip, dtype=np.float64), block, mask))
    return np.concatenate(strips)


def _reduced(part: _Floats, block: int, mask: bool) -> _Floats:
    """Means, or maxima, of blocks, those at the far edges smaller; NaN where all are."""
    if block == 1:
        return part
    rows = np.arange(0, part.shape[0], block)
    columns = np.arange(0, part.shape[1], block)
    known = np.isfinite(part)
    if mask:
        low = np.where(known, part, -np.inf)
        high = np.maximum.reduceat(np.maximum.reduceat(low, rows, axis=0), columns, axis=1)
        return np.where(np.isfinite(high), high, np.nan)
    total = np.add.reduceat(np.add.reduceat(np.where(known, part, 0.0), rows, axis=0),
                            columns, axis=1)  # fmt: skip
    count = np.add.reduceat(np.add.reduceat(known.astype(float), rows, axis=0), columns, axis=1)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)


def _nearest(part: _Floats, x: _Floats, y: _Floats) -> _Floats:
    column = np.clip(np.floor(x + 0.5).astype(int), 0, part.shape[1] - 1)
    row = np.clip(np.floor(y + 0.5).astype(int), 0, part.shape[0] - 1)
    return np.asarray(part[row, column])


def _bilinear(part: _Floats, x: _Floats, y: _Floats) -> _Floats:
    """Between pixels; NaN where the nearest one is, and others that are left out of the mean."""
    height, width = part.shape
    left = np.clip(np.floor(x).astype(int), 0, max(0, width - 2))
    below = np.clip(np.floor(y).astype(int), 0, max(0, height - 2))
    right, above = np.minimum(left + 1, width - 1), np.minimum(below + 1, height - 1)
    across, up = np.clip(x - left, 0.0, 1.0), np.clip(y - below, 0.0, 1.0)
    total, weights = np.zeros(len(x)), np.zeros(len(x))
    for row, column, weight in (
        (below, left, (1 - up) * (1 - across)),
        (below, right, (1 - up) * across),
        (above, left, up * (1 - across)),
        (above, right, up * across),
    ):
        value = part[row, column]
        known = np.isfinite(value)
        total += np.where(known, value, 0.0) * weight
        weights += np.where(known, weight, 0.0)
    missing = ~np.isfinite(_nearest(part, x, y)) | (weights <= 0)
    return np.where(missing, np.nan, total / np.where(weights > 0, weights, 1.0))
