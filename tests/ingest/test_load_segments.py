"""Ephemerides into the archive: whole, once, with their provenance."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from satvo.ingest import load_segments
from satvo.ingest.load import LoadReport, load_orbits
from satvo.ingest.load_segments import ephemeris_id
from satvo.ingest.orbits.formats import read_orbits
from satvo.schemas.ephemeris_file import EPHEMERIS_FILE
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.gp import GP
from satvo.schemas.leap_seconds import tai_of_mjd
from satvo.schemas.satellite import SATELLITE, CatalogueEntry
from satvo.schemas.state_vector import STATE_VECTOR
from satvo.schemas.store import Store, open_store

RECEIVED = datetime(2026, 1, 2, 3, 4, 5)
START = int(tai_of_mjd(59596.5))
ISS = CatalogueEntry(25544, object_id="1998-067A", object_name="ISS (ZARYA)")


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(address, tmp_path, wait_s=1)
    opened.create((SATELLITE, GP, STATE_VECTOR, EPHEMERIS_FILE))
    yield opened
    opened.close()


def segment(count: int = 3, **changes: Any) -> EphemerisSegment:
    states = np.zeros((count, 6))
    states[:, 0] = 7000.0 + np.arange(count)
    states[:, 4] = 7.5
    lower = np.full((count, 21), np.nan)
    lower[0] = np.eye(6)[np.tril_indices(6)] * 4.0
    made = EphemerisSegment(
        line=1,
        tai=START + np.arange(count) * 60_000_000,
        states=states,
        frame="EME2000",
        covariances=lower,
        covariance_frames=("RTN", *[None] * (count - 1)),
        interpolation="hermite",
        degree=7,
        useable=(START + 1_000_000, None),
        norad_id=25544,
        object_name="ISS",
        format="oem",
        originator="NASA",
        created=START,
    )
    return replace(made, **changes)


def add(store: Store, *records: Any, name: str = "/tmp/given/ISS.oem") -> LoadReport:
    return load_orbits(store, records, source="user", received=RECEIVED, name=name)


def rows(store: Store, table: sa.Table, *order: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = store.select(
        sa.select(table).order_by(*(table.c[name] for name in order))
    ).to_pylist()
    return found


def test_states_are_stored_with_their_provenance(store: Store) -> None:
    report = add(store, segment())
    assert (report.read, report.new, report.rejected) == (3, 3, 0)
    (about,) = rows(store, EPHEMERIS_FILE, "ephemeris_id")
    assert {
        name: about[name]
        for name in ("norad_id", "format", "frame", "states", "covariances", "interpolation",
                     "interpolation_degree", "originator", "ingest_date", "source", "file_name")
    } == {
        "norad_id": 25544, "format": "oem", "frame": "EME2000", "states": 3, "covariances": 1,
        "interpolation": "hermite", "interpolation_degree": 7, "originator": "NASA",
        "ingest_date": RECEIVED, "source": "user", "file_name": "ISS.oem",
    }  # fmt: skip
    assert (about["t_min"], about["creation_mjd"]) == (59596.5, 59596.5)
    assert about["useable_t_min"] > 59596.5
    assert about["useable_t_max"] is None
    states = rows(store, STATE_VECTOR, "state_id")
    assert [row["state_id"] for row in states] == [1, 2, 3]
    assert {row["ephemeris_id"] for row in states} == {about["ephemeris_id"]}
    assert [row["x"] for row in states] == [7000.0, 7001.0, 7002.0]
    assert tai_of_mjd([row["epoch_mjd"] for row in states]).tolist() == segment().tai.tolist()
    assert states[0]["cov"][:3] == [4.0, 0.0, 4.0]
    assert [row["cov_frame"] for row in states] == ["RTN", None, None]
    assert [row["cov"] is None for row in states] == [False, True, True]
    one_metre = 1e-3
    assert abs(states[0]["pos_err"] - 12**0.5) < one_metre
    assert states[1]["pos_err"] is None
    assert {row["source"] for row in states} == {"user: ISS.oem"}
    assert [row["maneuver_after"] for row in states] == [False, False, False]


def test_the_same_file_twice_adds_nothing(store: Store) -> None:
    add(store, segment())
    again = add(store, segment(), name="another.oem")
    assert (again.read, again.new, again.unchanged) == (3, 0, 3)
    assert len(rows(store, STATE_VECTOR, "state_id")) == 3
    assert len(rows(store, EPHEMERIS_FILE, "ephemeris_id")) == 1


@pytest.mark.parametrize(
    "change",
    [{"frame": "TEME"}, {"degree": 5}, {"useable": (None, None)}, {"norad_id": 5},
     {"covariances": None, "covariance_frames": ()}],
)  # fmt: skip
def test_what_says_something_else_is_another_ephemeris(change: dict[str, Any]) -> None:
    one, other = segment(), segment(**change)
    assert ephemeris_id(one, one.norad_id or 0) != ephemeris_id(other, other.norad_id or 0)


def test_a_break_is_marked_at_its_last_state(store: Store) -> None:
    later = segment(tai=segment().tai + 10**9)
    add(store, segment(followed=True), later)
    marks = [row["maneuver_after"] for row in rows(store, STATE_VECTOR, "state_id")]
    assert marks == [False, False, True, False, False, False]
    assert len(rows(store, EPHEMERIS_FILE, "ephemeris_id")) == 2


def test_positions_alone_and_covariances_alone_are_null_elsewhere(store: Store) -> None:
    states = segment().states.copy()
    states[:, 3:] = np.nan
    states[0] = np.nan
    add(store, segment(states=states))
    first, second, _ = rows(store, STATE_VECTOR, "state_id")
    assert (first["x"], first["vx"], first["cov"] is None) == (None, None, False)
    assert (second["x"], second["vx"]) == (7001.0, None)
    assert rows(store, EPHEMERIS_FILE, "ephemeris_id")[0]["states"] == 2


def test_a_designator_is_looked_up_in_the_catalogue(store: Store) -> None:
    unknown = add(store, segment(norad_id=None, object_id="1998-067A"))
    assert (unknown.rejected, unknown.new) == (3, 0)
    assert "1998-067A is of no satellite known here; load the satellite catalogue" in (
        unknown.reasons[0].reason
    )
    add(store, ISS)
    found = add(store, segment(norad_id=None, object_id="1998-067A"))
    assert found.new == 3
    (row,) = rows(store, SATELLITE, "norad_id")
    assert row["object_name"] == "ISS (ZARYA)", "what the catalogue says stays"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"norad_id": None, "object_id": None}, "names no object"),
        ({"norad_id": 81234}, "analyst number"),
        ({"norad_id": None, "object_id": "nothing"}, "OBJECT_ID=nothing"),
        ({"norad_id": 10**9}, "999999999"),
    ],
)
def test_states_of_nobody_are_refused(store: Store, change: dict[str, Any], reason: str) -> None:
    report = add(store, segment(**change), segment())
    assert (report.read, report.new, report.rejected) == (6, 3, 3)
    (told,) = report.reasons
    assert reason in told.reason


def test_an_object_not_known_before_is_noted(store: Store) -> None:
    add(store, segment(norad_id=57851, object_name="STARLINK-30405"))
    (row,) = rows(store, SATELLITE, "norad_id")
    assert (row["object_type"], row["constellation"]) == ("PAYLOAD", "starlink")


def test_many_states_come_in_by_pieces(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_segments, "_CHUNK", 4)
    add(store, segment(10, followed=True))
    add(store, segment(10, norad_id=5))
    found = rows(store, STATE_VECTOR, "state_id")
    assert [row["state_id"] for row in found] == list(range(1, 21))
    assert [row["x"] for row in found[:10]] == [7000.0 + i for i in range(10)]
    assert [row["maneuver_after"] for row in found].count(True) == 1
    assert found[9]["maneuver_after"]


def test_element_sets_and_ephemerides_come_in_together(store: Store) -> None:
    report = add(store, ISS, segment(), replace(ISS, norad_id=5))
    assert (report.read, report.new) == (5, 5)


@pytest.mark.needs_data
def test_real_files_are_stored(store: Store, test_data: Path) -> None:
    add(store, ISS)
    for path, name, count in (
        ("cpf/lageos1_cpf_180613_16401.hts", "lageos1.hts", 582),
        ("oem/ISS_2022-01-17_OEM_resampled_truncated.txt", "ISS.oem", 25),
        ("itc/starlink_2025-10-10_satchecker_fixture.txt",
         "MEME_57851_STARLINK-30405_1_Operational_1_UNCLASSIFIED.txt", 50),
    ):  # fmt: skip
        data = (test_data / "orbits" / path).read_bytes()
        for expected in (count, 0):
            report = add(store, *read_orbits(io.BytesIO(data), name=name), name=name)
            assert (report.read, report.new) == (count, expected)
    owners = [row["norad_id"] for row in rows(store, EPHEMERIS_FILE, "norad_id")]
    assert owners == [8820, 25544, 57851]
