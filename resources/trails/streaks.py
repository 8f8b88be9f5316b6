"""Unitary streaks: the trace of a source on a detector before the optics spread its light.

The three ways of the paper, in the order in which its authors came to them. Pixels count from 0,
the centre of the first at (0, 0), x along columns and y along rows; arrays are [row, column].

References
----------
Janin-Potiron et al. 2024, Proc. SPIE 13094 (orbitAI), section 2.2.4 and Figures 4 to 6.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.areas import rectangle_areas
from satvo.schemas.errors import BadParameter

__all__ = ["ALGORITHMS", "unitary_streak"]

Floats = NDArray[np.float64]

ALGORITHMS = ("computational", "line_perfect", "pixel_perfect")
_FARTHEST_PX = 1e9
_ROWS_AROUND = 3
"""Rows of zeros beside the array that is rotated: a spline of order 3 reaches over two."""


def unitary_streak(
    shape: tuple[int, int],
    start_xy: tuple[float, float],
    end_xy: tuple[float, float],
    algorithm: str = "pixel_perfect",
    *,
    width: float = 1.0,
) -> Floats:
    """The trace of a source that moves from one place to another, on the pixels of a frame.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the frame.
    start_xy, end_xy : (float, float)
        Where it begins and ends, pixel, inside the frame or not.
    algorithm : str
        - "pixel_perfect": the area, in each pixel, of a rectangle that reaches half a pixel beyond
          each end and is `width` wide; of a source at rest, of a square. Exact to rounding; over
          all pixels they add to (length + 1) * width.
        - "line_perfect": the length of the line in each pixel. They add to the length.
        - "computational": a row of ones, its last element the fraction that the length has,
          rotated and shifted by cubic splines. Its place is true to half a pixel and its sum to
          some percent; it is here to be compared.
    width : float
        Of the rectangle, pixel, greater than 0; the other two algorithms have none.

    Returns
    -------
    ndarray (rows, columns)
        What falls beside the frame is left out.

    Raises
    ------
    BadParameter
        For an unknown algorithm, a frame without pixels, an end that is not finite or farther away
        than 1e9 pixels, a width that is not greater than 0.

    Examples
    --------
    >>> unitary_streak((3, 4), (1.0, 1.0), (2.0, 1.0))
    array([[0., 0., 0., 0.],
           [0., 1., 1., 0.],
           [0., 0., 0., 0.]])
    >>> unitary_streak((1, 4), (1.0, 0.0), (2.0, 0.0), "line_perfect")
    array([[0. , 0.5, 0.5, 0. ]])
    """
    rows, columns = _frame(shape)
    start, end = _place("start", start_xy), _place("end", end_xy)
    if algorithm not in ALGORITHMS:
        raise BadParameter(
            f"no algorithm {algorithm!r} for streaks: one of {', '.join(ALGORITHMS)} is accepted"
        )
    if not (math.isfinite(width) and width > 0.0):
        raise BadParameter(f"a streak {width} pixels wide: a width greater than 0 is accepted")
    if algorithm == "computational":
        return _computational((rows, columns), start, end)
    image = np.zeros((rows, columns))
    if algorithm == "line_perfect":
        _add_lengths(image, start, end)
        return image
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    direction = (dx / length, dy / length) if length > 0.0 else (1.0, 0.0)
    centre = (start[0] + 0.5 * dx, start[1] + 0.5 * dy)
    at_row, at_column, areas = rectangle_areas(
        centre, direction, length + 1.0, width, (rows, columns)
    )
    image[at_row, at_column] = areas
    return image


def _add_lengths(image: Floats, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Add the length of a line in each pixel, between its crossings of the pixels' edges."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    first, last = 0.0, 1.0
    for at, step, size in ((start[0], dx, image.shape[1]), (start[1], dy, image.shape[0])):
        if step:
            inside = sorted(((-0.5 - at) / step, (size - 0.5 - at) / step))
            first, last = max(first, inside[0]), min(last, inside[1])
        elif not -0.5 <= at < size - 0.5:
            return
    if first >= last:
        return
    cuts = [np.array([first, last])]
    for at, step in ((start[0], dx), (start[1], dy)):
        if step:
            low, high = sorted((at + first * step, at + last * step))
            edges = np.arange(math.ceil(low - 0.5), math.floor(high - 0.5) + 1) + 0.5
            cuts.append((edges - at) / step)
    crossings = np.sort(np.clip(np.concatenate(cuts), first, last))
    middles = 0.5 * (crossings[1:] + crossings[:-1])
    lengths = np.diff(crossings) * math.hypot(dx, dy)
    # A line along the edge of two pixels is the upper one's, as rounding half up has it.
    columns = np.floor(start[0] + middles * dx + 0.5).astype(np.int64)
    rows = np.floor(start[1] + middles * dy + 0.5).astype(np.int64)
    np.add.at(
        image,
        (np.clip(rows, 0, image.shape[0] - 1), np.clip(columns, 0, image.shape[1] - 1)),
        lengths,
    )


def _computational(
    shape: tuple[int, int], start: tuple[float, float], end: tuple[float, float]
) -> Floats:
    """The paper's first way: ones in a row, rotated, shifted by what is left of a pixel."""
    from scipy import ndimage

    length = math.hypot(end[0] - start[0], end[1] - start[1])
    if length > 4.0 * sum(shape):
        raise BadParameter(
            f"a streak of {length:.0f} pixels by the computational algorithm: "
            f"up to {4 * sum(shape)} is accepted in this frame, use pixel_perfect"
        )
    ones = np.ones(max(math.ceil(length), 1))
    ones[-1] = length - (len(ones) - 1)
    angle = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
    row = np.pad(ones[None, :], _ROWS_AROUND)
    rotated = ndimage.rotate(row, -angle, order=3, reshape=True)
    # The middle of the array goes to the middle of the line.
    corner = [
        0.5 * (start[axis] + end[axis]) - 0.5 * (rotated.shape[1 - axis] - 1) for axis in (1, 0)
    ]
    whole = [math.floor(at) for at in corner]
    left = [at - floor for at, floor in zip(corner, whole, strict=True)]
    moved = ndimage.shift(np.pad(rotated, 1), left, order=3)
    image = np.zeros(shape)
    inside, taken = [], []
    for at, size, got in zip(whole, shape, moved.shape, strict=True):
        low, high = max(at - 1, 0), min(at - 1 + got, size)
        if low >= high:
            return image
        inside.append(slice(low, high))
        taken.append(slice(low - at + 1, high - at + 1))
    image[tuple(inside)] = moved[tuple(taken)]
    return image


def _frame(shape: tuple[int, int]) -> tuple[int, int]:
    if len(shape) != 2 or any(int(size) != size or size < 1 for size in shape):
        raise BadParameter(
            f"a frame of shape {tuple(shape)}: rows and columns, each at least 1, are accepted"
        )
    return int(shape[0]), int(shape[1])


def _place(name: str, at: tuple[float, float]) -> tuple[float, float]:
    x, y = float(at[0]), float(at[1])
    if not (abs(x) <= _FARTHEST_PX and abs(y) <= _FARTHEST_PX):
        raise BadParameter(
            f"the {name} of a streak at ({x}, {y}): "
            f"numbers of pixels up to {_FARTHEST_PX:.0e} are accepted"
        )
    return x, y
