"""Which pixels of an image trails and their side effects change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from satvo.resources.trails.models.model import KINDS, Part

__all__ = ["TRUTH_BITS", "affected_pixels", "fraction_of", "truth_bits"]

Floats = NDArray[np.float64]

TRUTH_BITS = {"trail": 1, "saturated": 2, "bleed": 2, "ghost": 128, "crosstalk": 128}
"""The bit of each kind in a truth mask, as `satvo.resources.images.simulator.exposure` has them;
an image in another amplifier is a ghost to whoever looks for sources."""


def affected_pixels(
    parts: Iterable[Part], shape: tuple[int, int], least_e: float
) -> dict[str, NDArray[np.bool_]]:
    """Pixels that each kind changes by more than so many electrons.

    Parameters
    ----------
    parts : iterable of Part
        Of all trails; those of one kind add up.
    shape : (int, int)
    least_e : float
        Electrons, 0 or more. Full pixels count whatever they lose.

    Returns
    -------
    dict of ndarray of bool
        By kind, those of `KINDS` that there are parts of.
    """
    sums: dict[str, Floats] = {}
    for part in parts:
        part.stamp.add_to(sums.setdefault(part.kind, np.zeros(shape)))
    return {
        kind: np.asarray(np.abs(sums[kind]) > (0.0 if kind == "saturated" else least_e))
        for kind in KINDS
        if kind in sums
    }


def fraction_of(masks: Mapping[str, NDArray[np.bool_]], shape: tuple[int, int]) -> float:
    """Part of the pixels that any kind changes, each counted once.

    Examples
    --------
    >>> half, row = np.zeros((2, 4), bool), np.zeros((2, 4), bool)
    >>> half[:, :2], row[0] = True, True
    >>> fraction_of({"trail": half, "bleed": row}, (2, 4))
    0.75
    """
    any_kind = np.zeros(shape, dtype=bool)
    for mask in masks.values():
        any_kind |= mask
    return float(any_kind.mean())


def truth_bits(masks: Mapping[str, NDArray[np.bool_]], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Masks as the bits of `TRUTH_BITS`."""
    bits = np.zeros(shape, dtype=np.uint8)
    for kind, mask in masks.items():
        bits[mask] |= np.uint8(TRUTH_BITS[kind])
    return bits
