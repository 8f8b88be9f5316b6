"""Images of bright light in the other amplifiers of a detector."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.models.model import Chip, Part
from satvo.resources.trails.stamps import Stamp
from satvo.schemas.errors import BadParameter

__all__ = ["crosstalk"]

Floats = NDArray[np.float64]


def crosstalk(before: Floats, after: Floats, chip: Chip) -> list[Part]:
    """What the light that came to an image does in the other amplifiers (kind crosstalk).

    Each amplifier adds c S + d S**2 of the signal S of every other one, in the pixel that is read
    at the same time, with c and d the chip's `crosstalk` and `crosstalk_per_electron`. What the
    image had before the light came has done so already: the difference is given.

    Parameters
    ----------
    before, after : ndarray (rows, columns)
        Electrons as they are read, without and with the light.
    chip : Chip
        The image is divided evenly among its amplifiers; rows and columns that are left over at the
        far edges take no part. Amplifiers of the upper half are read upwards, so that their rows
        are mirrored.

    Raises
    ------
    BadParameter
        If there are more amplifiers than rows or columns.

    References
    ----------
    Tyson, J. A., et al. 2020, AJ 160, 226, section 4 (non-linear crosstalk of the Rubin sensors);
    the quadratic form is the one that the LSST pipelines correct by (lsst/ip_isr, crosstalk.py:
    coeffs and coeffsSqr).
    """
    down, across = chip.amplifiers
    if down * across == 1 or not (chip.crosstalk or chip.crosstalk_per_electron):
        return []
    high, wide = after.shape[0] // down, after.shape[1] // across
    if not high or not wide:
        raise BadParameter(
            f"amplifiers={chip.amplifiers} for an image of {after.shape}: no more than its rows "
            "and columns are accepted"
        )
    rows, columns = high * down, wide * across
    signal = _leaked(after[:rows, :columns], chip) - _leaked(before[:rows, :columns], chip)
    parts = signal.reshape(down, high, across, wide)
    # Mirrored, the pixels of one place in the arrays are read at one time.
    parts[(down + 1) // 2 :] = parts[(down + 1) // 2 :, ::-1].copy()
    given = parts.sum((0, 2), keepdims=True) - parts
    given[(down + 1) // 2 :] = given[(down + 1) // 2 :, ::-1].copy()
    return [Part("crosstalk", Stamp(given.reshape(rows, columns), 0, 0))]


def _leaked(signal: Floats, chip: Chip) -> Floats:
    positive = np.maximum(signal, 0.0)
    return np.asarray(chip.crosstalk * positive + chip.crosstalk_per_electron * positive**2)
