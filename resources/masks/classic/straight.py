"""Straight trails by significance alone, and by segments that another search found."""

from __future__ import annotations

from collections.abc import Sequence

from satvo.resources.masks.classic.evidence import Evidence, evidence_of
from satvo.resources.masks.classic.results import EVIDENCE, detection_of, ranked
from satvo.resources.masks.found import Detection
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.chain import Line, find_lines
from satvo.resources.masks.lines.probability import judged
from satvo.resources.masks.lines.search import Segment
from satvo.resources.masks.lines.width import StarWidth, star_width
from satvo.resources.masks.search import Search

__all__ = ["straight_lines", "straight_trails"]


def straight_trails(
    frame: Frame, search: Search, name: str, *, stars: StarWidth | None = None
) -> Detection:
    """The straight trails of an image.

    Parameters
    ----------
    frame : Frame
    search : Search
    name : str
        Of the detector.
    stars : StarWidth, optional
        Where the image has none of its own, as a difference; measured by default.
    """
    stars = stars or star_width(frame)
    evidence = evidence_of(frame, stars.fwhm, search)
    lines = straight_lines(frame, evidence, stars, search)
    return detection_of(frame, lines, search, name, score=ranked(evidence.values))


def straight_lines(
    frame: Frame,
    evidence: Evidence,
    stars: StarWidth,
    search: Search,
    *,
    segments: Sequence[Segment] | None = None,
) -> list[Line]:
    """Lines that the evidence tells of, with their probability, the most probable first.

    Of segments, where they are given, as far as they are trails.
    """
    lines = find_lines(
        frame,
        evidence.values,
        stars,
        search,
        most=None if segments is None else search.most + 3,
        segments=segments,
    )
    return judged(lines, EVIDENCE)
