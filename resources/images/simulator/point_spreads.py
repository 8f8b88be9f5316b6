"""How telescope and air spread the light of a point: transfer functions, and spreads from them.

All is composed of transfer functions over the frequencies f of an image (cycles a radian): of the
pupil (its autocorrelation at lambda f), of the air over a long exposure, of what is out of focus,
of the object's own disc and of a cell of the detector. Their product is transformed once.

Lengths are metres, angles radians.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.apertures import Aperture
from satvo.resources.trails.stamps import PointSpread

__all__ = [
    "MOST_PX", "USUAL_PX", "Air", "Grid", "air_transfer", "choose_grid", "disc_transfer",
    "point_spread_of", "pupil_transfer", "structure",
]  # fmt: skip

Floats = NDArray[np.float64]
USUAL_PX = 64
"""Pixels that a point spread reaches at most unless more are asked for."""
MOST_PX = 256
"""Pixels that it reaches at most: the wings of the brightest stars."""

_MOST_CELLS = 2048
_LEAST_PX = 5
_VARIANCE = 0.0862714  # G(11/6) G(5/6) / (2 pi^(8/3)) (24/5 G(6/5))^(5/6), G the gamma function


@dataclass(frozen=True)
class Air:
    """Turbulence.

    Attributes
    ----------
    r_0 : float
        Fried parameter in metres, at `at_nm`.
    at_nm : float
    outer_scale : float
        Metres; infinite for Kolmogorov's spectrum.
    """

    r_0: float
    at_nm: float
    outer_scale: float = np.inf

    def r_0_at(self, wavelength_m: float) -> float:
        """Fried parameter at another wavelength: it goes as its power of 6/5."""
        return float(self.r_0 * (wavelength_m / (self.at_nm * 1e-9)) ** 1.2)


@dataclass(frozen=True)
class Grid:
    """Cells that a spread is computed on.

    Attributes
    ----------
    cells : int
        Along each side; even, the point in the middle of the one at cells / 2.
    cell : float
        Side in radians.
    binned : int
        Cells (odd) along a side of one of the point spread that is handed out.
    per_pixel : int
        Cells of that in a pixel.
    """

    cells: int
    cell: float
    binned: int
    per_pixel: int

    @property
    def frequency(self) -> Floats:
        """Cycles a radian along an axis, as `numpy.fft.fftfreq`."""
        return np.asarray(np.fft.fftfreq(self.cells, self.cell), dtype=np.float64)

    @property
    def radius(self) -> Floats:
        """Cycles a radian (cells, cells // 2 + 1), as `scipy.fft.rfft2` orders them."""
        along = np.fft.rfftfreq(self.cells, self.cell)
        return np.asarray(np.hypot(self.frequency[:, None], along[None, :]))


def choose_grid(pixel: float, fwhm: float, finest: float, broad: float, reach_px: int) -> Grid:
    """Cells for a spread.

    Parameters
    ----------
    pixel : float
        Side of a pixel.
    fwhm : float
        What is expected of the spread without `broad`.
    finest : float
        Largest cell that samples it fully.
    broad : float
        Angular size of what is spread: defocus, the object's disc.
    reach_px : int
        Pixels to either side that are wanted.
    """
    from scipy.fft import next_fast_len

    per_pixel = 3 if fwhm >= pixel else 5
    if max(fwhm, broad) > 12.0 * pixel:
        per_pixel = 1
    binned = int(np.ceil(pixel / per_pixel / finest))
    binned += 1 - binned % 2
    while binned > 1 and _LEAST_PX * per_pixel * binned > _MOST_CELLS:
        binned -= 2
    cells = int(min(3 * (reach_px + 1) * per_pixel * binned, _MOST_CELLS))
    cells = 2 * next_fast_len(-(-cells // 2))
    return Grid(cells, pixel / per_pixel / binned, binned, per_pixel)


def air_transfer(frequency: Floats, wavelength_m: float, air: Air) -> Floats:
    """Transfer function of the air over a long exposure.

    Notes
    -----
    exp(-D / 2), with D the structure function of the phase at distances lambda f in the pupil.
    Kolmogorov: D = 6.88 (r / r0)^(5/3) (Fried, D. L. 1966, JOSA 56, 1372). Von Karman, with
    x = 2 pi r / L0: D = 0.1725 (L0 / r0)^(5/3) (1 - 2^(1/6) / Gamma(5/6) x^(5/6) K_5/6(x))
    (Tokovinin, A. 2002, PASP 114, 1156, section 2, after Conan).
    """
    apart = wavelength_m * frequency
    r_0 = air.r_0_at(wavelength_m)
    return np.asarray(np.exp(-0.5 * structure(apart, r_0, air.outer_scale)))


def structure(apart_m: Floats, r_0: float, outer_scale: float) -> Floats:
    """Structure function of the phase (rad2) at distances in the pupil; see `air_transfer`."""
    if not np.isfinite(outer_scale):
        return np.asarray(6.88388 * (apart_m / r_0) ** (5.0 / 3.0))
    from scipy.special import gamma, kv

    x = np.maximum(2.0 * np.pi * apart_m / outer_scale, 1e-9)
    with np.errstate(under="ignore"):
        bessel = np.where(x < 600.0, kv(5.0 / 6.0, np.minimum(x, 600.0)), 0.0)
    inside = 1.0 - 2.0 ** (1.0 / 6.0) / gamma(5.0 / 6.0) * x ** (5.0 / 6.0) * bessel
    return np.asarray(2.0 * _VARIANCE * (outer_scale / r_0) ** (5.0 / 3.0) * inside)


def disc_transfer(frequency: Floats, diameter: float, hole: float = 0.0) -> Floats:
    """Of an evenly bright disc, or ring.

    Parameters
    ----------
    diameter : float
        Angular, radians.
    hole : float
        Diameter of the hole by that of the disc.
    """
    from scipy.special import j1

    def jinc(x: Floats) -> Floats:
        safe = np.where(x > 1e-6, x, 1.0)
        return np.where(x > 1e-6, 2.0 * j1(safe) / safe, 1.0)

    x = np.pi * diameter * frequency
    return np.asarray((jinc(x) - hole**2 * jinc(hole * x)) / (1.0 - hole**2))


def point_spread_of(transfer: Floats, grid: Grid, *, reach_px: int, enclosed: float) -> PointSpread:
    """The spread of a transfer function (cells, cells // 2 + 1), over the detector's cells.

    Parameters
    ----------
    reach_px : int
        Pixels to either side at most.
    enclosed : float
        Share of the light that it holds at least, where that lies within `reach_px`. The array is
        cut there and not scaled up: its sum is the share of the light inside.
    """
    from scipy.fft import irfft2

    n, wide = grid.cells, grid.cell * grid.binned
    row, column = np.sinc(grid.frequency * wide), np.sinc(np.fft.rfftfreq(n, grid.cell) * wide)
    light = np.fft.fftshift(irfft2(transfer * (row[:, None] * column), s=(n, n)))
    most = min(reach_px, (n // 2 // grid.binned - grid.per_pixel // 2 - 1) // grid.per_pixel)
    half = most * grid.per_pixel + grid.per_pixel // 2
    picked = n // 2 + grid.binned * np.arange(-half, half + 1)
    # each value is the mean over a cell of the detector, in the middle of which it stands
    cells = np.maximum(light[np.ix_(picked, picked)], 0.0) * grid.binned**2
    return PointSpread(_cut(cells, grid.per_pixel, enclosed), grid.per_pixel)


def _cut(cells: Floats, per_pixel: int, enclosed: float) -> Floats:
    """The least whole number of pixels to either side that hold the share asked for."""
    middle = cells.shape[0] // 2
    offset = np.abs(np.arange(-middle, middle + 1))
    ring = np.maximum(offset[:, None], offset[None, :])
    within = np.cumsum(np.bincount(ring.ravel(), cells.ravel()))
    for pixels in range(1, middle // per_pixel + 1):
        half = pixels * per_pixel + per_pixel // 2
        if half >= middle or within[half] >= enclosed:
            keep = slice(max(middle - half, 0), middle + half + 1)
            return np.ascontiguousarray(cells[keep, keep])
    return cells


def pupil_transfer(aperture: Aperture, wavelength_m: float, grid: Grid) -> Floats:
    """Transfer function of a pupil, real or complex: (cells, cells // 2 + 1).

    Where cells are too coarse for its details, that of a pupil without vanes and aberrations: it
    shows only beneath a pixel.
    """
    if aperture.plain or grid.cell > 0.5 * wavelength_m / aperture.diameter:
        return aperture.transfer(wavelength_m * grid.radius)
    from scipy.fft import rfft2

    light = aperture.image(wavelength_m, grid.cells, grid.cell)
    transfer = np.asarray(rfft2(np.fft.ifftshift(light)))
    transfer[0, 0] = 1.0
    return transfer
