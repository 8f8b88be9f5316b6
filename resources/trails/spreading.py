"""The spread of a trail's light over pixels, by products of matrices or by Fourier transforms."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.deposits import Deposits
from satvo.resources.trails.phases import ORDER, Phases

__all__ = ["add_stamps", "spread_out", "stamps_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_AT_ONCE = 1 << 16
"""Numbers in an array of stamps: half a megabyte, which caches hold."""


def spread_out(
    deposits: Deposits, low_x: int, low_y: int, tall: int, wide: int, phases: Phases
) -> Floats:
    """The light of a piece of a trail on its own pixels: (tall, wide).

    The quicker way is taken; both give the same to rounding. The transforms' rounding and the
    splines' ringing may leave it below 0 by little.

    Parameters
    ----------
    deposits : Deposits
    low_x, low_y : int
        Column and row of its first pixel.
    tall, wide : int
        Rows and columns that hold all of it.
    phases : Phases
    """
    if _transform_is_quicker(len(deposits.rows), tall, wide, phases):
        return _by_transform(deposits, low_x, low_y, tall, wide, phases)
    return _by_stamps(deposits, low_x, low_y, tall, wide, phases)


def _transform_is_quicker(count: int, tall: int, wide: int, phases: Phases) -> bool:
    """Compare multiplications; a transform's cost three times that of a matrix product's."""
    direct = count * phases.kernels.size
    cells = tall * wide
    transform = 7.0 * (2 * phases.per_pixel**2 + 1) * cells * math.log2(cells)
    return transform < direct


def _by_stamps(
    deposits: Deposits, low_x: int, low_y: int, tall: int, wide: int, phases: Phases
) -> Floats:
    light = np.zeros((tall, wide))
    for part, stamps in stamps_of(deposits.weights, phases):
        add_stamps(light, deposits.columns[part] - low_x, deposits.rows[part] - low_y, stamps)
    return light


def _by_transform(
    deposits: Deposits, low_x: int, low_y: int, tall: int, wide: int, phases: Phases
) -> Floats:
    """The same by Fourier transforms, one for each cell of a pixel.

    Phases that are whole pixels apart have the same kernel, elsewhere.
    """
    from scipy import fft

    count, cells = phases.kernels.shape[0], phases.per_pixel
    pixel, cell = np.divmod(np.arange(count) - ORDER // 2, cells)
    # Weights go before their pixel by up to `late`, and after it by up to `-pixel.min()`.
    late = int(pixel.max())
    rows = fft.next_fast_len(tall + late - int(pixel.min()), real=True)
    columns = fft.next_fast_len(wide + late - int(pixel.min()), real=True)
    phase = cell[:, None] * cells + cell
    at_y, at_x = late - pixel[:, None] + 0 * pixel, late - pixel + 0 * pixel[:, None]
    offset = (phase * rows + at_y) * columns + at_x
    place = (deposits.rows - low_y) * columns + deposits.columns - low_x
    index = place[:, None] + offset.ravel()
    grids = np.bincount(index.ravel(), deposits.weights.ravel(), cells**2 * rows * columns)
    total = np.zeros((rows, columns // 2 + 1), complex)
    first = ORDER // 2
    kernels = phases.kernels[first : first + cells, first : first + cells]
    kernels = kernels.reshape(-1, phases.side, phases.side)
    for grid, kernel in zip(grids.reshape(-1, rows, columns), kernels, strict=True):
        total += fft.rfft2(grid) * fft.rfft2(kernel, (rows, columns))
    light: Floats = fft.irfft2(total, (rows, columns))[late : late + tall, late : late + wide]
    return light


def stamps_of(weights: Floats, phases: Phases) -> Iterator[tuple[slice, Floats]]:
    """Light of points (n, side, side) from weights of phases (n, k * k), some at a time.

    The array is the same each time: fresh memory costs as much as the product.
    """
    side = phases.side
    flat = phases.kernels.reshape(-1, side * side)
    size = max(min(_AT_ONCE // side**2, len(weights)), 1)
    stamps = np.empty((size, side * side))
    for first in range(0, len(weights), size):
        part = slice(first, min(first + size, len(weights)))
        some = stamps[: part.stop - first]
        np.matmul(weights[part], flat, out=some)
        yield part, some.reshape(-1, side, side)


def add_stamps(image: Floats, columns: Ints, rows: Ints, stamps: Floats) -> None:
    """Add stamps whose first pixels are given; what is beside the image is left out."""
    tall, wide = image.shape
    side = stamps.shape[1]
    for column, row, stamp in zip(columns.tolist(), rows.tolist(), stamps, strict=True):
        if row >= 0 and column >= 0 and row + side <= tall and column + side <= wide:
            image[row : row + side, column : column + side] += stamp
            continue
        top, left = max(-row, 0), max(-column, 0)
        part = stamp[top : max(tall - row, 0), left : max(wide - column, 0)]
        if part.size:
            image[row + top :, column + left :][: part.shape[0], : part.shape[1]] += part
