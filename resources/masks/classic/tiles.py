"""Large images in tiles, and the pieces of a trail that tiles found as one trail again.

A segment is (x, y) of its start and of its end, pixels from 0; segments are arrays (n, 4).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame

__all__ = ["OVERLAP_PX", "TILE_PX", "Tile", "detected_in_tiles", "joined", "tiles_of", "told_once"]

Segments = NDArray[np.float64]

TILE_PX = 2048
"""Rows and columns of a tile; an image up to a quarter larger is one."""
OVERLAP_PX = 256
_EDGE_PX = 3.0


@dataclass(frozen=True, eq=False)
class Tile:
    """A part of an image.

    Attributes
    ----------
    frame : Frame
        Views of the arrays of the whole.
    row, column : int
        Of its first pixel.
    """

    frame: Frame
    row: int
    column: int


def tiles_of(frame: Frame) -> Iterator[Tile]:
    """The tiles of an image, which overlap by 256 pixels."""
    row_starts, rows = _starts(frame.shape[0])
    column_starts, columns = _starts(frame.shape[1])
    for row in row_starts:
        for column in column_starts:
            part = np.s_[row : row + rows, column : column + columns]
            tile = replace(
                frame,
                pixels=frame.pixels[part],
                usable=frame.usable[part],
                saturated=frame.saturated[part],
                sky=frame.sky[part],
                wcs=None,
            )
            yield Tile(tile, row, column)


def detected_in_tiles(frame: Frame, detect: Callable[[Frame], Detection], most: int) -> Detection:
    """What a detector says of an image that it is shown in tiles.

    Parameters
    ----------
    frame : Frame
        One of up to 2560 pixels a side is shown whole.
    detect : callable
        From a frame to its detection.
    most : int
        Trails at most.

    Notes
    -----
    Memory beyond that of the image and its score is that of a tile. A trail over several tiles is
    found, and masked, in pieces; those that lie on one line are told as one trail.
    """
    tiles = list(tiles_of(frame))
    if len(tiles) == 1:
        return detect(frame)
    score = np.zeros(frame.shape, dtype=np.float32)
    trails: list[FoundTrail] = []
    notes: dict[str, None] = {}
    for tile in tiles:
        if not tile.frame.usable.any():
            continue
        found = detect(tile.frame)
        rows, columns = tile.frame.shape
        part = score[tile.row : tile.row + rows, tile.column : tile.column + columns]
        np.maximum(part, found.score, out=part)
        trails += [_of_whole(trail, tile, frame.shape) for trail in found.trails]
        notes |= dict.fromkeys(found.notes)
    trails = sorted(told_once(_longest_first(trails)), key=lambda trail: -trail.score)
    return Detection(tuple(trails[:most]), score, tuple(notes))


def _of_whole(trail: FoundTrail, tile: Tile, shape: tuple[int, int]) -> FoundTrail:
    """In the pixels of the whole; an end at the border of a tile alone is no open one."""
    ends = [(x + tile.column, y + tile.row) for x, y in (trail.start_xy, trail.end_xy)]
    opened = [
        was and min(x, y, shape[1] - 1 - x, shape[0] - 1 - y) < _EDGE_PX
        for was, (x, y) in zip(trail.open_ends, ends, strict=True)
    ]
    return replace(trail, start_xy=ends[0], end_xy=ends[1], open_ends=(opened[0], opened[1]))


def _longest_first(trails: list[FoundTrail]) -> list[FoundTrail]:
    return sorted(trails, key=lambda trail: -trail.length)


def told_once(trails: Sequence[FoundTrail]) -> list[FoundTrail]:
    """Trails, and pieces of trails, on one line as one, with what the first of them says."""
    left = list(trails)
    made = []
    while left:
        whole = left.pop(0)
        again = True
        while again:
            again = False
            for number, other in enumerate(left):
                segments = [np.array([*each.start_xy, *each.end_xy]) for each in (whole, other)]
                line = _one_line(segments[0], segments[1], 1.5 * whole.width + 1.5, OVERLAP_PX)
                if line is not None:
                    whole, again = _joined_trail(whole, other, line), True
                    del left[number]
                    break
        made.append(whole)
    return made


def _joined_trail(first: FoundTrail, second: FoundTrail, line: NDArray[np.float64]) -> FoundTrail:
    start, end = (float(line[0]), float(line[1])), (float(line[2]), float(line[3]))
    opened = {
        xy: flag
        for trail in (second, first)
        for xy, flag in zip((trail.start_xy, trail.end_xy), trail.open_ends, strict=True)
    }
    return replace(
        first,
        start_xy=start,
        end_xy=end,
        snr=max(first.snr, second.snr),
        score=max(first.score, second.score),
        flux_profile=None,
        open_ends=(opened.get(start, False), opened.get(end, False)),
    )


def joined(segments: Segments, apart_px: float, gap_px: float) -> Segments:
    """Segments that continue or cover each other, each line once.

    Parameters
    ----------
    segments : ndarray (n, 4)
        Clearest first.
    apart_px : float
        How far the ends of one may lie from the line of the other.
    gap_px : float
        How far they may be apart along it.

    Returns
    -------
    ndarray (m, 4)

    Examples
    --------
    >>> joined(np.array([[0, 5, 90, 5], [100, 5.5, 200, 6], [0, 50, 90, 5.0]]), 3.0, 30.0)
    array([[  0.,   5., 200.,   6.],
           [  0.,  50.,  90.,   5.]])
    """
    left = [np.asarray(segment, dtype=np.float64) for segment in segments]
    lines: list[NDArray[np.float64]] = []
    while left:
        line = left.pop(0)
        again = True
        while again:
            again = False
            for number, other in enumerate(left):
                both = _one_line(line, other, apart_px, gap_px)
                if both is not None:
                    line, again = both, True
                    del left[number]
                    break
        lines.append(line)
    return np.array(lines).reshape(-1, 4)


def _one_line(
    first: NDArray[np.float64], second: NDArray[np.float64], apart_px: float, gap_px: float
) -> NDArray[np.float64] | None:
    """From the one outer end to the other, where both lie on one line; None otherwise."""
    if _length(second) > _length(first):
        first, second = second, first
    start, length = first[:2], _length(first)
    along = (first[2:] - start) / max(length, 1e-9)
    offsets = second.reshape(2, 2) - start
    at = offsets @ along
    beside = offsets @ np.array([-along[1], along[0]])
    # The line of a piece is the less certain the farther it is prolonged.
    beyond = np.maximum(np.maximum(-at, at - length), 0.0)
    if (np.abs(beside) > apart_px * (1.0 + beyond / max(length, 1e-9))).any():
        return None
    if at.max() < -gap_px or at.min() > length + gap_px:
        return None
    places = np.concatenate([first.reshape(2, 2), second.reshape(2, 2)])
    order = np.concatenate([[0.0, length], at])
    return np.concatenate([places[int(order.argmin())], places[int(order.argmax())]])


def _length(segment: NDArray[np.float64]) -> float:
    return math.hypot(segment[2] - segment[0], segment[3] - segment[1])


def _starts(side: int) -> tuple[list[int], int]:
    """First pixels of the tiles along an axis, and how long they are."""
    if side <= TILE_PX * 5 // 4:
        return [0], side
    count = math.ceil((side - OVERLAP_PX) / (TILE_PX - OVERLAP_PX))
    starts = np.linspace(0, side - TILE_PX, count).astype(int).tolist()
    return starts, TILE_PX
