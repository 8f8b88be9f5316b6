"""Flux laws against their integrals by small steps, and scintillation against Young's law."""

from __future__ import annotations

import math

import numpy as np
import pytest
from satvo.resources.trails.flux_laws import Glinting, Product, Scintillating, Steady, Tumbling
from satvo.schemas.errors import BadParameter

LAWS = [
    Steady(),
    Tumbling(3.7, 0.9, 0.3),
    Glinting([0.2, 0.9, 1.01], [5.0, 1.0, 3.0], [0.01, 0.2, 0.05]),
    Scintillating(0.5, 0.02, np.random.default_rng(1)),
    Scintillating(0.5, 3.0, np.random.default_rng(1)),
    Product([Tumbling(2.0, 1.0), Glinting([0.5], [4.0], [0.1])]),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_the_integral_of_a_law_is_that_of_its_flux(law) -> None:
    t = (np.arange(200_000) + 0.5) / 200_000
    flux = law(t)
    assert flux.min() >= 0.0
    for start, end in ((0.0, 1.0), (0.25, 0.5), (0.9, 0.93)):
        inside = flux[(t > start) & (t < end)]
        assert abs(law.mean(start, end) - inside.mean()) < 1e-4 * max(inside.mean(), 1.0)


def test_a_turning_body_has_its_mean_over_whole_turns() -> None:
    assert abs(Tumbling(5.0, 1.0, 2.0).mean() - 1.0) < 1e-12
    assert abs(Tumbling(0.25, 1.0).mean() - (1 + 2 / math.pi)) < 1e-12


def test_scintillation_has_its_mean_spread_and_correlation() -> None:
    rng = np.random.default_rng(8)
    t = np.array([0.30, 0.34])
    flux = np.array([Scintillating(0.4, 0.04, rng)(t) for _ in range(3000)])
    # 3000 draws: 0.4 / sqrt(3000) = 0.007 in the mean, about 1 / sqrt(3000) in the others.
    assert abs(flux.mean() - 1.0) < 0.02
    assert abs(flux[:, 0].std() / 0.4 - 1.0) < 0.1
    assert abs(np.corrcoef(np.log(flux.T))[0, 1] - math.exp(-0.5)) < 0.05


def test_a_long_exposure_scintillates_by_youngs_law() -> None:
    """Osborn et al. 2015, equation 7: 0.5 m at 2000 m, 30 deg from the zenith, 2 s."""
    rng = np.random.default_rng(9)
    air = {"exposure_s": 2.0, "diameter_m": 0.5, "zenith_distance_deg": 30.0}
    means = [
        Scintillating.of_air(rng, **air, site_height_m=2000.0, wind_m_s=10.0).mean()
        for _ in range(1500)
    ]
    variance = 10e-6 * 1.5**2 * 0.5 ** (-4 / 3) / 2.0
    variance *= math.cos(math.radians(30)) ** -3 * math.exp(-0.5)
    assert abs(np.std(means) / math.sqrt(variance) - 1.0) < 0.08


@pytest.mark.parametrize(
    "bad",
    [
        lambda: Tumbling(0.0, 0.5),
        lambda: Tumbling(1.0, 1.5),
        lambda: Tumbling(1.0, 0.5, math.nan),
        lambda: Glinting([0.5], [1.0], [0.0]),
        lambda: Glinting([0.5], [-1.0], [0.1]),
        lambda: Glinting([0.5, 0.6], [1.0], [0.1]),
        lambda: Scintillating(-0.1, 0.1, np.random.default_rng(1)),
        lambda: Scintillating(0.1, 0.0, np.random.default_rng(1)),
        lambda: Scintillating.of_air(np.random.default_rng(1), exposure_s=0.0, diameter_m=1.0),
        lambda: Scintillating.of_air(
            np.random.default_rng(1), exposure_s=1.0, diameter_m=1.0, zenith_distance_deg=85.0
        ),
    ],
)
def test_a_bad_law_is_refused(bad) -> None:
    with pytest.raises(BadParameter):
        bad()
