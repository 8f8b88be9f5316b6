"""The naked-eye sky: how many satellites are visible at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from satvo.resources.brightness.bands import extinction
from satvo.resources.brightness.magnitudes import brightness_model
from satvo.resources.constellations.layers import Layers
from satvo.resources.pass_probability.light import BEST, DEFAULT_MODEL, light_of
from satvo.resources.pass_probability.sightlines import Sightlines, meet, thin_layers
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.errors import BadParameter

__all__ = ["visible_counts"]

Floats = NDArray[np.float64]

_AZIMUTHS = 180
_STEP_DEG = 1.0
_BEST_SCATTER_MAG = 0.8


def visible_counts(
    layers: Layers,
    situation: Situation,
    limits_mag: Sequence[float],
    altitudes_deg: Sequence[float],
    *,
    model: str = DEFAULT_MODEL,
    with_air: bool = True,
    scatter_mag: float | None = None,
) -> Floats:
    """Mean numbers of illuminated satellites that are brighter than limits, at one instant.

    Parameters
    ----------
    layers : Layers
    situation : Situation
    limits_mag : sequence of float (m,)
        V as it reaches the observer.
    altitudes_deg : sequence of float (k,)
        Only satellites above them are counted; 0 to 90.
    model : str
        As `satvo.resources.pass_probability.light.light_of` takes it.
    with_air : bool
        Whether the air of a good site takes light (`satvo.resources.brightness.bands`).
    scatter_mag : float, optional
        1-sigma of satellites about the model, as a normal distribution in magnitudes; by default
        what the model says of itself, 0.8 for `BEST`. 0 for none.

    Returns
    -------
    ndarray (m, k)
        Without a limit of magnitude (infinity), what
        `satvo.resources.pass_probability.counts.counts` says, to 1 %, of satellites of known
        magnitude; those of unknown magnitude are not counted.

    Raises
    ------
    BadParameter
        For other altitudes, a limit that is NaN, a negative scatter, or an unknown model.

    Notes
    -----
    Summed over cells of about 1 deg in altitude and 2 deg in azimuth. The altitude of the light is
    taken without refraction.
    """
    limits = np.asarray(limits_mag, dtype=np.float64)
    altitudes = np.asarray(altitudes_deg, dtype=np.float64)
    if np.isnan(limits).any():
        raise BadParameter(f"limits {limits.tolist()} mag: give numbers")
    if not np.all((altitudes >= 0.0) & (altitudes <= 90.0)):
        raise BadParameter(f"altitudes {altitudes.tolist()}: give some from 0 to 90 deg")
    light = light_of(model, layers)
    scatter = _scatter_mag(model, scatter_mag)
    middle, area_deg2 = _strips(altitudes)
    azimuths = (np.arange(_AZIMUTHS) + 0.5) * (360.0 / _AZIMUTHS)
    directions = situation.of_altaz(azimuths, middle[:, None]).reshape(-1, 3)
    lines = Sightlines.of(situation, directions)
    air = extinction("V", np.repeat(middle, _AZIMUTHS)) if with_air else np.zeros(len(lines))
    rows = np.zeros((len(limits), len(middle)))
    for layer in thin_layers(layers, lines):
        met = meet(layer, lines, math.radians(_STEP_DEG * math.sqrt(2.0)))
        if met is None or not met.is_lit.any():
            continue
        density = met.per_deg2 * met.is_lit
        mags = light.mag_v(layer, lines, met)
        for mag in mags[:1] if mags[0] is mags[1] else mags:
            share = 1.0 if mags[0] is mags[1] else 0.5
            for row, limit in zip(rows, limits.tolist(), strict=True):
                seen = density * _part_below(limit - mag - air, scatter)
                row += share * seen.reshape(-1, _AZIMUTHS).mean(axis=1)
    return np.asarray((rows * area_deg2) @ (middle[:, None] > altitudes))


def _scatter_mag(model: str, given: float | None) -> float:
    if given is None:
        return _BEST_SCATTER_MAG if model == BEST else brightness_model(model).SCATTER_MAG
    if not 0.0 <= given < math.inf:
        raise BadParameter(f"scatter {given} mag: give a finite number from 0")
    return given


def _strips(altitudes_deg: Floats) -> tuple[Floats, Floats]:
    """Middles of strips of altitude that end at given ones, deg, and their areas, deg**2."""
    edges = np.unique(np.concatenate([np.arange(0.0, 90.0, _STEP_DEG), altitudes_deg, [90.0]]))
    heights = np.diff(np.sin(np.radians(edges)))
    return 0.5 * (edges[1:] + edges[:-1]), heights * (2.0 * np.pi * np.degrees(1.0) ** 2)


def _part_below(margin_mag: Floats, scatter_mag: float) -> Floats:
    """The part of satellites whose scatter is less than margins; 0 where a margin is NaN."""
    if scatter_mag == 0.0:
        return np.asarray(margin_mag >= 0.0, dtype=np.float64)
    sigmas = np.nan_to_num(margin_mag / scatter_mag, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    return np.interp(sigmas, *_normal(), left=0.0, right=1.0)


@cache
def _normal() -> tuple[Floats, Floats]:
    """The cumulative normal distribution, by which `np.interp` is right to 1e-6."""
    sigmas = np.linspace(-6.0, 6.0, 2401)
    return sigmas, np.array([0.5 * math.erfc(-x / math.sqrt(2.0)) for x in sigmas.tolist()])
