"""Point spreads of a telescope in its three modes, and their memory."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.apertures import Aperture
from satvo.resources.images.simulator.phase_screens import short_exposure
from satvo.resources.images.simulator.point_spreads import (
    MOST_PX,
    USUAL_PX,
    Air,
    Grid,
    air_transfer,
    choose_grid,
    disc_transfer,
    point_spread_of,
    pupil_transfer,
)
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

__all__ = ["MODES", "Optics", "Seen"]

Floats = NDArray[np.float64]

MODES = ("diffraction_limited", "seeing_limited", "from_background")

_ARCSEC = math.pi / 648_000.0
_ENCLOSED = 0.995


@dataclass(frozen=True)
class Seen:
    """A point, or small object, on a detector.

    Attributes
    ----------
    pixel_arcsec : float
    range_km : float or None
        None for what is at infinity.
    size_m : float
    enclosed : float or None
        None for 0.995, or for all within `reach_px` where that is given.
    reach_px : int or None
    exposure_s : float or None
    """

    pixel_arcsec: float
    range_km: float | None = None
    size_m: float = 0.0
    enclosed: float | None = None
    reach_px: int | None = None
    exposure_s: float | None = None

    def __post_init__(self) -> None:
        for name in ("range_km", "exposure_s"):
            value = getattr(self, name)
            if value is not None and not 0.0 < value < math.inf:
                raise BadParameter(f"{name} {value!s:.40}: a positive number is accepted")
        if not 0.0 <= self.size_m < math.inf:
            raise BadParameter(f"size_m {self.size_m!s:.40}: a number from 0 is accepted")
        if self.size_m and self.range_km is None:
            raise BadParameter(f"size_m {self.size_m:g} needs range_km, the object's distance")
        if self.enclosed is not None and not 0.0 < self.enclosed < 1.0:
            raise BadParameter(f"enclosed {self.enclosed!s:.40}: above 0 and below 1 is accepted")
        if self.reach_px is not None and not 1 <= self.reach_px <= MOST_PX:
            raise BadParameter(f"reach_px {self.reach_px!s:.40}: 1 to {MOST_PX} are accepted")


@dataclass(frozen=True)
class Optics:
    """What decides of the spread of a point.

    Attributes
    ----------
    mode : str
        One of `MODES`.
    aperture : Aperture
    wavelengths_nm : tuple of float
        The spread is the mean of theirs.
    air : Air or None
    wind_m_s : float
    measured : PointSpread or None
        For from_background.
    """

    mode: str
    aperture: Aperture
    wavelengths_nm: tuple[float, ...]
    air: Air | None = None
    wind_m_s: float = 10.0
    measured: PointSpread | None = None

    def point_spread(self, seen: Seen, random: np.random.Generator | None = None) -> PointSpread:
        """On a detector; drawn at random where a generator is given and there is air."""
        if self.mode == "from_background":
            return _blurred(self, seen)
        if random is None or self.air is None:
            return _remembered(self, _lasting(seen))
        return _computed(self, seen, random)

    def blur(self, seen: Seen) -> tuple[float, float]:
        """Angles (rad) of the pupil's shadow and of the object."""
        if seen.range_km is None:
            return 0.0, 0.0
        metres = seen.range_km * 1e3
        return self.aperture.diameter / metres, seen.size_m / metres


def _lasting(seen: Seen) -> Seen:
    """Without the time, on which long exposures do not depend."""
    return Seen(seen.pixel_arcsec, seen.range_km, seen.size_m, seen.enclosed, seen.reach_px)


@lru_cache(maxsize=128)
def _remembered(optics: Optics, seen: Seen) -> PointSpread:
    return _computed(optics, seen, None)


def _computed(optics: Optics, seen: Seen, random: np.random.Generator | None) -> PointSpread:
    grid, reach = _grid(optics, seen, at_random=random is not None)
    whole = np.zeros_like(grid.radius)
    for nm in optics.wavelengths_nm:
        whole = whole + _transfer(optics, seen, grid, nm * 1e-9, random)
    whole = whole * _blur_transfer(optics, seen, grid) / len(optics.wavelengths_nm)
    share = seen.enclosed or (_ENCLOSED if seen.reach_px is None else 1.0)
    return point_spread_of(whole, grid, reach_px=reach, enclosed=share)


def _transfer(
    optics: Optics, seen: Seen, grid: Grid, metres: float, random: np.random.Generator | None
) -> Floats:
    if optics.air is None:
        return pupil_transfer(optics.aperture, metres, grid)
    long = pupil_transfer(optics.aperture, metres, grid)
    long = long * air_transfer(grid.radius, metres, optics.air)
    if random is None:
        return long
    drawn, weight = short_exposure(
        optics.aperture, optics.air, metres, grid, seen.exposure_s, optics.wind_m_s, random
    )
    return weight * drawn + (1.0 - weight) * long


def _blur_transfer(optics: Optics, seen: Seen, grid: Grid) -> Floats:
    shadow, disc = optics.blur(seen)
    transfer = np.ones_like(grid.radius)
    if shadow > 0.0:
        transfer = transfer * disc_transfer(grid.radius, shadow, optics.aperture.obstruction)
    if disc > 0.0:
        transfer = transfer * disc_transfer(grid.radius, disc)
    return transfer


def _grid(optics: Optics, seen: Seen, *, at_random: bool) -> tuple[Grid, int]:
    """Cells, and pixels to either side."""
    pixel = seen.pixel_arcsec * _ARCSEC
    metres = min(optics.wavelengths_nm) * 1e-9
    widest = max(optics.wavelengths_nm) * 1e-9
    diameter = optics.aperture.diameter
    fwhm = 1.03 * widest / diameter
    across = diameter
    if optics.air is not None:
        r_0 = optics.air.r_0_at(metres)
        fwhm = math.hypot(fwhm, 0.98 * metres / r_0)
        if optics.aperture.plain and not at_random:
            # beyond, the air lets less than 1e-5 through
            across = min(diameter, 2.2 * optics.air.r_0_at(widest))
    broad = sum(optics.blur(seen))
    most = seen.reach_px or USUAL_PX
    airy = 45.0 * widest / diameter if optics.air is None else 10.0 * fwhm
    reach = int(min(max(math.ceil((airy + broad) / pixel) + 1, 2), most))
    if seen.reach_px is not None and seen.enclosed is None:
        reach = seen.reach_px
    return choose_grid(pixel, fwhm, 0.5 * metres / across, broad, reach), reach


def _blurred(optics: Optics, seen: Seen) -> PointSpread:
    """The measured spread, with what a near object adds."""
    from scipy.fft import irfft2, rfft2

    measured = optics.measured
    if measured is None:
        raise BadParameter(
            "observing_mode from_background needs a point spread: measure it on the background "
            "(measured_point_spread), or use diffraction_limited or seeing_limited"
        )
    shadow, disc = optics.blur(seen)
    cell = seen.pixel_arcsec * _ARCSEC / measured.per_pixel
    if shadow + disc < 0.1 * cell:
        return measured
    size = measured.values.shape[0]
    margin = min(math.ceil((shadow + disc) / cell) + 1, USUAL_PX * measured.per_pixel)
    wide = np.pad(measured.values, margin)
    grid = Grid(2 * (size // 2 + margin) + 2, cell, 1, measured.per_pixel)
    shape = (grid.cells, grid.cells)
    light = irfft2(rfft2(wide, s=shape) * _blur_transfer(optics, seen, grid), s=shape)
    return PointSpread(np.maximum(light[: wide.shape[0], : wide.shape[1]], 0.0), measured.per_pixel)
