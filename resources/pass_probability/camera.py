"""What is exposed: for how long, over which field, and what a trail in it spoils."""

from __future__ import annotations

import math
from dataclasses import dataclass

from satvo.schemas.errors import BadParameter

__all__ = ["Camera"]

_LONGEST_S = 86_400.0
_SMALLEST_DEG = 1e-6


@dataclass(frozen=True, slots=True)
class Camera:
    """An exposure of a convex field.

    Attributes
    ----------
    exposure_s : float
    radius_deg : float
        Of a circular field; or, of a rectangle, half of its diagonal.
    width_deg, height_deg : float
        Of a rectangular field; 0 for a circle. Its orientation is taken as random.
    mag_limit : float
        Illuminated satellites that are fainter than this V are left out; NaN for no limit.
    depth_mag : float
        Limiting magnitude of the exposure for stars: trails of a fainter effective magnitude are
        not detected and cost nothing. NaN: every illuminated satellite leaves a trail.
    blooming_mag : float
        Trails of a brighter effective magnitude spoil the whole exposure; NaN: none does.
    trail_width_arcsec : float
        Width of what a trail makes useless.
    resolution_arcsec : float
        Resolution element, for effective magnitudes.
    """

    exposure_s: float
    radius_deg: float
    width_deg: float = 0.0
    height_deg: float = 0.0
    mag_limit: float = math.nan
    depth_mag: float = math.nan
    blooming_mag: float = math.nan
    trail_width_arcsec: float = 5.0
    resolution_arcsec: float = 1.0

    def __post_init__(self) -> None:
        """Check the values.

        Raises
        ------
        BadParameter
            For a value that is out of range, or a rectangle with one side only.
        """
        for name, unit, low, high in (
            ("exposure_s", "s", 0.0, _LONGEST_S),
            ("radius_deg", "deg", 0.0, 90.0),
            ("width_deg", "deg", 0.0, 90.0),
            ("height_deg", "deg", 0.0, 90.0),
            ("trail_width_arcsec", "arcsec", 0.0, 36_000.0),
            ("resolution_arcsec", "arcsec", 1e-3, 36_000.0),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                label = name.rpartition("_")[0].replace("_", " ")
                raise BadParameter(f"{label}={value}: give {low:g} to {high:g} {unit}")
            if unit == "deg" and 0.0 < value < _SMALLEST_DEG:
                raise BadParameter(
                    f"{name[:-4]}={value}: give 0, or {_SMALLEST_DEG:g} deg and more"
                )
        if bool(self.width_deg) != bool(self.height_deg):
            raise BadParameter(
                f"a field of {self.width_deg:g} deg by {self.height_deg:g} deg: give both sides of "
                "a rectangle, or none and the radius of a circle"
            )

    @classmethod
    def rectangle(cls, exposure_s: float, width_deg: float, height_deg: float) -> Camera:
        """A rectangular field.

        Examples
        --------
        >>> Camera.rectangle(30.0, 0.3, 0.4).mean_width_deg.__round__(4)
        0.4456
        """
        half = math.hypot(width_deg, height_deg) / 2.0
        return cls(exposure_s, half, width_deg, height_deg)

    @property
    def area_deg2(self) -> float:
        """Area of the field, as of a small one."""
        if self.width_deg and self.height_deg:
            return self.width_deg * self.height_deg
        return math.pi * self.radius_deg**2

    @property
    def mean_width_deg(self) -> float:
        """Width of the field across a motion, mean over all directions: perimeter / pi (Cauchy)."""
        if self.width_deg and self.height_deg:
            return 2.0 * (self.width_deg + self.height_deg) / math.pi
        return 2.0 * self.radius_deg
