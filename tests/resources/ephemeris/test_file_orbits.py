"""Many ephemeris files at once: as each file by itself, in TEME."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from satvo.resources.ephemeris.covariance import covariance_at
from satvo.resources.ephemeris.file_orbits import FileOrbits
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.interpolation import GAP, OUTSIDE, Ephemeris
from satvo.schemas.leap_seconds import tai_of_mjd

START = 60000.0
MICROMETRE = 1e-9  # km
RATE = np.sqrt(398600.4418 / 6928.0**3)


def file(
    begin_s: float, end_s: float, step_s: float, *, frame: str = "GCRS", turn: float = 0.0
) -> Ephemeris:
    seconds = np.arange(begin_s, end_s + step_s / 2, step_s)
    angle = RATE * seconds[:, None] + turn
    along = np.array([0.0, 0.6, 0.8])
    first = np.array([1.0, 0.0, 0.0])
    r = 6928.0 * (np.cos(angle) * first + np.sin(angle) * along)
    v = 6928.0 * RATE * (np.cos(angle) * along - np.sin(angle) * first)
    tai = tai_of_mjd(START) + np.rint(seconds * 1e6).astype(np.int64)
    return Ephemeris(25544, frame, tai, np.hstack([r, v]))


def positions_only(of: Ephemeris) -> Ephemeris:
    states = of.states.copy()
    states[:, 3:] = np.nan
    return replace(of, states=states)


FILES = [
    file(0.0, 3600.0, 60.0),
    file(600.0, 5000.0, 120.0, frame="TEME", turn=1.0),
    positions_only(file(-3000.0, 3000.0, 100.0, frame="ITRS", turn=2.0)),
    replace(file(0.0, 3000.0, 60.0, frame="EME2000"), interpolation="lagrange", degree=5),
    replace(file(0.0, 3000.0, 60.0), interpolation="hermite", degree=3, breaks=(20,)),
    replace(file(0.0, 900.0, 300.0), useable=(int(tai_of_mjd(START)) + 100_000_000, None)),
    Ephemeris(25544, "GCRS", np.zeros(0, np.int64), np.zeros((0, 6))),
]


def test_states_are_those_of_each_file_in_teme_and_none_outside_of_it() -> None:
    mjd = START + np.linspace(-3100.0, 5100.0, 173) / 86400.0
    grid = FileOrbits(FILES).grid(mjd)
    frames = Frames.at(mjd)
    to_teme = np.swapaxes(frames.teme_to_gcrs, 1, 2)
    seen = 0
    for i, each in enumerate(FILES[:-1]):
        found = each.at(mjd).gcrs(frames)
        good = (found.flag & (OUTSIDE | GAP)) == 0
        assert np.array_equal(grid.is_valid[i], good)
        for given, expected in ((grid.position, found.r), (grid.velocity, found.v)):
            off = np.abs(given[i] - rotate(to_teme, expected))[good]
            assert off.max() < 10 * MICROMETRE
        seen += int(good.sum())
    assert not grid.is_valid[-1].any()
    assert seen > 300


def test_some_files_at_instants_of_their_own_are_as_in_the_grid() -> None:
    orbits = FileOrbits(FILES)
    mjd = START + np.array([[700.0, 800.0], [900.0, 2000.0], [0.0, 10.0]]) / 86400.0
    which = np.array([2, 0, 2])
    found = orbits.along(which, mjd)
    for row, index in enumerate(which.tolist()):
        alone = orbits.part(np.array([index])).grid(mjd[row])
        assert np.allclose(found.position[row], alone.position[0], rtol=0, atol=MICROMETRE)
        assert found.is_valid[row].all()


def test_a_span_is_covered_only_whole_and_without_a_manoeuvre_in_it() -> None:
    spans = [(0, 3600), (0, 3601), (-1, 10), (1190, 1199), (1201, 1250), (1205, 1300), (100, 300)]
    first, last = START + np.array(spans).T / 86400.0
    covers = FileOrbits(FILES).covers(first, last).astype(int).tolist()
    assert covers[0] == [1, 0, 0, 1, 1, 1, 1]
    # States to 1200 s, from 1260 s on others: nothing between.
    assert covers[4] == [0, 0, 0, 1, 0, 0, 1]
    # Useable from 100 s on.
    assert covers[5] == [0, 0, 0, 0, 0, 0, 1]
    assert covers[6] == [0] * 7


def test_an_exposure_that_begins_with_the_file_has_all_its_states() -> None:
    one = FileOrbits(FILES[:1])
    beyond = START + np.array([[-0.0005, 3600.0005]]) / 86400.0
    assert one.along(np.array([0]), beyond).is_valid.all()
    beyond = START + np.array([[-0.01, 3600.01]]) / 86400.0
    assert not one.along(np.array([0]), beyond).is_valid.any()


def test_no_file_at_all_has_no_states() -> None:
    none = FileOrbits([])
    assert none.grid(np.array([START])).position.shape == (0, 1, 3)
    assert none.covers(np.array([START]), np.array([START])).shape == (0, 1)


def test_covariances_are_those_of_the_file_and_unknown_where_it_has_none() -> None:
    count = len(FILES[0].tai)
    lower = np.tile((np.eye(6) * 4.0)[np.tril_indices(6)], (count, 1))
    told = replace(FILES[0], covariances=lower, covariance_frames=("RTN",) * count)
    mjd = np.array([START + 0.01, START + 0.01])
    found = FileOrbits([FILES[1], told]).covariances(np.array([1, 0]), mjd)
    assert found[0] == pytest.approx(covariance_at(told, mjd[:1])[0, :3, :3])
    assert np.isnan(found[1]).all()
