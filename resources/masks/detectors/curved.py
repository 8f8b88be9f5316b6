"""`curved`: arcs, as satellites leave in images of telescopes that are in orbit themselves.

The evidence of `simple` is sheared by a row of curvatures, which makes arcs straight, and searched
for lines each time. The best are fitted on the sheared image, the curvature with them. Arcs are
found up to a sagitta of a twentieth of their length; straight trails are arcs of sagitta 0.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.masks.classic.arcs import Shear, arc_points, bent, paint_arc
from satvo.resources.masks.classic.evidence import Evidence, evidence_of
from satvo.resources.masks.classic.results import EVIDENCE, ranked
from satvo.resources.masks.classic.tiles import detected_in_tiles
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.chain import Line, find_lines
from satvo.resources.masks.lines.probability import judged
from satvo.resources.masks.lines.search import Segment, candidates
from satvo.resources.masks.lines.width import StarWidth, star_width
from satvo.resources.masks.search import Prior, Search

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["NEEDS_PRIOR", "TAKES_SEQUENCE", "detect"]

TAKES_SEQUENCE = False
NEEDS_PRIOR = False

Floats = NDArray[np.float64]

_LENGTHS_PX = (512.0, 200.0)
_SAGITTA = 0.05
"""Of the length, the largest that is searched for."""
_OFF_PX = 3.0
"""What the nearest curvature that is tried may leave of the sagitta."""
_EACH = 3
_FITTED = 6
_NEAR_PX = 6.0
_FINER = (-0.67, -0.33, 0.0, 0.33, 0.67)
_ROUNDS = 2


def detect(
    image: ArrayLike | Frame,
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
) -> Detection:
    """Find curved trails, and straight ones; see `registry.Detector`.

    Expected trails (`prior`) play no part: `by-hand` and `predicted` are for them.
    """
    frame, search = Frame.of(image, wcs=wcs), search or Search()
    return detected_in_tiles(frame, lambda part: _detected(part, search), search.most)


def _detected(frame: Frame, search: Search) -> Detection:
    stars = star_width(frame)
    evidence = evidence_of(frame, stars.fwhm, search)
    score = ranked(evidence.values)
    trails: list[FoundTrail] = []
    taken: list[Floats] = []
    tried = 0
    for shear, segment, step in _scan(evidence, frame.shape):
        if tried == _FITTED:
            break
        if any(_covers(points, shear.back(_of(segment))) for points in taken):
            continue
        tried += 1
        best = _finest(frame, evidence, shear, segment, step, stars, search)
        if best is None:
            continue
        line, shear = best
        points = arc_points(line.fit, shear)
        taken.append(points)
        paint_arc(
            score,
            line.fit,
            points,
            mask_width=search.mask_width,
            probability=line.probability,
        )
        if line.probability >= search.threshold and line.fit.snr >= (search.snr_min or 0.0):
            trails.append(bent(line.trail(shear.frame(frame), "curved"), points, frame.noise))
    score[~frame.usable] = 0.0
    trails.sort(key=lambda trail: -trail.score)
    return Detection(tuple(trails[: search.most]), score)


def _curvatures(side: int) -> list[tuple[float, float]]:
    """Those that are tried, with the step to the next: finer for long arcs."""
    found = [(0.0, 0.0)]
    reached = 0.0
    for length in sorted({min(length, float(side)) for length in _LENGTHS_PX}, reverse=True):
        most = 8.0 * _SAGITTA / length
        step = 2.0 * 8.0 * _OFF_PX / length**2
        count = math.ceil((most - reached) / step)
        for number in range(1, count + 1):
            value = reached + (most - reached) * number / count
            found += [(value, step), (-value, step)]
        reached = most
    found[0] = (0.0, found[1][1])
    return found


def _scan(evidence: Evidence, shape: tuple[int, int]) -> list[tuple[Shear, Segment, float]]:
    """Lines of the sheared evidence with their shear and its step, the clearest first."""
    found = []
    for turned in (False, True):
        across = shape[0] if turned else shape[1]
        for curvature, step in _curvatures(max(shape)):
            shear = Shear(curvature, (across - 1) / 2.0, turned)
            sheared = shear.by_whole_pixels(evidence.values)
            for segment in candidates(sheared, most=_EACH):
                found.append((shear, segment, step))
    return sorted(found, key=lambda each: -each[1].significance)


def _finest(
    frame: Frame,
    evidence: Evidence,
    shear: Shear,
    segment: Segment,
    step: float,
    stars: StarWidth,
    search: Search,
) -> tuple[Line, Shear] | None:
    """The line of the curvature near one that gives the clearest fit; None where none is one."""
    best: tuple[Line, Shear] | None = None
    middle = shear.curvature
    points = shear.back(_of(segment))
    for number in range(_ROUNDS):
        for part in _FINER:
            curvature = middle + part * step / 3.0**number
            tried = Shear(curvature, shear.middle, shear.turned)
            ends = tried.straightened(points)
            near = Segment(
                (float(ends[0, 0]), float(ends[0, 1])),
                (float(ends[-1, 0]), float(ends[-1, 1])),
                segment.significance,
                segment.evidence,
            )
            lines = find_lines(
                tried.frame(frame),
                tried.by_whole_pixels(evidence.values),
                stars,
                search,
                segments=[near],
            )
            if lines and (best is None or lines[0].fit.snr > best[0].fit.snr):
                best = lines[0], tried
        if best is None:
            return None
        middle = best[1].curvature
        points = arc_points(best[0].fit, best[1])
    if best is None:
        return None
    return judged([best[0]], EVIDENCE)[0], best[1]


def _of(segment: Segment) -> Floats:
    """Three points of it (3, 2)."""
    start, end = np.array(segment.start_xy), np.array(segment.end_xy)
    return np.array([start, (start + end) / 2.0, end])


def _covers(points: Floats, others: Floats) -> bool:
    """Whether two of three points of an arc lie near another."""
    part = np.linspace(0.0, 1.0, 8 * len(points))
    at = np.linspace(0.0, 1.0, len(points))
    x, y = (np.interp(part, at, points[:, k]) for k in (0, 1))
    steps = np.hypot(x - np.roll(x, 1), y - np.roll(y, 1))[1:]
    reach = _NEAR_PX + float(steps.max(initial=0.0))
    off = np.hypot(others[:, 0, None] - x, others[:, 1, None] - y).min(axis=1)
    return bool((off < reach).sum() >= 2)
