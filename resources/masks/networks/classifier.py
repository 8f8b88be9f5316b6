"""Whether an image has a trail: a network over windows along its likeliest lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from satvo.resources.masks.frame import Frame, checked
from satvo.resources.masks.networks.line_sums import Lines, joined
from satvo.resources.masks.networks.line_windows import BIN_PX, line_windows
from satvo.resources.masks.networks.session import INPUT, session
from satvo.schemas.errors import BadParameter

__all__ = ["CLASSES", "DEFAULT", "Classified", "classify"]

Floats = NDArray[np.float32]

DEFAULT = "cnn"
"""The network that ships with satvo: `cards/cnn.md` tells of its training."""

CLASSES = ("none", "faint", "bright")
"""What an image is told to hold; a bright trail has SNRavg of 1 and above."""

_LINES = 12  # windows of a part
_WHOLE_PX = 1_600_000  # an image of up to so many pixels is one part
_PART_PX, _OVERLAP_PX = 1024, 128


@dataclass(frozen=True, eq=False)
class Classified:
    """What the network says of the windows of an image.

    Attributes
    ----------
    lines : Lines
        Their middle lines, in pixels of the image.
    chances : ndarray of float32 (n, 3)
        Of each window to hold no trail, a faint one, a bright one.
    """

    lines: Lines
    chances: Floats

    @property
    def scores(self) -> Floats:
        """Chance of each window to hold a trail."""
        scores: Floats = self.chances[:, 1] + self.chances[:, 2]
        return scores

    @property
    def score(self) -> float:
        """Of the image: the highest of its windows, as in Janin-Potiron et al. 2024, 4.1.1."""
        return float(self.scores.max())

    def kind(self, threshold: float = 0.5) -> str:
        """One of `CLASSES`: by the window of the highest score, where that reaches the threshold.

        Parameters
        ----------
        threshold : float
            0 to 1.
        """
        if self.score < threshold:
            return CLASSES[0]
        _, faint, bright = self.chances[int(self.scores.argmax())]
        return CLASSES[2] if bright >= faint else CLASSES[1]


def classify(
    image: ArrayLike | Frame, *, network: str | Path = DEFAULT, threads: int = 1
) -> Classified:
    """Tell whether an image has a trail.

    Images of more than 1.6 million pixels are looked at in parts of 1024 pixels that overlap by
    256, so that memory has a bound.

    Parameters
    ----------
    image : array-like (rows, columns), or Frame
        Of any type of number, with its sky; what is masked, NaN or infinite does not count. An
        array is not made a `Frame` of, which would take longer than all the rest.
    network : str or Path
        Name of one that ships with satvo, or a file of the user's.
    threads : int

    Raises
    ------
    BadParameter
        For what is no image, has no pixel that counts or one value alone; for a network that does
        not tell of windows.

    Notes
    -----
    An image of 664 x 496 takes 8 ms on one core. Trails of less than about 60 px, or wider than
    about 20 px, are found where they are bright.
    """
    pixels = _pixels(image)
    found: list[Classified] = []
    reason = BadParameter("the image has no pixel")
    for top, left, part in _parts(pixels):
        try:
            windows = line_windows(part, _LINES)
        except BadParameter as error:  # an empty corner says nothing of the others
            reason = error
            continue
        chances = _chances(windows.values, network, threads)
        found.append(Classified(_in_pixels(windows.lines, top, left), chances))
    if not found:
        raise reason
    if len(found) == 1:
        return found[0]
    return Classified(
        joined([each.lines for each in found]), np.concatenate([each.chances for each in found])
    )


def _pixels(image: ArrayLike | Frame) -> NDArray[Any]:
    if isinstance(image, Frame):
        if image.usable.all():
            return image.pixels
        return np.where(image.usable, image.pixels, np.float32(np.nan))
    given = checked(np.asanyarray(image))
    if isinstance(given, np.ma.MaskedArray):
        return np.ma.filled(given.astype(np.float32), np.nan)
    return given


def _parts(pixels: NDArray[Any]) -> Iterator[tuple[int, int, NDArray[Any]]]:
    """First row and column of each part, and its pixels."""
    if pixels.size <= _WHOLE_PX:
        yield 0, 0, pixels
        return
    rows, columns = pixels.shape
    for top in _firsts(rows):
        for left in _firsts(columns):
            below, right = top + _PART_PX + 2 * _OVERLAP_PX, left + _PART_PX + 2 * _OVERLAP_PX
            yield top, left, pixels[top:below, left:right]


def _firsts(length: int) -> range:
    return range(0, max(length - 2 * _OVERLAP_PX, 1), _PART_PX)


def _chances(values: Floats, network: str | Path, threads: int) -> Floats:
    logits: Floats = session(network, threads).run(None, {INPUT: values[:, None]})[0]
    if logits.shape != (len(values), len(CLASSES)):
        raise BadParameter(
            f"{network} gives {logits.shape} for {len(values)} windows: a network that tells "
            f"{', '.join(CLASSES)} of each is accepted"
        )
    raised = np.exp(logits - logits.max(1, keepdims=True))
    chances: Floats = raised / raised.sum(1, keepdims=True)
    return chances


def _in_pixels(lines: Lines, top: int, left: int) -> Lines:
    """Lines in bins of a part as lines in pixels of the image."""
    middle = np.float32((BIN_PX - 1) / 2)
    return Lines(
        lines.x * np.float32(BIN_PX) + middle + np.float32(left),
        lines.y * np.float32(BIN_PX) + middle + np.float32(top),
        lines.angle,
        lines.significance,
    )
