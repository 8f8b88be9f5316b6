"""Simple Image Access 1.0 as its older clients use it."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
import pyvo
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse
from image_server import add_rows
from lxml import etree

NEEDED = {
    "VOX:Image_Title", "POS_EQ_RA_MAIN", "POS_EQ_DEC_MAIN", "VOX:Image_Naxes", "VOX:Image_Naxis",
    "VOX:Image_Scale", "VOX:Image_Format", "VOX:Image_AccessReference",
}  # fmt: skip


@pytest.fixture(scope="module")
def images(empty_server: Callable[..., Any]) -> Iterator[Any]:
    made = empty_server()
    add_rows(made.home)
    yield made.start()
    made.stop()


def ask(server: Any, **given: str) -> Any:
    return server.get("/sia1?" + urlencode({"POS": "83,-5", "SIZE": "0.1", **given}))


def rows(reply: Any) -> Any:
    assert reply.status == 200, reply.text
    return parse(io.BytesIO(reply.body), verify="ignore").get_first_table().to_table()


def titles(reply: Any) -> list[str]:
    return sorted(text.removeprefix("Image ") for text in rows(reply)["title"])


def test_answer_has_what_sia_wants_once(images: Any) -> None:
    for verbosity in "0123":
        root = etree.fromstring(ask(images, VERB=verbosity).body)
        ucds = [field.get("ucd") for field in root.iter("{*}FIELD")]
        assert all(ucds.count(ucd) == 1 for ucd in NEEDED)
        assert (len(ucds) == len(NEEDED)) == (verbosity == "0")
    assert ask(images).kind == "text/xml"


def test_row_says_what_is_known(images: Any) -> None:
    (row,) = rows(ask(images))
    assert row["accref"] == f"{images.url}/files/frame0.fits"
    assert list(row["naxis"]) == [664, 496]
    assert np.allclose(list(row["scale"]), 2.7 / 3600)
    assert (row["naxes"], row["format"], row["refframe"]) == (2, "image/fits", "ICRS")
    assert abs(row["dateobs"] - 59000.0005) < 1e-9
    (cube,) = rows(ask(images, POS="86,-5"))
    assert list(cube["naxis"]) == [664, 496, 5]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ["frame0"]),
        ({"SIZE": "0"}, ["frame0"]),
        ({"SIZE": "2.4,0.1"}, ["frame0", "frame1"]),
        ({"SIZE": "0.1,2.4"}, ["frame0"]),
        ({"SIZE": "10"}, ["frame0", "frame1", "frame2", "frame3"]),
        ({"SIZE": "360,180"}, ["frame0", "frame1", "frame2", "frame3", "shown"]),
        ({"SIZE": "0.4", "INTERSECT": "COVERS"}, ["frame0"]),
        ({"SIZE": "0.6", "INTERSECT": "COVERS"}, []),
        ({"SIZE": "0.6", "INTERSECT": "ENCLOSED"}, ["frame0"]),
        ({"SIZE": "0.4", "INTERSECT": "ENCLOSED"}, []),
        ({"POS": "83.2,-5", "SIZE": "3", "INTERSECT": "center"}, ["frame0"]),
        ({"POS": "83.3,-5", "SIZE": "0.01", "INTERSECT": "CENTER"}, []),
        ({"FORMAT": "image/fits"}, ["frame0"]),
        ({"FORMAT": "image/jpeg"}, []),
        ({"POS": "150,-40", "FORMAT": "GRAPHIC"}, ["shown"]),
        ({"POS": "150,-40", "FORMAT": "image/fits,image/jpeg"}, ["shown"]),
        ({"DATASOURCE": "all"}, ["frame0", "twin0"]),
        ({"POS": "150,2"}, ["alone"]),
        ({"POS": "150,2", "DATASOURCE": "observation"}, []),
        ({"SIZE": "10", "MAXREC": "0"}, []),
    ],
)
def test_region_is_found(images: Any, given: dict[str, str], found: list[str]) -> None:
    assert titles(ask(images, **given)) == found


def test_cut_answer_says_so(images: Any) -> None:
    reply = ask(images, SIZE="10", MAXREC="2")
    assert len(rows(reply)) == 2
    last = list(etree.fromstring(reply.body).iter("{*}INFO"))[-1]
    assert (last.get("name"), last.get("value")) == ("QUERY_STATUS", "OVERFLOW")


def test_metadata_has_parameters_and_columns(images: Any, valid: Callable[[bytes], None]) -> None:
    reply = images.get("/sia1?FORMAT=METADATA")
    assert (reply.status, reply.kind) == (200, "text/xml")
    valid(reply.body)
    root = etree.fromstring(reply.body)
    inputs = {param.get("name") for param in root.iter("{*}PARAM")}
    assert {"INPUT:POS", "INPUT:SIZE", "INPUT:FORMAT", "INPUT:INTERSECT"} <= inputs
    assert len(list(root.iter("{*}FIELD"))) > len(NEEDED)
    assert not list(root.iter("{*}TR"))


BAD = [
    ({"POS": ""}, "POS is missing"),
    ({"POS": "83"}, "2 finite numbers"),
    ({"POS": "83,-5,1"}, "2 finite numbers"),
    ({"POS": "83,Inf"}, "2 finite numbers"),
    ({"POS": "x,y"}, "is not a number"),
    ({"POS": "83,-95"}, "0 to 360 and -90 to 90"),
    ({"SIZE": ""}, "SIZE is missing"),
    ({"SIZE": "-1"}, "0 to 360 deg is accepted"),
    ({"SIZE": "1e308"}, "0 to 360 deg is accepted"),
    ({"INTERSECT": "TOUCHES"}, "COVERS, ENCLOSED"),
    ({"VERB": "9"}, "VERB=9"),
    ({"MAXREC": "many"}, "not a whole number"),
    ({"FORMAT": "a\0"}, "20 media types"),
    ({"RESPONSEFORMAT": "pdf"}, "not a format"),
]


@pytest.mark.parametrize(("given", "words"), BAD, ids=lambda value: str(value)[:40])
def test_wrong_parameter_is_told(images: Any, given: dict[str, str], words: str) -> None:
    reply = ask(images, **given)
    assert reply.status == 400
    (info,) = etree.fromstring(reply.body).iter("{*}INFO")
    assert info.get("value") == "ERROR"
    assert words in info.text


def test_format_is_a_string(images: Any) -> None:
    assert titles(ask(images, FORMAT="x') OR ('1'='1")) == []


def test_pyvo_finds_images(images: Any) -> None:
    service = pyvo.dal.SIAService(f"{images.url}/sia1?")
    found = service.search(pos=SkyCoord(83, -5, unit="deg"), size=0.1, format="image/fits")
    (record,) = found
    assert record.title == "Image frame0"
    assert record.acref == record.getdataurl() == f"{images.url}/files/frame0.fits"
    assert record.pos.separation(SkyCoord(83, -5, unit="deg")).arcsec < 1e-6
    assert record.format == "image/fits"
    assert list(record.naxis.value) == [664, 496]
    assert record.dateobs.mjd == pytest.approx(59000.0005)
    assert record.bandpass_lolimit.to_value("nm") == pytest.approx(400)
    assert found.get_adhocservice_by_ivoid("ivo://ivoa.net/std/datalink")


@pytest.mark.parametrize("form", ["votable/td", "votable"])
def test_votlint_finds_only_the_ucds_that_sia_wants(
    images: Any, needs_program: Callable[[str, str], str], tmp_path: Path, form: str
) -> None:
    file = tmp_path / "answer.vot"
    file.write_bytes(ask(images, SIZE="10", RESPONSEFORMAT=form).body)
    done = subprocess.run(
        [needs_program("stilts", "stilts"), "votlint", "ucd=true", "unit=true", str(file)],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    assert [line for line in said if "ucd" not in line.lower()] == []


def test_answer_is_valid(images: Any, valid: Callable[[bytes], None]) -> None:
    valid(ask(images, SIZE="10").body)


def test_capability_is_of_simple_image_access(images: Any) -> None:
    root = etree.fromstring(images.get("/sia1/capabilities").body)
    own = root.find("capability[@standardID='ivo://ivoa.net/std/SIA']")
    assert own is not None
    assert own.findtext("imageServiceType") == "Pointed"
    assert own.findtext(".//accessURL") == f"{images.url}/sia1?"
    assert (own.findtext("testQuery/pos/long"), own.findtext("testQuery/size/lat")) == (
        "180",
        "180",
    )
