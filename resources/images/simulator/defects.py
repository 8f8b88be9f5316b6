"""What is wrong with a detector and stays so: pixels and columns that are not like the others.

A pattern follows from a seed, so that all frames of one camera have the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Defects", "Pattern", "pattern_of"]

Singles = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defects:
    """How much of each defect a detector has.

    Attributes
    ----------
    seed : int
        Which of all such detectors it is.
    response_nonuniformity : float
        Standard deviation of the response of pixels, relative.
    dark_nonuniformity : float
        Standard deviation of the dark current of pixels, relative.
    hot_pixels : float
        Share of the pixels with a dark current of their own.
    hot_pixel_current : float
        Mean of it, e-/s; it is distributed exponentially, as tails of measured ones are.
    dead_pixels : float
        Share of the pixels that do not answer to light.
    bad_columns : int
        Columns that are dead from a row of their own to the last one.
    offset_nonuniformity : float
        Standard deviation of the offsets of columns, ADU.
    """

    seed: int = 0
    response_nonuniformity: float = 0.0
    dark_nonuniformity: float = 0.0
    hot_pixels: float = 0.0
    hot_pixel_current: float = 50.0
    dead_pixels: float = 0.0
    bad_columns: int = 0
    offset_nonuniformity: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A fixed pattern; None for what is the same in all pixels.

    Attributes
    ----------
    response : ndarray (rows, columns), optional
        By which the light is multiplied; 0 where a pixel is dead.
    dark : ndarray (rows, columns), optional
        By which the dark current is multiplied.
    hot : ndarray (n,)
        Further dark current, e-/s, of the pixels `hot_at`.
    hot_at : tuple of ndarray (n,)
        Rows and columns.
    offsets : ndarray (columns,), optional
        ADU beyond the offset of all.
    bad : ndarray (rows, columns), optional
        Hot or dead.
    """

    response: Singles | None = None
    dark: Singles | None = None
    hot: Singles = field(default_factory=lambda: np.zeros(0, np.float32))
    hot_at: tuple[NDArray[np.intp], NDArray[np.intp]] = field(
        default_factory=lambda: (np.zeros(0, np.intp), np.zeros(0, np.intp))
    )
    offsets: Singles | None = None
    bad: Bools | None = None


@lru_cache(maxsize=4)
def pattern_of(shape: tuple[int, int], defects: Defects) -> Pattern:
    """The pattern of a detector of so many rows and columns; the last four are kept.

    Each defect has a stream of its own, so that more of one leaves the others as they are.

    Examples
    --------
    >>> pattern_of((20, 30), Defects(dead_pixels=0.01)).bad.sum()
    np.int64(6)
    """
    streams = [np.random.default_rng([defects.seed, stream]) for stream in range(5)]
    response = dark = offsets = None
    if defects.response_nonuniformity:
        noise = streams[0].standard_normal(shape, dtype=np.float32)
        response = np.maximum(1 + np.float32(defects.response_nonuniformity) * noise, 0)
    if defects.dark_nonuniformity:
        noise = streams[1].standard_normal(shape, dtype=np.float32)
        dark = np.maximum(1 + np.float32(defects.dark_nonuniformity) * noise, 0)
    if defects.offset_nonuniformity:
        noise = streams[2].standard_normal(shape[1], dtype=np.float32)
        offsets = np.float32(defects.offset_nonuniformity) * noise
    dead = _dead(shape, defects, streams[3])
    if dead is not None:
        response = np.ones(shape, np.float32) if response is None else response
        response[dead] = 0
    hot_at = _some(shape, defects.hot_pixels, streams[4])
    hot = streams[4].exponential(defects.hot_pixel_current, len(hot_at[0])).astype(np.float32)
    bad = dead
    if len(hot):
        bad = np.zeros(shape, np.bool_) if dead is None else dead.copy()
        bad[hot_at] = True
    made = Pattern(response, dark, hot, hot_at, offsets, bad)
    for array in (response, dark, offsets, bad):
        if array is not None:
            array.flags.writeable = False
    return made


def _some(
    shape: tuple[int, int], share: float, random: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of this share of the pixels, each at most once."""
    size = shape[0] * shape[1]
    rows, columns = np.divmod(random.choice(size, round(share * size), replace=False), shape[1])
    return rows.astype(np.intp), columns.astype(np.intp)


def _dead(shape: tuple[int, int], defects: Defects, random: np.random.Generator) -> Bools | None:
    """Pixels that do not answer, alone and in columns."""
    if not defects.dead_pixels and not defects.bad_columns:
        return None
    dead = np.zeros(shape, np.bool_)
    dead[_some(shape, defects.dead_pixels, random)] = True
    columns = random.choice(shape[1], min(defects.bad_columns, shape[1]), replace=False)
    for column, first in zip(columns, random.integers(0, shape[0], len(columns)), strict=True):
        dead[first:, column] = True
    return dead
