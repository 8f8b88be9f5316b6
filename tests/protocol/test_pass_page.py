"""The page /passes, as Chromium shows it, against the API that it asks and against astropy."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from astropy.table import Table
from astropy.wcs import WCS

TONIGHT = datetime.now(UTC).strftime("%Y-%m-%d")
"""The demonstration's simulated elements have this epoch."""
POPULATIONS = ["sim-kuiper", "sim-starlink-gen1"]
ASKED: dict[str, Any] = {
    "observer": "rubin", "ra": "2:40:00", "dec": "-30:00:00", "start": f"{TONIGHT}T00:10:00",
    "duration": "60", "radius": "8", "population": POPULATIONS,
}  # fmt: skip
EDGE = 0.86 * 250.0  # radius of the field in the picture
TWENTIETH_OF_A_PIXEL = 0.05
PAGES = [
    "/", "/query?QUERY=SELECT+TOP+1+gp_id+FROM+satvo.gp", "/tables/satvo.gp", "/passes",
    "/probability", "/constellations", "/maps", "/upload",
]  # fmt: skip

Server = Any
Browser = Callable[..., str]


def address(server: Server, **changed: Any) -> str:
    given = {k: v for k, v in {**ASKED, **changed}.items() if v is not None}
    return f"{server.url}/passes?{urlencode({**given, 'go': '1'}, doseq=True)}"


def answer(server: Server, **changed: Any) -> dict[str, Any]:
    """What the API says to the same."""
    exposure = {
        "id": "1", "ra": 40.0, "dec": -30.0, "start": ASKED["start"], "duration": 60.0,
        "radius": 8.0, **changed,
    }  # fmt: skip
    asked = {
        "observer": "rubin",
        "exposures": [{k: v for k, v in exposure.items() if v is not None}],
        "options": {"populations": POPULATIONS},
    }
    body = json.dumps(asked).encode()
    reply = server.request("POST", "/api/passes", body, {"Content-Type": "application/json"})
    assert reply.status == 200, reply.text
    told: dict[str, Any] = json.loads(reply.text)
    return told


def part(document: str, id_: str) -> str:
    """The text of an element that has no other of its name inside."""
    found = re.search(rf'<(\w+)[^>]* id="{id_}"[^>]*>(.*?)</\1>', document, re.S)
    assert found is not None, id_
    return html.unescape(re.sub(r"<[^>]*>", "", found[2]))


def trails(document: str) -> list[list[tuple[float, float]]]:
    found = re.findall(r'<polyline class="trail [^"]*"[^>]* points="([^"]*)"', document)
    return [[tuple(map(float, p.split(","))) for p in each.split()] for each in found]  # type: ignore[misc]


@pytest.mark.parametrize("path", PAGES)
def test_pages_run_nothing_that_their_policy_forbids(server: Server, path: str) -> None:
    reply = server.get(path)
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<[^>]*\s(on\w+|style)\s*=", reply.text)
    assert "<style" not in reply.text
    for attributes, inside in re.findall(r"<script([^>]*)>(.*?)</script>", reply.text, re.S):
        assert ' src="/' in attributes or 'type="application/json"' in attributes
        assert (' src="/' in attributes) == (inside == "")
    for script in re.findall(r'src="(/static/[^"]*\.js)"', reply.text):
        imported = re.findall(r'from "\.(/[^"]*)"', server.get(script).text)
        assert imported
        for each in imported:
            assert server.get(f"/static{each}").kind.startswith("text/javascript")


def test_the_form_offers_the_sites_and_constellations_that_are_there(server: Server) -> None:
    text = server.get("/passes").text
    rows = server.sync("SELECT observer_id FROM satvo.observer", FORMAT="csv").text.split()[1:]
    offered = re.findall(r'<option value="([^"]*)"', text)
    assert set(offered[: len(rows)]) == set(rows)
    assert "lasilla" in [each.replace("-", "") for each in offered[len(rows) :]]
    assert re.findall(r'name="population" value="([^"]*)"', text) == [
        "sim-kuiper", "sim-oneweb-phase1", "sim-starlink-gen1",
    ]  # fmt: skip
    assert 'href="/passes"' in server.get("/").text


def test_an_address_fills_the_form_asks_and_shows_what_the_api_answers(
    server: Server, browse: Browser, tmp_path: Path
) -> None:
    told = answer(server)
    rows = told["transits"]
    assert len(rows) > 2
    document = browse(address(server))
    assert f"{len(rows)} transits of 7,644 satellites" in part(document, "told")
    body = document.partition('id="transits"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    shown = [re.findall(r"<td[^>]*>(.*?)</td>", each, re.S) for each in body.split("</tr>")[:-1]]
    cells = [[html.unescape(re.sub(r"<[^>]*>", "", cell)) for cell in each] for each in shown]
    rows.sort(key=lambda row: row["t_min"])
    assert [each[1:3] for each in cells] == [[r["object_name"], str(r["norad_id"])] for r in rows]
    for each, row in zip(cells, rows, strict=True):
        h, m, s = map(float, each[3].split(":"))
        apart_s = h * 3600 + m * 60 + s - row["t_min"] % 1 * 86400
        assert abs(apart_s) <= 0.051  # a decimal is shown
        assert each[9] == ("yes" if row["illuminated"] else "no")
    assert len(trails(document)) == len(rows)
    assert document.count('<polygon class="swath') == len(rows)
    picture = tmp_path / "page.png"
    browse(address(server), f"--screenshot={picture}")
    assert picture.stat().st_size > 20_000


def test_trails_stand_where_astropy_projects_them(server: Server, browse: Browser) -> None:
    rows = answer(server)["transits"]
    plane = WCS(naxis=2)
    plane.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    plane.wcs.crval = [40.0, -30.0]
    plane.wcs.cdelt = [-1.0, 1.0]  # east to the left, north up
    plane.wcs.crpix = [1.0, 1.0]
    scale = EDGE / math.degrees(math.tan(math.radians(8.0)))
    drawn = trails(browse(address(server)))
    for line, row in zip(drawn, rows, strict=True):
        places = [(row[f"ra_{end}"], row[f"dec_{end}"]) for end in ("start", "end")]
        x, y = plane.wcs_world2pix(np.array(places), 0).T * scale
        np.testing.assert_allclose([line[0], line[-1]], np.c_[x, -y], atol=TWENTIETH_OF_A_PIXEL)
    ends = [math.hypot(*line[-1]) for line in drawn]
    assert sum(abs(r - EDGE) < 0.2 for r in ends) >= 2  # those that leave do so at the edge


def test_azimuth_altitude_and_a_turned_rectangle(server: Server, browse: Browser) -> None:
    view = {"az": 200.0, "alt": 60.0, "width": 20.0, "height": 8.0, "pa": 30.0}
    told = answer(server, ra=None, dec=None, radius=None, **view)
    centre = told["meta"]["fields"][0]
    document = browse(address(server, ra=None, dec=None, radius=None, **view))
    caption = part(document, "caption")
    assert f"20° by 8° about RA {centre['ra']:.4f}°, Dec {centre['dec']:.4f}°" in caption
    assert len(trails(document)) == len(told["transits"]) > 0
    outline = re.search(r'<polygon class="field" points="([^"]*)"', document)
    assert outline is not None
    points = np.array([each.split(",") for each in outline[1].split()], float)
    corner = points[np.argmax(np.hypot(*points.T))]
    assert math.hypot(*corner) == pytest.approx(EDGE, abs=0.2)
    # From the middle of the height's edge to the centre: 30 deg from north towards east, left.
    across = math.atan(math.tan(math.radians(10)) / math.tan(math.radians(4)))
    turned = {round(math.degrees(math.atan2(-x, -y)) % 360) for x, y in points}
    for sign in (1, -1):
        for half in (0, 180):
            assert round((30 + half + sign * math.degrees(across)) % 360) in turned


def test_a_mistake_is_shown_as_the_api_tells_it_and_runs_no_script(
    server: Server, browse: Browser
) -> None:
    name = "<img src=x onerror=document.title='broken'>"
    document = browse(address(server, observer=name))
    assert "<title>broken" not in document
    assert "<img src=x" not in document
    assert "no site of that name is known" in part(document, "error")
    assert name in part(document, "error")
    document = browse(address(server, dec="north"))
    assert "dec=north: an angle is accepted" in part(document, "error")
    assert 'aria-invalid="true"' in document
    assert "radius=100" in part(browse(address(server, radius="100")), "error")


def test_a_long_exposure_tells_the_address_of_its_job(server: Server, browse: Browser) -> None:
    document = browse(address(server, duration="80000", radius="0.1"))
    assert f"{server.url}/jobs/passpredict/" in part(document, "told")


def test_an_archive_without_elements_of_that_time_says_so(server: Server, browse: Browser) -> None:
    document = browse(address(server, population=None))
    assert "No satellite was searched" in part(document, "told")


def test_the_command_that_the_page_shows_finds_the_same(
    server: Server, browse: Browser, tmp_path: Path
) -> None:
    lines = part(browse(address(server)), "script").splitlines()
    assert lines[0] == "cat > exposures.json <<'END'"
    assert lines[2] == "END"
    assert lines[3].startswith(f"curl -s '{server.url}/api/passes' ")
    (tmp_path / "exposures.json").write_text(lines[1])
    done = server.command(*lines[4].split()[1:], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = Table.read(tmp_path / "transits.ecsv")
    assert list(found["norad_id"]) == [r["norad_id"] for r in answer(server)["transits"]]


def script_of(server: Server, browse: Browser, folder: Path, lines: str) -> Any:
    """What a module that uses those of the page leaves in `told`."""
    page = folder / "page.html"
    page.write_text(
        f"""<!doctype html><meta charset="utf-8"><form></form><pre></pre><script type="module">
import * as files from "{server.url}/static/passes_files.js";
import * as form from "{server.url}/static/form.js";
{lines}
document.querySelector("pre").textContent = JSON.stringify(told);
</script>"""
    )
    found = re.search(r"<pre>(.*?)</pre>", browse(page.as_uri()), re.S)
    assert found is not None
    return json.loads(html.unescape(found[1]))


def test_files_of_the_page_are_read_by_astropy(
    server: Server, browse: Browser, tmp_path: Path
) -> None:
    rows = answer(server)["transits"]
    rows[0]["object_name"] = 'A "B", C Ä'
    rows[1]["mag_eff"] = None
    page = server.get("/passes").text
    columns = re.search(r'id="columns">(.*?)</script>', page, re.S)
    assert columns is not None
    given = f"const [c, r] = [{columns[1]}, {json.dumps(rows)}];"
    made = script_of(
        server, browse, tmp_path, given + "const told = [files.csv(c, r), files.ecsv(c, r, {a: 1})]"
    )
    for name, text in zip(("t.csv", "t.ecsv"), made, strict=True):
        (tmp_path / name).write_text(text)
    table = Table.read(tmp_path / "t.ecsv")
    assert table.meta == {"a": 1}
    assert table["object_name"][0] == rows[0]["object_name"]
    assert str(table["rate"].unit) == "arcsec / s"
    assert table["illuminated"].dtype == bool
    assert list(table["norad_id"]) == [row["norad_id"] for row in rows]
    assert list(table["t_min"]) == [row["t_min"] for row in rows]  # to the last digit
    np.testing.assert_array_equal(table["s_region"][1], rows[1]["s_region"])
    assert table["mag_eff"].mask.tolist() == [row["mag_eff"] is None for row in rows]
    plain = Table.read(tmp_path / "t.csv", format="ascii.csv")
    assert list(plain["t_max"]) == [row["t_max"] for row in rows]


def test_the_coming_midnight_is_that_of_the_sun_at_the_site(
    server: Server, browse: Browser, tmp_path: Path
) -> None:
    now = "Date.UTC(2026, 10, 22, 13, 0)"
    told = script_of(
        server, browse, tmp_path,
        f"const told = [-75, 0, 149, 180, -180].map((lon) => form.midnight({now}, lon));",
    )  # fmt: skip
    assert told == [
        "2026-11-23T05:00:00", "2026-11-23T00:00:00", "2026-11-22T14:04:00",
        "2026-11-23T12:00:00", "2026-11-23T12:00:00",
    ]  # fmt: skip
