"""Straight edges of an image: Canny's edges, and the lines of a probabilistic Hough transform."""

from __future__ import annotations

import math

import numpy as np
from satvo.resources.masks.classic.evidence import Evidence
from satvo.resources.masks.classic.tiles import joined
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.search import Segment, sampled
from satvo.resources.masks.search import Search

__all__ = ["hough_segments"]

_STEEP = 18.0
"""Gradient (of Sobel's operator, in sigma of the smoothed image, for 1 px) at which an edge begins;
less by the root of the smoothing. Noise reaches it in one pixel of ten thousand."""
_MOST_LINES = 400
_VOTES = 12
_GAP_PX = 12
_SEED = 0
_OF_BINS, _ABOVE_LEVEL = 0.39, 0.37
"""What sums over bins of 4 pixels, and those less their level, have of the sum along the middle:
as of a clear trail. The probability of a line is calibrated by these (`lines/search.py`)."""


def hough_segments(frame: Frame, evidence: Evidence, width: float, search: Search) -> list[Segment]:
    """Segments along edges of an image without its stars, the longest first.

    Parameters
    ----------
    frame : Frame
    evidence : Evidence
        Of the frame.
    width : float
        Full width at half maximum of a star, pixel, to which the image is smoothed.
    search : Search
        Its least length.

    Notes
    -----
    A trail has two edges, and each gives several lines: they are joined to one.
    """
    from skimage.feature import canny
    from skimage.transform import probabilistic_hough_line

    least, _ = search.lengths(frame)
    sigma = max(width / 2.355, 0.7)
    values = evidence.values * np.float32(2.0 * math.sqrt(math.pi) * sigma)
    high = _STEEP / math.sqrt(sigma)
    counts = frame.usable & ~evidence.compact
    edges = canny(values, sigma=sigma, low_threshold=high / 2.0, high_threshold=high, mask=counts)
    lines = probabilistic_hough_line(
        edges, threshold=_VOTES, line_length=int(0.7 * least), line_gap=_GAP_PX, rng=_SEED
    )
    found = np.array([[*start, *end] for start, end in lines], dtype=np.float64).reshape(-1, 4)
    lengths = np.hypot(found[:, 2] - found[:, 0], found[:, 3] - found[:, 1])
    found = joined(found[np.argsort(-lengths)[:_MOST_LINES]], 1.5 * width + 1.0, _GAP_PX)
    return [_told(evidence, *segment) for segment in found.tolist()]


def _told(evidence: Evidence, x0: float, y0: float, x1: float, y1: float) -> Segment:
    """With the significance of the light along it, in the measure of the search by sums."""
    count = max(int(math.hypot(x1 - x0, y1 - y0)), 2)
    part = np.linspace(0.0, 1.0, count)
    light = sampled(evidence.values, x0 + part * (x1 - x0), y0 + part * (y1 - y0))
    total = float(light.sum())
    significance = _OF_BINS * total / math.sqrt(count)
    return Segment((x0, y0), (x1, y1), significance, _ABOVE_LEVEL * total)
