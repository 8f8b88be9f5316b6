"""Cone searches at a time and place: /scs/satellites and /skybot, as clients use them."""

from __future__ import annotations

import io
import re
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
import pyvo
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse
from astropy.time import Time
from lxml import etree

COMMAND_S = 120.0
OBJECTS = 5000
MJD = 59580.5
"""2022-01-01T12:00, half a day after the epochs of the elements that are ingested."""
WHERE = {"RA": "40", "DEC": "-30", "SR": "25", "TIME": "59580.5"}

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def server(
    server_on: Callable[[str], Any],
    element_sets: Callable[..., bytes],
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """A server with five thousand satellites whose elements are of 2022-01-01."""
    running = server_on("cones")
    file = tmp_path_factory.mktemp("sets") / "sets.tle"
    file.write_bytes(element_sets(OBJECTS))
    done = running.command("ingest", file)
    assert f"{OBJECTS} new" in done.stdout, done.stderr
    return running


def ask(server: Any, path: str = "/scs/satellites", **parameters: str) -> Any:
    return server.get(f"{path}?{urlencode(parameters)}")


def rows(server: Any, **parameters: str) -> Any:
    reply = ask(server, **{**WHERE, **parameters})
    assert reply.status == 200, reply.text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return parse(io.BytesIO(reply.body)).get_first_table().to_table(use_names_over_ids=True)


def told(reply: Any) -> str:
    """The message of an error document."""
    root = etree.fromstring(reply.body)
    infos = {info.get("name"): info for info in root.iter("{*}INFO")}
    assert infos["QUERY_STATUS"].get("value") == "ERROR"
    assert infos["Error"].get("value") == infos["QUERY_STATUS"].text  # as old clients look for it
    return str(infos["QUERY_STATUS"].text)


def test_cone_has_the_satellites_of_the_whole_sky_that_lie_in_it(server: Any) -> None:
    whole, cone = rows(server, SR="180"), rows(server)
    assert len(whole) == OBJECTS
    centre = SkyCoord(40 * u.deg, -30 * u.deg)
    apart = SkyCoord(whole["ra"], whole["dec"], unit="deg").separation(centre)
    wanted = whole["norad_id"][apart <= 25 * u.deg]
    assert len(wanted) > 100
    assert sorted(cone["norad_id"]) == sorted(wanted)
    inside = SkyCoord(cone["ra"], cone["dec"], unit="deg").separation(centre)
    assert np.allclose(inside.arcsec, cone["separation"], atol=1e-6)
    assert list(cone["separation"]) == sorted(cone["separation"])


def test_observer_on_the_ground_sees_what_is_above_the_horizon(server: Any) -> None:
    seen = rows(server, SR="180", OBSERVER="X05")
    assert 0 < len(seen) < OBJECTS / 4
    assert (seen["alt"] > 0).all()
    assert set(seen["observer_id"]) == {"rubin"}
    assert set(rows(server, SR="180")["alt"].mask) == {True}


def test_pole_and_meridian_are_no_edges(server: Any) -> None:
    over = rows(server, RA="0", DEC="10", SR="20")
    assert (over["ra"] > 300).any()
    assert (over["ra"] < 60).any()
    pole = rows(server, RA="0", DEC="90", SR="20")
    assert len(pole) > 0
    assert (pole["dec"] >= 70).all()
    assert np.ptp(pole["ra"]) > 180


@pytest.mark.parametrize(
    "time",
    [
        {"TIME": "2459581.0"},
        {"TIME": "2022-01-01T12:00:00"},
        {"TIME": "2022-01-01 12:00"},
        {"TIME": "2022-01-01T13:00:00+01:00"},
        {"TIME": "", "EPOCH": "59580.5"},
    ],
    ids=lambda given: " ".join(given.values()).strip(),
)
def test_time_is_a_jd_an_mjd_or_a_date(server: Any, time: dict[str, str]) -> None:
    found = rows(server, **time)
    assert list(found["norad_id"]) == list(rows(server)["norad_id"])
    assert set(found["epoch_mjd"]) == {MJD}


def test_range_of_time_gives_crossings_with_those_inside_at_an_end(server: Any) -> None:
    found = rows(server, TIME="59580.5/59580.501", SR="5", VERB="3")
    at_once = rows(server, TIME="59580.5", SR="5")
    assert len(found) > len(at_once) > 0
    assert set(at_once["norad_id"]) <= set(found["norad_id"])
    assert (found["t_min"] >= 59580.5 - 1e-9).all()
    assert (found["t_max"] <= 59580.501 + 1e-9).all()
    assert len(rows(server, TIME="59580.5 59580.501", SR="5", VERB="3")) == len(found)


@pytest.mark.parametrize("verbosity", ["1", "2", "3"])
@pytest.mark.parametrize("time", ["59580.5", "59580.5/59580.501"])
def test_answer_has_each_main_column_once(server: Any, verbosity: str, time: str) -> None:
    reply = ask(server, **{**WHERE, "TIME": time, "VERB": verbosity, "SR": "5"})
    ucds = [field.get("ucd") for field in etree.fromstring(reply.body).iter("{*}FIELD")]
    for word in ("meta.id;meta.main", "pos.eq.ra;meta.main", "pos.eq.dec;meta.main"):
        assert ucds.count(word) == 1, word


def test_verbosity_gives_more_columns(server: Any) -> None:
    counts = [len(rows(server, VERB=verbosity).colnames) for verbosity in "123"]
    assert counts == sorted(set(counts))


def test_defaults_are_told(server: Any) -> None:
    reply = ask(server, RA="0", DEC="0", SR="0.001")
    infos = {info.get("name"): info for info in etree.fromstring(reply.body).iter("{*}INFO")}
    assert infos["OBSERVER"].get("value") == "500"
    assert "since no OBSERVER was given" in infos["OBSERVER"].text
    assert "since no TIME was given" in infos["TIME"].text
    assert infos["warning"].get("value").startswith("no element sets")  # those are of 2022


@pytest.mark.parametrize("least", [{"SR": "0"}, {"MAXREC": "0"}])
@pytest.mark.parametrize("form", ["votable/td", "votable", "csv", "parquet"])
def test_columns_can_be_had_without_a_row(server: Any, least: dict[str, str], form: str) -> None:
    reply = ask(server, **{**WHERE, **least, "RESPONSEFORMAT": form})
    assert reply.status == 200
    if form.startswith("votable"):
        table = parse(io.BytesIO(reply.body)).get_first_table()
        assert (len(table.fields) > 20, len(table.array)) == (True, 0)


def test_answer_that_is_cut_says_so(server: Any) -> None:
    reply = ask(server, **WHERE, MAXREC="2")
    last = list(etree.fromstring(reply.body).iter("{*}INFO"))[-1]
    assert (last.get("name"), last.get("value")) == ("QUERY_STATUS", "OVERFLOW")
    assert len(rows(server, MAXREC="2")) == 2


def test_population_alone_is_searched(server: Any) -> None:
    now = Time.now().mjd
    found = rows(server, TIME=f"{now:.5f}", SR="180", POPULATION="sim-oneweb-phase1")
    assert len(found) == 720
    assert all(name.startswith("SIM ONEWEB") for name in found["object_name"])


BAD = [
    ({"RA": "400"}, "RA=400: 0 to 360 deg"),
    ({"RA": "-1"}, "RA=-1: 0 to 360"),
    ({"DEC": "91"}, "DEC=91: -90 to 90"),
    ({"SR": "-1"}, "SR=-1: 0 to 180"),
    ({"SR": "181"}, "SR=181"),
    ({"RA": "nan"}, "a finite number of degrees"),
    ({"RA": "12:30:00"}, "a finite number of degrees"),
    ({"RA": ""}, "RA is missing"),
    ({"TIME": "yesterday"}, "TIME='yesterday': a time in UTC"),
    ({"TIME": "2022-13-01"}, "TIME="),
    ({"TIME": "1/2/3"}, "two as t1/t2"),
    ({"TIME": "59580.5/59580.4"}, "the earlier end first"),
    ({"TIME": "59580/59581"}, "one of 0 to 3600 s"),
    ({"TIME": "59580/59580.04", "SR": "90"}, "SR=90 for 3456 s is too much sky at once"),
    ({"TIME": "1e300"}, "TIME"),
    ({"TIME": "inf"}, "TIME"),
    ({"TIME": "10000"}, "the orientation of the Earth is known from"),
    ({"TIME": "99999"}, "the orientation of the Earth is known from"),
    ({"TIME": "59580.5", "EPOCH": "59580.5"}, "give one of them"),
    ({"OBSERVER": "palomr"}, "did you mean palomar?"),
    ({"OBSERVER": "250"}, "needs an ephemeris"),
    ({"OBSERVER": "1,2,3,4"}, "give a site's name"),
    ({"OBSERVER": "0,99,0"}, "latitudes from -90"),
    ({"VERB": "4"}, "VERB=4"),
    ({"VERB": "x"}, "VERB=x"),
    ({"MAXREC": "-1"}, "MAXREC=-1"),
    ({"RESPONSEFORMAT": "pdf"}, "not a format of this service"),
]


@pytest.mark.parametrize(("given", "words"), BAD, ids=lambda value: str(value)[:40])
def test_wrong_parameter_is_told_in_a_votable(
    server: Any, given: dict[str, str], words: str
) -> None:
    reply = ask(server, **{**WHERE, **given})
    assert reply.status == 400
    assert words in told(reply)


def test_parameter_given_twice_is_refused(server: Any) -> None:
    reply = server.get("/scs/satellites?RA=1&ra=2&DEC=0&SR=1")
    assert reply.status == 400
    assert "RA is given 2 times" in told(reply)


@pytest.mark.parametrize("form", ["votable/td", "votable", "votable/b"])
@pytest.mark.parametrize("time", ["59580.5", "59580.5/59580.501"])
def test_votlint_finds_nothing(
    server: Any, needs_program: Callable[[str, str], str], tmp_path: Path, form: str, time: str
) -> None:
    stilts = needs_program("stilts", "stilts")
    file = tmp_path / "answer.vot"
    file.write_bytes(
        ask(server, **{**WHERE, "TIME": time, "VERB": "3", "RESPONSEFORMAT": form}).body
    )
    said = run(stilts, "votlint", "ucd=true", "unit=true", str(file))
    assert "ERROR" not in said, said
    assert "WARNING" not in said, said


def run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=COMMAND_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_stilts_reads_a_cone(server: Any, needs_program: Callable[[str, str], str]) -> None:
    said = run(
        needs_program("stilts", "stilts"), "cone",
        f"serviceurl={server.url}/scs/satellites?TIME=59580.5&",
        "lon=40", "lat=-30", "radius=25", "verb=3", "ofmt=csv",
    )  # fmt: skip
    assert said.startswith("norad_id,object_name")
    assert said.count("\n") == len(rows(server)) + 1


def test_pyvo_reads_a_cone_and_is_told_what_is_wrong(server: Any) -> None:
    service = pyvo.dal.SCSService(f"{server.url}/scs/satellites?")
    found = service.search(pos=(40, -30), radius=25, TIME="59580.5")
    assert len(found) == len(rows(server))
    assert found.fieldname_with_ucd("pos.eq.ra") == "ra"
    with pytest.raises((pyvo.dal.DALQueryError, pyvo.dal.DALServiceError)) as raised:
        service.search(pos=(40, -30), radius=25, TIME="yesterday")
    assert "yesterday" in str(raised.value) or "400" in str(raised.value)


def test_capabilities_tell_of_the_parameters(server: Any) -> None:
    root = etree.fromstring(server.get("/scs/satellites/capabilities").body)
    names = [name.text for name in root.iterfind(".//param/name")]
    assert names[:3] == ["RA", "DEC", "SR"]
    assert {"TIME", "OBSERVER"} <= set(names)
    assert root.findtext(".//testQuery/sr") == "90"


# SkyBoT


@pytest.fixture
def skybot(server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """astroquery's client, pointed at the server and otherwise as it is."""
    imcce = pytest.importorskip("astroquery.imcce")
    # The setting takes its one default only, whatever the configuration file says.
    monkeypatch.setattr(type(imcce.conf), "skybot_server", f"{server.url}/skybot")
    return imcce.Skybot


def test_unmodified_astroquery_finds_satellites(server: Any, skybot: Any) -> None:
    field = SkyCoord(40 * u.deg, -30 * u.deg)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = skybot.cone_search(field, 10 * u.deg, Time(MJD, format="mjd"), cache=False)
    wanted = rows(server, SR="10")
    assert len(found) == len(wanted) > 5
    assert list(found["Number"]) == list(wanted["norad_id"])
    a_milliarcsecond = 0.002 * u.arcsec  # the digits of ra and de as text
    ours = SkyCoord(wanted["ra"], wanted["dec"], unit="deg")
    assert (SkyCoord(found["RA"], found["DEC"]).separation(ours) < a_milliarcsecond).all()
    assert np.allclose(found["RA_rate"].to_value("arcsec/s"), wanted["pm_ra_cosdec"])
    assert np.allclose(found["geodist"].to_value("km"), wanted["range"])
    assert found["centerdist"].unit == u.arcsec
    assert np.allclose(found["heliodist"].to_value("au"), 0.983, atol=0.002)  # at perihelion
    assert np.allclose(np.hypot(np.hypot(found["x"], found["y"]), found["z"]), found["heliodist"])
    assert ((found["alpha"] >= 0 * u.deg) & (found["alpha"] <= 180 * u.deg)).all()


def test_astroquery_names_the_observatory(server: Any, skybot: Any) -> None:
    place = rows(server, SR="180", OBSERVER="X05")
    near = SkyCoord(place["ra"][0] * u.deg, place["dec"][0] * u.deg)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = skybot.cone_search(near, 0.1, Time(MJD, format="mjd"), location="X05", cache=False)
    assert place["norad_id"][0] in list(found["Number"])


def test_empty_cone_is_no_error_to_astroquery(skybot: Any) -> None:
    from astroquery.exceptions import NoResultsWarning

    with pytest.warns(NoResultsWarning):
        skybot.cone_search((0.0, 89.99), 1e-5, Time(MJD, format="mjd"), cache=False)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"-ra": "400"}, "-ra=400: 0 to 360"),
        ({"-rd": "0"}, "-rd=0"),
        ({"-dec": "x"}, "-DEC='x'"),
        ({"-ep": "soon"}, "-ep='soon'"),
        ({"-ep": "59580.5/59580.6"}, "one time is accepted"),
        ({"-loc": "ZZ"}, "observer 'ZZ'"),
        ({"-refsys": "ECJ2000"}, "-refsys='ECJ2000': EQJ2000 is accepted"),
        ({"-mime": "html"}, "-mime='html': votable is accepted"),
    ],
)
def test_wrong_parameter_of_skybot_is_told(server: Any, given: dict[str, str], words: str) -> None:
    reply = ask(server, "/skybot", **{"-ra": "1", "-dec": "1", "-rd": "1", "-ep": "59580", **given})
    assert reply.status == 400
    assert words in told(reply)


def test_votlint_finds_nothing_in_an_answer_of_skybot(
    server: Any, needs_program: Callable[[str, str], str], tmp_path: Path
) -> None:
    file = tmp_path / "skybot.vot"
    told = {"-ra": "40", "-dec": "-30", "-rd": "25", "-ep": "2459581"}
    file.write_bytes(ask(server, "/skybot", **told).body)
    said = run(needs_program("stilts", "stilts"), "votlint", "ucd=true", "unit=true", str(file))
    assert not re.search("ERROR|WARNING", said), said
