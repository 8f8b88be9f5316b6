"""Densities, trails, light and losses on lines of sight."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from satvo.resources.brightness.bassa import bassa_mag_v
from satvo.resources.brightness.trails import effective_mag
from satvo.resources.constellations.layers import Layers
from satvo.resources.ephemeris.frames import AU_KM
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.sunlight import EARTH_RADIUS_KM, sun_fraction
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.density import Expected, expected
from satvo.resources.pass_probability.shadow import umbra_radius_rad
from satvo.resources.pass_probability.shell_density import mean_per_steradian
from satvo.resources.pass_probability.sightlines import Sightlines, meet, thin_layers
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.errors import BadParameter
from satvo.schemas.sphere import unit_vectors
from shell_lists import bassa_2022_layers

CIRCLE = Camera(30.0, 1.5)


def paranal() -> Situation:
    return Situation.with_sun(-24.62, sun_dec_deg=-23.0, sun_hour_angle_deg=8.8009 * 15.0)


def on_a_sphere_in_parallel_light(situation: Situation) -> Situation:
    lat = math.radians(situation.observer.lat_deg)
    x, z = EARTH_RADIUS_KM * math.cos(lat), EARTH_RADIUS_KM * math.sin(lat)
    observer = GroundObserver("sphere", x, 0.0, z, 0.0, situation.observer.lat_deg, 0.0)
    return replace(situation, observer=observer, sun_km=situation.sun_km * 1e6)


def seen(
    situation: Situation,
    az_deg: object,
    alt_deg: object,
    camera: Camera = CIRCLE,
    layers: Layers | None = None,
    **options: object,
) -> Expected:
    directions = situation.of_altaz(np.atleast_1d(az_deg), np.atleast_1d(alt_deg))
    given = {"cell_deg": 0.1, **options}
    lines = Sightlines.of(situation, directions)
    return expected(bassa_2022_layers() if layers is None else layers, lines, camera, **given)


@pytest.mark.parametrize("inclination_deg", [0.0, 1e-9, 30.0, 53.0, 90.0, 97.6, 148.0, 180.0])
@pytest.mark.parametrize("cells", [45, 180, 1801])
def test_means_over_cells_hold_all_satellites(inclination_deg: float, cells: int) -> None:
    """Seen from the Earth's centre; with edge cells, within 1e-6."""
    half = np.pi / cells / 2.0
    middle = -np.pi / 2.0 + half * (2.0 * np.arange(cells) + 1.0)
    area = 2.0 * np.pi * (np.sin(middle + half) - np.sin(middle - half))
    mean = mean_per_steradian(middle, half, abs(math.sin(math.radians(inclination_deg))))
    assert np.sum(area * mean) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("inclination_deg", [0.0, 30.0, 53.0, 90.0, 120.0])
def test_lines_of_sight_from_the_centre_meet_all_satellites(inclination_deg: float) -> None:
    """By the same function as maps, where cells away from the edge have their middle's value."""
    lat = np.arange(-89.975, 90.0, 0.05)
    directions = unit_vectors(20.0, lat)
    lines = Sightlines.under(np.zeros(3), directions, np.array([AU_KM, 0.0, 0.0]))
    (layer,) = thin_layers(Layers.of(1000.0, 7000.0, inclination_deg), lines)
    met = meet(layer, lines, math.radians(0.05))
    assert met is not None
    area = 360.0 * np.degrees(np.diff(np.sin(np.radians(np.arange(-90.0, 90.01, 0.05)))))
    assert met.per_deg2.astype(np.float64) @ area == pytest.approx(1000.0, rel=5e-4)
    assert np.all(met.range_km == 7000.0)


def test_trails_of_the_measured_case() -> None:
    """orbits.md, section 6: 0.620 at the point; FORS2 0.20 and 0.23."""
    situation = on_a_sphere_in_parallel_light(paranal())
    assert seen(situation, 225.0, 35.0).n_pass_illum[0] == pytest.approx(0.620, abs=0.0005)
    fors2 = seen(situation, [225.0, 180.0], 30.0, Camera(300.0, 0.05)).n_pass_illum
    assert fors2.round(2).tolist() == [0.20, 0.23]


def test_trails_averaged_over_the_field() -> None:
    """0.609 there, with each point of the field as a tangent plane has it."""
    situation = on_a_sphere_in_parallel_light(paranal())
    r, turn = np.meshgrid(1.5 * np.sqrt((np.arange(40) + 0.5) / 40), np.arange(40) * np.pi / 20)
    az = 225.0 + r * np.sin(turn) / math.cos(math.radians(35.0))
    found = seen(situation, az.ravel(), 35.0 + (r * np.cos(turn)).ravel())
    assert found.n_pass_illum.mean() == pytest.approx(0.609, abs=0.006)


def test_a_satellite_overhead_moves_as_arithmetic_says() -> None:
    """A polar layer over the pole: v / h, and the observer does not move."""
    situation = Situation.with_sun(90.0, sun_dec_deg=0.0, sun_hour_angle_deg=0.0)
    height = 7000.0 - situation.observer.z_km
    lines = Sightlines.of(situation, situation.of_altaz(np.zeros(1), np.full(1, 89.0)))
    (layer,) = thin_layers(Layers.of(1.0, 7000.0, 90.0), lines)
    met = meet(layer, lines, 1e-4)
    assert met is not None
    speed = math.sqrt(398600.5 / 7000.0)
    for rate in met.rates_rad_s:
        assert rate[0] == pytest.approx(speed / height, rel=2e-3)


def test_geostationary_satellites_move_as_fast_as_the_stars_set() -> None:
    situation = Situation.with_sun(0.0, sun_dec_deg=10.0, sun_hour_angle_deg=90.0)
    lines = Sightlines.of(situation, situation.of_altaz(np.zeros(1), np.full(1, 90.0)))
    (layer,) = thin_layers(Layers.of(400.0, 42_164.2, 0.0), lines)
    met = meet(layer, lines, math.radians(0.5))
    assert met is not None
    assert met.rates_rad_s[0][0] == pytest.approx(7.2921e-5, rel=2e-3)
    # 400 on 360 deg of longitude, at 35 786 km, in a cell of half a degree
    along = 400.0 / 360.0 * 35_786.0 / 42_164.2
    assert met.per_deg2[0] * 0.5 == pytest.approx(along, rel=0.01)


def test_a_cell_over_the_singular_edge_has_its_mean() -> None:
    situation = Situation.with_sun(53.0, sun_dec_deg=0.0, sun_hour_angle_deg=180.0)
    layers = Layers.of(1000.0, 6928.0, 53.0)
    alt = np.linspace(20.0, 90.0, 20_001)  # northwards
    fine = seen(situation, 0.0, alt, layers=layers, cell_deg=0.01)
    assert np.all(np.isfinite(fine.n_sat))
    peak = int(fine.n_sat.argmax())
    around = np.abs(alt - alt[peak]) < 0.5
    coarse = seen(situation, 0.0, alt[peak], layers=layers, cell_deg=1.0)
    assert coarse.n_sat[0] == pytest.approx(fine.n_sat[around].mean(), rel=0.05)
    assert fine.n_sat[peak] > 5.0 * coarse.n_sat[0]


def test_the_umbra_ends_where_the_sun_is_seen_no_more() -> None:
    radius = np.array([6578.0, 6928.0, 26_560.0, 42_164.0])
    edge = umbra_radius_rad(radius, AU_KM)
    for step, is_lit in ((-1e-6, False), (1e-6, True)):
        angle = edge + step
        places = radius[:, None] * np.column_stack([-np.cos(angle), np.sin(angle), 0 * angle])
        assert np.all((sun_fraction(places, np.array([AU_KM, 0.0, 0.0])) > 0.0) == is_lit)


def test_east_and_west_are_alike_without_a_turning_earth_and_nearly_with_it() -> None:
    situation = Situation.with_sun(30.0, sun_dec_deg=20.0, sun_hour_angle_deg=180.0)
    east, west = seen(situation, 70.0, 40.0), seen(situation, 290.0, 40.0)
    assert east.n_sat[0] == pytest.approx(west.n_sat[0], rel=1e-5)
    assert east.n_sat_illum[0] == pytest.approx(west.n_sat_illum[0], rel=1e-5)
    assert east.n_pass[0] == pytest.approx(west.n_pass[0], rel=0.02)


def test_retrograde_satellites_are_as_many_and_faster() -> None:
    situation = paranal()
    prograde = seen(situation, 90.0, 60.0, layers=Layers.of(1e4, 6928.0, 53.0))
    retrograde = seen(situation, 90.0, 60.0, layers=Layers.of(1e4, 6928.0, 127.0))
    assert retrograde.n_sat[0] == pytest.approx(prograde.n_sat[0], rel=1e-5)
    assert 1.02 < retrograde.n_pass[0] / prograde.n_pass[0] < 1.15


def test_trails_grow_with_time_from_what_is_there() -> None:
    now, later, twice = (seen(paranal(), 0.0, 50.0, Camera(t, 1.5)) for t in (0.0, 60.0, 120.0))
    assert now.n_pass[0] == pytest.approx(now.n_sat[0] * math.pi * 1.5**2, rel=1e-6)
    assert twice.n_pass[0] - later.n_pass[0] == pytest.approx(
        later.n_pass[0] - now.n_pass[0], rel=1e-5
    )
    assert later.p_pass[0] == pytest.approx(1.0 - math.exp(-later.n_pass[0]), rel=1e-9)


def test_a_square_and_a_circle_of_its_perimeter_differ_by_their_areas() -> None:
    square = Camera.rectangle(60.0, 1.0, 1.0)
    circle = Camera(60.0, 2.0 / math.pi)
    one, other = (seen(paranal(), 10.0, 45.0, field) for field in (square, circle))
    areas = circle.area_deg2 - square.area_deg2
    assert other.n_pass[0] - one.n_pass[0] == pytest.approx(areas * one.n_sat[0], rel=1e-4)


@pytest.mark.parametrize("radius_deg", [0.0, 5e-324])
def test_a_field_of_nothing_has_nothing(radius_deg: float) -> None:
    point = seen(paranal(), 10.0, 45.0, Camera(86_400.0, radius_deg))
    assert point.n_pass[0] < 1e-300
    assert point.loss.tolist() == [0.0]
    assert np.isnan(point.wait_s[0])


def test_the_next_comes_after_one_over_the_flux() -> None:
    short, long = (seen(paranal(), 225.0, 35.0, Camera(t, 1.5)) for t in (0.0, 10.0))
    gained = (long.n_pass_illum - short.n_pass_illum)[0] / 10.0
    assert short.wait_s[0] == pytest.approx(1.0 / gained, rel=1e-5)


def by_hand(camera: Camera, layers: Layers, situation: Situation) -> tuple[float, float, float]:
    """Bright, detected and blooming trails at azimuth 225, altitude 50, one satellite by one."""
    lines = Sightlines.of(situation, situation.of_altaz(np.full(1, 225.0), np.full(1, 50.0)))
    sums = np.zeros(3)
    for layer in thin_layers(layers, lines):
        met = meet(layer, lines, math.radians(0.1))
        if met is None or not met.is_lit[0]:
            continue
        distance = float(met.range_km[0])
        mag = float(bassa_mag_v(distance, layer.height_km))
        if mag > camera.mag_limit:
            continue
        for rate in (float(each[0]) for each in met.rates_rad_s):
            arcsec_s = math.degrees(rate) * 3600.0
            dimmed = effective_mag(mag, arcsec_s, camera.exposure_s, camera.resolution_arcsec)
            flow = math.degrees(rate) * camera.mean_width_deg * camera.exposure_s
            trails = 0.5 * float(met.per_deg2[0]) * (camera.area_deg2 + flow)
            sums += trails * np.array([1, dimmed < camera.depth_mag, dimmed < camera.blooming_mag])
    return tuple(sums.tolist())


@pytest.mark.parametrize("limits", [(9.3, 20.2, 19.05), (8.0, 19.5, 18.0), (6.6, 19.0, 18.9)])
def test_limits_of_magnitude_leave_what_is_bright_enough(
    limits: tuple[float, float, float],
) -> None:
    situation = Situation.with_sun(-24.62, sun_dec_deg=-23.0, sun_hour_angle_deg=105.0)
    camera = Camera(30.0, 1.5, mag_limit=limits[0], depth_mag=limits[1], blooming_mag=limits[2])
    found = seen(situation, 225.0, 50.0, camera)
    bright, detected, blooming = by_hand(camera, bassa_2022_layers(), situation)
    assert 0.0 < detected <= bright
    assert found.n_pass_illum[0] == pytest.approx(bright, rel=1e-5)
    assert found.n_detected[0] == pytest.approx(detected, rel=1e-5)
    assert found.n_blooming[0] == pytest.approx(blooming, rel=1e-5, abs=1e-12)
    lost = detected * 5.0 / 3600.0 / 3.0 + blooming
    assert found.loss[0] == pytest.approx(lost, rel=1e-5)


def test_another_model_by_its_name_is_the_same_as_the_fast_path() -> None:
    """The fast path against the model asked of satellites one by one, but for those at limits."""
    situation = Situation.with_sun(-24.62, sun_dec_deg=-23.0, sun_hour_angle_deg=105.0)
    named = replace(bassa_2022_layers(), constellation=np.full(19, "starlink", dtype=object))
    az, alt = np.meshgrid(np.arange(0.0, 360.0, 10.0), np.arange(15.0, 90.0, 5.0))
    camera = Camera(30.0, 1.5, mag_limit=8.0, depth_mag=19.4)
    fast = seen(situation, az.ravel(), alt.ravel(), camera, named)
    from satvo.resources.pass_probability import density, light

    slow_light = light._ByModel("bassa-2022", light.satellites_of(named))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(density, "light_of", lambda model, layers: slow_light)
        slow = seen(situation, az.ravel(), alt.ravel(), camera, named)
    assert np.mean(np.abs(slow.n_sat_illum - fast.n_sat_illum) > 1e-4 * fast.n_sat) < 0.02
    assert slow.n_sat_illum.sum() == pytest.approx(fast.n_sat_illum.sum(), rel=0.005)
    assert slow.n_detected.sum() == pytest.approx(fast.n_detected.sum(), rel=0.005)


def test_models_tell_constellations_apart_and_make_nothing_up() -> None:
    situation = Situation.with_sun(-24.62, sun_dec_deg=-23.0, sun_hour_angle_deg=105.0)
    names = ["starlink", "", "spacemobile"]
    layers = Layers.of(1000.0, 6928.0, [53.0, 53.0, 53.0], constellation=names)
    camera = Camera(30.0, 1.5, mag_limit=6.5)
    each = [seen(situation, 0.0, 70.0, camera, layers[[k]], model="best") for k in range(3)]
    bright = [float(found.n_sat_illum[0]) for found in each]
    assert bright[1] == 0.0
    assert bright[2] == pytest.approx(each[2].n_sat[0], rel=1e-6)
    assert [f.n_sat[0] for f in each] == pytest.approx([each[0].n_sat[0]] * 3)


def test_layers_below_and_far_above_the_observer_are_counted_where_they_are() -> None:
    layers = Layers.of(1000.0, [6000.0, 6378.2, 384_400.0, 2e6], 60.0)
    found = [seen(paranal(), 0.0, 40.0, layers=layers[[k]]) for k in range(4)]
    assert found[0].n_sat[0] == found[0].n_pass[0] == 0.0
    for far in found[1:]:
        assert np.isfinite(far.n_sat[0])
        assert far.n_sat[0] > 0.0
    assert found[3].n_sat_illum[0] == found[3].n_sat[0]


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(BadParameter, match="there are"):
        seen(paranal(), 0.0, 40.0, model="guess")
