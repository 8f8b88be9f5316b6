"""`predicted`: trails of known satellites, searched for where PassPredict expects them.

`expected_from_transits` makes the corridors of a transit list. Few lines fit into a corridor, so
that less light is enough than in a blind search; the notes say how many were looked at, how clear
the best was, and how probable it is with that counted. Those that are not found are left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from satvo.resources.masks.classic.evidence import evidence_of
from satvo.resources.masks.classic.expected_lines import placed
from satvo.resources.masks.classic.expecting import expected_from_transits
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.width import star_width
from satvo.resources.masks.search import Prior, Search
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["NEEDS_PRIOR", "TAKES_SEQUENCE", "detect", "expected_from_transits"]

TAKES_SEQUENCE = False
NEEDS_PRIOR = True


def detect(
    image: ArrayLike | Frame,
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
) -> Detection:
    """Find the trails of `prior` in an image, each in its corridor; see `registry.Detector`.

    Raises
    ------
    BadParameter
        If none is given.
    """
    if not prior:
        raise BadParameter(
            "predicted needs the trails that are expected; give a transit list of PassPredict "
            "(satvo passes -o) for this image"
        )
    frame, search = Frame.of(image, wcs=wcs), search or Search()
    stars = star_width(frame)
    evidence = evidence_of(frame, stars.fwhm, search)
    score = np.zeros(frame.shape, dtype=np.float32)
    trails: list[FoundTrail] = []
    notes: list[str] = []
    for number, expected in enumerate(prior, 1):
        seen, found = placed(frame, evidence, stars, expected, "predicted")
        name = expected.name or (f"{expected.norad_id}" if expected.norad_id else f"{number}")
        if found is None:
            notes.append(f"{name}: not in the image")
            continue
        probability = found.probability if seen is not None else 0.0
        notes.append(
            f"{name}: of {found.trials:.0f} lines the clearest has {found.snr:.1f} sigma, "
            f"probability {probability:.3g}"
        )
        if seen is None:
            continue
        seen.paint(score, search.mask_width, probability)
        if probability >= search.threshold and seen.trail.snr >= (search.snr_min or 0.0):
            trails.append(replace(seen.trail, score=probability))
    score[~frame.usable] = 0.0
    trails.sort(key=lambda trail: -trail.score)
    return Detection(tuple(trails), score, tuple(notes))
