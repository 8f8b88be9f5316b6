"""Pixels that are full, and where the charge goes that they cannot hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["bleed"]

Floats = NDArray[np.float64]


def bleed(electrons: Floats, full_well: float) -> float:
    """Let what is above the full well run along its column, half of it up and half of it down.

    Charge goes from pixel to pixel until it finds room. What reaches an end of the column turns
    back once; what finds no room even then is lost.

    Parameters
    ----------
    electrons : ndarray (rows, columns)
        Changed.
    full_well : float
        What a pixel holds, e-.

    Returns
    -------
    float
        Electrons lost; 0 unless a column is full from end to end.

    Notes
    -----
    Left out are charge that is held back in transfer, and the blooming across channel stops.

    Examples
    --------
    >>> image = np.array([[0.0], [0.0], [50.0], [4.0], [0.0]])
    >>> bleed(image, 10.0)
    4.0
    >>> image.ravel()
    array([10., 10., 10., 10., 10.])
    """
    columns = np.flatnonzero((electrons > full_well).any(0))
    if not len(columns):
        return 0.0
    charge = electrons[:, columns]
    over = np.maximum(charge - full_well, 0.0)
    charge -= over
    down = np.floor(over / 2)
    left = _run(charge, over - down, full_well)
    left += _run(charge[::-1], down[::-1], full_well)
    if left.any():
        for way in (charge, charge[::-1]):
            start = np.zeros_like(way)
            start[0] = left
            left = _run(way, start, full_well)
    electrons[:, columns] = charge
    return float(left.sum())


def _run(charge: Floats, over: Floats, full_well: float) -> Floats:
    """Carry charge from the first row to the last; return what comes out, for each column.

    What is carried behind a row is the larger of 0 and what came plus what is added less what the
    row has room for: a queue, whose length is a running sum above its own minimum so far.
    """
    room = full_well - charge
    running = np.cumsum(over - room, 0)
    lowest = np.minimum(np.minimum.accumulate(running, 0), 0.0)
    carried = running - lowest
    came = np.zeros_like(carried)
    came[1:] = carried[:-1]
    charge += np.minimum(room, came + over)
    left: Floats = carried[-1].copy()
    return left
