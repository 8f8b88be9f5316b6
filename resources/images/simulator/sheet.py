"""A frame in the making: the light expected on it, and what is known of that."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.exposure import MASK_BITS, TrailTruth
from satvo.resources.images.simulator.view import View
from satvo.resources.trails.drawing import draw_points
from satvo.resources.trails.stamps import PointSpread

__all__ = ["Sheet"]

Floats = NDArray[np.float64]


@dataclass
class Sheet:
    """The light of one exposure, in photons that reach the detector.

    Attributes
    ----------
    view : View
    spread : PointSpread
        Of a star.
    random : numpy Generator
    zero_rate : float
        Photons a second of AB magnitude 0.
    efficiency : float
        Electrons for a photon.
    known_noise : float, optional
        Standard deviation of the background in a pixel, electrons, where it was measured.
    sky : ndarray (rows, columns), or float
        Of the sky in each pixel.
    light : ndarray (rows, columns)
        Of all that is above the air but the sky.
    air : ndarray (rows, columns), optional
        Share of `light` that the air lets through, where it is not even.
    optics : ndarray (rows, columns), optional
        Share of `light` and `sky` that the telescope lets through, where it is not even.
    bits : ndarray (rows, columns) of uint8
        `MASK_BITS`.
    star_x, star_y, star_photons : ndarray (n,)
        Stars on the sheet or near it, in the middle of the exposure.
    """

    view: View
    spread: PointSpread
    random: np.random.Generator
    zero_rate: float
    efficiency: float
    known_noise: float | None = None
    sky: Any = 0.0
    light: Floats = field(init=False)
    air: Floats | None = None
    optics: Floats | None = None
    bits: NDArray[np.uint8] = field(init=False)
    objects: list[dict[str, Any]] = field(default_factory=list)
    trails: list[TrailTruth] = field(default_factory=list)
    star_x: Floats = field(default_factory=lambda: np.zeros(0))
    star_y: Floats = field(default_factory=lambda: np.zeros(0))
    star_photons: Floats = field(default_factory=lambda: np.zeros(0))
    star_share: float = 0.0

    def __post_init__(self) -> None:
        self.light = np.zeros(self.view.shape)
        self.bits = np.zeros(self.view.shape, np.uint8)

    def copy(self, view: View, random: np.random.Generator) -> Sheet:
        """The same for another frame of the series."""
        made = Sheet(
            view, self.spread, random, self.zero_rate, self.efficiency, self.known_noise, self.sky,
            self.air, self.optics, list(self.objects), list(self.trails), self.star_x, self.star_y,
            self.star_photons, self.star_share,
        )  # fmt: skip
        made.light, made.bits = self.light.copy(), self.bits.copy()
        return made

    @property
    def pixels(self) -> tuple[Floats, Floats]:
        """Columns (1, n) and rows (n, 1) of its pixels."""
        rows, columns = self.view.shape
        return np.arange(columns, dtype=np.float64)[None, :], np.arange(rows, dtype=np.float64)[
            :, None
        ]

    @property
    def noise(self) -> float:
        """Standard deviation of the background in a pixel, in photons."""
        return self.noise_electrons / max(self.efficiency, 1e-12)

    @property
    def noise_electrons(self) -> float:
        """The same in electrons: sky, dark current, read noise."""
        if self.known_noise is not None:
            return self.known_noise
        detector = self.view.detector
        variance = (
            self.efficiency * self.sky_photons
            + detector.dark_current * self.view.exposure_s
            + detector.readout_noise_variance
        )
        return math.sqrt(variance)

    @property
    def sky_photons(self) -> float:
        """Of the sky in the middle of the frame, in a pixel."""
        rows, columns = self.view.shape
        sky = self.sky * (1.0 if self.optics is None else self.optics)
        return float(sky if np.ndim(sky) == 0 else sky[rows // 2, columns // 2])

    def photons(self, mag: float) -> float:
        """In the exposure, of a source of an AB magnitude."""
        return self.zero_rate * float(10.0 ** (-0.4 * mag)) * self.view.exposure_s

    def mag(self, photons: Any) -> Any:
        """AB magnitude of what gives these photons in the exposure; infinite for none."""
        with np.errstate(divide="ignore"):
            return -2.5 * np.log10(np.asarray(photons) / (self.zero_rate * self.view.exposure_s))

    def inside(self, x: Any, y: Any) -> Any:
        """Whether a place is on a pixel of the frame."""
        rows, columns = self.view.shape
        return (x >= -0.5) & (x < columns - 0.5) & (y >= -0.5) & (y < rows - 0.5)

    def add(self, light: Floats, kind: str = "") -> None:
        """Add light, and mark it if it is of a kind that has a bit."""
        self.light += light
        if kind:
            self.mark(light, kind)

    def add_points(
        self, x: Floats, y: Floats, photons: Floats, spread: PointSpread, kind: str = ""
    ) -> None:
        """Add points of light, and mark them if they are of a kind that has a bit."""
        if not kind:
            draw_points(self.light, x, y, photons, spread)
            return
        light = np.zeros_like(self.light)
        draw_points(light, x, y, photons, spread)
        self.add(light, kind)

    def mark(self, light: Floats, kind: str) -> None:
        """Give the bit of a kind to the pixels where light is above the noise, or above half of
        its peak if that is less; light below a tenth of the noise is not marked."""
        peak = float(light.max(initial=0.0))
        if peak > 0.1 * self.noise:
            self.bits[light >= min(self.noise, 0.5 * peak)] |= np.uint8(MASK_BITS[kind])

    def dim_by_air(self, share: Floats) -> None:
        """Let the air take from the light of what is above it."""
        self.air = share if self.air is None else self.air * share

    def dim_by_optics(self, share: Floats) -> None:
        """Let the telescope take from all light."""
        self.optics = share if self.optics is None else self.optics * share

    def expected(self) -> Floats:
        """Photons in each pixel."""
        light = self.light if self.air is None else self.light * self.air
        light = np.asarray(light + self.sky)
        return light if self.optics is None else light * self.optics
