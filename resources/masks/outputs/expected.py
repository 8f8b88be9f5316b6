"""Trails that were expected and not found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.search import Expected, Prior

__all__ = ["corridor", "missed"]

Flags = NDArray[np.bool_]

_SIGMAS = 3.0
_LEAST_PX = 3.0


def missed(prior: Prior, trails: Sequence[FoundTrail]) -> tuple[Expected, ...]:
    """Those of which no trail was found.

    A trail counts as found where the quarter points of one lie within 3 standard deviations, and
    within 3 px where these are less, of the line that was expected.

    Examples
    --------
    >>> expected = Expected(((0.0, 10.0), (100.0, 10.0)), across_px=1.0)
    >>> len(missed([expected], [FoundTrail((20.0, 11.0), (80.0, 12.0))]))
    0
    >>> len(missed([expected], [FoundTrail((20.0, 11.0), (80.0, 42.0))]))
    1
    """
    return tuple(each for each in prior if not any(_agrees(each, trail) for trail in trails))


def corridor(expected: Expected, shape: tuple[int, int]) -> Flags:
    """The pixels where it would have been: within 2 standard deviations, rows and columns."""
    from satvo.resources.trails.drawing import trail_mask
    from satvo.resources.trails.paths import Path

    points = np.asarray(expected.xy, np.float64)
    times = np.linspace(0.0, 1.0, len(points))
    path = Path(points[:, 0], points[:, 1], times)
    return trail_mask(shape, path, max(4.0 * expected.across_px, 2.0))


def _agrees(expected: Expected, trail: FoundTrail) -> bool:
    limit = max(_SIGMAS * expected.across_px, _LEAST_PX)
    (x0, y0), (x1, y1) = trail.start_xy, trail.end_xy
    quarters = [(x0 + f * (x1 - x0), y0 + f * (y1 - y0)) for f in (0.25, 0.5, 0.75)]
    return all(_distance(expected.xy, point) <= limit for point in quarters)


def _distance(line: Sequence[tuple[float, float]], point: tuple[float, float]) -> float:
    """From a point to a line of vertices, whose first and last piece go on."""
    last = len(line) - 2
    best = math.inf
    for number, ((x0, y0), (x1, y1)) in enumerate(pairwise(line)):
        dx, dy = x1 - x0, y1 - y0
        square = dx * dx + dy * dy or 1.0
        part = ((point[0] - x0) * dx + (point[1] - y0) * dy) / square
        part = max(part, 0.0) if number else part
        part = min(part, 1.0) if number < last else part
        best = min(best, math.dist(point, (x0 + part * dx, y0 + part * dy)))
    return best
