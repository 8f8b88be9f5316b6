"""A function of an image run over parts of it that overlap, so that memory has a bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["TILE_PX", "in_tiles"]

Floats = NDArray[np.float32]

TILE_PX = 1024
"""Side of a part, without what it overlaps with its neighbours."""

_OVERLAP_PX = 96
_WHOLE_PX = 1_600_000  # an image of up to so many pixels is one part


def in_tiles(image: Floats, function: Callable[[Floats], Floats], *, multiple: int = 8) -> Floats:
    """Apply a function to an image, part by part where it is large.

    Parameters
    ----------
    image : ndarray of float32 (rows, columns)
    function : callable
        Takes (rows, columns), both multiples of `multiple`, and gives the same shape. What it says
        of a pixel may depend on others up to 96 pixels away.
    multiple : int
        Images are filled up with zeros to it.

    Returns
    -------
    ndarray of float32 (rows, columns)
    """
    rows, columns = image.shape
    if image.size <= _WHOLE_PX:
        return _padded(image, function, multiple)
    made = np.empty_like(image)
    for top, bottom in _spans(rows):
        for left, right in _spans(columns):
            first_row, first_column = max(top - _OVERLAP_PX, 0), max(left - _OVERLAP_PX, 0)
            part = image[first_row : bottom + _OVERLAP_PX, first_column : right + _OVERLAP_PX]
            result = _padded(np.ascontiguousarray(part), function, multiple)
            made[top:bottom, left:right] = result[
                top - first_row : bottom - first_row, left - first_column : right - first_column
            ]
    return made


def _spans(length: int) -> Iterator[tuple[int, int]]:
    """Ends of parts of nearly one length, no longer than a tile."""
    count = -(-length // TILE_PX)
    edges = np.linspace(0, length, count + 1).astype(int)
    yield from ((int(a), int(b)) for a, b in pairwise(edges))


def _padded(image: Floats, function: Callable[[Floats], Floats], multiple: int) -> Floats:
    rows, columns = image.shape
    more = (-rows % multiple, -columns % multiple)
    given = np.pad(image, ((0, more[0]), (0, more[1]))) if any(more) else image
    return function(given)[:rows, :columns]
