"""Frames, observers and light against astropy, which turns the same vectors by its own way."""

from __future__ import annotations

import dataclasses

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import (
    GCRS,
    ITRS,
    TEME,
    CartesianRepresentation,
    EarthLocation,
    get_body_barycentric,
    get_body_barycentric_posvel,
)
from astropy.time import Time
from astropy.utils import iers
from satvo.resources.ephemeris.earth import earth_orientation
from satvo.resources.ephemeris.frames import AU_KM, LIGHT_KM_PER_S, Frames, rotate
from satvo.resources.ephemeris.observer import GEOCENTRE, GroundObserver
from satvo.resources.ephemeris.sunlight import sun_fraction
from satvo.schemas.errors import BadParameter

INSTANTS = np.array([42000.1, 51177.9999, 51179.0001, 57752.99999, 57754.2, 59411.35, 61000.75])
"""1973, around the leap seconds of 1998 and 2016, on whose days astropy's MJD is another."""
MILLIMETRES_5 = 5e-6
SATELLITE_KM = np.array([4200.0, -5100.0, 2600.0])


@pytest.fixture(autouse=True)
def without_network() -> None:
    iers.conf.auto_download = False


@pytest.fixture
def times() -> Time:
    return Time(INSTANTS, format="mjd", scale="utc")


def test_teme_and_gcrs_turn_into_itrs_as_astropy_has_it_within_5_mm(times: Time) -> None:
    frames = Frames.at(INSTANTS)
    vector = CartesianRepresentation(np.repeat(SATELLITE_KM[:, None], len(INSTANTS), 1) * u.km)
    in_itrs = TEME(vector, obstime=times).transform_to(ITRS(obstime=times))
    expected = in_itrs.cartesian.xyz.to_value(u.km).T
    assert np.abs(frames.teme_to_itrs @ SATELLITE_KM - expected).max() < MILLIMETRES_5
    both = frames.itrs_to_gcrs @ frames.teme_to_itrs
    assert np.abs((both - frames.teme_to_gcrs) @ SATELLITE_KM).max() < MILLIMETRES_5


def test_a_site_moves_in_gcrs_as_astropy_has_it(times: Time) -> None:
    location = EarthLocation.from_geodetic(-70.74942 * u.deg, -30.24464 * u.deg, 2663 * u.m)
    place, motion = location.get_gcrs_posvel(times)
    observer = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0)
    ours, velocity = observer.place(Frames.at(INSTANTS))
    # astropy adds the offsets of the celestial pole: 0.3 mas, 1 cm on the ground.
    assert np.abs(ours - place.xyz.to_value(u.km).T).max() < 2e-5
    assert np.abs(velocity - motion.xyz.to_value(u.km / u.s).T).max() < 1e-6


def test_earth_and_sun_are_where_astropy_has_them(times: Time) -> None:
    frames = Frames.at(INSTANTS)
    earth, velocity = get_body_barycentric_posvel("earth", times)
    expected = velocity.xyz.to_value(u.km / u.s).T / LIGHT_KM_PER_S
    assert np.abs(frames.earth_velocity - expected).max() < 1e-9  # 0.2 mas of aberration
    sun = (get_body_barycentric("sun", times) - earth).xyz.to_value(u.km).T
    assert np.abs(frames.sun_km - sun).max() / AU_KM < 1e-7  # 0.02 arcsec


def test_gcrs_direction_to_the_pole_of_itrs_is_that_of_astropy(times: Time) -> None:
    up = np.zeros((3, len(INSTANTS)))
    up[2] = 1.0
    pole = ITRS(CartesianRepresentation(up * u.one), obstime=times)
    expected = pole.transform_to(GCRS(obstime=times)).cartesian.xyz.to_value(u.one).T
    got = Frames.at(INSTANTS).itrs_to_gcrs @ [0.0, 0.0, 1.0]
    assert np.degrees(np.abs(got - expected).max()) * 3600 < 0.001


@pytest.mark.parametrize("mjd", [41316.9, 99999.0, float("nan"), float("inf")])
def test_time_outside_of_the_tables_is_refused_by_its_number(mjd: float) -> None:
    with pytest.raises(BadParameter, match=r"orientation of the Earth is known from MJD 41317"):
        Frames.at(np.array([59000.0, mjd]))


def test_ut1_follows_the_table_across_a_leap_second() -> None:
    ut1_utc, tt_utc, _, _ = earth_orientation().at(np.array([57753.99999, 57754.00001]))
    assert ut1_utc[1] - ut1_utc[0] == pytest.approx(1.0, abs=1e-5)
    assert tt_utc[1] - tt_utc[0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("lon", "lat", "height"),
    [(400, 0, 0), (0, 91, 0), (0, 0, -6e6), (0, 0, float("nan")), (float("nan"), 0, 0)],
)
def test_observer_off_the_earth_is_refused(lon: float, lat: float, height: float) -> None:
    with pytest.raises(BadParameter, match="accepted"):
        GroundObserver.geodetic(lon, lat, height)


def test_observer_by_x_y_z_is_the_one_by_longitude_and_latitude() -> None:
    first = GroundObserver.geodetic(289.25058, -30.24464, 2663.0)
    again = GroundObserver.itrf(*(first.itrs_km * 1000.0))
    assert (again.lon_deg, again.lat_deg, again.height_m) == pytest.approx(
        (-70.74942, -30.24464, 2663.0), abs=1e-6
    )
    with pytest.raises(BadParameter):
        GroundObserver.itrf(0.0, 0.0, 1.0)


def test_centre_of_the_earth_has_no_horizon() -> None:
    place, motion = GEOCENTRE.place(Frames.at(INSTANTS))
    assert not place.any()
    assert not motion.any()
    assert not GEOCENTRE.is_on_ground


def test_some_of_the_frames_are_the_frames_of_some() -> None:
    frames = Frames.at(INSTANTS)
    for field in dataclasses.fields(Frames):
        some = getattr(frames[2:4], field.name)
        assert np.array_equal(some, getattr(Frames.at(INSTANTS[2:4]), field.name))
    turned = rotate(frames.teme_to_gcrs[:1].repeat(2, 0), np.array([SATELLITE_KM, SATELLITE_KM]))
    assert np.allclose(turned[0], frames.teme_to_gcrs[0] @ SATELLITE_KM)


def test_light_fades_through_the_penumbra_as_area_of_the_disc_says() -> None:
    sun = np.array([AU_KM, 0.0, 0.0])
    height = np.linspace(6378.137 - 60, 6378.137 + 60, 241)
    behind = np.stack([np.full_like(height, -2500.0), height, np.zeros_like(height)], axis=1)
    fraction = sun_fraction(behind, sun)
    assert fraction[0] == 0.0
    assert fraction[-1] == 1.0
    assert (np.diff(fraction) >= 0).all()
    partly = (fraction > 0) & (fraction < 1)
    # The penumbra at 2500 km behind the limb is as wide as the Sun's disc seen from there.
    assert np.ptp(height[partly]) == pytest.approx(2500 * 0.0093, abs=2.0)
    # Against counting points of the disc, at each height.
    drawn = np.random.default_rng(6)
    radius = np.sqrt(drawn.uniform(size=100_000))
    turn = drawn.uniform(0, 2 * np.pi, 100_000)
    for index in np.flatnonzero(partly)[::5]:
        to_sun = sun - behind[index]
        size = 695700.0 / np.linalg.norm(to_sun)
        east = np.array([0.0, 0.0, 1.0])
        north = np.cross(to_sun / np.linalg.norm(to_sun), east)
        points = (
            to_sun / np.linalg.norm(to_sun)
            + size * (radius * np.cos(turn))[:, None] * north
            + size * (radius * np.sin(turn))[:, None] * east
        )
        points /= np.linalg.norm(points, axis=1)[:, None]
        down = -behind[index] / np.linalg.norm(behind[index])
        limb = np.arcsin(6378.137 / np.linalg.norm(behind[index]))
        seen = (points @ down < np.cos(limb)).mean()
        assert fraction[index] == pytest.approx(seen, abs=0.01)
