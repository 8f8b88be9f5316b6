"""Covariances and polygons of published tables: kept, asked for, written and backed up."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from astropy.io.votable import parse_single_table
from satvo.schemas.state_vector import STATE_VECTOR
from satvo.schemas.store.interface import arrow_schema
from satvo.schemas.transit import TRANSIT
from satvo.service.archive import Archive
from satvo.service.config import Config
from satvo.service.restore import restore_backup

NOW = datetime(2026, 5, 6, 7, 8, 9)
COVARIANCES = [[float(n) / 7 for n in range(21)], [math.nan] * 21, None]
SQUARE = [10.0, 10.0, 20.0, 10.0, 20.0, 20.0, 10.0, 20.0]
OVER_ZERO = [359.0, -1.0, 1.0, -1.0, 0.0, 1.0]


def transits() -> pa.Table:
    regions = [SQUARE, OVER_ZERO, None]
    rows = [
        {
            "transit_id": str(number), "norad_id": 5, "observer_id": "rubin", "kind": "fov",
            "t_min": 61000.0, "t_max": 61000.1, "t_mid": 61000.05, "s_region": region,
        }
        for number, region in enumerate(regions)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, arrow_schema(TRANSIT))


def states() -> pa.Table:
    rows = [
        {
            "state_id": number, "norad_id": 5, "epoch_mjd": 61000.0, "frame": "GCRS",
            "x": 7000.0, "y": 0.0, "z": 0.0, "cov": covariance, "cov_frame": "RTN",
            "maneuver_after": False, "interpolation": "hermite", "interpolation_degree": 7,
        }
        for number, covariance in enumerate(COVARIANCES)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, arrow_schema(STATE_VECTOR))


@pytest.fixture
def archive(address: str, tmp_path: Path) -> Iterator[Archive]:
    (tmp_path / "home").mkdir()
    with closing(
        Archive(Config(home=tmp_path / "home", store=address), lambda: NOW, wait_s=1)
    ) as archive:
        archive.store.write(lambda tx: tx.append(TRANSIT, transits()))
        archive.store.write(lambda tx: tx.append(STATE_VECTOR, states()))
        yield archive


def told(archive: Archive, query: str, format: str = "csv") -> bytes:
    return b"".join(archive.query(query, format=format))


def covariances(archive: Archive) -> list[Any]:
    text = told(archive, "SELECT cov FROM satvo.state_vector ORDER BY state_id", "parquet")
    from pyarrow import parquet

    return parquet.read_table(io.BytesIO(text)).column("cov").to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("1 = CONTAINS(POINT(15, 15), s_region)", ["0"]),
        ("1 = CONTAINS(POINT(0, 0), s_region)", ["1"]),
        ("1 = INTERSECTS(s_region, CIRCLE(21, 15, 2))", ["0"]),
        ("0 = CONTAINS(POINT(15, 15), s_region)", ["1"]),
        ("s_region IS NULL", ["2"]),
    ],
)
def test_stored_polygon_is_a_region_of_adql(
    archive: Archive, condition: str, wanted: list[str]
) -> None:
    query = f"SELECT transit_id FROM satvo.transit WHERE {condition} ORDER BY transit_id"
    assert told(archive, query).decode().split()[1:] == wanted


@pytest.mark.parametrize("form", ["votable", "votable/b", "votable/td"])
def test_arrays_are_in_a_votable_as_they_are_stored(archive: Archive, form: str) -> None:
    query = "SELECT transit_id, s_region FROM satvo.transit ORDER BY transit_id"
    table = parse_single_table(io.BytesIO(told(archive, query, form)))
    field = table.get_field_by_id("s_region")
    assert (field.datatype, field.arraysize, field.xtype) == ("double", "*", "polygon")
    found = [np.ma.filled(value, math.nan).tolist() for value in table.array["s_region"]]
    assert found[:2] == [SQUARE, OVER_ZERO]
    query = "SELECT state_id, cov FROM satvo.state_vector ORDER BY state_id"
    table = parse_single_table(io.BytesIO(told(archive, query, form)))
    assert table.get_field_by_id("cov").arraysize == "21"
    assert np.ma.filled(table.array["cov"][0], math.nan).tolist() == COVARIANCES[0]
    assert np.isnan(np.ma.filled(table.array["cov"][1], math.nan)).all()


@pytest.mark.parametrize(
    "form", ["csv", "tsv", "json", "fits", "parquet", "arrow", "ecsv", "votable"]
)
def test_tables_with_arrays_can_be_had_whole_in_every_format(archive: Archive, form: str) -> None:
    for name in ("satvo.transit", "satvo.state_vector"):
        assert len(told(archive, f"SELECT * FROM {name}", form)) > 100


def test_arrays_come_back_from_a_backup(
    archive: Archive, address_of: Callable[[str], str], tmp_path: Path
) -> None:
    (tmp_path / "backup.zip").write_bytes(b"".join(archive.backup()))
    config = Config(home=tmp_path / "again", store=address_of(archive.store.dialect))
    restore_backup(config, tmp_path / "backup.zip", lambda line: None)
    with closing(Archive(config, wait_s=1)) as again:
        found, before = covariances(again), covariances(archive)
        assert repr(found) == repr(before)
        assert found[0] == COVARIANCES[0]
        assert found[2] is None
        query = "SELECT s_region FROM satvo.transit ORDER BY transit_id"
        assert told(again, query) == told(archive, query)
