"""Pixels near a trail that have light of something else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.outputs.strip import Strip

__all__ = ["star_pixels"]

_CORE, _RIM = 4.0, 1.5


def star_pixels(
    shape: tuple[int, int], strip: Strip, pulls: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which pixels are 4 standard deviations off the model, or beside such and 1.5 above it.

    Parameters
    ----------
    shape : (int, int)
        Of the image.
    strip : Strip
    pulls : ndarray (n,)
        The image less sky and trail, in standard deviations.
    """
    if not len(pulls):
        return np.zeros(0, bool)
    top, left = int(strip.rows.min()), int(strip.columns.min())
    tall, wide = int(strip.rows.max()) - top + 3, int(strip.columns.max()) - left + 3
    rows, columns = strip.rows - top + 1, strip.columns - left + 1
    core = np.zeros((tall, wide), bool)
    found: NDArray[np.bool_] = np.abs(pulls) > _CORE
    for _ in range(3):
        core[rows, columns] = found
        near = np.zeros(len(pulls), bool)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                near |= core[rows + down, columns + right]
        found = found | (near & (pulls > _RIM))
    return found
