"""The column status, from element sets in the archive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from satvo.ingest.load import load_orbits
from satvo.resources.ephemeris.statuses import build
from satvo.resources.ephemeris.statuses.build import renew_statuses
from satvo.schemas.gp import GP, ElementSet
from satvo.schemas.satellite import SATELLITE, CatalogueEntry
from satvo.schemas.store import Store, open_store

START = datetime(2026, 1, 1)
AS_OF = 61041.0 + 40.0  # MJD of START and 40 days
MU = 398600.8
RADIUS = 6378.135


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(address, tmp_path, wait_s=1)
    opened.create((SATELLITE, GP))
    yield opened
    opened.close()


def history(
    number: int, name: str, height_km: float, rate: float, days: int = 40
) -> list[ElementSet]:
    """Daily sets of a satellite whose height changes at a rate, km/d, and ends at a height."""
    found = []
    for day in range(days):
        axis = RADIUS + height_km + rate * (day - days + 1)
        motion = float(np.sqrt(MU / axis**3) * 86400 / (2 * np.pi))
        epoch = START + timedelta(days=40 - days + day)
        found.append(
            ElementSet(number, epoch, motion, 1e-4, 53.0, 10.0, 0.0, 0.0, object_name=name)
        )
    return found


def statuses(store: Store) -> dict[int, str | None]:
    rows = store.select(sa.select(SATELLITE.c.norad_id, SATELLITE.c.status)).to_pylist()
    return {row["norad_id"]: row["status"] for row in rows}


def test_each_satellite_has_the_status_that_its_history_tells(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_AT_ONCE", 7)
    shell = [s for n in range(30) for s in history(1000 + n, f"STARLINK-{n}", 550.0, 0.0, 12)]
    others = [
        *history(2001, "STARLINK-2001", 400.0, 3.0),
        *history(2002, "STARLINK-2002", 450.0, -3.0),
        *history(2003, "STARLINK-2003", 350.0, 0.0, 8),
        *history(3001, "HST", 530.0, 0.0),
        *history(3002, "COSMOS 1 DEB", 780.0, 0.0),
        *history(3003, "OLD", 780.0, 0.0, 2),
        *history(3004, "GONE", 300.0, -2.0),
        *history(900_000_001, "SIM X", 550.0, 0.0),
        *history(81_234, "TBA", 550.0, 0.0),
    ]
    gone = CatalogueEntry(3004, decay_date=datetime(2026, 2, 9))
    received = datetime(2026, 2, 10)
    load_orbits(store, [*shell, *others, gone], source="user", received=received)
    told: list[float] = []
    counts = renew_statuses(store, as_of_mjd=AS_OF, progress=told.append)
    found = statuses(store)
    assert {found[n] for n in range(1000, 1030)} == {"on station"}
    assert {n: found[n] for n in (*range(2001, 2004), *range(3001, 3005), 900_000_001)} == {
        2001: "raising", 2002: "descending", 2003: "drifting", 3001: "on station",
        3002: "drifting", 3003: None, 3004: "decayed", 900_000_001: None,
    }  # fmt: skip
    assert counts == {
        "on station": 31, "raising": 1, "descending": 1, "drifting": 2, "decayed": 1
    }  # fmt: skip
    assert told[-1] == 1.0
    later = renew_statuses(store, as_of_mjd=AS_OF + 300)
    assert later == {"decayed": 1}, "an old history tells nothing"


def test_without_satellites_there_is_no_status(store: Store) -> None:
    assert renew_statuses(store, as_of_mjd=AS_OF) == {}
