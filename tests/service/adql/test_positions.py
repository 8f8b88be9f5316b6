"""Functions that propagate, in queries on a store of elements."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from satvo.resources.ephemeris.apparent import apparent
from satvo.resources.ephemeris.build import known_elements
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.propagation import propagator
from satvo.resources.ephemeris.sites import find_observer
from satvo.schemas.errors import BadQuery, LimitExceeded
from satvo.schemas.gp import GP
from satvo.schemas.observer import OBSERVER
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.store import Store, open_store
from satvo.schemas.store.interface import Statement, arrow_schema
from satvo.service.adql import Catalogue, translate
from satvo.service.element_sets import declare_positions

DAY = 59775.0
MJD_EPOCH = datetime(1858, 11, 17)
MICROARCSEC = 1e-6 / 3600.0
MILLIMETRE_KM = 1e-6


def row(norad_id: int, gp_id: int, epoch_mjd: float, **more: Any) -> dict[str, Any]:
    """An element set; its mean anomaly tells which one was used."""
    plain = {
        "norad_id": norad_id, "gp_id": gp_id, "epoch_mjd": epoch_mjd,
        "epoch": MJD_EPOCH + timedelta(epoch_mjd), "mean_motion": 15.05, "eccentricity": 0.0001,
        "inclination": 53.0, "ra_of_asc_node": norad_id * 17.0 % 360.0, "arg_of_pericenter": 0.0,
        "mean_anomaly": gp_id * 0.01 % 360.0, "bstar": 1e-4, "mean_motion_dot": 0.0,
        "mean_motion_ddot": 0.0, "mean_element_theory": "SGP4",
    }  # fmt: skip
    return {**plain, **more}


ROWS = [
    *(row(n, n * 10, DAY - 0.3) for n in range(1, 41)),
    *(row(n, n * 10 + 1, DAY + 2.0) for n in range(1, 21)),
    row(50, 500, DAY),
    row(50, 501, DAY, mean_anomaly=123.0),  # of the same epoch, and came later
    row(51, 510, DAY - 29.9),
    row(52, 520, DAY - 30.1),
    row(53, 530, DAY),  # launched tomorrow
    row(54, 540, DAY),  # decayed the day before yesterday
    row(55, 550, DAY, mean_element_theory="SGP4-XP"),
    row(56, 560, DAY - 45.0),
    row(56, 561, DAY + 45.0),
]
DATES = {53: {"launch_date": MJD_EPOCH + timedelta(DAY + 1)},
         54: {"decay_date": MJD_EPOCH + timedelta(DAY - 2)}}  # fmt: skip


def filled(table: Any, rows: list[dict[str, Any]]) -> pa.Table:
    schema = arrow_schema(table)
    needed = {c.name: 0 for c in table.columns if not c.nullable}
    defaults = {
        name: {"string": "test", "timestamp[us]": MJD_EPOCH}.get(str(schema.field(name).type), 0)
        for name in needed
    }
    return pa.Table.from_pylist([{**defaults, **each} for each in rows], schema)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    found = open_store("duckdb", tmp_path_factory.mktemp("positions"), wait_s=1)
    found.create((GP, SATELLITE, OBSERVER))
    declare_positions(found)
    satellites = [{"norad_id": n, **about} for n, about in DATES.items()]
    found.write(lambda tx: tx.append(GP, filled(GP, ROWS)))
    found.write(lambda tx: tx.append(SATELLITE, filled(SATELLITE, satellites)))
    yield found
    found.close()


Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def ask(store: Store) -> Ask:
    def rows(query: str, time_limit_s: float = 30.0, **tables: pa.Table) -> list[tuple[Any, ...]]:
        done = translate(query, Catalogue((GP, SATELLITE)), dialect="duckdb")
        with store.query(done.statement, time_limit_s=time_limit_s, batch_rows=1000) as found:
            table = pa.Table.from_batches(list(found), found.schema)
        return list(zip(*(c.to_pylist() for c in table.columns), strict=True))

    return rows


def one(ask: Ask, expression: str) -> Any:
    ((value,),) = ask(f"SELECT {expression} AS v FROM satvo.gp WHERE gp_id = 10")
    return value


def seen(store: Store, norad_id: int, mjd: float, site: str) -> Any:
    """The same by the library."""
    elements = known_elements(store, mjd, max_age_d=30.0, norad_ids=[norad_id])
    states = propagator("sgp4").prepare(elements).along(np.array([0]), np.array([[mjd]]))
    frames = Frames.at(np.array([mjd]))
    position = rotate(frames.teme_to_gcrs, states.position[:, 0])
    velocity = rotate(frames.teme_to_gcrs, states.velocity[:, 0])
    return apparent(position, velocity, find_observer(site), frames)


@pytest.mark.parametrize("site", ["rubin", "X05", "-70.4,-24.6,2635", "500"])
def test_values_are_those_of_the_library(store: Store, ask: Ask, site: str) -> None:
    for norad_id, mjd in ((3, DAY), (3, DAY + 0.84), (3, DAY + 0.86), (50, DAY), (51, DAY - 0.5)):
        expected = seen(store, norad_id, mjd, site)
        calls = [f"satvo_{q}({norad_id}, {mjd!r}, '{site}')"
                 for q in ("ra", "dec", "az", "alt", "range")]  # fmt: skip
        ((ra, dec, az, alt, distance, lit),) = ask(
            f"SELECT {', '.join(calls)}, satvo_sunlit({norad_id}, {mjd!r}) "
            "FROM satvo.gp WHERE gp_id = 10"
        )
        assert (ra, dec) == pytest.approx((expected.ra[0], expected.dec[0]), abs=MICROARCSEC)
        assert distance == pytest.approx(expected.range[0], abs=MILLIMETRE_KM)
        assert lit == pytest.approx(expected.sun_frac[0], abs=1e-6)
        if site == "500":
            assert (az, alt) == (None, None)
        else:
            assert (az, alt) == pytest.approx((expected.az[0], expected.alt[0]), abs=MICROARCSEC)


def test_set_nearest_to_each_time_is_used(ask: Ask) -> None:
    # Half way between the epochs of its sets, -0.3 and 2.0 days, another set takes over.
    steps = [one_of(ask, DAY + 0.84 + i * 1e-3) for i in range(21)]
    jumps = np.abs(np.diff(steps))
    assert int(np.argmax(np.abs(jumps - np.median(jumps)))) in (9, 10)


def one_of(ask: Ask, mjd: float) -> float:
    return float(one(ask, f"satvo_range(3, {mjd!r}, '500')"))


@pytest.mark.parametrize(
    ("norad_id", "mjd", "is_known"),
    [
        (50, DAY, True),
        (51, DAY, True),
        (51, DAY + 0.2, False),  # 30.1 days
        (52, DAY, False),
        (56, DAY, False),  # 45 days to both sides
        (53, DAY, False),
        (53, DAY + 1.5, True),
        (54, DAY, False),
        (54, DAY - 1.5, True),  # the day of decay itself
        (55, DAY, False),  # SGP4-XP
        (99, DAY, False),
        (-1, DAY, False),
        (2147483647, DAY, False),
    ],
)
def test_what_has_no_position_is_null(ask: Ask, norad_id: int, mjd: float, is_known: bool) -> None:
    for call in (f"satvo_ra({norad_id}, {mjd!r}, 'rubin')", f"satvo_sunlit({norad_id}, {mjd!r})"):
        assert (one(ask, call) is not None) is is_known


@pytest.mark.parametrize(
    "arguments",
    ["NULL, 59775, 'rubin'", "3, NULL, 'rubin'", "3, 59775, NULL", "3, -59775, 'rubin'",
     "3, 1e300, 'rubin'", "3, -1e300, 'rubin'", "3, 0, 'rubin'", "3, 41316.9, 'rubin'",
     "9223372036854775807, 59775, 'rubin'", "-9223372036854775807, 59775, 'rubin'"],
)  # fmt: skip
def test_hostile_arguments_are_null(ask: Ask, arguments: str) -> None:
    assert one(ask, f"satvo_ra({arguments})") is None
    assert one(ask, f"satvo_sunlit({arguments.rpartition(',')[0]})") is None or "NULL)" in (
        f"{arguments})"
    )


def test_numbers_that_are_none_in_a_table_are_null(store: Store) -> None:
    times = pa.table({"c1": pa.array([DAY, float("nan"), float("inf"), -float("inf"), None])})
    with store.query(
        Statement(
            "SELECT nullif(satvo_alt(CAST(3 AS BIGINT), c1, 'rubin'), CAST('nan' AS DOUBLE)) "
            "FROM times"
        ),
        time_limit_s=10,
        batch_rows=10,
        tables={"times": times},
    ) as rows:
        found = pa.Table.from_batches(list(rows), rows.schema).column(0).to_pylist()
    assert [value is None for value in found] == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("satvo_ra(3, 59775, 'nowhere')", "no site of that name"),
        ("satvo_ra(3, 59775, '')", "no site of that name"),
        ("satvo_ra(3, 59775, '0,95,0')", "latitudes from -90"),
        ("satvo_ra(3, 59775)", "write satvo_ra(norad_id, mjd, observer)"),
        ("satvo_ra('x', 59775, 'rubin')", "SATVO_RA"),
        ("satvo_ra(3, 59775, 5)", "SATVO_RA"),
        ("satvo_rra(3, 59775, 'rubin')", "satvo_ra"),
    ],
)
def test_wrong_calls_are_told(ask: Ask, call: str, told: str) -> None:
    with pytest.raises(BadQuery) as caught:
        one(ask, call)
    assert told in str(caught.value)


def test_other_engine_has_no_such_function_and_suggests_none() -> None:
    with pytest.raises(BadQuery, match="there is no function satvo_ra") as caught:
        translate(
            "SELECT satvo_ra(3, 59775, 'rubin') FROM satvo.gp", Catalogue((GP,)),
            dialect="postgresql",
        )  # fmt: skip
    assert "satvo_dec" not in str(caught.value)


def test_answers_carry_what_the_columns_of_ephemerides_do() -> None:
    done = translate(
        "SELECT satvo_ra(1, 1, 'rubin') AS a, satvo_range(1, 1, 'rubin') AS r, "
        "satvo_sunlit(1, 1) AS s FROM satvo.gp", Catalogue((GP,)), dialect="duckdb",
    )  # fmt: skip
    assert [(f.name, f.datatype, f.unit) for f in done.fields] == [
        ("a", "double", "deg"), ("r", "double", "km"), ("s", "double", ""),
    ]  # fmt: skip
    assert done.fields[0].ucd.startswith("pos.eq.ra")


def test_elements_that_come_later_are_seen(tmp_path: Path) -> None:
    store = open_store("duckdb", tmp_path, wait_s=1)
    store.create((GP, SATELLITE, OBSERVER))
    declare_positions(store)
    query = translate(
        f"SELECT satvo_range(7, {DAY!r}, '500') FROM satvo.gp", Catalogue((GP,)), dialect="duckdb"
    )

    def values() -> list[float | None]:
        with store.query(query.statement, time_limit_s=10, batch_rows=10) as rows:
            return list(pa.Table.from_batches(list(rows), rows.schema).column(0).to_pylist())

    try:
        store.write(lambda tx: tx.append(GP, filled(GP, [row(8, 80, DAY)])))
        assert values() == [None]
        store.write(lambda tx: tx.append(GP, filled(GP, [row(7, 70, DAY - 9.0)])))
        first = values()[0]
        assert first is not None
        store.write(lambda tx: tx.append(GP, filled(GP, [row(7, 71, DAY)])))
        assert values()[0] != first
    finally:
        store.close()


@pytest.mark.alone
def test_long_query_ends_at_its_limit_and_others_go_on(ask: Ask) -> None:
    begun = time.monotonic()
    with pytest.raises(LimitExceeded):
        ask(
            f"SELECT SUM(satvo_alt(a.norad_id, {DAY!r} + b.gp_id / 1e4 + c.gp_id / 1e7, 'rubin')) "
            "FROM satvo.gp AS a, satvo.gp AS b, satvo.gp AS c, satvo.gp AS d",
            time_limit_s=1.0,
        )
    assert time.monotonic() - begun < 10.0
    assert one(ask, f"satvo_alt(3, {DAY!r}, 'rubin')") is not None


@pytest.mark.alone
def test_hundred_thousand_rows_take_seconds(ask: Ask) -> None:
    begun = time.process_time()
    ((count,),) = ask(
        f"SELECT COUNT(satvo_alt(a.norad_id, {DAY!r} + (b.gp_id * 40 + c.gp_id) / 1e5, 'rubin')) "
        "FROM satvo.gp AS a, satvo.gp AS b, (SELECT TOP 40 gp_id FROM satvo.gp) AS c "
        "WHERE a.norad_id < 41"
    )
    assert count == 60 * 69 * 40
    assert time.process_time() - begun < 30.0
