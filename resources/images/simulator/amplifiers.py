"""Amplifiers that read a detector side by side: gains of their own, and talk among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Amplifiers"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amplifiers:
    """Strips of columns, each read by an amplifier of its own, all in the same direction.

    Attributes
    ----------
    count : int
        How many; the number of columns is a multiple of it.
    gain_scatter : float
        Standard deviation of their gains, relative.
    crosstalk : float
        Share of the signal of each that appears in every other, as a faint ghost.
    seed : int
        The gains follow from it.
    """

    count: int = 1
    gain_scatter: float = 0.0
    crosstalk: float = 0.0
    seed: int = 0

    def gains(self) -> Floats:
        """Relative gain of each, (count,)."""
        random = np.random.default_rng([self.seed, self.count])
        return 1.0 + self.gain_scatter * random.standard_normal(self.count)

    def read(self, electrons: Floats) -> Floats:
        """Electrons as the amplifiers have them, ghosts and gains included.

        Examples
        --------
        >>> two = Amplifiers(count=2, crosstalk=0.01)
        >>> two.read(np.array([[0.0, 100.0, 0.0, 0.0]]))
        array([[  0., 100.,   0.,   1.]])
        """
        if self.count == 1 or (self.crosstalk == 0.0 and self.gain_scatter == 0.0):
            return electrons
        rows, columns = electrons.shape
        strips = electrons.reshape(rows, self.count, columns // self.count)
        read = (1.0 - self.crosstalk) * strips + self.crosstalk * strips.sum(1, keepdims=True)
        read *= self.gains()[:, None]
        made: Floats = read.reshape(rows, columns)
        return made
