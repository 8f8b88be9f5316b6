"""A scene, and what a telescope and a detector make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from satvo.resources.images.simulator.backgrounds import Sky
from satvo.resources.images.simulator.exposure import Exposure
from satvo.resources.images.simulator.satellites import Satellite
from satvo.resources.images.simulator.stars import Light, Star, StarField, light_of
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    import numpy as np
    from satvo.resources.images.simulator.effects import Effect
    from satvo.resources.images.simulator.sources import Source
    from satvo.resources.images.simulator.view import View
    from satvo.resources.trails.stamps import PointSpread

__all__ = ["Scene"]


@dataclass(frozen=True, eq=False)
class Scene:
    """What is in the field of view.

    Parameters
    ----------
    stars : sequence of Star, or StarField
    satellites : sequence of Satellite
    produce_time_series : bool
        Whether several consecutive frames are made.
    sky : Sky
    sources : sequence of Source
        Galaxies, test sources, comets and asteroids.
    effects : sequence of Effect
        Of the air and the optics: clouds, gradients, vignetting, ghosts, spikes.
    drift : (arcsec/s, deg), optional
        How the field moves over the detector while the telescope fails to follow it: speed, and
        position angle on the sky of the direction in which the stars move.
    cadence_s : float, optional
        From start to start of the frames of a series; the exposure time where none is given, so
        that each begins where the one before ended.
    mask_width : float
        Of trails in the truth mask, in units of their full width at half maximum.
    spread : PointSpread, optional
        Instead of the telescope's.
    spread_random : bool
        Whether each frame has its own point spread from phase screens (short exposures).
    allow_outside : bool
        Whether a satellite may miss the field.

    Raises
    ------
    BadParameter
        For parameters out of range.
    """

    stars: Sequence[Star] | StarField = ()
    satellites: Sequence[Satellite] = ()
    produce_time_series: bool = False
    sky: Sky = field(default_factory=Sky, kw_only=True)
    sources: Sequence[Source] = field(default=(), kw_only=True)
    effects: Sequence[Effect] = field(default=(), kw_only=True)
    drift: tuple[float, float] | None = field(default=None, kw_only=True)
    cadence_s: float | None = field(default=None, kw_only=True)
    mask_width: float = field(default=1.0, kw_only=True)
    spread: PointSpread | None = field(default=None, kw_only=True)
    spread_random: bool = field(default=False, kw_only=True)
    allow_outside: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if not 0.0 < self.mask_width <= 100.0:
            raise BadParameter(
                f"scene mask_width={self.mask_width}: widths above 0 to 100 FWHM are accepted"
            )
        if self.cadence_s is not None and not self.cadence_s > 0.0:
            raise BadParameter(f"scene cadence_s={self.cadence_s}: seconds above 0 are accepted")

    def star_light(self, view: View, random: np.random.Generator, margin_px: float) -> Light:
        """The light of the stars in the field and so many pixels around it.

        Kinds of scenes whose stars are not given override it.
        """
        return light_of(self.stars, view.telescope)

    def observe(
        self,
        telescope: Any,
        detector: Any,
        *,
        start: datetime,
        random: np.random.Generator,
        frames: int | None = None,
        approximate: bool = False,
    ) -> list[Exposure]:
        """The frames that a detector behind a telescope takes.

        Parameters
        ----------
        telescope : Telescope
        detector : Detector
        start : datetime
            Of the first frame, UTC without a zone.
        random : numpy Generator
            Of everything that is left to chance; the same makes the same frames.
        frames : int, optional
            1, or 3 for a time series, where none is given.

        approximate : bool
            Whether noise is drawn faster, as `Detector.expose` tells.

        Raises
        ------
        BadParameter
            Before any work: for a number of frames that the scene does not make, and for a
            satellite that never enters the field (unless `allow_outside`).
        """
        from satvo.resources.images.simulator.observing import observe

        return observe(
            self, telescope, detector, start=start, random=random, frames=frames,
            approximate=approximate,
        )  # fmt: skip
