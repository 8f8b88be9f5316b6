"""`deep`: a network marks pixels that may lie on trails, and lines are fitted there on the image.

The score is the probability of each pixel to lie within half a width of a trail, by the errors of
the fit; beside the trails a thousandth of the network's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.masks.found import Detection
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.chain import Line, find_lines
from satvo.resources.masks.lines.probability import judged
from satvo.resources.masks.lines.profile import full_width
from satvo.resources.masks.lines.width import StarWidth, star_width
from satvo.resources.masks.networks import unet
from satvo.resources.masks.search import Prior, Search
from satvo.resources.masks.training.distance import likeness_note

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = [
    "NEEDS_PRIOR",
    "TAKES_SEQUENCE",
    "TAKES_THREADS",
    "answer",
    "detect",
    "detect_with",
    "lines_by",
]

TAKES_SEQUENCE = False
NEEDS_PRIOR = False
TAKES_THREADS = True

_BACKGROUND = 1e-3
"""Of the network's score that is left where no trail was fitted: it ranks, and marks nothing."""


def detect(
    image: ArrayLike | Frame,
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
    threads: int = 1,
) -> Detection:
    """Find trails by satvo's network and fit them; see `registry.Detector`.

    Expected trails (`prior`) play no part: `by-hand` and `predicted` are for them.
    """
    frame = Frame.of(image, wcs=wcs)
    return detect_with(frame, search or Search(), unet.DEFAULT, "deep", threads=threads)


def detect_with(
    frame: Frame, search: Search, network: str | Path, name: str, *, threads: int = 1
) -> Detection:
    """The same by any network that marks pixels.

    Parameters
    ----------
    frame : Frame
    search : Search
    network : str or Path
        As for `networks.unet.logits`.
    name : str
        Of the detector, told with its trails.
    threads : int
        That the network computes on.
    """
    from scipy.special import expit

    logits = unet.logits(frame, network=network, threads=threads)
    stars = star_width(frame)
    lines = lines_by(logits, frame, stars, search)
    score = np.asarray(_BACKGROUND * expit(_widened(logits, stars, search)), np.float32)
    for line in lines:
        line.paint(score, search.mask_width)
    return answer(frame, search, score, lines, network, name)


def _widened(logits: NDArray[np.float32], stars: StarWidth, search: Search) -> NDArray[np.float32]:
    """Logits of masks one width wide as those of masks as wide as is asked for."""
    from scipy import ndimage

    further = (search.mask_width - 1.0) / 2.0 * full_width(stars.fwhm)
    if further < 0.5:
        return logits
    return np.asarray(ndimage.maximum_filter(logits, 2 * round(further) + 1), np.float32)


def lines_by(
    logits: NDArray[np.float32], frame: Frame, stars: StarWidth, search: Search
) -> list[Line]:
    """The lines that the logits of a network tell of, fitted on the image and judged.

    Parameters
    ----------
    logits : ndarray of float32 (rows, columns)
    frame : Frame
    stars : StarWidth
        Of the frame.
    search : Search
    """
    found = find_lines(frame, logits - np.median(logits), stars, search)
    return judged(found, "network")


def answer(
    frame: Frame,
    search: Search,
    score: NDArray[np.float32],
    lines: Sequence[Line],
    network: str | Path,
    name: str,
) -> Detection:
    """Score and lines as a detector gives them: what `search` asks for, and no score without value.

    Parameters
    ----------
    frame : Frame
    search : Search
    score : ndarray of float32 (rows, columns)
        Changed.
    lines : sequence of Line
        The most probable first.
    network : str or Path
        That a note is about, where the image is unlike what it was trained on.
    name : str
        Of the detector.
    """
    score[~frame.usable] = 0.0
    trails = tuple(
        line.trail(frame, name)
        for line in lines
        if line.probability >= search.threshold
        and (search.snr_min is None or line.fit.snr >= search.snr_min)
    )
    note = likeness_note(frame, network)
    return Detection(trails[: search.most], score, () if note is None else (note,))
