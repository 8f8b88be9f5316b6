"""Which model is taken, bands, extinction, and numbers worked out by hand."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from satvo.resources.brightness import Geometry, Satellites, magnitudes
from satvo.resources.brightness.bands import BANDS, colour
from satvo.resources.brightness.geometry import airmass
from satvo.resources.brightness.published import published_means
from satvo.resources.brightness.satellites import starlink_generation
from satvo.resources.brightness.sphere import DiffuseSphere
from satvo.schemas.errors import BadParameter

ONE_MILLIMAG = 0.001
AU_KM = 149_597_870.7
OVERHEAD = Geometry.of([6928.137, 0, 0], [6378.137, 0, 0], [0, AU_KM, 0])


def test_each_satellite_gets_the_model_that_knows_most_of_it(sky: Geometry) -> None:
    satellites = Satellites.of(
        6,
        mag_std=[6.0, np.nan, np.nan, np.nan, np.nan, np.nan],
        rcs_m2=[1.0, 1.0, 1.0, 1.0, 1.0, np.nan],
        constellation=["starlink", "starlink", "starlink", "oneweb", "gps", "gps"],
        object_name=["STARLINK-3005", "STARLINK-3005", "STARLINK-31000", "", "", ""],
    )
    found = magnitudes(sky[:6], satellites)
    assert list(found.model) == [
        "standard-magnitude",
        "two-panel-phong",
        "published-means",
        "published-means",
        "diffuse-sphere",
        "",
    ]
    assert np.array_equal(np.isnan(found.mag), found.model == "")


def test_a_starlink_on_its_way_up_is_not_taken_for_one_on_station() -> None:
    low = Geometry.of([6728.137, 0, 0], [6378.137, 0, 0], [0, AU_KM, 0])
    climbing = Satellites.of(1, constellation="starlink", generation="post-visorsat")
    assert magnitudes(low, climbing).model[0] == "published-means"


def test_standard_magnitude_at_its_own_range_and_phase_is_itself() -> None:
    seen = Geometry.of([7378.0, 0, 0], [6378.0, 0, 0], [7378.0, AU_KM, 0])
    found = magnitudes(seen, Satellites.of(1, mag_std=6.2, mag_std_err=0.3))
    assert found.mag[0] == pytest.approx(6.2, abs=ONE_MILLIMAG)
    assert found.mag_err[0] == pytest.approx(np.hypot(0.3, 0.9))


def test_sphere_of_one_square_metre_by_hand() -> None:
    # Albedo 0.5, 1 m2, 1000 km, 90 deg: 0.5 * 2 / (3 pi2) / 1e12 = 3.3774e-14; V = -26.76 + 33.679.
    seen = Geometry.of([7378.0, 0, 0], [6378.0, 0, 0], [7378.0, AU_KM, 0])
    model = DiffuseSphere(albedo=0.5, area_m2=1.0)
    assert magnitudes(seen, Satellites.of(1), model=model).mag[0] == pytest.approx(6.919, abs=0.001)


def test_mean_of_the_constellation_by_hand() -> None:
    found = magnitudes(OVERHEAD, Satellites.of(1, constellation="starlink", generation="v2-mini"))
    assert found.mag[0] == pytest.approx(7.87 + 5 * np.log10(0.55), abs=ONE_MILLIMAG)
    assert found.mag_err[0] == 0.8


def test_published_characteristic_magnitudes_come_back_overhead_at_550_km() -> None:
    for design, characteristic in (("original", 4.7), ("visorsat", 6.2), ("post-visorsat", 5.5)):
        satellite = Satellites.of(1, constellation="starlink", generation=design)
        found = magnitudes(OVERHEAD, satellite, model="published-means")
        assert found.mag[0] == pytest.approx(characteristic, abs=0.02)


def test_a_design_without_a_mean_has_that_of_its_constellation() -> None:
    satellite = Satellites.of(1, constellation="oneweb", generation="second")
    assert magnitudes(OVERHEAD, satellite).mag[0] == pytest.approx(7.18 + 5 * np.log10(0.55))


def test_bluebirds_and_their_prototype_are_told_apart_by_name(sky: Geometry) -> None:
    names = ["BLUEWALKER 3", "BLUEBIRD-2", "SPACEMOBILE-001"]
    satellites = Satellites.of(3, constellation="spacemobile", object_name=names)
    assert list(satellites.generation) == ["bluewalker", "bluebird", ""]
    means = magnitudes(sky[[0, 0, 0]], satellites).mag
    assert means[0] - means[1] == pytest.approx(4.1 - 3.84)
    assert means[1] == means[2]


def test_every_published_mean_names_its_source() -> None:
    for row in published_means().values():
        assert len(row.reference) > 8
        assert 0.3 <= row.scatter <= 1.5
        assert row.verified in (True, False)
        assert 2.0 < row.mag_v_1000km < 9.0


@pytest.mark.parametrize("band", BANDS)
def test_a_band_is_v_and_the_colour_of_the_sun(band: str) -> None:
    satellite = Satellites.of(1, mag_std=6.0)
    in_v, in_band = magnitudes(OVERHEAD, satellite), magnitudes(OVERHEAD, satellite, band=band)
    assert in_band.mag[0] - in_v.mag[0] == pytest.approx(colour(band))
    assert (in_band.mag_err[0] > in_v.mag_err[0]) == (band != "V")


def test_colours_agree_with_other_determinations_of_the_sun() -> None:
    # Willmer 2018, ApJS 236, 47: M_B - M_V = 0.63 (Vega); Ramirez et al. 2012, ApJ 752, 5:
    # B-V = 0.653, V-Rc = 0.352, V-Ic = 0.702; Gaia EDR3 documentation, table 5.9: G-V of the
    # Sun's BP-RP = 0.82 is -0.153. All to 0.03 mag.
    assert colour("B") == pytest.approx(0.653, abs=0.03)
    assert colour("R") == pytest.approx(-0.352, abs=0.03)
    assert colour("I") == pytest.approx(-0.702, abs=0.03)
    c = 0.82
    assert colour("G") == pytest.approx(
        -0.02704 + 0.01424 * c - 0.2156 * c**2 + 0.01426 * c**3, abs=0.03
    )


def test_extinction_is_that_of_the_site_times_the_air() -> None:
    satellite = Satellites.of(1, mag_std=6.0)
    without = magnitudes(OVERHEAD, satellite).mag
    with_it = magnitudes(OVERHEAD, satellite, altitude_deg=30.0, magnitudes_per_airmass=0.2).mag
    assert (with_it - without)[0] == pytest.approx(0.2 * 1.993, abs=ONE_MILLIMAG)
    assert np.isnan(magnitudes(OVERHEAD, satellite, altitude_deg=-5.0).mag_err[0])


def test_airmass_follows_the_secant_high_up_and_stays_below_39_at_the_horizon() -> None:
    high = np.array([60.0, 75.0, 90.0])
    np.testing.assert_allclose(airmass(high), 1 / np.sin(np.radians(high)), rtol=2e-3)
    assert airmass(0.0) < 39.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"band": "K"},
        {"model": "magic"},
        {"sun_frac": 1.5},
        {"sun_frac": -0.1},
        {"altitude_deg": 30.0, "magnitudes_per_airmass": -1.0},
    ],
)
def test_bad_input_is_told(wrong: dict[str, object]) -> None:
    with pytest.raises(BadParameter, match=r"accepted|there are"):
        magnitudes(OVERHEAD, Satellites.of(1, mag_std=6.0), **wrong)  # type: ignore[arg-type]


def test_rows_and_satellites_must_be_as_many() -> None:
    with pytest.raises(BadParameter, match="2 satellites for 1 rows"):
        magnitudes(OVERHEAD, Satellites.of(2))


def test_shapes_that_do_not_broadcast_are_told() -> None:
    with pytest.raises(BadParameter, match="broadcast"):
        Geometry.of(np.zeros((3, 3)), np.zeros((2, 3)), np.zeros(3))


def test_a_satellite_in_front_of_the_sun_has_no_magnitude_and_no_warning() -> None:
    against = Geometry.of([7378.0, 0, 0], [6378.0, 0, 0], [AU_KM, 0, 0])
    found = magnitudes(against, Satellites.of(1, mag_std=6.0))
    assert np.isnan(found.mag[0])
    assert found.model[0] == "standard-magnitude"


def test_height_is_above_the_ellipsoid() -> None:
    pole = Geometry.of([0, 0, 6356.752 + 550], [6378.137, 0, 0], [0, AU_KM, 0])
    assert pole.height_km[0] == pytest.approx(550.0, abs=0.01)
    assert OVERHEAD.height_km[0] == pytest.approx(550.0, abs=0.01)


@pytest.mark.parametrize(
    ("name", "design"),
    [
        ("STARLINK-31", "original"),
        ("STARLINK-1517", "original"),
        ("STARLINK-1600", "visorsat"),
        ("STARLINK-6380", "post-visorsat"),
        ("STARLINK-11072", "direct-to-cell"),
        ("STARLINK-33845", "v2-mini"),
        ("STARLINK-20000", ""),
        ("STARLINK DEB", ""),
        ("ISS (ZARYA)", ""),
    ],
)
def test_the_number_in_the_name_tells_the_design(name: str, design: str) -> None:
    assert starlink_generation(name) == design


def test_brightness_is_usable_without_the_rest_of_the_house() -> None:
    code = (
        "import sys, satvo.resources.brightness as b; b.brightness_models();"
        "print(sorted({'sqlalchemy', 'duckdb', 'astropy', 'erfa', 'sgp4'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout.strip() == "[]"
