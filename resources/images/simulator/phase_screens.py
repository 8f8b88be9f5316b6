"""Turbulence over a pupil, drawn at random, and the images of short exposures through it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from satvo.resources.images.simulator.apertures import Aperture
from satvo.resources.images.simulator.point_spreads import Air, Grid

__all__ = ["phase_screen", "short_exposure"]

Floats = NDArray[np.float64]

_SUBHARMONICS = 12
_AROUND = [(row, column) for row in (-1, 0, 1) for column in (-1, 0, 1) if row or column]
_NEAR = 2  # cells about frequency 0 that are integrated
_MOST_SAMPLES = 2**22  # of all screens of an exposure
_MOST_SCREENS = 64


def phase_screen(
    samples: int, step_m: float, r_0: float, outer_scale: float, random: np.random.Generator
) -> Floats:
    """A phase over a square (samples, samples), radians, its mean anything.

    Parameters
    ----------
    step_m : float
        Between samples.
    r_0, outer_scale : float
        Metres; an infinite outer scale gives Kolmogorov's spectrum.

    Notes
    -----
    Spectrum 0.0229 r0^(-5/3) (k^2 + 1/L0^2)^(-11/6), k in cycles a metre, filtered from noise on a
    square twice as wide, with subharmonics (Lane, R. G., Glindemann, A., Dainty, J. C. 1992, Waves
    in Random Media 2, 209) for what is broader than it, tip and tilt above all: without an outer
    scale these come from waves so long that six levels would leave out a tenth of their variance,
    and twelve 1 %.
    """
    from scipy.fft import fft2

    wide = 2 * samples
    space = 1.0 / (wide * step_m)
    along = np.fft.fftfreq(wide, step_m)
    density = _density(np.hypot(along[:, None], along[None, :]), r_0, outer_scale)
    density[0, 0] = 0.0
    for row in range(-_NEAR, _NEAR + 1):
        for column in range(-_NEAR, _NEAR + 1):
            if row or column:
                density[row, column] = _of_cell(row, column, space, r_0, outer_scale)
    noise = random.standard_normal((2, wide, wide))
    drawn = fft2((noise[0] + 1j * noise[1]) * np.sqrt(density) * space)
    screen: Floats = drawn.real[:samples, :samples]
    place = np.linspace(-0.5, 0.5, samples) * (samples - 1) * step_m
    return np.asarray(screen) + _subharmonics(place, space, r_0, outer_scale, random)


def _subharmonics(
    place: Floats, space: float, r_0: float, outer_scale: float, random: np.random.Generator
) -> Floats:
    rows, columns, sizes = [], [], []
    for level in range(1, _SUBHARMONICS + 1):
        step = space / 3.0**level
        for row, column in _AROUND:
            rows.append(row * step)
            columns.append(column * step)
            sizes.append(math.sqrt(_of_cell(row, column, step, r_0, outer_scale)) * step)
    waves = np.array(sizes) * (random.standard_normal((2, len(sizes))).T @ np.array([1.0, 1j]))
    down = np.exp(2j * np.pi * np.outer(place, rows))
    across = np.exp(2j * np.pi * np.outer(columns, place))
    # the constant of a long wave is left out: it is large, and moves nothing
    return np.asarray(((down * waves) @ across).real - waves.sum().real)


def _of_cell(row: int, column: int, step: float, r_0: float, outer_scale: float) -> float:
    """Density of a cell of frequencies, so that its wave bends the phase as all in it do.

    The spectrum is so steep that its value in the middle of a cell near 0 would be too little; what
    counts of waves longer than the pupil is their slope, so the mean is weighted by frequency
    squared.
    """
    part = (np.arange(8) - 3.5) / 8.0
    squared = step**2 * ((row + part[:, None]) ** 2 + (column + part[None, :]) ** 2)
    slopes = squared * _density(np.sqrt(squared), r_0, outer_scale)
    return float(slopes.mean() / (step**2 * (row**2 + column**2)))


def _density(frequency: Floats, r_0: float, outer_scale: float) -> Floats:
    with np.errstate(divide="ignore"):
        squared = frequency**2 + outer_scale**-2.0
        return np.asarray(0.0229 * r_0 ** (-5.0 / 3.0) * squared ** (-11.0 / 6.0))


def short_exposure(
    aperture: Aperture,
    air: Air,
    wavelength_m: float,
    grid: Grid,
    exposure_s: float | None,
    wind_m_s: float,
    random: np.random.Generator,
) -> tuple[Floats, float]:
    """Transfer function of one exposure, and the weight it has beside that of a long one.

    The air stays as it is for 0.314 r0 / wind (Roddier, F., Gilli, J. M., Lund, G. 1982, J. Optics
    13, 263), so an exposure is the mean of independent screens. Where that takes more than are
    drawn, the weight makes the scatter about the long exposure that of all of them.

    Parameters
    ----------
    exposure_s : float, optional
        None for an instant.
    """
    from scipy.fft import rfft2

    r_0 = air.r_0_at(wavelength_m)
    lasting = 0.314 * r_0 / wind_m_s
    needed = max((exposure_s or 0.0) / lasting, 1.0)
    most = min(max(_MOST_SAMPLES // grid.cells**2, 1), _MOST_SCREENS)
    count = min(math.ceil(needed), most)
    samples = aperture.samples(wavelength_m, grid.cells, grid.cell)
    step = wavelength_m / (grid.cells * grid.cell)
    screens = tuple(phase_screen(samples, step, r_0, air.outer_scale, random) for _ in range(count))
    light = aperture.image(wavelength_m, grid.cells, grid.cell, screens)
    weight = min(math.sqrt(count / needed), 1.0)
    transfer = np.asarray(rfft2(np.fft.ifftshift(light)))
    transfer[0, 0] = 1.0
    return transfer, weight
