"""An image as the detectors take it: its pixels, which of them count, its sky and its noise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.masks.background import background
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["LARGEST_PX", "Frame", "checked"]

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

LARGEST_PX = 24_000
"""Rows or columns that an image may have."""

_SMALLEST_PX = 16


@dataclass(frozen=True, eq=False)
class Frame:
    """One image plane.

    Made by `Frame.of`. Pixels count from 0, the centre of the first at (0, 0), x along columns and
    y along rows; arrays are [row, column].

    Attributes
    ----------
    pixels : ndarray of float32 (rows, columns)
        In the unit of the image, linear; those that do not count hold the sky.
    usable : ndarray of bool (rows, columns)
        Which pixels count: finite and not flagged. Saturated ones count.
    saturated : ndarray of bool (rows, columns)
        Pixels at or above the level of saturation; none where that is unknown.
    sky : ndarray of float32 (rows, columns)
        Level of the background.
    noise : float
        Standard deviation of the background around its level, above 0.
    wcs : astropy.wcs.WCS, optional
        Of these pixels.
    gain : float
        Electrons a unit of the image; NaN where unknown.
    """

    pixels: Floats
    usable: Flags
    saturated: Flags
    sky: Floats
    noise: float
    wcs: WCS | None = None
    gain: float = float("nan")

    @classmethod
    def of(
        cls,
        image: ArrayLike | Frame,
        *,
        wcs: WCS | None = None,
        bad: Flags | None = None,
        saturation: float | Flags | None = None,
        gain: float = float("nan"),
    ) -> Frame:
        """Prepare an image; one that is prepared comes back as it is.

        Parameters
        ----------
        image : array-like (rows, columns), or Frame
            Any type of number; NaN and infinite values do not count.
        wcs : astropy.wcs.WCS, optional
        bad : ndarray of bool (rows, columns), optional
            Pixels that shall not count.
        saturation : float or ndarray of bool (rows, columns), optional
            Level from which a pixel is saturated, or which are. By default the level is an integer
            type's largest value.
        gain : float
            Electrons a unit of the image; NaN where unknown.

        Raises
        ------
        BadParameter
            For an image that is not two-dimensional, smaller than 16 or larger than `LARGEST_PX`
            pixels a side, without a pixel that counts, or without any noise.
        """
        if isinstance(image, Frame):
            return image if wcs is None else replace(image, wcs=wcs)
        given = checked(np.asanyarray(image))
        usable = np.isfinite(given)
        if isinstance(given, np.ma.MaskedArray):
            usable = np.asarray(usable.filled(False)) & ~np.ma.getmaskarray(given)
            given = given.data
        if bad is not None:
            if bad.shape != given.shape:
                raise BadParameter(
                    f"bad pixels of shape {bad.shape} for an image of shape {given.shape}"
                )
            usable = usable & ~bad
        if not usable.any():
            raise BadParameter(
                "no pixel of the image counts: all are NaN, infinite or flagged; "
                "at least some must hold a measured value"
            )
        saturated = _saturated(given, saturation) & usable
        pixels = given.astype(np.float32)
        sky, noise = background(pixels, usable & ~saturated)
        pixels[~usable] = sky[~usable]
        return cls(pixels, usable, saturated, sky, noise, wcs, gain)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.pixels.shape[0]), int(self.pixels.shape[1])

    @cached_property
    def significance(self) -> Floats:
        """Pixels less their sky, in standard deviations of the noise; 0 where they do not count."""
        values: Floats = (self.pixels - self.sky) * np.float32(1.0 / self.noise)
        values[~self.usable] = 0.0
        return values


def checked(given: NDArray[Any]) -> NDArray[Any]:
    """An array that may be an image, as it is.

    Raises
    ------
    BadParameter
        If its type, number of dimensions or size is none that images may have.
    """
    if given.dtype.kind not in "fiub":
        raise BadParameter(f"an image of type {given.dtype}: real numbers are accepted")
    if given.ndim != 2:
        raise BadParameter(
            f"an image of shape {given.shape}: two dimensions are accepted (rows, columns)"
        )
    if min(given.shape) < _SMALLEST_PX or max(given.shape) > LARGEST_PX:
        raise BadParameter(
            f"an image of {given.shape[1]} x {given.shape[0]} pixels: {_SMALLEST_PX} to "
            f"{LARGEST_PX} a side are accepted"
        )
    return given


def _saturated(given: NDArray[Any], level: float | Flags | None) -> Flags:
    if isinstance(level, np.ndarray):
        return level
    if level is None:
        if given.dtype.kind not in "iu":
            return np.zeros(given.shape, dtype=bool)
        level = float(np.iinfo(given.dtype).max)
    return np.asarray(given >= level)
