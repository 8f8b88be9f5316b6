"""Images found by place, time and the rest in both engines, against plain arithmetic."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_up_obscore import many_rows, obscore_row, obscore_table
from satvo.schemas.obscore import ARTIFICIAL, OBSCORE
from satvo.schemas.sphere import separation_deg
from satvo.service.archive import Archive
from satvo.service.config import Config
from satvo.service.formats import find_format
from satvo.service.image_answers import ImageSearch, answer_images
from satvo.service.image_requests import conditions_of
from satvo.service.votable import Info

MANY = many_rows(3000)
PLACED = [
    obscore_row("zero", 0.0, 10.0),
    obscore_row("west", 359.5, 10.0),
    obscore_row("equator", 100.0, 0.0),
    obscore_row("north", s_ra=0.0, s_dec=90.0, s_fov=2.0, s_region="CIRCLE 0 90 1"),
    obscore_row("south", s_ra=0.0, s_dec=-89.0, s_fov=1.0, s_region="CIRCLE 0 -89 0.5"),
    obscore_row("nowhere"),
    obscore_row("ours", 200.0, 20.0, data_source=ARTIFICIAL, obs_collection="sim"),
    obscore_row("alone", 210.0, 20.0, data_source=ARTIFICIAL, obs_collection="sim"),
    obscore_row("theirs", 200.0, 20.0, access_url="https://example.org/x.fits",
                obs_publisher_did="ivo://Example.org/X?1"),
    obscore_row("spectrum", 200.0, 20.0, dataproduct_type="spectrum"),
    obscore_row("cube", 30.0, 20.0, dataproduct_type="cube", pol_states="/I/Q/U/V/"),
    obscore_row("quoted", target_name="Barnard's star -- x", calib_level=2),
    obscore_row("png", access_format="image/png", access_url=None),
]  # fmt: skip
TIMED = [
    obscore_row(f"t{i}", t_min=59000.0 + i, t_max=59000.5 + i, em_min=4e-7 + i * 1e-7,
                em_max=5e-7 + i * 1e-7, t_exptime=10.0 * i)
    for i in range(4)
]  # fmt: skip

Ask = Callable[..., list[dict[str, str]]]


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def archive(
    request: pytest.FixtureRequest,
    address_of: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Archive]:
    home: Path = tmp_path_factory.mktemp("images")
    config = Config(home=home, store=address_of(request.param))
    with closing(Archive(config, wait_s=1)) as opened:
        table = obscore_table([*MANY, *PLACED, *TIMED])
        opened.store.write(lambda tx: tx.append(OBSCORE, table))
        yield opened


@pytest.fixture(scope="module")
def ask(archive: Archive) -> Ask:
    def rows(source: str = "", **given: Any) -> list[dict[str, str]]:
        texts = {name: [text] if isinstance(text, str) else text for name, text in given.items()}
        search = ImageSearch(tuple(conditions_of(texts)), source, None, any_type="DPTYPE" in texts)
        answer = answer_images(
            archive, search, *find_format("csv"), [Info("standardID", "ivo://x")]
        )
        return list(csv.DictReader(io.StringIO(b"".join(answer).decode())))

    return rows


def names(rows: list[dict[str, str]]) -> set[str]:
    return {row["obs_id"] for row in rows if not row["obs_id"].startswith("n0")}


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("CIRCLE 0 10 0.1", {"zero"}),
        ("CIRCLE 359.99 10 0.5", {"zero", "west"}),
        ("CIRCLE 100 0 0", {"equator"}),
        ("CIRCLE 123 90 0.01", {"north"}),
        ("RANGE 0 360 89.5 +Inf", {"north"}),
        ("RANGE -Inf +Inf -90 -89", {"south"}),
        ("RANGE 359 360 9 11", {"zero", "west"}),
        ("RANGE 99 101 -1 1", {"equator"}),
        ("RANGE 99 101 0.3 1", set()),
        ("RANGE 29.7 29.8 -90 90", {"cube", "north", "south"}),
        ("RANGE 100 100 0 0", {"equator"}),
        ("RANGE 90 110 0.2 0.2", {"equator"}),
        ("POLYGON 99.9 -0.1 100.1 -0.1 100 0.1", {"equator"}),
        ("POLYGON 359 9 359.2 9 359.2 11 359 11", set()),
        ("POLYGON 359 9 359.3 9 359.3 11 359 11 359 9", {"west"}),
    ],
)
def test_place_is_found(ask: Ask, place: str, found: set[str]) -> None:
    assert names(ask("observation", POS=place)) == found


def test_places_are_alternatives(ask: Ask) -> None:
    assert names(ask(POS=["CIRCLE 100 0 0.1", "CIRCLE 0 10 0.1"])) == {"zero", "equator"}


def test_whole_sky_has_every_image_with_a_place(ask: Ask) -> None:
    everything = [row for row in ask("all") if row["s_region"]]
    for place in ("CIRCLE 10 10 180", "RANGE -Inf Inf -Inf Inf", "RANGE 0 360 -90 90"):
        assert len(ask("all", POS=place)) == len(everything), place


def test_circle_agrees_with_distances(ask: Ask) -> None:
    ra, dec, half = 40.0, 35.0, 15.0
    found = {row["obs_id"] for row in ask("observation", POS=f"CIRCLE {ra} {dec} {half}")}
    for row in MANY:
        away = float(separation_deg(row["s_ra"], row["s_dec"], ra, dec))
        if away <= half:
            assert row["obs_id"] in found
        elif away > half + row["s_fov"] / 2:
            assert row["obs_id"] not in found


@pytest.mark.parametrize("bounds", [(20.0, 60.0, 30.0, 75.0), (200.0, 330.0, -80.0, -20.0)])
def test_range_agrees_with_its_bounds(ask: Ask, bounds: tuple[float, ...]) -> None:
    """Samples of each outline, 41 x 41: what has one inside is found, what is far off is not."""
    west, east, south, north = bounds
    found = {
        row["obs_id"] for row in ask("observation", POS=f"RANGE {west} {east} {south} {north}")
    }
    steps = np.linspace(-1, 1, 41)
    checked = 0
    for row in MANY:
        half = row["s_fov"] / (2 * np.sqrt(2))
        lat = row["s_dec"] + 0.99 * half * steps[:, None]
        lon = row["s_ra"] + 0.99 * half * steps / np.cos(np.radians(row["s_dec"]))
        inside = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
        wide = 1.2 * half / np.cos(np.radians(min(abs(row["s_dec"]) + half, 89.9)))
        if inside.any():
            checked += 1
            assert row["obs_id"] in found
        elif (
            row["s_dec"] < south - 1.2 * half
            or row["s_dec"] > north + 1.2 * half
            or (row["s_ra"] < west - wide or row["s_ra"] > east + wide)
        ):
            assert row["obs_id"] not in found
    assert checked > 50


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"TIME": "59001.2 59002.1"}, {"t1", "t2"}),
        ({"TIME": "59001.7"}, set()),
        ({"TIME": ["59000.1", "59003.1"]}, {"t0", "t3"}),
        ({"TIME": "59003.5 Inf", "EXPTIME": "30"}, {"t3"}),
        ({"BAND": "-Inf 4.5e-7"}, {"t0"}),
        ({"BAND": "4.5e-7", "TIME": "59001"}, set()),
        ({"EXPTIME": "15 Inf", "TIME": "59000 59010"}, {"t2", "t3"}),
        ({"POL": "v"}, {"cube"}),
        ({"POL": "XX"}, set()),
        ({"DPTYPE": "cube"}, {"cube"}),
        ({"TARGET": "Barnard's star -- x"}, {"quoted"}),
        ({"CALIB": "2"}, {"quoted"}),
        ({"ID": "ivo://EXAMPLE.org/x?1"}, {"theirs"}),
        ({"FORMAT": "image/png"}, {"png"}),
        ({"COLLECTION": ["sim", "none"]}, {"ours", "alone"}),
        ({"FACILITY": "Nowhere"}, set()),
        ({"INSTRUMENT": "Nothing"}, set()),
        ({"SPATRES": "0 10"}, set()),
        ({"SPECRP": "-Inf Inf"}, set()),
        ({"TIMERES": "1"}, set()),
        ({"FOV": "1.9 2.1"}, {"north"}),
        ({"FOV": "-1e308 -1"}, set()),
        ({"EXPTIME": "1e308 Inf"}, set()),
    ],
)  # fmt: skip
def test_rest_is_found(ask: Ask, given: dict[str, Any], found: set[str]) -> None:
    assert names(ask(**given)) == found


def test_simulated_images_come_only_where_no_observed_one_does(ask: Ask) -> None:
    beside, alone = "CIRCLE 200 20 0.1", "CIRCLE 210 20 0.1"
    assert names(ask(POS=beside)) == {"theirs"}
    assert names(ask(POS=alone)) == {"alone"}
    assert names(ask("all", POS=beside)) == {"theirs", "ours"}
    assert names(ask("artificial", POS=beside)) == {"ours"}
    assert names(ask("observation", POS=alone)) == set()


def test_addresses_of_elsewhere_stay_and_none_stays_none(ask: Ask) -> None:
    (theirs,) = ask(ID="ivo://example.org/x?1")
    assert theirs["access_url"] == "https://example.org/x.fits"
    (png,) = ask(FORMAT="image/png")
    assert png["access_url"] == ""
    (zero,) = ask(POS="CIRCLE 0 10 0.01")
    assert zero["access_url"] == "http://127.0.0.1:8080/files/zero.fits"


def test_as_many_values_as_are_accepted_are_answered(ask: Ask) -> None:
    assert names(ask(POS=[f"CIRCLE {n} 10 0.2" for n in range(100)])) >= {"zero"}
    assert names(ask(TIME=[f"{59_000 + n}.2" for n in range(500)])) >= {"t0", "t3"}
    assert names(ask(POS=["POLYGON " + " ".join(
        f"{100 + np.cos(a):.6f} {np.sin(a):.6f}" for a in np.linspace(0, 6.28, 1000)
    )])) == {"equator"}  # fmt: skip
