"""Tables joined by positions: bands and grids spare comparisons and change no answer."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from satvo.schemas.columns import Field
from satvo.schemas.regions import separation_deg
from satvo.schemas.store import Store, open_store
from satvo.service.adql import Catalogue, translate

FIELDS = (Field("id", "int"), Field("ra", "double"), Field("dec", "double"))
CATALOGUE = Catalogue(()).with_uploads({"a": FIELDS, "b": FIELDS, "c": FIELDS})
NEAR = "1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, {r}))"
FORMS = (
    "SELECT a.id, b.id FROM TAP_UPLOAD.a AS a JOIN TAP_UPLOAD.b AS b ON " + NEAR,
    "SELECT a.id, b.id FROM TAP_UPLOAD.b AS b, TAP_UPLOAD.a AS a WHERE " + NEAR,
    "SELECT a.id, b.id FROM TAP_UPLOAD.a AS a, TAP_UPLOAD.b AS b WHERE "
    "DISTANCE(POINT(a.ra, a.dec), POINT(b.ra, b.dec)) <= {r} AND a.id >= 0",
    "SELECT a.id, b.id FROM (SELECT id, ra, dec FROM TAP_UPLOAD.a) AS a "
    ", (SELECT id, ra, dec FROM TAP_UPLOAD.b) AS b WHERE " + NEAR,
    "WITH w AS (SELECT a.id AS i, b.id AS j FROM TAP_UPLOAD.a AS a JOIN TAP_UPLOAD.b AS b ON "
    + NEAR + ") SELECT i, j FROM w",
    "SELECT a.id, b.id FROM TAP_UPLOAD.a AS a LEFT JOIN TAP_UPLOAD.b AS b ON " + NEAR
    + " WHERE b.id IS NOT NULL",
)  # fmt: skip
"""Ways of asking for the pairs of positions within a radius."""

lons = st.one_of(
    st.floats(-400, 800), st.sampled_from([0.0, 360.0, 359.9999999, 1e-9, -1e-20, 180.0, 90.0])
)
lats = st.one_of(
    st.floats(-90, 90), st.sampled_from([90.0, -90.0, 89.999, -89.95, 0.0, 0.1, 1e-12, 89.5])
)
positions = st.lists(
    st.tuples(st.one_of(st.none(), lons), st.one_of(st.none(), lats)), min_size=1, max_size=12
)
radii = st.sampled_from([1e-4, 0.01, 0.1, 0.7, 1.999, 2.0, 2.5, 30.0])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store("duckdb", tmp_path_factory.mktemp("nearby"), wait_s=1)
    yield opened
    opened.close()


def uploaded(places: list[tuple[float | None, float | None]]) -> pa.Table:
    return pa.table(
        {
            "c1": pa.array(range(len(places)), pa.int32()),
            "c2": pa.array([lon for lon, _ in places], pa.float64()),
            "c3": pa.array([lat for _, lat in places], pa.float64()),
        }
    )


def ask(store: Store, query: str, *tables: pa.Table) -> list[tuple[int, ...]]:
    statement = translate(query, CATALOGUE, dialect=store.dialect).statement
    named = {f"u{i}": table for i, table in enumerate(tables, 1)}
    with store.query(statement, time_limit_s=30, batch_rows=10_000, tables=named) as rows:
        return sorted(tuple(row.values()) for batch in rows for row in batch.to_pylist())


def distances(first: pa.Table, second: pa.Table) -> npt.NDArray[np.float64]:
    """deg, of each with each; NaN where one has no position."""
    lon1, lat1, lon2, lat2 = (
        np.array(table[name].to_pylist(), dtype=np.float64)
        for table in (first, second)
        for name in ("c2", "c3")
    )
    return np.asarray(separation_deg(lon1[:, None], lat1[:, None], lon2, lat2))


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first=positions, second=positions, close=positions, radius=radii)
def test_the_pairs_are_those_of_comparing_all_with_all(
    store: Store,
    form: str,
    first: list[tuple[float | None, float | None]],
    second: list[tuple[float | None, float | None]],
    close: list[tuple[float | None, float | None]],
    radius: float,
) -> None:
    # Random positions are seldom near: some of the second are put around some of the first.
    for (lon, lat), (shift, other) in zip(first, close, strict=False):
        if None not in (lon, lat, shift, other):
            moved = max(-90.0, min(90.0, lat + radius * other / 80))  # type: ignore[operator]
            across = radius * shift / 400 / max(np.cos(np.radians(moved)), 1e-3)  # type: ignore[operator]
            second = [*second, (lon + across, moved)]  # type: ignore[operator]
    a, b = uploaded(first), uploaded(second)
    apart = distances(a, b)
    found = set(ask(store, form.format(r=radius), a, b))
    sure = {(int(i), int(j)) for i, j in np.argwhere(apart <= radius * (1 - 1e-9))}
    possible = {(int(i), int(j)) for i, j in np.argwhere(apart <= radius * (1 + 1e-9))}
    assert sure <= found <= possible
    assert len(found) == len(ask(store, form.format(r=radius), a, b)), "each pair once"


CONSTANT_FORMS = (
    "SELECT a.id FROM TAP_UPLOAD.a AS a "
    "WHERE 1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE({lon!r}, {lat!r}, {r!r}))",
    "SELECT a.id FROM TAP_UPLOAD.a AS a "
    "WHERE DISTANCE(POINT({lon!r}, {lat!r}), POINT(a.ra, a.dec)) <= {r!r}",
)


@pytest.mark.parametrize("form", CONSTANT_FORMS)
@settings(max_examples=150, deadline=None)
@given(
    lon=st.one_of(st.floats(0, 360), st.sampled_from([0.0, 360.0, 1e-9, 359.9999999])),
    lat=st.one_of(st.floats(-90, 90), st.sampled_from([90.0, 88.0, -85.0, 0.0])),
    radius=st.sampled_from([1e-4, 0.01, 0.1, 0.7, 1.999, 2.0, 2.5, 30.0, 88.0, 120.0]),
    anywhere=positions,
)
def test_a_constant_circle_has_what_is_within_its_radius(
    store: Store,
    form: str,
    lon: float,
    lat: float,
    radius: float,
    anywhere: list[tuple[float | None, float | None]],
) -> None:
    # All around its edge, a little inside and outside, where its meridians touch it too.
    angles = np.radians(np.arange(0.0, 360.0, 1.0))
    sin_lat, cos_lat = np.sin(np.radians(lat)), np.cos(np.radians(lat))
    for factor in (1 - 1e-8, 1 + 1e-8):
        sin_r, cos_r = np.sin(np.radians(radius * factor)), np.cos(np.radians(radius * factor))
        decs = np.arcsin(np.clip(sin_lat * cos_r + cos_lat * sin_r * np.cos(angles), -1, 1))
        turns = np.arctan2(np.sin(angles) * sin_r * cos_lat, cos_r - sin_lat * np.sin(decs))
        ras = lon + np.degrees(turns) + 360 * np.round(np.sin(7 * angles))
        anywhere = [*anywhere, *zip(ras.tolist(), np.degrees(decs).tolist(), strict=True)]
    a = uploaded(anywhere)
    apart = distances(a, uploaded([(lon, lat)]))[:, 0]
    found = {i for (i,) in ask(store, form.format(lon=lon, lat=lat, r=radius), a)}
    assert set(np.flatnonzero(apart <= radius * (1 - 1e-9)).tolist()) <= found
    assert found <= set(np.flatnonzero(apart <= radius * (1 + 1e-9)).tolist())


def test_three_tables_meet_in_two_radii(store: Store) -> None:
    generator = np.random.default_rng(5)
    tables = [
        uploaded([(float(lon), float(lat)) for lon, lat in generator.uniform(10, 14, (60, 2))])
        for _ in range(3)
    ]
    query = (
        "SELECT a.id, b.id, c.id FROM TAP_UPLOAD.a AS a "
        "JOIN TAP_UPLOAD.b AS b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.5 "
        "JOIN TAP_UPLOAD.c AS c ON DISTANCE(b.ra, b.dec, c.ra, c.dec) < 0.3 "
        "WHERE a.id <> c.id"
    )
    near = distances(tables[0], tables[1]) < 0.5
    nearer = distances(tables[1], tables[2]) < 0.3
    expected = [
        (i, j, k)
        for i, j in np.argwhere(near).tolist()
        for k in np.flatnonzero(nearer[j]).tolist()
        if i != k
    ]
    assert len(expected) > 20
    assert ask(store, query, *tables) == sorted(expected)


def test_a_table_meets_itself(store: Store) -> None:
    places = [(0.0, 89.9), (180.0, 89.95), (359.99, 0.0), (0.01, 0.0), (None, 1.0)]
    query = (
        "SELECT x.id, y.id FROM TAP_UPLOAD.a AS x, TAP_UPLOAD.a AS y "
        "WHERE x.id < y.id AND DISTANCE(x.ra, x.dec, y.ra, y.dec) < 0.2"
    )
    assert ask(store, query, uploaded(places)) == [(0, 1), (2, 3)]


def test_what_is_unknown_is_not_false(store: Store) -> None:
    places = uploaded([(10.0, 20.0), (None, 80.0), (10.0, None), (10.0, 80.0)])
    inside = "CONTAINS(POINT(a.ra, a.dec), CIRCLE(10, 20, 1))"
    assert ask(store, f"SELECT a.id FROM TAP_UPLOAD.a AS a WHERE 1 = {inside}", places) == [(0,)]
    assert ask(store, f"SELECT a.id FROM TAP_UPLOAD.a AS a WHERE 0 = {inside}", places) == [(3,)]
    assert ask(store, f"SELECT a.id FROM TAP_UPLOAD.a AS a WHERE NOT 1 = {inside}", places) == [
        (3,)
    ]


@pytest.mark.alone
def test_ten_thousand_positions_against_half_a_million_take_seconds(store: Store) -> None:
    generator = np.random.default_rng(7)

    def sphere(count: int) -> pa.Table:
        lat = np.degrees(np.arcsin(generator.uniform(-1, 1, count)))
        return pa.table(
            {
                "c1": pa.array(range(count), pa.int32()),
                "c2": generator.uniform(0, 360, count),
                "c3": lat,
            }
        )

    many, few = sphere(500_000), sphere(10_000)
    begun = time.process_time()
    query = "SELECT COUNT(*) AS n FROM TAP_UPLOAD.a AS a JOIN TAP_UPLOAD.b AS b ON " + NEAR
    ((count,),) = ask(store, query.format(r=0.1), many, few)
    took = time.process_time() - begun
    mean = 1e4 * 5e5 * (1 - np.cos(np.radians(0.1))) / 2
    five_sigma = 5 * np.sqrt(mean)
    assert abs(count - mean) < five_sigma
    assert took < 10, "all with all take a thousand"
