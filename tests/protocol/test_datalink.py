"""DataLink as its clients ask it: what belongs together, both ways, and what can be called."""

from __future__ import annotations

import io
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import pyvo
from astropy.io.votable import parse_single_table
from linked_images import ELSEWHERE, NORAD_ID
from pyvo.dal.adhoc import DatalinkResults

Images = tuple[Any, dict[str, str]]
MEDIA_TYPE = "application/x-votable+xml;content=datalink"
COLUMNS = [
    "ID", "access_url", "service_def", "error_message", "semantics", "description", "content_type",
    "content_length", "local_semantics", "content_qualifier", "link_auth", "link_authorized",
]  # fmt: skip
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LINT_S = 120.0


def links(images: Images, *dids: str) -> DatalinkResults:
    server, _ = images
    query = urlencode([("ID", did) for did in dids])
    return DatalinkResults.from_result_url(f"{server.url}/datalink/links?{query}")


def related(images: Images, name: str) -> dict[tuple[str, str], str]:
    """Names of the images that are linked, by semantics and local semantics."""
    _, dids = images
    names = {did[-16:]: name for name, did in dids.items()}
    found = {}
    for link in links(images, dids[name]):
        product = str(link.access_url).rpartition("/")[2].partition(".")[0]
        if "/files/" in link.access_url and product in names:
            found[link.semantics, str(link["local_semantics"])] = names[product]
    return found


def test_the_answer_is_as_the_standard_has_it(images: Images) -> None:
    server, dids = images
    reply = server.get(f"/datalink/links?ID={quote(dids['frame'])}")
    assert (reply.status, reply.kind) == (200, MEDIA_TYPE)
    table = parse_single_table(io.BytesIO(reply.body))
    assert [field.name for field in table.fields] == COLUMNS
    assert set(table.array["ID"]) == {dids["frame"]}
    for row in table.array:
        given = [name for name in ("access_url", "service_def", "error_message") if row[name]]
        assert len(given) == 1
        assert row["semantics"].startswith("#")
        assert row["description"]


def test_what_belongs_to_a_frame_is_linked_both_ways(images: Images) -> None:
    assert related(images, "frame") == {
        ("#this", "#frame"): "frame",
        ("#derivation", "#mask"): "mask",
        ("#auxiliary", "#truth-catalogue"): "truth",
        ("#derivation", "#simulated-twin"): "twin",
        ("#auxiliary", "#counterpart"): "pair",
    }
    assert related(images, "mask")["#progenitor", "#frame"] == "frame"
    assert related(images, "truth")["#progenitor", "#frame"] == "frame"
    assert related(images, "twin")["#progenitor", "#frame"] == "frame"
    assert related(images, "pair")["#auxiliary", "#counterpart"] == "frame"


def test_trails_and_satellites_are_queries_that_answer(images: Images) -> None:
    server, dids = images
    by_local = {str(link["local_semantics"]): link for link in links(images, dids["frame"])}
    for local, column, expected in (
        ("#trails", "trail_id", {"t1", "t2"}), ("#satellites", "norad_id", {NORAD_ID}),
    ):  # fmt: skip
        reply = server.get(by_local[local].access_url.removeprefix(server.url))
        assert reply.status == 200
        assert set(parse_single_table(io.BytesIO(reply.body)).array[column]) == expected
    assert "#trails" not in {str(link["local_semantics"]) for link in links(images, dids["pair"])}


def test_predicted_passes_are_those_of_the_exposure(images: Images) -> None:
    server, dids = images
    (link,) = (
        link for link in links(images, dids["frame"])
        if link["local_semantics"] == "#predicted-passes"
    )  # fmt: skip
    assert "TIME=2026-03-20T03%3A00%3A00.000%2F2026-03-20T03%3A00%3A30.000" in link.access_url
    assert "OBSERVER=-70.7366%2C-30.2407%2C2722" in link.access_url
    reply = server.get(link.access_url.removeprefix(server.url))
    assert reply.status == 200, reply.text
    assert b"2026-03-20T03:00:00" in reply.body


def test_each_service_can_be_called_by_pyvo(images: Images) -> None:
    _, dids = images
    answer = links(images, dids["frame"])
    called = [(proc.semantics, proc.content_type, proc) for proc in answer.iter_procs()]
    wanted = ["#cutout", "#proc", "#proc", "#proc"]
    assert sorted(semantics for semantics, _, _ in called) == wanted
    (part,) = (proc for semantics, _, proc in called if semantics == "#cutout")
    told = part.process(circle=(83.8, -5.4, 0.002)).read()
    assert told.startswith(b"SIMPLE  =                    T")
    others = [
        (kind.split(";")[0], proc) for semantics, kind, proc in called if semantics == "#proc"
    ]
    assert sorted(kind for kind, _ in others) == [
        "application/x-votable+xml",
        "text/xml",
        "text/xml",
    ]
    for kind, proc in others:  # predictions, and two kinds of job
        begin = b"<VOTABLE" if kind == "application/x-votable+xml" else b"uws:jobs"
        assert begin in proc.process().read()


def test_the_cut_out_service_tells_what_there_is(images: Images) -> None:
    server, dids = images
    document = ET.fromstring(server.get(f"/datalink/links?ID={quote(dids['frame'])}").body)
    space = "{http://www.ivoa.net/xml/VOTable/v1.3}"
    (soda,) = (
        each for each in document.iter(f"{space}RESOURCE")
        if each.get("utype") == "adhoc:service" and str(each.get("ID")).startswith("soda_")
    )  # fmt: skip
    told = {param.get("name"): param for param in soda.iter(f"{space}PARAM")}
    assert told["standardID"].get("value") == "ivo://ivoa.net/std/SODA#sync-1.0"
    assert told["ID"].get("value") == dids["frame"]
    most = {name: [float(n) for n in str(param.find(f"{space}VALUES/{space}MAX").get("value"))
                   .split()]
            for name, param in told.items() if param.find(f"{space}VALUES/{space}MAX") is not None}  # type: ignore[union-attr]  # fmt: skip
    assert most["CIRCLE"][:2] == pytest.approx([83.8, -5.4], abs=1e-6)
    assert len(most["POLYGON"]) == 8
    assert most["PIXEL"] == [1, 64, 1, 48]
    assert most["TIME"] == pytest.approx([61119.125, 61119.125 + 30 / 86400], abs=1e-8)
    assert "POL" not in told


def test_what_has_no_pixels_or_no_place_has_no_such_service(images: Images) -> None:
    _, dids = images
    assert not list(links(images, dids["truth"]).iter_procs())
    # a part of it, and its mask, need no place on the sky
    services = [p.semantics for p in links(images, dids["no_wcs.fits"]).iter_procs()]
    assert services == ["#cutout", "#proc"]


def test_what_is_kept_elsewhere_is_linked_where_it_is(images: Images) -> None:
    found = list(links(images, ELSEWHERE))
    assert [(link.semantics, link.access_url) for link in found] == [
        ("#this", "https://elsewhere.example/1.fits?a=1&b=2")
    ]


@pytest.mark.parametrize("did", ["ivo://x/y?z", "no ivoid", "<&\"'>", "a" * 5000, "é\u200b"])
def test_a_bad_identifier_is_a_row(images: Images, did: str) -> None:
    server, dids = images
    reply = server.get("/datalink/links?" + urlencode([("ID", did), ("ID", dids["pair"])]))
    assert reply.status == 200
    rows = parse_single_table(io.BytesIO(reply.body)).array
    (bad,) = (row for row in rows if row["error_message"])
    assert bad["error_message"].startswith("NotFoundFault: ")
    assert not bad["access_url"]
    assert dids["pair"] in set(rows["ID"])


def test_an_empty_identifier_none_and_the_same_twice(images: Images) -> None:
    server, dids = images
    rows = parse_single_table(io.BytesIO(server.get("/datalink/links?ID=").body)).array
    assert [row["error_message"] for row in rows] == ["UsageFault: an ID is empty"]
    assert len(parse_single_table(io.BytesIO(server.get("/datalink/links").body)).array) == 0
    once, twice = (len(links(images, *[dids["pair"]] * n)) for n in (1, 2))
    assert once == twice


def test_post_and_formats(images: Images) -> None:
    server, dids = images
    body = urlencode({"id": dids["frame"], "RESPONSEFORMAT": "votable"}).encode()
    reply = server.request("POST", "/datalink/links", body, FORM)
    assert (reply.status, reply.kind) == (200, MEDIA_TYPE)
    refused = server.get("/datalink/links?RESPONSEFORMAT=text/html")
    assert refused.status == 400
    assert b'value="ERROR"' in refused.body


def test_a_query_leads_to_its_links(images: Images) -> None:
    server, dids = images
    rows = pyvo.dal.TAPService(server.tap).search("SELECT * FROM ivoa.obscore")
    found = {link["ID"] for one in rows.iter_datalinks() for link in one}
    assert found == {*dids.values(), ELSEWHERE}


def test_datalinklint_finds_nothing(
    images: Images, needs_program: Callable[[str, str], str], tmp_path: Path
) -> None:
    server, dids = images
    stilts = needs_program("stilts", "stilts")
    file = tmp_path / "links.vot"
    query = urlencode([("ID", did) for did in [*dids.values(), ELSEWHERE, "ivo://no/thing"]])
    file.write_bytes(server.get(f"/datalink/links?{query}").body)
    for command in (["datalinklint", f"votable={file}"],
                    ["votlint", "ucd=true", "unit=true", str(file)]):  # fmt: skip
        done = subprocess.run(
            [stilts, *command], capture_output=True, text=True, timeout=LINT_S, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        assert not [line for line in said.splitlines() if line.startswith(("E-", "W-", "F-"))], said
        assert "ERROR" not in said, said
        assert "WARNING" not in said, said


@pytest.mark.parametrize("path", ["/datalink", "/soda"])
def test_capabilities_are_valid_and_name_the_standards(
    images: Images, path: str, valid: Callable[[bytes], None]
) -> None:
    server, _ = images
    reply = server.get(f"{path}/capabilities")
    valid(reply.body)
    told = {each.get("standardID"): each.findtext("interface/accessURL")
            for each in ET.fromstring(reply.body).iter("capability")}  # fmt: skip
    if path == "/datalink":
        assert told["ivo://ivoa.net/std/DataLink#links-1.1"] == f"{server.url}/datalink/links"
    else:
        for kind in ("sync", "async"):
            assert told[f"ivo://ivoa.net/std/SODA#{kind}-1.0"] == f"{server.url}/soda/{kind}"
    assert server.get(f"{path}/availability").status == 200
