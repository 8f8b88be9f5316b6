"""The colour filters of a detector, one a pixel, and the gains of its colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

__all__ = [
    "BAYER_ORDERS",
    "WhiteBalance",
    "checked_order",
    "colour_planes",
    "mosaic",
]

Floats = NDArray[np.float64]

BAYER_ORDERS = ("RGGB", "BGGR", "GRBG", "GBRG")
"""Filters of the pixels (0, 0), (0, 1), (1, 0), (1, 1) as [row, column]; two of them are green."""


@dataclass(frozen=True, slots=True)
class WhiteBalance:
    """A number for each colour: the relative gain of a channel, or what a filter lets through.

    Attributes
    ----------
    red, green, blue : float
        Not negative.

    Raises
    ------
    BadParameter
        For a number that is negative or not finite.

    References
    ----------
    The white_balance of Janin-Potiron et al., SPIE 13094, section 2.3.1.
    """

    red: float = 1.0
    green: float = 1.0
    blue: float = 1.0

    def __post_init__(self) -> None:
        for name in ("red", "green", "blue"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise BadParameter(f"{name} = {value!r} of a colour: give a number")
            if not math.isfinite(value) or value < 0.0:
                raise BadParameter(f"{name} = {value!r} of a colour: 0 or more is accepted")

    @property
    def values(self) -> tuple[float, float, float]:
        """Of red, green and blue."""
        return self.red, self.green, self.blue

    @property
    def even(self) -> bool:
        """Whether it changes nothing."""
        return self.values == (1.0, 1.0, 1.0)


def checked_order(order: str | None) -> None:
    """Refuse what is no Bayer pattern; None is a detector without filters.

    Raises
    ------
    BadParameter
    """
    if order is not None and order not in BAYER_ORDERS:
        known = ", ".join(BAYER_ORDERS)
        raise BadParameter(
            f"the Bayer pattern {order!r}: one of {known} is accepted, or none for a detector "
            "without colour filters"
        )


def mosaic(image: Floats, order: str, gains: WhiteBalance) -> Floats:
    """An image as it is behind colour filters.

    Parameters
    ----------
    image : ndarray (rows, columns) or (3, rows, columns)
        Of white light, or of the light of each colour, in red, green, blue.
    order : str
        One of `BAYER_ORDERS`.
    gains : WhiteBalance
        What each colour is multiplied by.

    Returns
    -------
    ndarray (rows, columns)

    Examples
    --------
    >>> mosaic(np.ones((2, 2)), "GRBG", WhiteBalance(red=2.0, blue=3.0))
    array([[1., 2.],
           [3., 1.]])
    """
    checked_order(order)
    made = np.empty(image.shape[-2:])
    for place, letter in enumerate(order):
        channel = "RGB".index(letter)
        cells = slice(place // 2, None, 2), slice(place % 2, None, 2)
        plane = image[channel] if image.ndim == 3 else image
        np.multiply(plane[cells], gains.values[channel], out=made[cells])
    return made


def colour_planes(counts: NDArray[Any], order: str) -> Floats:
    """Red, green and blue of every whole group of four pixels: half as many rows and columns.

    Parameters
    ----------
    counts : ndarray (rows, columns)
    order : str
        One of `BAYER_ORDERS`.

    Returns
    -------
    ndarray (3, rows // 2, columns // 2)
        Green is the mean of its two pixels.

    Examples
    --------
    >>> colour_planes(np.array([[1, 2], [4, 5]]), "RGGB")[:, 0, 0]
    array([1., 3., 5.])
    """
    checked_order(order)
    rows, columns = (size // 2 * 2 for size in counts.shape)
    planes = np.zeros((3, rows // 2, columns // 2))
    for place, letter in enumerate(order):
        share = 0.5 if letter == "G" else 1.0
        planes["RGB".index(letter)] += (
            share * counts[place // 2 : rows : 2, place % 2 : columns : 2]
        )
    return planes
