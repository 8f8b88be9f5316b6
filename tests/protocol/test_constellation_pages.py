"""The pages /constellations and /probability, as they are sent and as Chromium shows them."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from PIL import Image
from satvo.resources.constellations.filed import filed_constellations

FILED = filed_constellations()

Server = Any
Browser = Callable[..., str]


def sections(server: Server) -> dict[str, str]:
    """The part of each constellation, by its name."""
    text = server.get("/constellations").text
    return dict(re.findall(r'<section class="filed" id="([^"]*)">(.*?)</section>', text, re.S))


def test_every_filed_constellation_is_there_with_its_shells(server: Server) -> None:
    found = sections(server)
    assert list(found) == [each.name for each in FILED]
    for each in FILED:
        text = html.unescape(re.sub(r"<[^>]*>", " ", found[each.name]))
        assert each.title in text
        assert each.filing in text
        assert f"{each.satellites:,} satellites" in text
        assert ("Not verified" in text) is not each.verified
        rows = re.findall(r"<tr><td><code>([^<]*)</code></td>", found[each.name])
        assert rows == [shell.id for shell in each.shells]
        assert found[each.name].count("<circle ") == len(each.shells)


def test_discs_stand_at_their_altitude_and_inclination_and_have_areas_as_numbers(
    server: Server,
) -> None:
    discs = re.findall(
        r'<circle cx="([^"]*)" cy="([^"]*)" r="([^"]*)"><title>([^:]*):',
        sections(server)["starlink-gen1"],
    )
    by_id = {name: tuple(map(float, numbers)) for *numbers, name in discs}
    shells = {
        shell.id: shell for each in FILED if each.name == "starlink-gen1" for shell in each.shells
    }
    assert set(by_id) == set(shells)
    (x1, y1, r1), (x3, y3, r3) = by_id["S1"], by_id["S3"]
    assert x3 - x1 == np.float64(180.0) * (70.0 - 53.0) / 180.0
    assert y3 < y1  # 570 km is drawn above 550 km
    assert abs((r1 / r3) ** 2 - 1584 / 720) < 0.05


def test_the_constellations_are_seen(server: Server, browse: Browser, tmp_path: Path) -> None:
    picture = tmp_path / "page.png"
    browse(f"{server.url}/constellations", f"--screenshot={picture}")
    with Image.open(picture) as image:
        colours = np.asarray(image.convert("RGB")).reshape(-1, 3)
    accent = np.array([11, 83, 148])
    assert (np.abs(colours.astype(int) - accent).max(axis=1) < 40).sum() > 100  # links and discs
    assert "<script" not in server.get("/constellations").text


def test_the_form_offers_what_is_filed_and_asks_for_nothing_that_is_missing(
    server: Server, browse: Browser
) -> None:
    text = server.get("/probability").text
    offered = re.findall(r'name="constellation" value="([^"]*)"', text)
    assert offered == [each.name for each in FILED]
    document = browse(f"{server.url}/probability?constellation=none&go=1")
    error = re.search(r'id="error"[^>]*>([^<]*)<', document)
    assert error is not None
    assert "no constellation is ticked" in error[1]
    document = browse(f"{server.url}/probability?exposure=long&go=1")
    assert "exposure=long: a number is accepted" in document


def result_of(server: Server, document: str, name: str) -> Any:
    """A result that the page links to."""
    link = re.search(rf'<a href="([^"]*/results/{name})"', document)
    assert link is not None, document[document.find('id="error"') :][:2000]
    return server.get(link[1])


def test_a_map_is_computed_shown_and_handed_over(server: Server, browse: Browser) -> None:
    document = browse(
        f"{server.url}/probability?product=map&time=2026-11-23T00:30:00&observer=rubin"
        "&constellation=kuiper&constellation=oneweb-phase1&nside=32&frame=altaz&mag_limit=8&go=1"
    )
    pictures = re.findall(r'<img src="([^"]*)"', document.partition('id="pictures"')[2])
    assert len(pictures) == 2
    for each in pictures:
        assert server.get(each).kind == "image/png"
    summary = json.loads(result_of(server, document, "summary").body)
    assert "kuiper" in json.dumps(summary)
    with fits.open(io.BytesIO(result_of(server, document, "map").body)) as found:
        header = found[1].header
    assert (header["NSIDE"], header["FRAME"], header["MAGLIM"]) == (32, "altaz", 8.0)
    assert header["NTOTAL"] == 3236 + 720
    assert "--data-urlencode 'CONSTELLATION=kuiper,oneweb-phase1'" in html.unescape(document)


def test_a_calendar_is_computed_and_shown(server: Server, browse: Browser) -> None:
    document = browse(
        f"{server.url}/probability?product=calendar&ra=3:28:00&dec=-27.8&year=2026&site=place"
        "&lon=-70.7494&lat=-30.2446&elevation=2663&constellation=oneweb-phase1&go=1"
    )
    assert result_of(server, document, "picture").kind == "image/png"
    assert b"52" in result_of(server, document, "summary").body


def test_what_the_job_refuses_is_told(server: Server, browse: Browser) -> None:
    document = browse(
        f"{server.url}/probability?product=map&time=2026-11-23T16:00:00&observer=rubin"
        "&constellation=kuiper&go=1"
    )
    error = re.search(r'id="error"[^>]*>([^<]*)<', document)
    assert error is not None
    assert "Sun" in error[1]  # it is day there
