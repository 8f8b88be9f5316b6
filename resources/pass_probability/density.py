"""Satellites and trails expected on lines of sight."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from satvo.resources.constellations.layers import Layers
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.light import DEFAULT_MODEL, Light, light_of
from satvo.resources.pass_probability.sightlines import Met, Sightlines, Thin, meet, thin_layers

__all__ = ["Expected", "expected"]

Floats = NDArray[np.float64]

_LINES_AT_ONCE = 4096
_SMALLEST_CELL_DEG = 0.01
_MAG = 2.5 / math.log(10.0)


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What is expected on n lines of sight.

    Attributes
    ----------
    n_sat, n_sat_illum : ndarray (n,)
        Satellites on each square degree, and illuminated ones that are bright enough.
    n_pass, n_pass_illum : ndarray (n,)
        Mean number of trails in the exposure: those in the field at its start, and those that come.
    n_detected, n_blooming : ndarray (n,)
        Of these n_pass_illum, with an effective magnitude above the exposure's depth, and above
        what spoils all of it.
    flux_illum : ndarray (n,)
        Illuminated satellites that come into the field, 1/s.
    camera : Camera
    """

    n_sat: Floats
    n_sat_illum: Floats
    n_pass: Floats
    n_pass_illum: Floats
    n_detected: Floats
    n_blooming: Floats
    flux_illum: Floats
    camera: Camera

    @property
    def p_pass(self) -> Floats:
        """Probability of one trail or more (Poisson)."""
        return np.asarray(-np.expm1(-self.n_pass))

    @property
    def p_illum(self) -> Floats:
        """Probability of one trail or more of an illuminated satellite (Poisson)."""
        return np.asarray(-np.expm1(-self.n_pass_illum))

    @property
    def loss(self) -> Floats:
        """Fraction of the exposure that is lost; above 1 it is wholly lost.

        Each detected trail takes its width over the field's mean width; a blooming one takes all.
        Bassa et al. 2022, A&A 657, A75, section 4.
        """
        width_deg = self.camera.trail_width_arcsec / 3600.0
        across = self.camera.mean_width_deg
        return self.n_detected * (width_deg / across if across else 0.0) + self.n_blooming

    @property
    def wait_s(self) -> Floats:
        """Mean time until an illuminated satellite comes into the field; NaN where none does."""
        with np.errstate(divide="ignore"):
            return np.where(self.flux_illum > 0.0, 1.0 / self.flux_illum, np.nan)


def expected(
    layers: Layers,
    lines: Sightlines,
    camera: Camera,
    *,
    cell_deg: float,
    model: str = DEFAULT_MODEL,
) -> Expected:
    """What is expected on lines of sight.

    Parameters
    ----------
    layers : Layers
        Those below the observer are not seen.
    lines : Sightlines
        n of them. The Earth hides nothing: ask for what is above the horizon.
    camera : Camera
    cell_deg : float
        Near the edges of a layer's latitudes, where the density at a point may be infinite, it is
        the mean over a square of this side. At least 0.01 is taken.
    model : str
        Brightness model; only asked where the camera has a limit of magnitude.

    Raises
    ------
    BadParameter
        If there is no such model.

    Notes
    -----
    Trails are rho A + rho w L t of the two senses of motion, with w the rate relative to the stars
    and L the field's mean width. Light time, aberration, refraction, the oblateness that makes
    orbits depart from circles, and the curvature of large fields are left out.

    References
    ----------
    Bassa, C. G., Hainaut, O. R., Galadi-Enriquez, D. 2022, A&A 657, A75, equation 1.
    """
    light = light_of(model, layers)
    cell_rad = math.radians(max(cell_deg, _SMALLEST_CELL_DEG))
    sums = _Sums(len(lines), camera)
    thin = thin_layers(layers, lines)
    for first in range(0, len(lines), _LINES_AT_ONCE):
        part = slice(first, first + _LINES_AT_ONCE)
        some = lines[part]
        for layer in thin:
            met = meet(layer, some, cell_rad)
            if met is not None:
                sums.add(part, layer, some, met, light)
    return sums.expected()


@dataclass(slots=True)
class _Sums:
    """What the layers have given so far."""

    count: int
    camera: Camera
    n_sat: Floats = field(init=False)
    n_illum: Floats = field(init=False)
    flux: Floats = field(init=False)
    flux_illum: Floats = field(init=False)
    detected: Floats = field(init=False)
    blooming: Floats = field(init=False)

    def __post_init__(self) -> None:
        for name in ("n_sat", "n_illum", "flux", "flux_illum", "detected", "blooming"):
            setattr(self, name, np.zeros(self.count))

    def add(self, part: slice, layer: Thin, lines: Sightlines, met: Met, light: Light) -> None:
        """What one layer gives to some lines."""
        north, south = met.rates_rad_s
        moving = met.per_deg2 * (0.5 * (north + south))
        self.n_sat[part] += met.per_deg2
        self.flux[part] += moving
        if not self._asks_for_light:
            self.n_illum[part] += met.per_deg2 * met.is_lit
            self.flux_illum[part] += moving * met.is_lit
            return
        if not met.is_lit.any():
            return
        half = met.per_deg2 * met.is_lit
        half *= 0.5
        for mag, rate in zip(light.mag_v(layer, lines, met), met.rates_rad_s, strict=True):
            self._add_bright(part, half, mag, rate)

    @property
    def _asks_for_light(self) -> bool:
        camera = self.camera
        limits = (camera.mag_limit, camera.depth_mag, camera.blooming_mag)
        return not all(map(math.isnan, limits))

    def _add_bright(
        self, part: slice, per_deg2: Floats, mag: NDArray[np.floating], rate_rad_s: Floats
    ) -> None:
        """Illuminated satellites of one sense of motion."""
        camera = self.camera
        if not math.isnan(camera.mag_limit):
            per_deg2 = per_deg2 * (mag <= camera.mag_limit)
        moving = per_deg2 * rate_rad_s
        self.n_illum[part] += per_deg2
        self.flux_illum[part] += moving
        if math.isnan(camera.depth_mag) and math.isnan(camera.blooming_mag):
            return
        trails = camera.area_deg2 * per_deg2
        trails += self._trails_per_flux * moving
        seconds = math.degrees(1.0) * 3600.0 * camera.exposure_s / camera.resolution_arcsec
        elements = (rate_rad_s * seconds).astype(np.float32)
        np.maximum(elements, 1.0, out=elements)
        effective = mag + np.float32(_MAG) * np.log(elements)
        if not math.isnan(camera.depth_mag):
            self.detected[part] += trails * (effective < camera.depth_mag)
        if not math.isnan(camera.blooming_mag):
            self.blooming[part] += trails * (effective < camera.blooming_mag)

    @property
    def _trails_per_flux(self) -> float:
        """From satellites deg**-2 rad/s to trails."""
        return math.degrees(1.0) * self.camera.mean_width_deg * self.camera.exposure_s

    def expected(self) -> Expected:
        """The sums as results."""
        area, per_flux = self.camera.area_deg2, self._trails_per_flux
        n_pass_illum = area * self.n_illum + per_flux * self.flux_illum
        every = math.isnan(self.camera.depth_mag)
        return Expected(
            n_sat=self.n_sat,
            n_sat_illum=self.n_illum,
            n_pass=area * self.n_sat + per_flux * self.flux,
            n_pass_illum=n_pass_illum,
            n_detected=n_pass_illum.copy() if every else self.detected,
            n_blooming=self.blooming,
            flux_illum=self.flux_illum * math.degrees(1.0) * self.camera.mean_width_deg,
            camera=self.camera,
        )
