"""`difference`: each image of a sequence less its neighbours, searched as by `simple`.

Of two images that follow each other, shifted onto each other by their stars, the difference is
bright where a trail is in the first, and dark where one is in the second. An image is taken less
each of its neighbours, and what is found in one difference or the other is told once. Two images
are enough, where `median-stack` needs three, and light that changes slowly goes better; noise is
larger by a fifth or more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from satvo.resources.masks.classic.sequences import (
    combined,
    frames_of,
    less,
    searched,
    shifts_to_first,
)
from satvo.resources.masks.classic.straight import straight_trails
from satvo.resources.masks.classic.tiles import detected_in_tiles, told_once
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.width import StarWidth, star_width
from satvo.resources.masks.search import Prior, Search

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["NEEDS_PRIOR", "TAKES_SEQUENCE", "detect_sequence"]

TAKES_SEQUENCE = True
NEEDS_PRIOR = False

_LEAST = 2


def detect_sequence(
    images: Sequence[ArrayLike | Frame],
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
) -> list[Detection]:
    """Find the trails of each image by what its neighbours have not; see `registry.Detector`.

    Two images or more. Expected trails (`prior`) play no part.
    """
    search = searched(search)
    frames = frames_of(images, _LEAST)
    shifts, notes = shifts_to_first(frames)
    detections = []
    for number, frame in enumerate(frames):
        stars = star_width(frame)
        score = np.zeros(frame.shape, dtype=np.float32)
        trails: list[FoundTrail] = []
        for other in (number - 1, number + 1):
            if 0 <= other < len(frames):
                light, counts = combined([frames[other]], [shifts[other]], shifts[number])
                found = _found(less(frame, light, counts), stars, search)
                np.maximum(score, found.score, out=score)
                trails += found.trails
        once = told_once(sorted(trails, key=lambda trail: -trail.snr))
        detections.append(Detection(tuple(once[: search.most]), score, notes))
    return detections


def _found(left: Frame, stars: StarWidth, search: Search) -> Detection:
    return detected_in_tiles(
        left, lambda part: straight_trails(part, search, "difference", stars=stars), search.most
    )
