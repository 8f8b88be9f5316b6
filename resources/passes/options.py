"""What may be asked beside the exposures."""

from __future__ import annotations

from dataclasses import dataclass

from satvo.resources.brightness.bands import colour
from satvo.resources.brightness.magnitudes import brightness_model
from satvo.schemas.errors import BadParameter

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """How PassPredict answers.

    Attributes
    ----------
    illuminated_only : bool
        Leaves out what stays in the shadow while it crosses.
    mag_limit : float, optional
        Leaves out what is fainter; what has no predicted magnitude stays.
    refraction : bool
        Adds to places the part of refraction that stars beside the satellite do not have.
    extinction : bool
        Adds the air's extinction to magnitudes.
    band : str
        Of magnitudes.
    model : str, optional
        Of brightness; each satellite's best one without it.
    seeing_arcsec, aperture_m : float
        FWHM, and diameter of the telescope: for the width of trails.
    max_age_d : float
        Leaves out satellites whose elements are older or newer than this at the time.
    step_s : float, optional
        Asks for a row for each such step of time within each crossing.
    """

    illuminated_only: bool = False
    mag_limit: float | None = None
    refraction: bool = False
    extinction: bool = False
    band: str = "V"
    model: str | None = None
    seeing_arcsec: float = 1.0
    aperture_m: float = 1.0
    max_age_d: float = 30.0
    step_s: float | None = None

    def __post_init__(self) -> None:
        colour(self.band)
        if self.model is not None:
            brightness_model(self.model)
        for name, low, high in (
            ("seeing_arcsec", 0.0, 60.0),
            ("aperture_m", 0.0, 100.0),
            ("max_age_d", 0.0, 36525.0),
            ("step_s", 0.0, 86400.0),
        ):
            value = getattr(self, name)
            if value is not None and not low < value <= high:
                raise BadParameter(f"{name}={value}: above {low:g} to {high:g} is accepted")
