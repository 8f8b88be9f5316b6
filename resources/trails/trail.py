"""Something that moves over an image while it is exposed, and how many electrons it gives."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from satvo.resources.trails.flux_laws import FluxLaw
from satvo.resources.trails.paths import Path
from satvo.schemas.errors import BadParameter

__all__ = ["Trail", "electrons_per_s"]

_ARCSEC = 648000.0 / math.pi


@dataclass(frozen=True, eq=False)
class Trail:
    """A source that moves over an image.

    Attributes
    ----------
    path : Path
        Pixels, and when it is there in fractions of the exposure. It may begin after 0, end before
        1, and leave the image.
    electrons_s : float
        Electrons a second that it gives the detector, above 0; before its law of flux.
    exposure_s : float
        Of the image, above 0.
    mag : float
        That these electrons stand for; NaN where unknown.
    range_km : float
        Distance from the telescope; infinite for what is in focus.
    size_m : float
        Extent of the source; 0 for a point.
    law : FluxLaw, optional
        How its flux changes; steady without it.
    norad_id : int, optional
    name : str

    Raises
    ------
    BadParameter
        If a number is outside of what is said.
    """

    path: Path
    electrons_s: float
    exposure_s: float
    mag: float = math.nan
    range_km: float = math.inf
    size_m: float = 0.0
    law: FluxLaw | None = None
    norad_id: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        for name, unit in (("electrons_s", "electrons/s"), ("exposure_s", "s")):
            value = getattr(self, name)
            if not 0.0 < value < math.inf:
                raise BadParameter(f"a trail with {name}={value}: above 0 {unit} is accepted")
        if not self.range_km > 0.0:
            raise BadParameter(f"a trail with range_km={self.range_km}: above 0 km is accepted")
        if not 0.0 <= self.size_m < math.inf:
            raise BadParameter(f"a trail with size_m={self.size_m}: 0 m and more is accepted")

    @property
    def duration_s(self) -> float:
        """From the first vertex of the path to its last."""
        return float(self.path.t[-1] - self.path.t[0]) * self.exposure_s

    @property
    def electrons(self) -> float:
        """In the whole exposure, before its law; its share of the time falls on the path."""
        return self.electrons_s * self.exposure_s

    @property
    def length_px(self) -> float:
        """Of the whole path."""
        return self.path.length_px

    @property
    def rate_px_s(self) -> float:
        """Mean speed along the path; 0 where it stands still."""
        return self.length_px / self.duration_s if self.duration_s else 0.0

    def size_arcsec(self) -> float:
        """Angle of its extent."""
        return _ARCSEC * self.size_m / (self.range_km * 1e3)

    def along(self, path: Path) -> Trail:
        """The same source on another path."""
        return replace(self, path=path)


def electrons_per_s(mag: float, zero_point_mag: float) -> float:
    """Electrons a second of a magnitude.

    Parameters
    ----------
    mag : float
        In the band of the zero point.
    zero_point_mag : float
        Magnitude that gives one electron a second.

    Raises
    ------
    BadParameter
        If one is not finite.

    Examples
    --------
    >>> round(electrons_per_s(5.0, 25.0))
    100000000
    """
    if not (math.isfinite(mag) and math.isfinite(zero_point_mag)):
        raise BadParameter(
            f"magnitude {mag} with zero point {zero_point_mag}: finite numbers are accepted"
        )
    return float(10.0 ** (-0.4 * (mag - zero_point_mag)))
