"""An exposure: a field, for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from satvo.resources.passes.fields import Field
from satvo.schemas.errors import BadParameter

__all__ = ["LONGEST_S", "Exposure"]

LONGEST_S = 86400.0


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """One exposure.

    Attributes
    ----------
    id : str
        What its owner calls it.
    start_mjd : float
        MJD in UTC.
    duration_s : float
        Above 0 to a day.
    field : Field
        ICRS as star catalogues are, at the middle of the exposure.
    tracks : bool
        Whether it follows the stars; otherwise it stays at its azimuth and altitude.
    wcs : object, optional
        With ``world_to_pixel_values`` (APE 14), for trail ends in pixels.
    pixel_arcsec : float, optional
        Size of a pixel, for the effective magnitude.
    """

    id: str
    start_mjd: float
    duration_s: float
    field: Field
    tracks: bool = True
    wcs: Any = None
    pixel_arcsec: float | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.duration_s <= LONGEST_S:
            raise BadParameter(
                f"exposure {self.id}: duration={self.duration_s}; above 0 to {LONGEST_S:.0f} s is "
                "accepted"
            )

    @property
    def middle_mjd(self) -> float:
        """MJD in UTC."""
        return self.start_mjd + self.duration_s / 172800.0

    @property
    def end_mjd(self) -> float:
        """MJD in UTC."""
        return self.start_mjd + self.duration_s / 86400.0
