"""Pictures of images: means of blocks, stretched so that faint things show, as PNG.

It runs in a confined child.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image
from satvo.ingest.images.units import Unit

__all__ = ["LARGE", "SMALL", "pictures_of"]

LARGE, SMALL = 512, 128
"""Longest side of the pictures, pixels."""

_BLOCK_BYTES = 1 << 20
_GAP = 4
_SOFTENING = 0.1
"""Part of the range below which the stretch is linear."""
_CHIPS = 128


def pictures_of(units: Sequence[Unit]) -> tuple[bytes, bytes] | None:
    """The large and the small picture, with rows upwards; None where there is nothing to see.

    Parameters
    ----------
    units : sequence of Unit
        Images that are shown side by side. Of a cube its mean is shown, of a spectrum its curve.
    """
    share = max(1, math.ceil(math.sqrt(len(units))))
    tiles = [_stretched(_reduced(unit, LARGE // share)) for unit in units[:_CHIPS]]
    if not tiles:
        return None
    picture = _beside(tiles, share)
    height, width = picture.shape
    large = Image.fromarray(picture[::-1])
    if max(height, width) > LARGE:
        large.thumbnail((LARGE, LARGE))
    small = large.copy()
    small.thumbnail((SMALL, SMALL), Image.Resampling.BOX)
    return _png(large), _png(small)


def _reduced(unit: Unit, longest: int) -> npt.NDArray[np.float32]:
    """The image as means of blocks, in pieces of rows, so that memory stays bounded."""
    if len(unit.shape) == 1:
        return _curve(np.asarray(unit.hdu.data, np.float64).ravel(), longest)
    height, width = unit.shape[-2:]
    step = max(1, math.ceil(max(height, width) / longest))
    planes = math.prod(unit.shape[:-2])
    rows = max(1, _BLOCK_BYTES // (8 * width * step * planes)) * step
    pieces = [
        _means(_rows(unit, first, min(first + rows, height)), step)
        for first in range(0, height, rows)
    ]
    return np.concatenate(pieces)


def _rows(unit: Unit, first: int, last: int) -> npt.NDArray[np.float32]:
    leading = unit.hdu.header["NAXIS"] - 2
    piece = np.asarray(unit.hdu.section[(*[slice(None)] * leading, slice(first, last))])
    piece = piece.astype(np.float32).reshape(-1, last - first, piece.shape[-1])
    if len(piece) == 1:
        return np.asarray(piece[0])
    with np.errstate(all="ignore"):
        good = np.isfinite(piece)
        return np.asarray(np.where(good, piece, 0).sum(axis=0) / good.sum(axis=0), np.float32)


def _means(piece: npt.NDArray[np.float32], step: int) -> npt.NDArray[np.float32]:
    """Means of whole blocks of pixels that are numbers; what is over at the end is left out."""
    if step == 1:
        return piece
    height, width = (max(1, size // step) for size in piece.shape)
    piece = piece[: height * step, : width * step]
    good = np.isfinite(piece)
    if good.all():
        return _sums(piece, height, width, step) / np.float32(
            (piece.shape[0] / height) * (piece.shape[1] / width)
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        total = _sums(np.where(good, piece, np.float32(0)), height, width, step)
        return np.asarray(total / _sums(good.astype(np.float32), height, width, step))


def _sums(
    piece: npt.NDArray[np.float32], height: int, width: int, step: int
) -> npt.NDArray[np.float32]:
    rows = piece.reshape(height, -1, piece.shape[1]).sum(axis=1)
    # A sum over a short last axis is ten times slower than one of as many slices.
    across = max(1, piece.shape[1] // width)
    return np.asarray(sum(rows[:, each::across] for each in range(across)), np.float32)


def _curve(values: npt.NDArray[np.float64], longest: int) -> npt.NDArray[np.float32]:
    """A spectrum drawn as a curve: 1 where it is, 0 elsewhere."""
    height = longest // 2
    drawn = np.zeros((height, longest), np.float32)
    good = np.isfinite(values)
    if not good.any():
        return drawn
    low, high = values[good].min(), values[good].max()
    level = np.full(len(values), height // 2)
    if high > low:
        level = np.round((values - low) / (high - low) * (height - 1), 0)
        level = np.where(good, level, -1).astype(int)
    column = np.arange(len(values)) * longest // max(len(values), 1)
    for at in np.unique(column):
        seen = level[column == at]
        seen = seen[seen >= 0]
        if len(seen):
            drawn[seen.min() : seen.max() + 1, at] = 1
    return drawn


def _stretched(image: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Grey from black a little below the sky to white, by asinh between percentiles."""
    good = np.isfinite(image)
    if not good.any():
        return np.zeros(image.shape, np.uint8)
    sample = image[good]
    sample = sample[:: max(1, sample.size // 20000)]
    low, high = (float(each) for each in np.percentile(sample, (2.0, 99.7)))
    if not high > low:
        low, high = float(sample.min()), float(sample.max())
    if not high > low:
        return np.where(good, np.uint8(128), np.uint8(0))
    part = np.clip((np.where(good, image, low) - low) / (high - low), 0, 1)
    grey = np.arcsinh(part / _SOFTENING) / math.asinh(1 / _SOFTENING)
    return np.asarray(np.where(good, grey * 255, 0), np.uint8)


def _beside(tiles: Sequence[npt.NDArray[np.uint8]], across: int) -> npt.NDArray[np.uint8]:
    """Tiles in rows from the lower left, with gaps."""
    if len(tiles) == 1:
        return tiles[0]
    height = max(tile.shape[0] for tile in tiles) + _GAP
    width = max(tile.shape[1] for tile in tiles) + _GAP
    up = math.ceil(len(tiles) / across)
    whole = np.zeros((up * height - _GAP, across * width - _GAP), np.uint8)
    for number, tile in enumerate(tiles):
        y, x = number // across * height, number % across * width
        whole[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
    return whole


def _png(picture: Image.Image) -> bytes:
    whole = io.BytesIO()
    picture.save(whole, "PNG", compress_level=1)
    return whole.getvalue()
