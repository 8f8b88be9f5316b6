"""Images held elsewhere registered by the command line, and cone searches of tables by clients."""

from __future__ import annotations

import io
import subprocess
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import pyvo
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse
from lxml import etree

COMMAND_S = 120.0
URL = "https://images.example.org"

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PLACES = [(359.9, 0.0), (0.1, 0.0), (10.0, 0.0), (100.0, 89.9), (280.0, 89.9), (45.0, -30.0)]


@pytest.fixture(scope="module")
def server(server_on: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server with six images that are held elsewhere, registered while it runs."""
    running = server_on("table_cones")
    file = tmp_path_factory.mktemp("images") / "images.csv"
    lines = [f"i{n},{URL}/i{n}.fits,{ra},{dec},0.4" for n, (ra, dec) in enumerate(PLACES)]
    file.write_text("\n".join(["obs_id,access_url,s_ra,s_dec,s_fov", *lines]) + "\n")
    done = running.command("obscore add --collection far", file)
    assert done.stdout == "collection far: 6 images\n", done.stderr
    return running


def ask(server: Any, table: str = "ivoa.obscore", **parameters: str) -> Any:
    return server.get(f"/scs/{table}?{urlencode(parameters)}")


def rows(server: Any, **parameters: str) -> Any:
    reply = ask(server, **{"RA": "0", "DEC": "0", "SR": "1"} | parameters)
    assert reply.status == 200, reply.text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return parse(io.BytesIO(reply.body)).get_first_table()


def ids(server: Any, **parameters: str) -> list[str]:
    """Those of the images that are found; the demonstration has others."""
    table = rows(server, **parameters).to_table(use_names_over_ids=True)
    return ours(map(str, table["obs_publisher_did"]))


def ours(dids: Iterable[str]) -> list[str]:
    return sorted(did.partition("?")[2] for did in dids if "/obscore/far?" in did)


def test_command_line_registers_lists_and_drops(server: Any, tmp_path: Path) -> None:
    listed = server.command("obscore list").stdout
    assert "far" in listed
    assert "6 images" in listed
    again = server.command("obscore add", tmp_path / "none.csv", "--collection", "far")
    assert again.returncode == 2
    assert "cannot be read" in again.stderr
    file = tmp_path / "bad.csv"
    file.write_text(f"obs_id,access_url\na,{URL}/a\nb,b.fits\n")
    bad = server.command("obscore add", file, "--collection", "other")
    assert "collection other: row 2: access_url 'b.fits' is no absolute address" in bad.stderr
    file.write_text(f"obs_id,access_url\na,{URL}/a\n")
    assert "1 images" in server.command("obscore add", file, "--collection", "other").stdout
    assert (
        server.command("obscore drop", "other").stdout
        == "collection other with 1 images is dropped\n"
    )
    assert server.command("obscore drop", "other").returncode == 2


def test_addresses_elsewhere_stay_as_they_are(server: Any) -> None:
    service = pyvo.dal.TAPService(server.tap)
    found = service.search("SELECT access_url FROM ivoa.obscore WHERE obs_collection = 'far'")
    assert {str(row["access_url"]) for row in found} == {
        f"{URL}/i{n}.fits" for n in range(len(PLACES))
    }


def test_cones_over_zero_hours_and_a_pole(server: Any) -> None:
    assert ids(server) == ["i0", "i1"]
    assert ids(server, RA="190", DEC="90", SR="0.2") == ["i3", "i4"]
    assert ids(server, SR="180") == [f"i{n}" for n in range(6)]
    assert ids(server, RA="45", DEC="-30", SR="0.001") == ["i5"]


def test_verbosity_and_metadata(server: Any) -> None:
    widths = [len(rows(server, VERB=str(v)).fields) for v in (1, 2, 3)]
    assert widths[0] == 3 < widths[1] < widths[2]
    for asked in ({"SR": "0"}, {"MAXREC": "0"}):
        table = rows(server, **asked)
        ucds = [field.ucd for field in table.fields]
        for main in ("meta.id;meta.main", "pos.eq.ra;meta.main", "pos.eq.dec;meta.main"):
            assert ucds.count(main) == 1
        assert len(table.array) == 0
    reply = ask(server, RA="0", DEC="0", SR="180", MAXREC="2")
    assert b"OVERFLOW" in reply.body
    csv = ask(server, RA="0", DEC="0", SR="1", VERB="1", RESPONSEFORMAT="csv")
    assert csv.text.startswith("obs_publisher_did,s_ra,s_dec")


def test_pyvo_reads_them(server: Any) -> None:
    service = pyvo.dal.SCSService(f"{server.url}/scs/ivoa.obscore")
    found = service.search(SkyCoord(0, 0, unit="deg"), radius=1 * u.deg, verbosity=1)
    assert ours(str(record["obs_publisher_did"]) for record in found) == ["i0", "i1"]
    assert all(abs(record["s_dec"]) <= 1 for record in found)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"RA": "0", "DEC": "0"}, "SR is missing"),
        ({"RA": "x", "DEC": "0", "SR": "1"}, "RA='x'"),
        ({"RA": "0", "DEC": "91", "SR": "1"}, "DEC=91"),
        ({"RA": "0", "DEC": "0", "SR": "-1"}, "SR=-1"),
        ({"RA": "0", "DEC": "0", "SR": "1", "VERB": "4"}, "VERB=4"),
        ({"RA": "0", "DEC": "0", "SR": "1", "RESPONSEFORMAT": "nope"}, "nope"),
    ],
)
def test_what_is_no_cone_is_told_as_the_standard_says(
    server: Any, parameters: dict[str, str], words: str
) -> None:
    reply = ask(server, **parameters)
    assert reply.status == 400
    infos = {info.get("name"): info for info in etree.fromstring(reply.body).iter("{*}INFO")}
    assert words in infos["Error"].get("value")


def test_unknown_tables_are_answered_with_the_known(server: Any) -> None:
    for name in ("nope", "satvo.gp", "ivoa.obscore'--", "TAP_SCHEMA.tables"):
        reply = ask(server, name.replace("'", "%27"), RA="0", DEC="0", SR="1")
        assert reply.status == 404
        assert "ivoa.obscore" in reply.text


def test_each_has_its_capabilities_and_record(server: Any) -> None:
    document = etree.fromstring(server.get("/scs/ivoa.obscore/capabilities").body)
    (cone,) = document.findall("capability[@standardID='ivo://ivoa.net/std/ConeSearch']")
    assert cone.findtext("interface/accessURL").endswith("/scs/ivoa.obscore?")
    assert server.get("/scs/ivoa.obscore/availability").status == 200
    records = server.get("/oai?verb=ListIdentifiers&metadataPrefix=ivo_vor").text
    assert "/scs/ivoa.obscore<" in records


def test_stilts_searches_them(
    server: Any, tmp_path: Path, needs_program: Callable[[str, str], str]
) -> None:
    stilts = needs_program("stilts", "stilts")
    asked = ["lon=0", "lat=0", "radius=1", "verb=1", "ofmt=csv", f"out={tmp_path / 'found.csv'}"]
    subprocess.run(
        [stilts, "cone", f"serviceurl={server.url}/scs/ivoa.obscore", *asked],
        check=True, timeout=COMMAND_S, capture_output=True,
    )  # fmt: skip
    found = (tmp_path / "found.csv").read_text().splitlines()
    assert ours(line.partition(",")[0] for line in found) == ["i0", "i1"]
