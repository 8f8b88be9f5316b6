"""Walker shells as SGP4 sees them."""

from __future__ import annotations

import io
from datetime import datetime

import numpy as np
import pytest
from satvo.ingest.constellations.definition import read_constellation
from satvo.resources.constellations.build import filed_constellations, simulated_sets
from satvo.resources.constellations.walker import kozai_mean_motion, walker_elements
from satvo.schemas.errors import BadParameter
from satvo.schemas.satellite import FIRST_SIMULATED
from sgp4.api import WGS72, Satrec

EPOCH = datetime(2026, 11, 22)
AUTHORISED = {"starlink-gen1": 4408, "oneweb-phase1": 720, "kuiper": 3236}

SHELL = "{id: a, altitude_km: 550, inclination_deg: 53, planes: 200, satellites_per_plane: 20}"


@pytest.mark.parametrize("altitude_km", [340.0, 550.0, 1200.0])
@pytest.mark.parametrize("inclination_deg", [0.0, 42.0, 53.0, 97.6])
def test_sgp4_finds_the_altitude_that_was_filed(altitude_km: float, inclination_deg: float) -> None:
    satellite = Satrec()
    motion = kozai_mean_motion(altitude_km, inclination_deg)
    satellite.sgp4init(
        WGS72, "i", 1, 20000.0, 0.0, 0.0, 0.0, 0.0, 0.0, np.radians(inclination_deg), 0.0,
        motion * 2 * np.pi / 1440.0, 0.0,
    )  # fmt: skip
    one_millimetre_km = 1e-6
    assert abs(satellite.a * 6378.135 - 6378.135 - altitude_km) < one_millimetre_km


def test_planes_and_places_are_evenly_spread() -> None:
    shell = walker_elements(6, 58, raan_spread_deg=360, phasing=1)
    assert len(shell.mean_anomaly) == 348
    assert np.unique(shell.ra_of_asc_node).tolist() == [0, 60, 120, 180, 240, 300]
    first = np.sort(shell.mean_anomaly[shell.plane == 0])
    assert np.allclose(np.diff(first), 360 / 58)
    offset = shell.mean_anomaly[58] - shell.mean_anomaly[0]
    assert np.isclose(offset, 360 / 348)


def test_the_filed_constellations_have_the_authorised_number_of_satellites() -> None:
    counts = {
        c.name: sum(s.planes * s.satellites_per_plane for s in c.shells)
        for c in filed_constellations()
    }
    assert counts == AUTHORISED
    assert all(c.filing.startswith("FCC ") for c in filed_constellations())


def test_simulated_sets_are_marked_and_numbered_apart() -> None:
    kuiper = next(c for c in filed_constellations() if c.name == "kuiper")
    sets = list(simulated_sets(kuiper, epoch=EPOCH, first_number=FIRST_SIMULATED + 10))
    assert [s.norad_id - FIRST_SIMULATED for s in sets[:2]] == [10, 11]
    assert all(s.object_name and s.object_name.startswith("SIM ") for s in sets)
    assert {s.epoch for s in sets} == {EPOCH}
    assert len({(s.ra_of_asc_node, s.mean_anomaly, s.inclination) for s in sets}) == len(sets)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "not a YAML"),
        ("name: x\ntitle: y\nfiling: z\nshells: [&a {id: q}, *a]", "aliases"),
        ("name: x\ntitle: y\nfiling: z", "list of shells"),
        ("name: x\ntitle: y\nshells: []", "filing"),
        ("name: x\ntitle: y\nfiling: z\nshells: [{id: a, altitude_km: 20}]", "altitude_km=20"),
        ("name: x\ntitle: y\nfiling: z\nshells: [{id: a, height: 20}]", "height is unknown"),
        ("name: x\ntitle: y\nfiling: z\nshells: [{id: a, planes: 1.5}]", "planes=1.5"),
        ("name: x\ntitle: y\nfiling: z\nshells: [{id: a, planes: 2}]", "missing"),
        ("name: Sim X\ntitle: y\nfiling: z\nshells: []", "name=Sim X"),
        ("name: x\ntitle: y\nfiling: z\nshells: [{id: 'a\u00e9'}]", "id=a\u00e9"),
        ("name: x\ntitle: y\nfiling: z\nshells: []", "0 satellites"),
        (f"name: x\ntitle: y\nfiling: z\nshells: [{SHELL}, {SHELL}]", "same id"),
        (f"name: x\ntitle: y\nfiling: z\nshells: [{SHELL.replace(': 20}', ': 9000}')}]", "1000000"),
        ("name: !!python/object:os.system x", "not a YAML"),
    ],
)
def test_a_bad_definition_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        read_constellation(io.BytesIO(text.encode()), name="shells.yaml")
