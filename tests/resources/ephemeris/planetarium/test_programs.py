"""Files of planetarium programs, read back and checked against astropy."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import GCRS, ITRS, TEME, CartesianRepresentation, EarthLocation
from astropy.time import Time
from astropy.utils import iers
from satvo.ingest.orbits import omm_kvn
from satvo.resources.ephemeris.planetarium import tracks as tracks_module
from satvo.resources.ephemeris.planetarium.czml import czml
from satvo.resources.ephemeris.planetarium.members import LeftOut, Member
from satvo.resources.ephemeris.planetarium.openspace import openspace_asset, openspace_omm
from satvo.resources.ephemeris.planetarium.stellarium import stellarium_json
from satvo.resources.ephemeris.planetarium.tracks import Grid, tracks
from satvo.resources.ephemeris.planetarium.worldwide_telescope import WWT_COLUMNS, wwt_csv
from satvo.schemas.errors import BadParameter, LimitExceeded
from satvo.schemas.gp import IDENTITY, ElementSet
from sgp4.api import Satrec

TEN_METRES = 10.0
START = datetime(2022, 7, 15)
GRID = Grid.spanning(START, 1200.0, 60.0)


@pytest.fixture
def xp(iss: Member) -> Member:
    """A set that SGP4 must not propagate."""
    return Member(replace(iss.elements, norad_id=70_000, mean_element_theory="SGP4-XP"))


@pytest.fixture
def simulated(iss: Member) -> Member:
    """A satellite whose number no TLE holds."""
    bare = replace(iss.elements, norad_id=900_000_001, tle_line1=None, tle_line2=None)
    return Member(replace(bare, object_name=None), "sim-x")


def places(member: Member, seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray, Time]:
    """GCRS and ITRS places in m by the sgp4 package and astropy."""
    satellite = Satrec.twoline2rv(member.elements.tle_line1, member.elements.tle_line2)
    with iers.conf.set_temp("auto_download", False):
        when = Time(START) + seconds * units.s
        errors, position, _ = satellite.sgp4_array(when.jd1, when.jd2)
        assert not errors.any()
        teme = TEME(CartesianRepresentation(position.T * units.km), obstime=when)
        gcrs = teme.transform_to(GCRS(obstime=when)).cartesian.xyz.to_value(units.m).T
        itrs = teme.transform_to(ITRS(obstime=when)).cartesian.xyz.to_value(units.m).T
    return gcrs, itrs, when


def test_stellarium_gets_the_layout_of_its_catalogue(iss: Member, simulated: Member) -> None:
    left_out: list[LeftOut] = []
    updated = datetime(2022, 7, 15, 12)
    text = "".join(stellarium_json([iss, simulated], left_out, updated=updated))
    document = json.loads(text)
    assert document["version"] == "0.12.0"
    assert document["creator"].endswith(" version 0.12.0")
    assert list(document["satellites"]) == ["25544"]
    entry = document["satellites"]["25544"]
    assert entry["tle1"] == iss.elements.tle_line1
    assert entry["tle2"] == iss.elements.tle_line2
    assert (entry["name"], entry["groups"]) == ("ISS (ZARYA)", ["stations"])
    assert (entry["stdMag"], entry["rcs"]) == (-1.8, 400.0)
    assert entry["lastUpdated"] == "2022-07-15T12:00:00"
    assert [one.norad_id for one in left_out] == [900_000_001]


def test_unknown_magnitudes_are_left_to_stellarium(iss: Member) -> None:
    bare = Member(iss.elements, None, float("nan"), None)
    document = json.loads("".join(stellarium_json([bare], [], updated=START)))
    assert not {"stdMag", "rcs"} & set(document["satellites"]["25544"])


def test_no_satellite_is_an_empty_catalogue() -> None:
    assert json.loads("".join(stellarium_json([], [], updated=START)))["satellites"] == {}


def test_openspace_elements_are_read_back_the_same(
    iss: Member, simulated: Member, xp: Member
) -> None:
    left_out: list[LeftOut] = []
    text = "".join(openspace_omm([iss, simulated, xp], left_out))
    records = list(omm_kvn.read(io.BytesIO(text.encode())))
    sets = [record for record in records if isinstance(record, ElementSet)]
    assert len(sets) == len(records) == 2
    for member, found in zip((iss, simulated), sets, strict=True):
        assert [getattr(found, n) for n in IDENTITY] == [
            getattr(member.elements, n) for n in IDENTITY
        ]
    assert sets[1].object_name == "NORAD 900000001"
    assert [one.norad_id for one in left_out] == [70_000]


def test_openspace_asset_names_its_file_and_is_balanced() -> None:
    text = openspace_asset("oneweb_2022", "oneweb_2022.omm.txt", 427)
    assert 'asset.resource("oneweb_2022.omm.txt")' in text
    assert 'Identifier = "oneweb_2022"' in text
    assert text.count("{") == text.count("}")
    assert text.count("function()") == text.count("end)") == 2


@pytest.mark.parametrize("name", ["", "1st", 'x"}', "a/b", "a" * 64])
def test_names_that_lua_would_misread_are_refused(name: str) -> None:
    with pytest.raises(BadParameter, match="accepted"):
        openspace_asset(name, "file.txt", 1)
    with pytest.raises(BadParameter, match="accepted"):
        openspace_asset("good", f"../{name}", 1)


def test_czml_places_are_those_of_astropy(iss: Member) -> None:
    document = json.loads("".join(czml(tracks([iss], GRID, []), GRID)))
    assert [packet["id"] for packet in document] == ["document", "norad-25544"]
    position = document[1]["position"]
    assert position["referenceFrame"] == "INERTIAL"
    assert position["epoch"] == "2022-07-15T00:00:00.000Z"
    table = np.array(position["cartesian"]).reshape(-1, 4)
    np.testing.assert_array_equal(table[:, 0], np.arange(21) * 60.0)
    expected, _, _ = places(iss, table[:, 0])
    assert np.max(np.linalg.norm(table[:, 1:] - expected, axis=1)) < 1.0
    assert document[0]["clock"]["interval"] == document[1]["availability"]
    assert document[0]["clock"]["interval"].endswith("/2022-07-15T00:20:00.000Z")


def test_what_cesium_draws_between_is_near(iss: Member) -> None:
    """Lagrange of degree 5 on the six nearest samples, against SGP4, at every second between."""
    document = json.loads("".join(czml(tracks([iss], GRID, []), GRID)))
    table = np.array(document[1]["position"]["cartesian"]).reshape(-1, 4)
    assert document[1]["position"]["interpolationDegree"] == 5
    seconds = np.arange(150.0, 1050.0, 7.0)
    expected, _, _ = places(iss, seconds)
    drawn = []
    for second in seconds:
        first = int(second // 60) - 2
        nodes = table[first : first + 6]
        weights = [
            np.prod([(second - u) / (t - u) for u in nodes[:, 0] if u != t]) for t in nodes[:, 0]
        ]
        drawn.append(weights @ nodes[:, 1:])
    assert np.max(np.linalg.norm(np.array(drawn) - expected, axis=1)) < TEN_METRES


def test_wwt_rows_are_places_over_the_earth(iss: Member) -> None:
    rows = list(csv.DictReader(io.StringIO("".join(wwt_csv(tracks([iss], GRID, []), GRID)))))
    assert tuple(rows[0]) == WWT_COLUMNS
    assert len(rows) == 21
    assert [rows[0]["Time"], rows[0]["End"]] == [
        "2022-07-15T00:00:00.000",
        "2022-07-15T00:01:00.000",
    ]
    _, itrs, _ = places(iss, np.arange(21) * 60.0)
    there = EarthLocation.from_geocentric(*(itrs.T * units.m))
    for name, expected, unit in (
        ("Longitude", there.lon, units.deg),
        ("Latitude", there.lat, units.deg),
        ("Altitude", there.height, units.m),
    ):
        given = np.array([float(row[name]) for row in rows])
        tolerance = 1.0 if name == "Altitude" else 2e-5  # one metre, two metres
        np.testing.assert_allclose(given, expected.to_value(unit), atol=tolerance)


def test_those_without_a_place_are_left_out_and_told(iss: Member, xp: Member) -> None:
    decaying = Member(replace(iss.elements, norad_id=7, bstar=0.9, mean_motion=16.4))
    late = Grid.spanning(START + timedelta(days=300), 600.0, 60.0)
    left_out: list[LeftOut] = []
    assert list(tracks([decaying, xp], late, left_out)) == []
    assert {one.norad_id: one.reason[:4] for one in left_out} == {70_000: "its ", 7: "SGP4"}


def test_a_grid_ends_at_or_after_its_duration() -> None:
    assert Grid.spanning(START, 600.0, 60.0).stop == START + timedelta(minutes=10)
    assert Grid.spanning(START, 610.0, 60.0).stop == START + timedelta(minutes=11)
    assert Grid.spanning(START, 1.0, 60.0).count == 2


@pytest.mark.parametrize(("duration", "step"), [(0.0, 60.0), (600.0, -1.0), (np.nan, 60.0)])
def test_impossible_grids_are_told(duration: float, step: float) -> None:
    with pytest.raises(BadParameter, match="above 0"):
        Grid.spanning(START, duration, step)


def test_exports_are_limited(iss: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitExceeded):
        Grid.spanning(START, 1e12, 0.1)
    monkeypatch.setattr(tracks_module, "MOST_PLACES", 20)
    with pytest.raises(LimitExceeded, match="fewer satellites"):
        tracks([iss], GRID, [])


def test_a_time_that_the_tables_do_not_reach_is_told_before_anything_is_written(
    iss: Member,
) -> None:
    with pytest.raises(BadParameter):
        tracks([iss], Grid.spanning(datetime(2062, 1, 1), 600.0, 60.0), [])


def test_satellites_are_taken_in_portions(iss: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [Member(replace(iss.elements, norad_id=n)) for n in range(1, 8)]
    whole = [track.gcrs_km for track in tracks(members, GRID, [])]
    monkeypatch.setattr(tracks_module, "_AT_ONCE", 42)
    np.testing.assert_array_equal(whole, [track.gcrs_km for track in tracks(members, GRID, [])])
