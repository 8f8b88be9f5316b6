"""The pages /archive and /testsuite of a demonstration archive."""

from __future__ import annotations

import csv
import html
import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pytest
from PIL import Image

Server = Any
Browser = Callable[..., str]


@pytest.fixture(scope="module")
def site(make_server: Callable[..., Server]) -> Iterator[Server]:
    """A server of the demonstration archive; do not change it."""
    server = make_server()
    yield server.start()
    server.stop()


def text_of(document: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", document)).split())


def rows(site: Server, query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(site.sync(query, FORMAT="csv").text)))


def shown(site: Server, **asked: str) -> list[str]:
    """The titles in the gallery, of one page."""
    reply = site.get(f"/archive?{urlencode(asked)}")
    assert reply.status == 200
    found = re.findall(r'<a class="title" href="/archive/\w+">([^<]*)</a>', reply.text)
    return [html.unescape(title) for title in found]


def frame_of(site: Server, case_id: str) -> dict[str, str]:
    (row,) = rows(
        site,
        "SELECT c.obs_publisher_did AS did, d.product_id, c.mask_did, o.obs_title "
        "FROM satvo.testcase AS c "
        "JOIN satvo.dataproduct AS d ON d.obs_publisher_did = c.obs_publisher_did "
        "JOIN ivoa.obscore AS o ON o.obs_publisher_did = c.obs_publisher_did "
        f"WHERE c.case_id = '{case_id}'",
    )
    return row


# The gallery


def test_the_gallery_has_every_frame_once_on_its_pages(site: Server) -> None:
    wanted = rows(
        site,
        "SELECT o.obs_title FROM ivoa.obscore AS o JOIN satvo.dataproduct AS d "
        "ON d.obs_publisher_did = o.obs_publisher_did WHERE d.role = 'frame'",
    )
    first, second = shown(site), shown(site, PAGE="2")
    assert len(first) == 24
    assert sorted(first + second) == sorted(row["obs_title"] for row in wanted)
    assert shown(site, PAGE="99") == second  # the last there is
    page = site.get("/archive").text
    assert 'rel="next"' in page
    assert 'rel="prev"' not in page
    assert 'href="/archive"' in site.get("/").text
    assert 'href="/testsuite"' in site.get("/").text


def test_the_gallery_is_filtered(site: Server) -> None:
    assert shown(site, COLLECTION="absent") == []
    assert shown(site, SOURCE="observed") == []
    assert len(shown(site, SOURCE="simulated", COLLECTION="satvo-sim")) == 24
    assert sorted(shown(site, TEXT="COMET")) == [
        "A comet with its tail", "A comet with its tail: without the trail",
    ]  # fmt: skip
    assert all("geostationary" in t for t in shown(site, TEXT="geostationary")) != []
    assert len(shown(site, TEXT="fish-eye")) == 2
    on_the_day = shown(site, SINCE="2026-03-21", UNTIL="2026-03-21")
    assert len(on_the_day) == 6
    assert "One trail across four detectors" in on_the_day
    with_trails = shown(site, TRAILS="1", SINCE="2026-03-21", UNTIL="2026-03-21")
    assert sorted(with_trails) == sorted(t for t in on_the_day if "without" not in t)


def test_the_gallery_is_searched_by_position(site: Server) -> None:
    near = shown(site, PLACE="270.9 -29 0.1")
    assert near
    assert all("Milky Way" in title for title in near)
    assert shown(site, PLACE="12 -80 0.1") == []  # below the horizon of the all-sky camera
    across = shown(site, PLACE="0.1 41 0.01")  # the other side of RA 0
    assert any("train of three" in title for title in across)


@pytest.mark.parametrize(
    ("asked", "accepted"),
    [
        ({"PLACE": "somewhere"}, "right ascension"), ({"PLACE": "1 2 0"}, "right ascension"),
        ({"PLACE": "400 2 1"}, "right ascension"), ({"PLACE": "nan 2 1"}, "right ascension"),
        ({"SINCE": "yesterday"}, "2026-11-22"), ({"SOURCE": "both"}, "observed or simulated"),
        ({"PAGE": "-1"}, "whole number"), ({"TEXT": "x" * 300}, "200 printable"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told(site: Server, asked: dict[str, str], accepted: str) -> None:
    reply = site.get(f"/archive?{urlencode(asked)}")
    assert reply.status == 400
    assert accepted in reply.text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "' OR 1=1 --", "100%_", "\\", '"'])
def test_what_is_asked_is_text_and_nothing_else(site: Server, text: str) -> None:
    for name in ("TEXT", "COLLECTION"):
        reply = site.get(f"/archive?{name}={quote(text)}")
        assert reply.status == 200
        assert "<script>alert" not in reply.text
        assert shown(site, **{name: text}) == []


# One image


def test_the_page_of_an_image_tells_what_is_known_and_its_links_work(site: Server) -> None:
    frame = frame_of(site, "sim-crossing")
    reply = site.get(f"/archive/{frame['product_id']}")
    assert reply.status == 200
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    assert "style=" not in reply.text
    told = text_of(reply.text)
    assert frame["obs_title"] in told
    assert "CC0-1.0" in told
    assert "Nobody told the transmission of the filter" in told
    assert re.search(r"gain 1(\.0)? ", told)
    links = re.findall(
        r'(?:href|src)="(/(?:files|previews|datalink|archive|testsuite)[^"]*)"', reply.text
    )
    assert len({re.split("[/?#]", link)[1] for link in links}) == 5
    for link in set(links):
        assert site.get(html.unescape(link).partition("#")[0]).status == 200, link


def test_the_trails_are_drawn_over_their_light(site: Server) -> None:
    frame = frame_of(site, "sim-predicted")
    page = site.get(f"/archive/{frame['product_id']}").text
    svg = ET.fromstring(re.search(r"<svg.*?</svg>", page, re.DOTALL)[0])  # type: ignore[index]
    width, height = map(float, svg.attrib["viewBox"].split()[2:])
    (line, *_) = svg.iter("line")
    image = svg.find("image")
    assert image is not None
    with Image.open(io.BytesIO(site.get(image.attrib["href"]).body)) as picture:
        grey = np.asarray(picture.convert("L"), float)
    ends = np.array([[float(line.attrib[f"{axis}{n}"]) for axis in "xy"] for n in (1, 2)])
    ends *= np.array([grey.shape[1] / width, grey.shape[0] / height])
    along = ends[0] + np.linspace(0.1, 0.9, 60)[:, None] * (ends[1] - ends[0])
    across = np.array([ends[1, 1] - ends[0, 1], ends[0, 0] - ends[1, 0]])
    across = 15.0 * across / np.linalg.norm(across)

    def light(places: np.ndarray) -> float:
        column, row = np.clip(places.astype(int), 0, np.array(grey.shape[::-1]) - 1).T
        return float(np.median(grey[row, column]))

    assert light(along) > light(along + across) + 50.0
    assert light(along) > light(along - across) + 50.0
    (row,) = rows(
        site,
        "SELECT t.norad_id, s.object_name FROM satvo.trail AS t JOIN satvo.satellite AS s "
        f"ON s.norad_id = t.norad_id WHERE t.obs_publisher_did = '{frame['did']}' "
        "ORDER BY t.trail_id OFFSET 0",
    )[:1]
    assert row["object_name"] in text_of(page)


def test_frame_mask_and_case_lead_to_each_other(site: Server) -> None:
    frame = frame_of(site, "sim-mosaic")
    mask = frame["mask_did"].rpartition("?")[2]
    page = site.get(f"/archive/{frame['product_id']}").text
    assert f'href="/archive/{mask}"' in page
    assert 'href="/testsuite#sim-mosaic"' in page
    assert "<svg" not in page  # the picture has four detectors side by side
    back = site.get(f"/archive/{mask}").text
    assert f'href="/archive/{frame["product_id"]}"' in back
    assert "Made from" in back


def test_tables_of_passes_have_pages_without_pictures(site: Server) -> None:
    frame = frame_of(site, "sim-pass-database")
    page = site.get(f"/archive/{frame['product_id']}").text
    assert "<figure" not in page
    assert 'name="CIRCLE"' not in page
    assert "expected crossings" in page


@pytest.mark.parametrize("name", ["0123456789abcdef", "x", "..%2F..", "%00"])
def test_an_image_that_is_not_there_is_told_so(site: Server, name: str) -> None:
    assert site.get(f"/archive/{name}").status == 404


# The test suite


def test_the_page_of_the_suite_marks_which_kinds_are_empty(site: Server) -> None:
    page = site.get("/testsuite").text
    terms = rows(site, "SELECT term FROM satvo.testterm")
    cells = {
        found[1]: found[2]
        for found in re.finditer(r'<tr id="term-([^"]*)">(.*?)</tr>', page, re.DOTALL)
    }
    assert sorted(cells) == sorted(row["term"] for row in terms)
    empty = {term for term, cell in cells.items() if "empty: no case yet" in cell}
    assert empty == {"radio", "user-supplied", "pass-retro"}
    told = text_of(page)
    assert f"{len(terms) - len(empty)} of {len(terms)} kinds have a case, 0 of them" in told
    for row in rows(site, "SELECT case_id, terms FROM satvo.testcase"):
        assert f'id="{row["case_id"]}"' in page
        for term in row["terms"].split("#"):
            assert f'href="#{row["case_id"]}"' in cells[term]


def test_every_case_of_the_suite_has_files_that_are_there(site: Server) -> None:
    page = site.get("/testsuite").text
    found = set(re.findall(r'href="/archive/(\w+)"', page))
    known = {row["product_id"] for row in rows(site, "SELECT product_id FROM satvo.dataproduct")}
    assert found == known


def test_the_pages_are_drawn_by_a_browser(site: Server, browse: Browser) -> None:
    frame = frame_of(site, "sim-crossing")
    for path, tag in (
        ("/archive", 'class="gallery"'), ("/testsuite", 'class="case"'),
        (f"/archive/{frame['product_id']}", "<line"),
    ):  # fmt: skip
        assert tag in browse(site.url + path)
