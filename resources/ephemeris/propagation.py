"""Propagators: where satellites are according to their elements.

Other packages add theirs under the entry point group ``satvo.propagators``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from satvo.resources.ephemeris.elements import Elements
from satvo.schemas.plugins import plugin, plugins

__all__ = ["JoinedOrbits", "Orbits", "Propagator", "States", "propagator", "propagators"]

_GROUP = "satvo.propagators"

Floats = NDArray[np.float64]


class States(NamedTuple):
    """States in TEME.

    Attributes
    ----------
    position : ndarray (..., 3)
        km.
    velocity : ndarray (..., 3)
        km/s.
    is_valid : ndarray of bool (...)
        False where there is no state (decayed, elements that cannot be used, outside of a file);
        position and velocity mean nothing there.
    """

    position: Floats
    velocity: Floats
    is_valid: NDArray[np.bool_]


class Orbits(Protocol):
    """Satellites whose states can be asked for."""

    def __len__(self) -> int:
        """How many."""

    def part(self, which: NDArray[np.int64]) -> Orbits:
        """Some of them."""

    def grid(self, mjd_utc: Floats) -> States:
        """Every satellite at every one of m instants: (n, m, 3)."""

    def along(self, which: NDArray[np.int64], mjd_utc: Floats) -> States:
        """Satellites ``which`` (k,) each at instants of its own (k, m): (k, m, 3)."""


class JoinedOrbits:
    """Some satellites, and others behind them."""

    def __init__(self, first: Orbits, second: Orbits) -> None:
        self._both = first, second

    def __len__(self) -> int:
        return len(self._both[0]) + len(self._both[1])

    def part(self, which: NDArray[np.int64]) -> JoinedOrbits:
        """Some of them: those of the first, then those of the second."""
        first, second = self._both
        count = len(first)
        return JoinedOrbits(
            first.part(which[which < count]), second.part(which[which >= count] - count)
        )

    def grid(self, mjd_utc: Floats) -> States:
        """Every satellite at every instant."""
        both = [each.grid(mjd_utc) for each in self._both]
        return States(*(np.concatenate(pair) for pair in zip(*both, strict=True)))

    def along(self, which: NDArray[np.int64], mjd_utc: Floats) -> States:
        """Some satellites, each at instants of its own."""
        first, second = self._both
        is_second = which >= len(first)
        if not is_second.any():
            return first.along(which, mjd_utc)
        shape = (*mjd_utc.shape, 3)
        found = States(np.empty(shape), np.empty(shape), np.empty(mjd_utc.shape, dtype=bool))
        for orbits, mine, less in ((first, ~is_second, 0), (second, is_second, len(first))):
            states = orbits.along(which[mine] - less, mjd_utc[mine])
            for whole, some in zip(found, states, strict=True):
                whole[mine] = some
        return found


class Propagator(Protocol):
    """What a module or object under the entry point offers."""

    NAME: str

    def prepare(self, elements: Elements, /) -> Orbits:
        """The orbits that elements describe; those it cannot propagate have no valid states."""


def propagators() -> Mapping[str, Propagator]:
    """Every propagator by its NAME, the built-in ones first.

    Examples
    --------
    >>> "sgp4" in propagators()
    True
    """
    return plugins(_GROUP)


def propagator(name: str) -> Propagator:
    """The propagator of a name.

    Raises
    ------
    BadParameter
        If there is none.
    """
    return cast(Propagator, plugin(_GROUP, name, "propagator"))
