"""Standard magnitudes in McCants's layout."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from satvo.ingest.load import load_orbits
from satvo.ingest.orbits import qsmag
from satvo.ingest.orbits.formats import read_orbits, recognise
from satvo.ingest.orbits.records import Record, Rejected
from satvo.schemas.gp import GP
from satvo.schemas.satellite import SATELLITE, CatalogueEntry
from satvo.schemas.store import open_store

# Written in the layout of the table; the numbers are not from it.
TABLE = b"""\
00001 d Desig...  Name.......... Mag.  Sz1 Sz2 Sz3 RCS Comments 39732
00005   58 2B     Vanguard 1      9.5  0.2 0.0 0.0 .11
25544   98 67A    ISS            -1.8 30.0 0.0 0.0 399
00127   61 15M    Trans 4A RkDbM                   .36
44713 t 19 74A    Starlink 1007   5.0
T0001   25 1A     Object A        6.5
"""
ISS = b"""ISS (ZARYA)
1 25544U 98067A   08264.51782528 -.00002182  00000-0 -11606-4 0  2927
2 25544  51.6416 247.4627 0006703 130.5360 325.0288 15.72125391563537
"""
NOW = datetime(2026, 11, 22)


def records(table: bytes) -> list[Record]:
    """What the table is read as."""
    return list(read_orbits(io.BytesIO(table), name="qs.mag"))


def test_each_row_with_a_magnitude_is_read() -> None:
    assert records(TABLE) == [
        CatalogueEntry(5, mag_std=9.5),
        CatalogueEntry(25544, mag_std=-1.8),
        CatalogueEntry(44713, mag_std=5.0),
        CatalogueEntry(270_001, mag_std=6.5),
    ]


def test_it_is_recognised_by_its_headings_alone() -> None:
    for lead in (b"", b"\xef\xbb\xbf", b"# from the archive\n"):
        found = recognise(lead + TABLE)
        assert found is not None
        assert found.NAME == "qsmag"
    assert recognise(TABLE.split(b"\n", 1)[1]) is None


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b"4X713   19 74A    Starlink 1007   5.0", "catalogue number"),
        (b"81234   19 74A    Analyst         5.0", "re-used"),
        (b"44713   19 74A    Starlink 1007   5.x", "decimal number"),
        (b"44713   19 74A    Starlink 1007  99.0", "accepted"),
    ],
)
def test_bad_rows_are_told(row: bytes, said: str) -> None:
    found = records(TABLE + row + b"\n")
    assert len(found) == 5
    assert isinstance(found[-1], Rejected)
    assert found[-1].line == 7
    assert said in found[-1].reason


@given(st.binary(max_size=300), st.integers(0, 250))
def test_ruined_tables_never_break_the_reader(ruin: bytes, at: int) -> None:
    for record in qsmag.read(io.BytesIO(TABLE[:at] + ruin + TABLE[at + len(ruin) // 2 :])):
        if isinstance(record, CatalogueEntry):
            assert record.mag_std is not None
            assert -5.0 <= record.mag_std <= 25.0


def test_magnitudes_go_to_known_satellites_and_change_nothing_else(
    address: str, tmp_path: Path
) -> None:
    store = open_store(address, tmp_path, wait_s=1)
    store.create((SATELLITE, GP))
    try:
        reports = [
            load_orbits(store, read_orbits(io.BytesIO(data), name="x"), source="user", received=NOW)
            for data in (ISS, TABLE, TABLE, ISS)
        ]
        (row,) = store.select(sa.select(SATELLITE)).to_pylist()
    finally:
        store.close()
    assert [report.new for report in reports] == [1, 0, 0, 0]
    assert row["mag_std"] == pytest.approx(-1.8)
    assert row["object_name"] == "ISS (ZARYA)"
    assert row["object_type"] == "UNKNOWN"
