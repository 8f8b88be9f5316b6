"""The EPN-TAP view: satellites and transits in one table, on both engines."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from satvo.schemas.columns import is_view
from satvo.schemas.epn_core import EPN_CORE
from satvo.schemas.migrations import TABLES_HISTORY
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.store.interface import arrow_schema
from satvo.schemas.transit import TRANSIT
from satvo.service.archive import Archive, archive_tables, tables_of_backup
from satvo.service.config import Config
from satvo.service.restore import restore_backup

SATELLITES = [
    {
        "norad_id": 25544, "object_name": "ISS (ZARYA)", "target_class": "spacecraft",
        "launch_date": datetime(1998, 11, 20),
    },
    {
        "norad_id": 5, "object_name": "VANGUARD 1", "target_class": "spacecraft",
        "launch_date": datetime(1958, 3, 17, 12), "decay_date": datetime(2000, 1, 1, 12),
    },
    {"norad_id": 11, "object_name": "DEB", "target_class": "spacejunk"},
    {"norad_id": 12, "object_name": "NOBODY KNOWS"},
]  # fmt: skip
CROSSING = {
    "transit_id": "abc", "norad_id": 25544, "observer_id": "rubin", "kind": "fov",
    "t_min": 61000.25, "t_max": 61000.5, "t_mid": 61000.3, "t_cross": 2.5, "s_ra": 10.5,
    "s_dec": -20.25, "range_min": 149597.87,
}  # fmt: skip


@pytest.fixture
def archive(address: str, tmp_path: Path) -> Iterator[Archive]:
    (tmp_path / "home").mkdir()
    with closing(Archive(Config(home=tmp_path / "home", store=address), wait_s=1)) as archive:
        for table, rows in ((SATELLITE, SATELLITES), (TRANSIT, [CROSSING])):
            found = pa.Table.from_pylist(rows, arrow_schema(table))
            archive.store.write(lambda tx, table=table, found=found: tx.append(table, found))
        yield archive


def ask(archive: Archive, query: str) -> list[list[str]]:
    text = b"".join(archive.query(query, format="csv")).decode()
    return list(csv.reader(io.StringIO(text)))[1:]


def test_each_satellite_of_a_known_class_is_a_row(archive: Archive) -> None:
    found = ask(
        archive,
        "SELECT granule_uid, target_name, target_class, time_min, time_max FROM satvo.epn_core "
        "WHERE dataproduct_type = 'ci' ORDER BY granule_uid",
    )
    assert found == [
        ["satellite/11", "DEB", "spacejunk", "", ""],
        ["satellite/25544", "ISS (ZARYA)", "spacecraft", "2451137.5", ""],
        # 2000-01-01T12:00 is JD 2451545.0 by definition.
        ["satellite/5", "VANGUARD 1", "spacecraft", "2436280", "2451545"],
    ]


def test_a_transit_is_an_event_with_place_and_time(archive: Archive) -> None:
    found = ask(
        archive,
        "SELECT granule_uid, obs_id, target_name, time_min, time_max, c1min, c2max, c3min, "
        "instrument_host_name, spatial_frame_type, processing_level FROM satvo.epn_core "
        "WHERE dataproduct_type = 'ev'",
    )
    (row,) = found
    assert row[:7] == [
        "transit/abc", "25544", "ISS (ZARYA)", "2461000.75", "2461001", "10.5", "-20.25",
    ]  # fmt: skip
    assert float(row[7]) == pytest.approx(1e-3, rel=1e-6)
    assert row[8:] == ["rubin", "celestial", "5"]


def test_view_is_told_as_one_and_can_be_joined(archive: Archive) -> None:
    told = ask(
        archive, "SELECT table_type, utype FROM TAP_SCHEMA.tables WHERE table_name LIKE '%epn%'"
    )
    assert told == [["view", "ivo://ivoa.net/std/epntap#table-2.0"]]
    joined = ask(
        archive,
        "SELECT e.obs_id, COUNT(*) AS n FROM satvo.epn_core AS e "
        "JOIN satvo.epn_core AS f ON e.obs_id = f.obs_id "
        "WHERE e.target_name > 'A' GROUP BY e.obs_id ORDER BY e.obs_id",
    )
    assert joined == [["11", "1"], ["25544", "4"], ["5", "1"]]


def test_view_is_in_no_backup_and_there_after_a_restore(
    archive: Archive, address_of: Callable[[str], str], tmp_path: Path
) -> None:
    assert is_view(EPN_CORE)
    assert EPN_CORE not in tables_of_backup()
    (tmp_path / "backup.zip").write_bytes(b"".join(archive.backup()))
    config = Config(home=tmp_path / "again", store=address_of(archive.store.dialect))
    restore_backup(config, tmp_path / "backup.zip", lambda line: None)
    query = "SELECT COUNT(*) AS n FROM satvo.epn_core"
    with closing(Archive(config, wait_s=1)) as again:
        assert ask(again, query) == ask(archive, query) == [["4"]]


def test_archive_that_lacks_the_view_gets_it(archive: Archive) -> None:
    archive.store.write(lambda tx: tx.run("DROP VIEW satvo.epn_core"))
    archive.store.create(archive_tables(), TABLES_HISTORY)
    assert ask(archive, "SELECT COUNT(*) AS n FROM satvo.epn_core") == [["4"]]
