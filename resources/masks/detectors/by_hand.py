"""`by-hand`: trails that a user points at, refined within the errors that are stated.

Each is searched for in its corridor and fitted there. One that does not stand out from the noise is
kept as it was told, since the user may know better; all have score 1.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from satvo.resources.masks.classic.evidence import evidence_of
from satvo.resources.masks.classic.expected_lines import as_told, placed
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.width import star_width
from satvo.resources.masks.search import Prior, Search
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["NEEDS_PRIOR", "TAKES_SEQUENCE", "detect"]

TAKES_SEQUENCE = False
NEEDS_PRIOR = True

_TOLD = 1.0


def detect(
    image: ArrayLike | Frame,
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
) -> Detection:
    """Place the trails of `prior` on an image; see `registry.Detector`.

    Raises
    ------
    BadParameter
        If none is given, or one is not a line of two points or more.
    """
    if not prior:
        raise BadParameter(
            "by-hand needs the trails that are pointed at; give two points or more of each"
        )
    frame, search = Frame.of(image, wcs=wcs), search or Search()
    stars = star_width(frame)
    evidence = evidence_of(frame, stars.fwhm, search)
    score = np.zeros(frame.shape, dtype=np.float32)
    trails: list[FoundTrail] = []
    notes: list[str] = []
    for number, expected in enumerate(prior, 1):
        name = expected.name or f"trail {number}"
        seen, found = placed(frame, evidence, stars, expected, "by-hand")
        if seen is None or found is None or found.probability < search.threshold:
            seen = as_told(frame, stars, expected, found, "by-hand")
            notes.append(f"{name} does not stand out from the noise; it is kept where it was told")
        if seen is None:
            raise BadParameter(
                f"{name}: two points or more at least a pixel apart are accepted for a trail by "
                f"hand, not {list(expected.xy)}"
            )
        seen.paint(score, search.mask_width, _TOLD)
        trails.append(replace(seen.trail, score=_TOLD))
    score[~frame.usable] = 0.0
    return Detection(tuple(trails), score, tuple(notes))
