"""Ephemeris files from the archive: those of a span of time, no more of them than is needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from satvo.ingest.load import load_orbits
from satvo.resources.ephemeris import build
from satvo.resources.ephemeris.build import known_ephemerides, known_ephemerides_table
from satvo.schemas.ephemeris_file import EPHEMERIS_FILE
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.errors import LimitExceeded
from satvo.schemas.gp import GP
from satvo.schemas.leap_seconds import tai_of_mjd
from satvo.schemas.satellite import SATELLITE, CatalogueEntry
from satvo.schemas.state_vector import STATE_VECTOR
from satvo.schemas.store import Store, open_store

START = 60000.0
RATE = np.sqrt(398600.4418 / 6928.0**3)
HOUR = 1.0 / 24.0
MILLIMETRE = 1e-6  # km


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(address, tmp_path, wait_s=1)
    opened.create((SATELLITE, GP, STATE_VECTOR, EPHEMERIS_FILE))
    yield opened
    opened.close()


def circle(seconds: Any) -> np.ndarray:
    angle = RATE * np.asarray(seconds, float)[:, None]
    first, along = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.6, 0.8])
    r = 6928.0 * (np.cos(angle) * first + np.sin(angle) * along)
    return np.hstack([r, 6928.0 * RATE * (np.cos(angle) * along - np.sin(angle) * first)])


def segment(
    number: int = 5, begin_h: float = 0.0, end_h: float = 24.0, **changes: Any
) -> EphemerisSegment:
    minutes = np.arange(round(begin_h * 60), round(end_h * 60) + 1)
    lower = np.tile(np.eye(6)[np.tril_indices(6)] * 4e-4, (len(minutes), 1))
    made = EphemerisSegment(
        line=1,
        tai=tai_of_mjd(START) + minutes * 60_000_000,
        states=circle(minutes * 60.0),
        frame="TEME",
        covariances=lower,
        covariance_frames=("RTN",) * len(minutes),
        norad_id=number,
        object_name="IN THE FILE",
        format="oem",
        created=int(tai_of_mjd(START - 1.0)),
    )
    return replace(made, **changes)


def load(store: Store, *records: Any) -> None:
    load_orbits(store, records, source="user", received=datetime(2023, 3, 1), name="x.oem")


def test_states_and_errors_are_those_of_the_file(store: Store) -> None:
    entry = CatalogueEntry(5, object_name="IN THE CATALOGUE")
    load(store, entry, segment(5), segment(7))
    found = known_ephemerides(store, START + 3 * HOUR, START + 4 * HOUR)
    assert found.satellites.norad_id.tolist() == [5, 7]
    assert found.satellites.object_name.tolist() == ["IN THE CATALOGUE", "IN THE FILE"]
    assert all(name.startswith(("5-", "7-")) for name in found.ephemeris_id)
    mjd = START + np.linspace(3.0, 4.0, 37) * HOUR
    states = found.orbits.grid(mjd)
    true = circle((mjd - START) * 86400.0)
    assert states.is_valid.all()
    # An MJD is good to 0.3 us, which is 3 mm.
    assert np.abs(states.position[0] - true[:, :3]).max() < 8 * MILLIMETRE
    covariance = found.orbits.covariances(np.array([1]), mjd[:1])
    assert covariance[0] == pytest.approx(np.eye(3) * 4e-4)


def test_no_more_of_a_file_is_read_than_is_needed(store: Store) -> None:
    load(store, segment(5))
    table = known_ephemerides_table(store, START + 10 * HOUR, START + 11 * HOUR)
    assert 60 + 20 < table.num_rows < 60 + 50


def test_nothing_is_nothing(store: Store) -> None:
    assert len(known_ephemerides(store, START, START + HOUR)) == 0
    load(store, segment(5))
    assert len(known_ephemerides(store, START + 2.0, START + 3.0)) == 0
    assert len(known_ephemerides(store, START, START + HOUR, norad_ids=[6])) == 0
    assert len(known_ephemerides(store, START, START + HOUR, populations=["x"])) == 0


def test_newest_is_used_and_an_older_one_where_it_ends(store: Store) -> None:
    new = segment(5, 0.0, 6.0, created=int(tai_of_mjd(START + 0.1)))
    load(store, segment(5), new)
    span = START + np.array([1.0]) * HOUR, START + np.array([2.0]) * HOUR
    only = known_ephemerides(store, span[0][0], span[1][0])
    assert len(only) == 1
    assert only.made_mjd[0] == pytest.approx(START + 0.1)
    both = known_ephemerides(store, START + 5 * HOUR, START + 7 * HOUR)
    assert len(both) == 2
    first = START + np.array([5.1, 5.9, 6.1]) * HOUR
    used = both.used(first, first + 0.2 * HOUR)
    newer = int(np.argmax(both.made_mjd))
    assert used[newer].tolist() == [True, False, False]
    assert used[1 - newer].tolist() == [False, True, True]
    known = known_ephemerides(
        store, START + HOUR, START + 2 * HOUR, as_known_at=datetime(2023, 2, 25)
    )
    assert known.made_mjd == pytest.approx([START - 1.0])


def test_file_is_had_by_its_name_even_if_it_is_replaced(store: Store) -> None:
    old = segment(5)
    load(store, old)
    name = known_ephemerides(store, START, START + HOUR).ephemeris_id[0]
    load(store, segment(5, 0.0, 23.0, created=int(tai_of_mjd(START + 0.1))))
    assert known_ephemerides(store, START, START + HOUR).ephemeris_id[0] != name
    found = known_ephemerides(store, START, START + HOUR, norad_ids=[5], ephemeris_id=name)
    assert found.ephemeris_id.tolist() == [name]


def test_useable_span_of_the_file_counts(store: Store) -> None:
    begin = int(tai_of_mjd(START + HOUR))
    load(store, segment(5, useable=(begin, None)))
    found = known_ephemerides(store, START, START + 2 * HOUR)
    first = START + np.array([0.5, 0.9, 1.1]) * HOUR
    assert found.used(first, first + 0.2 * HOUR).tolist() == [[False, False, True]]


def test_covariances_given_seldom_are_found(store: Store) -> None:
    lower = np.full((1441, 21), np.nan)
    lower[[0, 1440]] = np.eye(6)[np.tril_indices(6)]
    frames = tuple("RTN" if i in (0, 1440) else None for i in range(1441))
    load(store, segment(5, covariances=lower, covariance_frames=frames))
    found = known_ephemerides(store, START + 10 * HOUR, START + 11 * HOUR)
    covariance = found.orbits.covariances(np.array([0]), np.array([START + 10.5 * HOUR]))
    assert covariance[0] == pytest.approx(np.eye(3))


def test_too_many_states_are_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    load(store, segment(5))
    monkeypatch.setattr(build, "_MOST_STATES", 50)
    with pytest.raises(LimitExceeded, match="more than 50 states; ask for shorter exposures"):
        known_ephemerides(store, START, START + 10 * HOUR)
