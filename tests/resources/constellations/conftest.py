"""Constellations for several tests."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from satvo.ingest.constellations.definition import read_constellation
from satvo.ingest.constellations.shells import Constellation

Read = Callable[[str], Constellation]

EVERY_KIND = """
name: Every kind
lifetime: 5
populations:
  raising: {altitude: 350, days: 90}
  drifting: {altitude: 380, days: 60}
  descending: {altitude: 250, days: 180}
brightness: {constellation: starlink, generation: v2-mini}
shells:
  - {altitude: 550, inclination: 53, planes: 72, satellites_per_plane: 22}
  - {altitude: 600, inclination: 97.6, planes: 6, satellites: 345, brightness: {mag_std: 6.5}}
  - {altitude: 1200, inclination: 87.9, planes: 18, satellites: 720, raan_spread: 180,
     raan_offset: 5, populations: {}, brightness: {}}
  - {altitude: 20000, inclination: 63.4, planes: 3, satellites: 15, eccentricity: 0.2,
     arg_of_pericenter: 270, random_phase: 2.5, populations: {}}
"""


@pytest.fixture
def read() -> Read:
    """Reads a definition."""
    return lambda text: read_constellation(io.BytesIO(text.encode()), name="test.yaml")


@pytest.fixture
def every_kind(read: Read) -> Constellation:
    """One with shells and populations of every kind."""
    return read(EVERY_KIND)
