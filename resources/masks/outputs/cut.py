"""How far a mask goes from the middle of a trail: to where its light is lost in the noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from satvo.resources.masks.outputs.light import Light
from satvo.resources.masks.outputs.strip import Strip

__all__ = ["CUT_SIGMA", "covered"]

CUT_SIGMA = 0.5
"""Light a pixel, in standard deviations of the noise, down to which a trail is masked."""


def covered(light: Light, shape: tuple[int, int], noise: float, *, cut: float = CUT_SIGMA) -> Strip:
    """The pixels of an image that a trail affects.

    Parameters
    ----------
    light : Light
    shape : (int, int)
        Of the image.
    noise : float
        Standard deviation of the background of a pixel.
    cut : float
        Light a pixel, in units of the noise, above which a pixel is affected.

    Returns
    -------
    Strip
        Pixels with more of the trail's light than that, and those within half of its full width at
        half maximum, so that a trail too faint to stand out of the noise is masked as well.
    """
    strip = light.strip(shape, cut * noise)
    inside = (strip.along >= 0.0) & (strip.along <= light.trail.length)
    middle = inside & (np.abs(strip.across) <= 0.5 * light.profile.fwhm)
    bright: NDArray[np.bool_] = light.on(strip) > cut * noise
    return strip.where(middle | bright)
