"""The area of the sky where a map exceeds a threshold."""

from __future__ import annotations

import math

import numpy as np
from satvo.resources.pass_probability.probability_map import ProbabilityMap
from satvo.resources.pass_probability.resampling import IcrsSampler, column_of
from satvo.schemas.errors import BadParameter
from satvo.schemas.moc import Moc

__all__ = ["area_above", "area_covered"]


def area_above(
    probabilities: ProbabilityMap, column: str, threshold: float, *, frame: str = "equatorial"
) -> Moc:
    """The cells whose value is above a threshold; equal to it is outside.

    Parameters
    ----------
    probabilities : ProbabilityMap
    column : str
        Of `MAP_COLUMNS`.
    threshold : float
        In the column's unit.
    frame : str
        ``equatorial``: on the axes of the ICRS. A map of the horizon is resampled for that at its
        time: a cell of its order counts where its centre lies in a cell above the threshold, so
        the edge is right to about one cell. Or the map's own: exactly its cells.

    Returns
    -------
    Moc
        Of the map's order.

    Raises
    ------
    BadParameter
        For a column or frame that there is not, a threshold that is no number, or a map of the
        horizon at no time.
    """
    if math.isnan(threshold):
        raise BadParameter(f"threshold={threshold}: give a number in the unit of {column}")
    order = probabilities.order
    if frame == probabilities.frame:
        above = column_of(probabilities, column) > threshold
        return Moc.of_cells(order, probabilities.pixels[above])
    if frame != "equatorial":
        raise BadParameter(
            f"frame={frame}: give equatorial, or {probabilities.frame}, the frame of the map"
        )
    cells = np.arange(12 << 2 * order)
    return Moc.of_cells(
        order, cells[IcrsSampler.of(probabilities, column).at(order, cells) > threshold]
    )


def area_covered(probabilities: ProbabilityMap) -> Moc:
    """What of the sky the map tells of, ICRS, in cells of its order.

    Raises
    ------
    BadParameter
        For a map of the horizon at no time.
    """
    sampler = IcrsSampler.of(probabilities, next(iter(probabilities.values)))
    cells = np.arange(12 << 2 * probabilities.order)
    return Moc.of_cells(
        probabilities.order, cells[sampler.above_horizon(probabilities.order, cells)]
    )
