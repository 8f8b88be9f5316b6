"""Numbers of satellites above altitudes."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.sunlight import EARTH_RADIUS_KM, sun_fraction
from satvo.resources.pass_probability.counts import counts
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.errors import BadParameter
from shell_lists import BASSA_2022_SHELLS, bassa_2022_layers

PUBLISHED = np.array([944.0, 375.0, 172.0, 86.0, 12.0])
"""Of the reference code's README, above 0, 10, 20, 30 and 60 deg."""


def paranal(hour_angle_h: float = 8.8009) -> Situation:
    return Situation.with_sun(-24.62, sun_dec_deg=-23.0, sun_hour_angle_deg=hour_angle_h * 15.0)


def on_a_sphere_in_parallel_light(situation: Situation) -> Situation:
    """What the paper takes: a spherical Earth, and a cylinder as its shadow."""
    lat = math.radians(situation.observer.lat_deg)
    x, z = EARTH_RADIUS_KM * math.cos(lat), EARTH_RADIUS_KM * math.sin(lat)
    observer = GroundObserver("sphere", x, 0.0, z, 0.0, situation.observer.lat_deg, 0.0)
    return replace(situation, observer=observer, sun_km=situation.sun_km * 1e6)


def hour_angle_h(sun_alt_deg: float) -> float:
    lat, dec, alt = map(math.radians, (-24.62, -23.0, sun_alt_deg))
    cosine = (math.sin(alt) - math.sin(lat) * math.sin(dec)) / (math.cos(lat) * math.cos(dec))
    return math.degrees(math.acos(max(cosine, -1.0))) / 15.0


@pytest.mark.parametrize(
    ("sun_alt_deg", "expected"),
    [  # orbits.md, section 6: an integral of its own, exact to its last digit
        (-23.4125, (976.6, 391.1, 187.9, 94.8, 13.9)),
        (-12.0, (1548.0, 746.0, 393.0, 192.0, 26.0)),
        (-18.0, (1259.0, 571.0, 307.0, 157.0, 22.0)),
        (-30.0, (626.0, 226.0, 120.0, 60.0, 10.5)),
        (-41.6, (267.0, 114.0, 52.0, 13.5, 0.0)),
    ],
)
def test_published_case_is_met_within_half_a_percent(
    sun_alt_deg: float, expected: tuple[float, ...]
) -> None:
    situation = on_a_sphere_in_parallel_light(paranal(hour_angle_h(sun_alt_deg)))
    found = counts(bassa_2022_layers(), situation).n_illum
    printed = 0.05 if sun_alt_deg < -23.0 and sun_alt_deg > -24.0 else 0.5
    assert np.all(np.abs(found - expected) < 0.005 * np.array(expected) + printed)


def test_monte_carlo_is_met_within_its_error() -> None:
    """60 draws of Walker shells (orbits.md, section 6): means and deviations of one draw."""
    mean = np.array([976.3, 389.8, 187.5, 94.3, 13.5])
    error = np.array([8.3, 6.8, 4.8, 3.7, 1.8]) / math.sqrt(60.0)
    found = counts(bassa_2022_layers(), on_a_sphere_in_parallel_light(paranal())).n_illum
    assert np.all(np.abs(found - mean) < 2.0 * error)


def test_published_numbers_are_near() -> None:
    """They were made with latitudes off (asin(b / i)), which is worst overhead."""
    found = counts(bassa_2022_layers(), on_a_sphere_in_parallel_light(paranal())).n_illum
    assert np.all(np.abs(found / PUBLISHED - 1.0)[:3] < 0.10)
    assert np.all(np.abs(found / PUBLISHED - 1.0) < 0.17)


def test_the_cone_and_the_ellipsoid_add_some_percent() -> None:
    true = counts(bassa_2022_layers(), paranal()).n_illum
    rough = counts(bassa_2022_layers(), on_a_sphere_in_parallel_light(paranal())).n_illum
    assert np.all((true > 1.01 * rough) & (true < 1.035 * rough))


@pytest.mark.needs_data
def test_the_shells_are_those_of_the_public_list(test_data: Path) -> None:
    folder = test_data / "orbits" / "constellations"
    text = (folder / "satconanalytic_constellations.json").read_text()
    filed = [
        (shell["totSat"], shell["alt"], shell["inc"])
        for constellation in json.loads(text)
        if constellation["code"] in ("SL1", "SL2", "OW2r")
        for shell in constellation["shells"].values()
    ]
    assert filed == list(BASSA_2022_SHELLS)


def random_satellites(layers: Layers, seed: int) -> np.ndarray:
    """One satellite for each layer and draw, on circular orbits with random nodes: (n, k, 3)."""
    rng = np.random.default_rng(seed)
    node, along = rng.uniform(0.0, 2.0 * np.pi, (2, 40_000, len(layers)))
    i = np.radians(layers.inclination_deg)
    x, y = np.cos(along), np.sin(along)
    return (
        np.stack(
            [
                x * np.cos(node) - y * np.cos(i) * np.sin(node),
                x * np.sin(node) + y * np.cos(i) * np.cos(node),
                y * np.sin(i),
            ],
            axis=-1,
        )
        * (layers.radius_km[:, None])
    )


@pytest.mark.parametrize("lat_deg", [-90.0, -24.6, 0.0, 52.9, 90.0])
@pytest.mark.parametrize("sun", [(-23.0, 130.0), (23.0, 110.0), (0.0, 180.0)])
def test_random_satellites_are_as_many(lat_deg: float, sun: tuple[float, float]) -> None:
    layers = Layers.of(1.0, [6928.0, 7578.0, 42164.0, 6900.0], [53.0, 116.0, 0.01, 90.0])
    situation = Situation.with_sun(lat_deg, sun_dec_deg=sun[0], sun_hour_angle_deg=sun[1])
    places = random_satellites(layers, 3)
    away = places - situation.observer.itrs_km
    sine = away @ situation.axes[2] / np.linalg.norm(away, axis=-1)
    lit = sun_fraction(places, situation.sun_km) > 0.0
    found = [counts(layers[[k]], situation) for k in range(4)]
    for at, altitude in enumerate((0.0, 10.0, 20.0, 30.0, 60.0)):
        above = sine > math.sin(math.radians(altitude))
        for drawn, seen in (
            (above.mean(axis=0), [f.n_sat[at] for f in found]),
            ((above & lit).mean(axis=0), [f.n_illum[at] for f in found]),
        ):
            error = np.sqrt(np.maximum(drawn, 1e-5) / len(places))
            assert np.all(np.abs(drawn - seen) < 4.5 * error), (altitude, drawn, seen)


def test_all_satellites_are_above_the_horizon_of_half_of_the_world_from_afar() -> None:
    far = Layers.of(1000.0, 1e9, 40.0)
    found = counts(far, Situation.with_sun(0.0, sun_dec_deg=0.0, sun_hour_angle_deg=0.0))
    assert found.n_sat[0] == pytest.approx(500.0, rel=1e-4)
    assert found.n_illum[0] == pytest.approx(500.0, rel=1e-4)


def test_nothing_is_above_the_zenith_or_in_layers_below() -> None:
    situation = paranal()
    assert counts(bassa_2022_layers(), situation, [90.0]).n_sat[0] == pytest.approx(0.0, abs=1e-9)
    assert counts(Layers.of(9.0, [6000.0, 6300.0], 50.0), situation).n_sat.tolist() == [0.0] * 5
    assert counts(bassa_2022_layers()[:0], situation).n_illum.tolist() == [0.0] * 5


def test_both_halves_of_the_world_are_alike() -> None:
    layers = bassa_2022_layers()
    north = Situation.with_sun(40.0, sun_dec_deg=15.0, sun_hour_angle_deg=120.0)
    south = Situation.with_sun(-40.0, sun_dec_deg=-15.0, sun_hour_angle_deg=-120.0)
    np.testing.assert_allclose(
        counts(layers, north).n_illum, counts(layers, south).n_illum, rtol=1e-9
    )


@pytest.mark.parametrize("altitude_deg", [-1.0, 90.5, math.nan])
def test_an_altitude_out_of_range_is_refused(altitude_deg: float) -> None:
    with pytest.raises(BadParameter, match="from 0 to 90 deg"):
        counts(bassa_2022_layers(), paranal(), [altitude_deg])
