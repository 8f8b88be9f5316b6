"""Simple Image Access 2.0 as its clients use it."""

from __future__ import annotations

import io
import subprocess
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import pyvo
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse
from astropy.time import Time
from hypothesis import given, settings
from hypothesis import strategies as st
from image_server import add_rows
from lxml import etree
from satvo.schemas.obscore import OBSCORE

pytestmark = pytest.mark.filterwarnings(
    # pyvo knows no param of a vs:ParamHTTP, which VODataService 1.2 has
    "ignore::pyvo.utils.xml.exceptions.UnknownElementWarning"
)

FORM = "application/x-www-form-urlencoded"
ORION = "CIRCLE 83 -5 0.1"


@pytest.fixture(scope="module")
def images(empty_server: Callable[..., Any]) -> Iterator[Any]:
    made = empty_server()
    add_rows(made.home)
    yield made.start()
    made.stop()


def ask(server: Any, *more: tuple[str, str], **given: str) -> Any:
    return server.get("/sia2/query?" + urlencode([*given.items(), *more]))


def rows(reply: Any) -> Any:
    assert reply.status == 200, reply.text
    return parse(io.BytesIO(reply.body), verify="exception").get_first_table().to_table()


def names(reply: Any) -> list[str]:
    return sorted(rows(reply)["obs_id"])


def infos(reply: Any) -> dict[str, str]:
    return {e.get("name"): e.get("value") for e in etree.fromstring(reply.body).iter("{*}INFO")}


def test_answer_has_the_columns_of_obscore(images: Any) -> None:
    table = parse(io.BytesIO(ask(images, POS=ORION).body)).get_first_table()
    fields = {field.name: field for field in table.fields}
    assert list(fields) == [column.name for column in OBSCORE.columns]
    assert fields["s_ra"].utype == (
        "obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1"
    )
    assert fields["obs_publisher_did"].utype == "obscore:Curation.PublisherDID"
    told = infos(ask(images, POS=ORION))
    assert told["QUERY_STATUS"] == "OK"
    assert told["standardID"] == "ivo://ivoa.net/std/SIA#query-2.0"


def test_get_and_post_and_any_case_of_names_give_the_same(images: Any) -> None:
    body = urlencode({"pos": ORION, "Band": "5e-7"}).encode()
    posted = images.request("POST", "/sia2/query", body, {"Content-Type": FORM})
    assert names(posted) == names(ask(images, POS=ORION, BAND="5e-7")) == ["frame0"]


def test_repeated_values_are_alternatives(images: Any) -> None:
    assert names(ask(images, ("POS", ORION), ("POS", "CIRCLE 85 -5 0.1"))) == ["frame0", "frame2"]
    both = (("TIME", "59000.0005"), ("TIME", "59001 59001.1"), ("POS", ORION))
    assert names(ask(images, *both)) == ["frame0"]


def test_images_and_cubes_come_and_nothing_else(images: Any) -> None:
    assert names(ask(images)) == ["frame0", "frame1", "frame2", "frame3", "shown"]
    assert names(ask(images, DPTYPE="cube")) == ["frame3"]


def test_simulated_images_are_left_out_where_observed_ones_match(images: Any) -> None:
    beside, alone = ask(images, POS=ORION), ask(images, POS="CIRCLE 150 2 0.1")
    assert (names(beside), infos(beside)["DATASOURCE"]) == (["frame0"], "observation")
    assert (names(alone), infos(alone)["DATASOURCE"]) == (["alone"], "artificial")
    both = ask(images, POS=ORION, DATASOURCE="ALL")
    assert (names(both), infos(both)["DATASOURCE"]) == (["frame0", "twin0"], "all")
    assert names(ask(images, POS=ORION, DATASOURCE="artificial")) == ["twin0"]
    assert names(ask(images, COLLECTION="satvo-sim")) == ["alone", "twin0"]
    assert names(ask(images, POS="CIRCLE 150 2 0.1", DATASOURCE="observation")) == []


def test_cut_answer_says_so_and_one_without_rows_has_columns(images: Any) -> None:
    cut = ask(images, MAXREC="2")
    assert (len(rows(cut)), infos(cut)["QUERY_STATUS"]) == (2, "OVERFLOW")
    whole = ask(images, MAXREC="5")
    assert (len(rows(whole)), infos(whole)["QUERY_STATUS"]) == (5, "OK")
    none = ask(images, MAXREC="0")
    assert (len(rows(none)), len(rows(none).colnames)) == (0, len(OBSCORE.columns))


@pytest.mark.parametrize("form", ["votable", "votable/b", "csv", "json", "fits", "parquet"])
def test_other_formats_can_be_had(images: Any, form: str) -> None:
    reply = ask(images, POS=ORION, RESPONSEFORMAT=form)
    assert reply.status == 200
    assert b"frame0" in reply.body or form in ("votable", "votable/b", "parquet")
    assert reply.headers["Content-Type"]


def test_head_has_no_body(images: Any) -> None:
    reply = images.request("HEAD", "/sia2/query?MAXREC=1")
    assert (reply.status, reply.body) == (200, b"")


BAD = [
    ({"POS": "BOX 1 2 3 4"}, "CIRCLE ra dec radius"),
    ({"POS": "CIRCLE 1 2 nan"}, "is not a number"),
    ({"POS": "CIRCLE 1e308 2 1"}, "0 to 360"),
    ({"BAND": "2 1"}, "the lower end comes first"),
    ({"TIME": "2022-01-01"}, "is not a number"),
    ({"CALIB": "9"}, "0, 1, 2, 3, 4 are accepted"),
    ({"DPTYPE": "spectrum"}, "ask TAP for others"),
    ({"DATASOURCE": "real"}, "observation, artificial, all are accepted"),
    ({"MAXREC": "-1"}, "not a whole number"),
    ({"RESPONSEFORMAT": "pdf"}, "not a format of this service"),
    ({"UPLOAD": "t,param:none"}, "no part called none"),
    ({"UPLOAD": "t"}, "give param:"),
]


@pytest.mark.parametrize(("given", "words"), BAD, ids=lambda value: str(value)[:40])
def test_wrong_parameter_is_told_in_a_votable(
    images: Any, valid: Callable[[bytes], None], given: dict[str, str], words: str
) -> None:
    reply = ask(images, **given)
    assert reply.status == 400
    assert reply.kind.startswith("application/x-votable+xml")
    valid(reply.body)
    (info,) = etree.fromstring(reply.body).iter("{*}INFO")
    assert info.get("value") == "ERROR"
    assert words in info.text


def test_uploaded_table_is_many_searches(images: Any) -> None:
    table = b"ra,dec,radius,time\n83,-5,0.1,\n84,-5,0.1,59001.0005\n85,-5,0.1,59001\n"
    boundary = "b0undary"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="UPLOAD"\r\n\r\nt,param:t\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="t"; filename="t.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode() + table + f"\r\n--{boundary}--\r\n".encode()  # fmt: skip
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    assert names(images.request("POST", "/sia2/query", body, kind)) == ["frame0", "frame1"]


# Clients


def test_pyvo_finds_images(images: Any) -> None:
    service = pyvo.dal.SIA2Service(f"{images.url}/sia2")
    found = service.search(
        pos=(83 * u.deg, -5 * u.deg, 0.5 * u.deg), band=(400 * u.nm, 500 * u.nm),
        data_type="image", maxrec=10,
    )  # fmt: skip
    assert [record.obs_id for record in found] == ["frame0"]
    (record,) = found
    assert record.access_url == f"{images.url}/files/frame0.fits"
    assert record.access_format == "image/fits"
    assert SkyCoord(record.s_ra, record.s_dec).separation(
        SkyCoord(83 * u.deg, -5 * u.deg)
    ) < 1 * u.mas  # fmt: skip
    ranged = service.search(pos=(82.9 * u.deg, 84.1 * u.deg, -5 * u.deg, -4 * u.deg))
    assert sorted(record.obs_id for record in ranged) == ["frame0", "frame1"]
    timed = service.search(
        time=(Time(59002, format="mjd"), Time(59002.5, format="mjd")), exptime=(80, 90)
    )
    assert [record.obs_id for record in timed] == ["frame2"]
    named = service.search(facility="Somewhere", target_name="M42 & more", calib_level=1)
    assert len(named) == 4


def test_pyvo_is_told_what_is_wrong(images: Any) -> None:
    service = pyvo.dal.SIA2Service(f"{images.url}/sia2")
    with pytest.raises(pyvo.dal.DALQueryError, match="DATASOURCE='real'"):
        service.search(DATASOURCE="real")


def test_pyvo_knows_the_service_of_links(images: Any) -> None:
    found = pyvo.dal.SIA2Service(f"{images.url}/sia2").search(maxrec=3)
    service = found.get_adhocservice_by_ivoid("ivo://ivoa.net/std/datalink#links")
    told = {param.name: param.value for param in service.params}
    assert told["accessURL"].endswith("/datalink/links")
    tap = pyvo.dal.TAPService(images.tap).search("SELECT obs_publisher_did AS d FROM ivoa.obscore")
    assert tap.get_adhocservice_by_ivoid("ivo://ivoa.net/std/datalink#links").groups


@pytest.mark.parametrize("form", ["votable", "votable/b", "votable/td"])
def test_votlint_finds_nothing(
    images: Any, needs_program: Callable[[str, str], str], tmp_path: Path, form: str
) -> None:
    file = tmp_path / "answer.vot"
    file.write_bytes(ask(images, RESPONSEFORMAT=form, DATASOURCE="all").body)
    done = subprocess.run(
        [needs_program("stilts", "stilts"), "votlint", "ucd=true", "unit=true", str(file)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0
    assert "ERROR" not in done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr


@pytest.mark.parametrize("form", ["votable", "votable/b", "votable/td"])
def test_answer_is_valid(images: Any, valid: Callable[[bytes], None], form: str) -> None:
    valid(ask(images, RESPONSEFORMAT=form).body)


def test_capability_names_every_parameter(images: Any) -> None:
    root = etree.fromstring(images.get("/sia2/capabilities").body)
    own = root.find("capability[@standardID='ivo://ivoa.net/std/SIA#query-2.0']")
    assert own is not None
    assert {name.text for name in own.iterfind(".//param/name")} >= {
        "POS", "BAND", "TIME", "POL", "FOV", "SPATRES", "SPECRP", "EXPTIME", "TIMERES", "ID",
        "COLLECTION", "FACILITY", "INSTRUMENT", "DPTYPE", "CALIB", "TARGET", "FORMAT", "MAXREC",
        "RESPONSEFORMAT", "UPLOAD",
    }  # fmt: skip
    assert own.findtext(".//accessURL") == f"{images.url}/sia2/query"


# What strangers send


def test_thousands_of_places_are_refused_in_time(images: Any) -> None:
    body = urlencode([("POS", f"CIRCLE {n % 360} 0 1") for n in range(5000)]).encode()
    reply = images.request("POST", "/sia2/query", body, {"Content-Type": FORM})
    assert reply.status == 400
    assert "at most 100" in reply.text


@pytest.mark.parametrize("name", ["ID", "COLLECTION", "FACILITY", "INSTRUMENT", "TARGET", "FORMAT"])
@pytest.mark.parametrize(
    "text",
    ["' OR '1'='1", "'; DROP TABLE ivoa.obscore; --", "\\' OR 1=1 --", "''", "%", "$1", ":x",
     "{0}", "/* */", "\u2019", "\U0001f600", "x') UNION SELECT 1 --", "?", "'||'"],
)  # fmt: skip
def test_strings_are_strings(images: Any, name: str, text: str) -> None:
    assert names(ask(images, **{name: text})) == []


@settings(max_examples=60)
@given(
    st.sampled_from(["POS", "BAND", "TIME", "POL", "ID", "DPTYPE", "CALIB", "FORMAT", "MAXREC",
                     "RESPONSEFORMAT", "UPLOAD", "DATASOURCE", "FOV"]),
    st.one_of(
        st.text(max_size=40),
        st.lists(st.sampled_from(["CIRCLE", "RANGE", "POLYGON", "1", "-90", "90", "360", "1e308",
                                  "NaN", "Inf", "-Inf", "0", "5e-324", "180"]), max_size=9)
        .map(" ".join),
    ),
)  # fmt: skip
def test_whatever_is_sent_is_answered_or_refused(images: Any, name: str, text: str) -> None:
    reply = ask(images, **{name: text.encode("utf-8", "replace").decode()})
    assert reply.status in (200, 400), reply.text


def test_eight_at_once_are_all_answered(images: Any) -> None:
    found: list[list[str]] = []

    def look() -> None:
        found.extend(names(ask(images, POS=ORION, BAND="5e-7")) for _ in range(5))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [["frame0"]] * 40


def test_warnings_of_astropy_are_none(images: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse(io.BytesIO(ask(images).body), verify="exception")
