"""The test suite in an archive: made-up and real cases, and ``satvo testsuite``."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from made_up_images import sip_image, tan_image
from satvo.ingest.images.archive import ImageArchive
from satvo.resources.ephemeris.build import elements_from_files
from satvo.resources.ephemeris.sites import find_observer
from satvo.resources.images.build import add_case, coverage, write_terms
from satvo.resources.images.scenes.recipes import made_up_cases
from satvo.resources.images.terms import known_terms
from satvo.resources.passes.predict import Catalogue, predict
from satvo.resources.passes.requests import read_request
from satvo.schemas.dataproduct import DATAPRODUCT
from satvo.schemas.errors import BadParameter
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.sphere import separation_deg
from satvo.schemas.testcase import TESTCASE, TESTTERM
from satvo.schemas.trail import TRAIL
from satvo.service.archive import Archive
from satvo.service.cli import main
from satvo.service.config import Config

Run = Callable[..., int]
NOW = datetime(2026, 11, 22, 1, 2, 3)


@pytest.fixture
def archive(tmp_path: Path, address: str) -> Iterator[Archive]:
    """An empty archive of each engine."""
    home = tmp_path / "home"
    home.mkdir()
    with closing(Archive(Config(home=home, store=address), lambda: NOW, wait_s=1)) as opened:
        yield opened


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on an archive in an empty folder and gives its exit code."""
    monkeypatch.chdir(tmp_path)

    def execute(*words: str) -> int:
        monkeypatch.setattr("sys.argv", ["satvo", *words, "--home", str(tmp_path / "home")])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    assert execute("init") == 0
    return execute


def rows(archive: Archive, table: sa.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = archive.store.select(sa.select(table)).to_pylist()
    return found


def described(folder: Path, cases: dict[str, Any], **told: Any) -> Path:
    file = folder / "suite.yaml"
    common = {"licence": "CC-BY-4.0", "obs_collection": "real", **told}
    file.write_text(yaml.safe_dump({"told": common, "cases": cases}))
    return file


# The vocabulary and the made-up cases


def test_every_archive_has_the_vocabulary_of_its_version(archive: Archive) -> None:
    assert {row["term"] for row in rows(archive, TESTTERM)} == {t.term for t in known_terms()}
    archive.store.write(lambda tx: tx.execute(sa.delete(TESTTERM).where(TESTTERM.c.term == "leo")))
    archive.store.write(
        lambda tx: tx.execute(
            sa.update(TESTTERM).values(label="Old").where(TESTTERM.c.term == "ifu")
        )
    )
    archive.store.write(write_terms)
    labels = {row["term"]: row["label"] for row in rows(archive, TESTTERM)}
    assert labels == {t.term: t.label for t in known_terms()}
    writes = rows(archive, TESTTERM)
    archive.store.write(write_terms)
    assert rows(archive, TESTTERM) == writes


def test_a_case_comes_in_with_its_files_its_trails_and_what_they_are_to_each_other(
    archive: Archive,
) -> None:
    case = next(case for case in made_up_cases() if case.case_id == "sim-crossing")
    assert add_case(archive.images, case) == (4, 0)
    assert add_case(archive.images, case) == (0, 4)
    (row,) = rows(archive, TESTCASE)
    assert row["terms"].split("#") == list(case.terms)
    products = {row["obs_publisher_did"]: row for row in rows(archive, DATAPRODUCT)}
    obscore = {row["obs_publisher_did"]: row for row in rows(archive, OBSCORE)}
    frame = row["obs_publisher_did"]
    roles = {
        column: products[row[column]]["role"]
        for column in ("obs_publisher_did", "pair_did", "mask_did", "truth_did")
    }
    assert list(roles.values()) == ["frame", "frame", "truthmask", "truthcatalogue"]
    assert [products[row[c]]["progenitor_did"] for c in ("pair_did", "mask_did", "truth_did")] == [
        None, frame, frame,
    ]  # fmt: skip
    assert {each["data_source"] for each in obscore.values()} == {"artificial"}
    assert {each["obs_collection"] for each in obscore.values()} == {"satvo-sim"}
    # What was made from the frame is where and when the frame is.
    for column in ("mask_did", "truth_did"):
        for name in ("s_region", "t_min", "t_max"):
            assert obscore[row[column]][name] == obscore[frame][name] is not None
    trails = rows(archive, TRAIL)
    assert [each["origin"] for each in trails] == ["simulated"] * 4
    assert {each["obs_publisher_did"] for each in trails} == {frame}
    assert {each["mask_checksum"] for each in trails} == {products[row["mask_did"]]["checksum"]}
    # All that the report asks for is told, but for the filter of a colour camera.
    assert products[frame]["missing"] == "filter_url"
    cells = {cell.term.term: cell for cell in coverage(archive.store)}
    assert [each["case_id"] for each in cells["crossing"].simulated] == ["sim-crossing"]
    assert cells["crossing"].observed == ()
    assert not cells["radio"].simulated


def test_a_case_with_a_file_that_cannot_be_read_leaves_nothing(archive: Archive) -> None:
    from dataclasses import replace

    case = next(iter(made_up_cases()))
    broken = replace(case.products["mask"], content=b"SIMPLE  = no")
    with pytest.raises(BadParameter):
        add_case(archive.images, replace(case, products={**case.products, "mask": broken}))
    for table in (OBSCORE, DATAPRODUCT, TESTCASE, TRAIL):
        assert rows(archive, table) == []
    left = [file for file in (archive.config.home / "images").rglob("*") if file.is_file()]
    assert [file.name for file in left if file.name != "lock"] == []


# Described cases


def test_described_cases_are_added_listed_and_dropped(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "frame.fits").write_bytes(tan_image())
    (tmp_path / "pair.fits").write_bytes(sip_image())
    (tmp_path / "truth.csv").write_text("x1,y1,x2,y2\n1,1,30,40\n")
    file = described(
        tmp_path,
        {
            "mine": {
                "title": "A trail", "relevance": "It is there.", "terms": ["pair", "leo"],
                "frame": "frame.fits", "pair": "pair.fits", "truth": "truth.csv",
                "trails": [{"x1": 1.0, "y1": 1.0, "x2": 30.0, "y2": 40.0}],
            },
        },
    )  # fmt: skip
    assert run("testsuite", "add", str(file)) == 0
    assert "mine: 3 files, leo, pair" in capsys.readouterr().out
    assert run("testsuite", "add", str(file)) == 0
    assert capsys.readouterr().out.count("unchanged") == 3
    assert run("testsuite", "list") == 0
    told = capsys.readouterr().out
    assert re.search(r"^leo +1 observed +0 simulated$", told, re.MULTILINE)
    assert re.search(r"^radio +0 observed +0 simulated  empty$", told, re.MULTILINE)
    assert f"2 of {len(known_terms())} kinds have a case" in told
    query = (
        "SELECT c.case_id, t.origin, t.x2, d.role, d.progenitor_did FROM satvo.testcase AS c "
        "JOIN satvo.trail AS t ON t.obs_publisher_did = c.obs_publisher_did "
        "JOIN satvo.dataproduct AS d ON d.obs_publisher_did = c.truth_did"
    )
    assert run("query", query, "--format", "csv") == 0
    (found,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (found["case_id"], found["origin"], found["x2"]) == ("mine", "manual", "30")
    assert found["role"] == "truthcatalogue"
    assert found["progenitor_did"].startswith("ivo://")
    assert run("testsuite", "drop", "mine") == 0
    assert run("testsuite", "drop", "mine") == 2
    assert "there is no test case mine" in capsys.readouterr().err


GOOD = {"title": "T", "relevance": "R", "terms": ["leo"], "frame": "frame.fits"}


def test_a_case_whose_files_are_wrong_is_refused_and_none_is_added(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "frame.fits").write_bytes(tan_image())
    (tmp_path / "pair.fits").write_bytes(b"")
    for case, reason in (
        ({**GOOD, "frame": "absent.fits"}, "absent.fits: cannot be read"),
        ({**GOOD, "frame": "ivo://x/images?0"}, "ivo://x/images[?]0, which is not in the archive"),
        ({**GOOD, "told": {"colour": 1}}, "colour: there is no such item"),
        ({**GOOD, "pair": "pair.fits"}, "case mine, pair: .*empty"),
    ):
        assert run("testsuite", "add", str(described(tmp_path, {"mine": case}))) == 2
        error = capsys.readouterr().err
        assert re.search(reason, error), error
    assert run("testsuite", "list") == 0
    assert f"0 of {len(known_terms())}" in capsys.readouterr().out


# Real data

REAL = {
    "lco-three-parallel": {
        "title": "Three parallel trails, LCO 0.4 m",
        "relevance": "One bright trail and two faint ones that run on to the edges; 7.9 arcsec "
        "pixels make them narrow.",
        "terms": ["pixel-large", "leo", "streak-bright", "streak-faint", "professional",
                  "optical"],
        "frame": "lco_0m4_bi327715_cut.fits",
        # 0-based in the list of the files, and 1-based here.
        "trails": [
            {"x1": 2.0, "y1": 363.4, "x2": 401.0, "y2": 142.1},
            {"x1": 254.6, "y1": 395.2, "x2": 397.6, "y2": 315.4},
            {"x1": 6.6, "y1": 122.2, "x2": 227.6, "y2": 0.7},
        ],
    },
    "hsc-wide-trail": {
        "title": "A very bright trail, Subaru HSC",
        "relevance": "About 15 pixels wide and far above the background, in raw counts.",
        "terms": ["large-ccd-mosaic", "streak-bright", "uncalibrated", "professional", "optical"],
        "frame": "hsc_A21787010_cut.fits",
        "trails": [{"x1": 76.0, "y1": 400.0, "x2": 216.0, "y2": 1.0}],
    },
    "decam-arcs": {
        "title": "Two bright arcs, DECam",
        "relevance": "Curved reflections that must not be taken for trails.",
        "terms": ["large-ccd-mosaic", "uncalibrated", "professional", "user-supplied"],
        "frame": "decam_N11_ori_100x100.fits",
    },
    "gmos-cosmic-rays": {
        "title": "Long cosmic rays in a long-slit spectrum, GMOS-S",
        "relevance": "Straight sky lines and two long cosmic rays, no satellite.",
        "terms": ["slit-spectroscopy", "false-cosmic-ray", "professional"],
        "frame": "gmos_s_spectrum_astroscrappy.fits",
    },
}  # fmt: skip
"""Cases of the frames that were looked at, by the list that stands beside them."""


@pytest.mark.needs_data
def test_real_frames_become_observed_cases(
    run: Run, tmp_path: Path, test_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for case in REAL.values():
        shutil.copy(test_data / "images" / str(case["frame"]), tmp_path)
    assert run("testsuite", "add", str(described(tmp_path, REAL))) == 0
    capsys.readouterr()
    assert run("testsuite", "list") == 0
    told = capsys.readouterr().out
    for term in {term for case in REAL.values() for term in case["terms"]}:
        assert re.search(rf"^{term} +[1-4] observed +0 simulated$", told, re.MULTILINE), term
    query = (
        "SELECT o.obs_id, o.data_source, COUNT(t.trail_id) AS n FROM ivoa.obscore AS o "
        "LEFT JOIN satvo.trail AS t ON t.obs_publisher_did = o.obs_publisher_did "
        "GROUP BY o.obs_id, o.data_source ORDER BY o.obs_id"
    )
    assert run("query", query, "--format", "csv") == 0
    found = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["obs_id"] for row in found] == sorted(REAL)
    assert {row["data_source"] for row in found} == {"observation"}
    assert {row["obs_id"]: int(row["n"]) for row in found}["lco-three-parallel"] == 3


PLAN = re.compile(
    r"(\S+)\.txt: 2021-Jul-16 (\d\d):(\d\d):([\d.]+) (?:...)\s*"
    r"(\d+) (\d+) ([\d.]+) ([+-])(\d+) (\d+) ([\d.]+)\s"
)


@pytest.mark.needs_data
def test_a_published_plan_becomes_a_case_that_passpredict_solves(
    run: Run, tmp_path: Path, test_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Retro-prediction: 73 passes over Plaskett's 1.8 m on 2021-07-16, as JPL Horizons had them."""
    folder = test_data / "orbits" / "boley2021"
    lines = (folder / "starlink.15JUL2021").read_text().splitlines()
    numbers = {
        name.strip(): int(first[2:7]) for name, first in zip(lines[::3], lines[1::3], strict=True)
    }
    passes = []
    for line in (folder / "plan").read_text().splitlines():
        if found := PLAN.match(line):
            name, *parts = found.groups()
            h, m, s, ra_h, ra_m, ra_s, d, dm, ds = map(float, [*parts[:6], *parts[7:]])
            mjd = 59411.0 + (h + m / 60 + s / 3600) / 24
            dec = (1 if parts[6] == "+" else -1) * (d + dm / 60 + ds / 3600)
            passes.append((numbers[name], mjd, 15 * (ra_h + ra_m / 60 + ra_s / 3600), dec))
    assert len(passes) == 73
    exposures = [
        {"id": f"e{i}", "ra": ra, "dec": dec, "start": mjd - 15 / 86400, "duration": 30.0,
         "radius": 0.1}
        for i, (_, mjd, ra, dec) in enumerate(passes)
    ]  # fmt: skip
    (tmp_path / "exposures.json").write_text(
        json.dumps({"observer": "658", "exposures": exposures})
    )
    table = "exposure_id,norad_id,t_mid,s_ra,s_dec\n" + "".join(
        f"e{i},{number},{mjd!r},{ra!r},{dec!r}\n" for i, (number, mjd, ra, dec) in enumerate(passes)
    )
    (tmp_path / "crossings.csv").write_text(table)
    shutil.copy(folder / "starlink.15JUL2021", tmp_path / "elements.tle")
    case = {
        "kind": "passpredict", "title": "Starlinks over Plaskett",
        "relevance": "Predictions of another program for a known site and night.",
        "terms": ["pass-retro", "pass-database", "leo"],
        "crossings": "crossings.csv", "elements": "elements.tle", "exposures": "exposures.json",
    }  # fmt: skip
    assert run("testsuite", "add", str(described(tmp_path, {"plaskett": case}))) == 0
    with closing(Archive(Config(home=tmp_path / "home"), wait_s=1)) as archive:
        (row,) = rows(archive, TESTCASE)
        products = {
            column: archive.images.path(archive.images.row(row[column])["product_id"])
            for column in ("obs_publisher_did", "elements_did", "exposures_did")
        }
        assert isinstance(archive.images, ImageArchive)
        assert archive.images.row(row["elements_did"])["dataproduct_type"] == "measurements"
    asked = read_request(json.loads(products["exposures_did"].read_text()), find_observer)
    elements = elements_from_files([products["elements_did"]], 59411.3)
    found = predict(asked.exposures, asked.observer, Catalogue(elements)).columns
    places = {
        (exposure, number): (ra, dec, mjd)
        for exposure, number, ra, dec, mjd in zip(
            found["exposure_id"], found["norad_id"].tolist(), found["s_ra"], found["s_dec"],
            found["t_mid"], strict=True,
        )
    }  # fmt: skip
    for expected in csv.DictReader(io.StringIO(products["obs_publisher_did"].read_text())):
        ra, dec, mjd = places[expected["exposure_id"], int(expected["norad_id"])]
        # Horizons' instants are those of its grid of 0.5 s; the site is good to 10 m.
        assert abs(mjd - float(expected["t_mid"])) * 86400 < 0.02
        off = separation_deg(ra, dec, float(expected["s_ra"]), float(expected["s_dec"]))
        assert float(off) * 3600 < 15.0
