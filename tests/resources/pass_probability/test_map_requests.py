"""What may be asked of maps and calendars, and what is said of the rest."""

from __future__ import annotations

import io
import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from satvo.ingest.constellations.definition import read_constellation
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.sites import find_observer
from satvo.resources.pass_probability.light import BEST, DEFAULT_MODEL
from satvo.resources.pass_probability.nights import night_of
from satvo.resources.pass_probability.populations_asked import read_wanted
from satvo.resources.pass_probability.requests import read_calendar_request, read_map_request
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.errors import BadParameter

LEAST = {"CONSTELLATION": "kuiper", "OBSERVER": "rubin", "TIME": "2026-01-01T01:30:00"}
YEAR = {"CONSTELLATION": "kuiper", "OBSERVER": "rubin", "TARGET": "52,-27.8", "YEAR": "2028"}
MINE = (
    b"{name: mine, shells: [{altitude: 600, inclination: 70, planes: 4, satellites_per_plane: 5}]}"
)


def asked(**more: str) -> Any:
    return read_map_request({**LEAST, **more}, find_observer)


def test_what_is_not_said_is_taken_as_documented() -> None:
    found = asked()
    assert (found.nside, found.frame, found.model, found.column) == (
        64, "equatorial", DEFAULT_MODEL, "p_illum",
    )  # fmt: skip
    assert (found.camera.exposure_s, found.camera.radius_deg) == (30.0, 1.0)
    assert math.isnan(found.camera.mag_limit)
    assert found.situation.mjd == 61041.0625
    assert found.situation.observer.name == "rubin"
    assert found.threshold == 0.1


def test_everything_can_be_said() -> None:
    found = asked(
        EXPTIME="120", WIDTH="0.3", HEIGHT_DEG="0.4", NSIDE="8", FRAME="altaz", MAGLIM="7",
        DEPTH="23", BLOOMING="3", TRAILWIDTH="8", RESOLUTION="0.7", MODEL=BEST, THRESHOLD="0.5",
        COLUMN="loss",
    )  # fmt: skip
    camera = found.camera
    assert (camera.width_deg, camera.height_deg, camera.radius_deg) == (0.3, 0.4, 0.25)
    assert (camera.mag_limit, camera.depth_mag, camera.blooming_mag) == (7.0, 23.0, 3.0)
    assert (camera.trail_width_arcsec, camera.resolution_arcsec) == (8.0, 0.7)
    assert (found.nside, found.frame, found.model, found.column) == (8, "altaz", BEST, "loss")


def test_a_place_can_be_given_by_its_coordinates() -> None:
    given = {**LEAST, "LAT": "-24.6", "LON": "-70.4", "HEIGHT": "2600"}
    del given["OBSERVER"]
    observer = read_map_request(given, find_observer).situation.observer
    assert (observer.lat_deg, observer.lon_deg) == pytest.approx((-24.6, -70.4))
    assert observer.height_m == pytest.approx(2600.0, abs=1e-3)


@pytest.mark.parametrize("lat", ["90", "-90"])
def test_a_pole_is_a_place(lat: str) -> None:
    given = {**LEAST, "LAT": lat, "LON": "0", "DAYLIGHT": "true"}
    del given["OBSERVER"]
    assert read_map_request(given, find_observer).situation.observer.lat_deg == float(lat)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"NSIDE": "100"}, "NSIDE=100: a power of two"),
        ({"NSIDE": "1024"}, "from 1 to 512"),
        ({"NSIDE": "0"}, "from 1 to 512"),
        ({"NSIDE": "2.5"}, "a whole number"),
        ({"FRAME": "galactic"}, "altaz or equatorial"),
        ({"TIME": "2026-01-01T15:00:00"}, "the Sun is .* above the horizon of rubin.*DAYLIGHT"),
        ({"TIME": "yesterday"}, "a time in UTC"),
        ({"TIME": ""}, "TIME is missing"),
        ({"TIME": "1950-01-01"}, "give a time between"),
        ({"TIME": "2150-01-01"}, "give a time between"),
        ({"EXPTIME": "-3"}, "exposure=-3"),
        ({"EXPTIME": "inf"}, "finite"),
        ({"RADIUS": "0"}, "RADIUS=0"),
        ({"RADIUS": "-1"}, "RADIUS=-1"),
        ({"RADIUS": "nan"}, "finite"),
        ({"RADIUS": "91"}, "to 90 deg"),
        ({"WIDTH": "1"}, "belong together"),
        ({"WIDTH": "1", "HEIGHT_DEG": "1", "RADIUS": "1"}, "give one"),
        ({"WIDTH": "1", "HEIGHT_DEG": "-1"}, "HEIGHT_DEG=-1"),
        ({"MAGLIM": "bright"}, "a number"),
        ({"MODEL": "nix"}, "brightness model 'nix'"),
        ({"THRESHOLD": "1.5"}, "a probability"),
        ({"COLUMN": "p_any"}, "one of n_sat"),
        ({"OBSERVER": "atlantis"}, "no site of that name"),
        ({"OBSERVER": "500"}, "on the ground"),
        ({"OBSERVER": ""}, "nobody observes"),
        ({"LAT": "1"}, "give one"),
        ({"OBSERVER": "", "LAT": "100", "LON": "0"}, "latitudes from -90"),
        ({"OBSERVER": "", "LAT": "10"}, "nobody observes"),
        ({"CONSTELLATION": ""}, "nothing to count.*kuiper"),
        ({"CATALOGUE": "true"}, "not both"),
        ({"CATALOGUE": "perhaps"}, "true or false"),
        ({"DAYLIGHT": "perhaps", "TIME": "2026-01-01T15:00:00"}, "true or false"),
    ],
    ids=str,
)
def test_what_cannot_be_is_told(wrong: dict[str, str], words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        asked(**wrong)


def test_by_day_a_map_can_be_had_all_the_same() -> None:
    found = asked(TIME="2026-01-01T15:00:00", DAYLIGHT="true")
    assert found.situation.sun_alt_deg > 30.0


def test_years_after_the_tables_of_the_earth_are_accepted() -> None:
    assert asked(TIME="2035-01-01T05:00:00").situation.sun_alt_deg < -18.0


def test_a_year_has_its_nights() -> None:
    found = read_calendar_request(YEAR, find_observer)
    assert (found.first, found.nights, found.times) == (date(2028, 1, 1), 366, 48)
    assert (found.ra_deg, found.dec_deg) == (52.0, -27.8)
    some = {**YEAR, "YEAR": "", "START": "2026-11-03", "NIGHTS": "7", "TIMES": "24"}
    found = read_calendar_request(some, find_observer)
    assert (found.first, found.nights, found.times) == (date(2026, 11, 3), 7, 24)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"YEAR": ""}, "give YEAR"),
        ({"START": "2027-01-01"}, "give YEAR"),
        ({"YEAR": "1066"}, "YEAR=1066"),
        ({"TARGET": ""}, "TARGET"),
        ({"TARGET": "52"}, "TARGET"),
        ({"TARGET": "52,-99"}, "TARGET"),
        ({"TARGET": "M31,1"}, "a number"),
        ({"NIGHTS": "0"}, "NIGHTS=0"),
        ({"TIMES": "1"}, "TIMES=1"),
    ],
    ids=str,
)
def test_a_calendar_that_cannot_be_is_told(wrong: dict[str, str], words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        read_calendar_request({**YEAR, **wrong}, find_observer)


def elements(names: list[str]) -> Elements:
    count = len(names)
    circular = {
        "norad_id": list(range(1, count + 1)), "epoch_mjd": [61041.0] * count,
        "mean_motion": [15.0558] * count, "eccentricity": [0.0] * count,
        "inclination": [53.0] * count, "ra_of_asc_node": [0.0] * count,
        "arg_of_pericenter": [0.0] * count, "mean_anomaly": [0.0] * count,
        "constellation": names,
    }  # fmt: skip
    return Elements.of_columns(circular)


def test_filings_definitions_and_the_archive_are_counted_together() -> None:
    mine = read_constellation(io.BytesIO(MINE), name="mine.yaml")
    wanted = read_wanted({"CONSTELLATION": "kuiper,sim-x, kuiper"}, [mine])
    assert wanted.name == "kuiper,mine,sim-x"
    sought = []

    def elements_of(names: tuple[str, ...] | None) -> Elements:
        sought.append(names)
        return elements(["sim-x"] * 7)

    layers = wanted.layers(elements_of, 61041.0, DEFAULT_MODEL)
    assert sought == [("sim-x",)]
    assert layers.total == pytest.approx(3236 + 20 + 7)


def test_filings_ask_for_no_elements() -> None:
    def elements_of(names: tuple[str, ...] | None) -> Elements:
        raise AssertionError("nobody needs elements")

    wanted = read_wanted({"CONSTELLATION": "kuiper"})
    assert wanted.layers(elements_of, 61041.0, DEFAULT_MODEL).total == 3236


def test_a_constellation_without_elements_is_told_with_what_there_is() -> None:
    wanted = read_wanted({"CONSTELLATION": "sim-x,sim-y"})
    with pytest.raises(BadParameter, match=r"sim-y.*filed are .*kuiper"):
        wanted.layers(lambda names: elements(["sim-x"]), 61041.0, DEFAULT_MODEL)


def test_an_empty_catalogue_is_told() -> None:
    wanted = read_wanted({"CATALOGUE": "true"})
    with pytest.raises(BadParameter, match="no elements are here"):
        wanted.layers(lambda names: elements([]), 61041.0, DEFAULT_MODEL)


def test_two_of_one_name_are_refused() -> None:
    other = read_constellation(io.BytesIO(MINE.replace(b"mine", b"kuiper")), name="x.yaml")
    with pytest.raises(BadParameter, match="kuiper is given twice"):
        read_wanted({"CONSTELLATION": "kuiper"}, [other])


@pytest.mark.parametrize("site", ["rubin", "maunakea", "la-palma", "siding-spring", "saao"])
def test_a_night_lies_about_midnight_and_ends_where_the_sun_says(site: str) -> None:
    observer = find_observer(site)
    for mjd in np.arange(61041.0, 61406.0, 61.0):
        dusk, middle, dawn = night_of(observer, mjd)  # type: ignore[arg-type]
        heights = [Situation.at(observer, t).sun_alt_deg for t in (dusk, dawn)]  # type: ignore[arg-type]
        # The Sun sinks by 0.25 deg in a minute at most.
        assert heights == pytest.approx([-18.0, -18.0], abs=0.25)
        assert max(heights) <= -18.0
        assert dusk < middle < dawn
        assert dusk == pytest.approx(2.0 * middle - dawn, abs=0.01)


def test_a_white_night_is_its_middle() -> None:
    observer = find_observer("25.0,65.0,0")
    dusk, middle, dawn = night_of(observer, 61212.0)  # type: ignore[arg-type]
    assert dusk == middle == dawn
