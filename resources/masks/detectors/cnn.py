"""`cnn`: a network tells whether an image has a trail, and along which of its lines.

The score is that of windows of 128 px along lines, 9 px wide: coarse, and above 0 along a dozen
lines of every image. Its highest value is the score of the image. Ends of trails are good to
about 10 px and their light is not fitted: `deep` is for masks.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.lines.search import best_run, sampled
from satvo.resources.masks.networks.classifier import Classified, classify
from satvo.resources.masks.search import Prior, Search

if TYPE_CHECKING:
    from astropy.wcs import WCS

__all__ = ["NEEDS_PRIOR", "TAKES_SEQUENCE", "detect"]

Doubles = NDArray[np.float64]
Line = tuple[float, float, float]

TAKES_SEQUENCE = False
NEEDS_PRIOR = False
TAKES_THREADS = True

_NAME = "cnn"
_HALF_LENGTH_PX, _HALF_WIDTH_PX = 64.0, 4.5  # of what a window's score is painted on
_MOST_SIGMA = 4.0
_OFFSETS_PX = np.arange(-4.0, 4.1, 1.0)
_TURNS = np.linspace(-0.05, 0.05, 11)
_SAME_PX, _SAME_RAD = 10.0, 0.1  # windows nearer to a trail than this tell of the same
_OWN_LIGHT = 6.0  # significance of a trail's light beside that of trails told before
_OUT_PX = 10.0  # around a trail, that tell nothing of others
_ACROSS_ERROR_PX, _ALONG_ERROR_PX = 2.0, 10.0


def detect(
    image: ArrayLike | Frame,
    *,
    wcs: WCS | None = None,
    prior: Prior | None = None,
    search: Search | None = None,
    threads: int = 1,
) -> Detection:
    """Tell which lines of an image are trails; see `registry.Detector`.

    Expected trails (`prior`) and widths play no part.
    """
    search = search or Search()
    frame = Frame.of(image, wcs=wcs)
    seen = classify(frame, threads=threads)
    score = np.zeros(frame.shape, np.float32)
    for number in np.argsort(seen.scores, kind="stable").tolist():
        _paint(score, _line(seen, number), float(seen.scores[number]))
    score[~frame.usable] = 0.0
    trails: list[FoundTrail] = []
    values = np.clip(frame.significance, -_MOST_SIGMA, _MOST_SIGMA)
    # By their sums, not by their scores: windows that a bright trail crosses at a slant score high.
    for number in np.flatnonzero(seen.scores >= search.threshold).tolist():
        line, chance = _line(seen, number), float(seen.scores[number])
        if len(trails) == search.most:
            break
        if any(_is_same(line, trail) for trail in trails):
            continue
        found = _trail(values, line, chance)
        if found is None or _light(values, found) < _OWN_LIGHT:
            continue
        _take_out(values, found)
        if _is_asked_for(found, search, frame):
            trails.append(found)
    return Detection(tuple(trails), score)


def _line(seen: Classified, number: int) -> Line:
    """Middle and direction of a window."""
    lines = seen.lines
    return float(lines.x[number]), float(lines.y[number]), float(lines.angle[number])


def _paint(score: NDArray[np.float32], line: Line, chance: float) -> None:
    """Write a chance along a line; what is higher is written later."""
    where, inside = _band(score.shape, line, _HALF_LENGTH_PX, _HALF_WIDTH_PX)
    score[where][inside] = chance


def _take_out(values: NDArray[np.float32], trail: FoundTrail) -> None:
    """Set what lies on a trail to 0."""
    (x_0, y_0), (x_1, y_1) = trail.start_xy, trail.end_xy
    line = (x_0 + x_1) / 2, (y_0 + y_1) / 2, math.radians(trail.angle_deg)
    where, inside = _band(values.shape, line, trail.length / 2 + _OUT_PX, _OUT_PX)
    values[where][inside] = 0.0


def _band(
    shape: tuple[int, ...], line: Line, half_length: float, half_width: float
) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """The pixels around a part of a line, and which of them lie on it."""
    x, y, angle = line
    rows, columns = shape
    reach = math.ceil(half_length + half_width)
    top, left = max(int(y) - reach, 0), max(int(x) - reach, 0)
    below, right = max(int(y) + reach + 1, 0), max(int(x) + reach + 1, 0)
    below, right = min(below, rows), min(right, columns)
    dy = np.arange(top, below)[:, None] - y
    dx = np.arange(left, right) - x
    cosine, sine = math.cos(angle), math.sin(angle)
    inside = np.abs(dx * cosine + dy * sine) <= half_length
    inside &= np.abs(dy * cosine - dx * sine) <= half_width
    return (slice(top, below), slice(left, right)), inside


def _is_same(line: Line, trail: FoundTrail) -> bool:
    """Whether a window lies on a trail that is already told."""
    (x_0, y_0), angle = trail.start_xy, math.radians(trail.angle_deg)
    turned = (line[2] - angle + math.pi / 2) % math.pi - math.pi / 2
    across = (line[1] - y_0) * math.cos(angle) - (line[0] - x_0) * math.sin(angle)
    return abs(turned) < _SAME_RAD and abs(across) < _SAME_PX


def _trail(values: NDArray[np.float32], line: Line, chance: float) -> FoundTrail | None:
    """The line where the light along it is highest, as far as there is some.

    None where that lies beside the image, as lines of very small images may.
    """
    x, y, angle = line
    at = np.arange(-_HALF_LENGTH_PX, _HALF_LENGTH_PX + 1.0)
    best = -math.inf
    offset = turn = 0.0
    for each in _TURNS:
        means = _along(values, x, y, angle + each, at, _OFFSETS_PX).mean(1)
        if means.max() > best:
            best, turn = float(means.max()), float(each)
            offset = float(_OFFSETS_PX[int(means.argmax())])
    cosine, sine = math.cos(angle + turn), math.sin(angle + turn)
    x, y = x - offset * sine, y + offset * cosine
    rows, columns = values.shape
    at = np.arange(-math.hypot(rows, columns), math.hypot(rows, columns))
    inside = (np.abs(x + at * cosine - (columns - 1) / 2) <= (columns - 1) / 2) & (
        np.abs(y + at * sine - (rows - 1) / 2) <= (rows - 1) / 2
    )
    at = at[inside]
    if not at.size:
        return None
    light = _along(values, x, y, angle + turn, at, np.array([-1.0, 0.0, 1.0])).mean(0)
    # Half of the light of a trail stands above what its middle has, half of it below.
    first, last, _ = best_run(light - 0.4 * max(best, 0.25))
    ends = at[[first, max(last - 1, first)]]
    leaves = (first == 0, last == at.size)
    (x_0, x_1), (y_0, y_1) = x + ends * cosine, y + ends * sine
    return FoundTrail(
        (float(x_0), float(y_0)),
        (float(x_1), float(y_1)),
        across_error=_ACROSS_ERROR_PX,
        along_error=_ALONG_ERROR_PX,
        score=chance,
        open_ends=leaves,
        detector=_NAME,
    )


def _along(
    values: NDArray[np.float32], x: float, y: float, angle: float, at: Doubles, offsets: Doubles
) -> Doubles:
    """Values along lines beside a line, (offsets, at)."""
    cosine, sine = math.cos(angle), math.sin(angle)
    across = offsets[:, None]
    return sampled(values, x + at * cosine - across * sine, y + at * sine + across * cosine)


def _light(values: NDArray[np.float32], trail: FoundTrail) -> float:
    """Significance of the light on its middle three pixels."""
    (x, y), (x_1, y_1) = trail.start_xy, trail.end_xy
    angle = math.atan2(y_1 - y, x_1 - x)
    at = np.arange(0.0, trail.length + 1.0)
    light = _along(values, x, y, angle, at, np.array([-1.0, 0.0, 1.0]))
    return float(light.sum() / math.sqrt(light.size))


def _is_asked_for(trail: FoundTrail, search: Search, frame: Frame) -> bool:
    least, largest = search.lengths(frame)
    if search.snr_min is not None and _light(frame.significance, trail) < search.snr_min:
        return False
    return search.allows(trail.angle_deg) and least <= trail.length <= largest
