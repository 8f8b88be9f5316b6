"""How faint a star may be to be seen under a trail."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from satvo.resources.masks.outputs.light import Light
from satvo.resources.trails.widths import moffat_radius

__all__ = ["SIGMA", "Depth", "depth_under"]

SIGMA = 5.0
"""Significance at which a star counts as seen."""

_SATURATED = 0.1


@dataclass(frozen=True)
class Depth:
    """Flux of the faintest point that is seen at 5 standard deviations, in the image's unit.

    Attributes
    ----------
    beside : float
        Where there is no trail.
    under : float
        On the middle of the trail, its model subtracted; NaN where a tenth of its length or more
        is saturated, or where nothing tells how many electrons a unit is.
    """

    beside: float
    under: float

    @property
    def loss_mag(self) -> float:
        """How much brighter a star must be under the trail."""
        return 2.5 * math.log10(self.under / self.beside)


def depth_under(light: Light, noise: float, gain: float) -> Depth:
    """The depth beside a trail and under it.

    Parameters
    ----------
    light : Light
    noise : float
        Standard deviation of the background of a pixel.
    gain : float
        Electrons a unit; where NaN, what the scatter of the trail's pixels told.

    Notes
    -----
    A point of the trail's own profile is measured with weights by its profile P, of which one
    standard deviation is sqrt(sum P**2 V) / sum P**2, V the variance of a pixel: background,
    photons of the trail (mean of its length) and error of its model. Stars near by are left out.
    """
    profile = light.profile
    half = math.ceil(2.0 * profile.width)
    grid = np.arange(-half, half + 1).astype(float)
    distance = np.hypot(grid[:, None], grid)
    if profile.beta > 50.0:
        point = np.exp(-4.0 * math.log(2.0) * (distance / profile.width) ** 2)
    else:
        scale = moffat_radius(profile.width, profile.beta)
        point = (1.0 + (distance / scale) ** 2) ** -profile.beta
    point /= point.sum()
    square = float((point**2).sum())
    electrons = gain if gain > 0.0 else light.gain
    across = profile.across(grid)
    variance = noise**2 + float(light.flux.mean()) * across / electrons
    variance = variance + float(np.median(light.flux_error)) ** 2 * across**2
    under = SIGMA * math.sqrt(float((point**2 * variance).sum())) / square
    if light.saturated >= _SATURATED or math.isnan(electrons):
        under = math.nan
    return Depth(SIGMA * noise / math.sqrt(square), under)
