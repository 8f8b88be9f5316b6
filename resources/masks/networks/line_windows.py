"""Windows of an image laid along its likeliest lines, for a network to judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.networks.line_sums import Lines, likeliest_lines
from satvo.schemas.errors import BadParameter

__all__ = ["BIN_PX", "LONG", "WIDE", "Windows", "binned_significance", "laid", "line_windows"]

Floats = NDArray[np.float32]

BIN_PX = 2
"""Side of a bin, px. All places here are counted in bins."""
LONG, WIDE = 128, 16
"""Bins of a window along its line and across."""

_LARGEST = 25.0
"""Standard deviations: brighter trails all look the same, up to those that saturate."""

_BOX = 32  # bins of a box of the background
_EVERY = (4, 3)  # bins of a box whose median is taken: each of so many rows, columns
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of one image.

    Attributes
    ----------
    lines : Lines
        Where they lie, in bins; the likeliest first.
    values : ndarray of float32 (n, `WIDE`, `LONG`)
        Bins in standard deviations of their noise, at most 25 of them, between bins linearly; 0
        beside the image.
    """

    lines: Lines
    values: Floats


def line_windows(image: NDArray[Any], most: int) -> Windows:
    """Windows along the likeliest lines of an image.

    Parameters
    ----------
    image : ndarray (rows, columns)
        Of any real type; what is not finite does not count.
    most : int
        Windows at most.

    Raises
    ------
    BadParameter
        If no pixel counts, or all have one value.
    """
    values = binned_significance(image)
    lines = likeliest_lines(values, most)
    return Windows(lines, laid(values, lines))


def binned_significance(image: NDArray[Any]) -> Floats:
    """Sums of 2 x 2 pixels less their background, in standard deviations of the noise.

    The background is the median of boxes of about 64 pixels, smoothed by a median of 3 x 3 boxes
    and linear between their middles; the noise is measured by the median absolute deviation. Bins
    with some pixels that do not count tell by the others, as little as these are worth; bins
    without any pixel are 0.

    Raises
    ------
    BadParameter
        If no bin counts, or all have one value.
    """
    bins, weights = _binned(image), None
    if not np.isfinite(bins).all():
        bins, weights = _binned_usable(image)
    rows, columns = bins.shape
    down, across = max(rows // _BOX, 1), max(columns // _BOX, 1)
    boxes = _boxes(bins, down, across)
    levels = _medians(boxes)
    deviations = np.abs(boxes - levels[..., None])
    if weights is not None:
        deviations *= _boxes(weights, down, across)
        bins[weights == 0.0] = middle = np.nanmedian(levels)
        levels[np.isnan(levels)] = middle
    near = np.lib.stride_tricks.sliding_window_view(np.pad(levels, 1, mode="edge"), (3, 3))
    _take_off(bins, np.median(near, axis=(2, 3)).astype(np.float32))
    if weights is not None:
        bins *= weights
    noise = _MAD_TO_SIGMA * float(np.nanmedian(_medians(deviations))) or float(np.std(bins))
    if not noise > 0.0:
        raise BadParameter("all pixels of the image have one value: there is nothing to search")
    bins *= np.float32(1.0 / noise)
    return bins


def laid(values: Floats, lines: Lines) -> Floats:
    """Windows of an array along lines, (n, `WIDE`, `LONG`), within -25 to 25; 0 beside it."""
    rows, columns = values.shape
    u = np.arange(LONG, dtype=np.float32) - np.float32((LONG - 1) / 2)
    v = (np.arange(WIDE, dtype=np.float32) - np.float32((WIDE - 1) / 2))[:, None]
    cosine, sine = (f(lines.angle).astype(np.float32)[:, None, None] for f in (np.cos, np.sin))
    # A margin of zeros, one before the first and two behind the last, holds what lies beside.
    padded = np.zeros((rows + 3, columns + 3), np.float32)
    padded[1 : rows + 1, 1 : columns + 1] = values
    x = lines.x[:, None, None] + u * cosine - v * sine + np.float32(1.0)
    y = lines.y[:, None, None] + u * sine + v * cosine + np.float32(1.0)
    np.clip(x, 0.0, columns + 1.0, out=x)
    np.clip(y, 0.0, rows + 1.0, out=y)
    i, j = x.astype(np.int32), y.astype(np.int32)
    x -= i
    y -= j
    flat = padded.ravel()
    at = j * np.int32(columns + 3) + i
    upper = flat.take(at)
    upper += (flat.take(at + 1) - upper) * x
    at += columns + 3
    lower = flat.take(at)
    lower += (flat.take(at + 1) - lower) * x
    made: Floats = upper + (lower - upper) * y
    return np.clip(made, -_LARGEST, _LARGEST, out=made)


def _binned(image: NDArray[Any]) -> Floats:
    rows, columns = (side // BIN_PX * BIN_PX for side in image.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        pairs = np.add(image[0:rows:2], image[1:rows:2], dtype=np.float32)
        bins: Floats = pairs[:, 0:columns:2] + pairs[:, 1:columns:2]
    return bins


def _binned_usable(image: NDArray[Any]) -> tuple[Floats, Floats]:
    """Sums of four pixels as those that count tell them, NaN without any; and their weights.

    A weight is 1 by the standard deviation of the sum, that of four pixels being 1; 0 without any.
    """
    usable = np.isfinite(image)
    bins, counts = _binned(np.where(usable, image, 0)), _binned(usable)
    counts[~np.isfinite(bins)] = 0.0
    if not counts.any():
        raise BadParameter("no pixel of the image counts: all are NaN or infinite")
    with np.errstate(divide="ignore", invalid="ignore"):
        bins *= np.float32(4.0) / counts
    bins[counts == 0.0] = np.nan
    return bins, np.sqrt(counts / np.float32(4.0))


def _medians(boxes: NDArray[Any]) -> NDArray[Any]:
    """Of the values of each box that are no NaN; NaN without any."""
    middle = boxes.shape[2] // 2
    if not np.isnan(boxes).any():
        return np.partition(boxes, middle)[..., middle]
    counts = np.count_nonzero(~np.isnan(boxes), axis=2)[..., None]
    return np.take_along_axis(np.sort(boxes), counts // 2, 2)[..., 0]  # NaN are sorted last


def _boxes(values: NDArray[Any], down: int, across: int) -> NDArray[Any]:
    """Some of the values of each box, (down, across, n)."""
    high, wide = values.shape[0] // down, values.shape[1] // across
    boxes = values[: down * high, : across * wide].reshape(down, high, across, wide)
    some = boxes[:, high // 8 :: _EVERY[0], :, wide // 8 :: _EVERY[1]]
    return some.transpose(0, 2, 1, 3).reshape(down, across, -1)


def _take_off(bins: Floats, levels: Floats) -> None:
    """Take the levels of boxes off bins, linear between the middles of boxes."""
    (rows, columns), (down, across) = bins.shape, levels.shape
    at_x = np.clip((np.arange(columns) + 0.5) / (columns // across) - 0.5, 0.0, across - 1.0)
    lines = np.stack([np.interp(at_x, np.arange(across), line) for line in levels])
    lines = lines.astype(np.float32)
    at_y = np.clip((np.arange(rows) + 0.5) / (rows // down) - 0.5, 0.0, down - 1.0)
    low = np.minimum(at_y.astype(np.intp), max(down - 2, 0))
    share = (at_y - low).astype(np.float32)[:, None]
    # Not as a product of matrices: BLAS may wake threads for it, at ten times the cost.
    bins -= lines[low]
    bins -= (lines[np.minimum(low + 1, down - 1)] - lines[low]) * share
