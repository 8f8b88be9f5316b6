"""Satellites to export."""

from __future__ import annotations

import pytest
from satvo.ingest.orbits.tle import read_set
from satvo.resources.ephemeris.planetarium.members import Member

ISS = (
    "1 25544U 98067A   22196.08334491  .00006823  00000-0  12746-3 0  9990",
    "2 25544  51.6427 200.1234 0004567  30.1234 330.5678 15.50012345349876",
)


def with_checksum(line: str) -> str:
    """A line with the right last column."""
    return line[:68] + str(sum(int(c) if c.isdigit() else c == "-" for c in line[:68]) % 10)


@pytest.fixture
def iss() -> Member:
    """A low satellite with everything known, epoch 2022-07-15T02:00."""
    one, two = map(with_checksum, ISS)
    return Member(read_set(one, two, "ISS (ZARYA)"), "stations", -1.8, 400.0)
