"""Images held elsewhere: what files may say of them, and what is kept of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from satvo.schemas.errors import AlreadyThere, BadParameter, NotFound
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.region_text import region_numbers
from satvo.schemas.regions import Polygon, area_deg2, separation_deg
from satvo.schemas.store.interface import arrow_schema
from satvo.service.archive import Archive
from satvo.service.config import Config
from satvo.service.held_elsewhere import HeldElsewhere
from satvo.service.obscore_files import read_images

NOW = datetime(2026, 5, 6, 12)
LEAST = "obs_id,access_url,s_region\n"
URL = "https://example.org/a.fits"
SQUARE = "POLYGON ICRS 359 1 359 3 1 3 1 1"


def read(text: str, collection: str = "mine") -> pa.Table:
    return read_images(io.BytesIO(text.encode()), collection=collection, authority="example.org")


def one(region: str, **more: Any) -> dict[str, Any]:
    header = ",".join(["obs_id", "access_url", "s_region", *more])
    values = ",".join(["a", URL, region, *map(str, more.values())])
    (row,) = read(f"{header}\n{values}\n").to_pylist()
    return dict(row)


@pytest.fixture
def held(address: str, tmp_path: Path) -> Iterator[HeldElsewhere]:
    with closing(Archive(Config(home=tmp_path, store=address), lambda: NOW, wait_s=1)) as archive:
        yield HeldElsewhere(archive.store)


def test_what_a_file_does_not_say_is_filled_in() -> None:
    rows = read(f"{LEAST}a b,{URL},{SQUARE}\n")
    assert rows.schema == arrow_schema(OBSCORE)
    (row,) = rows.to_pylist()
    assert row["obs_publisher_did"] == "ivo://example.org/obscore/mine?a%20b"
    assert (row["obs_collection"], row["data_source"], row["dataproduct_type"]) == (
        "mine", "observation", "image",
    )  # fmt: skip
    assert (row["calib_level"], row["data_rights"]) == (2, "public")
    assert separation_deg(row["s_ra"], row["s_dec"], 0, 2) < 1e-3
    assert row["t_min"] is None


def test_outlines_turn_counter_clockwise_and_stay_the_same() -> None:
    kept = one(SQUARE)
    # North along the western side, then to the left, as the sky is seen: east.
    assert kept["s_region"] == "POLYGON ICRS 359.0 1.0 359.0 3.0 1.0 3.0 1.0 1.0"
    turned = one("Polygon 1 1 1 3 359 3 359 1")
    assert region_numbers(turned["s_region"]) == [359, 1, 359, 3, 1, 3, 1, 1]
    assert one("BOX ICRS 0 2 2 2")["s_region"].startswith("POLYGON ICRS ")
    assert one("CIRCLE 10 20 1")["s_region"] == "CIRCLE ICRS 10.0 20.0 1.0"


@pytest.mark.parametrize(
    "region",
    [SQUARE, "CIRCLE ICRS 10 20 1.5", "POLYGON 0 80 90 80 180 80 270 80",
     "POLYGON ICRS 10 -1 350 -1 0 1", "POLYGON 0 0 1 0 0.3 0.3 0 1",
     "POLYGON ICRS 0 89 120 89 240 89"],
)  # fmt: skip
def test_the_disc_holds_the_outline(region: str) -> None:
    bare = one(region)
    told = one(region, s_ra=1.0, s_dec=2.0, s_fov=0.1)
    generous = one(region, s_ra=1.0, s_dec=2.0, s_fov=300.0)
    assert (told["s_ra"], told["s_dec"]) == (1.0, 2.0)
    assert generous["s_fov"] >= 300.0
    for row in (bare, told):
        numbers = region_numbers(row["s_region"])
        if len(numbers) == 3:
            reach = separation_deg(row["s_ra"], row["s_dec"], *numbers[:2]) + numbers[2]
        else:
            reach = separation_deg(row["s_ra"], row["s_dec"], numbers[::2], numbers[1::2]).max()
        assert row["s_fov"] / 2 >= reach
    assert bare["s_fov"] < 20.1
    if "POLYGON" in region:
        kept = Polygon(region_numbers(bare["s_region"]))
        assert area_deg2(kept) == pytest.approx(
            area_deg2(Polygon(region_numbers(region))), rel=1e-6
        )


def test_position_and_diameter_alone_are_a_circle() -> None:
    (row,) = read(f"obs_id,access_url,s_ra,s_dec,s_fov\na,{URL},10,-5,2\n").to_pylist()
    assert row["s_region"] == "CIRCLE ICRS 10.0 -5.0 1.0"
    (row,) = read(f"obs_id,access_url,s_ra,s_dec\na,{URL},10,-5\n").to_pylist()
    assert (row["s_region"], row["s_fov"]) == (None, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"obs_id\n{URL}\n", "no column access_url"),
        (f"{LEAST},{URL},\n", "row 1: obs_id"),
        (f"{LEAST}a,{URL},\nb,,\n", "row 2: access_url"),
        (f"{LEAST}a,{URL},\nb,/files/b.fits,\n", "row 2: access_url .* absolute"),
        (f"{LEAST}a,javascript:alert(1),\n", "row 1: access_url"),
        (f"{LEAST}a,{URL},\na,{URL},\n", "row 2: obs_publisher_did .* row 1"),
        (f"{LEAST}a,{URL},{SQUARE}\nb,{URL},POLYGON 1 2 3\n", "row 2: s_region"),
        (f"{LEAST}a,{URL},POLYGON 0 0 10 10 10 0 0 10\n", "row 1: s_region.*cross"),
        (f"{LEAST}a,{URL},POLYGON 0 0 10 10 10 95\n", "row 1: s_region.*latitude"),
        (f"{LEAST}a,{URL},POSITION ICRS 1 2\n", "row 1: s_region.*no area"),
        (f"{LEAST}a,{URL},MOC 3/4\n", "row 1: s_region.*MOC"),
        (f"obs_id,access_url,calib_level\na,{URL},7\n", "row 1: calib_level 7"),
        (f"obs_id,access_url,dataproduct_type\na,{URL},photo\n", "row 1: dataproduct_type"),
        (f"obs_id,access_url,s_dec\na,{URL},91\n", "row 1: s_dec 91"),
        (f"obs_id,access_url,t_min,t_max\na,{URL},60000,59999\n", "row 1: t_max .* less than"),
        (f"obs_id,access_url,obs_publisher_did\na,{URL},a\n", "row 1: obs_publisher_did 'a'"),
    ],
)
def test_what_is_no_data_product_is_told_with_its_row(text: str, words: str) -> None:
    with pytest.raises(BadParameter, match=f"collection mine: (the file has )?{words}"):
        read(text)


def test_names_of_collections_are_checked() -> None:
    for name in ("", "a/b", "../a", "x" * 65):
        with pytest.raises(BadParameter, match="letters, digits"):
            read(f"{LEAST}a,{URL},\n", name)


def test_collections_come_and_go_whole(held: HeldElsewhere) -> None:
    rows = read(f"{LEAST}a,{URL},{SQUARE}\nb,{URL},\n")
    assert held.add("mine", rows) == 2
    with pytest.raises(AlreadyThere, match="--replace"):
        held.add("mine", rows)
    with pytest.raises(AlreadyThere, match="in the collection mine already"):
        held.add("other", rows)
    assert held.add("mine", rows.slice(0, 1), replace=True) == 1
    assert held.add("other", read(f"{LEAST}a,{URL},\n", "other")) == 1
    assert [(each["name"], each["rows"]) for each in held.all()] == [("mine", 1), ("other", 1)]
    assert held.drop("mine") == 1
    with pytest.raises(NotFound, match="satvo obscore list"):
        held.drop("mine")
    assert [each["name"] for each in held.all()] == ["other"]


@pytest.mark.alone
def test_a_hundred_thousand_are_read_in_seconds() -> None:
    import time

    rng = np.random.default_rng(7)
    n = 100_000
    ra, dec = rng.uniform(1, 359, n), rng.uniform(-80, 80, n)
    corners = ((-0.1, -0.1), (-0.1, 0.1), (0.1, 0.1), (0.1, -0.1))
    regions = [
        f"POLYGON ICRS {' '.join(f'{x + dx} {y + dy}' for dx, dy in corners)}"
        for x, y in zip(ra, dec, strict=True)
    ]
    sink = io.BytesIO()
    ids = [str(i) for i in range(n)]
    pq.write_table(pa.table({"obs_id": ids, "access_url": [URL] * n, "s_region": regions}), sink)
    sink.seek(0)
    begun = time.process_time()
    rows = read_images(sink, collection="many", authority="example.org")
    assert rows.num_rows == n
    assert time.process_time() - begun < 20  # 4 s; one by one it is some minutes
