"""Poisson numbers by inversion, against scipy's probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.images.simulator.poisson import (
    FEW,
    MANY,
    _series,
    nearly_with_normal,
    poisson,
    poisson_nearly,
)
from scipy import special, stats

SIZE = 400_000


def counted(drawn: np.ndarray, expected: float) -> tuple[np.ndarray, np.ndarray]:
    """How often each number came, and how often it should; rare ones at both ends together."""
    low, high = (int(stats.poisson.ppf(share, expected)) for share in (1e-4, 1 - 1e-4))
    edges = np.arange(low, high + 2)
    came = np.bincount(np.clip(drawn.astype(int), low, high) - low, minlength=len(edges) - 1)
    cumulative = stats.poisson.cdf(edges - 1, expected)
    cumulative[0], cumulative[-1] = 0.0, 1.0
    return came, np.diff(cumulative) * len(drawn)


@pytest.mark.parametrize(
    "expected", [0.004, 0.5, 3.3, 9.999, FEW, 10.7, 21.0, 150.0, 4000.0, 0.99 * MANY, 2 * MANY]
)
def test_numbers_come_as_often_as_they_should(expected: float) -> None:
    drawn = poisson(np.full(SIZE, expected), np.random.default_rng(11))
    came, due = counted(drawn, expected)
    assert stats.chisquare(came, due).pvalue > 1e-4


def test_expectations_that_differ_from_pixel_to_pixel_each_get_their_own() -> None:
    expected = np.random.default_rng(1).gamma(0.7, 15.0, (600, 700))
    drawn = poisson(expected, np.random.default_rng(2))
    # The place of each number in its own distribution, made even, is spread evenly from 0 to 1.
    blur = np.random.default_rng(3).random(expected.shape)
    place = stats.poisson.cdf(drawn - 1, expected) + blur * stats.poisson.pmf(drawn, expected)
    assert stats.kstest(place.ravel(), "uniform").pvalue > 1e-4
    assert np.corrcoef(place.ravel(), expected.ravel())[0, 1] == pytest.approx(0.0, abs=0.008)


def test_the_bound_of_the_series_holds() -> None:
    # Where the incomplete gamma function is the normal quantile, found by bisection.
    normal = np.linspace(-4.0, 4.0, 161)
    for expected in (10.0, 12.0, 30.0, 300.0, 5e4):
        means = np.full_like(normal, expected)
        low, high = np.zeros_like(normal), means + 12 * np.sqrt(means) + 60
        for _ in range(100):
            middle = (low + high) / 2
            short = np.where(
                normal < 0,
                special.gammaincc(middle, means) < special.ndtr(normal),
                special.gammainc(middle, means) > special.ndtr(-normal),
            )
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        off = np.abs(_series(means, normal) - low)
        assert (off <= (0.006 + 3e-4 * normal**6) / expected + 1e-9).all()


def test_nothing_expected_gives_nothing_and_shapes_stay() -> None:
    random = np.random.default_rng(1)
    assert not poisson(np.zeros((3, 5)), random).any()
    assert poisson(np.zeros((0, 4)), random).shape == (0, 4)
    assert poisson(np.broadcast_to(2.0, (7, 3)), random).shape == (7, 3)
    assert poisson(np.float64(1e15) * np.ones(1), random)[0] == pytest.approx(1e15, abs=3e8)


@pytest.mark.parametrize("sky", [0.2, 9.5, 800.0])
def test_light_in_some_pixels_leaves_the_noise_of_the_others(sky: float) -> None:
    plain = np.full((300, 400), sky)
    crossed = plain.copy()
    crossed[100:110] += 50.0
    without, with_light = (poisson(each, np.random.default_rng(9)) for each in (plain, crossed))
    changed = np.flatnonzero((without != with_light).any(1))
    assert changed.tolist() == list(range(100, 110))


@pytest.mark.parametrize("expected", [2.0, 10.0, 14.0, 100.0, 2000.0])
def test_nearly_poisson_is_within_its_bound(expected: float) -> None:
    drawn = poisson_nearly(np.full(4 * SIZE, expected), np.random.default_rng(12))
    came, due = counted(drawn, expected)
    chance = np.sqrt(2 * due / np.pi).sum() / 2 / len(drawn)
    assert np.abs(came - due).sum() / 2 / len(drawn) < 0.005 + chance


@pytest.mark.parametrize("variance", [0.0, 0.3, 0.5, 4.0, 60.0])
@pytest.mark.parametrize("expected", [0.0, 1.5, 5.5, 12.0, 300.0])
def test_both_noises_at_once_are_within_their_bound(expected: float, variance: float) -> None:
    one = nearly_with_normal(np.full(SIZE, expected), variance, np.random.default_rng(13))
    random = np.random.default_rng(14)
    other = random.poisson(expected, SIZE) + random.normal(0.0, variance**0.5, SIZE)
    # Kolmogorov's distance of two samples: 0.001 in truth, or 0.005 without readout noise, and
    # 1.95 sqrt(2 / n) by chance once in a thousand.
    bound = 0.005 if variance < 0.5 else 0.001
    assert stats.ks_2samp(one, other).statistic < bound + 1.95 * (2 / SIZE) ** 0.5
    total = expected + variance
    assert one.var() == pytest.approx(total, rel=0.012, abs=1e-12)
