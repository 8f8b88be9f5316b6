"""Beams of polarised light, against the law of Malus and the parameters that went in."""

from __future__ import annotations

import math

import numpy as np
import pytest
from satvo.resources.images.simulator.special.polarimetry import (
    PLATE_ANGLES,
    Polarisation,
    beam_pair,
    half_wave_beams,
    stokes_of_beams,
)
from satvo.schemas.errors import BadParameter


@pytest.mark.parametrize("angle", [0.0, 33.0, 90.0, 171.0])
@pytest.mark.parametrize("prism", [0.0, 22.5, 60.0])
def test_a_prism_divides_polarised_light_by_the_law_of_malus(angle: float, prism: float) -> None:
    q, u = Polarisation(1.0, angle).q_and_u
    one, other = beam_pair(np.array(100.0), np.array(100.0 * q), np.array(100.0 * u), prism)
    between = math.radians(angle - prism)
    assert float(one) == pytest.approx(100.0 * math.cos(between) ** 2, abs=1e-9)
    assert float(other) == pytest.approx(100.0 * math.sin(between) ** 2, abs=1e-9)


@pytest.mark.parametrize("plates", [(0.0, 22.5), PLATE_ANGLES, (10.0, 40.0, 70.0)])
def test_stokes_parameters_come_back_from_beam_pairs(plates: tuple[float, ...]) -> None:
    random = np.random.default_rng(3)
    i = random.uniform(50.0, 500.0, (8, 9))
    degree, angle = random.uniform(0.0, 1.0, (8, 9)), random.uniform(0.0, math.pi, (8, 9))
    q, u = i * degree * np.cos(2 * angle), i * degree * np.sin(2 * angle)
    pairs = [half_wave_beams(i, q, u, plate) for plate in plates]
    assert all(np.allclose(one + other, i) for one, other in pairs)
    assert all((one >= -1e-9).all() and (other >= -1e-9).all() for one, other in pairs)
    for made, expected in zip(stokes_of_beams(pairs, plates), (i, q, u), strict=True):
        assert np.abs(made - expected).max() < 1e-9


def test_what_cannot_be_is_refused() -> None:
    pair = np.ones(3), np.ones(3)
    with pytest.raises(BadParameter, match="degree from 0 to 1"):
        Polarisation(1.2)
    with pytest.raises(BadParameter, match="two of them"):
        stokes_of_beams([pair, pair], (0.0, 45.0))
    with pytest.raises(BadParameter, match="an angle for each pair"):
        stokes_of_beams([pair], (0.0, 22.5))
