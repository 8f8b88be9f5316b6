"""Expected trails, searched for in their corridors and fitted on the image."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.classic.arcs import Shear, arc_points, bent, paint_arc
from satvo.resources.masks.classic.corridors import InCorridor, search_corridor
from satvo.resources.masks.classic.evidence import Evidence
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.chain import Line, refit
from satvo.resources.masks.lines.ends import Course, course_of
from satvo.resources.masks.lines.fit import LineFit, fit_line, moved
from satvo.resources.masks.lines.search import Segment
from satvo.resources.masks.lines.strip import Axis
from satvo.resources.masks.lines.width import StarWidth
from satvo.resources.masks.search import Expected

__all__ = ["Placed", "as_told", "placed"]

Floats = NDArray[np.float64]

_CLEAR_SNR = 9.0
"""Of a fit whose ends are those of the light; a fainter trail keeps those of its corridor."""
_SIGMAS = 3.0
_POINTS = 9
_TOLD_PX = 0.3


@dataclass(frozen=True, eq=False)
class Placed:
    """An expected trail on the image.

    Attributes
    ----------
    fit : LineFit
    points : ndarray (n, 2)
        Of its middle from start to end.
    trail : FoundTrail
    found : InCorridor, optional
        What the search told; None where its corridor has no pixel that counts.
    """

    fit: LineFit
    points: Floats
    trail: FoundTrail
    found: InCorridor | None

    def paint(self, score: NDArray[np.float32], mask_width: float, probability: float) -> None:
        """Raise a score to the probability of each pixel to lie in its mask."""
        paint_arc(score, self.fit, self.points, mask_width=mask_width, probability=probability)


def placed(
    frame: Frame, evidence: Evidence, stars: StarWidth, expected: Expected, name: str
) -> tuple[Placed | None, InCorridor | None]:
    """The trail in the corridor of an expected one, fitted; None where there is no light in it.

    Also what the search told, as far as there was anything to search.
    """
    found = search_corridor(frame, evidence, expected, stars.fwhm)
    if found is None or found.snr <= 0.0:
        return None, found
    points = _arc(found)
    shear = Shear.of_points(points)
    sheared = shear.frame(frame)
    ends = shear.straightened(points)
    segment = Segment(
        (float(ends[0, 0]), float(ends[0, 1])), (float(ends[-1, 0]), float(ends[-1, 1])), found.snr
    )
    fitted = _fitted(sheared, segment, stars, expected)
    if fitted is None:
        return None, found
    fit, course = fitted
    line = Line(segment, fit, course, np.zeros(0), found.probability)
    points = arc_points(fit, shear)
    trail = bent(line.trail(sheared, name), points, frame.noise)
    return Placed(fit, points, trail, found), found


def as_told(
    frame: Frame, stars: StarWidth, expected: Expected, found: InCorridor | None, name: str
) -> Placed | None:
    """An expected trail where it is expected, as wide as a star; None where it is a point."""
    points = _even(np.asarray(expected.xy, dtype=np.float64))
    if points is None:
        return None
    start, end = (
        (float(points[0, 0]), float(points[0, 1])),
        (
            float(points[-1, 0]),
            float(points[-1, 1]),
        ),
    )
    axis = Axis.between(start, end)
    values = np.zeros(10)
    values[3], values[4], values[9] = axis.length, math.log(stars.fwhm), math.log(stars.beta)
    covariance = np.diag([_TOLD_PX**2 / 25.0] * 4 + [stars.error**2] + [1.0] * 5)
    fit = LineFit(axis, values, covariance, stars.fwhm, True, 1.0)
    chord = points[-1] - points[0]
    off = points[len(points) // 2] - (points[0] + points[-1]) / 2.0
    trail = FoundTrail(
        start,
        end,
        across_error=expected.across_px,
        along_error=expected.along_px,
        width=fit.width,
        width_error=fit.width * stars.error,
        beta=stars.beta,
        snr=max(found.snr, 0.0) if found is not None else 0.0,
        sagitta=float((chord[0] * off[1] - chord[1] * off[0]) / max(np.hypot(*chord), 1e-9)),
        detector=name,
    )
    return Placed(fit, points, trail, found)


def _fitted(
    frame: Frame, segment: Segment, stars: StarWidth, expected: Expected
) -> tuple[LineFit, Course] | None:
    """By its own light where it is clear and stays in its corridor; else between the ends found."""
    again = refit(frame, segment, stars)
    if again is not None and again[0].snr > _CLEAR_SNR and _stays(again[0], segment, expected):
        return again
    fit = fit_line(frame, segment, stars)
    if fit is None or not _stays(fit, segment, expected):
        return None
    fit = moved(fit, start=0.0, end=segment.length)
    covariance = fit.covariance.copy()
    covariance[2, 2] = covariance[3, 3] = expected.along_px**2
    fit = replace(fit, covariance=covariance)
    course = course_of(frame, fit)
    return None if course is None else (fit, course)


def _stays(fit: LineFit, segment: Segment, expected: Expected) -> bool:
    """Whether a fit lies beside the line that was found in the corridor, and has light."""
    axis = Axis.between(segment.start_xy, segment.end_xy)
    ends = np.array(fit.ends)
    _, across = axis.of(ends[:, 0], ends[:, 1])
    limit = _SIGMAS * min(expected.across_px, 2.0) + fit.width
    return bool((np.abs(across) < limit).all() and fit.light > 0.0)


def _arc(found: InCorridor) -> Floats:
    """Points (n, 2) of the parabola through both ends with the sagitta that was found."""
    start, end = np.array(found.start_xy), np.array(found.end_xy)
    part = np.linspace(0.0, 1.0, _POINTS)[:, None]
    along = (end - start) / max(float(np.hypot(*(end - start))), 1e-9)
    left = np.array([-along[1], along[0]])
    return np.asarray(
        start + part * (end - start) + 4.0 * found.sagitta * part * (1.0 - part) * left
    )


def _even(points: Floats) -> Floats | None:
    """So many points (n, 2) of a line of vertices, at even distances; None where it is a point."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    if not np.isfinite(at[-1]) or at[-1] < 1.0:
        return None
    even = np.linspace(0.0, at[-1], _POINTS if len(points) > 2 else 3)
    return np.stack([np.interp(even, at, points[:, k]) for k in (0, 1)], axis=1)
