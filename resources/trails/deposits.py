"""Where a trail lays its light down, before the optics spread it: weights by pixel and phase."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.flux_law import FluxLaw
from satvo.resources.trails.paths import Path
from satvo.resources.trails.phases import Phases

__all__ = ["Deposits", "deposited", "near_parts"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NODES = (0.5 - 0.5 / math.sqrt(3.0), 0.5 + 0.5 / math.sqrt(3.0))
"""Of Gauss and Legendre's rule with two points, exact to the third order in a step."""
_PIECE_STEPS = 2048
_PART_PX = 64.0
_POINTS_AT_ONCE = 1 << 15


@dataclass(frozen=True, eq=False)
class Deposits:
    """The light of a piece of a trail by the pixel that it is laid on.

    Attributes
    ----------
    columns, rows : ndarray of int64 (n,)
        First pixels of the light of points there.
    weights : ndarray (n, k * k)
        By phase; see `Phases`.
    share : float
        Of the light of the whole exposure at relative flux 1.
    """

    columns: Ints
    rows: Ints
    weights: Floats
    share: float


def deposited(
    shape: tuple[int, int], path: Path, law: FluxLaw, width_px: float, phases: Phases
) -> Iterator[Deposits]:
    """Pieces of a trail, those left out that no light of the frame comes from."""
    reach = phases.side + 0.5 * width_px
    steps = _steps(shape, path, reach, phases.per_pixel)
    middle = law.integral(0.5 * (steps[0] + steps[1]))
    halves = np.stack([middle - law.integral(steps[0]), law.integral(steps[1]) - middle])
    light = halves.sum(0)
    for first in range(0, len(light), _PIECE_STEPS):
        piece = slice(first, first + _PIECE_STEPS)
        share = float(light[piece].sum())
        if share > 0.0:
            x, y, dx, dy = (values[piece] for values in steps[2:])
            at_x, at_y, parts = _points(x, y, dx, dy, halves[:, piece], width_px, phases.per_pixel)
            yield _gathered(at_x, at_y, parts, phases, share)


def near_parts(
    shape: tuple[int, int], path: Path, reach: float
) -> Iterator[tuple[float, float, float, float]]:
    """Where parts of a path near the frame begin (x, y) and how far they go (x, y), pixel.

    They are at most 64 pixels long, so that rectangles about them hold little else.
    """
    steps = _steps(shape, path, reach, 1.0 / _PART_PX)
    yield from steps[2:].T.tolist()


def _steps(shape: tuple[int, int], path: Path, reach: float, per_pixel: float) -> Floats:
    """Steps along a path near the frame, a cell long or less.

    When each begins and ends, where it begins (x, y), and how far it goes (x, y): (6, n).
    """
    x, y, t = (np.diff(values) for values in (path.x, path.y, path.t))
    first, last = _inside(shape, path, reach)
    used = np.flatnonzero((t > 0.0) & (last > first))
    spans = np.hypot(x, y)[used] * (last - first)[used]
    counts = np.maximum(np.ceil(spans * per_pixel), 1.0).astype(np.int64)
    part = np.repeat(used, counts)
    index = np.arange(len(part)) - np.repeat(np.cumsum(counts) - counts, counts)
    size = ((last - first)[used] / counts).repeat(counts)
    begun = first[part] + index * size
    ended = first[part] + (index + 1) * size
    return np.stack(
        [
            path.t[part] + begun * t[part],
            path.t[part] + ended * t[part],
            path.x[part] + begun * x[part],
            path.y[part] + begun * y[part],
            size * x[part],
            size * y[part],
        ]
    )


def _inside(shape: tuple[int, int], path: Path, reach: float) -> tuple[Floats, Floats]:
    """From where to where, 0 to 1, each part is near the frame; nowhere where last <= first."""
    first, last = np.zeros(len(path.x) - 1), np.ones(len(path.x) - 1)
    for at, size in ((path.x, shape[1]), (path.y, shape[0])):
        step = np.diff(at)
        moves = step != 0.0
        scale = np.where(moves, step, 1.0)
        low, high = (-reach - at[:-1]) / scale, (size - 1 + reach - at[:-1]) / scale
        near = (at[:-1] > -reach) & (at[:-1] < size - 1 + reach)
        first = np.maximum(first, np.where(moves, np.minimum(low, high), np.where(near, 0.0, 1.0)))
        last = np.minimum(last, np.where(moves, np.maximum(low, high), 1.0))
    return first, last


def _points(
    x: Floats,
    y: Floats,
    dx: Floats,
    dy: Floats,
    halves: Floats,
    width_px: float,
    per_pixel: int,
) -> tuple[Floats, Floats, Floats]:
    """Points of light that stand for steps of a trail, and the light of each.

    The light of the two halves of a step (2, n) tells how it rises or falls within: were that left
    out, flashes would be wider by the length of a step.
    """
    at_x = np.concatenate([x + node * dx for node in _NODES])
    at_y = np.concatenate([y + node * dy for node in _NODES])
    light = halves.sum(0)
    later = np.clip(0.5 * light + (halves[1] - halves[0]) / math.sqrt(3.0), 0.0, light)
    parts = np.concatenate([light - later, later])
    if width_px <= 0.0:
        return at_x, at_y, parts
    length = np.hypot(dx, dy)
    moves = length > 0.0
    scale = np.where(moves, length, 1.0)
    across_x = np.tile(np.where(moves, -dy / scale, 0.0), 2)
    across_y = np.tile(np.where(moves, dx / scale, 1.0), 2)
    count = max(math.ceil(width_px * per_pixel), 1)
    offsets = width_px * (
        np.concatenate([(np.arange(count) + node) / count for node in _NODES]) - 0.5
    )
    share = np.full(len(offsets), 1.0 / len(offsets))
    return (
        (at_x[:, None] + across_x[:, None] * offsets).ravel(),
        (at_y[:, None] + across_y[:, None] * offsets).ravel(),
        (parts[:, None] * share).ravel(),
    )


def _gathered(x: Floats, y: Floats, parts: Floats, phases: Phases, share: float) -> Deposits:
    """Points of light brought together by pixel."""
    low_x, low_y = math.floor(x.min()) - 2, math.floor(y.min()) - 2
    wide = math.ceil(x.max()) - low_x + 3
    pixel = (np.ceil(y).astype(np.int64) - low_y) * wide + np.ceil(x).astype(np.int64) - low_x
    order = np.argsort(pixel, kind="stable")
    starts = np.flatnonzero(np.diff(pixel[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    weights = np.zeros((len(starts), phases.totals.size))
    columns, rows = np.empty(len(starts), np.int64), np.empty(len(starts), np.int64)
    group = 0
    while group < len(starts):
        last = int(np.searchsorted(ends, starts[group] + _POINTS_AT_ONCE, "right"))
        last = max(last, group + 1)
        taken = order[starts[group] : ends[last - 1]]
        cut = starts[group:last] - starts[group]
        at_column, at_row, across, up = phases.weights(x[taken], y[taken])
        both = (up * parts[taken, None])[:, :, None] * across[:, None, :]
        weights[group:last] = np.add.reduceat(both.reshape(len(taken), -1), cut, axis=0)
        columns[group:last], rows[group:last] = at_column[cut], at_row[cut]
        group = last
    return Deposits(columns, rows, weights, share)
