"""Straight lines in a map of evidence: sums along lines of four lengths in all directions.

A line of twice the length is two lines, one moved along the other, so that all lengths cost little
more than the longest (Brady, M. L. 1998, SIAM J. Comput. 27, 107; Nir, G., et al. 2018, AJ 156,
229, for trails of satellites).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Segment", "candidates", "sampled"]

Floats = NDArray[np.float32]

_BORDER_PX = 8  # of which no evidence is taken: an edge is a line
_LENGTHS = (16, 32, 64, 128)  # in bins
_SLOPES = (12, 24, 48, 96)  # of each of the two ways, by length
_CLIP = (-3.0, 6.0)
_LEAST = 4.0  # significance of a sum
_NEAR = 0.35  # rad: lines so alike in direction and place are one
_OFFSETS_PX = np.arange(-8.0, 8.1, 1.0)
_TURNS = np.linspace(-1.0, 1.0, 17)
_MOST_TURN = 0.08  # rad, of a line of 192 px
_EVIDENCE_CLIP = (-4.0, 6.0)
_SHORTEST_PX = 15.0
_MOST_LEVEL = 0.3  # of the evidence on a line, the level beside: a trail may cross the whole image


@dataclass(frozen=True)
class Segment:
    """A part of a line that evidence speaks for.

    Attributes
    ----------
    start_xy, end_xy : tuple of float
        Pixels from 0.
    significance : float
        Of the sum along the line that it was found by, in standard deviations of the map.
    evidence : float
        Sum of the evidence above its level beside, along its length.
    """

    start_xy: tuple[float, float]
    end_xy: tuple[float, float]
    significance: float = 0.0
    evidence: float = 0.0

    @property
    def length(self) -> float:
        """Pixels."""
        return math.dist(self.start_xy, self.end_xy)


@dataclass(frozen=True, eq=False)
class _Found:
    """Best sums of one length and way: value, angle and length of the line at each bin."""

    value: Floats
    angle: Floats
    length: Floats


def candidates(evidence: Floats, *, most: int = 4, bin_px: int = 4) -> list[Segment]:
    """The clearest lines of a map of evidence, the clearest first.

    Parameters
    ----------
    evidence : ndarray of float32 (rows, columns)
        Its level without a line is 0: logits of a network less their median, or significance with
        the stars taken out.
    most : int
        Lines at most.
    bin_px : int
        Pixels on a side of a bin of the search; places are refined on the pixels.

    Returns
    -------
    list of Segment
        Ends where the evidence along the line ends; lines of less than 15 px are left out.
    """
    binned = _binned(evidence, bin_px)
    if min(binned.shape) < 4:
        return []
    found = [
        each
        for turned in (False, True)
        for each in _best_sums(binned, turned=turned, bin_px=bin_px)
    ]
    values = np.stack([each.value for each in found])
    angles = np.stack([each.angle for each in found])
    row, column = np.mgrid[: binned.shape[0], : binned.shape[1]].astype(np.float32)
    clipped = np.clip(evidence, *_EVIDENCE_CLIP)
    segments = []
    for _ in range(most):
        at = np.unravel_index(int(values.argmax()), values.shape)
        significance = float(values[at])
        if significance < _LEAST:
            break
        angle, length = float(angles[at]), float(found[at[0]].length[at[1:]])
        middle = (at[2] + 0.5) * bin_px - 0.5, (at[1] + 0.5) * bin_px - 0.5
        segment = _refined(clipped, middle, angle, length, significance)
        if segment is not None:
            segments.append(segment)
        sine, cosine = math.sin(angle), math.cos(angle)
        across = np.abs((row - at[1]) * cosine - (column - at[2]) * sine) < 4.0
        along = np.abs((column - at[2]) * cosine + (row - at[1]) * sine) < 0.75 * length / bin_px
        apart = np.abs((angles - angle + math.pi / 2) % math.pi - math.pi / 2)
        values[(across & along)[None] & (apart < _NEAR)] = -np.inf
    return segments


def sampled(image: Floats, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of an image between its pixels, linear; those beside it are those of its edge."""
    rows, columns = image.shape
    x, y = np.clip(x, 0.0, columns - 1.001), np.clip(y, 0.0, rows - 1.001)
    i, j = x.astype(np.intp), y.astype(np.intp)
    u, v = x - i, y - j
    flat = image.ravel()
    at = j * columns + i
    upper = flat[at] * (1.0 - u) + flat[at + 1] * u
    lower = flat[at + columns] * (1.0 - u) + flat[at + columns + 1] * u
    return np.asarray(upper * (1.0 - v) + lower * v)


def _binned(evidence: Floats, bin_px: int) -> Floats:
    """Means of bins in standard deviations, clipped, of mean 0, the border empty."""
    rows, columns = (side // bin_px * bin_px for side in evidence.shape)
    inner = np.zeros((rows, columns), np.float32)
    inside = np.s_[_BORDER_PX : rows - _BORDER_PX, _BORDER_PX : columns - _BORDER_PX]
    inner[inside] = evidence[:rows, :columns][inside]
    bins = inner.reshape(rows // bin_px, bin_px, columns // bin_px, bin_px).mean((1, 3))
    bins -= np.median(bins)
    deviation = 1.4826 * float(np.median(np.abs(bins))) + 1e-6
    bins = np.clip(bins / deviation, *_CLIP)
    bins -= bins.mean()
    scale = float(np.std(np.clip(bins, -3.0, 3.0))) + 1e-6
    binned: Floats = (bins / scale).astype(np.float32)
    return binned


def _best_sums(binned: Floats, *, turned: bool, bin_px: int) -> list[_Found]:
    """For each length, the best of the lines through each bin, nearer to the rows (or columns)."""
    pixels = binned.T if turned else binned
    rows, columns = pixels.shape
    reach = _LENGTHS[-1] // 2 + 2
    padded = np.pad(pixels, reach)
    sums: list[list[tuple[Floats, int]]] = []
    made = []
    for k, length in enumerate(_LENGTHS):
        slopes = [-1.0 + 2.0 * (i + 0.5) / _SLOPES[k] for i in range(_SLOPES[k])]
        level = []
        best = np.full((rows, columns), -np.inf, np.float32)
        which = np.zeros((rows, columns), np.intp)
        for i, slope in enumerate(slopes):
            if k == 0:
                part, above, step = padded, 0, 1
            else:
                part, above = sums[k - 1][int((slope + 1.0) / 2.0 * _SLOPES[k - 1])]
                step = _LENGTHS[k - 1]
            while step < length:
                part, above = _doubled(part, above, step, round(step * slope))
                step *= 2
            level.append((part, above))
            top, left = reach - round(length // 2 * slope) - above, reach - length // 2
            middle = part[top : top + rows, left : left + columns]
            better = middle > best
            np.copyto(best, middle, where=better)
            which[better] = i
        sums.append(level)
        angle = np.arctan(np.asarray(slopes, np.float32))[which]
        px = (length * bin_px / np.cos(angle)).astype(np.float32)
        if turned:
            angle = (math.pi / 2 - angle).astype(np.float32)
            best, angle, px = best.T, angle.T, px.T
        made.append(_Found(best / np.float32(math.sqrt(length)), angle, px))
    return made


def _doubled(part: Floats, above: int, step: int, down: int) -> tuple[Floats, int]:
    """Sums plus those `step` columns and `down` rows on; `above` rows are lost at the top."""
    here, there = part[:, :-step], part[:, step:]
    if down > 0:
        return here[:-down] + there[down:], above
    if down < 0:
        return here[-down:] + there[:down], above - down
    return here + there, above


def _refined(
    evidence: Floats,
    middle: tuple[float, float],
    angle: float,
    length: float,
    significance: float,
) -> Segment | None:
    """Place and direction where the mean along the line is largest, then its ends."""
    at = np.arange(-length / 2, length / 2 + 1.0, 2.0)
    best, found = -math.inf, (0.0, angle)
    for turn in _TURNS * _MOST_TURN * min(1.0, 192.0 / length):
        cosine, sine = math.cos(angle + turn), math.sin(angle + turn)
        x = middle[0] + at * cosine - _OFFSETS_PX[:, None] * sine
        y = middle[1] + at * sine + _OFFSETS_PX[:, None] * cosine
        means = sampled(evidence, x, y).mean(1)
        if means.max() > best:
            best = float(means.max())
            found = float(_OFFSETS_PX[int(means.argmax())]), angle + float(turn)
    offset, angle = found
    cosine, sine = math.cos(angle), math.sin(angle)
    x_0, y_0 = middle[0] - offset * sine, middle[1] + offset * cosine
    rows, columns = evidence.shape
    at = np.arange(-math.hypot(rows, columns), math.hypot(rows, columns), 1.0)
    x, y = x_0 + at * cosine, y_0 + at * sine
    inside = (x >= 0) & (x <= columns - 1) & (y >= 0) & (y <= rows - 1)
    at, x, y = at[inside], x[inside], y[inside]
    if at.size < _SHORTEST_PX:
        return None
    near = sum(sampled(evidence, x - k * sine, y + k * cosine) for k in (-1, 0, 1)) / 3.0
    level, high = np.percentile(near, (50, 97))
    level = min(level, _MOST_LEVEL * high)
    first, last, total = best_run(near - max(level + 0.35 * (high - level), level + 0.3))
    if last - first < _SHORTEST_PX:
        return None
    return Segment(
        (float(x[first]), float(y[first])),
        (float(x[last - 1]), float(y[last - 1])),
        significance,
        total,
    )


def best_run(values: NDArray[np.float64]) -> tuple[int, int, float]:
    """First index, index behind the last, and sum of the run of values with the largest sum."""
    summed = np.concatenate([[0.0], np.cumsum(values)])
    lowest = np.minimum.accumulate(summed)
    last = int((summed - lowest).argmax())
    first = int(summed[: last + 1].argmin())
    return first, last, float(summed[last] - summed[first])
