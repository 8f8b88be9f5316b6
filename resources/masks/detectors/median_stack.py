"""`median-stack`: each image of a sequence less the median of others, searched as by `simple`.

What stands still on the sky is in all images and goes; a trail is in one and stays. The images are
shifted onto each other by their stars first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike
from satvo.resources.masks.classic.sequences import (
    combined,
    frames_of,
    less,
    searched,
    shifts_to_first,
)
from satvo.resources.masks.classic.straight import straight_trails
from satvo.resources.masks.classic.tiles import detected_in_tiles
from satvo.resources.masks.found import Detection
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.width import star_width
from satvo.resources.masks.search import Prior, Search

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["NEEDS_PRIOR", "TAKES_SEQUENCE", "detect_sequence"]

TAKES_SEQUENCE = True
NEEDS_PRIOR = False

_LEAST = 3
_OTHERS = 8
"""Images that the median is of at most: the nearest in time. Memory is that of ten images."""


def detect_sequence(
    images: Sequence[ArrayLike | Frame],
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
) -> list[Detection]:
    """Find the trails of each image by what the others have not; see `registry.Detector`.

    Three images or more. Expected trails (`prior`) play no part.
    """
    search = searched(search)
    frames = frames_of(images, _LEAST)
    shifts, notes = shifts_to_first(frames)
    detections = []
    for number, frame in enumerate(frames):
        near = sorted(range(len(frames)), key=lambda other: abs(other - number))[1 : _OTHERS + 1]
        median, counts = combined(
            [frames[other] for other in near], [shifts[other] for other in near], shifts[number]
        )
        left, stars = less(frame, median, counts), star_width(frame)
        found = detected_in_tiles(
            left,
            lambda part, stars=stars: straight_trails(  # type: ignore[misc]
                part, search, "median-stack", stars=stars
            ),
            search.most,
        )
        detections.append(Detection(found.trails, found.score, (*found.notes, *notes)))
    return detections
