"""From which value to which a column of a map is drawn in colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["COLOURS", "Scale"]

Floats = NDArray[np.float64]

COLOURS = "viridis"
"""Matplotlib's name: even to the eye, told apart by the colour-blind, and lighter means more."""

_LOGARITHMIC = 30.0
"""A column whose values differ by more is drawn by their logarithms."""
_DECADES = 4.0
"""At most so many."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The values of the darkest and the lightest colour.

    Attributes
    ----------
    low, high : float
        In the column's unit; low is less than high.
    logarithmic : bool
        Then low is above 0, and what is less, 0 too, has the darkest colour.
    """

    low: float
    high: float
    logarithmic: bool

    @classmethod
    def of(cls, values: NDArray[Any], *, from_zero: bool = True) -> Scale:
        """What shows values best; NaN are left out.

        Parameters
        ----------
        values : ndarray
        from_zero : bool
            Whether 0 means none of it. Otherwise the scale is linear and begins at the least value,
            and the highest twentieth is cut (of times, which may be far).

        Examples
        --------
        >>> Scale.of(np.array([0.0, 0.013, 0.0241]))
        Scale(low=0.0, high=0.025, logarithmic=False)
        >>> Scale.of(np.array([0.0, 0.0013, 1.47]))
        Scale(low=0.0012, high=1.5, logarithmic=True)
        """
        known = np.asarray(values, dtype=np.float64)
        known = known[np.isfinite(known)]
        if not from_zero:
            if not len(known):
                return cls(0.0, 1.0, False)
            low, high = float(known.min()), float(np.quantile(known, 0.95))
            return cls(low, high if high > low else low + 1.0, False)
        known = known[known > 0.0]
        if not len(known):
            return cls(0.0, 1.0, False)
        most = float(known.max())
        least = max(float(np.quantile(known, 0.01, method="lower")), most / 10.0**_DECADES)
        if most / least < _LOGARITHMIC:
            return cls(0.0, _round(most, up=True), False)
        return cls(_round(least, up=False), _round(most, up=True), True)

    def place(self, values: NDArray[Any]) -> Floats:
        """Where values lie between the darkest, 0, and the lightest colour, 1; NaN stays."""
        if not self.logarithmic:
            found = (values - self.low) / (self.high - self.low)
        else:
            span = math.log(self.high / self.low)
            found = np.log(np.maximum(values, self.low) / self.low) / span
        return np.asarray(np.clip(found, 0.0, 1.0))


def _round(value: float, *, up: bool) -> float:
    """The next number with one digit, or one and a half."""
    ten = 10.0 ** math.floor(math.log10(value))
    steps = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
    if up:
        found = next(s for s in steps if s * ten >= value * (1 - 1e-9))
    else:
        found = next(s for s in reversed(steps) if s * ten <= value * (1 + 1e-9))
    return float(f"{found * ten:.2g}")
