"""PassProbability by command, by job and by query: the same map, read by others' programs."""

from __future__ import annotations

import io
import json
import re
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

WAIT_S = 120.0
WHERE = ("--lat", "-30.24", "--lon", "-70.75", "--height", "2663")
WHEN = ("--time", "2026-01-01T01:30:00", "--exposure", "30", "--radius", "1.75")
MINE = """name: Mine 2
shells: [{altitude: 550, inclination: 53, planes: 10, satellites_per_plane: 20}]
"""
COLUMNS = ("n_sat", "n_sat_illum", "n_pass", "n_pass_illum", "p_pass", "p_illum", "loss", "t_next")
UNSEEN = -1.6375e30


@pytest.fixture(scope="module")
def site(server_on: Callable[[str], Any]) -> Any:
    return server_on("probability")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    return path


def ran(home: Any, *arguments: Any) -> str:
    done = home.command(*arguments)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


class Client:
    """A client of the compute jobs, with a token."""

    def __init__(self, server: Any, *rights: str) -> None:
        made = server.command("token add", "--rights", ",".join(rights), f"t {time.time_ns()}")
        assert made.returncode == 0, made.stderr
        self._server = server
        self._token = {"Authorization": f"Bearer {made.stdout.split()[-1]}"}

    def ask(self, method: str, path: str, **form: str) -> Any:
        headers = {**self._token, "Content-Type": "application/x-www-form-urlencoded"}
        body = urllib.parse.urlencode(form).encode() if method == "POST" else None
        return self._server.request(method, path, body, headers)

    def upload(self, path: str, name: str, content: bytes, **form: str) -> str:
        edge = "edge"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in form.items()
        ]
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="x"\r\n\r\n'
        )
        body = "".join(parts).encode() + content + f"\r\n--{edge}--\r\n".encode()
        headers = {**self._token, "Content-Type": f"multipart/form-data; boundary={edge}"}
        made = self._server.request("POST", path, body, headers)
        assert made.status == 303, made.text
        return urllib.parse.urlsplit(made.headers["Location"]).path

    def run(self, job: str, **form: str) -> str:
        made = self.ask("POST", f"/jobs/{job}", PHASE="RUN", **form)
        assert made.status == 303, made.text
        return urllib.parse.urlsplit(made.headers["Location"]).path

    def end(self, path: str) -> str:
        """The phase in which a job ends."""
        deadline = time.monotonic() + WAIT_S
        while (phase := self.ask("GET", f"{path}/phase").text) in ("QUEUED", "EXECUTING"):
            assert time.monotonic() < deadline, phase
            time.sleep(0.05)
        return str(phase)

    def result(self, path: str, name: str) -> bytes:
        answer = self.ask("GET", f"{path}/results/{name}")
        assert answer.status == 200, answer.text
        return bytes(answer.body)

    def completed(self, path: str) -> None:
        phase = self.end(path)
        assert phase == "COMPLETED", self.ask("GET", f"{path}/error").text


MAP = {
    "CONSTELLATION": "kuiper", "OBSERVER": "rubin", "TIME": "2026-01-01T01:30:00",
    "EXPTIME": "30", "RADIUS": "1.75", "NSIDE": "16",
}  # fmt: skip


# The command


@pytest.mark.parametrize("frame", ["altaz", "equatorial"])
def test_the_file_of_the_command_is_what_healpy_and_astropy_read(
    site: Any, mine: Path, tmp_path: Path, frame: str
) -> None:
    import healpy
    from astropy.io import fits

    target = tmp_path / "map.fits"
    said = ran(
        site, "passprob", "--constellation", "kuiper", mine, *WHERE, *WHEN, "--nside", "64",
        "--frame", frame, "-o", target,
    )  # fmt: skip
    assert said.startswith("kuiper,mine-2: 3436 satellites")
    with fits.open(target) as opened:
        header, names = opened[1].header, opened[1].columns.names
    assert set(COLUMNS) <= set(names)
    maps = dict(
        zip(names, healpy.read_map(target, field=None, nest=True, dtype=float), strict=True)
    )
    _, lat = healpy.pix2ang(64, np.arange(12 * 64**2), nest=True, lonlat=True)
    seen = maps["n_sat"] > 0.9 * UNSEEN
    if frame == "altaz":
        assert (seen == (lat > 0.0)).all()
        # What is above 30 deg, by cells and by the integral: cells are 0.9 deg wide.
        share = maps["n_sat"][seen & (lat > 30.0)].sum() * 41252.96 / (12 * 64**2)
        assert share == pytest.approx(header["NSAT30"], rel=0.02)
    else:
        assert header["COORDSYS"] == "C"
        assert 0.45 < seen.mean() < 0.55
    assert header["NTOTAL"] == 3436
    assert header["MJD-AVG"] == 61041.0625
    assert -20.0 < header["SUN_ALT"] < -10.0
    above = [header[f"NSAT{altitude}"] for altitude in ("00", "10", "20", "30", "60")]
    lit = [header[f"NILL{altitude}"] for altitude in ("00", "10", "20", "30", "60")]
    assert above == sorted(above, reverse=True)
    assert all(0.0 < few <= many for few, many in zip(lit, above, strict=True))
    assert f"{above[3]:.1f}" in said
    expected = -np.expm1(-maps["n_pass"][seen])
    np.testing.assert_allclose(maps["p_pass"][seen], expected, rtol=1e-5, atol=1e-7)


def test_constellations_may_follow_one_another_or_be_given_again(site: Any, tmp_path: Path) -> None:
    common = (*WHERE, *WHEN, "--nside", "4", "-o", tmp_path / "map.fits")
    one = ran(site, "passprob", "--constellation", "kuiper", "oneweb-phase1", *common)
    two = ran(
        site, "passprob", "--constellation", "kuiper", *common, "--constellation", "oneweb-phase1"
    )
    assert one == two
    assert one.startswith("kuiper,oneweb-phase1: 3956 satellites")


def test_a_constellation_of_the_archive_is_counted_like_its_filing(
    site: Any, tmp_path: Path
) -> None:
    """Layers of 3236 propagated sets stand for the shells from which they were made."""
    counts = []
    for name in ("kuiper", "sim-kuiper"):
        today = time.strftime("%Y-%m-%dT05:00:00", time.gmtime())
        said = ran(
            site, "passprob", "--constellation", name, *WHERE, "--time", today, "--nside", "4",
            "-o", tmp_path / "map.fits",
        )  # fmt: skip
        rows = re.findall(r"deg +([0-9.]+) +([0-9.]+)$", said, re.MULTILINE)
        counts.append(np.array(rows, dtype=float))
    assert counts[0].shape == (5, 2)
    np.testing.assert_allclose(counts[1], counts[0], rtol=0.02, atol=0.1)


def test_the_catalogue_can_be_files(site: Any, tmp_path: Path) -> None:
    elements = tmp_path / "kuiper.csv"
    assert site.command(
        "export omm", "--constellation", "sim-kuiper", "--notation", "csv", "-o", elements
    ).returncode == 0  # fmt: skip
    said = ran(
        site, "passprob", "--catalogue", "--elements", elements, *WHERE, *WHEN, "--nside", "4",
        "-o", tmp_path / "map.fits",
    )  # fmt: skip
    assert said.startswith("catalogue: 3236 satellites")


def test_pictures_areas_and_tiles_are_written(site: Any, tmp_path: Path) -> None:
    from mocpy import MOC
    from PIL import Image

    files = {name: tmp_path / name for name in ("z.png", "m.png", "moc.fits", "moc.txt", "hips")}
    said = ran(
        site, "passprob", "--constellation", "starlink-gen2", *WHERE, *WHEN, "--nside", "16",
        "--png", files["z.png"], "--mollweide", files["m.png"], "--moc", files["moc.fits"],
        "--threshold", "0.2", "--hips", files["hips"], "--column", "n_sat_illum", "--visible",
    )  # fmt: skip
    for name in ("z.png", "m.png"):
        with Image.open(files[name]) as picture:
            assert min(picture.size) > 300
            seen = np.asarray(picture.convert("RGB").resize((64, 64))).reshape(-1, 3)
            assert len(np.unique(seen, axis=0)) > 50
    assert 0.0 < MOC.load(files["moc.fits"], format="fits").sky_fraction < 0.5
    properties = (files["hips"] / "properties").read_text()
    assert "hips_frame" in properties
    assert (files["hips"] / "Norder3" / "Allsky.png").stat().st_size > 1000
    table = said[said.index("visible at once") :].splitlines()
    assert len(table) == 8
    brightest, faintest = (list(map(float, row.split()[3:])) for row in (table[1], table[-1]))
    assert 0.0 <= brightest[0] < faintest[0]
    again = site.command(
        "passprob", "--constellation", "kuiper", *WHERE, *WHEN, "--nside", "4", "--hips",
        files["hips"],
    )  # fmt: skip
    assert again.returncode == 2
    assert "is not empty" in again.stderr


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--nside", "100"), "a power of two"),
        (("--radius", "0"), "RADIUS=0"),
        (("--exposure", "-1"), "exposure=-1"),
        (("--time", "2026-01-01T15:00:00"), "--daylight"),
        (("--constellation", "nix"), "no filed constellation"),
        (("--constellation", "nix.yaml"), "no such definition file"),
        (("--catalogue",), "not both"),
        (("--site", "rubin"), "give one"),
        (("--model", "nix"), "brightness model"),
        (("--register", "a/b"), "name of up to 100"),
        (("--moc", "/nowhere/x.fits"), "/nowhere"),
    ],
    ids=str,
)
def test_a_wrong_request_is_told_in_one_line(
    site: Any, tmp_path: Path, wrong: tuple[str, ...], words: str
) -> None:
    done = site.command(
        "passprob", "--constellation", "kuiper", *WHERE, *WHEN, "--nside", "4", "-o",
        tmp_path / "map.fits", *wrong,
    )  # fmt: skip
    assert done.returncode == (1 if "/nowhere" in words else 2)
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("name: x\n", "shells"),
        (MINE.replace("53", "200"), "inclination"),
        (MINE.replace("planes: 10", "planes: 0"), "planes"),
    ],
)
def test_a_wrong_definition_is_told_in_one_line(
    site: Any, mine: Path, content: str, words: str
) -> None:
    mine.write_text(content)
    done = site.command("passprob", "--constellation", mine, *WHERE, *WHEN, "-o", mine.parent / "m")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert words in done.stderr


def test_a_calendar_is_a_table_and_a_picture(site: Any, tmp_path: Path) -> None:
    from astropy.table import Table

    table, picture = tmp_path / "year.ecsv", tmp_path / "year.png"
    ran(
        site, "passcalendar", "--constellation", "kuiper", "--target", "52,-27.8", "--site",
        "rubin", "--start", "2026-01-01", "--nights", "30", "--times", "24", "-o", table, "--png",
        picture,
    )  # fmt: skip
    rows = Table.read(table)
    assert len(rows) == 30 * 24
    assert set(rows["night"]) == set(range(1, 31))
    up = rows[~rows["n_pass"].mask]
    assert min(up["target_alt"]) > 0.0
    assert max(rows["target_alt"][rows["n_pass"].mask]) <= 0.0
    assert all(up["n_pass_illum"] <= up["n_pass"] * (1.0 + 1e-6))
    assert picture.read_bytes().startswith(b"\x89PNG")


# Registered maps


def test_a_registered_map_is_the_same_by_query_as_in_its_file(site: Any, tmp_path: Path) -> None:
    import healpy
    import pyvo

    target = tmp_path / "map.fits"
    common = ("--constellation", "kuiper", *WHERE, *WHEN, "--nside", "16", "-o", target)
    said = ran(site, "passprob", *common, "--register", "by-command")
    assert "satvo.passprob: by-command with" in said
    tap = pyvo.dal.TAPService(site.tap)
    rows = tap.run_sync(
        f"SELECT hpx, ra, dec, {', '.join(COLUMNS)} FROM satvo.passprob_pix "
        "WHERE map_id = 'by-command' ORDER BY hpx",
        maxrec=10_000,
    ).to_table()
    cells = np.asarray(rows["hpx"])
    ra, dec = healpy.pix2ang(16, cells, nest=True, lonlat=True)
    np.testing.assert_allclose(rows["ra"], ra, atol=1e-9)
    np.testing.assert_allclose(rows["dec"], dec, atol=1e-9)
    for number, name in enumerate(COLUMNS):
        whole = healpy.read_map(target, field=number, nest=True, dtype=float)
        drawn = np.full(len(whole), UNSEEN)
        drawn[cells] = np.ma.filled(rows[name].astype(float), np.nan)
        np.testing.assert_allclose(drawn, whole, rtol=1e-7)
    (told,) = tap.run_sync("SELECT * FROM satvo.passprob WHERE map_id = 'by-command'").to_table()
    assert (told["frame"], told["hpx_order"], told["population"]) == ("equatorial", 4, "kuiper")
    assert float(told["t_exptime"]) == 30.0
    assert float(told["fov"]) == 3.5
    refused = site.command("passprob", *common, "--register", "by-command")
    assert refused.returncode == 2
    assert "map by-command is there already" in refused.stderr
    ran(site, "passprob", *common, "--register", "by-command", "--replace", "--nside", "8")
    query = "SELECT COUNT(*) AS n FROM satvo.passprob_pix WHERE map_id = 'by-command'"
    assert site.number(query) < len(rows) / 3


def test_a_job_gives_the_map_its_pictures_and_its_numbers(site: Any) -> None:
    import healpy
    from astropy.io import fits

    client = Client(site, "read", "job")
    job = client.run("passprobability", **MAP, RESPONSEFORMAT="csv")
    client.completed(job)
    with fits.open(io.BytesIO(client.result(job, "map"))) as opened:
        assert set(COLUMNS) <= set(opened[1].columns.names)
        assert healpy.npix2nside(len(opened[1].data)) == 16
        header = opened[1].header
    for name in ("zenithal", "mollweide"):
        assert client.result(job, name).startswith(b"\x89PNG")
    summary = json.loads(client.result(job, "summary"))
    assert summary["population"] == "kuiper"
    assert summary["time"] == "2026-01-01T01:30:00"
    assert summary["above"][3]["altitude"] == 30.0
    assert summary["above"][3]["satellites"] == pytest.approx(header["NSAT30"])
    assert summary["warnings"] == []
    assert client.result(job, "moc_text").decode().strip()
    assert client.result(job, "moc").startswith(b"SIMPLE")
    visible = client.result(job, "visible").decode().splitlines()
    assert visible[0] == "mag_limit,n_visible00,n_visible10,n_visible20,n_visible30,n_visible60"
    assert len(visible) == 8


def test_a_job_counts_a_definition(site: Any) -> None:
    client = Client(site, "read", "job")
    form = {name: value for name, value in MAP.items() if name != "CONSTELLATION"}
    job = client.upload("/jobs/passprobability", "DEFINITION", MINE.encode(), PHASE="RUN", **form)
    client.completed(job)
    assert json.loads(client.result(job, "summary"))["satellites"] == 200


def test_a_job_registers_its_map_once_and_replaces_where_asked(site: Any) -> None:
    client = Client(site, "read", "job", "write")
    job = client.run("passprobability", **MAP, REGISTER="true", NAME="by-job")
    client.completed(job)
    report = json.loads(client.result(job, "registered"))
    count = "SELECT COUNT(*) AS n FROM satvo.passprob_pix WHERE map_id = 'by-job'"
    assert report == {"map_id": "by-job", "pixels": site.number(count)}
    again = client.run("passprobability", **MAP, REGISTER="true", NAME="by-job")
    assert client.end(again) == "ERROR"
    assert "map by-job is there already" in client.ask("GET", f"{again}/error").text
    smaller = {**MAP, "NSIDE": "4"}
    job = client.run("passprobability", **smaller, REGISTER="true", NAME="by-job", REPLACE="true")
    client.completed(job)
    assert site.number(count) < 120


def test_who_has_no_right_to_write_registers_nothing(site: Any) -> None:
    client = Client(site, "read", "job")
    refused = client.ask(
        "POST", "/jobs/passprobability", PHASE="RUN", **MAP, REGISTER="true", NAME="mine"
    )
    assert refused.status == 403


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"NSIDE": "7"}, "a power of two"),
        ({"TIME": "2026-01-01T15:00:00"}, "DAYLIGHT=true"),
        ({"CONSTELLATION": "nix"}, "no filed constellation"),
        ({"CONSTELLATION": ""}, "nothing to count"),
        ({"RADIUS": "-1"}, "RADIUS=-1"),
        ({"OBSERVER": "atlantis"}, "no site of that name"),
    ],
    ids=str,
)
def test_a_wrong_job_says_why(site: Any, wrong: dict[str, str], words: str) -> None:
    client = Client(site, "read", "job")
    job = client.run("passprobability", **{**MAP, **wrong})
    assert client.end(job) == "ERROR"
    assert words in client.ask("GET", f"{job}/error").text


def test_a_calendar_job_gives_its_table_and_its_picture(site: Any) -> None:
    client = Client(site, "read", "job")
    job = client.run(
        "passcalendar", CONSTELLATION="kuiper", OBSERVER="rubin", TARGET="52,-27.8",
        START="2026-01-01", NIGHTS="10", TIMES="12", RESPONSEFORMAT="csv",
    )  # fmt: skip
    client.completed(job)
    rows = client.result(job, "calendar").decode().splitlines()
    assert len(rows) == 1 + 10 * 12
    assert client.result(job, "picture").startswith(b"\x89PNG")
    assert json.loads(client.result(job, "summary"))["nights"] == 10


# The demonstration


def test_the_demonstration_has_maps_of_four_observatories(server: Any) -> None:
    maps = server.sync(
        "SELECT map_id, sun_alt, n_sat30, n_illum30, moc FROM satvo.passprob ORDER BY map_id",
        RESPONSEFORMAT="csv",
    ).text.splitlines()[1:]
    names = [row.split(",")[0] for row in maps]
    sites = ("la-palma", "maunakea", "paranal", "rubin")
    assert names == [f"{site}-{phase}" for site in sites for phase in ("dawn", "dusk", "midnight")]
    for row in maps:
        name, sun, up, lit = row.split(",")[:4]
        is_midnight = name.endswith("midnight")
        assert (float(sun) < -20.0) == is_midnight
        assert -1e-9 <= float(lit) <= float(up)
        assert (float(lit) > 0.5 * float(up)) != is_midnight
    pixels = server.number("SELECT COUNT(*) AS n FROM satvo.passprob_pix")
    assert pixels == pytest.approx(12 * 6 * 64**2, rel=0.01)
