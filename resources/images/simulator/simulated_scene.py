"""A scene whose stars are drawn at random."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.scene import Scene
from satvo.resources.images.simulator.star_counts import (
    FAINTEST,
    galactic_latitude_deg,
    random_magnitudes,
    stars_per_deg2,
)
from satvo.resources.images.simulator.stars import Light, StarField, joined_light
from satvo.resources.images.simulator.view import View
from satvo.schemas.errors import BadParameter

__all__ = ["SimulatedScene"]

Floats = NDArray[np.float64]

_MOST_STARS = 2_000_000


@dataclass(frozen=True, eq=False)
class SimulatedScene(Scene):
    """A scene with stars at random places, of magnitudes as Gaia counts them.

    Parameters
    ----------
    stars, satellites, produce_time_series, and others
        As `Scene` has them; the stars given are there beside those at random.
    density : float, optional
        Stars in a square degree brighter than the limit; what `star_counts` says where it is not
        given.
    star_count : int, optional
        Stars in the frame, exactly; takes the place of `density`.
    limiting_magnitude : float, optional
        Gaia G of the faintest; where not given that of a star whose light is as much as the noise
        of the background under its image, 21 at most.
    galactic_latitude : float, optional
        deg; that of the pointing where not given.

    Raises
    ------
    BadParameter
        For values out of range; when observed, for a field with more than 2,000,000 stars.
    """

    density: float | None = field(default=None, kw_only=True)
    star_count: int | None = field(default=None, kw_only=True)
    limiting_magnitude: float | None = field(default=None, kw_only=True)
    galactic_latitude: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, low, high in (
            ("density", 0.0, 1e9), ("star_count", 0, _MOST_STARS),
            ("limiting_magnitude", -1.0, 30.0), ("galactic_latitude", -90.0, 90.0),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise BadParameter(
                    f"simulated scene {name}={value}: {low:g} to {high:g} is accepted"
                )

    def star_light(self, view: View, random: np.random.Generator, margin_px: float) -> Light:
        """Stars at random in and around the frame, and those given."""
        latitude = self.galactic_latitude
        if latitude is None:
            latitude = float(galactic_latitude_deg(*view.centre))
        faintest = self.limiting_magnitude
        if faintest is None:
            faintest = self._reached(view)
        ra, dec = self._places(view, random, margin_px, latitude, faintest)
        mag = random_magnitudes(len(ra), latitude, min(faintest, FAINTEST), random)
        rate = StarField(ra, dec, mag, band="G").photons_per_second(view.telescope)
        return joined_light(Light(ra, dec, rate), super().star_light(view, random, margin_px))

    def _places(
        self,
        view: View,
        random: np.random.Generator,
        margin_px: float,
        latitude: float,
        faintest: float,
    ) -> tuple[Floats, Floats]:
        """Even on the sky."""
        rows, columns = view.shape
        wide, high = columns + 2.0 * margin_px, rows + 2.0 * margin_px
        if self.star_count is not None:
            count = int(random.poisson(self.star_count * (wide * high / (rows * columns) - 1.0)))
            x, y = _in_frame(view, random, self.star_count)
            beside_x, beside_y = _beside(view, random, count, margin_px)
            return view.sky(np.concatenate([x, beside_x]), np.concatenate([y, beside_y]))
        density = self.density
        if density is None:
            density = float(stars_per_deg2(faintest, latitude))
        most, largest = _largest_pixel(view)
        expected = density * largest * wide * high
        if expected > _MOST_STARS:
            raise BadParameter(
                f"{expected:.3g} stars in the field: at most {_MOST_STARS} are drawn; give a lower "
                "density or a brighter limiting_magnitude"
            )
        count = int(random.poisson(expected))
        x = random.uniform(-0.5 - margin_px, columns - 0.5 + margin_px, count)
        y = random.uniform(-0.5 - margin_px, rows - 0.5 + margin_px, count)
        ra, dec = view.sky(x, y)
        kept = np.isfinite(ra)
        if most > 1.01:
            kept &= random.uniform(0.0, 1.0, count) < _pixel_deg2(view, x, y) / largest
        return ra[kept], dec[kept]

    def _reached(self, view: View) -> float:
        """Gaia G of a star that gives as many electrons as the noise in its image varies."""
        zero = StarField(np.zeros(1), np.zeros(1), np.zeros(1), band="G")
        rate = float(zero.photons_per_second(view.telescope)[0])
        sky = self.sky.photons_per_second(view.telescope) * view.pixel_arcsec**2
        detector, efficiency = view.detector, float(view.detector.quantum_efficiency)
        variance = (efficiency * sky + detector.dark_current) * view.exposure_s
        variance += detector.readout_noise_variance
        noise = math.sqrt(9.0 * max(variance, 1e-6))
        signal = efficiency * rate * view.exposure_s
        if not signal > 0.0:
            return 0.0
        return float(np.clip(2.5 * math.log10(signal / noise), 0.0, FAINTEST))


def _in_frame(view: View, random: np.random.Generator, count: int) -> tuple[Floats, Floats]:
    rows, columns = view.shape
    return random.uniform(-0.5, columns - 0.5, count), random.uniform(-0.5, rows - 0.5, count)


def _beside(
    view: View, random: np.random.Generator, count: int, margin_px: float
) -> tuple[Floats, Floats]:
    """Places around the frame, whose light may fall into it."""
    rows, columns = view.shape
    tries = 4 * count + int(2 * count * rows * columns / max((rows + columns) * 2 * margin_px, 1.0))
    x = random.uniform(-0.5 - margin_px, columns - 0.5 + margin_px, tries)
    y = random.uniform(-0.5 - margin_px, rows - 0.5 + margin_px, tries)
    outside = (x < -0.5) | (x > columns - 0.5) | (y < -0.5) | (y > rows - 0.5)
    return x[outside][:count], y[outside][:count]


def _largest_pixel(view: View) -> tuple[float, float]:
    """Largest area of a pixel by that of the smallest, and that area, deg**2."""
    rows, columns = view.shape
    x, y = np.meshgrid(np.linspace(0, columns - 1, 9), np.linspace(0, rows - 1, 9))
    area = _pixel_deg2(view, x.ravel(), y.ravel())
    area = area[np.isfinite(area) & (area > 0.0)]
    if not len(area):
        return 1.0, (view.pixel_arcsec / 3600.0) ** 2
    return float(area.max() / area.min()), 1.02 * float(area.max())


def _pixel_deg2(view: View, x: Floats, y: Floats) -> Floats:
    """Solid angle of the pixels at some places; NaN where there is no sky."""
    from satvo.schemas.sphere import cross, unit_vectors

    at, right, up = (
        unit_vectors(*view.sky(x + dx, y + dy)) for dx, dy in ((0, 0), (0.5, 0), (0, 0.5))
    )
    area = np.linalg.norm(np.asarray(cross(right - at, up - at)), axis=-1)
    return np.asarray(4.0 * area * math.degrees(1.0) ** 2)
