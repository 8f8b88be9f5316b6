"""Maps, and the naked-eye sky of the same inputs."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from satvo.resources.brightness.bassa import bassa_mag_v
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.counts import counts
from satvo.resources.pass_probability.maps import probability_map
from satvo.resources.pass_probability.probability_map import MAP_COLUMNS, ProbabilityMap
from satvo.resources.pass_probability.situation import Situation
from satvo.resources.pass_probability.sky import visible_counts
from satvo.schemas.errors import BadParameter
from satvo.schemas.healpix import healpix_center, healpix_index
from shell_lists import bassa_2022_layers

MJD = 60_000.02
CAMERA = Camera(30.0, 1.5, depth_mag=20.0, blooming_mag=14.0)


def paranal() -> Situation:
    return Situation.at(GroundObserver.geodetic(-70.4, -24.62, 2635.0, "paranal"), MJD)


@cache
def mapped(nside: int, frame: str) -> ProbabilityMap:
    return probability_map(
        bassa_2022_layers(), paranal(), CAMERA, nside=nside, frame=frame, population="bassa"
    )


@pytest.mark.parametrize("frame", ["altaz", "equatorial"])
@pytest.mark.parametrize("nside", [1, 2, 16, 64])
def test_a_map_has_every_cell_above_the_horizon_and_every_column(nside: int, frame: str) -> None:
    found = mapped(nside, frame)
    assert found.nside == nside
    lon, lat = healpix_center(found.order, np.arange(12 * nside**2))
    if frame == "equatorial":
        _, lat = paranal().altaz_deg(paranal().of_icrs(lon, lat))
    assert found.pixels.tolist() == np.flatnonzero(lat > 1e-10).tolist()
    assert list(found.values) == list(MAP_COLUMNS)
    for name, values in found.values.items():
        assert values.shape == found.pixels.shape
        assert values.dtype == (np.float64 if name == "t_next" else np.float32)
        assert np.all(values[np.isfinite(values)] >= 0.0)
    for name in ("n_sat", "n_pass", "p_pass", "loss"):
        assert np.isfinite(found.values[name]).all()
    assert np.all(found.values["n_pass_illum"] <= found.values["n_pass"])
    assert np.all(found.values["p_pass"] <= 1.0)


@pytest.mark.parametrize("frame", ["altaz", "equatorial"])
def test_cells_sum_to_the_counts(frame: str) -> None:
    found = mapped(128, frame)
    lon, lat = healpix_center(found.order, found.pixels)
    altitude = lat
    if frame == "equatorial":
        _, altitude = paranal().altaz_deg(paranal().of_icrs(lon, lat))
    cell_deg2 = 4.0 * math.pi / (12 * 128**2) * math.degrees(1.0) ** 2
    facts = found.facts
    for at, least in enumerate((0.0, 10.0, 20.0, 30.0)):
        above = altitude > least
        for name, number in (("n_sat", facts.n_sat_above), ("n_sat_illum", facts.n_illum_above)):
            total = found.values[name][above].sum(dtype=np.float64) * cell_deg2
            assert total == pytest.approx(number[at], rel=0.02)


def test_both_frames_show_the_same_sky() -> None:
    one, other = mapped(64, "altaz"), mapped(64, "equatorial")
    az, alt = healpix_center(6, one.pixels)
    high = alt > 5.0
    ra, dec = paranal().icrs_deg(paranal().of_altaz(az[high], alt[high]))
    where = np.searchsorted(other.pixels, healpix_index(6, ra, dec))
    there = other.values["n_sat"][where]
    assert np.median(np.abs(there / one.values["n_sat"][high] - 1.0)) < 0.02


def test_facts_are_those_of_the_situation() -> None:
    facts = mapped(16, "altaz").facts
    situation = paranal()
    assert (facts.observer_name, facts.population, facts.model) == (
        "paranal",
        "bassa",
        "bassa-2022",
    )
    assert facts.n_total == 48_298.0
    assert facts.sun_alt_deg == pytest.approx(situation.sun_alt_deg)
    found = counts(bassa_2022_layers(), situation)
    assert facts.n_illum_above == tuple(found.n_illum.tolist())
    assert facts.n_sat_above == tuple(found.n_sat.tolist())


def test_the_next_comes_after_the_start_of_the_exposure() -> None:
    found = mapped(16, "altaz")
    waiting = found.values["t_next"] - (MJD - 15.0 / 86_400.0)
    expected = np.isfinite(waiting)
    assert expected.any()
    assert np.all(waiting[expected] > 0.0)
    assert np.array_equal(expected, found.values["n_pass_illum"] > 0.0)


def test_a_sun_without_a_time_gives_maps_of_the_horizon_only() -> None:
    situation = Situation.with_sun(10.0, sun_dec_deg=0.0, sun_hour_angle_deg=110.0)
    found = probability_map(bassa_2022_layers(), situation, CAMERA, nside=8)
    assert np.isnan(found.values["t_next"]).all()
    with pytest.raises(BadParameter, match="needs a time"):
        probability_map(bassa_2022_layers(), situation, CAMERA, nside=8, frame="equatorial")


@pytest.mark.parametrize("lat_deg", [-90.0, 90.0])
def test_a_site_at_the_pole_has_the_same_in_all_directions(lat_deg: float) -> None:
    observer = GroundObserver.geodetic(0.0, lat_deg, 2800.0)
    found = probability_map(bassa_2022_layers(), Situation.at(observer, MJD), CAMERA, nside=16)
    _, alt = healpix_center(4, found.pixels)
    for ring in np.unique(alt.round(9)):
        n_sat = found.values["n_sat"][np.abs(alt - ring) < 1e-6]
        np.testing.assert_allclose(n_sat, n_sat[0], rtol=1e-3)
    assert found.facts.n_sat_above[0] > 100.0


def test_nobody_flies_and_nobody_is_seen() -> None:
    found = probability_map(bassa_2022_layers()[:0], paranal(), CAMERA, nside=4)
    assert found.values["n_sat"].max() == found.values["p_pass"].max() == 0.0
    assert np.isnan(found.values["t_next"]).all()
    assert found.facts.n_total == 0.0


@pytest.mark.parametrize("nside", [-1, 0, 3, 63, 1024])
def test_nside_that_is_no_power_of_two_up_to_512_is_refused(nside: int) -> None:
    with pytest.raises(BadParameter, match="power of two from 1 to 512"):
        probability_map(bassa_2022_layers(), paranal(), CAMERA, nside=nside)


def test_an_unknown_frame_is_refused() -> None:
    with pytest.raises(BadParameter, match="altaz, equatorial"):
        probability_map(bassa_2022_layers(), paranal(), CAMERA, nside=4, frame="galactic")


def test_without_a_limit_all_illuminated_satellites_are_visible() -> None:
    altitudes = (0.0, 10.0, 20.0, 30.0, 60.0)
    found = visible_counts(bassa_2022_layers(), paranal(), [math.inf, -math.inf], altitudes)
    illuminated = counts(bassa_2022_layers(), paranal(), altitudes).n_illum
    np.testing.assert_allclose(found[0], illuminated, rtol=0.01)
    assert found[1].tolist() == [0.0] * 5


def test_fainter_limits_show_more_and_air_and_scatter_change_it() -> None:
    limits, altitudes = [4.0, 5.0, 6.0, 7.0], [0.0, 30.0, 30.5]
    sky = visible_counts(bassa_2022_layers(), paranal(), limits, altitudes)
    assert np.all(np.diff(sky, axis=0) > 0.0)
    assert np.all(np.diff(sky, axis=1) < 0.0)
    airless = visible_counts(bassa_2022_layers(), paranal(), limits, altitudes, with_air=False)
    assert np.all(airless > sky)
    sharp = visible_counts(bassa_2022_layers(), paranal(), limits, altitudes, scatter_mag=0.0)
    assert sharp[0, 0] == 0.0
    assert sky[0, 0] > 0.0


def test_scatter_is_a_normal_distribution() -> None:
    """One layer overhead only: brighter by one sigma than the law is a share of 0.1587."""
    layers = Layers.of(1e6, 6378.137 + 550.0, 90.0)
    situation = Situation.with_sun(90.0, sun_dec_deg=20.0, sun_hour_angle_deg=0.0)
    law = float(bassa_mag_v(6928.137 - situation.observer.z_km, 550.0))
    options = {"with_air": False, "scatter_mag": 5.0}
    found = visible_counts(layers, situation, [math.inf, law - 5.0, law], [85.0], **options)
    assert found[1, 0] / found[0, 0] == pytest.approx(0.1587, abs=0.002)
    assert found[2, 0] / found[0, 0] == pytest.approx(0.5, abs=0.002)


@pytest.mark.parametrize(
    ("limits", "altitudes", "scatter"),
    [([math.nan], [0.0], None), ([6.0], [91.0], None), ([6.0], [0.0], -1.0)],
)
def test_a_sky_of_bad_numbers_is_refused(
    limits: list[float], altitudes: list[float], scatter: float | None
) -> None:
    with pytest.raises(BadParameter, match="give"):
        visible_counts(bassa_2022_layers(), paranal(), limits, altitudes, scatter_mag=scatter)
