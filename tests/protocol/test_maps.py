"""Maps of pass probability as pages, files and HiPS, of a server that has two registered."""

from __future__ import annotations

import html
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import healpy
import numpy as np
import pytest
from aladin import lint, needs_aladin
from astropy.io import fits
from made_up_maps import made_up_map
from mocpy import MOC
from PIL import Image
from satvo.resources.pass_probability.build import register_map
from satvo.resources.pass_probability.coverage import area_above
from satvo.resources.pass_probability.probability_map import MAP_COLUMNS, ProbabilityMap
from satvo.resources.pass_probability.stored import StoredMap
from satvo.schemas.errors import NotFound
from satvo.service.archive import Archive
from satvo.service.config import read_config
from satvo.service.probability_maps import ProbabilityMaps

CREATED = datetime(2026, 11, 22, 1, 2, 3, 456_789)
MAPS = {"icrs.map-1": "equatorial", "horizon": "altaz"}

Server = Any
Browser = Callable[..., str]


def made(name: str) -> ProbabilityMap:
    return made_up_map(4, MAPS[name])


@pytest.fixture(scope="module")
def maps(make_server: Callable[..., Server]) -> Iterator[Server]:
    """A server of the demonstration archive with the two maps besides; do not change it."""
    server = make_server()
    with closing(Archive(read_config(home=server.home), wait_s=0)) as archive:
        for name in MAPS:
            area = area_above(made(name), "p_illum", 0.1).text
            archive.store.write(
                lambda tx, name=name, area=area: register_map(
                    tx, made(name), name, created=CREATED, moc=area
                )
            )
    yield server.start()
    server.stop()


def text_of(document: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", document))


def records(text: str) -> list[dict[str, str]]:
    """The records of a list of HiPS."""
    return [
        {
            key.strip(): value.strip()
            for key, _, value in (line.partition("=") for line in record.splitlines())
        }
        for record in text.strip().split("\n\n")
    ]


def hips_of(maps: Server) -> dict[str, dict[str, str]]:
    """The records of the two maps by the path of their HiPS."""
    found = {
        r["hips_service_url"].removeprefix(maps.url): r for r in records(maps.get("/hips").text)
    }
    return {path: r for path, r in found.items() if path.split("/")[2] in MAPS}


def colours(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGBA"))


# The pages


def test_the_gallery_has_every_map_of_the_table(maps: Server) -> None:
    text = maps.get("/maps").text
    rows = maps.sync("SELECT map_id FROM satvo.passprob ORDER BY map_id", FORMAT="csv").text
    assert re.findall(r'<a class="title" href="/maps/([^"]*)"', text) == rows.split()[1:]
    assert set(MAPS) <= set(rows.split())
    for name in MAPS:
        assert f'src="/maps/{name}_zenithal.png?WIDTH=480"' in text
    assert 'href="/maps"' in maps.get("/").text


def test_the_gallery_is_filtered_by_observer_and_population(maps: Server) -> None:
    def shown(**asked: str) -> set[str]:
        query = "&".join(f"{key}={quote(value)}" for key, value in asked.items())
        return set(
            re.findall(r'<a class="title" href="/maps/([^"]*)"', maps.get(f"/maps?{query}").text)
        )

    assert set(MAPS) <= shown(OBSERVER="rubin")
    assert set(MAPS) <= shown(POPULATION="oneweb-phase1", observer="rubin")
    assert not set(MAPS) & shown(OBSERVER="paranal")
    assert shown(POPULATION="<script>") == set()
    assert "<script>" not in maps.get("/maps?POPULATION=%3Cscript%3E").text


@pytest.mark.parametrize("name", MAPS)
def test_a_map_has_a_page_with_its_numbers_and_links_that_work(maps: Server, name: str) -> None:
    reply = maps.get(f"/maps/{name}?COLUMN=loss")
    assert reply.status == 200
    assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
    text = text_of(reply.text)
    facts = made(name).facts
    for count in (*facts.n_sat_above, *facts.n_illum_above):
        assert f"{count:.1f}" in text
    for link in set(re.findall(r'(?:href|src)="(/[^"#]*)"', reply.text)):
        found = maps.get(html.unescape(link))
        assert found.status == 200, link
    assert f"FROM satvo.passprob_pix WHERE map_id = '{name}'" in " ".join(text.split())


def test_the_pages_are_seen(maps: Server, browse: Browser, tmp_path: Path) -> None:
    for path in ("/maps", "/maps/icrs.map-1", "/hips/icrs.map-1"):
        picture = tmp_path / "page.png"
        browse(f"{maps.url}{path}", f"--screenshot={picture}")
        with Image.open(picture) as image:
            seen = image.convert("RGB").getcolors(1 << 24)
        assert seen is not None
        assert len(seen) > 500, path  # a picture is there, in many colours


# The files


@pytest.mark.parametrize("name", MAPS)
def test_healpy_reads_the_file_as_the_rows_are(maps: Server, name: str, tmp_path: Path) -> None:
    reply = maps.get(f"/maps/{name}.fits")
    assert (reply.status, reply.kind) == (200, "application/fits")
    assert len(reply.body) == int(reply.headers["Content-Length"])
    path = tmp_path / "map.fits"
    path.write_bytes(reply.body)
    found = healpy.read_map(path, field=None, nest=None)
    whole = made(name)
    assert len(found) == len(MAP_COLUMNS)
    for column, values in zip(MAP_COLUMNS, found, strict=True):
        if column != "t_next":
            seen = np.flatnonzero(~healpy.mask_bad(values))
            np.testing.assert_array_equal(seen, whole.pixels)
            np.testing.assert_allclose(values[seen], whole.values[column], rtol=1e-6)


def test_the_moc_is_where_the_threshold_is_exceeded(maps: Server, tmp_path: Path) -> None:
    reply = maps.get("/maps/icrs.map-1_moc.fits?column=n_pass&threshold=0.5")
    assert (reply.status, reply.kind) == (200, "application/fits")
    path = tmp_path / "moc.fits"
    path.write_bytes(reply.body)
    whole = made("icrs.map-1")
    above = whole.pixels[whole.values["n_pass"] > 0.5]
    found = MOC.from_fits(path)
    assert len(above) > 10
    assert found == MOC.from_healpix_cells(above, np.full(len(above), 4), 4)
    row = maps.sync("SELECT moc FROM satvo.passprob WHERE map_id = 'icrs.map-1'", FORMAT="json")
    stored = MOC.from_string(json.loads(row.text)["data"][0][0])
    path.write_bytes(maps.get("/maps/icrs.map-1_moc.fits").body)
    assert MOC.from_fits(path) == stored
    assert "threshold=" in maps.get("/maps/icrs.map-1_moc.fits?THRESHOLD=much").text.lower()


@pytest.mark.parametrize("kind", ["zenithal", "mollweide"])
def test_pictures_are_pngs_of_each_column_and_as_narrow_as_asked(maps: Server, kind: str) -> None:
    drawn = set()
    for column in ("p_illum", "n_sat"):
        reply = maps.get(f"/maps/horizon_{kind}.png?COLUMN={column}")
        assert (reply.status, reply.kind) == (200, "image/png")
        assert len(np.unique(colours(reply.body).reshape(-1, 4), axis=0)) > 100
        drawn.add(reply.body)
    assert len(drawn) == 2
    assert maps.get(f"/maps/horizon_{kind}.png").body in drawn
    small = maps.get(f"/maps/horizon_{kind}.png?WIDTH=200")
    assert colours(small.body).shape[1] == 200


def test_addresses_of_maps_in_the_table_are_whole_and_lead_to_them(maps: Server) -> None:
    reply = maps.sync(
        "SELECT access_url, hips_url FROM satvo.passprob WHERE map_id = 'horizon'", FORMAT="csv"
    )
    access, hips = reply.text.split()[1].split(",")
    assert (access, hips) == (f"{maps.url}/maps/horizon.fits", f"{maps.url}/hips/horizon")
    for address in (access, f"{hips}/properties"):
        assert maps.get(address.removeprefix(maps.url)).status == 200


# HiPS


def test_the_list_has_a_record_of_each_map_and_listed_column(maps: Server) -> None:
    reply = maps.get("/hips")
    assert reply.kind == "text/plain; charset=utf-8"
    found = hips_of(maps)
    assert set(found) == {
        f"/hips/{name}{column}" for name in MAPS for column in ("", "/loss", "/n_sat_illum")
    }
    for path, record in found.items():
        properties = records(maps.get(f"{path}/properties").text)[0]
        assert record.items() <= properties.items()
        assert {"creator_did", "hips_release_date", "hips_service_url", "hips_status"} <= set(
            record
        )
    assert len({record["creator_did"] for record in found.values()}) == len(found)


def test_tiles_hold_the_values_of_their_cells(maps: Server) -> None:
    whole = made("icrs.map-1")
    dense = np.full(12 * 16**2, np.nan)
    dense[whole.pixels] = whole.values["n_pass"]
    npix = int(np.nanargmax(dense)) >> 2
    reply = maps.get(f"/hips/icrs.map-1/n_pass/Norder3/Dir0/Npix{npix}.fits")
    assert (reply.status, reply.kind) == (200, "application/fits")
    with fits.open(io.BytesIO(reply.body)) as found:
        values = np.asarray(found[0].data)
    assert set(np.unique(values)) == set(dense[4 * npix : 4 * npix + 4].astype(np.float32))
    png = maps.get(f"/hips/icrs.map-1/n_pass/Norder3/Dir0/Npix{npix}.png")
    assert png.kind == "image/png"
    assert colours(png.body).shape == (64, 64, 4)
    assert (colours(png.body)[:, :, 3] == 255).all()


def test_what_is_below_the_horizon_has_no_tile(maps: Server) -> None:
    whole = made("icrs.map-1")
    below = np.setdiff1d(np.arange(768), whole.pixels >> 2)
    reply = maps.get(f"/hips/icrs.map-1/Norder3/Dir0/Npix{below[0]}.png")
    assert reply.status == 404
    assert "below the horizon" in reply.text


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/maps/nothing", "there is no map 'nothing'; /maps lists all"),
        ("/maps/nothing.fits", "there is no map 'nothing'"),
        ("/maps/nothing_zenithal.png", "there is no map 'nothing'"),
        ("/maps/horizon_moc.fits?COLUMN=t_next", "column 't_next': maps are drawn of"),
        ("/maps/horizon_zenithal.png?COLUMN=a%27b", "maps are drawn of"),
        ("/hips/nothing/properties", "there is no map 'nothing'"),
        ("/hips/horizon/hue/properties", "column 'hue': maps are drawn of"),
        ("/hips/horizon/Norder4/Dir0/Npix5.png", "orders are 0 to 3"),
        ("/hips/horizon/Norder3/Dir0/Npix768.png", "12 * 4^order - 1"),
        ("/hips/horizon/Norder3/Dir10000/Npix5.png", "Npix5 is in Dir0"),
        ("/hips/horizon/Norder2/Allsky.png", "there is one of order 3"),
        ("/hips/horizon/Norder3/Dir0/Npix5.jpg", "no file of a HiPS"),
        ("/hips/horizon/../../etc/passwd", "no file of a HiPS"),
        ("/hips/horizon/%2e%2e%2fproperties", "no file of a HiPS"),
        ("/hips/horizon/loss/loss/properties", "no file of a HiPS"),
        ("/maps/..%2f..%2fserve.log", "no such address"),
        ("/maps/x%00.fits", "there is no map"),
    ],
)
def test_what_is_not_there_is_told(maps: Server, path: str, told: str) -> None:
    reply = maps.get(path)
    assert reply.status == 404
    assert reply.kind.startswith("text/plain")
    assert told in reply.text


def test_a_width_that_cannot_be_is_told(maps: Server) -> None:
    for width in ("1", "2001", "wide"):
        reply = maps.get(f"/maps/horizon_zenithal.png?WIDTH={width}")
        assert reply.status == 400
        assert f"WIDTH={width}: " in reply.text


FILES = [
    "/maps/horizon.fits", "/maps/horizon_moc.fits", "/maps/horizon_mollweide.png?WIDTH=100",
    "/hips/horizon/properties", "/hips/horizon/Moc.fits", "/hips/horizon/Norder3/Allsky.png",
    "/hips/horizon/loss/Norder0/Dir0/Npix8.fits",
]  # fmt: skip


@pytest.mark.parametrize("path", FILES)
def test_files_are_for_browsers_of_any_page_and_are_kept(maps: Server, path: str) -> None:
    reply = maps.get(path, Origin="https://example.org")
    assert reply.status == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in reply.headers["Access-Control-Expose-Headers"]
    head = maps.request("HEAD", path)
    assert (head.status, head.body, head.kind) == (200, b"", reply.kind)
    assert head.headers["Content-Length"] == str(len(reply.body))
    again = maps.get(path, **{"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    assert "max-age=" in again.headers["Cache-Control"]
    other = maps.get(path.replace("horizon", "icrs.map-1"))
    assert other.headers["ETag"] != reply.headers["ETag"]


@pytest.mark.alone
def test_tiles_are_quick(maps: Server) -> None:
    def elapsed_ms(path: str) -> float:
        start = time.perf_counter()
        assert maps.get(path).status == 200
        return 1e3 * (time.perf_counter() - start)

    path = "/hips/icrs.map-1/n_sat/Norder0/Dir0/Npix8.png"
    assert elapsed_ms(path) < 3000
    assert min(elapsed_ms(path) for _ in range(20)) < 20  # 2 ms where nothing else runs


# What is kept


class Shelf:
    """Stands for the store: maps that can be replaced, and counts how often they are read."""

    def __init__(self) -> None:
        self.writes = 1
        self.created = CREATED
        self.read = 0

    def listed(self, store: Any) -> list[StoredMap]:
        whole = made("icrs.map-1")
        return [StoredMap("a", 4, "equatorial", whole.facts, "", 0.1, self.created)]

    def one(self, store: Any, map_id: str) -> ProbabilityMap:
        self.read += 1
        return made("icrs.map-1")


def test_drawings_are_made_once_and_anew_when_the_map_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shelf = Shelf()
    monkeypatch.setattr("satvo.service.probability_maps.stored_maps", shelf.listed)
    monkeypatch.setattr("satvo.service.probability_maps.stored_map", shelf.one)
    archive: Any = type("Archive", (), {"store": shelf})
    known = ProbabilityMaps(lambda: archive)
    drawings = []

    def draw(found: ProbabilityMap) -> bytes:
        drawings.append(found)
        return b"drawn"

    for _ in range(3):
        assert known.made(known.find("a"), "x", draw) == b"drawn"
    assert (len(drawings), shelf.read) == (1, 1)
    before = known.name(known.find("a"), "x")
    shelf.writes += 1  # something else was written
    known.made(known.find("a"), "x", draw)
    assert len(drawings) == 1
    shelf.writes += 1
    shelf.created = datetime(2026, 11, 22, 1, 2, 3, 456_790)
    known.made(known.find("a"), "x", draw)
    assert (len(drawings), shelf.read) == (2, 2)
    assert known.name(known.find("a"), "x") != before
    with pytest.raises(NotFound, match="/maps lists all"):
        known.find("b")


def test_what_was_asked_for_longest_ago_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf()
    monkeypatch.setattr("satvo.service.probability_maps.stored_maps", shelf.listed)
    monkeypatch.setattr("satvo.service.probability_maps.stored_map", shelf.one)
    monkeypatch.setattr("satvo.service.probability_maps._KEPT_BYTES", 330_000)
    archive: Any = type("Archive", (), {"store": shelf})
    known = ProbabilityMaps(lambda: archive)
    about = known.find("a")
    drawings: list[int] = []

    def draw(number: int) -> None:
        known.made(about, number, lambda found: drawings.append(number) or bytes(60_000))

    for number in (1, 2, 3, 1, 4, 5, 6, 1, 2):
        draw(number)
    assert drawings == [1, 2, 3, 4, 5, 6, 2]


def crawl(maps: Server, path: str, folder: Path) -> None:
    """A HiPS through HTTP into a folder, as a mirror takes it."""
    names = ["properties", "Moc.fits", "Norder3/Allsky.png", "Norder3/Allsky.fits"]
    names += [
        f"Norder{order}/Dir0/Npix{npix}.{kind}"
        for order in range(4)
        for npix in range(12 << 2 * order)
        for kind in ("png", "fits")
    ]
    for name in names:
        reply = maps.get(f"{path}/{name}")
        assert reply.status in (200, 404)
        if reply.status == 200:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(reply.body)


@needs_aladin
@pytest.mark.parametrize("path", ["/hips/icrs.map-1", "/hips/horizon/loss"])
def test_a_mirror_of_a_hips_passes_the_lint_of_hipsgen(
    maps: Server, path: str, tmp_path: Path
) -> None:
    folder = tmp_path / "hips"
    crawl(maps, path, folder)
    told = lint(folder)
    assert "HiPS 1.0 compatible" in told, told
    assert "ERROR" not in told.upper().replace("NO ERROR", ""), told
