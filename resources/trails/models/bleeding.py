"""Charge that runs over along the columns of a CCD."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.models.model import Part
from satvo.resources.trails.stamps import Stamp

__all__ = ["bleeding", "filling"]

Floats = NDArray[np.float64]


def bleeding(before: Floats, after: Floats, full_well: float) -> list[Part]:
    """What full pixels lose (kind saturated) and their neighbours along the column get (bleed).

    Half of what is too much goes to each side, until pixels have taken all of it or it has left
    the detector. A pixel holds what it held before, where that was more than the full well.

    Parameters
    ----------
    before, after : ndarray (rows, columns)
        Electrons without and with what fills them.
    full_well : float
        Electrons.

    Returns
    -------
    list of Part
        None where no pixel is too full.

    Notes
    -----
    The same charge to both sides, no barrier between rows that fills more slowly, and no smear of
    the transfer: the columns of a real device are rarely so even.

    Examples
    --------
    >>> column = np.array([[0.0], [0.0], [500.0], [0.0], [0.0]])
    >>> lost, got = bleeding(np.zeros((5, 1)), column, 100.0)
    >>> (column + lost.stamp.light + got.stamp.light)[:, 0]
    array([100., 100., 100., 100., 100.])
    """
    over = after > np.maximum(before, full_well)
    columns = np.flatnonzero(over.any(axis=0))
    if not columns.size:
        return []
    first, last = int(columns[0]), int(columns[-1]) + 1
    some = slice(first, last)
    holds = np.maximum(before[:, some], full_well)
    kept = np.minimum(after[:, some], holds)
    excess = after[:, some] - kept
    got = np.zeros_like(kept)
    for order in (slice(None), slice(None, None, -1)):
        got[order] += _passed_on(excess[order] / 2.0, (holds - kept - got)[order])
    return [
        Part("saturated", Stamp(-excess, 0, first)),
        Part("bleed", Stamp(got, 0, first)),
    ]


def _passed_on(excess: Floats, room: Floats) -> Floats:
    """What each pixel takes of the charge that comes down the columns from the first row on."""
    taken = np.zeros_like(room)
    carried = np.zeros(room.shape[1])
    for row in np.flatnonzero(excess.any(axis=1))[:1].tolist():
        for each in range(row, len(room)):
            carried += excess[each]
            taken[each] = np.minimum(carried, room[each])
            carried -= taken[each]
    return taken


def filling(before: Floats, after: Floats, full_well: float) -> list[Part]:
    """What full pixels lose where nothing runs over (kind saturated), as in a CMOS detector."""
    excess = after - np.minimum(after, np.maximum(before, full_well))
    rows, columns = (np.flatnonzero(excess.any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return []
    row, column = int(rows[0]), int(columns[0])
    window = slice(row, int(rows[-1]) + 1), slice(column, int(columns[-1]) + 1)
    return [Part("saturated", Stamp(-excess[window], row, column))]
