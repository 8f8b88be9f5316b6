"""The layers of a constellation are as many satellites as its elements, at the same radii."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from satvo.ingest.constellations.shells import Constellation
from satvo.resources.constellations.analytic import layers_of
from satvo.resources.constellations.filed import filed_constellation, filed_names
from satvo.resources.constellations.simulation import simulated_elements


def test_totals_are_those_of_the_elements(every_kind: Constellation) -> None:
    elements = simulated_elements(every_kind, epoch=datetime(2027, 1, 1), first_number=1)
    layers = layers_of(every_kind)
    assert np.isclose(layers.total, len(elements), rtol=0, atol=1e-9)
    for inclination in (53.0, 97.6, 87.9, 63.4):
        counted = (elements.inclination == inclination).sum()
        assert np.isclose(layers.count[layers.inclination_deg == inclination].sum(), counted)


@pytest.mark.parametrize("name", filed_names())
def test_totals_of_the_filed_ones(name: str) -> None:
    filed = filed_constellation(name)
    assert np.isclose(layers_of(filed).total, filed.satellites, rtol=0, atol=1e-9)


def test_populations_are_steps_of_altitude(every_kind: Constellation) -> None:
    layers = layers_of(every_kind)
    first = layers[layers.inclination_deg == 53.0]
    assert np.allclose(
        first.radius_km - 6378.135,
        [550, *np.arange(360, 550, 20), 380, *np.arange(535, 250, -30)],
    )
    assert np.allclose(first.count, [1584, *[7.8] * 10, 52, *[15.6] * 10])


def test_an_eccentric_shell_is_at_radii_of_equal_times(every_kind: Constellation) -> None:
    layers = layers_of(every_kind)
    found = layers[layers.inclination_deg == 63.4]
    assert len(found) == 8
    assert np.allclose(found.count, 15 / 8)
    # Mean radius over time of a Kepler orbit: a (1 + e^2/2); and its mean square, a^2 (1 + 3/2 e^2)
    axis_km, e = 26_378.135, 0.2
    assert np.isclose(found.radius_km.mean(), axis_km * (1 + e**2 / 2), rtol=1e-6)
    assert np.isclose((found.radius_km**2).mean(), axis_km**2 * (1 + 1.5 * e**2), rtol=1e-6)


def test_brightness_goes_along(every_kind: Constellation) -> None:
    layers = layers_of(every_kind)
    known = layers.inclination_deg == 97.6
    assert (layers.mag_std[known] == 6.5).all()
    assert np.isnan(layers.mag_std[~known]).all()
    assert set(layers.constellation[layers.inclination_deg == 53.0]) == {"starlink"}
    assert set(layers.generation[layers.inclination_deg == 53.0]) == {"v2-mini"}
    assert set(layers.constellation[layers.inclination_deg == 87.9]) == {""}
