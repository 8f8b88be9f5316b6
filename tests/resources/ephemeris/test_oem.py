"""Ephemerides written as OEM are read back the same."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from satvo.ingest.orbits.formats import read_orbits
from satvo.ingest.orbits.records import Rejected
from satvo.resources.ephemeris.oem import OEM_WRITERS, write_oem
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.errors import NoOrbit
from satvo.schemas.leap_seconds import tai_of_utc

MADE = datetime(2026, 1, 2, 3, 4, 5)


def segment(start: int = 0, **changes: Any) -> EphemerisSegment:
    rng = np.random.default_rng(3)
    angle = np.arange(5) * 30.0 * 7.6 / 6900
    states = np.zeros((5, 6))
    states[:, 0], states[:, 1] = 6900 * np.cos(angle), 6900 * np.sin(angle)
    states[:, 3], states[:, 4] = -7.6 * np.sin(angle), 7.6 * np.cos(angle)
    states += rng.normal(size=states.shape) * 1e-3
    states[2] = np.nan
    lower = np.full((5, 21), np.nan)
    for row in (0, 2):
        root = rng.normal(size=(6, 6)) * 1e-4
        lower[row] = (root @ root.T)[np.tril_indices(6)]
    # Over the leap second at the end of 2016-12-31.
    tai = tai_of_utc(57753, 86_370_123_456 + start) + np.arange(5) * 30_000_000
    made = EphemerisSegment(
        line=1,
        tai=tai,
        states=states,
        frame="TEME",
        covariances=lower,
        covariance_frames=("RTN", None, "TNW", None, None),
        interpolation="hermite",
        degree=5,
        useable=(int(tai[0]) + 1, int(tai[-1]) - 1),
        norad_id=25544,
        object_id="1998-067A",
        object_name="ISS",
        format="oem",
    )
    return replace(made, **changes)


def back(segments: list[EphemerisSegment], notation: str) -> list[EphemerisSegment]:
    data = b"".join(write_oem(iter(segments), notation, originator="SATVO", created=MADE))
    records = list(read_orbits(io.BytesIO(data), name="file"))
    assert not [record for record in records if isinstance(record, Rejected)]
    return [record for record in records if isinstance(record, EphemerisSegment)]


def assert_same(found: EphemerisSegment, expected: EphemerisSegment) -> None:
    assert np.array_equal(found.tai, expected.tai)
    assert np.array_equal(found.states, expected.states, equal_nan=True)
    assert (found.covariances is None) == (expected.covariances is None)
    if expected.covariances is not None and found.covariances is not None:
        assert np.array_equal(found.covariances, expected.covariances, equal_nan=True)
    for name in ("frame", "covariance_frames", "interpolation", "degree", "useable", "object_name"):
        assert getattr(found, name) == getattr(expected, name), name


@pytest.mark.parametrize("notation", OEM_WRITERS)
def test_what_is_written_is_read_back_to_the_last_bit(notation: str) -> None:
    plain = segment(
        covariances=None, covariance_frames=(), interpolation=None, degree=None,
        useable=(None, None), frame="ITRS",
    )  # fmt: skip
    there = np.isfinite(plain.states[:, 0])
    plain = replace(plain, tai=plain.tai[there] + 10**9, states=plain.states[there])
    first, second = back([segment(), plain], notation)
    assert_same(first, segment())
    assert_same(second, plain)
    assert first.followed
    assert not second.followed


@pytest.mark.parametrize("notation", OEM_WRITERS)
@pytest.mark.parametrize("frame", ["TEME", "EME2000", "GCRS", "ITRS"])
def test_every_frame_has_a_name_there(notation: str, frame: str) -> None:
    given = segment(frame=frame, covariance_frames=(frame, None, frame, None, None))
    (found,) = back([given], notation)
    assert_same(found, given)


@pytest.mark.parametrize("notation", OEM_WRITERS)
def test_an_object_without_a_designator_has_its_number(notation: str) -> None:
    (found,) = back([segment(object_id=None, object_name=None)], notation)
    assert found.norad_id == 25544
    assert found.object_name == "UNKNOWN"


def test_positions_alone_get_the_velocities_that_follow_from_them() -> None:
    given = segment(covariances=None, covariance_frames=())
    states = given.states[[0, 1, 3, 4]].copy()
    states[:, 3:] = np.nan
    given = replace(given, tai=given.tai[[0, 1, 3, 4]], states=states)
    data = b"".join(write_oem([given], "kvn", originator="SATVO", created=MADE))
    assert b"COMMENT The file had positions alone" in data
    (found,) = back([given], "kvn")
    assert np.array_equal(found.states[:, :3], states[:, :3])
    ten_metres_per_s = 0.01
    assert np.abs(found.states[:, 3:] - segment().states[[0, 1, 3, 4], 3:]).max() < ten_metres_per_s


def test_without_states_there_is_no_file() -> None:
    with pytest.raises(NoOrbit):
        b"".join(write_oem([], "kvn", originator="SATVO", created=MADE))


@pytest.mark.needs_data
@pytest.mark.parametrize(
    "path",
    ["oem/ISS_2022-01-17_OEM_resampled_truncated.txt", "oem/bradsease_LEO_60s.oem",
     "itc/starlink_2025-10-10_satchecker_fixture.txt"],
)  # fmt: skip
def test_real_files_survive(test_data: Path, path: str) -> None:
    with (test_data / "orbits" / path).open("rb") as stream:
        (given,) = (r for r in read_orbits(stream, name=path) if isinstance(r, EphemerisSegment))
    for notation in OEM_WRITERS:
        (found,) = back([given], notation)
        assert_same(replace(found, object_name=given.object_name), given)
