"""A column of a map in the cells of another HEALPix order, on the axes of the ICRS."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.pass_probability.probability_map import ProbabilityMap
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.errors import BadParameter
from satvo.schemas.healpix import healpix_center, healpix_index

__all__ = ["IcrsSampler", "column_of"]

Floats = NDArray[np.float64]


def column_of(probabilities: ProbabilityMap, column: str) -> Floats:
    """The values of a column, (n,), in the sequence of the map's pixels.

    Raises
    ------
    BadParameter
        If the map has no such column.
    """
    if column not in probabilities.values:
        raise BadParameter(
            f"the map has no column '{column}'; it has {', '.join(probabilities.values)}"
        )
    return probabilities.values[column].astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class IcrsSampler:
    """A column of a map, asked by cells of the ICRS.

    Attributes
    ----------
    probabilities : ProbabilityMap
    values : ndarray of float64 (n,)
        Of its pixels.
    situation : Situation or None
        Turns a map of the horizon; None for one of the equator.

    Notes
    -----
    Cells that are smaller than the map's, and all of a turned map, have the value of the map's cell
    their centre lies in: no value is made up between two. Larger cells have the mean of the
    cells of the map's order within, of those above the horizon.
    """

    probabilities: ProbabilityMap
    values: Floats
    situation: Situation | None

    @classmethod
    def of(cls, probabilities: ProbabilityMap, column: str) -> IcrsSampler:
        """That of a column.

        Raises
        ------
        BadParameter
            If the map has no such column, or is one of the horizon at no time.
        """
        values = column_of(probabilities, column)
        if probabilities.frame == "equatorial":
            return cls(probabilities, values, None)
        if math.isnan(probabilities.facts.mjd):
            raise BadParameter(
                "the map has frame altaz and no time, so its place among the stars is unknown; "
                "compute it for a time"
            )
        return cls(probabilities, values, probabilities.facts.situation)

    def at(self, order: int, cells: NDArray[np.int64]) -> Floats:
        """Values at cells (n,) of an order, NESTED, ICRS; NaN below the horizon."""
        finer = self.probabilities.order - order
        if finer <= 0:
            return self._nearest(order, cells)
        within = (cells[:, None] << 2 * finer) + np.arange(1 << 2 * finer)
        found = self._nearest(self.probabilities.order, within.ravel()).reshape(within.shape)
        known = np.isfinite(found)
        count = known.sum(axis=1)
        total = np.where(known, found, 0.0).sum(axis=1)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def above_horizon(self, order: int, cells: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the map has anything to say of cells that are no larger than its own."""
        return self._rows(order, cells) >= 0

    def _nearest(self, order: int, cells: NDArray[np.int64]) -> Floats:
        rows = self._rows(order, cells)
        return np.where(rows >= 0, self.values[np.maximum(rows, 0)], np.nan)

    def _rows(self, order: int, cells: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which of the map's pixels each cell lies in; -1 below the horizon."""
        own = self.probabilities.order
        if self.situation is None:
            wanted = cells >> 2 * (order - own)
        else:
            directions = self.situation.of_icrs(*healpix_center(order, cells))
            wanted = healpix_index(own, *self.situation.altaz_deg(directions))
        pixels = self.probabilities.pixels
        rows = np.minimum(np.searchsorted(pixels, wanted), len(pixels) - 1)
        return np.where(pixels[rows] == wanted, rows, -1)
