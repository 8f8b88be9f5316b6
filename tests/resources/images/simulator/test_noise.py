"""The stages of a detector, each by itself, against theory.

A million pixels: the standard error of a variance is 0.14 %, of a mean of 100 electrons 0.01.
"""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.images.simulator.noise import (
    amplified,
    arrived,
    converted,
    count_type,
    dark_electrons,
    digitised,
    read_out,
    scaled,
)

PIXELS = (1000, 1000)
WITHIN = 0.01
"""Relative, of each variance; what the issue asks."""


def variance_is(values: np.ndarray, theory: float) -> None:
    assert values.var() == pytest.approx(theory, rel=WITHIN)


@pytest.mark.parametrize("expected", [0.05, 0.8, 4.0, 9.99, 10.0, 37.0, 1000.0, 60000.0, 3e6])
@pytest.mark.parametrize("approximate", [False, True])
def test_photons_vary_as_poisson_says(expected: float, approximate: bool) -> None:
    photons = np.full(PIXELS, expected)
    drawn = arrived(photons, np.random.default_rng(1), approximate=approximate)
    variance_is(drawn, expected)
    assert drawn.mean() == pytest.approx(expected, abs=5e-3 * expected**0.5)
    assert (drawn == np.floor(drawn)).all()


@pytest.mark.parametrize("efficiency", [0.2, 0.75])
def test_photons_that_each_have_a_chance_give_electrons_of_poisson(efficiency: float) -> None:
    random = np.random.default_rng(2)
    drawn = converted(arrived(np.full(PIXELS, 90.0), random), efficiency, random)
    variance_is(drawn, efficiency * 90.0)


def test_photons_that_are_multiplied_vary_less_by_the_efficiency() -> None:
    drawn = scaled(arrived(np.full(PIXELS, 90.0), np.random.default_rng(3)), 0.75)
    variance_is(drawn, 0.75**2 * 90.0)


@pytest.mark.parametrize("expected", [0.3, 12.0])
def test_dark_current_varies_as_poisson_says(expected: float) -> None:
    variance_is(dark_electrons(np.full(PIXELS, expected), np.random.default_rng(4)), expected)


def test_readout_noise_is_normal_with_its_variance_and_no_mean() -> None:
    drawn = read_out(np.full(PIXELS, 7.0), 12.25, np.random.default_rng(5))
    variance_is(drawn, 12.25)
    assert drawn.mean() == pytest.approx(7.0, abs=5 * 3.5e-3)
    # Of a normal distribution 4.55 % lie beyond two standard deviations; standard error 0.02 %.
    assert np.mean(np.abs(drawn - 7.0) > 7.0) == pytest.approx(0.0455, abs=1e-3)


def test_a_gain_multiplies_the_variance_by_its_square() -> None:
    electrons = np.random.default_rng(6).poisson(50.0, PIXELS).astype(float)
    adu = amplified(electrons, 0.4, 300.0)
    variance_is(adu, 0.16 * 50.0)
    assert adu.mean() == pytest.approx(300.0 + 20.0, abs=0.02)


def test_whole_counts_lose_half_a_count_and_vary_by_a_twelfth_more() -> None:
    adu = np.random.default_rng(7).normal(500.0, 1.5, PIXELS)
    counts = digitised(adu, 16).astype(float)
    variance_is(counts, 1.5**2 + 1.0 / 12.0)
    assert counts.mean() == pytest.approx(499.5, abs=0.01)


@pytest.mark.parametrize("bitdepth", [1, 7, 8, 9, 12, 16, 17, 31, 32])
def test_counts_stay_within_the_bit_depth(bitdepth: int) -> None:
    most = 2**bitdepth - 1
    counts = digitised(np.array([-1e20, -0.5, 0.0, most - 0.5, most + 0.9, 1e20]), bitdepth)
    assert counts.tolist() == [0, 0, 0, most - 1, most, most]
    assert np.iinfo(count_type(bitdepth)).max >= most
