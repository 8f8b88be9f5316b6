"""Operators' ephemerides where they cover an exposure whole, elements elsewhere: none is missed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import brute_force
import numpy as np
import pytest
from satvo.resources.ephemeris.apparent import radec_deg
from satvo.resources.ephemeris.elements import Elements
from satvo.resources.ephemeris.file_orbits import FileOrbits
from satvo.resources.ephemeris.frames import Frames
from satvo.resources.ephemeris.interpolation import Ephemeris
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.ephemeris.operator_files import OperatorFiles
from satvo.resources.ephemeris.propagation import Orbits, propagator
from satvo.resources.passes.exposures import Exposure
from satvo.resources.passes.fields import Circle
from satvo.resources.passes.options import Options
from satvo.resources.passes.predict import Catalogue, predict, predict_by_day
from satvo.schemas.leap_seconds import tai_of_mjd

DAY = 59775.0
MILLISECOND = 1e-3
RUBIN = GroundObserver.geodetic(-70.74942, -30.24464, 2663.0)


def elements(count: int = 300, *, ahead_deg: float = 0.0, seed: int = 3) -> Elements:
    """Low orbits, and every fifth a far or an eccentric one."""
    drawn = np.random.default_rng(seed)
    far = np.arange(count) % 5 == 4
    columns = {
        "norad_id": 1000 + np.arange(count),
        "gp_id": 7000 + np.arange(count),
        "epoch_mjd": np.full(count, DAY),
        "mean_motion": np.where(far, drawn.choice([1.0027, 2.0056, 6.0], count), 15.1),
        "eccentricity": np.where(far & (np.arange(count) % 2 == 0), 0.4, 0.001),
        "inclination": drawn.uniform(20, 110, count),
        "ra_of_asc_node": drawn.uniform(0, 360, count),
        "arg_of_pericenter": drawn.uniform(0, 360, count),
        "mean_anomaly": (drawn.uniform(0, 360, count) + ahead_deg) % 360,
        "mag_std": np.full(count, 6.0),
    }
    return Elements.of_columns({name: each.tolist() for name, each in columns.items()})


def file_of(orbits: Orbits, index: int, begin_h: float, end_h: float, **more: Any) -> Ephemeris:
    """A file in TEME with a state every minute, from propagated elements."""
    minutes = np.arange(round(begin_h * 60), round(end_h * 60) + 1)
    states = orbits.along(np.array([index]), (DAY + minutes / 1440.0)[None])
    tai = tai_of_mjd(DAY) + minutes * 60_000_000
    both = np.hstack([states.position[0], states.velocity[0]])
    return Ephemeris(None, "TEME", tai, both, **more)


def files_of(
    satellites: Elements, which: list[int], files: list[Ephemeris], made: list[float]
) -> OperatorFiles:
    names = np.array([f"file-{i}" for i in range(len(files))], dtype=object)
    return OperatorFiles(satellites[np.array(which)], names, np.array(made), FileOrbits(files))


def exposures(count: int, longest_s: float, seed: int) -> list[Exposure]:
    rng = np.random.default_rng(seed)
    found = []
    for i in range(count):
        duration = float(rng.uniform(1.0, longest_s))
        start = DAY + float(rng.uniform(0.1, 0.4))
        frames = Frames.at(np.array([start + duration / 172800]))
        a, z = np.radians([rng.uniform(5, 89.9), rng.uniform(0, 360)])
        enu = np.array([np.cos(a) * np.sin(z), np.cos(a) * np.cos(z), np.sin(a)])
        ra, dec = map(float, radec_deg(RUBIN.horizon(frames)[0].T @ enu))
        size = float(rng.choice([8.0, 15.0, 30.0]))
        found.append(Exposure(str(i), start, duration, Circle.of(ra, dec, size)))
    return found


def brute(
    orbits: Orbits, numbers: np.ndarray, exposure: Exposure, observer: Any
) -> dict[int, list[tuple[float, float]]]:
    ra, dec = map(float, radec_deg(exposure.field.centre))
    radius = float(np.degrees(exposure.field.radius_rad))
    found = brute_force.crossings(
        orbits,
        len(numbers),
        observer,
        exposure.start_mjd,
        exposure.duration_s,
        brute_force.circle(ra, dec, radius),
        radius,
        (ra, dec),
    )
    return {int(numbers[i]): spans for i, spans in found.items()}


def crossed(columns: dict[str, Any], exposure: Exposure, from_file: bool | None = None) -> Any:
    found: dict[int, list[tuple[float, float]]] = {}
    for name, number, t_min, t_max, source in zip(
        *(columns[n] for n in ("exposure_id", "norad_id", "t_min", "t_max", "ephemeris_id")),
        strict=True,
    ):
        if name == exposure.id and from_file in (None, source is not None):
            span = (t_min - exposure.start_mjd) * 86400, (t_max - exposure.start_mjd) * 86400
            found.setdefault(int(number), []).append(span)
    return found


def assert_same(got: Any, expected: Any) -> int:
    assert set(got) == set(expected)
    for number, spans in expected.items():
        assert np.ravel(got[number]) == pytest.approx(np.ravel(spans), abs=MILLISECOND), number
    return len(expected)


@pytest.mark.parametrize(("count", "longest_s", "least"), [(40, 60.0, 20), (5, 700.0, 3)])
def test_crossings_are_those_of_brute_force_by_file_where_it_covers_and_elements_elsewhere(
    count: int, longest_s: float, least: int
) -> None:
    everything = elements(800)
    # What the operators say is 3 deg ahead: another orbit altogether.
    true = propagator("sgp4").prepare(elements(800, ahead_deg=3.0))
    with_file = np.arange(0, 800, 2)
    whole = [file_of(true, i, 2.0, 10.5) for i in with_file.tolist()]
    partly = [
        file_of(true, i, *((2.0, 5.0) if i % 3 else (2.5, 10.5))) if i % 4 else each
        for i, each in zip(with_file.tolist(), whole, strict=True)
    ]
    # Of the last twenty no elements are known.
    catalogue = Catalogue(everything[:780])
    files = files_of(everything, with_file.tolist(), partly, [DAY] * len(partly))
    asked = exposures(count, longest_s, seed=8)
    found = predict(asked, RUBIN, catalogue, files_of=lambda first, last: files)
    by_file = by_elements = 0
    for exposure in asked:
        covers = files.used(np.array([exposure.start_mjd]), np.array([exposure.end_mjd]))[:, 0]
        expected = brute(
            files.orbits.part(np.flatnonzero(covers)),
            files.satellites.norad_id[covers],
            exposure,
            RUBIN,
        )
        by_file += assert_same(crossed(found.columns, exposure, True), expected)
        taken = set(files.satellites.norad_id[covers].tolist())
        rest = np.array([i for i in range(780) if 1000 + i not in taken])
        expected = brute(catalogue.orbits.part(rest), 1000 + rest, exposure, RUBIN)
        by_elements += assert_same(crossed(found.columns, exposure, False), expected)
    assert by_file > least
    assert by_elements > least


@pytest.fixture(scope="module")
def one() -> tuple[Catalogue, Exposure]:
    """A satellite high above the site, and an exposure that it crosses by its elements."""
    catalogue = Catalogue(elements(1))
    for minute in range(0, 1440):
        mjd = DAY + minute / 1440.0
        frames = Frames.at(np.array([mjd]))
        states = catalogue.orbits.grid(np.array([mjd]))
        line = frames.teme_to_gcrs[0] @ states.position[0, 0] - RUBIN.place(frames)[0][0]
        up = RUBIN.horizon(frames)[0, 2]
        if line @ up > 0.8 * np.linalg.norm(line):
            ra, dec = map(float, radec_deg(line))
            return catalogue, Exposure("e", mjd - 20 / 86400, 40.0, Circle.of(ra, dec, 3.0))
    raise AssertionError("it never comes")


def only(catalogue: Catalogue, files: list[Ephemeris], made: list[float]) -> OperatorFiles:
    return files_of(catalogue.elements, [0] * len(files), files, made)


def hours_about(exposure: Exposure) -> tuple[float, float]:
    hour = (exposure.middle_mjd - DAY) * 24
    return hour - 0.5, hour + 0.5


def test_row_of_a_file_names_it_and_has_no_elements(one: tuple[Catalogue, Exposure]) -> None:
    catalogue, exposure = one
    files = only(catalogue, [file_of(catalogue.orbits, 0, *hours_about(exposure))], [DAY])
    plain = predict([exposure], RUBIN, catalogue).columns
    found = predict([exposure], RUBIN, catalogue, files_of=lambda a, b: files).columns
    assert (plain["gp_id"].tolist(), plain["ephemeris_id"].tolist()) == ([7000], [None])
    assert (found["gp_id"].tolist(), found["ephemeris_id"].tolist()) == ([None], ["file-0"])
    assert np.isnan(found["gp_age"]).all()
    assert found["warning"].tolist() == [None]
    assert found["transit_id"] != plain["transit_id"]
    # The same orbit, so the same place and light; the file tells no error.
    for name in ("t_min", "t_max", "s_ra", "s_dec", "mag"):
        assert found[name] == pytest.approx(plain[name], abs=1e-5, nan_ok=True)
    for name in ("err_maj", "t_err", "p_cross"):
        assert np.isnan(found[name]).all()
        assert np.isfinite(plain[name]).all()


def test_errors_and_probability_are_of_the_covariance_in_the_file(
    one: tuple[Catalogue, Exposure],
) -> None:
    catalogue, exposure = one
    plain = file_of(catalogue.orbits, 0, *hours_about(exposure))
    # 30 m radially, 2 km along, 40 m across, along and radial going together.
    matrix = np.diag([0.03, 2.0, 0.04, 1e-6, 1e-6, 1e-6]) ** 2
    matrix[0, 1] = matrix[1, 0] = 0.9 * 0.03 * 2.0
    lower = np.tile(matrix[np.tril_indices(6)], (len(plain.tai), 1))
    told = replace(plain, covariances=lower, covariance_frames=("RTN",) * len(lower))
    found = predict(
        [exposure], RUBIN, catalogue, files_of=lambda a, b: only(catalogue, [told], [DAY])
    ).columns
    assert found["t_err"][0] == pytest.approx(2.0 / 7.6, rel=0.05)
    # Seen nearly from below, the track error is across the line of sight.
    assert 0.5 < found["err_maj"][0] / np.degrees(2.0 / found["range_min"][0]) / 3600 < 1.0
    assert found["err_min"][0] < 0.05 * found["err_maj"][0]
    assert 0.99 < found["p_cross"][0] <= 1.0


def test_newest_file_that_covers_is_used(one: tuple[Catalogue, Exposure]) -> None:
    catalogue, exposure = one
    begin, end = hours_about(exposure)
    whole = file_of(catalogue.orbits, 0, begin, end)
    ends_within = file_of(catalogue.orbits, 0, begin, (begin + end) / 2)
    for made, expected in (([1.0, 2.0, 3.0], "file-1"), ([2.0, 1.0, 3.0], "file-0")):
        files = only(catalogue, [whole, whole, ends_within], made)
        found = predict([exposure], RUBIN, catalogue, files_of=lambda a, b, f=files: f).columns
        assert found["ephemeris_id"].tolist() == [expected]


def test_exposure_across_a_manoeuvre_is_predicted_with_elements(
    one: tuple[Catalogue, Exposure],
) -> None:
    catalogue, exposure = one
    file = file_of(catalogue.orbits, 0, *hours_about(exposure))
    middle = int(np.searchsorted(file.tai, tai_of_mjd(exposure.middle_mjd))) - 1
    parted = only(catalogue, [replace(file, breaks=(middle,))], [DAY])
    found = predict([exposure], RUBIN, catalogue, files_of=lambda a, b: parted).columns
    assert found["gp_id"].tolist() == [7000]


def test_satellite_that_its_operator_has_elsewhere_is_not_reported_by_its_elements(
    one: tuple[Catalogue, Exposure],
) -> None:
    catalogue, exposure = one
    moved = propagator("sgp4").prepare(elements(1, ahead_deg=60.0))
    files = only(catalogue, [file_of(moved, 0, *hours_about(exposure))], [DAY])
    assert len(predict([exposure], RUBIN, catalogue)) == 1
    assert len(predict([exposure], RUBIN, catalogue, files_of=lambda a, b: files)) == 0


def test_files_are_asked_for_by_the_hour_of_the_exposures(one: tuple[Catalogue, Exposure]) -> None:
    catalogue, exposure = one
    asked = []
    two_hours_on = replace(exposure, id="later", start_mjd=exposure.start_mjd + 2 / 24)
    alone = only(catalogue, [file_of(catalogue.orbits, 0, *hours_about(exposure))], [DAY])

    def files(first: float, last: float) -> OperatorFiles | None:
        asked.append((first, last))
        return alone if first <= exposure.start_mjd < last else None

    found = predict_by_day(
        [two_hours_on, exposure], RUBIN, lambda noon: catalogue, Options(), files_of=files
    )
    assert found.columns["ephemeris_id"].tolist()[-1] == "file-0"
    assert len(asked) == 2
    for (first, last), each in zip(asked, (exposure, two_hours_on), strict=True):
        assert first <= each.start_mjd
        assert each.end_mjd <= last < first + 3 / 24
