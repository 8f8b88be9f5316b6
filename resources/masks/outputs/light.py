"""The light of a trail as it lies on the pixels: its model."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.outputs.profile import Profile
from satvo.resources.masks.outputs.strip import Strip, strip_of

__all__ = ["FARTHEST_PX", "Excess", "Light"]

Floats = NDArray[np.float64]

FARTHEST_PX = 400.0
"""From its middle, that the light of a trail is followed."""


@dataclass(frozen=True, eq=False)
class Excess:
    """What the light across a trail has more than its profile, as a share of the flux.

    Attributes
    ----------
    along : ndarray (k,)
        Pixels from its start, increasing.
    across : ndarray (m,)
        Pixels to its left, evenly increasing.
    share : ndarray (k, m)
        A pixel of width and length; nothing beyond the outer ones across.
    """

    along: Floats
    across: Floats
    share: Floats

    def at(self, along: Floats, across: Floats) -> Floats:
        """The same at any places, straight between: (n,)."""
        step = float(self.across[1] - self.across[0])
        x = (across - self.across[0]) / step
        beyond = (x < 0.0) | (x > len(self.across) - 1)
        left = np.clip(x.astype(np.int64), 0, len(self.across) - 2)
        y = np.interp(along, self.along, np.arange(len(self.along), dtype=np.float64))
        low = np.clip(y.astype(np.int64), 0, max(len(self.along) - 2, 0))
        high = np.minimum(low + 1, len(self.along) - 1)
        dx, dy = x - left, y - low
        first = self.share[low, left] * (1.0 - dx) + self.share[low, left + 1] * dx
        second = self.share[high, left] * (1.0 - dx) + self.share[high, left + 1] * dx
        return np.where(beyond, 0.0, first * (1.0 - dy) + second * dy)


@dataclass(frozen=True, eq=False)
class Light:
    """The light of one trail, in the unit of the image.

    Attributes
    ----------
    trail : FoundTrail
        Where it lies; as it was found, or measured anew.
    profile : Profile
    along : ndarray (n,)
        Pixels from its start, increasing, at which its light is known.
    flux, flux_error : ndarray (n,)
        Light a pixel of its length there, and its standard deviation.
    excess : Excess, optional
        What the measured profile has more than `profile`.
    gain : float
        Electrons a unit, as told or as the scatter of its pixels tells; infinite where its light
        brings no noise that could be measured, NaN where nothing was measured.
    saturated : float
        Share of its length at which its middle is saturated.
    """

    trail: FoundTrail
    profile: Profile
    along: Floats
    flux: Floats
    flux_error: Floats
    excess: Excess | None = None
    gain: float = math.nan
    saturated: float = 0.0

    @property
    def peak(self) -> float:
        """Brightest light of its middle, a pixel."""
        top = float(self.flux.max(initial=0.0))
        return top * float(self.profile.across(np.zeros(1))[0])

    def flux_at(self, along: Floats) -> Floats:
        """Light a pixel of length, straight between the places where it is known."""
        return np.interp(along, self.along, self.flux)

    def on(self, strip: Strip) -> Floats:
        """Its light on pixels near it, without sky: (n,)."""
        return self.flux_at(strip.along) * self.shape_on(strip)

    def error_on(self, strip: Strip) -> Floats:
        """Standard deviation of its model on these pixels; of pixels near each other one error."""
        return np.interp(strip.along, self.along, self.flux_error) * self.shape_on(strip)

    def shape_on(self, strip: Strip) -> Floats:
        """The same for a flux of 1."""
        shape = self.profile.at(strip.along, strip.across, self.trail.length, self.trail.open_ends)
        if self.excess is not None:
            inside = (strip.along >= 0.0) & (strip.along <= self.trail.length)
            shape += inside * self.excess.at(strip.along, strip.across)
            np.maximum(shape, 0.0, out=shape)
        return shape

    def reach(self, faintest: float) -> float:
        """Distance from its middle beyond which it is fainter than this anywhere, pixels."""
        if not self.peak > 0.0:
            return 0.5 * self.profile.fwhm
        return min(self.profile.reach(min(faintest / self.peak, 1.0)), FARTHEST_PX)

    def strip(self, shape: tuple[int, int], faintest: float) -> Strip:
        """The pixels of an image that it reaches with more light than this, a pixel."""
        return strip_of(shape, self.trail, max(self.reach(faintest), 0.5 * self.profile.fwhm + 1.0))
