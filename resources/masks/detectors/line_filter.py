"""`simple`: sums of significance along lines of all directions, fitted where they stand out.

No weights of a network: what the image holds beside its stars, in bins of 4 pixels, summed along
lines of 64 px and more, so that trails inside the image are found as well as those that cross it,
narrow ones as well as wide. The probability of a line is by a regression on simulated frames
(`lines/probability.yaml`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numpy.typing import ArrayLike
from satvo.resources.masks.classic.straight import straight_trails
from satvo.resources.masks.classic.tiles import detected_in_tiles
from satvo.resources.masks.found import Detection
from satvo.resources.masks.frame import Frame
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
    """Find straight trails by sums along lines; see `registry.Detector`.

    Expected trails (`prior`) play no part: `by-hand` and `predicted` are for them.
    """
    frame, search = Frame.of(image, wcs=wcs), search or Search()
    return detected_in_tiles(
        frame, lambda part: straight_trails(part, search, "simple"), search.most
    )
