"""The catalogue as thin layers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from catalogues import elements_in
from satvo.resources.constellations.walker import EARTH_RADIUS_KM, kozai_mean_motion
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.pass_probability.counts import counts
from satvo.resources.pass_probability.populations import layers_of_elements, mean_axes_km
from satvo.resources.pass_probability.situation import Situation


def some(count: int = 1, **columns: object) -> Elements:
    given = {
        "norad_id": list(range(count)),
        "epoch_mjd": [6e4] * count,
        "mean_motion": [15.0] * count,
        "eccentricity": [0.0] * count,
        "inclination": [53.0] * count,
        "ra_of_asc_node": [0.0] * count,
        "arg_of_pericenter": [0.0] * count,
        "mean_anomaly": [0.0] * count,
        **columns,
    }
    return Elements.of_columns(given)


@pytest.mark.parametrize(("altitude_km", "inclination_deg"), [(350.0, 30.0), (1200.0, 98.0)])
def test_axes_are_those_that_the_simulator_starts_from(
    altitude_km: float, inclination_deg: float
) -> None:
    motion = kozai_mean_motion(altitude_km, inclination_deg)
    axis = mean_axes_km(some(mean_motion=[motion], inclination=[inclination_deg]))
    assert axis[0] == pytest.approx(EARTH_RADIUS_KM + altitude_km, abs=0.001)


def test_what_has_decayed_or_is_not_launched_is_left_out() -> None:
    four = some(4, decay_mjd=[None, 59_000.0, 61_000.0, None], launch_mjd=[None] * 3 + [60_500.0])
    assert layers_of_elements(four).total == pytest.approx(2.0)
    assert layers_of_elements(four, mjd=60_000.0).total == pytest.approx(2.0)
    assert layers_of_elements(four, mjd=60_600.0).total == pytest.approx(3.0)
    assert layers_of_elements(four, mjd=62_000.0).total == pytest.approx(2.0)


def test_an_eccentric_orbit_spends_its_time_far_out() -> None:
    """Molniya: above 1.5 of its axis for 0.38 of the time by Kepler's equation."""
    layers = layers_of_elements(some(mean_motion=[2.006], eccentricity=[0.72], inclination=[63.4]))
    assert layers.total == pytest.approx(1.0)
    axis = mean_axes_km(some(mean_motion=[2.006], eccentricity=[0.72], inclination=[63.4]))[0]
    mean = float(layers.count @ layers.radius_km)
    assert mean == pytest.approx(axis * (1.0 + 0.72**2 / 2.0), rel=0.005)
    eccentric = np.arccos(-0.5 / 0.72)
    expected = 1.0 - (eccentric - 0.72 * np.sin(eccentric)) / np.pi
    far = layers.count[layers.radius_km > 1.5 * axis].sum()
    assert far == pytest.approx(expected, abs=0.03)


def test_no_orbits_are_no_layers_and_broken_ones_are_left_out() -> None:
    assert len(layers_of_elements(some(0))) == 0
    broken = some(3, mean_motion=[0.0, 15.0, 15.0], eccentricity=[0.0, 1.0, 0.0])
    assert layers_of_elements(broken).total == 1.0


def test_kinds_stay_apart_by_brightness_only() -> None:
    three = some(
        3,
        constellation=["starlink", "starlink", "oneweb"],
        object_name=["STARLINK-1008", "STARLINK-31234", "ONEWEB-0012"],
        mag_std=[None, 5.1, None],
    )
    assert len(layers_of_elements(three)) == 1
    apart = layers_of_elements(three, by_brightness=True)
    rows = set(zip(apart.constellation, apart.generation, apart.mag_std.tolist(), strict=True))
    assert {row[:2] for row in rows} == {
        ("starlink", "original"),
        ("starlink", "v2-mini"),
        ("oneweb", ""),
    }
    assert {row[2] for row in rows if row[1] == "v2-mini"} == {5.0}


@pytest.mark.needs_data
def test_layers_count_as_the_catalogue_does(test_data: Path) -> None:
    """Every fortieth object of July 2022, on layers of its own and on some hundreds: 0.5 %."""
    elements = elements_in(test_data / "orbits" / "3le_2022-07-15.txt.gz")[::40]
    layers = layers_of_elements(elements)
    single = layers_of_elements(elements, most_layers=100_000)
    assert len(layers) <= 400 < 2000 < len(single)
    assert layers.total == pytest.approx(len(elements))
    for lat_deg in (-24.6, 53.0):
        situation = Situation.with_sun(lat_deg, sun_dec_deg=-10.0, sun_hour_angle_deg=120.0)
        few, many = counts(layers, situation), counts(single, situation)
        np.testing.assert_allclose(few.n_sat, many.n_sat, rtol=0.005)
        np.testing.assert_allclose(few.n_illum, many.n_illum, rtol=0.005)
