"""Satellites and trails expected on lines of sight."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.constellations.layers import Layers
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.light import DEFAULT_MODEL, Light, light_of
from satvo.resources.pass_probability.sightlines import (
    Met,
    Sightlines,
    Singles,
    Thin,
    meet,
    thin_layers,
)

__all__ = ["Expected", "expected"]

Floats = NDArray[np.float64]

_LINES_AT_ONCE = 16_384
_SMALLEST_CELL_DEG = 0.01
_LEAST_FLUX = 1e-30
_POINT_DEG = 1e-9
"""A field narrower than this is a point, which no trail crosses."""
_ARCSEC_PER_RAD = 3600.0 * math.degrees(1.0)


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
        Bassa et al. 2022, A&A 657, A75.
        """
        width_deg = self.camera.trail_width_arcsec / 3600.0
        across = self.camera.mean_width_deg
        return (
            self.n_detected * (width_deg / across if across > _POINT_DEG else 0.0) + self.n_blooming
        )

    @property
    def wait_s(self) -> Floats:
        """Mean time until an illuminated satellite comes into the field; NaN where none does."""
        comes = self.flux_illum > _LEAST_FLUX
        return np.divide(
            1.0, self.flux_illum, out=np.full_like(self.flux_illum, np.nan), where=comes
        )


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
    thin = thin_layers(layers, lines) if len(lines) else []
    for first in range(0, len(lines), _LINES_AT_ONCE):
        part = slice(first, first + _LINES_AT_ONCE)
        some = lines[part]
        for layer in thin:
            met = meet(layer, some, cell_rad)
            if met is not None:
                sums.add(part, layer, some, met, light)
    return sums.expected()


class _Sums:
    """What the layers have given so far; of both senses of motion, so twice what there is."""

    def __init__(self, count: int, camera: Camera) -> None:
        self.camera = camera
        names = ("n_sat", "flux", "n_illum", "flux_illum", "detected", "blooming")
        self._twice = {name: np.zeros(count, dtype=np.float32) for name in names}
        limits = camera.mag_limit, camera.depth_mag, camera.blooming_mag
        self._has_limit, self._has_depth, self._has_blooming = (not math.isnan(m) for m in limits)
        self._deepest, self._blooms = (10.0 ** (-0.4 * m) for m in limits[1:])
        self._elements_per_rad_s = _ARCSEC_PER_RAD * camera.exposure_s / camera.resolution_arcsec
        self._trails_per_flux = math.degrees(1.0) * camera.mean_width_deg * camera.exposure_s

    def add(self, part: slice, layer: Thin, lines: Sightlines, met: Met, light: Light) -> None:
        """What one layer gives to some lines."""
        sums = {name: values[part] for name, values in self._twice.items()}
        north, south = met.rates_rad_s
        density = met.per_deg2 * 2.0
        moving = north + south
        moving *= met.per_deg2
        sums["n_sat"] += density
        sums["flux"] += moving
        if not met.is_lit.any():
            return
        if not (self._has_limit or self._has_depth or self._has_blooming):
            density *= met.is_lit
            moving *= met.is_lit
            sums["n_illum"] += density
            sums["flux_illum"] += moving
            return
        density = met.per_deg2 * met.is_lit
        bright, given, before = density, None, None
        for mag, rate in zip(light.mag_v(layer, lines, met), met.rates_rad_s, strict=True):
            if mag is not before:
                before, given = mag, None
                bright = density * (mag <= self.camera.mag_limit) if self._has_limit else density
            moving = bright * rate
            sums["n_illum"] += bright
            sums["flux_illum"] += moving
            if self._has_depth or self._has_blooming:
                given = _light(mag) if given is None else given
                self._add_trails(sums, bright, moving, self._in_an_element(given, rate))

    def _add_trails(
        self, sums: dict[str, Singles], bright: Singles, moving: Singles, light: Singles
    ) -> None:
        moving *= self._trails_per_flux
        moving += bright * self.camera.area_deg2
        if self._has_depth:
            sums["detected"] += moving * (light > self._deepest)
        if self._has_blooming:
            sums["blooming"] += moving * (light > self._blooms)

    def _in_an_element(self, light: Singles, rate_rad_s: Singles) -> Singles:
        """Light that a resolution element gets, of V = 0 in the whole exposure.

        That of `satvo.resources.brightness.trails.effective_mag`; as light it needs one exponential
        where magnitudes take a logarithm for each sense.
        """
        return np.asarray(light / np.maximum(rate_rad_s * self._elements_per_rad_s, 1.0))

    def expected(self) -> Expected:
        """The sums as results."""
        once = {name: 0.5 * values.astype(np.float64) for name, values in self._twice.items()}
        # A part is not more than the whole, whatever single precision rounds.
        np.minimum(once["n_illum"], once["n_sat"], out=once["n_illum"])
        np.minimum(once["flux_illum"], once["flux"], out=once["flux_illum"])
        area, per_flux = self.camera.area_deg2, self._trails_per_flux
        n_pass_illum = area * once["n_illum"] + per_flux * once["flux_illum"]
        np.minimum(once["detected"], n_pass_illum, out=once["detected"])
        np.minimum(once["blooming"], n_pass_illum, out=once["blooming"])
        return Expected(
            n_sat=once["n_sat"],
            n_sat_illum=once["n_illum"],
            n_pass=area * once["n_sat"] + per_flux * once["flux"],
            n_pass_illum=n_pass_illum,
            n_detected=once["detected"] if self._has_depth else n_pass_illum.copy(),
            n_blooming=once["blooming"],
            flux_illum=once["flux_illum"] * math.degrees(1.0) * self.camera.mean_width_deg,
            camera=self.camera,
        )


def _light(mag: NDArray[np.floating]) -> Singles:
    """That of magnitudes, of V = 0."""
    return np.asarray(np.exp(np.float32(-0.4 * math.log(10.0)) * mag.astype(np.float32)))
