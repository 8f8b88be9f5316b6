"""`unet`: the network of Janin-Potiron et al. 2024 (section 3.2), its own probability as the score.

The score is that of the whole image at once; `networks.unet.scores_by_windows` takes the mean over
windows, as the paper does, at some 200 times the cost. Trails are fitted as those of `deep`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from satvo.resources.masks.detectors.deep import answer, lines_by
from satvo.resources.masks.found import Detection
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.width import star_width
from satvo.resources.masks.networks.unet import logits
from satvo.resources.masks.search import Prior, Search

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["NEEDS_PRIOR", "TAKES_SEQUENCE", "TAKES_THREADS", "detect"]

TAKES_SEQUENCE = False
NEEDS_PRIOR = False
TAKES_THREADS = True

_NETWORK = "paper"


def detect(
    image: ArrayLike | Frame,
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
    threads: int = 1,
) -> Detection:
    """Find trails by the paper's network; see `registry.Detector`.

    Expected trails (`prior`) play no part: `by-hand` and `predicted` are for them.
    """
    from scipy.special import expit

    frame, search = Frame.of(image, wcs=wcs), search or Search()
    said = logits(frame, network=_NETWORK, threads=threads)
    lines = lines_by(said, frame, star_width(frame), search)
    return answer(frame, search, np.asarray(expit(said), np.float32), lines, _NETWORK, "unet")
