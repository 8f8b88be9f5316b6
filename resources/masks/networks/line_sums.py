"""The likeliest lines of an image, quickly: sums along lines that join strips of it.

An image is cut into strips of 64 columns; a line crosses a strip from its first column to its last,
and the sums along all lines of a strip follow from those of its two halves (Götz, W. A., and
Druckmüller, H. J. 1996, Pattern Recognition 29, 711; Brady, M. L. 1998, SIAM J. Comput. 27, 107).
The cost grows with the number of pixels alone, not with the number of directions.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Lines", "joined", "likeliest_lines"]

Floats = NDArray[np.float32]
Bytes = NDArray[np.int8]
Shorts = NDArray[np.int16]

_WIDE = 64  # columns that a line crosses
_HALF = _WIDE // 2
_PIECE_LEVELS = 4  # a piece has 16 columns
_UNIT = 3.5  # steps a standard deviation
_MOST = 7  # steps: 16 of them fit a byte
_SLOPES, _ROWS = 4, 12  # of a block, of which the best line alone is looked at
_TRIED = 12  # blocks for each line that is asked for
_ACROSS, _ALONG, _TURNED = 6.0, 40.0, 0.2  # bins and rad: lines nearer than these are one
_COUNTED = 3 * 16  # values of a sum, its strongest piece left out


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines in an array, the likeliest first.

    Attributes
    ----------
    x, y : ndarray (n,)
        Their middles, from 0 at the centre of the first column and row.
    angle : ndarray (n,)
        Directions from x towards y, rad.
    significance : ndarray (n,)
        Of their sums without the strongest quarter, so that no star makes a line.
    """

    x: Floats
    y: Floats
    angle: Floats
    significance: Floats


def joined(several: Sequence[Lines]) -> Lines:
    """All lines of several, one after the other."""
    return Lines(
        np.concatenate([lines.x for lines in several]),
        np.concatenate([lines.y for lines in several]),
        np.concatenate([lines.angle for lines in several]),
        np.concatenate([lines.significance for lines in several]),
    )


def likeliest_lines(values: Floats, most: int) -> Lines:
    """Find the lines with the largest sums over 64 columns, or rows.

    Parameters
    ----------
    values : ndarray of float32 (rows, columns)
        In standard deviations of their noise, their level 0; they count up to 2 of these, so that
        two stars are no better a line than a faint trail.
    most : int
        Lines at most.
    """
    strips, counts = _strips(values)
    sums = _sums(strips)
    ends = np.cumsum([2 * count for count in counts]) - 1
    slope, strip, row, best = _best(sums, ends[:-1], _TRIED * most)
    lines = _placed(slope, strip, row, best, ends, values.shape)
    kept = _apart(lines, most)
    return Lines(lines.x[kept], lines.y[kept], lines.angle[kept], lines.significance[kept])


def _strips(values: Floats) -> tuple[Bytes, list[int]]:
    """Columns of strips, one after the other, and how many strips each view of the image has.

    The views are the image, the same upside down, both again with rows and columns exchanged: in
    one of them each line rises by 0 to 45 degrees. Behind the rows there is room for lines that
    rise out of the image.
    """
    rows, columns = values.shape
    steps = np.clip(values * np.float32(_UNIT), -_MOST, _MOST).astype(np.int8)
    turned = np.ascontiguousarray(steps.T)
    counts = [-(-columns // _WIDE)] * 2 + [-(-rows // _WIDE)] * 2
    made = np.zeros((sum(counts) * _WIDE, max(rows, columns) + _WIDE), np.int8)
    views = (turned, turned[:, ::-1], steps, steps[:, ::-1])
    firsts = itertools.accumulate([0, *counts[:-1]])
    for view, first in zip(views, firsts, strict=True):
        at = first * _WIDE
        made[at : at + view.shape[0], : view.shape[1]] = view
    return made, counts


def _sums(strips: Bytes) -> Shorts:
    """Sums [slope, strip, row] less their strongest piece; strips begin every 32 columns.

    A line of slope s rises by 2 s rows over its strip, from the row that it begins at.
    """
    height = strips.shape[1]
    pieces = strips[None]
    for _ in range(_PIECE_LEVELS):
        joined = np.zeros((2 * len(pieces), pieces.shape[1] // 2, height), np.int8)
        for slope in range(len(joined)):
            part, rise = pieces[slope // 2], (slope + 1) // 2
            np.add(
                part[0::2, : height - rise],
                part[1::2, rise:],
                out=joined[slope, :, : height - rise],
            )
        pieces = joined
    count = pieces.shape[1] // 2
    halves = np.zeros((_HALF, count, height), np.int16)
    strongest = np.zeros((_HALF, count, height), np.int8)
    for slope in range(_HALF):
        part, rise = pieces[slope // 2], (slope + 1) // 2
        here, there = part[0::2, : height - rise], part[1::2, rise:]
        np.add(here, there, out=halves[slope, :, : height - rise], dtype=np.int16)
        np.maximum(here, there, out=strongest[slope, :, : height - rise])
    sums = np.zeros((_HALF, count - 1, height), np.int16)
    for slope in range(_HALF):
        half, peak = halves[slope], strongest[slope]
        into = sums[slope, :, : height - slope]
        np.add(half[:-1, : height - slope], half[1:, slope:], out=into)
        into -= np.maximum(peak[:-1, : height - slope], peak[1:, slope:])
    return sums


def _best(
    sums: Shorts, seams: NDArray[np.intp], count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], Shorts]:
    """Slope, strip, row and sum of the best line of each of the best blocks, the best first.

    `seams` are strips that begin in one view and end in the next.
    """
    slopes, strips, height = sums.shape
    high = height // _ROWS * _ROWS
    highest = sums.reshape(slopes // _SLOPES, _SLOPES, strips, height).max(1)[..., :high]
    blocks = highest.reshape(slopes // _SLOPES, strips, high // _ROWS, _ROWS).max(-1)
    blocks[:, seams] = 0
    count = min(count, blocks.size)
    flat = blocks.ravel()
    chosen = np.argpartition(flat, -count)[-count:]
    chosen = chosen[np.argsort(-flat[chosen], kind="stable")]
    turn, strip, band = np.unravel_index(chosen, blocks.shape)
    inside = sums[
        (turn * _SLOPES)[:, None, None] + np.arange(_SLOPES)[:, None],
        strip[:, None, None],
        (band * _ROWS)[:, None, None] + np.arange(_ROWS),
    ].reshape(count, -1)
    place = inside.argmax(1)
    return turn * _SLOPES + place // _ROWS, strip, band * _ROWS + place % _ROWS, flat[chosen]


def _placed(
    slope: NDArray[np.intp],
    strip: NDArray[np.intp],
    row: NDArray[np.intp],
    best: Shorts,
    ends: NDArray[np.intp],
    shape: tuple[int, ...],
) -> Lines:
    """Lines of strips as lines of the image."""
    view = np.searchsorted(ends, strip)
    first = np.concatenate([[0], ends[:-1] + 1])[view]
    along = (strip - first) * float(_HALF)
    rise = 2.0 * slope
    across = row + rise / 2
    highest = np.where(view < 2, shape[0], shape[1]) - 1
    upside_down = view % 2 == 1
    across = np.where(upside_down, highest - across, across)
    angle = np.arctan2(np.where(upside_down, -rise, rise), _WIDE - 1)
    along += (_WIDE - 1) / 2
    is_turned = view >= 2
    return Lines(
        x=np.where(is_turned, across, along).astype(np.float32),
        y=np.where(is_turned, along, across).astype(np.float32),
        angle=np.where(is_turned, np.pi / 2 - angle, angle).astype(np.float32),
        significance=(best / np.float32(_UNIT * _COUNTED**0.5)).astype(np.float32),
    )


def _apart(lines: Lines, most: int) -> list[int]:
    """The first of them that are not one line with a better one."""
    cosine, sine = np.cos(lines.angle)[:, None], np.sin(lines.angle)[:, None]
    dx, dy = lines.x - lines.x[:, None], lines.y - lines.y[:, None]
    turned = (lines.angle - lines.angle[:, None] + np.pi / 2) % np.pi - np.pi / 2
    is_near = np.abs(dy * cosine - dx * sine) < _ACROSS
    is_near &= np.abs(dx * cosine + dy * sine) < _ALONG
    is_near &= np.abs(turned) < _TURNED
    kept: list[int] = []
    is_free = np.ones(lines.x.size, bool)
    for i in range(lines.x.size):
        if is_free[i]:
            kept.append(i)
            if len(kept) == most:
                break
            is_free &= ~is_near[i]
    return kept
