"""Files of simulated constellations, read back by our readers and by the sgp4 package."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from satvo.ingest.constellations.shells import Constellation
from satvo.ingest.orbits.formats import read_orbits
from satvo.resources.constellations.filed import filed_constellation
from satvo.resources.constellations.simulation import SimulatedElements, simulated_elements
from satvo.resources.constellations.writing import (
    element_sets,
    write_simulated,
    write_simulated_tle,
)
from satvo.resources.orbits.omm import OMM_WRITERS
from satvo.schemas.errors import BadParameter
from satvo.schemas.gp import ElementSet
from sgp4.alpha5 import from_alpha5
from sgp4.api import Satrec

EPOCH = datetime(2027, 1, 31, 12, 0, 0, 1)
NUMBERS = (
    "norad_id", "mean_motion", "eccentricity", "inclination", "ra_of_asc_node",
    "arg_of_pericenter", "mean_anomaly",
)  # fmt: skip
Read = Callable[[str], Constellation]


@pytest.fixture
def found(every_kind: Constellation) -> SimulatedElements:
    return simulated_elements(every_kind, epoch=EPOCH, first_number=338_000 - 10_000, seed=11)


def back(data: bytes, name: str) -> list[ElementSet]:
    records = list(read_orbits(io.BytesIO(data), name=name))
    assert all(isinstance(record, ElementSet) for record in records)
    return [record for record in records if isinstance(record, ElementSet)]


@pytest.mark.parametrize("notation", OMM_WRITERS)
def test_omm_is_read_back_to_the_last_bit(found: SimulatedElements, notation: str) -> None:
    sets = back(b"".join(write_simulated(found, notation)), f"x.{notation}")
    assert [each.object_name for each in sets] == found.object_names()
    for name in NUMBERS:
        assert [getattr(each, name) for each in sets] == getattr(found, name).tolist(), name
    assert {(s.epoch, s.originator, s.bstar, s.element_set_no) for s in sets} == {
        (EPOCH, "SATVO", 0.0, 999)
    }


@pytest.mark.parametrize("notation", OMM_WRITERS)
def test_an_empty_constellation_makes_the_file_of_no_set(
    found: SimulatedElements, notation: str
) -> None:
    assert b"".join(write_simulated(found[:0], notation)) == b"".join(OMM_WRITERS[notation]([]))


@pytest.mark.parametrize("names", [False, True])
def test_tle_is_read_back_within_its_digits(found: SimulatedElements, names: bool) -> None:
    sets = back(b"".join(write_simulated_tle(found, names=names)), "x.tle")
    assert [each.norad_id for each in sets] == found.norad_id.tolist()
    expected = [name[:24] if names else None for name in found.object_names()]
    assert [each.object_name for each in sets] == expected
    for name, digit in (
        ("mean_motion", 1e-8), ("eccentricity", 1e-7), ("inclination", 1e-4),
        ("ra_of_asc_node", 1e-4), ("arg_of_pericenter", 1e-4), ("mean_anomaly", 1e-4),
    ):  # fmt: skip
        off = np.array([getattr(each, name) for each in sets]) - getattr(found, name)
        off = np.minimum(np.abs(off), 360.0 - np.abs(off)) if digit == 1e-4 else np.abs(off)
        assert off.max() <= digit * 0.5000001, name


def test_every_pair_of_lines_is_valid_for_the_sgp4_package(found: SimulatedElements) -> None:
    lines = b"".join(write_simulated_tle(found)).decode().splitlines()
    assert len(lines) == 2 * len(found)
    assert {len(line) for line in lines} == {69}
    for line in lines:
        digits = sum(int(c) if c.isdigit() else c == "-" for c in line[:68])
        assert line[68] == str(digits % 10)
    for number, one, two in zip(found.norad_id[::40], lines[::80], lines[1::80], strict=True):
        assert from_alpha5(one[2:7]) == from_alpha5(two[2:7]) == number
        assert Satrec.twoline2rv(one, two).sgp4(2461437.0, 0.0)[0] == 0


def test_the_records_are_the_same_sets(found: SimulatedElements) -> None:
    sets = list(element_sets(found[::100]))
    again = back(b"".join(write_simulated(found[::100], "json")), "x.json")
    assert [(s.norad_id, s.mean_anomaly, s.object_name) for s in sets] == [
        (s.norad_id, s.mean_anomaly, s.object_name) for s in again
    ]


def test_a_number_that_no_tle_holds_is_refused_before_anything_is_written() -> None:
    kuiper = filed_constellation("kuiper")
    last = simulated_elements(kuiper, epoch=EPOCH, first_number=339_999 - 3235)
    assert b"".join(write_simulated_tle(last)).count(b"\n") == 2 * 3236
    beyond = simulated_elements(kuiper, epoch=EPOCH, first_number=339_999 - 3234)
    with pytest.raises(BadParameter, match=r"up to 340000: a TLE holds none above 339999.*\.json"):
        write_simulated_tle(beyond)


def test_an_epoch_that_no_tle_holds_is_refused() -> None:
    late = simulated_elements(
        filed_constellation("kuiper"), epoch=datetime(2060, 1, 1), first_number=100_000
    )
    with pytest.raises(BadParameter, match="not from 1957 to 2056; write OMM"):
        write_simulated_tle(late)


WRITE = """
import io, resource, sys
from datetime import datetime
from satvo.ingest.constellations.definition import read_constellation
from satvo.resources.constellations.simulation import simulated_elements
from satvo.resources.constellations.writing import write_simulated
text = b"{name: big, shells: [{altitude: 550, inclination: 53, planes: 500, satellites: 200000}]}"
big = read_constellation(io.BytesIO(text), name="big")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
elements = simulated_elements(big, epoch=datetime(2027, 1, 1), first_number=900000000)
with open(sys.argv[1], "wb") as stream:
    stream.writelines(write_simulated(elements, "json"))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_memory_grows_by_the_numbers_of_the_satellites_alone(tmp_path: Path) -> None:
    """200 000 satellites are 107 MB as JSON and 13 MB as columns; a million stay below 400 MiB."""
    path = tmp_path / "big.json"
    ran = subprocess.run(
        [sys.executable, "-c", WRITE, str(path)], capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    assert path.stat().st_size > 100_000_000
    assert int(ran.stdout) < 60
