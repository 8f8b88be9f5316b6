"""PassPredict for a telescope in orbit: against brute force, with the Earth in the way."""

from __future__ import annotations

from dataclasses import replace

import brute_force
import numpy as np
import pytest
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.observer import GEOCENTRE, Orbiting, number_of
from satvo.resources.ephemeris.propagation import propagator
from satvo.resources.ephemeris.space import space_telescope
from satvo.resources.passes.crossings import _clear_of_earth
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Circle
from satvo.resources.passes.predict import Catalogue, predict
from satvo.resources.passes.requests import read_request
from satvo.schemas.errors import BadParameter

DAY = 59775.0
MILLISECOND = 1e-3


def elements(count: int = 900) -> Elements:
    """The first is the telescope, at 540 km; the second follows it 12 km behind."""
    drawn = np.random.default_rng(2)
    far = np.arange(count) % 6 == 5
    columns = {
        "norad_id": np.arange(1, count + 1),
        "epoch_mjd": np.full(count, DAY),
        "mean_motion": np.where(far, drawn.choice([1.0027, 2.0056, 8.0], count), 15.1),
        "eccentricity": np.where(far, 0.2, 0.001),
        "inclination": drawn.uniform(20, 110, count),
        "ra_of_asc_node": drawn.uniform(0, 360, count),
        "arg_of_pericenter": drawn.uniform(0, 360, count),
        "mean_anomaly": drawn.uniform(0, 360, count),
    }
    for name in ("inclination", "ra_of_asc_node", "arg_of_pericenter", "mean_anomaly"):
        columns[name][1] = columns[name][0]
    columns["mean_anomaly"][1] -= 0.1
    return Elements.of_columns({name: each.tolist() for name, each in columns.items()})


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue(elements())


@pytest.fixture(scope="module")
def telescope(catalogue: Catalogue) -> Orbiting:
    return Orbiting("norad:1", 1, catalogue.orbits.part(np.array([0])))


def test_crossings_from_orbit_are_those_of_brute_force(
    catalogue: Catalogue, telescope: Orbiting
) -> None:
    drawn = np.random.default_rng(6)
    asked = []
    for i in range(40):
        # Some look at the Earth, which hides what is behind it.
        ra, dec = float(drawn.uniform(0, 360)), float(np.degrees(np.arcsin(drawn.uniform(-1, 1))))
        radius = float(drawn.choice([2.0, 8.0, 15.0]))
        start, duration = DAY + float(drawn.uniform(0, 1)), float(drawn.uniform(1, 90))
        asked.append(Exposure(str(i), start, duration, Circle.of(ra, dec, radius)))
    found = predict(asked, telescope, catalogue).columns
    total = 0
    others = np.arange(1, 900)
    for exposure in asked:
        mine = found["exposure_id"] == exposure.id
        got: dict[int, list[float]] = {}
        for number, *times in zip(
            *(found[name][mine].tolist() for name in ("norad_id", "t_min", "t_max")), strict=True
        ):
            got.setdefault(number, []).extend((t - exposure.start_mjd) * 86400 for t in times)
        ra, dec = (float(np.degrees(x)) for x in _angles(exposure.field.centre))
        radius = float(np.degrees(exposure.field.radius_rad))
        expected = brute_force.crossings(
            catalogue.orbits.part(others), len(others), telescope, exposure.start_mjd,
            exposure.duration_s, brute_force.circle(ra, dec, radius), radius, (ra, dec),
        )  # fmt: skip
        assert set(got) == {int(others[i]) + 1 for i in expected}
        for i, spans in expected.items():
            assert got[int(others[i]) + 1] == pytest.approx(np.ravel(spans), abs=MILLISECOND)
        total += len(expected)
    assert total > 30
    assert np.isnan(found["alt_max"]).all()


def _angles(u: np.ndarray) -> tuple[float, float]:
    return float(np.arctan2(u[1], u[0])), float(np.arcsin(u[2]))


def test_telescope_does_not_see_itself_but_who_follows_it(
    catalogue: Catalogue, telescope: Orbiting
) -> None:
    frames = Frames.at(np.array([DAY + 0.2]))
    states = catalogue.orbits.grid(np.array([DAY + 0.2]))
    line = frames.teme_to_gcrs[0] @ (states.position[1, 0] - states.position[0, 0])
    ra, dec = (float(np.degrees(x)) % 360 for x in _angles(line / np.linalg.norm(line)))
    dec = dec - 360 if dec > 90 else dec
    exposure = Exposure("e", DAY + 0.2 - 5 / 86400, 10.0, Circle.of(ra, dec, 60.0))
    found = predict([exposure], telescope, catalogue).columns
    assert 2 in found["norad_id"]
    assert 1 not in found["norad_id"]
    assert 10 < found["range_min"][found["norad_id"] == 2][0] < 14


@pytest.mark.parametrize(
    ("place", "satellite", "is_clear"),
    [
        ((7000, 0, 0), (-7000, 0, 0), False),  # behind the Earth
        ((7000, 0, 0), (7000, 7000, 0), True),
        ((7000, 0, 0), (6500, 100, 0), True),  # below, but above the ground
        ((7000, 0, 0), (-7000, 40000, 0), True),  # past the limb
        ((7000, 0, 0), (-7000, 25000, 0), False),
        ((7000, 0, 0), (42000, 0, 0), True),  # with the Earth in the back
        ((42000, 0, 0), (7000, 0, 0), True),  # before the Earth
        ((0, 0, 0), (7000, 0, 0), True),  # the geocentre sees everything
    ],
)
def test_earth_hides_what_is_behind_it(
    place: tuple[float, ...], satellite: tuple[float, ...], is_clear: bool
) -> None:
    found = _clear_of_earth(*(np.array([[each]], float) for each in (place, satellite)))
    assert (found[0, 0] > 0) == is_clear


def test_telescope_without_orbit_at_the_time_is_refused(catalogue: Catalogue) -> None:
    none = catalogue.elements[np.zeros(0, dtype=np.int64)]
    exposure = Exposure("e", DAY, 10.0, Circle.of(0.0, 0.0, 1.0))
    lost = space_telescope("norad:20580", lambda n, a, b: none, lambda n, f, a, b: None)
    assert (lost.name, number_of(lost), number_of(GEOCENTRE)) == ("norad:20580", 20580, 0)
    with pytest.raises(BadParameter, match=r"norad:20580: neither an ephemeris .* nor an element"):
        predict([exposure], lost, catalogue)
    name = "ephemeris:20580-20260101T000000-0123456789abcdef"
    lost = space_telescope(name, lambda n, a, b: catalogue.elements[:1], lambda n, f, a, b: None)
    with pytest.raises(BadParameter, match="no ephemeris of that name covers"):
        predict([exposure], lost, catalogue)


def test_telescope_whose_elements_have_decayed_is_refused(catalogue: Catalogue) -> None:
    falling = catalogue.elements[:1]
    falling = replace(falling, mean_motion=np.array([16.6]), bstar=np.array([0.5]))
    orbits = propagator("sgp4").prepare(falling)
    exposure = Exposure("e", DAY + 25, 10.0, Circle.of(0.0, 0.0, 1.0))
    with pytest.raises(BadParameter, match=r"norad:1: its orbit is not known at MJD 598"):
        predict([exposure], Orbiting("norad:1", 1, orbits), catalogue)


@pytest.mark.parametrize(
    "text", ["norad:", "norad:hubble", "norad:-5", "ephemeris:../../etc", "ephemeris:"]
)
def test_name_of_no_telescope_is_refused(catalogue: Catalogue, text: str) -> None:
    with pytest.raises(BadParameter, match="an ephemeris_id of"):
        space_telescope(text, lambda n, a, b: catalogue.elements, lambda n, f, a, b: None)


def test_observer_in_space_is_named_by_number_or_ephemeris(telescope: Orbiting) -> None:
    asked: list[str] = []

    def find(text: str) -> Orbiting:
        asked.append(text)
        return telescope

    exposure = {"ra": 1.0, "dec": 2.0, "start": DAY, "duration": 1.0, "radius": 1.0}
    for observer in ({"norad_id": 20580}, {"ephemeris_id": "5-x"}, "norad:5"):
        read_request({"observer": observer, "exposures": [exposure]}, find)
    assert asked == ["norad:20580", "ephemeris:5-x", "norad:5"]
    for bad in (2.5, "20580", -1, True):
        with pytest.raises(BadParameter, match="norad_id"):
            read_request({"observer": {"norad_id": bad}, "exposures": [exposure]}, find)
    for changed in ({"tracking": "fixed"}, {"az": 1.0, "alt": 2.0, "ra": None}):
        request = {"observer": "norad:5", "exposures": [{**exposure, **changed}]}
        with pytest.raises(BadParameter, match="on the ground"):
            read_request(request, find)
