"""Loading: idempotent, history kept, analyst numbers apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from satvo.ingest import load
from satvo.ingest.load import LoadReport, load_orbits
from satvo.ingest.orbits.records import Record, Rejected
from satvo.schemas.gp import GP, ElementSet
from satvo.schemas.satellite import SATELLITE, CatalogueEntry
from satvo.schemas.store import Store, open_store

RECEIVED = datetime(2026, 1, 2, 3, 4, 5)

ISS = ElementSet(
    norad_id=25544,
    epoch=datetime(2022, 7, 14, 12, 0, 0, 123456),
    mean_motion=15.5,
    eccentricity=0.0005,
    inclination=51.64,
    ra_of_asc_node=10.0,
    arg_of_pericenter=20.0,
    mean_anomaly=30.0,
    object_name="ISS (ZARYA)",
    object_id="1998-067A",
)


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(address, tmp_path, wait_s=1)
    opened.create((SATELLITE, GP))
    yield opened
    opened.close()


def add(store: Store, *records: Record, source: str = "user", **more: Any) -> LoadReport:
    return load_orbits(store, records, source=source, received=RECEIVED, **more)


def rows(store: Store, table: sa.Table, *order: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = store.select(
        sa.select(table).order_by(*(table.c[name] for name in order))
    ).to_pylist()
    return found


def later(days: int, **changes: Any) -> ElementSet:
    epoch = ISS.epoch.replace(day=ISS.epoch.day + days)
    return replace(ISS, epoch=epoch, **changes)


def test_the_same_file_twice_adds_nothing(store: Store) -> None:
    assert add(store, ISS, later(1)).new == 2
    again = add(store, ISS, later(1))
    assert (again.read, again.new, again.unchanged) == (2, 0, 2)
    assert len(rows(store, GP, "gp_id")) == 2


def test_one_set_twice_in_one_file_is_one_set(store: Store) -> None:
    report = add(store, ISS, ISS)
    assert (report.new, report.unchanged) == (1, 1)


def test_a_set_from_another_provider_is_the_same_set(store: Store) -> None:
    add(store, ISS, source="space-track")
    told_more = replace(ISS, creation_date=datetime(2022, 7, 14, 13), originator="18 SPCS")
    assert add(store, told_more, source="celestrak").new == 0
    (row,) = rows(store, GP, "gp_id")
    assert row["source"] == "space-track"


def test_a_newer_set_supersedes_and_does_not_overwrite(store: Store) -> None:
    add(store, ISS)
    add(store, later(1))
    first, second = rows(store, GP, "epoch")
    assert first["superseded_by"] == second["gp_id"]
    assert second["superseded_by"] is None
    assert first["mean_anomaly"] == ISS.mean_anomaly


def test_an_older_set_that_comes_late_is_woven_into_the_history(store: Store) -> None:
    add(store, ISS)
    add(store, later(2))
    add(store, later(1))
    chain = [row["superseded_by"] for row in rows(store, GP, "epoch")]
    ids = [row["gp_id"] for row in rows(store, GP, "epoch")]
    assert chain == [*ids[1:], None]


def test_of_two_sets_of_one_epoch_the_one_made_later_is_current(store: Store) -> None:
    made = datetime(2022, 7, 14, 13)
    corrected = replace(ISS, mean_anomaly=30.1, creation_date=made.replace(hour=15))
    add(store, corrected, replace(ISS, creation_date=made))
    current = [row for row in rows(store, GP, "gp_id") if row["superseded_by"] is None]
    assert [row["mean_anomaly"] for row in current] == [30.1]


def test_an_analyst_number_makes_no_satellite_and_no_common_history(store: Store) -> None:
    one = replace(ISS, norad_id=81234, object_id="2001-001ZZ", object_name="TBA")
    other = replace(later(1), norad_id=81234, object_id=None, object_name="TBA")
    add(store, one, other, ISS)
    assert [row["norad_id"] for row in rows(store, SATELLITE, "norad_id")] == [25544]
    assert [row["superseded_by"] for row in rows(store, GP, "gp_id")] == [None] * 3


def test_epoch_keeps_its_microsecond_and_its_mjd(store: Store) -> None:
    add(store, ISS)
    (row,) = rows(store, GP, "gp_id")
    assert row["epoch"] == ISS.epoch
    one_microsecond_d = 1e-6 / 86400
    # 59774.5 is 2022-07-14 12:00 UTC
    assert abs(row["epoch_mjd"] - (59774.5 + 0.123456 / 86400)) <= one_microsecond_d
    assert row["ingest_date"] == RECEIVED


def test_semimajor_axis_of_a_geostationary_orbit(store: Store) -> None:
    # 42 164.2 km: Vallado 2013, Fundamentals of Astrodynamics, table D-1, sidereal day
    add(store, replace(ISS, mean_motion=1.0027379))
    (row,) = rows(store, GP, "gp_id")
    one_kilometre = 1.0
    assert abs(row["semimajor_axis"] - 42164.2) < one_kilometre


def test_the_satellite_follows_its_current_set(store: Store) -> None:
    add(store, later(1, inclination=51.7))
    add(store, replace(ISS, object_name="OLD NAME"))
    (row,) = rows(store, SATELLITE, "norad_id")
    assert (row["inclination"], row["object_name"]) == (51.7, "ISS (ZARYA)")


def test_type_and_constellation_come_from_the_name(store: Store) -> None:
    names = ("STARLINK-1008", "FALCON 9 R/B", "COSMOS 2251 DEB", "HST", None)
    sets = [replace(ISS, norad_id=100 + i, object_name=n) for i, n in enumerate(names)]
    add(store, *sets)
    told = [
        (r["object_type"], r["target_class"], r["constellation"])
        for r in rows(store, SATELLITE, "norad_id")
    ]
    assert told == [
        ("PAYLOAD", "spacecraft", "starlink"),
        ("ROCKET BODY", "spacejunk", None),
        ("DEBRIS", "spacejunk", None),
        ("UNKNOWN", None, None),
        ("UNKNOWN", None, None),
    ]


def test_the_catalogue_marks_decay_and_keeps_what_it_does_not_say(store: Store) -> None:
    add(store, ISS)
    gone = datetime(2031, 1, 1)
    entry = CatalogueEntry(25544, object_type="PAYLOAD", owner="ISS", decay_date=gone, apogee=1.0)
    report = add(store, entry)
    assert (report.new, report.changed) == (0, 1)
    (row,) = rows(store, SATELLITE, "norad_id")
    assert (row["decay_date"], row["owner"], row["object_name"]) == (gone, "ISS", "ISS (ZARYA)")
    assert row["apogee"] > 100, "the orbit follows the element set where there is one"
    again = add(store, entry)
    assert (again.changed, again.unchanged) == (0, 1)
    add(store, later(1))
    (row,) = rows(store, SATELLITE, "norad_id")
    assert row["object_type"] == "PAYLOAD", "a name never overrides the catalogue"


def test_catalogue_and_name_may_not_contradict_each_other(store: Store) -> None:
    add(store, CatalogueEntry(7, object_name="THOR BURNER R/B", object_type="DEBRIS"))
    add(store, replace(ISS, norad_id=7, object_name="THOR BURNER R/B"))
    (row,) = rows(store, SATELLITE, "norad_id")
    assert (row["object_type"], row["target_class"]) == ("DEBRIS", "spacejunk")


def test_rejected_pieces_are_counted_and_told(store: Store) -> None:
    report = add(store, Rejected(3, "checksum"), ISS)
    assert (report.read, report.new, report.rejected) == (2, 1, 1)
    assert report.reasons == [Rejected(3, "checksum")]


def test_many_batches_give_the_same_as_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "BATCH", 2)
    told: list[int] = []
    report = add(
        store,
        *(later(i % 3, mean_anomaly=float(i // 3)) for i in range(9)),
        ISS,
        progress=lambda so_far: told.append(so_far.read),
    )
    assert (report.new, report.read) == (10, 10)
    assert len(told) == 5
    ids = [row["gp_id"] for row in rows(store, GP, "gp_id")]
    assert ids == list(range(1, 11))
    assert sum(row["superseded_by"] is None for row in rows(store, GP, "gp_id")) == 1


def test_a_stream_that_breaks_leaves_only_whole_batches(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "BATCH", 2)

    def broken() -> Iterator[Record]:
        for i in range(5):
            yield later(i)
        raise OSError("cut")

    with pytest.raises(OSError, match="cut"):
        load_orbits(store, broken(), source="user", received=RECEIVED)
    assert len(rows(store, GP, "gp_id")) == 4


def test_six_and_nine_figure_numbers_are_stored(store: Store) -> None:
    add(store, replace(ISS, norad_id=339999), replace(ISS, norad_id=799500123))
    assert [r["norad_id"] for r in rows(store, SATELLITE, "norad_id")] == [339999, 799500123]
