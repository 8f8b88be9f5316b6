"""The commands, beside a running server and without one."""

from __future__ import annotations

import gzip
import http.server
import io
import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from satvo.ingest.orbits.formats import read_orbits
from satvo.service.cli import main
from satvo.service.observers import FIRST

COMMAND_S = 120.0
WAIT_S = 60.0
OBJECTS, EPOCHS = 5000, 60  # 300 000 sets: six transactions, many seconds

ISS = (
    "ISS (ZARYA)\n"
    "1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927\n"
    "2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537\n"
)
OMM = {
    "OBJECT_NAME": "ISS (ZARYA)",
    "OBJECT_ID": "1998-067A",
    "EPOCH": "2026-03-27T08:00:00.123456",
    "MEAN_MOTION": 15.5,
    "ECCENTRICITY": 0.0007,
    "INCLINATION": 51.6,
    "RA_OF_ASC_NODE": 10.0,
    "ARG_OF_PERICENTER": 20.0,
    "MEAN_ANOMALY": 30.0,
    "EPHEMERIS_TYPE": 0,
    "CLASSIFICATION_TYPE": "U",
    "NORAD_CAT_ID": 25544,
    "ELEMENT_SET_NO": 999,
    "REV_AT_EPOCH": 1,
    "BSTAR": 0.0001,
    "MEAN_MOTION_DOT": 0.00001,
    "MEAN_MOTION_DDOT": 0,
}
BAD = "1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2929\n"
COUNT = "SELECT COUNT(*) AS n FROM satvo.gp"

Home = Any
Done = Any
Both = Callable[..., Done]


@pytest.fixture(scope="module")
def served(make_server: Callable[..., Home]) -> Iterator[Home]:
    """A home whose server runs."""
    server = make_server().start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def still(make_server: Callable[..., Home]) -> Home:
    """A home that nobody serves."""
    return make_server()


@pytest.fixture
def both(served: Home, still: Home) -> Both:
    """Runs a command beside a server and without one; what it says must be the same."""

    def run(*arguments: Any, **options: Any) -> Done:
        with_server, alone = (
            home.command(*arguments, **options) if options else here(home, *arguments)
            for home in (served, still)
        )
        for done in (with_server, alone):
            assert "Traceback" not in done.stderr, done.stderr
        for aspect in ("returncode", "stdout", "stderr"):
            told = str(getattr(with_server, aspect)).replace(str(served.home), "HOME")
            assert told == str(getattr(alone, aspect)).replace(str(still.home), "HOME"), aspect
        return alone

    return run


def here(home: Home, *arguments: Any) -> Done:
    """The same as `Server.command`, without the second that a new Python takes to start."""
    name, *rest = arguments
    argv = ["satvo", *name.split(), "--home", str(home.home), *map(str, rest)]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        redirect_stdout(out),
        redirect_stderr(err),
        mock.patch.object(sys, "argv", argv),
        mock.patch.dict(os.environ, home.environment, clear=True),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    told = [stream.detach().getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(argv, ended.value.code, *told)  # type: ignore[arg-type]


def assert_one_line(done: Done, code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("satvo: ")
    assert done.stderr.count("\n") == 1, done.stderr
    assert all(word in done.stderr for word in words), done.stderr


def count(home: Home, query: str = COUNT) -> int:
    done = here(home, "query", query, "--format", "csv")
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[1])


def sound(home: Home) -> int:
    """How many sets there are, after a look at all: each once, whole, and in its object's chain."""
    done = here(
        home,
        "query",
        "SELECT g.norad_id, g.gp_id, g.superseded_by, g.epoch_mjd, g.mean_anomaly, g.bstar, "
        "g.source, g.tle_line1, g.tle_line2, g.semimajor_axis, s.norad_id "
        "FROM satvo.gp AS g LEFT JOIN satvo.satellite AS s ON g.norad_id = s.norad_id "
        "ORDER BY g.norad_id, g.epoch_mjd, g.gp_id",
        "--format", "tsv", "--maxrec", "1000000",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    sets = [line.split("\t") for line in done.stdout.splitlines()[1:]]
    assert len({each[1] for each in sets}) == len(sets)
    assert len({(*each[:1], *each[3:6]) for each in sets}) == len(sets)
    chains: dict[str, list[tuple[str, str]]] = {}
    for norad_id, gp_id, newer, *_, source, line1, line2, axis, known in sets:
        assert axis
        if source == "user":
            assert (len(line1), len(line2), known) == (69, 69, norad_id)
            chains.setdefault(norad_id, []).append((gp_id, newer))
    for norad_id, chain in chains.items():
        expected = [gp_id for gp_id, _ in chain[1:]] + [""]
        assert [newer for _, newer in chain] == expected, norad_id
    return len(sets)


# What each command says, either way


def test_ingest_says_the_same_beside_a_server_and_without_one(
    both: Both, tmp_path: Path, element_sets: Callable[..., bytes]
) -> None:
    plain, packed = tmp_path / "sets.tle", tmp_path / "same.tle.gz"
    content = element_sets(300, 2)
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    done = both("ingest", plain, packed)
    assert done.returncode == 0
    assert done.stdout == (
        f"{plain}: 600 read, 600 new, 0 unchanged, 0 rejected\n"
        f"{packed}: 600 read, 0 new, 600 unchanged, 0 rejected\n"
    )
    assert both("ingest", plain).stdout.endswith("600 read, 0 new, 600 unchanged, 0 rejected\n")


def test_standard_input_is_ingested(both: Both) -> None:
    done = both("ingest", "--source", "space-track", "-", input=ISS)
    assert done.stdout == "-: 1 read, 1 new, 0 unchanged, 0 rejected\n"
    done = both("query", "SELECT source FROM satvo.gp WHERE norad_id = 25544", "--format", "csv")
    assert done.stdout == "source\nspace-track\n"


def test_a_rejected_set_is_told_with_its_line_and_reason(both: Both, tmp_path: Path) -> None:
    file = tmp_path / "mixed.tle"
    file.write_text(ISS + BAD + ISS.splitlines()[2] + "\n")
    done = both("ingest", file)
    assert done.returncode == 0
    assert done.stdout.endswith("1 rejected\n")
    assert f"{file}:4" in done.stderr or f"{file}:5" in done.stderr


def test_query_gives_the_same_rows_and_files(both: Both, tmp_path: Path) -> None:
    query = "SELECT gp_id, object_name FROM satvo.gp ORDER BY gp_id"
    done = both("query", query, "--format", "csv", "--maxrec", "3")
    assert done.stdout.startswith("gp_id,object_name\n1,")
    assert len(done.stdout.splitlines()) == 4


def test_query_writes_a_file_whole(served: Home, still: Home, tmp_path: Path) -> None:
    out = tmp_path / "answer.tsv"
    for home in (served, still):
        done = here(home, "query", "SELECT TOP 2 gp_id FROM satvo.gp ORDER BY gp_id", "-o", out)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert out.read_text() == "gp_id\n1\n2\n"
        wrong = here(home, "query", "SELECT 1/0 AS a FROM satvo.gp", "-o", out)
        assert_one_line(wrong, 2)
        assert out.read_text() == "gp_id\n1\n2\n"
        assert [file.name for file in tmp_path.iterdir()] == ["answer.tsv"]
        out.unlink()


def test_observers_are_registered_listed_and_dropped(both: Both) -> None:
    first = both("observer list").stdout.splitlines()
    assert [line.split()[0] for line in first] == sorted(FIRST)
    assert both("observer add", "VISTA").stdout.startswith("observer vista ")
    done = both("observer add", "my-hill", "--at", "10.5,-20.25,300", "--facility", "My hill")
    assert done.stdout.split()[1:5] == ["my-hill", "10.500000", "-20.250000", "300.0"]
    both("observer add", "f51")
    query = "SELECT observer_id, mpc_code, lon FROM satvo.observer WHERE facility_name LIKE '%i%'"
    found = both("query", f"{query} ORDER BY lat", "--format", "csv").stdout
    assert "my-hill,,10.5" in found
    assert len(both("observer list").stdout.splitlines()) == len(FIRST) + 3
    for name in ("vista", "my-hill", "pan-starrs-1"):
        assert both("observer drop", name).stdout == f"observer {name} is dropped\n"
    assert both("observer list").stdout.splitlines() == first
    assert "rubin " in both("observer list", "--known").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "rubin"), "registered already"),
        (("add", "palomr"), "did you mean palomar?"),
        (("add", "250"), "needs an ephemeris"),
        (("add", "No Name", "--at", "1,2,3"), "small letters"),
        (("add", "x", "--at", "400,2,3"), "longitudes from -180"),
        (("drop", "nobody"), "satvo observer list has all"),
        (("drop", "../x y"), "satvo observer list has all"),
    ],
)
def test_wrong_observer_is_told_in_one_line(
    both: Both, arguments: tuple[str, ...], words: str
) -> None:
    name, *rest = arguments
    assert_one_line(both(f"observer {name}", *rest), 2, words)


def test_plan_is_registered_listed_and_dropped(both: Both, tmp_path: Path) -> None:
    assert both("plan list").stdout.split()[:3] == ["demo", "60", "observations"]
    file = tmp_path / "night.csv"
    file.write_text("obs_id,t_min,t_max,t_exptime\na,61000,61001,10\nb,,,\n")
    assert_one_line(both("plan add", file), 2, "facility_name is missing")
    done = both("plan add", file, "--site", "vista")
    assert done.stdout == "plan night: 2 observations\n"
    assert_one_line(both("plan add", file, "--site", "vista"), 2, "registered already")
    assert both("plan add", file, "--site", "vista", "--replace").returncode == 0
    query = "SELECT obs_id, obs_collection, facility_name FROM ivoa.obsplan WHERE t_min = 61000"
    found = both("query", query, "--format", "csv").stdout.splitlines()[1]
    assert found == "a,night,Visible and Infrared Survey Telescope for Astronomy"
    assert both("plan drop", "night").stdout == "plan night with 2 observations is dropped\n"
    assert_one_line(both("plan drop", "night"), 2, "satvo plan list has all")
    assert_one_line(both("plan add", tmp_path / "none.csv"), 2, "cannot be read")


def test_map_is_registered_listed_and_dropped(both: Both) -> None:
    lines = both("map list").stdout.splitlines()
    assert len(lines) == 12
    assert lines[0].split()[:2] == ["la-palma-dawn", "la-palma"]
    sky = ("--constellation", "kuiper", "--site", "rubin", "--time", "2026-11-23T01:00:00")
    made = (*sky, "--nside", "8", "--register", "small")
    assert both("passprob", *made).returncode == 0
    assert_one_line(both("passprob", *made), 2, "map small is there already; give another name")
    assert both("passprob", *made, "--replace").returncode == 0
    count = "SELECT COUNT(*) AS n FROM satvo.passprob_pix WHERE map_id = 'small'"
    pixels = int(both("query", count, "--format", "csv").stdout.split()[1])
    assert 300 < pixels < 400
    done = both("map drop", "small")
    assert done.stdout == f"map small with {pixels} pixels is dropped\n"
    assert both("query", count, "--format", "csv").stdout.split()[1] == "0"
    assert_one_line(both("map drop", "small"), 2, "there is no map small")


def test_status_says_the_same_but_for_who_serves(served: Home, still: Home) -> None:
    told = [here(home, "status") for home in (served, still)]
    first, *tables = told[0].stdout.splitlines()
    assert first == f"served at {served.url}"
    assert told[1].stdout.splitlines() == ["not served", *tables]
    assert any(line.startswith("satvo.gp ") for line in tables)


class Celestrak(http.server.ThreadingHTTPServer):
    """Answers as CelesTrak does and counts what it is asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


MEME = "MEME_57851_STARLINK-30405_3530129_Operational_1387262760_UNCLASSIFIED.txt"
EPHEMERIS = (
    "created:2022-01-17 20:44:45 UTC\n"
    "ephemeris_start:2022-01-17 12:00:00 UTC ephemeris_stop:2022-01-17 12:01:00 UTC step_size:60\n"
    "ephemeris_source:blend\nUVW\n"
    "2022017120000.000 6900.0 0.0 0.0 0.0 7.6 0.0\n"
    "1e-6 0 1e-6 0 0 1e-6 0\n0 0 1e-12 0 0 0 0\n1e-12 0 0 0 0 0 1e-12\n"
    "2022017120100.000 6884.9 455.6 0.0 -0.5 7.58 0.0\n"
    "1e-6 0 1e-6 0 0 1e-6 0\n0 0 1e-12 0 0 0 0\n1e-12 0 0 0 0 0 nan\n"
)


class _Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Celestrak)
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append(f"{self.path} {form}")
        self.send_response(200)
        self.send_header("Set-Cookie", "chocolatechip=session; path=/")
        self.end_headers()

    def do_GET(self) -> None:
        assert isinstance(self.server, Celestrak)
        self.server.asked.append(self.path)
        bodies = {
            "GROUP=stations": json.dumps([OMM]).encode(),
            "class/gp": json.dumps([OMM]).encode(),
            "MANIFEST": f"{MEME}\n".encode(),
            MEME: EPHEMERIS.encode(),
            "satcat.csv": (
                b"OBJECT_NAME,OBJECT_ID,NORAD_CAT_ID,OBJECT_TYPE,OPS_STATUS_CODE,OWNER,LAUNCH_DATE,"
                b"LAUNCH_SITE,DECAY_DATE,PERIOD,INCLINATION,APOGEE,PERIGEE,RCS,DATA_STATUS_CODE,"
                b"ORBIT_CENTER,ORBIT_TYPE\r\n"
                b"SL-1 R/B,1957-001A,1,R/B,D,CIS,1957-10-04,TYMSC,1957-12-01,96.19,65.10,938,214,"
                b"20.4200,,EA,IMP\r\n"
            ),
        }
        body = next((b for key, b in bodies.items() if key in self.path), None)
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body or b"No GP data found")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def celestrak() -> Iterator[Celestrak]:
    with Celestrak() as provider:
        thread = threading.Thread(target=provider.serve_forever, args=(0.05,))
        thread.start()
        yield provider
        provider.shutdown()
        thread.join(WAIT_S)


@pytest.mark.parametrize("running", [True, False], ids=["served", "still"])
def test_fetch_adds_what_celestrak_has_and_asks_it_once(
    new_server: Callable[..., Home], celestrak: Celestrak, running: bool
) -> None:
    home = new_server(SATVO_CELESTRAK_URL=celestrak.url)
    if running:
        home.start()
    first = here(home, "fetch celestrak", "--group", "stations", "--catalogue")
    assert first.returncode == 0, first.stderr
    assert first.stdout == (
        "satellite catalogue: 1 read, 1 new, 0 unchanged, 0 rejected\n"
        "group stations: 1 read, 1 new, 0 unchanged, 0 rejected\n"
    )
    again = here(home, "fetch celestrak", "--group", "stations", "--catalogue")
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("the copy is used") == 2
    assert again.stdout.count(" 0 new, 1 unchanged") + again.stdout.count("0 changed") >= 1
    assert len(celestrak.asked) == 2
    assert count(home, f"{COUNT} WHERE source = 'celestrak'") == 1
    assert "decayed" in here(home, "fetch celestrak", "--object", "1").stdout
    missing = here(home, "fetch celestrak", "--group", "nothing")
    assert_one_line(missing, 2, "nothing")
    celestrak.shutdown()
    celestrak.server_close()
    assert_one_line(here(home, "fetch celestrak", "--group", "other"), 1, "CelesTrak")


@pytest.mark.parametrize("running", [True, False], ids=["served", "still"])
def test_fetch_adds_what_an_operator_publishes_of_its_satellites(
    new_server: Callable[..., Home], celestrak: Celestrak, running: bool
) -> None:
    home = new_server(SATVO_STARLINK_URL=f"{celestrak.url}/eph")
    if running:
        home.start()
    done = here(home, "fetch starlink", "--object", "57851")
    assert done.stdout == "object 57851: 3 read, 2 new, 0 unchanged, 1 rejected\n"
    assert "object 57851:12: 'nan' in a covariance" in done.stderr
    again = here(home, "fetch starlink", "--object", "57851")
    assert "the copy is used; Starlink may be asked from" in again.stdout
    assert "0 new, 2 unchanged" in again.stdout
    told = "SELECT COUNT(*) AS n FROM satvo.state_vector WHERE norad_id = 57851"
    assert count(home, told) == 2
    named = f"SELECT COUNT(*) AS n FROM satvo.ephemeris_file WHERE file_name = '{MEME}'"
    assert count(home, f"{named} AND source = 'starlink' AND covariances = 1") == 1
    assert_one_line(here(home, "fetch starlink", "--object", "5"), 2, "norad_id=5", "1 satellites")


def test_fetch_gives_a_password_to_its_provider_alone(
    new_server: Callable[..., Home], celestrak: Celestrak
) -> None:
    account = {"SPACETRACK_IDENTITY": "me@example.org", "SPACETRACK_PASSWORD": "hunter2hunter2"}
    home = new_server(SATVO_SPACETRACK_URL=celestrak.url, **account)
    done = here(home, "fetch spacetrack", "--all")
    assert done.stdout == "all objects: 1 read, 1 new, 0 unchanged, 0 rejected\n"
    assert celestrak.asked[0] == (
        "/ajaxauth/login identity=me%40example.org&password=hunter2hunter2"
    )
    assert len(celestrak.asked) == 2
    assert count(home, f"{COUNT} WHERE source = 'space-track'") == 1
    kept = b"".join(path.read_bytes() for path in home.home.rglob("*") if path.is_file())
    assert b"hunter2" not in kept
    assert "hunter2" not in done.stderr
    anonymous = new_server(SATVO_SPACETRACK_URL=celestrak.url)
    assert_one_line(here(anonymous, "fetch spacetrack", "--all"), 2, "SPACETRACK_PASSWORD")
    plain = new_server(SATVO_SPACETRACK_URL="http://example.org", **account)
    assert_one_line(here(plain, "fetch spacetrack", "--all"), 2, "https only")


@pytest.fixture(params=[True, False], ids=["served", "still"])
def own(new_server: Callable[..., Home], request: pytest.FixtureRequest) -> Both:
    """Runs a command on a home of the test's own, beside its server or without one."""
    home = new_server()
    if request.param:
        home.start()
    return lambda *arguments: here(home, *arguments)


def orbits(path: Path) -> list[Any]:
    with path.open("rb") as stream:
        return list(read_orbits(stream, name=path.name))


@pytest.mark.parametrize("notation", ["kvn", "xml"])
def test_an_ephemeris_comes_out_as_it_went_in(own: Both, tmp_path: Path, notation: str) -> None:
    file, out = tmp_path / MEME, tmp_path / f"out.{notation}"
    file.write_text(EPHEMERIS.replace("nan", "1e-12"))
    assert own("ingest", file).returncode == 0
    done = own("export oem", "--object", "57851", "--notation", notation, "-o", out)
    assert done.returncode == 0, done.stderr
    (given,), (found,) = orbits(file), orbits(out)
    assert found.tai.tolist() == given.tai.tolist()
    assert found.states.tolist() == given.states.tolist()
    assert found.covariances.tolist() == given.covariances.tolist()
    assert (found.norad_id, found.object_name) == (57851, "STARLINK-30405")
    printed = own("export oem", "--object", "57851", "--until", "2022-01-17T12:00:30")
    assert printed.stdout.count("2022-01-17T12:00:00.000000 ") == 1
    assert "12:01" not in printed.stdout
    assert_one_line(own("export oem", "--object", "5"), 2, "no ephemeris with norad_id = 5")
    late = own("export oem", "--object", "57851", "--since", "2031-01-01T00:00:00")
    assert_one_line(late, 2, "no state to write")


@pytest.mark.parametrize("notation", ["kvn", "xml", "json", "csv"])
def test_element_sets_come_out_as_they_went_in(own: Both, tmp_path: Path, notation: str) -> None:
    out, again = tmp_path / f"sets.{notation}", tmp_path / f"again.{notation}"
    options = ("--notation", notation)
    done = own("export omm", "--constellation", "sim-kuiper", *options, "-o", out)
    assert done.returncode == 0, done.stderr
    sets = orbits(out)
    assert len(sets) > 1000
    assert {each.norad_id >= 900_000_000 for each in sets} == {True}
    one = sets[0].norad_id
    done = own("export omm", "--object", one, "--history", *options, "-o", again)
    assert done.returncode == 0, done.stderr
    assert orbits(again) == sets[:1]
    known = own("export omm", "--object", one, "--known-at", "1999-01-01T00:00:00", *options)
    assert known.returncode == 0
    assert str(one) not in known.stdout


def test_states_are_told_of_what_has_a_history(own: Both, tmp_path: Path) -> None:
    assert own("states").stdout == "no satellite has a history of the last 60 days\n"
    now = datetime.now(UTC).replace(tzinfo=None)
    motion = {"MEAN_MOTION": 15.0}
    days = range(30)
    sets = [
        OMM | motion | {"EPOCH": (now - timedelta(days=30 - d)).isoformat(), "NORAD_CAT_ID": 57851}
        for d in days
    ]
    file = tmp_path / "sets.json"
    file.write_text(json.dumps(sets))
    assert own("ingest", file).returncode == 0
    assert own("states").stdout.split() == ["on", "station", "1", "satellites"]
    found = own("query", "SELECT status FROM satvo.satellite WHERE norad_id = 57851",
                "--format", "csv")  # fmt: skip
    assert "on station" in found.stdout


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("query", "SELECT nothing FROM satvo.gp"), 2, ("nothing",)),
        (("query", "SELECT"), 2, ()),
        (("query", "SELECT 1/0 AS a FROM satvo.gp"), 2, ()),
        (("query", "SELECT gp_id FROM satvo.gp", "--format", "dbase"), 2, ("dbase", "csv")),
        (("query", "SELECT gp_id FROM satvo.gp", "--maxrec", "-1"), 2, ("maxrec",)),
        (("query", "SELECT gp_id FROM satvo.gp", "-o", "answer.xyz"), 2, ("--format",)),
        (("query", "SELECT gp_id FROM satvo.gp", "-o", "/nowhere/a.csv"), 1, ("/nowhere",)),
        (("ingest", "/nowhere/a.tle"), 2, ("/nowhere/a.tle",)),
        (("ingest", "/"), 2, ("/",)),
        (("ingest", "--source", "fixture", __file__), 2, ("fixture",)),
        (("ingest", "--format", "Ω\n", __file__), 2, ("tle",)),
        (("ingest",), 2, ("FILES",)),
        (("fetch celestrak",), 2, ("--group",)),
        (("fetch celestrak", "--object", "x"), 2, ("x",)),
        (("fetch starlink",), 2, ("--object",)),
        (("fetch starlink", "--object", "5", "--all"), 2, ("--object",)),
        (("fetch spacetrack",), 2, ("--object",)),
        (("export oem",), 2, ("--object",)),
        (("export oem", "--ephemeris", "it's \" none"), 2, ("no ephemeris",)),
        (("export omm", "--known-at", "yesterday"), 2, ("--known-at", "UTC")),
        (("export omm", "--notation", "yaml"), 2, ("kvn",)),
        (("nonsense",), 2, ()),
        (("status", "--nonsense"), 2, ("--nonsense",)),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_line(
    both: Both, arguments: tuple[str, ...], code: int, words: tuple[str, ...]
) -> None:
    assert_one_line(both(*arguments), code, *words)


@pytest.mark.parametrize("size", [100, 30_000_000])
def test_a_file_of_no_known_format_is_refused_with_those_known(
    both: Both, tmp_path: Path, size: int
) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes((b"Dear diary, nothing rose today.\n" * (size // 32 + 1))[:size])
    assert_one_line(both("ingest", file), 2, str(file), "tle", "omm-json", "satcat-csv")


@pytest.mark.parametrize(
    "content", [b"", gzip.compress(b"", mtime=0), b"\x1f\x8b\x08broken", b"\0" * 5000]
)
def test_an_empty_or_broken_file_is_refused_in_one_line(
    both: Both, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "empty.tle"
    file.write_bytes(content)
    assert_one_line(both("ingest", file), 2, str(file))


def test_a_file_whose_name_is_no_text_is_ingested(both: Both, tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"s\xff.tle")
    file.write_text(ISS)
    done = both("ingest", file)
    assert done.returncode == 0, done.stderr
    assert "1 read" in done.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SATVO_PUBLIC_URL", "example.org"),
        ("SATVO_PUBLIC_URL", "http://[example"),
        ("SATVO_DEFAULT_MAXREC", "many"),
        ("SATVO_QUERY_SECONDS", "-1"),
        ("SATVO_QUERY_SECONDS", "nan"),
        ("SATVO_STORE", "oracle"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(
    new_server: Callable[..., Home], name: str, value: str
) -> None:
    assert_one_line(here(new_server(**{name: value}), "status"), 2, name, value)


def test_an_empty_setting_is_none(new_server: Callable[..., Home]) -> None:
    home = new_server(SATVO_PUBLIC_URL="", SATVO_THREADS="", SATVO_HOME="")
    assert here(home, "status").returncode == 0


@pytest.mark.parametrize("command", ["status", "serve", "ingest", "query"])
def test_a_home_without_an_archive_is_told_and_left_as_it_is(
    new_home: Callable[[], Home], tmp_path: Path, command: str
) -> None:
    home = new_home()
    arguments = {"ingest": [__file__], "query": ["SELECT gp_id FROM satvo.gp"]}.get(command, [])
    home.home = tmp_path / "nowhere"
    assert_one_line(here(home, command, *arguments), 2, "satvo init")
    home.home.mkdir()
    assert_one_line(here(home, command, *arguments), 2, "satvo init")
    assert list(home.home.iterdir()) == []


def test_an_answer_into_a_pipe_leaves_the_pipe(still: Home, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        try:
            query = "SELECT TOP 1 gp_id FROM satvo.gp ORDER BY gp_id"
            done = still.command("query", query, "-o", pipe, "--format", "csv")
            assert done.returncode == 0, done.stderr
            assert reader.communicate(timeout=WAIT_S)[0] == "gp_id\n1\n"
        finally:
            reader.kill()
    assert pipe.is_fifo()


def test_a_reader_that_goes_away_is_no_traceback(served: Home, still: Home) -> None:
    for home in (served, still):
        piped = subprocess.run(
            f"{home.satvo[0]} query --home {home.home} --format csv "
            "'SELECT a.gp_id FROM satvo.gp AS a, satvo.gp AS b' | head -1",
            shell=True, capture_output=True, text=True, timeout=COMMAND_S,
        )  # fmt: skip
        assert (piped.stdout, piped.stderr) == ("gp_id\n", "")


def test_a_full_disk_under_the_output_is_told_in_one_line(still: Home) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*still.satvo, "query", "--home", still.home, "SELECT * FROM satvo.gp"],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=COMMAND_S,
        )  # fmt: skip
    assert_one_line(done, 1, "No space left")


def _small_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000))


def test_a_full_disk_under_the_archive_is_told_in_one_line(
    new_home: Callable[[], Home], tmp_path: Path, element_sets: Callable[..., bytes]
) -> None:
    home, file = new_home(), tmp_path / "sets.tle"
    file.write_bytes(element_sets(4000, 15))
    before = count(home)
    refused = home.command("ingest", file, preexec_fn=_small_files)
    assert "Traceback" not in refused.stderr
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("satvo: ")
    assert sound(home) < before + 60_000
    assert here(home, "ingest", file).returncode == 0
    assert count(home) == before + 60_000


def fill_disk_of(server: Home, file: Path) -> Done:
    """Ingest beside a server whose worker can write no more; the disk is free again afterwards."""
    _, worker = server.pids
    before = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (6_000_000, before[1]))
    try:
        return server.command("ingest", file)
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, before)


def test_a_full_disk_under_the_server_is_told_to_the_command(
    new_server: Callable[..., Home], tmp_path: Path, element_sets: Callable[..., bytes]
) -> None:
    server, file = new_server().start(), tmp_path / "sets.tle"
    file.write_bytes(element_sets(4000, 15))
    refused = fill_disk_of(server, file)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert refused.stderr.splitlines()[-1].startswith("satvo: the archive cannot be written")


def test_a_server_whose_disk_was_full_serves_again_when_there_is_room(
    new_server: Callable[..., Home], tmp_path: Path, element_sets: Callable[..., bytes]
) -> None:
    server, file = new_server().start(), tmp_path / "sets.tle"
    file.write_bytes(element_sets(4000, 15))
    fill_disk_of(server, file)
    time.sleep(2)
    assert server.sync(COUNT).status == 200
    assert server.command("ingest", file).returncode == 0


def test_init_on_a_full_disk_or_in_an_impossible_place_leaves_nothing(
    new_home: Callable[[], Home], tmp_path: Path
) -> None:
    home = new_home()
    file = tmp_path / "file"
    file.touch()
    home.home = file / "home"
    assert_one_line(here(home, "init"), 1, str(file))
    home.home = tmp_path / "full"
    refused = home.command("init", "--demo", preexec_fn=_tiny_files)
    assert "Traceback" not in refused.stderr
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert list(home.home.iterdir()) == []


def _tiny_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))


# Kills


@pytest.fixture(scope="module")
def big_file(tmp_path_factory: pytest.TempPathFactory, element_sets: Callable[..., bytes]) -> Path:
    file = tmp_path_factory.mktemp("big") / "many.tle"
    file.write_bytes(element_sets(OBJECTS, EPOCHS))
    return file


def begin(home: Home, *arguments: Any) -> subprocess.Popen[str]:
    name, *rest = arguments
    return subprocess.Popen(
        [*home.satvo, name, "--home", home.home, *map(str, rest)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def killed_after(command: subprocess.Popen[str], wait_s: float) -> None:
    time.sleep(wait_s)
    command.kill()
    command.communicate(timeout=WAIT_S)


def test_an_ingest_killed_at_any_moment_leaves_whole_sets_and_can_be_repeated(
    new_home: Callable[[], Home], tmp_path: Path, element_sets: Callable[..., bytes]
) -> None:
    home, file = new_home(), tmp_path / "sets.tle"
    file.write_bytes(element_sets(4000, 25))
    before, moments = count(home), random.Random(1957)
    for _ in range(2):
        killed_after(begin(home, "ingest", file), moments.uniform(0.5, 6))
        assert (sound(home) - before) % 10_000 == 0  # transactions are whole
    assert here(home, "ingest", file).returncode == 0
    assert sound(home) == before + 100_000


def test_kills_of_command_and_server_during_a_big_ingest_lose_nothing(
    new_server: Callable[..., Home], big_file: Path
) -> None:
    home = new_server().start()
    before, moments = count(home), random.Random(1962)
    killed_after(begin(home, "ingest", big_file), moments.uniform(3, 8))
    assert sound(home) >= before
    command = begin(home, "ingest", big_file)
    time.sleep(moments.uniform(3, 8))
    home.kill()
    _, told = command.communicate(timeout=WAIT_S)
    assert command.returncode == 1
    assert "Traceback" not in told
    last = told.splitlines()[-1]
    assert last.startswith("satvo: the server ")
    assert "ended" in last
    assert "again" in last
    home.start()
    assert sound(home) >= before
    whole = here(home, "ingest", big_file)
    assert whole.returncode == 0, whole.stderr
    assert sound(home) == before + OBJECTS * EPOCHS


def test_a_file_cut_by_a_kill_gives_no_false_set(new_server: Callable[..., Home]) -> None:
    """A number cut in the middle is a number, too, so that only the end of the stream tells."""
    home = new_server().start()
    header = ",".join(OMM)
    lines = [",".join(str({**OMM, "NORAD_CAT_ID": 1000 + i}[k]) for k in OMM) for i in range(3)]
    lines[2] = lines[2].rpartition(",")[0] + ",0.123456"
    command = subprocess.Popen(
        [*home.satvo, "ingest", "--home", home.home, "-"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert command.stdin is not None
    padding = "\n".join(lines[:2] * 5000)
    command.stdin.write(f"{header}\n{padding}\n{lines[2][:-3]}".encode())
    command.stdin.flush()
    time.sleep(2)
    command.kill()
    command.wait(WAIT_S)
    command.stdin.close()
    time.sleep(1)
    assert count(home, f"{COUNT} WHERE norad_id = 1002") == 0
    assert "Traceback" not in home.log
    assert home.command("ingest", "-", input=ISS).returncode == 0


@pytest.mark.parametrize("running", [True, False], ids=["served", "still"])
def test_two_ingests_of_one_file_at_once_give_no_set_twice(
    new_server: Callable[..., Home],
    tmp_path: Path,
    element_sets: Callable[..., bytes],
    running: bool,
) -> None:
    home, file = new_server(), tmp_path / "sets.tle"
    file.write_bytes(element_sets(2000, 10))
    if running:
        home.start()
    commands = [begin(home, "ingest", file) for _ in range(2)]
    said = [command.communicate(timeout=COMMAND_S) for command in commands]
    assert [command.returncode for command in commands] == [0, 0], said
    assert sorted(out.split(", ")[1] for out, _ in said) == ["0 new", "20000 new"]
    assert sound(home) == 8393 + 20_000


def test_an_ingest_beside_a_server_that_just_starts_is_done(
    new_server: Callable[..., Home], tmp_path: Path, element_sets: Callable[..., bytes]
) -> None:
    home, file = new_server(), tmp_path / "sets.tle"
    for attempt, wait_s in enumerate((0.0, 0.3, 0.8)):
        file.write_bytes(element_sets(1000, 1, first=1 + 1000 * attempt))
        with ThreadPoolExecutor(1) as pool:
            starting = pool.submit(home.start)
            time.sleep(wait_s)
            done = home.command("ingest", file)
            starting.result(WAIT_S)
        assert done.returncode == 0, done.stderr
        assert "1000 new" in done.stdout
        assert count(home) == 8393 + 1000 * (attempt + 1)
        home.stop()


def test_an_init_killed_at_any_moment_leaves_no_half_archive(
    new_home: Callable[[], Home], tmp_path: Path
) -> None:
    home, moments = new_home(), random.Random(1998)
    home.home = tmp_path / "fresh"
    for _ in range(4):
        killed_after(begin(home, "init", "--demo"), moments.uniform(0.2, 2))
        if (home.home / "archive.duckdb").exists():  # it was faster
            assert count(home) == 8393
            (home.home / "archive.duckdb").unlink()
    made = home.command("init", "--demo", "--if-missing")
    assert made.returncode == 0, made.stderr
    assert count(home) == 8393
    assert not (home.home / "init.part").exists()
    assert here(home, "init", "--demo", "--if-missing").stdout == ""
    assert_one_line(here(home, "init"), 2, "already")
