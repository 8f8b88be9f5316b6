"""A scene on a real image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.backgrounds import Background
from satvo.resources.images.simulator.exposure import MASK_BITS, Exposure
from satvo.resources.images.simulator.scene import Scene
from satvo.resources.images.simulator.view import View
from satvo.schemas.errors import BadParameter

if TYPE_CHECKING:
    from satvo.resources.images.simulator.detector import Detector
    from satvo.resources.images.simulator.sheet import Sheet
    from satvo.resources.images.simulator.telescope import Telescope
    from satvo.resources.trails.stamps import PointSpread

__all__ = ["CompositeScene"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CompositeScene(Scene):
    """Satellites and test sources on real images.

    What is added comes with its own photon noise, and in whole counts where the image has those;
    elsewhere the image stays as it is. Its sky is that of the image: neither `sky` nor `effects`
    apply.

    Parameters
    ----------
    stars, satellites, produce_time_series, and others
        As `Scene` has them; stars and sources given are added, too.
    background : Background or array (rows, columns), or a sequence of these
        A frame each of a series, from the first again after the last. An array is counts of one
        electron each, whose WCS and zero point are those of telescope and detector.
    noisy : bool
        Whether what is added has photon noise.

    Raises
    ------
    BadParameter
        Without a background; for effects; when observed, for a detector of another size.
    """

    background: Background | NDArray[Any] | Sequence[Background | NDArray[Any]] = field(
        default=(), kw_only=True
    )
    noisy: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.backgrounds:
            raise BadParameter("a composite scene without background: give an image")
        if self.effects:
            raise BadParameter(
                "a composite scene with effects: air and optics are in the real image already; "
                "leave them out"
            )

    @cached_property
    def backgrounds(self) -> Sequence[Background]:
        """One or more."""
        given = self.background
        if isinstance(given, Background):
            return (given,)
        if isinstance(given, np.ndarray) and given.ndim < 3:
            return (Background(given),)
        return [
            each if isinstance(each, Background) else Background(np.asarray(each)) for each in given
        ]

    def observe(
        self,
        telescope: Telescope,
        detector: Detector,
        *,
        start: datetime,
        random: np.random.Generator,
        frames: int | None = None,
        approximate: bool = False,
    ) -> list[Exposure]:
        """The images with what is added; `Scene.observe` tells of the parameters.

        Of the detector size, pixels, exposure time and, without a zero point, quantum efficiency
        count. ``approximate`` has no effect.
        """
        from satvo.resources.images.simulator.observing import (
            cadence_of,
            check_inside,
            frame_count,
            movers_of,
        )
        from satvo.resources.images.simulator.trailing import draw_mover

        views = self._views(telescope, detector, start)
        cadence = cadence_of(self, views[0])
        count = frame_count(self, frames)
        series = [views[number % len(views)].at(number, cadence) for number in range(count)]
        spread = self._spread(views[0], random)
        measured = self.spread is not None or telescope.observing_mode == "from_background"
        movers = movers_of(self.satellites, views[0], spread, random, given=measured)
        if not self.allow_outside:
            check_inside(movers, series)
        made = []
        for number, view in enumerate(series):
            background = self.backgrounds[number % len(self.backgrounds)]
            natural, zero = _rates_of_zero(view, background)
            sheet = self._sheet(view, background, spread, random)
            for mover in movers:
                seen = replace(mover, rate=mover.rate * zero / natural)
                draw_mover(sheet, seen, self.mask_width)
            made.append(self._finished(sheet, background, random))
        return made

    def _views(self, telescope: Telescope, detector: Detector, start: datetime) -> list[View]:
        views = []
        for background in self.backgrounds:
            rows, columns = background.counts.shape
            if (columns, rows) != tuple(detector.resolution):
                raise BadParameter(
                    f"a background of {columns} x {rows} pixels for a detector of "
                    f"{detector.resolution[0]} x {detector.resolution[1]}: give a detector of the "
                    "size of the image"
                )
            if background.wcs is not None and not background.wcs.has_celestial:
                raise BadParameter("a background whose WCS is none of the sky: give one that is")
            if background.wcs is None:
                views.append(View.of(telescope, detector, start, self.drift))
            else:
                views.append(View(
                    telescope, detector, background.wcs, (rows, columns), start,
                    float(detector.exposure_time), drift=self.drift,
                ))  # fmt: skip
        return views

    def _spread(self, view: View, random: np.random.Generator) -> PointSpread:
        from satvo.resources.images.simulator.observing import star_spread

        if self.spread is None and view.telescope.observing_mode == "from_background":
            return self.backgrounds[0].point_spread
        return star_spread(self, view, random)

    def _sheet(
        self, view: View, background: Background, spread: PointSpread, random: np.random.Generator
    ) -> Sheet:
        """Of electrons: one for each photon that counts."""
        from satvo.resources.images.simulator.observing import draw_stars
        from satvo.resources.images.simulator.sheet import Sheet

        natural, zero = _rates_of_zero(view, background)
        noise = background.noise_adu * background.gain
        sheet = Sheet(view, spread, random, zero, 1.0, known_noise=noise)
        stars = self.star_light(view, random, spread.reach)
        draw_stars(sheet, replace(stars, rate=stars.rate * zero / natural))
        for source in self.sources:
            source.draw(sheet)
        return sheet

    def _finished(
        self, sheet: Sheet, background: Background, random: np.random.Generator
    ) -> Exposure:
        from satvo.resources.images.simulator.header import composite_cards

        view = sheet.view
        counts = self._added(sheet.light, background, random)
        with np.errstate(invalid="ignore"):
            full = counts >= background.full
        sheet.bits[full] |= np.uint8(MASK_BITS["saturated"])
        return Exposure(
            counts, sheet.bits, tuple(sheet.trails), sheet.objects, view.wcs_cards(),
            composite_cards(self, sheet, background), view.start, view.exposure_s, view.number,
            noise_electrons=sheet.noise_electrons, star_share=float("nan"),
        )  # fmt: skip

    def _added(
        self, light: Floats, background: Background, random: np.random.Generator
    ) -> NDArray[Any]:
        """The image with electrons added where there is light, full where it is full."""
        counts = background.counts.copy()
        where = np.nonzero(light > 0.0)
        electrons = light[where]
        if self.noisy:
            electrons = random.poisson(electrons).astype(np.float64)
        before = counts[where].astype(np.float64)
        after = before + electrons / background.gain
        if counts.dtype.kind in "ui":
            # Fractions of a count are drawn, or faint trails would be rounded away.
            after = np.floor(after + random.uniform(0.0, 1.0, after.shape))
        counts[where] = np.maximum(before, np.minimum(after, background.full))
        return counts


def _rates_of_zero(view: View, background: Background) -> tuple[float, float]:
    """Of AB magnitude 0, each second: photons by the telescope, electrons in the image."""
    from satvo.resources.images.simulator.spectrum import Spectrum

    natural = float(view.telescope.photons_per_second(Spectrum.ab(0.0)))
    if background.zero_point is None:
        return natural, natural * float(view.detector.quantum_efficiency)
    zero = 10.0 ** (0.4 * background.zero_point) * background.gain / view.exposure_s
    return natural, float(zero)
