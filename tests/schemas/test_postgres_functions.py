"""The functions that the store makes in PostgreSQL against the Python that defines them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from satvo.schemas import regions
from satvo.schemas.errors import BadParameter, BadQuery
from satvo.schemas.healpix import healpix_center, healpix_index
from satvo.schemas.moc import Moc, parse_moc
from satvo.schemas.regions import Circle, Point, Polygon, Region
from satvo.schemas.store import Statement, Store, open_store

ULPS = 4e-15  # relative: the same formulas in another order
MILLIARCSEC = 1 / 3.6e6

HARD: list[Region] = [
    Point(0, 90), Point(0, -90), Point(0, 0), Point(359.9999, 0), Point(180, 0), Point(45, 41.8),
    Circle(0, 0, 0), Circle(0, 90, 5), Circle(10, -89, 3), Circle(0, 0, 90), Circle(200, 30, 135),
    Circle(3, 4, 180), Circle(359.5, 0, 1), Circle(180, 0, 1e-7),
    Polygon([350, -1, 10, -1, 0, 1]), Polygon([0, 80, 90, 80, 180, 80, 270, 80]),
    Polygon([0, -80, 120, -80, 240, -80]), Polygon([359, 0, 1, 0, 1, 2, 359, 2]),
    Polygon([0, 0, 90, 0, 180, 0, 270, 0]), Polygon([270, 0, 180, 0, 90, 0, 0, 0]),
    Polygon([0, 5, 100, 5, 180, 5, 270, 5]), Polygon([0, -5, 100, -5, 180, -5, 270, -5]),
    Polygon([0, 0, 10, 10, 10, 0, 0, 10]), Polygon([0, 0, 90, 0, 0, 90]),
    Polygon([0, 10, 6, -8, -9.5, 3, 9.5, 3, -6, -8]), Polygon([10, 10, 10.0001, 10, 10, 10.0001]),
    Polygon([0, 0, 120, 0, 240, 0]), Polygon([0, 0, 1, 0, 2, 0, 1, 1, 0, 0]),
    Polygon([170, 60, 190, 60, 190, -60, 170, -60]), Polygon([0, 0, 20, 0, 20, 20, 0, 20]),
]  # fmt: skip


@pytest.fixture(scope="module")
def store(
    new_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    store = open_store(new_database(), tmp_path_factory.mktemp("home"), wait_s=1)
    store.create(())
    yield store
    store.close()


def asked(store: Store, sql: str, rows: dict[str, Any]) -> list[Any]:
    """The answers to one expression of the columns of some rows."""
    numbered = pa.table({**rows, "place": list(range(len(next(iter(rows.values())))))})
    statement = Statement(f"SELECT {sql} AS v FROM rows_asked ORDER BY place")
    with store.query(
        statement, time_limit_s=60, batch_rows=100_000, tables={"rows_asked": numbered}
    ) as found:
        return [v for batch in found for v in batch.column(0).to_pylist()]


def random_region(rng: random.Random) -> Region:
    lon, lat = rng.uniform(0, 360), rng.choice([rng.uniform(-90, 90), 0.0, 89.9, -89.9])
    match rng.randrange(4):
        case 0:
            return Point(lon, lat)
        case 1:
            return Circle(lon, lat, rng.choice([rng.uniform(0, 180), rng.uniform(0, 5)]))
        case 2:
            size = rng.choice([0.01, 1.0, 30.0])
            count = rng.randrange(3, 9)
            corners = [
                (
                    lon + size * rng.uniform(-1, 1),
                    max(-89.9, min(89.9, lat + size * rng.uniform(-1, 1))),
                )
                for _ in range(count)
            ]
            return Polygon([x for corner in corners for x in corner])
    return Polygon([x for _ in range(4) for x in (rng.uniform(0, 360), rng.uniform(-90, 90))])


@pytest.fixture(scope="module")
def some() -> list[Region]:
    rng = random.Random(20261122)
    found = list(HARD)
    while len(found) < 44:
        try:
            found.append(random_region(rng))
        except BadParameter:
            continue
    return found


def lists(given: list[Region]) -> pa.Array:
    return pa.array([list(region.values) for region in given], pa.list_(pa.float64()))


@pytest.mark.parametrize("name", ["contains", "intersects"])
def test_predicate_of_two_regions_is_that_of_python(
    store: Store, some: list[Region], name: str
) -> None:
    pairs = [(a, b) for a in some for b in some]
    rows = {"a": lists([a for a, _ in pairs]), "b": lists([b for _, b in pairs])}
    expected = [getattr(regions, name)(a, b) for a, b in pairs]
    found = asked(store, f"satvo_functions.{name}(a, b)", rows)
    wrong = [p for p, e, f in zip(pairs, expected, found, strict=True) if e != f]
    assert wrong == []
    assert 100 < sum(expected) < len(pairs) - 100


def test_area_and_centroid_are_those_of_python(store: Store, some: list[Region]) -> None:
    rows = {"a": lists(some)}
    areas = asked(store, "satvo_functions.area(a)", rows)
    assert areas == pytest.approx([regions.area_deg2(r) for r in some], rel=1e-9, abs=1e-15)
    for region, found in zip(some, asked(store, "satvo_functions.centroid(a)", rows), strict=True):
        expected = regions.centroid(region).values
        apart = regions.separation_deg(*expected, *found)
        # A region that is nearly the half of the sphere has hardly a mean.
        assert apart < MILLIARCSEC, (region, expected, found)


def test_points_in_polygons_are_those_of_python(store: Store, some: list[Region]) -> None:
    rng = np.random.default_rng(7)
    for polygon in [r for r in some if isinstance(r, Polygon)]:
        around = regions.centroid(polygon)
        spread = rng.choice([0.01, 3.0, 60.0])
        lon = np.concatenate(
            [
                rng.uniform(0, 360, 60),
                around.lon_deg + spread * rng.normal(size=60),
                polygon.values[::2],
            ]
        )
        lat = np.concatenate(
            [
                np.degrees(np.arcsin(rng.uniform(-1, 1, 60))),
                np.clip(around.lat_deg + spread * rng.normal(size=60), -90, 90),
                polygon.values[1::2],
            ]
        )
        rows = {"lon": lon, "lat": lat, "p": lists([polygon] * len(lon))}
        found = asked(store, "satvo_functions.in_polygon(lon, lat, satvo_functions.shape(p))", rows)
        assert found == regions.points_in_polygon(lon, lat, polygon).tolist(), polygon


def test_cells_are_those_of_python(store: Store) -> None:
    rng = np.random.default_rng(8)
    lon = np.concatenate(
        [
            rng.uniform(-400, 800, 4000),
            np.repeat([0.0, 45.0, 90.0, 359.99999], 5),
            np.arange(256) * 1.40625,
        ]
    )
    lat = np.concatenate(
        [
            np.degrees(np.arcsin(rng.uniform(-1, 1, 4000))),
            np.tile([-90, -89.9999, 0, 60, 90], 4),
            np.zeros(256),
        ]
    )
    order = rng.integers(0, 30, len(lon))
    rows = {"o": order, "lon": lon, "lat": lat}
    found = asked(store, "satvo_functions.healpix_index(o, lon, lat)", rows)
    expected = healpix_index(order, lon, lat)
    apart = np.flatnonzero(np.array(found) != expected)
    # Rounding decides on which side of a border a place lies that is 1e-8 of a cell from it.
    assert (order[apart] >= 26).all(), [(order[i], lon[i], lat[i]) for i in apart]
    assert len(apart) < 20
    back = np.array(
        asked(store, "satvo_functions.healpix_center(o, c)", {"o": order, "c": expected})
    )
    there = np.stack(healpix_center(order, expected), axis=1)
    assert back == pytest.approx(there, rel=1e-13, abs=1e-12)


@pytest.mark.parametrize(
    "call", ["q3c_radial_query(b, c, lon, lat, r)", "q3c_join(lon, lat, b, c, r)"]
)
def test_index_misses_no_neighbour_by_more_than_its_slack(store: Store, call: str) -> None:
    rng = np.random.default_rng(9)
    lon = np.concatenate([rng.integers(0, 64, 3000) * 5.625, rng.uniform(0, 360, 3000)])
    lat = np.concatenate([rng.integers(-16, 17, 3000) * 5.625, rng.uniform(-90, 90, 3000)])
    radius = 10 ** rng.uniform(-12, np.log10(20), 6000)
    bearing = rng.uniform(0, 2 * np.pi, 6000)
    # The neighbour at the end of an arc of that length and bearing.
    r, d = np.radians(radius) * rng.choice([0.0, 0.5, 1.0], 6000), np.radians(lat)
    near = np.arcsin(
        np.clip(np.sin(d) * np.cos(r) + np.cos(d) * np.sin(r) * np.cos(bearing), -1, 1)
    )
    turn = np.arctan2(np.sin(bearing) * np.sin(r) * np.cos(d), np.cos(r) - np.sin(d) * np.sin(near))
    rows = {
        "lon": lon, "lat": lat, "r": radius + 1e-4,
        "b": (lon + np.degrees(turn)) % 360, "c": np.degrees(near),
    }  # fmt: skip
    assert all(asked(store, call, rows))


def ranges(found: str) -> list[tuple[int, int]]:
    return [
        tuple(map(int, part.strip("[)").split(",")))
        for part in found.strip("{}").replace("),[", ") [").split()
    ]  # type: ignore[misc]


def of(moc: Moc) -> list[tuple[int, int]]:
    return list(zip(moc.starts.tolist(), moc.ends.tolist(), strict=True))


def test_moc_of_a_text_is_that_of_python(store: Store) -> None:
    texts = [
        "0/0-11",
        "3/8,9",
        "1/0-2 2/12 13 14 15",
        "29/",
        "4/30-33 38 52 7/324-934",
        "5/ 3 29/3458764513820540927",
    ]
    found = asked(store, "satvo_functions.moc(t)::text", {"t": texts})
    assert [ranges(f) for f in found] == [of(parse_moc(text)) for text in texts]
    areas = asked(store, "satvo_functions.moc_area(satvo_functions.moc(t))", {"t": texts})
    assert areas == pytest.approx([parse_moc(text).area_deg2 for text in texts], rel=ULPS)
    for text in ["", "3", "30/1", "2/192", "2/5-3", "a/1", "2/1-2-3", "1/99999999999999999999"]:
        with pytest.raises(BadParameter) as expected:
            parse_moc(text)
        with pytest.raises(BadQuery) as refused:
            asked(store, "satvo_functions.moc(t)::text", {"t": [text]})
        assert str(refused.value) == str(expected.value)


def test_region_touches_a_moc_where_python_says_so(store: Store, some: list[Region]) -> None:
    texts = [
        "0/0-11",
        "0/4",
        "1/0-2 2/12 13 14 15",
        "3/8,9",
        "2/0-50",
        "5/0-12287",
        "6/300 7/500-9000",
    ]
    mocs = [(text, parse_moc(text)) for text in texts]
    pairs = [(r, t, m) for r in some[6:28] for t, m in mocs if not isinstance(r, Point)]
    rows = {"a": lists([r for r, _, _ in pairs]), "t": [t for _, t, _ in pairs]}
    expected = [m.covers_region(r) for r, _, m in pairs]
    assert (
        asked(store, "satvo_functions.touches(a, satvo_functions.moc(t), true)", rows) == expected
    )
    assert 10 < sum(expected) < len(pairs) - 10
    expected = [m.meets_region(r) for r, _, m in pairs]
    assert (
        asked(store, "satvo_functions.touches(a, satvo_functions.moc(t), false)", rows) == expected
    )
    assert 10 < sum(expected) < len(pairs) - 10


@pytest.mark.parametrize(
    ("text", "xtype"),
    [("Vega", "point"), ("1 2 3", "point"), ("1 91", "point"), ("1 2 -3", "circle"),
     ("1 2 200", "circle"), ("1 2 3 4", "polygon"), ("1 2 3 4 5 6 7", "polygon"),
     ("1 2 1 2 1 2", "polygon"),
     ("0 0 180 0 90 90", "polygon"), ("inf 0", "point"),
     ("1 2 3 4 5 95 7 8 9 10 11 12", "polygon")],
)  # fmt: skip
def test_text_that_is_no_region_is_refused_in_the_same_words(
    store: Store, text: str, xtype: str
) -> None:
    with pytest.raises(BadParameter) as expected:
        regions.parse_region(text, xtype)
    with pytest.raises(BadQuery) as refused:
        asked(store, f"satvo_functions.region(t, '{xtype}')", {"t": [text]})
    assert str(refused.value) == str(expected.value)


def test_functions_of_another_version_are_replaced(
    new_database: Callable[[], str], tmp_path: Path
) -> None:
    address = new_database()
    for _ in range(2):
        store = open_store(address, tmp_path, wait_s=1)
        store.create(())
        store.write(lambda tx: tx.run("COMMENT ON SCHEMA satvo_functions IS 'satvo older'"))  # type: ignore[attr-defined]
        store.write(
            lambda tx: tx.run(  # type: ignore[attr-defined]
                "CREATE OR REPLACE FUNCTION satvo_functions.sq(x double precision) RETURNS double "
                "precision LANGUAGE sql AS 'SELECT 7::double precision'"
            )
        )
        store.create(())
        assert asked(store, "satvo_functions.sq(x)", {"x": [3.0]}) == [9.0]
        store.close()
