"""`faint`: as `deep`, by the network that was trained on for faint trails alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numpy.typing import ArrayLike
from satvo.resources.masks.detectors.deep import detect_with
from satvo.resources.masks.found import Detection
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.search import Prior, Search

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["NEEDS_PRIOR", "TAKES_SEQUENCE", "TAKES_THREADS", "detect"]

TAKES_SEQUENCE = False
NEEDS_PRIOR = False
TAKES_THREADS = True

_NETWORK = "faint"


def detect(
    image: ArrayLike | Frame,
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
    threads: int = 1,
) -> Detection:
    """Find faint trails, of a mean S/N a pixel of 0.15 to 1.5; see `registry.Detector`.

    Expected trails (`prior`) play no part: `by-hand` and `predicted` are for them.
    """
    frame = Frame.of(image, wcs=wcs)
    return detect_with(frame, search or Search(), _NETWORK, "faint", threads=threads)
