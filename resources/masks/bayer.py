"""Frames behind colour filters, brought to one level and one gain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.scatter import scatter_about

__all__ = ["Mosaic", "mosaic_of"]

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

_BRIGHT_SIGMA = 10.0
_FEWEST = 50
_LARGEST_FACTOR = 5.0
_SAMPLES = 200_000


@dataclass(frozen=True, eq=False)
class Mosaic:
    """What the four colour planes of a frame have in place of one level and one gain.

    Attributes
    ----------
    levels, factors : ndarray (2, 2)
        Sky of each plane, and what its light is multiplied by; [row % 2, column % 2].
    by_light : bool
        Whether the light of sources told the factors; otherwise the noise did, as there were too
        few sources.
    """

    levels: NDArray[np.float64]
    factors: NDArray[np.float64]
    by_light: bool

    @property
    def level(self) -> float:
        """Sky of all planes, brought together."""
        return float(self.levels.mean())

    def evened(self, counts: NDArray[Any]) -> Floats:
        """A frame without the pattern of its filters: float32, (rows, columns)."""
        made = np.empty(counts.shape, np.float32)
        for down, right in np.ndindex(2, 2):
            here = np.s_[down::2, right::2]
            made[here] = (counts[here] - self.levels[down, right]) * self.factors[down, right]
        made += np.float32(self.level)
        return made

    def counts(self, evened: Floats) -> Floats:
        """The way back."""
        made = evened - np.float32(self.level)
        for down, right in np.ndindex(2, 2):
            made[down::2, right::2] /= self.factors[down, right]
            made[down::2, right::2] += self.levels[down, right]
        return np.asarray(made, np.float32)

    def light(self, evened: Floats) -> Floats:
        """The way back for light without sky, and for standard deviations."""
        made = evened.copy()
        for down, right in np.ndindex(2, 2):
            made[down::2, right::2] /= self.factors[down, right]
        return made


def mosaic_of(counts: NDArray[Any], usable: Bools) -> Mosaic:
    """Measure the four colour planes of a frame.

    Parameters
    ----------
    counts : ndarray (rows, columns)
    usable : ndarray of bool (rows, columns)
        Finite and neither flagged nor saturated.

    Notes
    -----
    The factors make the light of sources of 10 standard deviations and more, summed over the
    frame, the same in the four planes, as each source falls on pixels of all. They stay within 5
    and 1/5, since a plane without light would be noise alone.
    """
    rows, columns = (size // 2 * 2 for size in counts.shape)
    planes = [np.s_[down:rows:2, right:columns:2] for down, right in np.ndindex(2, 2)]
    levels, noises = np.empty(4), np.empty(4)
    for number, plane in enumerate(planes):
        values = counts[plane][usable[plane]]
        values = values[:: max(values.size // _SAMPLES, 1)].astype(np.float64)
        levels[number] = float(np.median(values)) if values.size else 0.0
        noises[number] = scatter_about(values, levels[number]) if values.size else 0.0
    together = np.zeros((rows // 2, columns // 2), np.float32)
    good = np.ones(together.shape, bool)
    for number, plane in enumerate(planes):
        together += (counts[plane] - levels[number]).astype(np.float32)
        good &= usable[plane]
    noise = float(np.sqrt((noises**2).sum()))
    bright = good & (together > _BRIGHT_SIGMA * noise)
    light = np.array([
        float((counts[plane][bright] - levels[number]).sum())
        for number, plane in enumerate(planes)
    ])  # fmt: skip
    by_light = bool(bright.sum() >= _FEWEST and (light > 0.0).all())
    of_each = light if by_light else np.where(noises > 0.0, noises, 1.0)
    factors = np.clip(of_each.mean() / of_each, 1.0 / _LARGEST_FACTOR, _LARGEST_FACTOR)
    return Mosaic(levels.reshape(2, 2), factors.reshape(2, 2), by_light)
