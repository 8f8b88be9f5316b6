"""Light on pixels: how a point of light is spread, and pieces of an image with light in them.

Pixels count from 0, the centre of the first at (0, 0), x along columns and y along rows; arrays
are [row, column].
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["PointSpread", "Stamp"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PointSpread:
    """How the light of a point is spread over a detector.

    Attributes
    ----------
    values : ndarray (n, n)
        Share of the light in each cell, n odd, the point in the middle of the middle cell. Their
        sum is 1, or less where light falls beside.
    per_pixel : int
        Cells in a pixel along each axis; odd, so that a pixel has a middle cell.

    Raises
    ------
    BadParameter
        For an array that is not square with an odd side, not finite, or without light.
    """

    values: Floats
    per_pixel: int = 1

    def __post_init__(self) -> None:
        shape = self.values.shape
        if len(shape) != 2 or shape[0] != shape[1] or not shape[0] % 2:
            raise BadParameter(
                f"a point spread of shape {shape}: a square with an odd side is accepted"
            )
        if self.per_pixel < 1 or not self.per_pixel % 2:
            raise BadParameter(
                f"a point spread with {self.per_pixel} cells a pixel: an odd number is accepted"
            )
        if not np.isfinite(self.values).all() or not self.values.sum() > 0.0:
            raise BadParameter("a point spread must be finite and have light in it")

    @property
    def reach(self) -> int:
        """Pixels to the farthest that has light of a point in the middle of a pixel."""
        cells = int(self.values.shape[0]) // 2 - self.per_pixel // 2
        return max(-(-cells // self.per_pixel), 0)

    @cached_property
    def on_pixels(self) -> Floats:
        """Share of the light in each pixel, of a point in the middle of one: (2 reach + 1,) * 2.

        Examples
        --------
        >>> PointSpread(np.full((3, 3), 1 / 9), 3).on_pixels.round(9)
        array([[1.]])
        """
        cells, pixels = self.per_pixel, 2 * self.reach + 1
        padded = np.pad(self.values, (pixels * cells - self.values.shape[0]) // 2)
        summed: Floats = padded.reshape(pixels, cells, pixels, cells).sum((1, 3))
        return summed


@dataclass(frozen=True, eq=False, slots=True)
class Stamp:
    """A piece of an image with light in it.

    Attributes
    ----------
    light : ndarray (rows, columns)
    row, column : int
        Of its first pixel, in the image that it belongs to; it lies inside that image.
    """

    light: Floats
    row: int
    column: int

    @property
    def window(self) -> tuple[slice, slice]:
        """Where it is in its image."""
        rows, columns = self.light.shape
        return slice(self.row, self.row + rows), slice(self.column, self.column + columns)

    def add_to(self, image: Floats) -> None:
        """Add its light to the image that it belongs to."""
        image[self.window] += self.light

    def on(self, shape: tuple[int, int]) -> Floats:
        """Its light as an image of this shape."""
        image = np.zeros(shape)
        self.add_to(image)
        return image
