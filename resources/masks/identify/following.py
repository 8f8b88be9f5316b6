"""Which way an unknown object went, by its trails in several images one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.identify.identification import Identified
from satvo.resources.masks.identify.predicted import ARCSEC
from satvo.resources.passes.exposures import Exposure
from satvo.schemas.sphere import normalised, unit_vectors

__all__ = ["Followed", "followed"]

Floats = NDArray[np.float64]

_ASIDE = 0.1
"""How far from a straight way the next trail may lie, in its distance: ways bend with the Earth."""
_RATES = 0.1
_LONGEST_S = 600.0
_SIGMAS = 5.0


@dataclass(frozen=True, slots=True)
class Followed:
    """Two trails of one object that no catalogue has.

    Attributes
    ----------
    first, second : (int, int)
        Image and trail of each, by their places in what was given; the first is the earlier.
    first_is_reversed, second_is_reversed : bool
        Whether it went from the end of that trail to its start.
    rate_arcsec_s : float
    """

    first: tuple[int, int]
    second: tuple[int, int]
    first_is_reversed: bool
    second_is_reversed: bool
    rate_arcsec_s: float


def followed(
    images: Sequence[tuple[Exposure, Sequence[Identified]]],
) -> list[Followed]:
    """Pairs of trails that one object made in two exposures, and so the sense of both.

    Only trails without a satellite are taken. Both must lie on one line, within a tenth of their
    distance, and be as long as the motion between them makes them: just so where both ends are
    inside the image, at most so where it leaves it. Each trail is in at most one pair, the one
    that fits best.

    Parameters
    ----------
    images : sequence of (Exposure, sequence of Identified)
        Exposures do not overlap in time, and are at most ten minutes apart.
    """
    places = [
        (number, row, exposure, each)
        for number, (exposure, identified) in enumerate(images)
        for row, each in enumerate(identified)
        if each.satellite is None
    ]
    found: list[tuple[float, Followed]] = []
    for a, row_a, before, one in places:
        for b, row_b, after, two in places:
            gap_s = (after.start_mjd - before.end_mjd) * 86400.0
            if a == b or not -1e-3 <= gap_s <= _LONGEST_S:
                continue
            pair = _pair(before, one, after, two)
            if pair is not None:
                wrong, turned, turned_too, rate = pair
                found.append((wrong, Followed((a, row_a), (b, row_b), turned, turned_too, rate)))
    taken: set[tuple[int, int]] = set()
    kept = []
    for _, each in sorted(found, key=lambda item: item[0]):
        if each.first not in taken and each.second not in taken:
            taken |= {each.first, each.second}
            kept.append(each)
    return sorted(kept, key=lambda each: (each.first, each.second))


def _pair(
    before: Exposure, one: Identified, after: Exposure, two: Identified
) -> tuple[float, bool, bool, float] | None:
    """How badly two trails fit, whether each is reversed, and the rate; None if they do not."""
    ends, ends_too = _ends(one), _ends(two)
    way = normalised(ends_too.sum(axis=0)) - normalised(ends.sum(axis=0))
    distance = float(np.linalg.norm(way)) * ARCSEC
    if distance <= 0.0:
        return None
    way = normalised(way)
    seconds = (after.middle_mjd - before.middle_mjd) * 86400.0
    is_cut = any((*one.is_open, *two.is_open))
    wrong = 0.0
    for each, places, exposure in ((one, ends, before), (two, ends_too, after)):
        chord = places[1] - places[0]
        length = float(np.linalg.norm(chord)) * ARCSEC
        slack = _SIGMAS * each.across_arcsec / length
        aside = float(np.linalg.norm(np.cross(normalised(chord), way)))
        if aside > _ASIDE + slack:
            return None
        expected = distance / seconds * exposure.duration_s
        off = (length - expected) / expected
        loose = _RATES + _SIGMAS * each.along_arcsec / expected
        if off > loose or (not any(each.is_open) and off < -loose):
            return None
        wrong += aside + (0.0 if is_cut else abs(off))
    turned = bool((ends[1] - ends[0]) @ way < 0.0)
    turned_too = bool((ends_too[1] - ends_too[0]) @ way < 0.0)
    return wrong, turned, turned_too, distance / seconds


def _ends(identified: Identified) -> Floats:
    (ra, dec), (ra_too, dec_too) = identified.start_radec, identified.end_radec
    return unit_vectors(np.array([ra, ra_too]), np.array([dec, dec_too]))
