"""Operator ephemerides from the archive in the place of element sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from satvo.ingest.load import load_orbits
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.operators import build
from satvo.resources.ephemeris.operators.build import operator_ephemerides
from satvo.resources.ephemeris.operators.orbits import OperatorOrbits, operator_sigma_km
from satvo.resources.ephemeris.propagation import propagator
from satvo.schemas.ephemeris_file import EPHEMERIS_FILE
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.errors import LimitExceeded
from satvo.schemas.gp import GP
from satvo.schemas.leap_seconds import tai_of_mjd
from satvo.schemas.satellite import SATELLITE
from satvo.schemas.state_vector import STATE_VECTOR
from satvo.schemas.store import Store, open_store

START = 60000.0
STEP_S = 60.0
COUNT = 1441  # a day
MINUTE = 1 / 1440


@pytest.fixture
def store(address: str, tmp_path: Path) -> Iterator[Store]:
    opened = open_store(address, tmp_path, wait_s=1)
    opened.create((SATELLITE, GP, STATE_VECTOR, EPHEMERIS_FILE))
    yield opened
    opened.close()


ELEMENTS = Elements.of_columns(
    {
        "norad_id": [5, 7, 9],
        "gp_id": [1, 2, 3],
        "epoch_mjd": [START] * 3,
        "mean_motion": [15.2, 15.0, 14.0],
        "eccentricity": [0.001, 0.002, 0.01],
        "inclination": [53.0, 97.0, 30.0],
        "ra_of_asc_node": [10.0, 120.0, 250.0],
        "arg_of_pericenter": [0.0, 90.0, 45.0],
        "mean_anomaly": [0.0, 180.0, 20.0],
    }
)
BASE = propagator("sgp4").prepare(ELEMENTS)


def segment(number: int, *, frame: str = "EME2000", shift_km: float = 1.0, **changes: Any) -> Any:
    """A day of states along the elements of a satellite, a kilometre beside them in z of TEME."""
    mjd = START + np.arange(COUNT) * STEP_S / 86400
    place = ELEMENTS.norad_id.tolist().index(number)
    states = BASE.along(np.array([place]), mjd[None])
    r, v = states.position[0] + [0, 0, shift_km], states.velocity[0]
    if frame == "EME2000":
        from satvo.resources.ephemeris.state_frames import rotation_to_gcrs

        frames = Frames.at(mjd)
        turn = rotation_to_gcrs("EME2000", None)[0].T @ frames.teme_to_gcrs
        r, v = rotate(turn, r), rotate(turn, v)
    lower = np.tile(np.diag([4e-6, 1e-4, 1e-6, 1e-12, 1e-12, 1e-12])[np.tril_indices(6)],
                    (COUNT, 1))  # fmt: skip
    made = EphemerisSegment(
        line=1,
        tai=tai_of_mjd(START) + np.arange(COUNT) * int(STEP_S * 1e6),
        states=np.hstack([r, v]),
        frame=frame,
        covariances=lower,
        covariance_frames=("RTN",) * COUNT,
        norad_id=number,
        object_name="X",
        format="oem",
        created=int(tai_of_mjd(START)),
    )
    return replace(made, **changes)


def load(store: Store, *segments: Any) -> None:
    load_orbits(store, segments, source="user", received=datetime(2023, 3, 1), name="x.oem")


def test_an_ephemeris_takes_the_place_of_elements_where_it_covers(store: Store) -> None:
    load(store, segment(7))
    found = operator_ephemerides(store, START + 0.3, START + 0.4, covariances=True)
    assert list(found) == [7]
    orbits = OperatorOrbits(BASE, {1: found[7]})
    mjd = START + np.linspace(0.3, 0.4, 50)
    by_elements, preferred = BASE.grid(mjd), orbits.grid(mjd)
    offset = preferred.position - by_elements.position
    one_metre = 1e-3
    assert np.abs(offset[1] - [0, 0, 1.0]).max() < one_metre
    assert not offset[[0, 2]].any()
    assert preferred.is_valid.all()
    along = orbits.along(np.array([2, 1]), np.stack([mjd, mjd + MINUTE / 3]))
    assert np.abs(along.position[0] - by_elements.position[2]).max() == 0
    expected = BASE.along(np.array([1]), (mjd + MINUTE / 3)[None]).position[0] + [0, 0, 1.0]
    assert np.abs(along.position[1] - expected).max() < one_metre
    part = orbits.part(np.array([1, 2])).grid(mjd)
    assert np.array_equal(part.position[0], preferred.position[1])
    sigma = operator_sigma_km(found[7], mjd)
    assert np.allclose(sigma, [0.002, 0.01, 0.001], rtol=1e-6)


def test_outside_it_a_satellite_is_where_its_elements_say(store: Store) -> None:
    load(store, segment(7, frame="TEME"))
    found = operator_ephemerides(store, START + 0.3, START + 0.4)
    assert found[7].covariances is None
    mjd = START + np.array([0.35, 2.0])
    states = OperatorOrbits(BASE, {1: found[7]}).grid(mjd)
    one_metre = 1e-3
    shift = np.linalg.norm(states.position[1] - BASE.grid(mjd).position[1], axis=1)
    assert abs(shift[0] - 1.0) < one_metre
    assert shift[1] == 0.0
    assert states.is_valid.all()


def test_what_covers_a_part_of_the_time_is_not_taken(store: Store) -> None:
    tai = int(tai_of_mjd(START))
    load(store, segment(5), segment(7, useable=(tai, tai + 3600 * 10**6)))
    assert set(operator_ephemerides(store, START + 0.01, START + 0.02)) == {5, 7}
    assert set(operator_ephemerides(store, START + 0.01, START + 0.1)) == {5}
    assert operator_ephemerides(store, START + 0.5, START + 1.5) == {}
    assert set(operator_ephemerides(store, START + 0.01, START + 0.02, norad_ids=[7, 8])) == {7}


def test_the_newest_is_taken_that_was_known(store: Store) -> None:
    day_us = 86_400_000_000
    old = segment(5, created=int(tai_of_mjd(START)))
    new = segment(5, shift_km=2.0, created=int(tai_of_mjd(START)) + day_us)
    load(store, new, old)
    ask = (store, START + 0.3, START + 0.31)
    known = {
        when: operator_ephemerides(*ask, as_known_at=when)
        for when in (datetime(2023, 2, 24), datetime(2023, 2, 25, 12), datetime(2023, 2, 27))
    }
    assert [len(each) for each in known.values()] == [0, 1, 1]
    ids = [each[5].states[0, 2] for each in known.values() if each]
    assert ids[0] != ids[1]
    newest = operator_ephemerides(*ask)[5]
    assert newest.states[0, 2] == ids[1]


def test_no_more_is_read_than_is_needed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    load(store, segment(5), segment(7))
    found = operator_ephemerides(store, START + 0.5, START + 0.51)
    assert 100 < len(found[5].tai) < 600
    monkeypatch.setattr(build, "_MOST_STATES", 100)
    with pytest.raises(LimitExceeded, match="shorter time or fewer satellites"):
        operator_ephemerides(store, START + 0.5, START + 0.51)
