"""No crossing is missed and none invented: against brute force, over everything that flies."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import brute_force
import numpy as np
import pytest
from catalogues import elements_in
from satvo.resources.ephemeris.apparent import radec_deg, sky_axes
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.propagation import propagator
from satvo.resources.passes.crossings import find_crossings
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Circle, Field, Polygon, direction_of, rectangle
from satvo.resources.passes.search import find_candidates, parts_of
from satvo.resources.passes.state_table import StateTable
from satvo.schemas.sphere import normalised

DAY = 59775.0
MILLISECOND = 1e-3

RUBIN = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0)
AT_THE_POLE = GroundObserver.geodetic(0.0, 89.9, 100.0)


class Asked(NamedTuple):
    """An exposure, and its field as brute force knows it."""

    exposure: Exposure
    distance: brute_force.Distance


@pytest.fixture(scope="module")
def catalogue(test_data: Path) -> Elements:
    """2000 of what flew in July 2022: a third of them far out or eccentric."""
    every = elements_in(test_data / "orbits" / "3le_2022-07-15.txt.gz")
    far = (every.mean_motion < 6.4) | (every.eccentricity > 0.1)
    drawn = np.random.default_rng(11)
    chosen = [
        drawn.choice(np.flatnonzero(far), 650, replace=False),
        drawn.choice(np.flatnonzero(~far), 1350, replace=False),
    ]
    return every[np.concatenate(chosen)]


def asked(
    number: int, longest_s: float, observer: GroundObserver, rng: np.random.Generator
) -> Asked:
    """At random places, and each of the hard ones in turn: zenith, horizon, pole, RA 0/360."""
    duration = float(rng.uniform(0.1, longest_s))
    start = DAY + float(rng.uniform(0.0, 1.0))
    frames = Frames.at(np.array([start + duration / 172800]))
    altitude = {0: 89.95, 1: 0.5}.get(number % 8, float(rng.uniform(3.0, 88.0)))
    azimuth = float(rng.uniform(0.0, 360.0))
    a, z = np.radians([altitude, azimuth])
    enu = np.array([np.cos(a) * np.sin(z), np.cos(a) * np.cos(z), np.sin(a)])
    ra, dec = map(float, radec_deg(observer.horizon(frames)[0].T @ enu))
    if number % 7 == 2:
        ra = float(rng.choice([0.0, 359.98, 0.02]))
    if number % 9 == 3:
        dec = float(np.copysign(rng.choice([89.0, 89.9, 90.0]), observer.lat_deg))
    size = float(rng.choice([0.5, 2.0, 5.0, 12.0]))
    field, distance = _field(number % 3, ra, dec, size, rng)
    return Asked(Exposure(str(number), start, duration, field), distance)


def _field(
    kind: int, ra: float, dec: float, size: float, rng: np.random.Generator
) -> tuple[Field, brute_force.Distance]:
    if kind == 0:
        return Circle.of(ra, dec, size), brute_force.circle(ra, dec, size)
    if kind == 1:
        field = rectangle(ra, dec, 2 * size, size, float(rng.uniform(0, 180)))
    else:
        # A star of seven corners, in and out: not convex.
        centre = direction_of(ra, dec)
        east, north = sky_axes(centre)
        turn = np.linspace(0, 2 * np.pi, 7, endpoint=False) + rng.uniform(0, 1)
        out = np.radians(size) * rng.uniform(0.3, 1.0, 7)
        points = centre + out[:, None] * (
            np.cos(turn)[:, None] * east + np.sin(turn)[:, None] * north
        )
        field = Polygon.of(np.stack(radec_deg(normalised(points)), axis=1).tolist())
    corners = np.stack(radec_deg(field.vertices), axis=1)
    return field, brute_force.polygon([(float(a), float(b)) for a, b in corners])


def compare(elements: Elements, observer: GroundObserver, cases: list[Asked]) -> int:
    """How many crossings there are; the search and brute force must name the same, to 1 ms."""
    orbits = propagator("sgp4").prepare(elements)
    exposures = [case.exposure for case in cases]
    parts = parts_of(exposures, observer)
    satellite, part = find_candidates(StateTable(elements, orbits), parts, observer)
    got: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for c in find_crossings(orbits, satellite, part, parts, exposures, observer):
        start = exposures[c.exposure].start_mjd
        span = (c.enters_mjd - start) * 86400, (c.leaves_mjd - start) * 86400
        got.setdefault((c.exposure, c.satellite), []).append(span)
    expected = {}
    for i, case in enumerate(cases):
        field = case.exposure.field
        ra, dec = radec_deg(field.centre)
        true = brute_force.crossings(
            orbits,
            len(elements),
            observer,
            case.exposure.start_mjd,
            case.exposure.duration_s,
            case.distance,
            float(np.degrees(field.radius_rad)),
            (float(ra), float(dec)),
        )
        expected |= {(i, which): spans for which, spans in true.items()}
    assert set(got) == set(expected)
    for pair, spans in expected.items():
        assert np.ravel(got[pair]) == pytest.approx(np.ravel(spans), abs=MILLISECOND), pair
    return len(expected)


@pytest.mark.needs_data
@pytest.mark.parametrize(("observer", "seed"), [(RUBIN, 1), (AT_THE_POLE, 2)])
def test_exposures_of_up_to_a_minute_are_crossed_by_those_of_brute_force(
    catalogue: Elements, observer: GroundObserver, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    cases = [asked(i, 60.0, observer, rng) for i in range(100)]
    assert compare(catalogue, observer, cases) > 60


@pytest.mark.needs_data
def test_exposures_of_up_to_an_hour_are_crossed_by_those_of_brute_force(
    catalogue: Elements,
) -> None:
    rng = np.random.default_rng(3)
    cases = [asked(i, 3600.0, RUBIN, rng) for i in range(10)]
    assert compare(catalogue[::4], RUBIN, cases) > 15
