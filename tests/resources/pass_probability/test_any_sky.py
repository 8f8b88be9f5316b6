"""Whatever the population, the site, the Sun and the camera: numbers that can be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from how_many import examples
from hypothesis import given
from hypothesis import strategies as st
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.counts import counts
from satvo.resources.pass_probability.maps import probability_map
from satvo.resources.pass_probability.probability_map import ProbabilityMap
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.errors import BadParameter

EARTH_KM = 6378.137
EDGES = [0.0, 90.0, -90.0]
ORDERS = [0, 1, 2, 3, 4, 5, 6]

latitudes = st.sampled_from(EDGES) | st.floats(-90.0, 90.0)
inclinations = st.sampled_from([0.0, 90.0, 180.0]) | st.floats(0.0, 180.0)
radii_km = st.sampled_from([6371.0, 6383.0, 42_164.17]) | st.floats(6478.0, 56_378.0)
situations = st.builds(
    lambda lat, dec, hour, height: Situation.with_sun(
        lat, sun_dec_deg=dec, sun_hour_angle_deg=hour, height_m=height
    ),
    latitudes,
    st.floats(-23.44, 23.44),
    st.floats(0.0, 360.0),
    st.sampled_from([-400.0, 0.0, 5000.0, 100_000.0]),
)
layers = st.lists(
    st.tuples(st.floats(0.0, 1e6), radii_km, inclinations), min_size=1, max_size=3
).map(lambda rows: Layers.of(*zip(*rows, strict=True)))
limits = st.sampled_from([math.nan, 0.0, 7.0, 30.0])
cameras = st.builds(
    lambda exposure, radius, limit, depth: Camera(
        exposure, radius, mag_limit=limit, depth_mag=depth, blooming_mag=4.0
    ),
    st.sampled_from([0.0, 86_400.0]) | st.floats(0.0, 3600.0),
    st.sampled_from([0.0, 1e-6, 90.0]) | st.floats(1e-6, 10.0),
    limits,
    limits,
)


@examples(60)
@given(layers, situations, cameras, st.sampled_from(ORDERS))
def test_a_map_has_values_that_can_be(
    layers: Layers, situation: Situation, camera: Camera, order: int
) -> None:
    made = probability_map(layers, situation, camera, nside=1 << order)
    assert made.nside == 1 << order
    for name, values in made.values.items():
        if name == "t_next":
            assert values.dtype == np.float64
        else:
            assert np.isfinite(values).all(), name
            assert (values >= 0.0).all(), name
    value = {name: values.astype(np.float64) for name, values in made.values.items()}
    assert_not_more(value["n_sat_illum"], value["n_sat"])
    assert_not_more(value["n_pass_illum"], value["n_pass"])
    assert_not_more(value["p_illum"], value["p_pass"])
    assert (value["p_pass"] <= 1.0).all()
    assert_not_more(value["p_pass"], value["n_pass"])
    assert value["p_pass"] == pytest.approx(-np.expm1(-value["n_pass"]), abs=1e-6)
    if camera.exposure_s == 0.0:
        area = camera.area_deg2
        assert value["n_pass"] == pytest.approx(value["n_sat"] * area, rel=1e-5, abs=1e-30)


@examples(100)
@given(layers, situations)
def test_counts_fall_with_altitude(layers: Layers, situation: Situation) -> None:
    found = counts(layers, situation, np.linspace(0.0, 90.0, 19).tolist())
    for each in (found.n_sat, found.n_illum):
        assert np.isfinite(each).all()
        assert (each >= 0.0).all()
        assert_not_more(each[1:], each[:-1])
    assert_not_more(found.n_illum, found.n_sat)
    assert found.n_sat[0] <= layers.total * (1.0 + 1e-6)


@examples(25)
@given(
    st.sampled_from([450.0, 1200.0, 8000.0, 35_786.0, 50_000.0]),
    st.floats(20.0, 160.0),
    situations,
)
def test_a_map_has_as_many_satellites_as_are_counted(
    altitude_km: float, inclination_deg: float, situation: Situation
) -> None:
    """To 8 % and a ten-thousandth of all: cells at the horizon count whole or not at all.

    Belts thinner than the cells are left out: seen along the edges of cells, as that above the
    equator is from the equator, they fall between the centres (0.59 of them are in such a map).
    """
    layers = Layers.of(1e4, EARTH_KM + altitude_km, inclination_deg)
    made = probability_map(layers, situation, Camera(30.0, 1.0), nside=64)
    cell = 4.0 * math.pi * math.degrees(1.0) ** 2 / (12 * made.nside**2)
    every, lit = counted(made, cell)
    told = counts(layers, situation)
    assert every == pytest.approx(told.n_sat[0], rel=0.08, abs=1.0)
    assert lit == pytest.approx(told.n_illum[0], rel=0.08, abs=1.0 + 0.01 * told.n_sat[0])
    assert made.facts.n_sat_above == pytest.approx(tuple(told.n_sat.tolist()))


def counted(made: ProbabilityMap, cell_deg2: float) -> tuple[float, float]:
    """All satellites of a map, and illuminated ones."""
    return (
        float(made.values["n_sat"].astype(np.float64).sum() * cell_deg2),
        float(made.values["n_sat_illum"].astype(np.float64).sum() * cell_deg2),
    )


def assert_not_more(some: np.ndarray, others: np.ndarray) -> None:
    """But for the rounding of single precision."""
    assert (some <= others * (1.0 + 1e-5) + 1e-12).all()


@pytest.mark.parametrize("lat_deg", [90.0, -90.0])
@pytest.mark.parametrize("frame", ["altaz", "equatorial"])
def test_a_pole_is_a_site(lat_deg: float, frame: str) -> None:
    """Nothing there depends on the azimuth but where the Sun shines."""
    situation = Situation.at(GroundObserver.geodetic(0.0, lat_deg, 2800.0), 60_100.0)
    layers = Layers.of(10_000, EARTH_KM + 1200.0, 87.9)
    made = probability_map(layers, situation, Camera(30.0, 1.0), nside=32, frame=frame)
    assert made.values["n_sat"].max() > 0.0
    if frame == "altaz":
        ring = made.values["n_sat"].astype(np.float64)
        assert ring.sum() * 41252.96 / (12 * 32**2) == pytest.approx(
            made.facts.n_sat_above[0], rel=0.08
        )


@pytest.mark.parametrize("nside", [0, -1, 3, 48, 1024])
def test_other_numbers_of_cells_are_refused(nside: int) -> None:
    situation = Situation.with_sun(0.0, sun_dec_deg=0.0, sun_hour_angle_deg=108.0)
    with pytest.raises(BadParameter, match="power of two"):
        probability_map(Layers.of(1, 7000.0, 50.0), situation, Camera(30.0, 1.0), nside=nside)


def test_layers_below_the_observer_are_not_seen() -> None:
    situation = Situation.with_sun(0.0, sun_dec_deg=0.0, sun_hour_angle_deg=108.0, height_m=5000.0)
    made = probability_map(
        Layers.of(1000, EARTH_KM + 4.0, 50.0), situation, Camera(30.0, 1.0), nside=16
    )
    assert not made.values["n_sat"].any()
    assert made.facts.n_sat_above[0] == 0.0
    assert made.facts.n_total == 1000.0


def test_nothing_is_a_population() -> None:
    situation = Situation.with_sun(0.0, sun_dec_deg=0.0, sun_hour_angle_deg=108.0)
    made = probability_map(Layers.of([], [], []), situation, Camera(30.0, 1.0), nside=16)
    assert not made.values["p_pass"].any()
    assert np.isnan(made.values["t_next"]).all()
