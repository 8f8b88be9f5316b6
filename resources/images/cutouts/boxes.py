"""The pixels that hold a region of the sky; imported by confined children only."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from astropy.coordinates import ICRS, SkyCoord
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_scales, wcs_to_celestial_frame
from satvo.resources.images.cutouts.outlines import Curve, Outline
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import separation_deg

__all__ = ["Sky", "pixel_box", "whole_pixels"]

_Array: TypeAlias = npt.NDArray[np.float64]

_SAMPLES = 721
"""Points of a curve at first; around each extreme there are as many again, twice."""

_ROUNDING = 1e-6
"""A region that reaches less far into a pixel than this does not need it, pixel."""

_RETURNS_PIXELS = 0.01
"""How near a place must come back to itself by way of its pixel, or the WCS is not valid there."""


class Sky:
    """The celestial axes of an image's WCS, asked in ICRS.

    Parameters
    ----------
    wcs : WCS
        Of two axes, both celestial (`WCS.celestial`), in any frame that astropy knows.

    Raises
    ------
    BadParameter
        If its frame is not known.
    """

    def __init__(self, wcs: WCS) -> None:
        self._wcs = wcs
        self._lon, self._lat = wcs.wcs.lng, wcs.wcs.lat
        try:
            frame = wcs_to_celestial_frame(wcs)
        except ValueError as err:
            raise BadParameter(f"the frame of the image's WCS is not known: {err}") from err
        self._frame: Any = None if isinstance(frame, ICRS) else frame
        self._scale_deg = float(np.min(proj_plane_pixel_scales(wcs)))

    def pixels(self, ra: _Array, dec: _Array) -> tuple[_Array, _Array]:
        """FITS pixels, the first centred at 1, of places in ICRS, deg; NaN where there is none."""
        lon, lat = ra, dec
        if self._frame is not None:
            there = SkyCoord(ra, dec, unit="deg").transform_to(self._frame).spherical
            lon, lat = there.lon.deg, there.lat.deg
        world = np.empty((len(ra), 2))
        world[:, self._lon], world[:, self._lat] = lon, lat
        found = self._wcs.all_world2pix(world, 1, tolerance=1e-7, maxiter=50, quiet=True)
        back_ra, back_dec = self.places(found[:, 0], found[:, 1])
        with np.errstate(invalid="ignore"):
            strays = separation_deg(ra, dec, back_ra, back_dec) > _RETURNS_PIXELS * self._scale_deg
        found[strays | ~np.isfinite(back_ra)] = np.nan
        return found[:, 0], found[:, 1]

    def places(self, x: _Array, y: _Array) -> tuple[_Array, _Array]:
        """Right ascension and declination in ICRS, deg, of FITS pixels; NaN off the sky."""
        world = np.asarray(self._wcs.all_pix2world(np.column_stack([x, y]), 1))
        lon, lat = world[:, self._lon] % 360, world[:, self._lat]
        lat = np.where(np.abs(lat) <= 90, lat, np.nan)
        if self._frame is None:
            return lon, lat
        good = np.isfinite(lon) & np.isfinite(lat)
        icrs = SkyCoord(
            np.where(good, lon, 0), np.where(good, lat, 0), unit="deg", frame=self._frame
        ).icrs
        return np.where(good, icrs.ra.deg, np.nan), np.where(good, icrs.dec.deg, np.nan)


def pixel_box(
    outline: Outline, sky: Sky, width: int, height: int
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The smallest rectangle of whole pixels of an image that covers the bounds of a region.

    The bounds are those of the whole region in pixels, also where the image ends before it; where
    a part of it has no pixel (behind a tangent plane, say), those of what has one, and of the
    image's border within the region.

    Parameters
    ----------
    outline : Outline
        Of the region, ICRS.
    sky : Sky
    width, height : int
        Of the image, pixel.

    Returns
    -------
    ((int, int), (int, int)) or None
        First and last column, first and last row, counted from 1. None where no point of the
        region is in the image.
    """
    border = _border(width, height)
    within = outline.contains(*sky.places(*border))
    seen = bool(within.any())
    lost = False
    bounds: list[tuple[float, float, float, float]] = []
    for curve in outline.curves:
        t = np.linspace(0, 1, _SAMPLES)
        x, y = sky.pixels(*curve(t))
        lost = lost or bool(np.isnan(x).any())
        seen = seen or bool(
            ((x >= 0.5) & (x <= width + 0.5) & (y >= 0.5) & (y <= height + 0.5)).any()
        )
        if np.isfinite(x).any():
            bounds.append(_extremes(curve, sky, t, x, y))
    if not seen:
        return None
    if lost and within.any():
        x, y = border[0][within], border[1][within]
        bounds.append((x.min(), x.max(), y.min(), y.max()))
    xs, ys, xe, ye = (
        min(b[0] for b in bounds), min(b[2] for b in bounds),
        max(b[1] for b in bounds), max(b[3] for b in bounds),
    )  # fmt: skip
    columns, rows = whole_pixels(xs, xe, width), whole_pixels(ys, ye, height)
    return None if columns is None or rows is None else (columns, rows)


def whole_pixels(low: float, high: float, size: int) -> tuple[int, int] | None:
    """The pixels of an axis that cover an interval of FITS coordinates; None where none do.

    Examples
    --------
    >>> whole_pixels(10.5, 12.5, 100), whole_pixels(10.4, 12.6, 100), whole_pixels(-3.0, 0.4, 100)
    ((11, 12), (10, 13), None)
    >>> whole_pixels(11.5, 11.5, 100)
    (12, 12)
    """
    first = math.floor(low + 0.5 + _ROUNDING)
    last = max(math.ceil(high - 0.5 - _ROUNDING), first)
    first, last = max(first, 1), min(last, size)
    return (first, last) if first <= last else None


def _border(width: int, height: int) -> tuple[_Array, _Array]:
    """The corners of the pixels along the border of an image."""
    columns, rows = np.arange(width + 1) + 0.5, np.arange(height + 1) + 0.5
    low, right, top = np.full(width + 1, 0.5), width + 0.5, np.full(width + 1, height + 0.5)
    left = np.full(height + 1, 0.5)
    x = np.concatenate([columns, columns, left, np.full(height + 1, right)])
    return x, np.concatenate([low, top, rows, rows])


def _extremes(
    curve: Curve, sky: Sky, t: _Array, x: _Array, y: _Array
) -> tuple[float, float, float, float]:
    """Least and greatest x, least and greatest y of a curve, to some 1e-7 of its size."""
    found = []
    for axis, sampled in enumerate((x, y)):
        for sign in (1, -1):
            best = sampled * sign
            at, step = t[int(np.nanargmin(best))], 1 / (_SAMPLES - 1)
            value = float(np.nanmin(best))
            for _ in range(2):
                near = np.clip(np.linspace(at - step, at + step, 201), 0, 1)
                finer = sky.pixels(*curve(near))[axis] * sign
                if np.isfinite(finer).any():
                    at, value = near[int(np.nanargmin(finer))], min(value, float(np.nanmin(finer)))
                step /= 100
            found.append(value * sign)
    return found[0], found[1], found[2], found[3]
