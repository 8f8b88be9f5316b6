"""Spectra with a satellite in them, against integrals along its way and the fluence of trails."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from satvo.resources.brightness.trails import effective_mag
from satvo.resources.images.simulator.special.apertures import (
    crossing_seconds,
    fibre_share,
    slit_weights,
)
from satvo.resources.images.simulator.special.cubes import Layer, cube_of, exposed_planes
from satvo.resources.images.simulator.special.spectra import Crossing, SlitImage, Spectrograph
from satvo.resources.images.simulator.special.sunlight import (
    airglow_photons,
    solar_absorption,
    sunlight_photons,
)
from satvo.resources.images.simulator.special.wavelengths import WavelengthAxis
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

POINT = PointSpread(np.ones((1, 1)))
AXIS = WavelengthAxis(500.0, 700.0, 100, fwhm_nm=3.0)


@dataclass(frozen=True)
class EvenLight:
    """So many photons a second, m2 and nm at all wavelengths."""

    even: float

    def photons(self, band: Any) -> float:
        return self.even * float(band[1] - band[0])

    def density(self, wavelength_nm: np.ndarray) -> np.ndarray:
        return self.even * 6.62607015e-34 * 299792458.0 * 1e9 / wavelength_nm


@dataclass(frozen=True, eq=False)
class Bucket:
    """A telescope of a known area that images points as points."""

    area_m2: float = 10.0
    observing_band: tuple[float, float] = (400.0, 700.0)
    pixel_arcsec: float = 0.2

    def photons_per_second(self, light: Any) -> float:
        return self.area_m2 * float(light.photons(self.observing_band))

    def pixel_scale(self, pixel_size_um: float) -> float:
        return self.pixel_arcsec

    def point_spread(self, pixel_size_um: float) -> PointSpread:
        return POINT


@dataclass(frozen=True)
class Taken:
    counts: np.ndarray
    cosmic_rays: np.ndarray


@dataclass(frozen=True)
class Counter:
    """A detector without noise."""

    exposure_time: float = 900.0
    pixel_size: float = 15.0
    resolution: tuple[int, int] = (1, 1)

    def expose(self, photons: np.ndarray, random: np.random.Generator) -> Taken:
        assert photons.shape == self.resolution[::-1]
        return Taken(photons, photons < 0.0)


def bell(sigma_px: float, per_pixel: int = 5) -> PointSpread:
    """A Gaussian, sampled."""
    at = np.arange(-6 * per_pixel - 2, 6 * per_pixel + 3) / per_pixel
    values = np.exp(-0.5 * (at[:, None] ** 2 + at**2) / sigma_px**2)
    return PointSpread(values / values.sum(), per_pixel)


# Apertures


def test_a_fibre_takes_the_share_of_a_bell_that_theory_says() -> None:
    # 1 - exp(-r**2 / 2 sigma**2) of a Gaussian of 0.24 arcsec within 0.5 arcsec of its middle.
    share = fibre_share(bell(1.2), 0.2, 1.0)
    assert share == pytest.approx(1.0 - math.exp(-0.5 * (0.5 / 0.24) ** 2), abs=2e-3)


@pytest.mark.parametrize("impact", [0.0, 0.55, -0.55])
@pytest.mark.parametrize("direction", [37.0, 250.0])
def test_a_crossing_is_the_sum_of_a_star_that_moves(impact: float, direction: float) -> None:
    spread, rate = bell(1.2), 1500.0
    lopsided = PointSpread(
        spread.values * np.linspace(1.0, 1.6, len(spread.values)), spread.per_pixel
    )
    seconds = crossing_seconds(
        lopsided, 0.2, 1.0, rate_arcsec_s=rate, direction_deg=direction, impact_arcsec=impact
    )
    turn = math.radians(direction)
    along, step = np.linspace(-2.1, 2.1, 61, retstep=True)
    brute = sum(
        fibre_share(
            lopsided, 0.2, 1.0,
            (s * math.cos(turn) - impact * math.sin(turn),
             s * math.sin(turn) + impact * math.cos(turn)),
        )
        for s in along.tolist()
    ) * step / rate  # fmt: skip
    # The brute sum has the edge of the fibre in steps of 0.008 arcsec, a hundredth of a chord.
    assert seconds == pytest.approx(brute, rel=1e-2)


def test_a_slit_takes_its_width_wherever_it_lies() -> None:
    for middle in (3.0, 4.3, 5.77):
        weights = slit_weights(11, 2.6, middle)
        assert weights.sum() == pytest.approx(2.6)
        assert (weights * np.arange(11)).sum() / 2.6 == pytest.approx(middle, abs=0.2)


# Spectra


def test_a_satellite_over_a_fibre_counts_as_the_star_of_its_effective_magnitude() -> None:
    rate, diameter, exposure = 1800.0, 1.5, 900.0
    satellite = EvenLight(1e5)
    fainter = float(effective_mag(0.0, rate, exposure, diameter))
    spectra = Spectrograph(Bucket(), Counter(exposure), AXIS, EvenLight(1e-12), airglow=0.0).fibres(
        [EvenLight(1e5 * 10 ** (-0.4 * fainter)), None], diameter, np.random.default_rng(1),
        crossings=[Crossing(1, satellite, rate)],
    )  # fmt: skip
    star, crossed = spectra.rest[0], spectra.satellite[1]
    # The lines differ, the light of both is the same to the light in half a line.
    assert crossed.sum() == pytest.approx(star.sum(), rel=1e-3)
    assert star.sum() == pytest.approx(1e5 * 200 * 10 * diameter / rate, rel=1e-9)
    assert spectra.contamination().tolist() == pytest.approx([0.0, 1.0])


def test_the_sky_of_a_fibre_and_of_a_slit_is_that_of_their_areas() -> None:
    maker = Spectrograph(Bucket(), Counter(100.0), AXIS, EvenLight(3.0), airglow=0.0)
    fibre = maker.fibres([None], 2.0, np.random.default_rng(1))
    assert fibre.counts.sum() == pytest.approx(3.0 * 200 * 10 * 100 * math.pi, rel=1e-9)
    dark = SlitImage(np.zeros((30, 9)), EvenLight(1.0))
    slit = maker.slit([dark], 5.0, np.random.default_rng(1))
    assert slit.counts.sum() == pytest.approx(3.0 * 200 * 10 * 100 * 30 * 5 * 0.2**2, rel=1e-9)


def test_a_trail_across_a_slit_lies_in_the_rows_where_it_crosses() -> None:
    image = np.zeros((30, 9))
    image[[10, 11, 12], [2, 4, 6]] = 1e-4
    maker = Spectrograph(Bucket(), Counter(100.0), AXIS, EvenLight(1e-12), airglow=0.0)
    made = maker.slit([SlitImage(image, EvenLight(1e6), True)], 3.0, np.random.default_rng(1))
    assert np.flatnonzero(made.satellite.sum(1)).tolist() == [11]
    assert made.satellite[11].mean() == pytest.approx(1e6 * 10 * 1e-4 * 2.0, rel=0.02)


def test_lines_keep_their_light_and_equivalent_width_at_any_resolution() -> None:
    for fwhm in (0.0, 0.3, 5.0):
        axis = WavelengthAxis(640.0, 673.0, 165, fwhm_nm=fwhm)
        lost = axis.step_nm * (1.0 - solar_absorption(axis)).sum()
        # H alpha, 4.02 Angstrom (Moore, Minnaert & Houtgast 1966).
        assert lost == pytest.approx(0.402, rel=5e-3)
        glow = WavelengthAxis(545.0, 571.0, 130, fwhm_nm=fwhm)
        # 250 rayleigh of oxygen: 10**10 / 4 pi photons a second, m2 and sr each.
        expected = 250e10 / (4 * math.pi) * (math.pi / 648000) ** 2
        assert airglow_photons(glow).sum() == pytest.approx(expected, rel=5e-3)


def test_sunlight_keeps_the_equivalent_width_of_its_strongest_line() -> None:
    sun = Spectrum.solar(mag=5.0)
    for fwhm in (0.5, 2.0):
        axis = WavelengthAxis(620.0, 690.0, 700, fwhm_nm=fwhm)
        light = sunlight_photons(axis, sun)
        at = axis.centres_nm
        beside = (np.abs(at - 656.46) > 12.0) & (np.abs(at - 656.46) < 30.0)
        continuum = np.polyval(np.polyfit(at[beside], light[beside], 2), at)
        near = np.abs(at - 656.46) < 12.0
        width = axis.step_nm * (1.0 - light[near] / continuum[near]).sum()
        # 4.02 Angstrom; weaker lines on both sides make the continuum uncertain to 0.4 % of 24 nm.
        assert width == pytest.approx(0.402, abs=0.1)
        # A line is 0.8 deep at most, and less as the resolution washes it out.
        assert 0.1 < 1.0 - (light / continuum).min() < 0.8


def test_the_axis_says_in_fits_where_its_pixels_are() -> None:
    from astropy.io import fits
    from astropy.wcs import WCS

    wcs = WCS(fits.Header(AXIS.cards(1) | {"NAXIS": 1, "WCSAXES": 1}))
    metres = wcs.all_pix2world(np.arange(100.0), 0)[0]
    assert metres * 1e9 == pytest.approx(AXIS.centres_nm, abs=1e-6)


# Cubes


def test_a_cube_has_each_layer_with_its_spectrum() -> None:
    left, right = np.zeros((2, 4, 5))
    left[:, 0], right[:, 4] = 1.0, 0.5
    cube = cube_of([Layer(left, np.arange(7.0)), Layer(right, np.full(7, 8.0))])
    assert cube[:, 2, 0].tolist() == np.arange(7.0).tolist()
    assert cube[:, 1, 4].tolist() == [4.0] * 7
    counts, rays = exposed_planes(Counter(), cube, np.random.default_rng(1))
    assert np.array_equal(counts, cube)
    assert rays.shape == cube.shape


# What is refused


def test_what_cannot_be_is_refused() -> None:
    maker = Spectrograph(Bucket(), Counter(), AXIS, EvenLight(1e-12))
    random = np.random.default_rng(1)
    with pytest.raises(BadParameter, match="two that grow"):
        WavelengthAxis(500.0, 400.0, 10)
    with pytest.raises(BadParameter, match="1 or more"):
        WavelengthAxis(400.0, 500.0, 0)
    with pytest.raises(BadParameter, match="0 or more"):
        WavelengthAxis(400.0, 500.0, 10, math.nan)
    with pytest.raises(BadParameter, match="fibre 2: 0 to 1"):
        maker.fibres([None, None], 1.0, random, crossings=[Crossing(2, EvenLight(1.0), 100.0)])
    with pytest.raises(BadParameter, match=r"a rate of 0\.0"):
        crossing_seconds(POINT, 0.2, 1.0, rate_arcsec_s=0.0)
    with pytest.raises(BadParameter, match=r"a fibre of -1\.0 arcsec"):
        fibre_share(POINT, 0.2, -1.0)
    with pytest.raises(BadParameter, match=r"a slit 0\.0 pixels"):
        slit_weights(5, 0.0)
    with pytest.raises(BadParameter, match="one or more, all of one shape"):
        cube_of([])
