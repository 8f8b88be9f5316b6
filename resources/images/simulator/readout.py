"""What a detector gives of an exposure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Readout"]

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Readout:
    """What a detector gives of an exposure.

    Attributes
    ----------
    counts : ndarray (rows, columns)
        ADU: uint8, uint16 or uint32 as the bit depth asks, float32 where nothing is digitised.
    saturated : ndarray (rows, columns) of bool
        Where a pixel was full or the converter at its end.
    cosmic_rays : ndarray (rows, columns) of bool
        Where a particle left charge.
    bad : ndarray (rows, columns) of bool
        Hot and dead pixels.
    electrons_lost : float
        That bleeding found no room for.
    """

    counts: NDArray[Any]
    saturated: Bools
    cosmic_rays: Bools
    bad: Bools
    electrons_lost: float = 0.0
