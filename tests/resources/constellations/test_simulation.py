"""Simulated constellations: how many, where, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from satvo.ingest.constellations.shells import Constellation
from satvo.resources.constellations.filed import filed_constellation
from satvo.resources.constellations.simulation import SimulatedElements, simulated_elements
from satvo.resources.ephemeris.elements import ELEMENT_COLUMNS, Elements
from satvo.schemas.errors import BadParameter
from sgp4.api import WGS72, Satrec

EPOCH = datetime(2027, 1, 31, 12)
NUMBERS = (
    "norad_id", "mean_motion", "eccentricity", "inclination", "ra_of_asc_node",
    "arg_of_pericenter", "mean_anomaly",
)  # fmt: skip
Read = Callable[[str], Constellation]


def simulated(constellation: Constellation, **more: Any) -> SimulatedElements:
    return simulated_elements(constellation, **{"epoch": EPOCH, "first_number": 100_000} | more)


def same(one: SimulatedElements, other: SimulatedElements) -> bool:
    return all((getattr(one, name) == getattr(other, name)).all() for name in NUMBERS)


def groups(found: SimulatedElements) -> dict[str, SimulatedElements]:
    """The satellites of each group, by how their names begin."""
    return {
        begin.removeprefix("SIM EVERY-KIND ").strip(): found[found.group == i]
        for i, (begin, _) in enumerate(found.groups)
    }


def test_satellites_are_as_many_as_the_definition_says(every_kind: Constellation) -> None:
    found = simulated(every_kind)
    counts = {name: len(each) for name, each in groups(found).items()}
    assert counts == {
        # N days / (5 x 365.25): 78.06, 52.04, 156.1 of 1584; 17.0, 11.3, 34.0 of 345
        "S1": 1584, "S1 RAISING": 78, "S1 DRIFTING": 52, "S1 DESCENDING": 156,
        "S2": 345, "S2 RAISING": 17, "S2 DRIFTING": 11, "S2 DESCENDING": 34,
        "S3": 720, "S4": 15,
    }  # fmt: skip
    assert len(found) == every_kind.satellites == sum(counts.values())
    assert found.norad_id.tolist() == list(range(100_000, 100_000 + len(found)))
    assert len(set(found.object_names())) == len(found)


def test_angles_are_in_their_ranges(every_kind: Constellation) -> None:
    found = simulated(every_kind, seed=5)
    for name in ("ra_of_asc_node", "arg_of_pericenter", "mean_anomaly"):
        assert (getattr(found, name) >= 0).all(), name
        assert (getattr(found, name) < 360).all(), name


def test_the_same_seed_gives_the_same_and_another_gives_others(every_kind: Constellation) -> None:
    one = simulated(every_kind, seed=7)
    assert same(one, simulated(every_kind, seed=7))
    other = simulated(every_kind, seed=8)
    assert one.object_names() == other.object_names()
    assert (one.mean_motion == other.mean_motion).all()
    assert (one.mean_anomaly != other.mean_anomaly).mean() > 0.99


def test_a_seed_turns_each_shell_as_a_whole(read: Read) -> None:
    two = read(
        "{name: x, shells: [{altitude: 550, inclination: 53, planes: 9, satellites: 99}, "
        "{altitude: 560, inclination: 53, planes: 9, satellites: 99}]}"
    )
    plain, turned = simulated(two), simulated(two, seed=3)
    steps = []
    for name in ("ra_of_asc_node", "mean_anomaly"):
        step = (getattr(turned, name) - getattr(plain, name)) % 360
        steps += [step[:99], step[99:]]
    for step in steps:
        assert np.allclose(step, step[0])
    assert abs(steps[0][0] - steps[1][0]) > 1  # not both shells by the same


def test_a_shell_does_not_change_with_its_neighbours(read: Read) -> None:
    one = "{id: a, altitude: 550, inclination: 53, planes: 2, satellites: 9, random_phase: true}"
    other = "{id: b, altitude: 560, inclination: 53, planes: 2, satellites: 9}"
    alone = simulated(read(f"{{name: x, shells: [{one}]}}"), seed=4)
    behind = simulated(read(f"{{name: x, shells: [{other}, {one}]}}"), seed=4)
    assert (behind.mean_anomaly[9:] == alone.mean_anomaly).all()


def test_delta_and_star_differ_in_their_nodes(every_kind: Constellation) -> None:
    found = groups(simulated(every_kind, seed=9))
    star = np.unique(found["S3"].ra_of_asc_node)
    assert np.allclose(star, 5.0 + 10.0 * np.arange(18))  # raan_offset holds at any seed
    delta = np.unique(np.round(found["S1"].ra_of_asc_node, 9))
    assert np.allclose(np.diff(delta), 5.0)
    assert len(delta) == 72


def test_random_phases_stay_within_what_is_given(every_kind: Constellation) -> None:
    walker = groups(simulated(every_kind))["S4"]
    even = 360.0 * (np.tile(np.arange(5), 3) / 5 + np.repeat(np.arange(3), 5) / 15)
    moved = (walker.mean_anomaly - even + 180.0) % 360.0 - 180.0
    assert np.abs(moved).max() <= 2.5
    assert np.abs(moved).min() > 0


def perigee_and_apogee_km(found: SimulatedElements) -> tuple[Any, Any]:
    """Mean altitudes as SGP4 itself derives them."""
    satellites = []
    for each in range(len(found)):
        one = Satrec()
        one.sgp4init(
            WGS72, "i", 1, 28000.0, 0.0, 0.0, 0.0, found.eccentricity[each],
            np.radians(found.arg_of_pericenter[each]), np.radians(found.inclination[each]),
            np.radians(found.mean_anomaly[each]), found.mean_motion[each] * 2 * np.pi / 1440.0,
            np.radians(found.ra_of_asc_node[each]),
        )  # fmt: skip
        satellites.append(one)
    return (
        np.array([one.altp * 6378.135 for one in satellites]),
        np.array([one.alta * 6378.135 for one in satellites]),
    )


def test_sgp4_has_every_population_at_its_altitude(every_kind: Constellation) -> None:
    a_metre_km = 1e-3
    found = groups(simulated(every_kind, seed=2))
    for name, altitude_km in (("S1", 550.0), ("S3", 1200.0), ("S2 DRIFTING", 380.0)):
        low, high = perigee_and_apogee_km(found[name])
        assert np.abs(np.stack([low, high]) - altitude_km).max() < a_metre_km, name
    low, high = perigee_and_apogee_km(found["S4"])
    axis_km = 6378.135 + 20_000.0
    assert np.abs(low - (axis_km * 0.8 - 6378.135)).max() < a_metre_km
    assert np.abs(high - (axis_km * 1.2 - 6378.135)).max() < a_metre_km
    for name, begin, end in (("S1 RAISING", 350, 550), ("S1 DESCENDING", 550, 250)):
        low, _ = perigee_and_apogee_km(found[name])
        count = len(low)
        assert np.abs(low - (begin + (end - begin) * (np.arange(count) + 0.5) / count)).max() < 1e-3


def test_a_satellite_is_where_its_elements_say(every_kind: Constellation) -> None:
    """Radii of SGP4 over a revolution stay within 12 km of the shell's; short periods move them."""
    found = groups(simulated(every_kind, seed=2))["S1"][::50]
    for each in range(len(found)):
        one = Satrec()
        one.sgp4init(
            WGS72, "i", 1, 28000.0, 0.0, 0.0, 0.0, 0.0, 0.0, np.radians(53.0),
            np.radians(found.mean_anomaly[each]), found.mean_motion[each] * 2 * np.pi / 1440.0,
            np.radians(found.ra_of_asc_node[each]),
        )  # fmt: skip
        for minute in range(0, 100, 10):
            error, place, _ = one.sgp4_tsince(minute)
            assert error == 0
            assert abs(np.linalg.norm(place) - 6378.135 - 550.0) < 12.0


def test_columns_are_what_passpredict_takes(every_kind: Constellation) -> None:
    found = simulated(every_kind, seed=1)
    columns = found.columns()
    assert set(columns) <= set(ELEMENT_COLUMNS)
    elements = Elements.of_columns(columns)
    assert len(elements) == len(found)
    assert elements.epoch_mjd[0] == 61436.5
    assert set(elements.mean_element_theory) == {"SGP4"}
    assert elements.constellation[0] == "starlink"
    assert elements.constellation[-1] == "starlink"
    assert elements.object_name[0] == "SIM EVERY-KIND S1 1-1"
    known = ~np.isnan(elements.mag_std)
    assert known.sum() == 345 + 17 + 11 + 34
    assert set(elements.mag_std[known]) == {6.5}
    of_s2 = elements.constellation[known]
    assert set(of_s2) == {"sim-every-kind"}


def test_the_elements_of_before_are_the_same() -> None:
    """Seed 0 gives what a definition gave before there were seeds."""
    found = simulated(filed_constellation("oneweb-phase1"))
    plane, place = np.divmod(np.arange(720), 40)
    assert np.allclose(found.ra_of_asc_node, plane * 10.0)
    assert np.allclose(found.mean_anomaly, (place * 9.0 + plane * 0.5) % 360.0)
    assert found.object_names()[41] == "SIM ONEWEB-PHASE1 O1 2-2"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"seed": -1}, "seed=-1"),
        ({"seed": 2**63}, "seed=9223372036854775808"),
        ({"first_number": 0}, "from 1 to 999999280"),
        ({"first_number": 999_999_900}, "720 satellites numbered from 999999900"),
        ({"epoch": datetime(1957, 1, 1)}, "epoch=1957-01-01T00:00:00: give a time from 1957-10-04"),
        ({"epoch": datetime(2100, 1, 2)}, "to 2100-01-01"),
    ],
)
def test_what_cannot_be_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        simulated(filed_constellation("oneweb-phase1"), **more)
