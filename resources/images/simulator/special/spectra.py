"""Spectra of fibres and slits, with the light of a satellite that passed before them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.special.apertures import (
    crossing_seconds,
    fibre_share,
    slit_weights,
)
from satvo.resources.images.simulator.special.cubes import effective_area_m2, exposed_planes
from satvo.resources.images.simulator.special.sunlight import airglow_photons, sunlight_photons
from satvo.resources.images.simulator.special.wavelengths import Light, WavelengthAxis
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

__all__ = ["Crossing", "SlitImage", "Spectra", "Spectrograph"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Crossing:
    """A satellite that passes before a fibre.

    Attributes
    ----------
    fibre : int
        From 0.
    spectrum : Spectrum
        Sunlight of its magnitude.
    rate_arcsec_s : float
    direction_deg, impact_arcsec : float
        As of `satvo.resources.images.simulator.special.apertures.crossing_seconds`.
    spread : PointSpread, optional
        Its own, out of focus; that of stars where none is given.
    """

    fibre: int
    spectrum: Light
    rate_arcsec_s: float
    direction_deg: float = 0.0
    impact_arcsec: float = 0.0
    spread: PointSpread | None = None


@dataclass(frozen=True, eq=False)
class SlitImage:
    """Light before a slit.

    Attributes
    ----------
    light : ndarray (rows, columns)
        Seconds for which a source shines into each pixel, as it is drawn: the exposure in all for
        a star, and for a trail the time that it takes to pass the frame. The slit runs along the
        rows' direction, through all rows.
    spectrum : Spectrum
    sunlit : bool
        Whether the light is the Sun's, with its lines.
    """

    light: Floats
    spectrum: Light
    sunlit: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Spectra:
    """Spectra as a detector has them.

    Attributes
    ----------
    counts : ndarray (rows, count)
        ADU; a row a fibre, or a place along the slit.
    cosmic_rays : ndarray (rows, count) of bool
        Where a particle left charge.
    satellite, rest : ndarray (rows, count)
        Photons expected over the exposure, of satellites and of all else.
    """

    counts: NDArray[Any]
    cosmic_rays: NDArray[np.bool_]
    satellite: Floats
    rest: Floats

    def contamination(self) -> Floats:
        """Share of the light of each row that is a satellite's, (rows,)."""
        return np.asarray(self.satellite.sum(1) / (self.satellite + self.rest).sum(1))


@dataclass(frozen=True, eq=False)
class Spectrograph:
    """A telescope with a spectrograph.

    Attributes
    ----------
    telescope : Telescope
        Its transmission holds for all wavelengths.
    detector : Detector
        Its resolution is not used, its pixels are those of the spread.
    axis : WavelengthAxis
    sky : Spectrum
        Of one arcsec**2, without the lines of the upper atmosphere.
    airglow : float
        Of these lines, times their mean.
    camera_pixel_um : float, optional
        Pixels of the detector behind the camera of the spectrograph, which particles hit; those of
        the detector where not given.
    """

    telescope: Any
    detector: Any
    axis: WavelengthAxis
    sky: Light
    airglow: float = 1.0
    camera_pixel_um: float | None = None

    def sky_photons(self) -> Floats:
        """Of one arcsec**2 a second in each pixel of the wavelength, (count,)."""
        glow = airglow_photons(self.axis, self.airglow)
        return np.asarray(self._area(self.sky) * (self.axis.photons(self.sky) + glow))

    def fibres(
        self,
        targets: Sequence[Light | None],
        diameter_arcsec: float,
        random: np.random.Generator,
        *,
        crossings: Sequence[Crossing] = (),
    ) -> Spectra:
        """Spectra of fibres, one of them a row.

        Parameters
        ----------
        targets : sequence of Spectrum
            Of a star in the middle of each fibre; None for one that looks at the sky.
        diameter_arcsec : float
        random : numpy Generator
        crossings : sequence of Crossing

        Raises
        ------
        BadParameter
            If there is no fibre, or a satellite crosses one that is not there.
        """
        if not targets:
            raise BadParameter("no fibre: one or more are accepted")
        spread, scale = self._spread()
        exposure_s = self.detector.exposure_time
        share = fibre_share(spread, scale, diameter_arcsec)
        rest = np.tile(
            self.sky_photons() * math.pi / 4.0 * diameter_arcsec**2 * exposure_s, (len(targets), 1)
        )
        for row, target in zip(rest, targets, strict=True):
            if target is not None:
                row += self._area(target) * self.axis.photons(target) * share * exposure_s
        satellite = np.zeros_like(rest)
        for each in crossings:
            if not 0 <= each.fibre < len(targets):
                raise BadParameter(
                    f"a satellite over fibre {each.fibre}: 0 to {len(targets) - 1} are accepted"
                )
            seconds = crossing_seconds(
                each.spread or spread, scale, diameter_arcsec, rate_arcsec_s=each.rate_arcsec_s,
                direction_deg=each.direction_deg, impact_arcsec=each.impact_arcsec,
            )  # fmt: skip
            light = sunlight_photons(self.axis, each.spectrum)
            satellite[each.fibre] += self._area(each.spectrum) * light * seconds
        return self._exposed(satellite, rest, random)

    def slit(
        self,
        images: Sequence[SlitImage],
        width_px: float,
        random: np.random.Generator,
        *,
        more: Floats | float = 0.0,
    ) -> Spectra:
        """The spectrum of a long slit, a row for each row of pixels along it.

        Light that comes through beside the middle of a wide slit is a little displaced in
        wavelength; that is left out.

        Parameters
        ----------
        images : sequence of SlitImage
            All of one shape.
        width_px : float
        random : numpy Generator
        more : ndarray (rows, count)
            Photons of anything else.

        Raises
        ------
        BadParameter
            If there are no images, or they are of different shapes.
        """
        shapes = {each.light.shape for each in images}
        if len(shapes) != 1:
            raise BadParameter(f"slit images of shapes {sorted(shapes)}: one shape is accepted")
        rows, columns = shapes.pop()
        through = slit_weights(columns, width_px)
        _, scale = self._spread()
        angle = float(through.sum()) * scale**2
        rest = np.tile(self.sky_photons() * angle * self.detector.exposure_time, (rows, 1)) + more
        satellite = np.zeros_like(rest)
        for each in images:
            light = (sunlight_photons if each.sunlit else WavelengthAxis.photons)(
                self.axis, each.spectrum
            )
            onto = satellite if each.sunlit else rest
            onto += np.outer(each.light @ through, self._area(each.spectrum) * light)
        return self._exposed(satellite, rest, random)

    def _spread(self) -> tuple[PointSpread, float]:
        """How a star is spread, and the pixels (arcsec) that this is told in."""
        size = self.detector.pixel_size
        return self.telescope.point_spread(size), float(self.telescope.pixel_scale(size))

    def _area(self, light: Light) -> float:
        return effective_area_m2(self.telescope, light)

    def _exposed(self, satellite: Floats, rest: Floats, random: np.random.Generator) -> Spectra:
        detector = self.detector
        if self.camera_pixel_um is not None:
            detector = replace(detector, pixel_size=self.camera_pixel_um)
        return Spectra(*exposed_planes(detector, satellite + rest, random), satellite, rest)
