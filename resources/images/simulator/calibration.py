"""Frames that a detector is calibrated by: bias, dark and flat, and what is made of many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.detector import Detector
from satvo.resources.images.simulator.readout import Readout
from satvo.schemas.errors import BadParameter

__all__ = ["bias_frame", "calibrated", "dark_frame", "flat_frame", "median_frame"]

Floats = NDArray[np.float64]


def bias_frame(detector: Detector, random: np.random.Generator) -> Readout:
    """A frame without light and without time."""
    return detector.expose(np.zeros(detector.shape), random, exposure_s=0.0)


def dark_frame(
    detector: Detector, random: np.random.Generator, *, exposure_s: float | None = None
) -> Readout:
    """A frame without light, as long as the exposures of the detector or of another time."""
    return detector.expose(np.zeros(detector.shape), random, exposure_s=exposure_s)


def flat_frame(
    detector: Detector, random: np.random.Generator, *, electrons: float = 20000.0
) -> Readout:
    """A frame of even light that gives so many electrons in a pixel, in no time.

    Raises
    ------
    BadParameter
        For a detector that makes no electrons of light.
    """
    if detector.quantum_efficiency == 0.0:
        raise BadParameter("a flat frame of a detector with quantum_efficiency = 0: give above 0")
    photons = np.full(detector.shape, electrons / detector.quantum_efficiency)
    return detector.expose(photons, random, exposure_s=0.0)


def median_frame(frames: Sequence[Readout]) -> Floats:
    """The median of frames of one kind, ADU, in which cosmic rays of single ones do not show."""
    return np.asarray(np.median([frame.counts for frame in frames], 0), np.float64)


def calibrated(counts: NDArray[np.generic], dark: Floats, bias: Floats, flat: Floats) -> Floats:
    """An image without the pattern of its detector, ADU.

    Parameters
    ----------
    counts : ndarray (rows, columns)
    dark, bias, flat : ndarray (rows, columns)
        Medians of such frames; the dark as long as the image, its bias still in it.

    Returns
    -------
    ndarray (rows, columns)
        NaN where the flat has no light.
    """
    response = flat - bias
    typical = np.median(response)
    lit = response > 0.02 * typical
    response = np.where(lit, response / typical, np.nan)
    return np.asarray((counts.astype(np.float64) - dark) / response)
