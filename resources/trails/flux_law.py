"""What a flux law is: how bright a source is during an exposure, relative to a steady one.

Times are fractions of the exposure, 0 at its start and 1 at its end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray
from satvo.schemas.errors import BadParameter

__all__ = ["FluxLaw", "needs"]

Floats = NDArray[np.float64]

_STEPS = 4096


class FluxLaw(ABC):
    """Relative flux as a function of the fraction of the exposure."""

    @abstractmethod
    def __call__(self, t: Floats) -> Floats:
        """Relative flux, not negative, at fractions of the exposure (n,)."""

    def integral(self, t: Floats) -> Floats:
        """Integral of the flux from the start of the exposure to fractions of it (n,).

        Simpson's rule on 4096 steps, straight between them; laws that know better say so.
        """
        edges = np.linspace(0.0, 1.0, _STEPS + 1)
        middles = 0.5 * (edges[1:] + edges[:-1])
        at = self(edges)
        parts = (at[:-1] + 4.0 * self(middles) + at[1:]) / (6.0 * _STEPS)
        total: Floats = np.interp(t, edges, np.concatenate([[0.0], np.cumsum(parts)]))
        return total

    def mean(self, start: float = 0.0, end: float = 1.0) -> float:
        """Mean relative flux between two fractions of the exposure."""
        first, last = self.integral(np.array([start, end]))
        return float((last - first) / (end - start))


def needs(right: bool, what: str, accepted: str) -> None:
    """Raise BadParameter, saying what was given and what is accepted, where it is not right."""
    if not right:
        raise BadParameter(f"{what}: {accepted}")
