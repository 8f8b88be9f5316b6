"""Observatories by name, by code and by where they stand."""

from __future__ import annotations

import math

import erfa
import numpy as np
import pytest
from satvo.resources.ephemeris.observer import GEOCENTRE, GroundObserver
from satvo.resources.ephemeris.sites import find_observer, find_site, known_sites, mpc_site
from satvo.schemas.errors import BadParameter

TWENTY_METRES = 20.0

# Longitude and latitude (WGS84) as the observatories' own pages print them, which say nothing of
# the ellipsoid's height: CTIO's page for both Gemini, Subaru's of August 2015, the AAO's in IRAF.
PRINTED = {
    "gemini-north": (-155.4690467527778, 19.823801447222223),
    "gemini-south": (289.2633166666667, -30.24074166666667),
    "subaru": (204.5238888888889, 19.825555555555557),
    "siding-spring": (149.06608611111113, -31.27703888888889),
}


@pytest.mark.parametrize("name", PRINTED)
def test_site_stands_where_its_observatory_prints(name: str) -> None:
    lon, lat = PRINTED[name]
    site = find_site(name)
    printed = erfa.gd2gc(1, math.radians(lon), math.radians(lat), site.height_m)
    found = np.array([site.observer().x_km, site.observer().y_km, site.observer().z_km]) * 1e3
    assert np.linalg.norm(found - printed) < TWENTY_METRES


def test_site_of_a_code_stands_where_its_parallax_constants_say() -> None:
    found = find_observer("658")
    assert isinstance(found, GroundObserver)
    across = math.hypot(found.x_km, found.y_km)
    # Longitude 236.583, 0.663631 and 0.745601 equatorial radii, as `orbits.md` prints them too.
    assert across / 6378.137 == pytest.approx(0.663631, abs=1e-10)
    assert found.z_km / 6378.137 == pytest.approx(0.745601, abs=1e-10)
    assert math.degrees(math.atan2(found.y_km, found.x_km)) % 360 == pytest.approx(236.583)


@pytest.mark.parametrize("site", known_sites(), ids=lambda site: site.observer_id)
def test_each_known_site_is_found_by_each_of_its_names(site: object) -> None:
    from satvo.resources.ephemeris.sites import Site

    assert isinstance(site, Site)
    assert find_site(site.observer_id) == site
    assert find_site(str(site.facility_name).upper()) == site
    assert 0 < site.error_m < 100
    assert -100 < site.height_m < 5000
    assert site.source
    if site.mpc_code:
        assert find_site(site.mpc_code).mpc_code == site.mpc_code
        by_code = mpc_site(site.mpc_code)
        assert by_code.lat_deg == pytest.approx(site.lat_deg, abs=1e-3)


@pytest.mark.parametrize("text", ["500", " Geocentre", "geocenter"])
def test_centre_of_the_earth_is_an_observer(text: str) -> None:
    assert find_observer(text) is GEOCENTRE


@pytest.mark.parametrize("text", ["-70.4,-24.6,2635", " -70.4 -24.6 2635 ", "289.6, -24.6, 2635.0"])
def test_place_is_given_by_longitude_latitude_and_height(text: str) -> None:
    site = find_site(text)
    assert (round(site.lon_deg, 9), site.lat_deg, site.height_m) == (-70.4, -24.6, 2635.0)


def test_place_is_given_by_itrf_coordinates() -> None:
    rubin = find_site("rubin").observer()
    text = ",".join(f"{value * 1e3:.4f}" for value in (rubin.x_km, rubin.y_km, rubin.z_km))
    site = find_site(text)
    assert site.height_m == pytest.approx(rubin.height_m, abs=1e-3)
    assert site.lon_deg == pytest.approx(rubin.lon_deg, abs=1e-9)


def test_registered_site_comes_before_one_that_is_known() -> None:
    mine = find_site("10,20,30")
    mine = type(mine)("rubin", None, "My hill", mine.lon_deg, mine.lat_deg, mine.height_m)
    assert find_site("Rubin", [mine]).lat_deg == 20
    assert find_site("my hill", [mine]).lat_deg == 20
    assert find_site("X05", [mine]).lat_deg < -30


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("palomr", "did you mean palomar"),
        ("atlantis", "give a site's name"),
        ("", "give a site's name"),
        ("E99", "no code of the Minor Planet Center"),
        ("250", "Hubble Space Telescope: .* needs an ephemeris"),
        ("274", "James Webb Space Telescope: .* needs an ephemeris"),
        ("247", "Roving Observer: .* needs an ephemeris"),
        ("400,0,0", "longitudes from -180 to 360"),
        ("10,-91,0", "latitudes from -90"),
        ("10,10,200000", "heights from -500"),
        ("7000000,0,0", "heights from -500"),
        ("nan,1,2", "not finite"),
        ("1e999,1,2", "not finite"),
        ("x" * 100_000, "give a site's name"),
        ("1,2,3,4", "give a site's name"),
        ("\0", "give a site's name"),
    ],
)
def test_what_is_no_site_is_told_with_what_is(text: str, words: str) -> None:
    with pytest.raises(BadParameter, match=f"^observer .*{words}") as told:
        find_observer(text)
    assert len(str(told.value)) < 600
