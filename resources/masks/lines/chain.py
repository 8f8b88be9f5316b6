"""From a map of evidence to trails: candidates, fits on the image, ends, what speaks for each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.ends import Course, course_of
from satvo.resources.masks.lines.fit import LineFit, fit_disk, fit_line
from satvo.resources.masks.lines.painting import paint
from satvo.resources.masks.lines.search import Segment, candidates, sampled
from satvo.resources.masks.lines.strip import width_across
from satvo.resources.masks.lines.width import StarWidth
from satvo.resources.masks.search import Search

__all__ = ["FEATURES", "Line", "find_lines", "refit"]

FEATURES = (
    "one", "log_snr", "significance", "log_evidence", "log_course", "log_length", "log_chi",
    "weakest", "contrast", "width", "flat", "aligned", "narrow", "brightest", "faint", "doubtful",
    "steady",
)  # fmt: skip
"""What `Line.features` gives, in order."""

_PIECES = 6
_CLEAR_SNR = 12.0  # of a trail whose own width is measured
_DOUBT = 2.5  # errors of a width, beyond which it is another
_WIDER = 1.35  # than the stars, from which it is fitted as out of focus
_LEAST_LENGTH_PX = 20.0
_DISK_CHI = 1.1  # times the misfit of a point's line, up to which a disk is taken
_BLURRED = 1.5  # widths from an end, over which its light is less
_GROWN_PX, _MOST_GROWTHS = 40.0, 30
_ALIGNED_PX = 1.0  # off a row or column over its length: as bad columns and edges are
_MUCH_WIDER = 1.0  # of the logarithm of a width: few trails to learn from are wider
_NOISE_SNR, _NOISE_SIGNIFICANCE = 8.0, 24.0  # that lines of mere noise do not reach
_PROFILE_PIECES = 32


@dataclass(frozen=True, eq=False)
class Line:
    """A line that may be a trail.

    Attributes
    ----------
    segment : Segment
        As it was found.
    fit : LineFit
    course : Course
    features : ndarray (17,)
        What speaks for and against it, see `FEATURES`.
    probability : float
        That it is a trail; NaN before it is judged.
    """

    segment: Segment
    fit: LineFit
    course: Course
    features: NDArray[np.float64]
    probability: float = math.nan

    def paint(self, score: NDArray[np.float32], mask_width: float) -> None:
        """Raise a score to the probability of each pixel to lie in its mask."""
        paint(score, self.fit, self.course, mask_width=mask_width, probability=self.probability)

    def trail(self, frame: Frame, detector: str) -> FoundTrail:
        """As it is published: in the unit of the image."""
        fit, course = self.fit, self.course
        start, end = fit.ends
        inside = course.light[course.inside]
        pieces = min(_PROFILE_PIECES, max(inside.size // 8, 1))
        profile = np.array([part.mean() for part in np.array_split(inside, pieces)])
        mean = max(float(profile.mean()), 1e-9)
        of_noise = course.error**2 * pieces / max(inside.size, 1)
        flicker = math.sqrt(max(float(profile.var()) - of_noise, 0.0)) / mean
        cov = fit.covariance
        return FoundTrail(
            start_xy=start,
            end_xy=end,
            across_error=math.sqrt(max(cov[0, 0], cov[1, 1])),
            along_error=math.sqrt(max(cov[2, 2], cov[3, 3])),
            width=fit.width,
            width_error=fit.width_error,
            beta=fit.beta,
            disk=fit.disk,
            flux_px=fit.light * frame.noise,
            flux_px_error=math.sqrt(cov[5, 5]) * frame.noise,
            snr=fit.snr,
            score=self.probability,
            flickering=flicker,
            flux_profile=profile * frame.noise,
            open_ends=course.at_border,
            detector=detector,
        )


def find_lines(
    frame: Frame,
    evidence: NDArray[np.float32],
    stars: StarWidth,
    search: Search,
    *,
    most: int | None = None,
    segments: Sequence[Segment] | None = None,
) -> list[Line]:
    """The lines that evidence tells of, fitted on the image, the clearest first.

    Parameters
    ----------
    frame : Frame
    evidence : ndarray of float32 (rows, columns)
        0 where nothing is; logits of a network less their median, or significance without stars.
    stars : StarWidth
        Of the frame.
    search : Search
        Directions, lengths and widths that are searched for.
    most : int, optional
        Candidates that are fitted at most; by default four, more the larger the image is.
    segments : sequence of Segment, optional
        Candidates that another search found, the clearest first; by default those of the evidence.
    """
    count = most or min(search.most + 3, 4 + frame.pixels.size // 500_000)
    shortest, longest = search.lengths(frame)
    narrowest, widest = search.widths(stars.fwhm)
    found: list[Line] = []
    for segment in candidates(evidence, most=count) if segments is None else segments[:count]:
        if any(_explains(line.fit, segment) for line in found):
            continue
        fitted = refit(frame, segment, stars)
        if fitted is None:
            continue
        fit, course = fitted
        start, end = fit.ends
        angle = math.degrees(math.atan2(end[1] - start[1], end[0] - start[0]))
        if not (shortest <= math.dist(start, end) <= longest and search.allows(angle)):
            continue
        if not narrowest <= fit.width <= widest or fit.light <= 0.0:
            continue
        if any(_explains(line.fit, Segment(start, end)) for line in found):
            continue
        found.append(Line(segment, fit, course, _features(segment, fit, course, evidence, stars)))
    return sorted(found, key=lambda line: -line.fit.snr)


def refit(frame: Frame, segment: Segment, stars: StarWidth) -> tuple[LineFit, Course] | None:
    """Fit a segment on the image, find its ends by the light along it, and fit once more.

    One that is clear is fitted with a width of its own; where that is much more than the stars',
    as a trail out of focus. Where its light goes on beyond the segment it is fitted again, so that
    a part of a trail that crosses the image becomes the whole.
    """
    fitted = _refitted(frame, segment, stars)
    for _ in range(_MOST_GROWTHS):
        if fitted is None:
            return None
        start, end = fitted[0].ends
        if math.dist(start, end) < segment.length + _GROWN_PX:
            break
        segment = replace(segment, start_xy=start, end_xy=end)
        fitted = _refitted(frame, segment, stars) or fitted
    return fitted


def _refitted(frame: Frame, segment: Segment, stars: StarWidth) -> tuple[LineFit, Course] | None:
    """The same of a segment that reaches 60 px from the ends or nearer."""
    fit = fit_line(frame, segment, stars)
    if fit is None:
        return None
    wide: float | None = None
    if fit.snr > _CLEAR_SNR:
        own = fit_line(frame, segment, stars, loose=True)
        width = max(width_across(frame, segment), 0.0 if own is None else own.width)
        is_wider = _is_wider(width, stars)
        if own is not None:
            stars = _doubted(stars, own)
            fit = own if is_wider else fit
        if is_wider:
            wide = width
            disk = fit_disk(frame, segment, stars, wide)
            if disk is not None and disk.chi_squared < _DISK_CHI * fit.chi_squared:
                fit = disk
    course = course_of(frame, fit)
    if course is None or course.end - course.start < _LEAST_LENGTH_PX:
        return None
    placed = replace(
        segment,
        start_xy=fit.axis.at(course.start, float(fit.across_at(np.array(course.start)))),
        end_xy=fit.axis.at(course.end, float(fit.across_at(np.array(course.end)))),
    )
    flicker = course.flicker(_BLURRED * fit.width)
    if wide is None:
        again = fit_line(frame, placed, stars, flicker=flicker)
    else:
        again = fit_disk(frame, placed, stars, wide, flicker=flicker)
    if again is None:
        return None
    course = course_of(frame, again)
    if course is None or course.inside.sum() < _LEAST_LENGTH_PX:
        return None
    return again, course


def _is_wider(width: float, stars: StarWidth) -> bool:
    """Whether a trail is much wider than the stars, as far as these tell their width."""
    surely = math.exp(_DOUBT * stars.error) * stars.fwhm
    return width > max(_WIDER * math.hypot(stars.fwhm, 0.68), surely)


def _doubted(stars: StarWidth, own: LineFit) -> StarWidth:
    """The stars' width with a larger error where a clear trail has another: they may be trailed."""
    gap = abs(math.log(own.fwhm / stars.fwhm))
    expected = math.hypot(stars.error, math.sqrt(own.covariance[4, 4]))
    return replace(stars, error=max(stars.error, gap)) if gap > _DOUBT * expected else stars


def _explains(fit: LineFit, segment: Segment) -> bool:
    """Whether a segment lies on a fitted line."""
    parts = np.array([0.25, 0.5, 0.75])
    x = segment.start_xy[0] + parts * (segment.end_xy[0] - segment.start_xy[0])
    y = segment.start_xy[1] + parts * (segment.end_xy[1] - segment.start_xy[1])
    along, across = fit.axis.of(x, y)
    near = np.abs(across - fit.across_at(along)) < 3.0 + 0.75 * fit.width
    between = (along > fit.values[2] - 40.0) & (along < fit.values[3] + 40.0)
    return bool((near & between).sum() >= 2)


def _features(
    segment: Segment,
    fit: LineFit,
    course: Course,
    evidence: NDArray[np.float32],
    stars: StarWidth,
) -> NDArray[np.float64]:
    """What tells a trail from chains of stars, spikes, tracks of cosmic rays and columns."""
    inside = course.inside
    along = course.along[inside]
    light = np.minimum(course.light[inside], 3.0 * max(fit.light, 0.1) + 3.0 * course.error)
    parts = np.array([part.mean() for part in np.array_split(light, _PIECES)])
    mean = max(float(parts.mean()), 1e-6)
    length = float(fit.values[3] - fit.values[2])
    across = fit.across_at(along)
    axis = fit.axis
    x = axis.x + along * axis.cosine - across * axis.sine
    y = axis.y + along * axis.sine + across * axis.cosine
    told = sampled(evidence, x, y)
    weakest = min(max(float(parts.min()) / mean, -1.0), 1.0)
    is_aligned = length * min(abs(axis.cosine), abs(axis.sine)) < _ALIGNED_PX
    clear = math.log(max(fit.snr / _CLEAR_SNR, 1.0))
    wider = math.log(fit.width / math.hypot(stars.fwhm, 0.68)) if stars.stars else 0.0
    return np.array(
        [
            1.0,
            math.log(max(fit.snr, 1.0)),
            segment.significance / 20.0,
            math.log1p(max(segment.evidence, 0.0)),
            math.log1p(max(course.evidence, 0.0)),
            math.log(max(length, 1.0) / 100.0),
            math.log(max(fit.chi_squared, 0.1)),
            weakest,
            float(np.clip(told, -4.0, 8.0).mean()) / 4.0 if told.size else 0.0,
            min(wider, _MUCH_WIDER),
            min(float(np.median(course.light[inside])) / mean, 2.0) if along.size else 0.0,
            float(is_aligned),
            max(-wider, 0.0),
            min(float(parts.max()) / mean, 3.0),
            math.log(_NOISE_SNR / min(max(fit.snr, 1.0), _NOISE_SNR)),
            max(_NOISE_SIGNIFICANCE - segment.significance, 0.0) / 20.0,
            0.0 if is_aligned else clear * max(weakest, 0.0),
        ]
    )
