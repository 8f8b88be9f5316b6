"""`deep`: a network marks pixels that may lie on trails, and lines are fitted there on the image.

The score is the probability of each pixel to lie within half a width of a trail, by the errors of
the fit; beside the trails a thousandth of the network's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from satvo.resources.masks.found import Detection
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.chain import find_lines
from satvo.resources.masks.lines.painting import paint
from satvo.resources.masks.lines.probability import judged
from satvo.resources.masks.lines.width import star_width
from satvo.resources.masks.networks import unet
from satvo.resources.masks.search import Prior, Search

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["NEEDS_PRIOR", "TAKES_SEQUENCE", "detect", "detect_with"]

TAKES_SEQUENCE = False
NEEDS_PRIOR = False

_BACKGROUND = 1e-3
"""Of the network's score that is left where no trail was fitted: it ranks, and marks nothing."""


def detect(
    image: ArrayLike | Frame,
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
) -> Detection:
    """Find trails by satvo's network and fit them; see `registry.Detector`.

    Expected trails (`prior`) play no part: `by-hand` and `predicted` are for them.
    """
    return detect_with(Frame.of(image, wcs=wcs), search or Search(), unet.DEFAULT, "deep")


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
    score = np.asarray(_BACKGROUND * expit(logits), np.float32)
    stars = star_width(frame)
    lines = judged(find_lines(frame, logits - np.median(logits), stars, search), "network")
    for line in lines:
        paint(score, line.fit, mask_width=search.mask_width, probability=line.probability)
    score[~frame.usable] = 0.0
    trails = tuple(
        line.trail(frame, name)
        for line in lines
        if line.probability >= search.threshold
        and (search.snr_min is None or line.fit.snr >= search.snr_min)
    )
    return Detection(trails[: search.most], score)
