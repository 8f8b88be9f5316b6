"""Evidence of trails without a network: significance, with the stars taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.classic.stars import compact_light
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.search import Search

__all__ = ["Evidence", "evidence_of"]

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

_CUT = (-4.0, 6.0)
_LEVEL_PX = 65
_LEAST_SHARE = 0.05
_QUIET = 2.5
"""Significance below which a pixel tells the level: the trail of another image, which is dark in a
difference, would else leave bright lines beside it."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What speaks for light that is no star's.

    Attributes
    ----------
    values : ndarray of float32 (rows, columns)
        Significance from -4 to 6, less its level within 32 pixels; 0 where nothing is known.
    compact : ndarray of bool (rows, columns)
        Pixels of stars and hot pixels.
    """

    values: Floats
    compact: Flags


def evidence_of(frame: Frame, star_px: float, search: Search) -> Evidence:
    """The evidence of an image.

    Parameters
    ----------
    frame : Frame
    star_px : float
        Full width at half maximum of its stars, pixel.
    search : Search
        Its least length: what is shorter and round is a star.

    Notes
    -----
    The cut keeps one bright star that was not taken out from being as good as a trail, and the
    level a halo: along 500 px a hundredth of the noise makes a line of a sigma.
    """
    from scipy import ndimage

    compact = compact_light(frame, star_px, search.lengths(frame)[0])
    counts = frame.usable & ~compact
    values = np.where(counts, np.clip(frame.significance, *_CUT), np.float32(0.0))
    quiet = counts & (np.abs(values) < _QUIET)
    share = ndimage.uniform_filter(quiet.astype(np.float32), _LEVEL_PX)
    level = ndimage.uniform_filter(np.where(quiet, values, np.float32(0.0)), _LEVEL_PX)
    level /= np.maximum(share, _LEAST_SHARE)
    values[counts] -= level[counts]
    return Evidence(values, compact)
