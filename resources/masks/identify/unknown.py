"""How dense trails of objects are that no catalogue has, in the terms of `matching.py`."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.identify.predicted import ARCSEC, Near
from satvo.resources.masks.identify.sky_trails import SkyTrail

__all__ = ["log_density_of_unknown"]

Floats = NDArray[np.float64]

_SLOWEST, _FASTEST = 1.0, 7200.0  # arcsec/s
_LOG_RATES = math.log(_FASTEST / _SLOWEST)
_LIKE = 0.5
"""How many of them move as a catalogued satellite near them does: fragments and classified or new
satellites of the same orbits; the others go anywhere, at any rate."""
_TURN_RAD, _RATE = math.radians(1.5), 0.05
_FASTER_CHANCE = 0.01  # meteors and aircraft


def log_density_of_unknown(
    trail: SkyTrail, near: Near, duration_s: float, *, share: float = 0.2
) -> float:
    """Natural logarithm of the density of such a trail, per arcsec of each offset measured.

    Parameters
    ----------
    trail : SkyTrail
    near : Near
        Of its exposure: satellites about it, by which the number of the others is taken.
    duration_s : float
        Of the exposure.
    share : float
        Objects that are not in the catalogue, for each lit one that is.
    """
    length = trail.length_arcsec
    count = sum(trail.is_open)
    even = _even(length, duration_s, count) / np.pi
    like = _like(trail, near.motions * ARCSEC, duration_s, count)
    mixed = even if like is None else (1.0 - _LIKE) * even + _LIKE * like
    # From place and direction of the trail to the offsets of its ends across it.
    density = share * near.density_arcsec2 * mixed / length
    return float(np.log(max(density, 1e-300)))


def _even(length: float, duration_s: float, open_ends: int) -> float:
    """Runs of any rate: density of the length, chance to be longer, or by how much on average."""
    shortest, longest = _SLOWEST * duration_s, _FASTEST * duration_s
    inner = min(max(length, shortest), longest)
    if open_ends == 0:
        return 1.0 / (inner * _LOG_RATES)
    above = math.log(longest / inner) / _LOG_RATES
    if open_ends == 1:
        return max(above, _FASTER_CHANCE)
    mean = (longest - inner) / _LOG_RATES - inner * above
    return max(mean, _FASTER_CHANCE * length)


def _like(trail: SkyTrail, motions: Floats, duration_s: float, open_ends: int) -> float | None:
    """The same of runs like those of catalogued satellites, per radian; None where there are none.

    Directions are compared as they stand about the field's middle.
    """
    rate = np.linalg.norm(motions, axis=1)
    moving = rate > 0.0
    if not moving.any():
        return None
    rate = rate[moving]
    chord = trail.ends[1] - trail.ends[0]
    cosine = np.abs(motions[moving] @ chord) / (rate * np.linalg.norm(chord))
    turn = np.arccos(np.clip(cosine, 0.0, 1.0))
    wide = math.hypot(_TURN_RAD, trail.across_arcsec / trail.length_arcsec)
    beside = np.exp(-0.5 * (turn / wide) ** 2) / (wide * math.sqrt(2.0 * np.pi))
    run = rate * duration_s
    length = trail.length_arcsec
    if open_ends == 0:
        wrong = np.log(length / run) / _RATE
        length_chance = np.exp(-0.5 * wrong**2) / (_RATE * length * math.sqrt(2.0 * np.pi))
    elif open_ends == 1:
        length_chance = (run > length).astype(np.float64)
    else:
        length_chance = np.maximum(run - length, 0.0)
    return float(np.mean(beside * length_chance))
