"""Regions kept as text (xtype adql:REGION), with and without a disc, against schemas.regions."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from satvo.schemas import regions
from satvo.schemas.columns import METADATA, Field, column, published_table
from satvo.schemas.errors import BadQuery
from satvo.schemas.moc import parse_moc
from satvo.schemas.obscore import OBSCORE
from satvo.schemas.regions import Circle, Point, Polygon, Region, parse_region
from satvo.schemas.store import Store, open_store
from satvo.schemas.store.interface import arrow_schema
from satvo.service.adql import Catalogue, translate

SEED = 20260712
MILLIARCSEC_DEG = 1 / 3.6e6

FRAMES = published_table(
    "test_sky",
    "frames",
    "Frames of the tests",
    column("id", sa.Integer(), "Number of the frame", key=True),
    column("s_ra", sa.Double(), "Right ascension of the middle", unit="deg"),
    column("s_dec", sa.Double(), "Declination of the middle", unit="deg"),
    column("s_fov", sa.Double(), "Diameter", unit="deg"),
    column("s_region", sa.String(), "Outline", xtype="adql:REGION", coosys="ICRS",
           disc=("s_ra", "s_dec", "s_fov")),
    column("bare", sa.String(), "The same, of which no disc is known", xtype="adql:REGION"),
    order_by=("s_dec",),
)  # fmt: skip
METADATA.remove(FRAMES)

HARD: list[Region] = [
    Circle(0, 0, 0), Circle(0, 90, 5), Circle(10, -89, 3), Circle(200, 30, 135), Circle(3, 4, 180),
    Circle(359.5, 0, 1), Polygon([350, -1, 10, -1, 0, 1]),
    Polygon([0, 80, 90, 80, 180, 80, 270, 80]), Polygon([0, -80, 120, -80, 240, -80]),
    Polygon([359, 0, 1, 0, 1, 2, 359, 2]), Polygon([0, 0, 10, 10, 10, 0, 0, 10]),
    Polygon([0, 10, 6, -8, -9.5, 3, 9.5, 3, -6, -8]), Polygon([0, 0, 1, 0, 2, 0, 1, 1, 0, 0]),
    Polygon([170, 60, 190, 60, 190, -60, 170, -60]),
]  # fmt: skip
ASKED: list[Region] = [
    Point(0, 0), Point(0, 90), Point(359.9, 0.4), Point(180, -0.1), Point(150, 2),
    Circle(150, 2, 5), Circle(0, 0, 0.5), Circle(1, 89.5, 3), Circle(180, 0, 170),
    Circle(20, 20, 180), Circle(0.2, -89.9, 0.05), Polygon([149, 1, 151, 1, 151, 3, 149, 3]),
    Polygon([355, -2, 5, -2, 5, 2, 355, 2]), Polygon([0, 85, 120, 85, 240, 85]),
    Polygon([0, 0, 10, 10, 10, 0, 0, 10]),
]  # fmt: skip


def disc(region: Region) -> tuple[float, float, float]:
    """A circle that holds it: the region's own, or one around its centroid."""
    if not isinstance(region, Polygon):
        return region.lon_deg, region.lat_deg, 2 * getattr(region, "radius_deg", 0.0)
    middle = regions.centroid(region)
    away = regions.separation_deg(
        middle.lon_deg, middle.lat_deg, region.values[::2], region.values[1::2]
    )
    return middle.lon_deg, middle.lat_deg, 2 * float(away.max())


def text(region: Region) -> str:
    return f"{region.xtype.upper()} ICRS {' '.join(map(repr, region.values))}"


def made_regions() -> list[Region]:
    rng = random.Random(SEED)
    found = list(HARD)
    for _ in range(100):
        lon, lat = rng.uniform(0, 360), rng.choice([rng.uniform(-88, 88), rng.uniform(-3, 3), 2.0])
        lon = rng.choice([lon, rng.uniform(140, 160), rng.uniform(-3, 3)])
        half = rng.choice([0.05, 0.3, 1.0])
        found.append(regions.box(lon, lat, 2 * half, 2 * half))
    return found


REGIONS = made_regions()


def rows() -> pa.Table:
    made: list[dict[str, Any]] = []
    for i, region in enumerate(REGIONS):
        ra, dec, fov = disc(region)
        written = text(region)
        made.append({"id": i, "s_ra": ra, "s_dec": dec, "s_fov": fov, "s_region": written,
                     "bare": written.replace(" ICRS", "").title()})  # fmt: skip
    made.append({"id": -1, "s_ra": 150.0, "s_dec": 2.0, "s_fov": 1.0})  # no region, but a place
    made.append({"id": -2})
    return pa.Table.from_pylist(made, arrow_schema(FRAMES))


class Frames:
    """The store of an engine with these rows."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.catalogue = Catalogue((FRAMES, OBSCORE))

    def ids(self, condition: str, **uploads: pa.Table) -> list[int]:
        return self.asked(
            f"SELECT f.id FROM test_sky.frames AS f WHERE {condition} ORDER BY f.id", **uploads
        )

    def asked(self, query: str, **uploads: pa.Table) -> list[Any]:
        fields = {
            name: tuple(
                Field(column, "char", "*", "adql:REGION") if column == "r" else Field(column, "int")
                for column in table.column_names
            )
            for name, table in uploads.items()
        }
        known = self.catalogue.with_uploads(fields)
        statement = translate(query, known, dialect=self.store.dialect).statement
        staged = {
            f"u{i}": table.rename_columns([f"c{j}" for j in range(1, table.num_columns + 1)])
            for i, table in enumerate(uploads.values(), 1)
        }
        with self.store.query(statement, time_limit_s=30, batch_rows=1000, tables=staged) as found:
            return [value for batch in found for value in batch.column(0).to_pylist()]


@pytest.fixture(scope="module", params=["duckdb", "postgresql"])
def frames(
    request: pytest.FixtureRequest,
    address_of: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Frames]:
    store = open_store(address_of(request.param), tmp_path_factory.mktemp("frames"), wait_s=1)
    store.create((FRAMES,))
    store.write(lambda tx: tx.append(FRAMES, rows()))
    yield Frames(store)
    store.close()


def written(region: Region) -> str:
    return f"{region.xtype.upper()}({', '.join(map(repr, region.values))})"


@pytest.mark.parametrize("asked", ASKED, ids=written)
@pytest.mark.parametrize("which", ["s_region", "bare"])
def test_predicates_are_those_of_the_regions_in_every_place_of_a_condition(
    frames: Frames, asked: Region, which: str
) -> None:
    value = written(asked)
    forms: list[tuple[str, Callable[[Region], bool]]] = [
        (f"INTERSECTS({which}, {value})", lambda r: regions.intersects(r, asked)),
        (f"INTERSECTS({value}, {which})", lambda r: regions.intersects(r, asked)),
        (f"CONTAINS({value}, {which})", lambda r: regions.contains(asked, r)),
        (f"CONTAINS({which}, {value})", lambda r: regions.contains(r, asked)),
    ]
    for form, truth in forms:
        true = [i for i, region in enumerate(REGIONS) if truth(region)]
        false = [i for i in range(len(REGIONS)) if i not in true]
        assert frames.ids(f"1 = {form}") == true, form
        assert frames.ids(f"0 = {form}") == false, form
        if which == "bare":
            continue
        assert frames.ids(f"NOT 1 = {form}") == false, form
        assert frames.ids(f"1 = {form} OR id = 3") == sorted({*true, 3}), form
        assert frames.ids(f"{form} = 1 AND id > 20") == [i for i in true if i > 20], form
        chosen = f"SELECT {form} AS v FROM test_sky.frames WHERE id >= 0 ORDER BY id"
        assert frames.asked(chosen) == [int(i in true) for i in range(len(REGIONS))], form


def test_box_and_words_in_any_case_are_regions(frames: Frames) -> None:
    box = regions.box(150, 2, 4, 3)
    true = [i for i, region in enumerate(REGIONS) if regions.intersects(region, box)]
    assert frames.ids("1 = INTERSECTS(BOX(150, 2, 4, 3), s_region)") == true
    uploaded = pa.table({"r": ["Box ICRS 150 2 4 3", "position 0 0", None], "n": [1, 2, 3]})
    pairs = (
        "SELECT u.n FROM test_sky.frames AS f JOIN TAP_UPLOAD.u AS u "
        "ON 1 = INTERSECTS(u.r, f.s_region) ORDER BY u.n"
    )
    here = [i for i, region in enumerate(REGIONS) if regions.contains(Point(0, 0), region)]
    assert frames.asked(pairs, u=uploaded) == [1] * len(true) + [2] * len(here)


def test_mocs_meet_them(frames: Frames) -> None:
    moc = parse_moc("3/100-140 4/12")
    assert frames.ids(f"1 = INTERSECTS(s_region, MOC('{moc.text}'))") == [
        i for i, region in enumerate(REGIONS) if moc.meets_region(region)
    ]
    assert frames.ids(f"1 = CONTAINS(s_region, MOC('{moc.text}'))") == [
        i for i, region in enumerate(REGIONS) if moc.covers_region(region)
    ]


def test_area_and_centroid_and_frame(frames: Frames) -> None:
    query = "SELECT {} AS v FROM test_sky.frames WHERE id >= 0 ORDER BY id"
    areas = frames.asked(query.format("AREA(s_region)"))
    assert areas == pytest.approx([regions.area_deg2(r) for r in REGIONS], rel=1e-9, abs=1e-12)
    for found, region in zip(frames.asked(query.format("CENTROID(bare)")), REGIONS, strict=True):
        middle = regions.centroid(region)
        apart = regions.separation_deg(*found, middle.lon_deg, middle.lat_deg)
        assert apart <= MILLIARCSEC_DEG or (isinstance(region, Polygon) and apart <= 1e-6)
    assert set(frames.asked(query.format("COORDSYS(s_region)"))) == {"ICRS"}


def test_tables_meet_by_their_regions(frames: Frames) -> None:
    near = "a.id < 40 AND b.id < 40 AND a.id < b.id"
    pairs = [
        100 * i + j
        for i in range(40)
        for j in range(i + 1, 40)
        if regions.intersects(REGIONS[i], REGIONS[j])
    ]
    for a, b in (("s_region", "s_region"), ("s_region", "bare"), ("bare", "s_region")):
        query = (
            "SELECT 100 * a.id + b.id AS v FROM test_sky.frames AS a JOIN test_sky.frames AS b "
            f"ON 1 = INTERSECTS(a.{a}, b.{b}) WHERE {near} ORDER BY v"
        )
        assert frames.asked(query) == pairs
    around = (
        "SELECT 100 * a.id + b.id AS v FROM test_sky.frames AS a, test_sky.frames AS b "
        f"WHERE 1 = INTERSECTS(a.s_region, CIRCLE(b.s_ra, b.s_dec, 0.5)) AND {near} ORDER BY v"
    )
    assert frames.asked(around) == [
        100 * i + j
        for i in range(40)
        for j in range(i + 1, 40)
        if regions.intersects(REGIONS[i], Circle(*disc(REGIONS[j])[:2], 0.5))
    ]


def test_the_disc_goes_with_the_region_through_sub_queries(frames: Frames) -> None:
    true = [i for i, r in enumerate(REGIONS) if regions.intersects(r, Circle(150, 2, 5))]
    meets = "1 = INTERSECTS(q.outline, CIRCLE(150, 2, 5))"
    for columns in ("id, s_region AS outline", "id, s_region AS outline, s_fov, s_ra, s_dec"):
        for form in (
            f"SELECT q.id FROM (SELECT {columns} FROM test_sky.frames) AS q WHERE {meets}",
            f"WITH q AS (SELECT {columns} FROM test_sky.frames) SELECT id FROM q WHERE {meets}",
            f"SELECT id FROM test_sky.frames WHERE id IN (SELECT id FROM (SELECT {columns} "
            f"FROM test_sky.frames) AS q WHERE {meets})",
        ):
            assert frames.asked(form + " ORDER BY id") == true


def test_groups_take_the_region_alone(frames: Frames) -> None:
    meets = "INTERSECTS(s_region, CIRCLE(150, 2, 5))"
    many = sum(regions.intersects(r, Circle(150, 2, 5)) for r in REGIONS)
    count = f"SELECT COUNT(*) AS n FROM test_sky.frames WHERE id >= 0 GROUP BY {meets} ORDER BY n"
    assert frames.asked(count) == sorted([many, len(REGIONS) - many])
    by_region = (
        f"SELECT {meets} AS m FROM test_sky.frames WHERE id >= 0 GROUP BY s_region "
        f"HAVING {meets} = 1"
    )
    distinct = {text(r) for r in REGIONS if regions.intersects(r, Circle(150, 2, 5))}
    assert frames.asked(by_region) == [1] * len(distinct)
    assert frames.asked(f"SELECT SUM({meets}) AS n FROM test_sky.frames") == [many]


def test_text_is_still_text(frames: Frames) -> None:
    circles = [i for i, region in enumerate(REGIONS) if isinstance(region, Circle)]
    assert frames.ids("s_region LIKE 'CIRCLE%'") == circles
    assert frames.asked("SELECT COUNT(s_region) AS n FROM test_sky.frames") == [len(REGIONS)]


@pytest.mark.parametrize(
    "value",
    ["", "rubbish", "CIRCLE ICRS 1 2", "CIRCLE ICRS 1 2 x", "POLYGON ICRS 1 2 3 4",
     "CIRCLE 1 2 200", "POLYGON FK5 1 2 3 4 5 6",
     "POLYGON ICRS 1 2 3 4 5 95", "MOC 4/1", "UNION ICRS (CIRCLE 1 2 3)",
     "CIRCLE ICRS 1_0 2 3", "POLYGON ICRS 1 2 3 4 5 inf", "CIRCLE ICRS 1 2 1e999"],
)  # fmt: skip
def test_uploaded_text_that_is_no_region_is_refused(frames: Frames, value: str) -> None:
    uploaded = pa.table({"r": [value], "n": [1]})
    with pytest.raises(BadQuery):
        frames.asked(
            "SELECT n FROM TAP_UPLOAD.u WHERE 1 = INTERSECTS(r, CIRCLE(1, 2, 3))", u=uploaded
        )


def test_other_text_is_no_region(frames: Frames) -> None:
    for value in ("'CIRCLE ICRS 1 2 3'", "obs_id", "s_region || ''"):
        with pytest.raises(BadQuery, match="geometry"):
            frames.asked(f"SELECT obs_id FROM ivoa.obscore WHERE 1 = CONTAINS({value}, s_region)")


def test_parsed_text_is_what_a_dali_value_says(frames: Frames) -> None:
    (found,) = frames.asked(
        "SELECT CENTROID(r) AS v FROM TAP_UPLOAD.u", u=pa.table({"r": ["  circle  10 -20 1.5 "]})
    )
    assert list(found) == list(parse_region("10 -20", "point").values)
