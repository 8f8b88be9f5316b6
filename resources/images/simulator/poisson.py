"""Poisson numbers for whole images, by inversion: exact, and quicker than one number at a time.

A number is the place in its distribution that a random quantile has. For 10 and more expected, the
quantile is that of a normal number, and an asymptotic series gives the place so closely that it is
looked up only where it could be the next one; for fewer, a table of cells of expectation and
quantile has the answer, but where a cell holds two. numpy's generator, exact as well, takes up to
three times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["nearly_with_normal", "poisson", "poisson_nearly"]

Floats = NDArray[np.float64]

FEW = 10.0
"""Expected numbers from which the series is used."""
MANY = 1e5
"""Expected numbers from which it needs no look: it is wrong in fewer than one of 1e8."""
SMOOTH_VARIANCE = 6.0
"""From which a sum with a normal number is drawn as one (`nearly_with_normal`)."""
_LEAST_READOUT = 0.5
"""Variance of the normal number, from which steps of single electrons do not show in the sum."""
_TRUSTED = 4.0
"""Standard deviations w, within which the series is off by `_OFF`, the sum of its first number and
its second times w**6, over the expectation at most."""
_OFF = 0.006, 3e-4
_LEVELS, _CELLS = 64, 2048
"""Of the table: cells for each expected number, and for all quantiles."""
_BLOCK = 1 << 15
"""Pixels at a time, so that what is between stays near the processor."""


def poisson(expected: Floats, random: np.random.Generator, *, out: Floats | None = None) -> Floats:
    """Poisson numbers.

    Parameters
    ----------
    expected : ndarray
        0 to 1e15, finite; not checked.
    random : numpy Generator
    out : ndarray, optional
        To be filled instead of a new one; `expected` itself is accepted.

    Returns
    -------
    ndarray
        Whole numbers, of the shape of `expected`.

    Notes
    -----
    Exact to the rounding of double precision up to 1e5 expected, and beyond to 1e-8 in probability.
    Each pixel has random numbers of its own, so that another expectation in one leaves the others
    as they are: frames with and without a trail have the same noise beside it.

    References
    ----------
    Giles, M. B. 2016, ACM Transactions on Mathematical Software 42, 7 (algorithm 955), the normal
    asymptotic expansion of the inverse; the bound of its third-order error was measured against the
    incomplete gamma function.
    """
    return _in_blocks(expected, random, _drawn, out)


def poisson_nearly(
    expected: Floats, random: np.random.Generator, *, out: Floats | None = None
) -> Floats:
    """Numbers that are nearly Poisson: the series alone, from single-precision normal numbers.

    Whole as well. Below 10 expected they are exact; above, the distribution differs from Poisson's
    by less than 0.005 in the probability of any set of outcomes.
    """
    return _in_blocks(expected, random, partial(_drawn, nearly=True), out)


def nearly_with_normal(
    expected: Floats, variance: float, random: np.random.Generator, *, out: Floats | None = None
) -> Floats:
    """Poisson numbers and a normal number of this variance, nearly, drawn as one.

    Where variances sum to 6 or more, one normal number is bent so that mean, variance and skewness
    are right; its cumulative distribution is right to 0.001. Elsewhere, or where the variance
    of the normal number is below 0.5, both are drawn.

    Parameters
    ----------
    expected : ndarray
        Of the Poisson numbers.
    variance : float
        Of the normal number.
    random : numpy Generator
    """
    return _in_blocks(expected, random, partial(_joint_block, variance=variance), out)


@dataclass(frozen=True, slots=True)
class _Streams:
    """Random numbers of a block of pixels, one of each kind for each, drawn when they are needed.

    Each kind has a generator of its own, so that what one pixel needs changes no other.

    Attributes
    ----------
    seeds : ndarray (3,)
    size : int
        Pixels of the block.
    at : ndarray of int, optional
        Which of them are asked for; all where none is given.
    """

    seeds: NDArray[np.int64]
    size: int
    at: NDArray[np.intp] | None = None

    def of(self, at: NDArray[np.intp]) -> _Streams:
        """Those of some of the pixels asked for."""
        return replace(self, at=at if self.at is None else self.at[at])

    def quantiles(self) -> Floats:
        """Even from 0 to 1, of which 1 is left out."""
        return self._asked(_generator(self.seeds[0]).random(self.size))

    def normals(self, kind: type, *, again: bool = False) -> NDArray[Any]:
        """Normal numbers, single or double; ``again``: others."""
        seed = self.seeds[2 if again else 1]
        return self._asked(_generator(seed).standard_normal(self.size, dtype=kind))

    def _asked(self, drawn: NDArray[Any]) -> NDArray[Any]:
        return drawn if self.at is None else drawn[self.at]


def _generator(seed: np.int64) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(int(seed)))


def _in_blocks(
    expected: Floats,
    random: np.random.Generator,
    draw: Callable[[Floats, _Streams], Floats],
    out: Floats | None,
) -> Floats:
    """Draw for a block of pixels at a time."""
    flat = np.ravel(expected)
    # Of an array that is turned, a flat view would be a copy, and what is drawn into it lost.
    made = out if out is not None and out.flags.c_contiguous else np.empty(np.shape(expected))
    drawn = made.reshape(-1)
    seeds = random.integers(0, 2**63 - 1, (-(-len(flat) // _BLOCK), 3))
    for number, own in enumerate(seeds):
        block = slice(number * _BLOCK, (number + 1) * _BLOCK)
        part = flat[block]
        drawn[block] = draw(part, _Streams(own, len(part)))
    if out is None or out is made:
        return made
    out[...] = made
    return out


def _drawn(expected: Floats, streams: _Streams, *, nearly: bool = False) -> Floats:
    many = _many_nearly if nearly else _many
    is_few = expected < FEW
    if not is_few.any():
        return many(expected, streams)
    if is_few.all():
        return _few(expected, streams)
    drawn = np.empty_like(expected)
    # Places instead of a mask, whose every use costs a search.
    for at, draw in ((np.flatnonzero(is_few), _few), (np.flatnonzero(~is_few), many)):
        drawn[at] = draw(expected[at], streams.of(at))
    return drawn


def _joint_block(expected: Floats, streams: _Streams, *, variance: float) -> Floats:
    total = expected + variance
    rough = np.flatnonzero(total < SMOOTH_VARIANCE)
    if variance < _LEAST_READOUT or len(rough) == len(expected):
        return _drawn_and_normal(expected, streams, variance)
    normal = streams.normals(np.float32)
    # Cornish and Fisher's term of the skewness, whose own variance is taken off again.
    bend = (expected / (6.0 * total)).astype(np.float32)
    sigma = np.sqrt(total.astype(np.float32) - 2 * bend * bend)
    drawn: Floats = expected + (normal * sigma + bend * (normal * normal - 1))
    if len(rough):
        drawn[rough] = _drawn_and_normal(expected[rough], streams.of(rough), variance)
    return drawn


def _drawn_and_normal(expected: Floats, streams: _Streams, variance: float) -> Floats:
    drawn = _drawn(expected, streams, nearly=True)
    if variance:
        drawn += np.float32(variance**0.5) * streams.normals(np.float32, again=True)
    return drawn


def _series(expected: Floats, normal: Floats) -> Floats:
    """Where in a Poisson distribution a normal quantile is; its integer part is the number."""
    root = np.sqrt(expected)
    square = normal * normal
    place = (square * (1 / 270) + 7 / 810) * square
    place -= 8 / 405
    place /= root
    place -= (square * (1 / 72) + 1 / 36) * normal
    place /= root
    place += square * (1 / 6) + 1 / 3
    place += root * normal
    place += expected
    return np.asarray(place)


def _many(expected: Floats, streams: _Streams) -> Floats:
    normal = streams.normals(np.float64)
    place = _series(expected, normal)
    drawn = np.floor(place)
    # Near a whole number, or far out, the series may be off by one.
    square = normal * normal
    margin = (square * square * square * _OFF[1] + _OFF[0]) / expected
    place -= drawn
    place -= 0.5
    doubtful = (0.5 - np.abs(place) < margin) | (square > _TRUSTED**2)
    doubtful &= expected < MANY
    at = np.flatnonzero(doubtful)
    if len(at):
        drawn[at] = _settled(drawn[at], expected[at], normal[at])
    return np.maximum(drawn, 0.0, out=drawn)


def _settled(drawn: Floats, expected: Floats, normal: Floats) -> Floats:
    """Numbers moved to where the cumulative distribution passes the quantile."""
    from scipy.special import ndtr, pdtr, pdtrc

    drawn = np.maximum(drawn, 0.0)
    # Of the two tails the smaller one is compared, which is the more precise.
    low, tail = normal < 0.0, ndtr(-np.abs(normal))
    active = np.arange(len(drawn))
    while len(active):
        at, mean, lower, share = drawn[active], expected[active], low[active], tail[active]
        up = np.where(lower, pdtr(at, mean) <= share, pdtrc(at, mean) >= share)
        below = np.maximum(at - 1.0, 0.0)
        down = np.where(lower, pdtr(below, mean) > share, pdtrc(below, mean) < share) & (at > 0.0)
        step = up.astype(np.float64) - down
        drawn[active] += step
        active = active[step != 0.0]
    return drawn


def _many_nearly(expected: Floats, streams: _Streams) -> Floats:
    normal = streams.normals(np.float32)
    root = np.sqrt(expected.astype(np.float32))
    square = normal * normal
    aside = root * normal
    aside += square * np.float32(1 / 6) + np.float32(1 / 3)
    aside -= (square * np.float32(1 / 72) + np.float32(1 / 36)) * normal / root
    return np.asarray(np.maximum(np.floor(expected + aside), 0.0))


@lru_cache(maxsize=1)
def _table() -> NDArray[np.int8]:
    """The number in each cell of expectation and quantile, or -1 less the lowest of several."""
    from scipy.special import pdtr

    levels = np.arange(int(FEW) * _LEVELS + 1) / _LEVELS
    below = pdtr(np.arange(64)[None, :], levels[:, None])
    edges = np.arange(_CELLS + 1) / _CELLS
    table = np.empty((len(levels) - 1, _CELLS), np.int8)
    for level in range(len(table)):
        # Numbers grow with the expectation and with the quantile: corners bound a cell.
        lowest = np.searchsorted(below[level], edges[:-1], side="right")
        highest = np.searchsorted(below[level + 1], edges[1:], side="left")
        table[level] = np.where(lowest == highest, lowest, -1 - lowest)
    table.flags.writeable = False
    return table


def _few(expected: Floats, streams: _Streams) -> Floats:
    from scipy.special import pdtr

    quantile = streams.quantiles()
    cells = (expected * _LEVELS).astype(np.intp)
    cells *= _CELLS
    cells += (quantile * _CELLS).astype(np.intp)
    drawn = _table().ravel()[cells]
    active = np.flatnonzero(drawn < 0)
    drawn[active] = -1 - drawn[active]
    while len(active):
        active = active[pdtr(drawn[active], expected[active]) <= quantile[active]]
        drawn[active] += 1
    return drawn.astype(np.float64)
