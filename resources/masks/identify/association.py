"""Which trail is which satellite, where each satellite makes one trail at most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["associated"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_EXACT_TO = 10  # trails that compete, 2^10 sets of them
_COUNTS_FROM = 1e-100
_SUREST = 200.0  # no odds come near; what is more would leave no digits for the others
_ROUNDS = 200
_SETTLED = 1e-9


def associated(log_odds: Floats) -> Floats:
    """Probabilities of satellites for trails.

    Parameters
    ----------
    log_odds : ndarray (trails, satellites)
        Natural logarithm of the density of each trail, were it that satellite, by that of an object
        that is not known. -inf for what cannot be.

    Returns
    -------
    ndarray (trails, satellites)
        What is missing from 1 in a row is the probability that none of them is it.

    Notes
    -----
    All ways to give up to ten trails that compete for satellites are summed. Among more it is
    belief propagation (Williams and Lau 2014, IEEE Transactions on Aerospace and Electronic Systems
    50, 2942, equations 22 to 26), which is too sure of itself where two satellites go side by side:
    in images of real trains it said 0.999 where 0.69 was right.

    Examples
    --------
    >>> import numpy as np
    >>> associated(np.log([[100.0, 98.0], [1e-9, 1e6]])).round(2).tolist()
    [[0.99, 0.0], [0.0, 1.0]]
    """
    log_odds = np.minimum(log_odds, _SUREST)
    # Relative to the largest of each row, that of the unknown object (0) among them.
    top = np.maximum(log_odds.max(axis=1, initial=0.0, keepdims=True), 0.0)
    weight, none = np.exp(log_odds - top), np.exp(-top[:, 0])
    found = np.zeros(log_odds.shape)
    competes = weight > _COUNTS_FROM * (none[:, None] + weight.sum(axis=1, keepdims=True))
    for rows in _groups(competes):
        columns = np.flatnonzero(competes[rows].any(axis=0))
        part = weight[np.ix_(rows, columns)]
        give = _summed if len(rows) <= _EXACT_TO else _propagated
        found[np.ix_(rows, columns)] = give(part, none[rows])
    return found


def _groups(competes: NDArray[np.bool_]) -> list[Ints]:
    """Rows that share columns with each other and with no other row."""
    left = set(range(len(competes)))
    groups = []
    while left:
        group, fresh = set[int](), {min(left)}
        while fresh:
            group |= fresh
            columns = competes[sorted(fresh)].any(axis=0)
            fresh = {row for row in left - group if (competes[row] & columns).any()}
        left -= group
        groups.append(np.array(sorted(group), dtype=np.int64))
    return groups


def _summed(weight: Floats, none: Floats) -> Floats:
    """Over all ways; trails given so far are the bits of a number."""
    count, satellites = weight.shape
    sets = np.arange(1 << count)
    bits = [1 << row for row in range(count)]
    lacks = [(sets & bit) == 0 for bit in bits]
    given = np.zeros((satellites + 1, len(sets)))  # by the satellites before one
    given[0, 0] = 1.0
    left = np.ones((satellites + 1, len(sets)))  # ways to give a set to those from one on, or none
    for row, lack in enumerate(lacks):
        left[-1] *= np.where(lack, 1.0, none[row])
    for i in range(satellites):
        given[i + 1] = given[i]
        for row, bit in enumerate(bits):
            given[i + 1][sets[lacks[row]] | bit] += weight[row, i] * given[i][lacks[row]]
    for i in reversed(range(satellites)):
        left[i] = left[i + 1]
        for row, bit in enumerate(bits):
            without = sets[~lacks[row]] ^ bit
            left[i][~lacks[row]] += weight[row, i] * left[i + 1][without]
    found = np.zeros(weight.shape)
    for row, bit in enumerate(bits):
        others = sets[lacks[row]]
        rest = (len(sets) - 1) ^ bit ^ others
        ways = np.sum(given[:-1, others] * left[1:, rest], axis=1)
        found[row] = weight[row] * ways
    return np.asarray(found / left[0, -1])


def _propagated(weight: Floats, none: Floats) -> Floats:
    """By messages between trails and satellites."""
    weight = weight / none[:, None].clip(1e-200)
    free = np.ones(weight.shape)  # that no other trail has taken the satellite
    for _ in range(_ROUNDS):
        open_weight = weight * free
        claim = weight / (1.0 + open_weight.sum(axis=1, keepdims=True) - open_weight)
        others = np.maximum(claim.sum(axis=0, keepdims=True) - claim, 0.0)
        before, free = free, 1.0 / (1.0 + others)
        if np.max(np.abs(free - before)) < _SETTLED:
            break
    open_weight = weight * free
    return np.asarray(open_weight / (1.0 + open_weight.sum(axis=1, keepdims=True)))
