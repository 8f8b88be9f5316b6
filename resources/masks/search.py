"""What a search for trails is limited to, and what is known before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.masks.frame import Frame

__all__ = ["Expected", "Prior", "Search"]


@dataclass(frozen=True)
class Search:
    """What trails are searched for (input C of SATCON2 3.1.1); None is derived from the image.

    Attributes
    ----------
    width_px : tuple of float, optional
        Least and largest full width at half maximum; by default half the width of the image's
        stars to the larger of 20 px and eight times that width.
    length_px : tuple of float, optional
        Least and largest length; by default 25 px, or a quarter of the shorter side of an image
        below 100 px, to the diagonal.
    snr_min : float, optional
        Least significance of a trail's whole light; by default each detector's own.
    angle_deg : tuple of float, optional
        Directions from x towards y, degrees: from the first on counterclockwise to the second,
        modulo 180; by default all.
    threshold : float
        Score from which a trail is kept, 0 to 1.
    mask_width : float
        Width of the mask that `Detection.score` tells of, in widths of the trail.
    most : int
        Trails that are looked for in one image.

    Raises
    ------
    BadParameter
        If a range is empty or a number outside of what is said.
    """

    width_px: tuple[float, float] | None = None
    length_px: tuple[float, float] | None = None
    snr_min: float | None = None
    angle_deg: tuple[float, float] | None = None
    threshold: float = 0.5
    mask_width: float = 1.0
    most: int = 20

    def __post_init__(self) -> None:
        for name, pair in (("width_px", self.width_px), ("length_px", self.length_px)):
            if pair is not None and not 0.0 <= pair[0] < pair[1] < math.inf:
                raise BadParameter(
                    f"{name} {pair[0]:g} to {pair[1]:g}: two pixel numbers, the first less than "
                    "the second, are accepted"
                )
        if self.snr_min is not None and not 0.0 < self.snr_min < math.inf:
            raise BadParameter(f"snr_min {self.snr_min}: above 0 is accepted")
        if self.angle_deg is not None and not all(math.isfinite(a) for a in self.angle_deg):
            raise BadParameter(f"angle_deg {self.angle_deg}: two angles in degrees are accepted")
        if not 0.0 <= self.threshold <= 1.0:
            raise BadParameter(f"threshold {self.threshold}: 0 to 1 is accepted")
        if not 0.1 <= self.mask_width <= 20.0:
            raise BadParameter(f"mask_width {self.mask_width}: 0.1 to 20 widths are accepted")
        if not 1 <= self.most <= 1000:
            raise BadParameter(f"most {self.most}: 1 to 1000 trails are accepted")

    def lengths(self, frame: Frame) -> tuple[float, float]:
        """Least and largest length in this image."""
        if self.length_px is not None:
            return self.length_px
        side = min(frame.shape)
        return (25.0 if side >= 100 else side / 4), math.hypot(*frame.shape)

    def widths(self, star_width: float) -> tuple[float, float]:
        """Least and largest width in an image whose stars are so wide (pixels)."""
        return self.width_px or (0.5 * star_width, max(20.0, 8.0 * star_width))

    def allows(self, angle_deg: float) -> bool:
        """Whether a line of this direction is searched for."""
        if self.angle_deg is None:
            return True
        first, second = self.angle_deg
        extent = (second - first) % 180.0 or 180.0
        return (angle_deg - first) % 180.0 <= extent


@dataclass(frozen=True)
class Expected:
    """A trail that is expected in an image: by hand, or by prediction.

    Attributes
    ----------
    xy : tuple of (float, float)
        Two points or more that its middle passes, pixels from 0; they may lie outside the image.
    across_px, along_px : float
        Standard deviations of where it is, across it and along it.
    norad_id : int, optional
    name : str
    """

    xy: tuple[tuple[float, float], ...]
    across_px: float = 5.0
    along_px: float = 20.0
    norad_id: int | None = None
    name: str = ""


Prior = Sequence[Expected]
"""What is known before the search: trails that are expected."""
