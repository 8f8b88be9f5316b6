"""What a detector makes of the light in its pixels, stage by stage, each with its own noise.

The stages stand in the order of Janin-Potiron et al., SPIE 13094, section 2.3.2 and figure 7.
Photons and electrons are numbers a pixel, expected or drawn; the generator is handed in. All
functions take an image of any shape and return a new one, unless they are given one to fill.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.poisson import poisson, poisson_nearly

__all__ = [
    "amplified",
    "arrived",
    "converted",
    "count_type",
    "dark_electrons",
    "digitised",
    "read_out",
    "scaled",
]

Floats = NDArray[np.float64]

_BLOCK = 1 << 15
"""Pixels at a time: memory of the size of images comes from the system anew each time, which costs
as much as the work on it."""


def arrived(
    photons: Floats,
    random: np.random.Generator,
    *,
    approximate: bool = False,
    out: Floats | None = None,
) -> Floats:
    """Photons that arrive where these are expected (step 2a).

    Their variance is the number expected.

    Parameters
    ----------
    photons : ndarray
        Expected in each pixel.
    random : numpy Generator
    approximate : bool
        Quicker, by `poisson_nearly`.
    out : ndarray, optional
        To be filled instead of a new one; `photons` itself is accepted.
    """
    return (poisson_nearly if approximate else poisson)(photons, random, out=out)


def converted(photons: Floats, quantum_efficiency: float, random: np.random.Generator) -> Floats:
    """Electrons of photons that arrived, each with its own chance (step 2b as nature does it).

    Of N expected photons QE N electrons come, with the variance QE N: they are Poisson again, so
    that photons and their conversion can be drawn at once.

    Parameters
    ----------
    photons : ndarray
        Whole numbers.
    quantum_efficiency : float
        0 to 1.
    random : numpy Generator
    """
    return random.binomial(photons.astype(np.int64), quantum_efficiency).astype(np.float64)


def scaled(photons: Floats, quantum_efficiency: float) -> Floats:
    """Photons times the quantum efficiency (step 2b as the paper writes it).

    Of N expected photons QE N electrons come, with the variance QE**2 N: less than nature's.
    """
    return photons * quantum_efficiency


def dark_electrons(
    expected: Floats, random: np.random.Generator, *, approximate: bool = False
) -> Floats:
    """Electrons that come without light, where these are expected (step 2c).

    Their variance is the number expected: dark current times exposure.
    """
    return (poisson_nearly if approximate else poisson)(expected, random)


def read_out(electrons: Floats, variance: float, random: np.random.Generator) -> Floats:
    """Electrons with readout noise: normal, of mean 0 and this variance in e-^2 (step 2d)."""
    if variance == 0.0:
        return electrons.copy()
    noise = random.standard_normal(electrons.shape)
    noise *= math.sqrt(variance)
    noise += electrons
    return noise


def amplified(
    electrons: Floats, sensitivity: float, offset: float = 0.0, *, out: Floats | None = None
) -> Floats:
    """Counts before they are whole: electrons times the sensitivity, and an offset (step 3a).

    Parameters
    ----------
    electrons : ndarray
    sensitivity : float
        ADU/e-; variances grow by its square.
    offset : float
        ADU.
    out : ndarray, optional
        To be filled instead of a new one; `electrons` itself is accepted.
    """
    adu: Floats = np.multiply(electrons, sensitivity, out=out)
    adu += offset
    return adu


def count_type(bitdepth: int) -> np.dtype[np.unsignedinteger]:
    """The smallest unsigned type of 8, 16 or 32 bits that holds so many."""
    return np.dtype(f"u{1 if bitdepth <= 8 else 2 if bitdepth <= 16 else 4}")


def digitised(adu: Floats, bitdepth: int) -> NDArray[np.unsignedinteger]:
    """Whole counts: the integer part, held between 0 and the most of the bit depth (step 3b).

    A signal that is spread over many counts loses 0.5 on the mean and gains the variance 1/12.

    Parameters
    ----------
    adu : ndarray
    bitdepth : int
        1 to 32.

    Returns
    -------
    ndarray
        Of `count_type`.

    Examples
    --------
    >>> digitised(np.array([-3.2, 0.99, 1.0, 254.7, 256.0]), 8)
    array([  0,   0,   1, 254, 255], dtype=uint8)
    """
    counts = np.empty(adu.shape, count_type(bitdepth))
    flat, most = np.ravel(adu), float(2**bitdepth - 1)
    filled = counts.reshape(-1)
    for first in range(0, len(flat), _BLOCK):
        part = slice(first, first + _BLOCK)
        # Within these limits a conversion cuts the fraction off, which is the integer part.
        filled[part] = np.clip(flat[part], 0.0, most)
    return counts
