"""A trail that was found in an image, with the errors of its measures."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Detection", "FoundTrail"]

NAN = math.nan


@dataclass(frozen=True, eq=False)
class FoundTrail:
    """A trail in an image; all lengths are pixels, errors are standard deviations.

    Numbers that were not measured are NaN.

    Attributes
    ----------
    start_xy, end_xy : tuple of float
        Where the line of its middle begins and ends, (x, y) from 0 at the centre of the first
        pixel. Which of them the satellite passed first is not told. An end may lie outside the
        image, where the trail leaves it.
    across_error, along_error : float
        Of an end, across the trail and along it.
    width, width_error : float
        Full width at half maximum of a point in the image, pixels included: of the stars' light
        where the trail is in focus, of the trail's own where it is wider.
    beta : float
        Exponent of the Moffat profile of a point; infinite for a Gaussian.
    disk : float
        Diameter of the disk that the point is spread over, for a trail out of focus; 0 in focus.
    flux_px, flux_px_error : float
        Light a pixel of its length, in the unit of the image, mean over its length.
    snr : float
        Significance of its whole light: flux by its error, as fitted on the image.
    score : float
        Probability that it is a trail of a satellite, 0 to 1.
    flickering : float
        Standard deviation of its light along it by its mean, beyond the noise; 0 for a steady one.
    sagitta : float
        How far the middle of its arc lies from the middle of its chord, to the left of the way
        from start to end; 0 for a straight one.
    flux_profile : ndarray (n,), optional
        Light a pixel of its length in n equal pieces from start to end.
    open_ends : tuple of bool
        Whether it leaves the image at its start, at its end.
    detector : str
        Name of what found it.
    """

    start_xy: tuple[float, float]
    end_xy: tuple[float, float]
    across_error: float = NAN
    along_error: float = NAN
    width: float = NAN
    width_error: float = NAN
    beta: float = NAN
    disk: float = 0.0
    flux_px: float = NAN
    flux_px_error: float = NAN
    snr: float = NAN
    score: float = NAN
    flickering: float = NAN
    sagitta: float = 0.0
    flux_profile: NDArray[np.float64] | None = None
    open_ends: tuple[bool, bool] = (False, False)
    detector: str = ""

    @property
    def length(self) -> float:
        """Pixels from end to end, along the chord."""
        return math.dist(self.start_xy, self.end_xy)

    @property
    def angle_deg(self) -> float:
        """Direction from start to end, degrees from x towards y, 0 to 180 (a line has no sense)."""
        dx, dy = self.end_xy[0] - self.start_xy[0], self.end_xy[1] - self.start_xy[1]
        return math.degrees(math.atan2(dy, dx)) % 180.0

    @property
    def flux(self) -> float:
        """Its whole light in the unit of the image."""
        return self.flux_px * self.length


@dataclass(frozen=True, eq=False)
class Detection:
    """What a detector says of one image.

    Attributes
    ----------
    trails : tuple of FoundTrail
        The clearest first.
    score : ndarray of float32 (rows, columns)
        How surely each pixel belongs to a trail, 0 to 1; 0 where the image has no value. Detectors
        that fit trails give the probability that the pixel lies within half a width
        (`Search.mask_width` times the trail's) of its line.
    notes : tuple of str
        What the user should know, as that the image is unlike those the network was trained on.
    """

    trails: tuple[FoundTrail, ...]
    score: NDArray[np.float32]
    notes: tuple[str, ...] = field(default=())
