"""`hough`: Canny's edges and the lines of a probabilistic Hough transform, fitted on the image.

What most pipelines do. It needs edges, so it finds trails whose light stands out pixel by pixel:
above an average of about 1.5 sigma. Pieces of one trail are joined, and fitted and judged as in
`simple`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numpy.typing import ArrayLike
from satvo.resources.masks.classic.evidence import evidence_of
from satvo.resources.masks.classic.hough_lines import hough_segments
from satvo.resources.masks.classic.results import detection_of, ranked
from satvo.resources.masks.classic.straight import straight_lines
from satvo.resources.masks.classic.tiles import detected_in_tiles
from satvo.resources.masks.found import Detection
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.width import star_width
from satvo.resources.masks.search import Prior, Search

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["NEEDS_PRIOR", "TAKES_SEQUENCE", "detect"]

TAKES_SEQUENCE = False
NEEDS_PRIOR = False


def detect(
    image: ArrayLike | Frame,
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
) -> Detection:
    """Find straight trails by their edges; see `registry.Detector`.

    Expected trails (`prior`) play no part: `by-hand` and `predicted` are for them.
    """
    frame, search = Frame.of(image, wcs=wcs), search or Search()
    return detected_in_tiles(frame, lambda part: _detected(part, search), search.most)


def _detected(frame: Frame, search: Search) -> Detection:
    stars = star_width(frame)
    evidence = evidence_of(frame, stars.fwhm, search)
    segments = hough_segments(frame, evidence, stars.fwhm, search)
    lines = straight_lines(frame, evidence, stars, search, segments=segments)
    return detection_of(frame, lines, search, "hough", score=ranked(evidence.values))
