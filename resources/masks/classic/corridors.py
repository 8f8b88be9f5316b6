"""The search for a trail beside the line where it is expected, by hand or by prediction.

The light beside the line is weighed by the profile of a trail and summed along all lines that start
and end within three standard deviations of the expected one. So few are these against all lines of
an image (hundreds, not tens of millions) that a trail of four sigma is clear, where a blind search
asks more than six.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.classic.evidence import Evidence
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.search import Expected

__all__ = ["InCorridor", "search_corridor"]

Floats = NDArray[np.float64]

_SIGMAS = 3.0
_PIECES = 96
_MOST_ACROSS_PX = 600.0
_OCCAM = 20.0
_GAIN = 4.0
"""Log-likelihood by which other ends must be better than the expected ones."""


@dataclass(frozen=True)
class InCorridor:
    """The best line of a corridor.

    Attributes
    ----------
    start_xy, end_xy : tuple of float
        (x, y), pixels from 0.
    sagitta : float
        As of `FoundTrail`: that of the expected line.
    snr : float
        Significance of its light, before the look at all other lines is counted.
    trials : float
        How many independent lines were looked at.
    """

    start_xy: tuple[float, float]
    end_xy: tuple[float, float]
    sagitta: float
    snr: float
    trials: float

    @property
    def probability(self) -> float:
        """That it is no chance, where a trail and none are as likely before the look.

        1 / (1 + 20 trials exp(-snr**2 / 2)): the likelihood ratio of this line against none,
        divided among the lines that were looked at, and by 20 for a flux that may be anything up
        to 50 sigma (50 / sqrt(2 pi)).
        """
        if self.snr <= 0.0:
            return 0.0
        chance = _OCCAM * self.trials * math.exp(-0.5 * min(self.snr, 30.0) ** 2)
        return float(1.0 / (1.0 + chance))


def search_corridor(
    frame: Frame, evidence: Evidence, expected: Expected, width: float
) -> InCorridor | None:
    """The line beside an expected one along which most light lies; None where none is in the image.

    Parameters
    ----------
    frame : Frame
    evidence : Evidence
        Of the frame.
    expected : Expected
        Corridors wider than 600 px to a side are searched to there.
    width : float
        Full width at half maximum of a trail, pixel.
    """
    line = _Line.of(expected)
    if line is None:
        return None
    across_px = min(max(_SIGMAS * expected.across_px, 1.0), _MOST_ACROSS_PX)
    along_px = min(_SIGMAS * expected.along_px, 2.0 * line.length)
    along, offsets, light, weight = _beside(frame, evidence, line, across_px, along_px, width)
    if not weight.any():
        return None
    best = _best_line(along, offsets, light, weight, line.length, width)
    if best is None:
        return None
    snr, start_at, end_at, lines = best
    first, last, snr, windows = _ends(
        along, offsets, light, weight, (start_at, end_at), line.length, along_px, snr
    )
    slope = (end_at - start_at) / line.length
    places = [line.at(u, start_at + slope * u) for u in (first, last)]
    sagitta = line.sagitta * ((last - first) / line.length) ** 2
    return InCorridor(places[0], places[1], sagitta, snr, lines * windows)


@dataclass(frozen=True, eq=False)
class _Line:
    """An expected line by its length, prolonged at both ends."""

    x: Floats
    y: Floats
    u: Floats

    @classmethod
    def of(cls, expected: Expected) -> _Line | None:
        points = np.asarray(expected.xy, dtype=np.float64)
        if len(points) < 2 or not np.isfinite(points).all():
            return None
        steps = np.hypot(*np.diff(points, axis=0).T)
        points = points[np.concatenate([[True], steps > 0.0])]
        if len(points) < 2:
            return None
        u = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
        return cls(points[:, 0], points[:, 1], u)

    @property
    def length(self) -> float:
        return float(self.u[-1])

    @property
    def sagitta(self) -> float:
        """Of its middle from the chord, to the left of the way (as y goes up)."""
        chord = np.array([self.x[-1] - self.x[0], self.y[-1] - self.y[0]])
        x, y = (
            np.interp(self.length / 2, self.u, self.x),
            np.interp(self.length / 2, self.u, self.y),
        )
        beside = chord[0] * (y - self.y[0]) - chord[1] * (x - self.x[0])
        return float(beside / max(np.hypot(*chord), 1e-9))

    def at(self, u: float, offset: float) -> tuple[float, float]:
        x, y = self.places(np.array([u]), np.array([offset]))
        return float(x[0, 0]), float(y[0, 0])

    def places(self, u: Floats, offsets: Floats) -> tuple[Floats, Floats]:
        """x and y (offsets, u) so far along it and to its left."""
        dx, dy = np.gradient(self.x, self.u), np.gradient(self.y, self.u)
        norm = np.hypot(dx, dy)
        tx, ty = np.interp(u, self.u, dx / norm), np.interp(u, self.u, dy / norm)
        over = u - np.clip(u, 0.0, self.length)
        x = np.interp(u, self.u, self.x) + over * tx
        y = np.interp(u, self.u, self.y) + over * ty
        return x - offsets[:, None] * ty, y + offsets[:, None] * tx


def _beside(
    frame: Frame,
    evidence: Evidence,
    line: _Line,
    across_px: float,
    along_px: float,
    width: float,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Weighed light and its variance (offsets, pieces) in pieces of the corridor.

    Also the middles of the pieces along the line and the offsets.
    """
    from scipy import ndimage

    step = min(max(width / 3.0, 0.5), 1.0)
    reach = across_px + 2.0 * width
    most = math.ceil(reach / step)
    offsets: Floats = np.arange(-most, most + 1, dtype=np.float64) * step
    low, high = _stretch(frame, line, along_px, reach)
    if high - low < 2.0:
        return np.zeros(0), offsets, np.zeros((len(offsets), 0)), np.zeros((len(offsets), 0))
    pieces = int(min(_PIECES, max((high - low) // 4.0, 2)))
    per_piece = max(math.ceil((high - low) / pieces), 2)
    edges = np.linspace(low, high, pieces + 1)
    half = max(width / 2.355, 0.5) / step
    kernel = np.exp(-0.5 * (np.arange(-math.ceil(3 * half), math.ceil(3 * half) + 1) / half) ** 2)
    light = np.empty((len(offsets), pieces))
    weight = np.empty_like(light)
    for piece in range(pieces):
        inner = np.linspace(edges[piece], edges[piece + 1], per_piece, endpoint=False)
        x, y = line.places(inner, offsets)
        values, counts = _sampled(frame, evidence, x, y)
        # A sample stands for as many pixels as the area between it and the next.
        area = step * (edges[1] - edges[0]) / per_piece
        light[:, piece] = ndimage.convolve1d(values.sum(axis=1), kernel, mode="constant") * area
        weight[:, piece] = ndimage.convolve1d(counts.sum(axis=1), kernel**2, mode="constant") * area
    return (edges[1:] + edges[:-1]) / 2.0, offsets, light, weight


def _stretch(frame: Frame, line: _Line, along_px: float, reach: float) -> tuple[float, float]:
    """From where to where along the line the corridor is in the image."""
    u = np.linspace(-along_px, line.length + along_px, 4097)
    x, y = line.places(u, np.zeros(1))
    rows, columns = frame.shape
    inside = (x > -reach) & (x < columns + reach) & (y > -reach) & (y < rows + reach)
    within = u[inside[0]]
    return (float(within[0]), float(within[-1])) if within.size else (0.0, 0.0)


def _sampled(frame: Frame, evidence: Evidence, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Evidence of the nearest pixels, and which count."""
    rows, columns = frame.shape
    i, j = np.rint(y).astype(np.int64), np.rint(x).astype(np.int64)
    inside = (i >= 0) & (i < rows) & (j >= 0) & (j < columns)
    i, j = np.where(inside, i, 0), np.where(inside, j, 0)
    counts = inside & frame.usable[i, j] & ~evidence.compact[i, j]
    return np.where(counts, evidence.values[i, j], 0.0), counts.astype(np.float64)


def _best_line(
    along: Floats, offsets: Floats, light: Floats, weight: Floats, length: float, width: float
) -> tuple[float, float, float, float] | None:
    """Significance, offsets at start and end of the best line, and how many there are.

    Lines go from any offset at the start to any at the end, over the expected length.
    """
    told = (along >= 0.0) & (along <= length)
    if not told.any():
        told = np.ones(len(along), dtype=bool)
    part, light, weight = along[told] / length, light[:, told], weight[:, told]
    count = len(offsets)
    starts = np.arange(count)
    best: tuple[float, float, float] | None = None
    for end in range(count):
        at = np.rint(starts[:, None] * (1.0 - part) + end * part).astype(np.int64)
        np.clip(at, 0, count - 1, out=at)
        pieces = np.arange(len(part))
        total = light[at, pieces].sum(axis=1)
        known = weight[at, pieces].sum(axis=1)
        snr = total / np.sqrt(np.maximum(known, 1e-9))
        snr[known < 0.3 * weight.sum(axis=1).max()] = -np.inf
        top = int(np.argmax(snr))
        if np.isfinite(snr[top]) and (best is None or snr[top] > best[0]):
            best = float(snr[top]), float(offsets[top]), float(offsets[end])
    if best is None:
        return None
    independent = max((offsets[-1] - offsets[0]) / max(width, 1.0), 1.0)
    return best[0], best[1], best[2], independent**2


def _ends(
    along: Floats,
    offsets: Floats,
    light: Floats,
    weight: Floats,
    ends_at: tuple[float, float],
    length: float,
    along_px: float,
    whole_snr: float,
) -> tuple[float, float, float, float]:
    """Where along the best line it begins and ends, its significance, and how many were tried.

    The stretch with the largest significance whose ends lie within the corridor's; where none is
    clearly likelier than the expected one, the expected one.
    """
    at = ends_at[0] + (ends_at[1] - ends_at[0]) * along / length
    rows = np.clip(np.searchsorted(offsets, at), 0, len(offsets) - 1)
    pieces = np.arange(len(along))
    total = np.concatenate([[0.0], np.cumsum(light[rows, pieces])])
    known = np.concatenate([[0.0], np.cumsum(weight[rows, pieces])])
    half = (along[1] - along[0]) / 2.0
    edges = np.concatenate([along - half, along[-1:] + half])
    first = edges <= max(along_px, 2 * half)
    last = edges >= min(length - along_px, length - 2 * half)
    a, b = np.flatnonzero(first)[:, None], np.flatnonzero(last)[None, :]
    if not a.size or not b.size:
        return 0.0, length, whole_snr, 1.0
    snr = (total[b] - total[a]) / np.sqrt(np.maximum(known[b] - known[a], 1e-9))
    snr[(b - a < 2) | (known[b] - known[a] < 1.0)] = -np.inf
    i, j = np.unravel_index(int(np.argmax(snr)), snr.shape)
    windows = math.log2(max(a.size, 1)) + math.log2(max(b.size, 1)) + 1.0
    if not snr[i, j] ** 2 > whole_snr**2 + 2.0 * (_GAIN + math.log(windows)):
        return 0.0, length, whole_snr, 1.0
    return float(edges[a[i, 0]]), float(edges[b[0, j]]), float(snr[i, j]), windows
