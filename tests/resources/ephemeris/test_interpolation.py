"""States and covariances between those of a file."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import GCRS, ITRS, CartesianDifferential, CartesianRepresentation
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st
from satvo.ingest.orbits.formats import read_orbits
from satvo.resources.ephemeris.covariance import covariance_at, full_matrices, log_euclidean
from satvo.resources.ephemeris.frames import Frames, rotate
from satvo.resources.ephemeris.interpolation import GAP, GOOD, OUTSIDE, REDUCED, Ephemeris
from satvo.resources.ephemeris.state_frames import orbit_axes, rotation_to_gcrs, to_gcrs
from satvo.schemas.ephemeris_segment import EphemerisSegment
from satvo.schemas.leap_seconds import tai_of_mjd, utc_of_tai

MU = 398600.4418  # km**3/s**2, EGM96, only to make an orbit
START = 60000.0
MM = 1e-6  # km

Orbit = Callable[[Any], Any]


def circle(seconds: Any, *, radius_km: float = 6928.0) -> Any:
    """States of a circular orbit inclined by 53 deg, worked out without any of our code."""
    rate = np.sqrt(MU / radius_km**3)
    angle = rate * np.asarray(seconds, np.float64)
    along = np.array([0.0, np.cos(np.radians(53.0)), np.sin(np.radians(53.0))])
    first = np.array([1.0, 0.0, 0.0])
    r = radius_km * (np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * along)
    v = radius_km * rate * (np.cos(angle)[:, None] * along - np.sin(angle)[:, None] * first)
    return np.hstack([r, v])


def ephemeris(seconds: Any, states: Any = None, **more: Any) -> Ephemeris:
    seconds = np.asarray(seconds, np.float64)
    states = circle(seconds) if states is None else states
    tai = tai_of_mjd(START) + np.rint(seconds * 1e6).astype(np.int64)
    return Ephemeris(25544, "GCRS", tai, states, **more)


def at(eph: Ephemeris, seconds: Any) -> Any:
    return eph.at(np.full(np.shape(seconds), START), offset_s=seconds)


STEPS = np.arange(0, 3600.0, 60.0)
BETWEEN = np.arange(300.0, 3200.0, 7.3)


def test_a_low_orbit_at_60_s_is_met_to_a_micrometre() -> None:
    found = at(ephemeris(STEPS), BETWEEN)
    one_micrometre, one_micrometre_per_s = 1e-9, 1e-9
    expected = circle(BETWEEN)
    assert np.abs(found.r - expected[:, :3]).max() < one_micrometre
    assert np.abs(found.v - expected[:, 3:]).max() < one_micrometre_per_s
    assert set(found.flag.tolist()) == {GOOD}


@pytest.mark.parametrize(
    ("method", "degree"),
    [("hermite", 3), ("hermite", 7), ("lagrange", 1), ("lagrange", 7), ("lagrange", 11)],
)
def test_the_degree_that_the_file_asks_for_is_used(method: str, degree: int) -> None:
    step = 300.0
    eph = ephemeris(np.arange(0, 7200.0, step), interpolation=method, degree=degree)
    when = np.arange(2100.0, 5000.0, 11.0)
    error_km = np.linalg.norm(at(eph, when).r - circle(when)[:, :3], axis=1).max()
    # The remainder of the polynomial (Stoer & Bulirsch, theorem 2.1.4.1) half-way between nodes.
    half = (degree + 1) // (4 if method == "hermite" else 2)
    product = np.prod(np.arange(half) + 0.5) ** (4 if method == "hermite" else 2)
    order = degree + 1
    expected = 6928.0 * (np.sqrt(MU / 6928.0**3) * step) ** order * product / factorial(order)
    assert 0.8 * expected < error_km < 1.1 * expected


def test_positions_alone_give_velocities() -> None:
    states = circle(STEPS)
    states[:, 3:] = np.nan
    found = at(ephemeris(STEPS, states), BETWEEN)
    one_millimetre, one_tenth_of_a_millimetre_per_s = 1e-6, 1e-7
    expected = circle(BETWEEN)
    assert np.abs(found.r - expected[:, :3]).max() < one_millimetre
    assert np.abs(found.v - expected[:, 3:]).max() < one_tenth_of_a_millimetre_per_s


def test_a_state_of_the_file_is_given_as_it_stands() -> None:
    found = at(ephemeris(STEPS), STEPS)
    one_micrometre = 1e-9
    assert np.abs(found.r - circle(STEPS)[:, :3]).max() < one_micrometre
    alone = at(ephemeris(STEPS[:1]), [0.0, 1.0, -1.0])
    assert alone.flag.tolist() == [REDUCED, OUTSIDE, OUTSIDE]
    assert np.array_equal(alone.r[0], circle([0.0])[0, :3])


def test_outside_its_span_there_is_no_state() -> None:
    found = at(ephemeris(STEPS), [-1e-3, 0.0, STEPS[-1], STEPS[-1] + 1e-3])
    assert found.flag.tolist() == [OUTSIDE, GOOD, GOOD, OUTSIDE]
    assert np.isnan(found.r[[0, 3]]).all()
    assert np.isnan(found.v[[0, 3]]).all()


def test_only_the_useable_span_is_used() -> None:
    tai = tai_of_mjd(START)
    eph = ephemeris(STEPS, useable=(int(tai) + 100_000_000, int(tai) + 200_000_000))
    assert at(eph, [99.9, 100.0, 200.0, 200.1]).flag.tolist() == [OUTSIDE, GOOD, GOOD, OUTSIDE]


def test_no_interpolation_crosses_a_manoeuvre() -> None:
    kick = np.zeros((len(STEPS), 6))
    kick[30:, 3:] = 0.1  # 100 m/s
    kick[30:, :3] = 0.1 * (STEPS[30:, None] - STEPS[29])
    eph = ephemeris(STEPS, circle(STEPS) + kick, breaks=(29,))
    before, after = np.arange(1500.0, STEPS[29], 9.0), np.arange(STEPS[30], 2100.0, 9.0)
    ten_millimetres = 1e-5
    assert np.abs(at(eph, before).r - circle(before)[:, :3]).max() < ten_millimetres
    moved = circle(after)[:, :3] + 0.1 * (after[:, None] - STEPS[29])
    assert np.abs(at(eph, after).r - moved).max() < ten_millimetres
    between = at(eph, [STEPS[29] + 1.0, STEPS[30] - 1.0])
    assert between.flag.tolist() == [OUTSIDE, OUTSIDE]
    assert np.isnan(between.r).all()
    crossed = at(replace(eph, breaks=()), before[-1:])
    assert np.abs(crossed.r - circle(before[-1:])[:, :3]).max() > ten_millimetres, "it matters"


def test_a_gap_is_no_place_for_a_polynomial() -> None:
    seconds = np.concatenate([STEPS[:20], STEPS[40:]])
    found = at(ephemeris(seconds), [STEPS[19] - 1, STEPS[19] + 1, STEPS[40] - 1, STEPS[40] + 1])
    assert found.flag.tolist() == [GOOD, GAP, GAP, GOOD]
    ten_millimetres = 1e-5
    assert np.abs(found.r[[0, 3]] - circle([STEPS[19] - 1, STEPS[40] + 1])[:, :3]).max() < (
        ten_millimetres
    )
    far = ephemeris(np.arange(0, 86400.0, 3600.0), circle(np.arange(24) * 3600.0, radius_km=42164))
    assert at(far, [10_000.0]).flag.tolist() == [GOOD], "an hour is no gap in the geostationary"


def test_too_few_states_are_told() -> None:
    found = at(ephemeris(STEPS[:3], interpolation="hermite", degree=7), [70.0])
    assert found.flag.tolist() == [REDUCED]
    one_metre = 1e-3
    assert np.abs(found.r - circle([70.0])[:, :3]).max() < one_metre


def test_a_row_with_only_a_covariance_is_no_state() -> None:
    states = circle(STEPS)
    states[10] = np.nan
    found = at(ephemeris(STEPS, states), [599.0, 600.0, 601.0])
    ten_millimetres = 1e-5
    assert np.abs(found.r - circle([599.0, 600.0, 601.0])[:, :3]).max() < ten_millimetres


def test_a_leap_second_is_a_second() -> None:
    start = tai_of_mjd(57753.999)
    tai = start + np.arange(10) * 30_000_000
    eph = Ephemeris(1, "GCRS", tai, circle(np.arange(10) * 30.0))
    when = start + np.arange(60, 200) * 1_000_000
    found = eph.at(utc_of_tai(when)[2])
    ten_millimetres = 1e-5  # a microsecond of the MJD
    assert np.abs(found.r - circle(np.arange(60, 200))[:, :3]).max() < ten_millimetres


def test_light_time_is_not_rounded_to_the_double_of_a_date() -> None:
    eph = ephemeris(STEPS)
    when = 600.0 + np.arange(50) * 1e-7
    found = at(eph, when)
    one_micrometre = 1e-9
    assert np.abs(found.r - circle(when)[:, :3]).max() < one_micrometre


def test_no_instant_gives_no_state() -> None:
    found = at(ephemeris(STEPS), np.empty(0))
    assert found.r.shape == (0, 3)


# Frames


def test_states_in_itrs_are_in_gcrs_where_astropy_has_them() -> None:
    when = Time(START + np.linspace(0, 0.5, 7), format="mjd", scale="utc")
    frames = Frames.at(when.mjd)
    r, v = circle(np.arange(7) * 300.0)[:, :3], circle(np.arange(7) * 300.0)[:, 3:]
    found_r, found_v = to_gcrs("ITRS", r, v, frames)
    place = CartesianRepresentation(
        r.T * units.km, differentials=CartesianDifferential(v.T * units.km / units.s)
    )
    expected = ITRS(place, obstime=when).transform_to(GCRS(obstime=when)).cartesian
    one_metre, one_millimetre_per_s = 1e-3, 1e-6
    assert np.abs(found_r - expected.xyz.to_value("km").T).max() < one_metre
    rates = expected.differentials["s"].d_xyz.to_value("km/s").T
    assert np.abs(found_v - rates).max() < one_millimetre_per_s


def test_the_frame_of_j2000_is_off_by_its_bias() -> None:
    # 23.1 mas in all: IERS Conventions 2010, section 5.4.4 (-16.617, -6.819 and -14.6 mas)
    turn = rotation_to_gcrs("EME2000", None)[0]
    angle_mas = np.degrees(np.arccos((np.trace(turn) - 1) / 2)) * 3.6e6
    two_tenths_mas = 0.2
    assert abs(angle_mas - np.hypot(np.hypot(16.617, 6.819), 14.6)) < two_tenths_mas
    eph = replace(ephemeris(STEPS), frame="EME2000")
    found = at(eph, [600.0]).gcrs()
    assert found.frame == "GCRS"
    eight_decimetres = 8e-4
    distance = np.linalg.norm(found.r - circle([600.0])[:, :3])
    assert 1e-5 < distance < eight_decimetres


# Covariances


def symmetric(draw_of: Any, size: float) -> Any:
    root = np.array(draw_of).reshape(6, 6)
    return size * (root @ root.T + 1e-9 * np.eye(6))


ROOTS = st.lists(st.floats(-1, 1), min_size=36, max_size=36)


@given(ROOTS, ROOTS, st.floats(0, 1), st.sampled_from([1e-6, 1.0, 1e6]))
def test_a_covariance_between_two_is_positive_definite(
    one: list[float], other: list[float], weight: float, size: float
) -> None:
    first, second = symmetric(one, 1.0)[None], symmetric(other, size)[None]
    found = log_euclidean(first, second, np.array([weight]))[0]
    assert np.allclose(found, found.T)
    scale = np.sqrt(np.diag(found))
    assert np.linalg.eigvalsh(found / np.outer(scale, scale))[0] > -1e-9
    logs = [np.linalg.slogdet(m)[1] for m in (first[0], second[0])]
    assert min(logs) - 0.1 <= np.linalg.slogdet(found)[1] <= max(logs) + 0.1


def test_at_its_own_epoch_a_covariance_is_the_one_given() -> None:
    rng = np.random.default_rng(5)
    pair = np.array([symmetric(rng.normal(size=36), size) for size in (1.0, 1e4)])
    for weight, expected in ((0.0, pair[0]), (1.0, pair[1])):
        found = log_euclidean(pair[:1], pair[1:], np.array([weight]))[0]
        assert np.allclose(found, expected, rtol=1e-9)


def with_covariance(frame: str, sigma_km: tuple[float, float, float]) -> Ephemeris:
    """The same error ellipsoid along the orbit at every state, told in another frame."""
    states = circle(STEPS)
    matrix = np.zeros((len(STEPS), 6, 6))
    matrix[:] = np.diag([*np.square(sigma_km), *np.square(np.array(sigma_km) * 1e-3)])
    if frame != "RTN":
        kind = "TNW" if frame == "TNW" else "RTN"
        to_inertial = np.swapaxes(orbit_axes(states[:, :3], states[:, 3:]), 1, 2)
        turn = to_inertial
        if frame == "TNW":
            turn = orbit_axes(states[:, :3], states[:, 3:], kind=kind) @ to_inertial
        elif frame != "GCRS":
            mjd = utc_of_tai(ephemeris(STEPS).tai)[2]
            frames = Frames.at(mjd)
            turn = np.swapaxes(rotation_to_gcrs(frame, frames), 1, 2) @ to_inertial
        both = np.zeros((len(STEPS), 6, 6))
        both[:, :3, :3] = both[:, 3:, 3:] = turn
        matrix = both @ matrix @ np.swapaxes(both, 1, 2)
    lower = matrix[:, *np.tril_indices(6)]
    return ephemeris(STEPS, covariances=lower, covariance_frames=(frame,) * len(STEPS))


@pytest.mark.parametrize("frame", ["RTN", "TNW", "GCRS", "EME2000", "TEME", "ITRS"])
def test_the_ellipsoid_keeps_its_shape_whatever_frame_it_is_told_in(frame: str) -> None:
    sigma_km = (0.02, 0.5, 0.01)
    eph = with_covariance(frame, sigma_km)
    found = covariance_at(eph, START + BETWEEN / 86400.0)
    one_in_a_thousand = 1e-3
    diagonal = np.sqrt(np.diagonal(found, axis1=1, axis2=2))[:, :3]
    assert np.abs(diagonal / sigma_km - 1).max() < one_in_a_thousand


def test_without_covariances_on_both_sides_there_is_none() -> None:
    eph = with_covariance("RTN", (1.0, 1.0, 1.0))
    assert eph.covariances is not None
    lower = np.where((np.arange(60) % 10 == 0)[:, None], eph.covariances, np.nan)
    some = replace(eph, covariances=lower, breaks=(24,))
    when = START + np.array([0.0, 650.0, STEPS[22], STEPS[28], STEPS[35], STEPS[55]]) / 86400.0
    known = np.isfinite(covariance_at(some, when)[:, 0, 0]).tolist()
    assert known == [True, True, False, False, True, False]
    assert np.isnan(covariance_at(ephemeris(STEPS), when)).all()


# Real files


def segment(test_data: Path, path: str) -> EphemerisSegment:
    with (test_data / "orbits" / path).open("rb") as stream:
        records = list(read_orbits(stream, name=path))
    (found,) = [each for each in records if isinstance(each, EphemerisSegment)]
    return found


def left_out(test_data: Path, path: str, **more: Any) -> Any:
    """Distances, m, of the states left out (every second) from those between the others."""
    whole = segment(test_data, path)
    kept = np.arange(len(whole)) % 2 == 0
    eph = replace(
        Ephemeris.of_segment(whole),
        tai=whole.tai[kept],
        states=whole.states[kept],
        covariances=None,
        **more,
    )
    out = np.flatnonzero(~kept)[:-1]
    found = eph.at(utc_of_tai(whole.tai[out])[2])
    return np.linalg.norm(found.r - whole.states[out, :3], axis=1) * 1e3


@pytest.mark.needs_data
def test_an_operator_ephemeris_at_120_s_is_met_to_a_centimetre(test_data: Path) -> None:
    error_m = left_out(test_data, "itc/starlink_2025-10-10_satchecker_fixture.txt")
    # The file itself steps by 8 cm in its first minute, whatever the degree.
    two_millimetres, eleven_millimetres, one_decimetre = 0.002, 0.011, 0.1
    assert np.median(error_m) < two_millimetres
    assert error_m[1:-1].max() < eleven_millimetres
    assert error_m.max() < one_decimetre


@pytest.mark.needs_data
@pytest.mark.parametrize(
    ("path", "degree", "metres"),
    [
        ("cpf/lageos1_cpf_180613_16401.hts", 7, 12.0),
        ("cpf/lageos1_cpf_180613_16401.hts", 9, 2.2),
        ("cpf/lageos1_cpf_180613_16401.hts", 11, 0.9),
        ("cpf/galileo212_cpf_180613_6641.esa", 7, 12.0),
        ("cpf/galileo212_cpf_180613_6641.esa", 9, 2.2),
        ("cpf/galileo212_cpf_180613_6641.esa", 11, 0.9),
    ],
)
def test_laser_predictions_at_twice_their_step_are_met_to_metres(
    test_data: Path, path: str, degree: int, metres: float
) -> None:
    error_m = left_out(test_data, path, interpolation="lagrange", degree=degree)
    inner = slice(degree // 2, -degree // 2)
    assert error_m[inner].max() < metres
    assert np.median(error_m) < metres / 5


@pytest.mark.needs_data
def test_an_oem_at_120_s_is_met_to_centimetres(test_data: Path) -> None:
    # It asks for Lagrange of degree 7; its velocities disagree with its positions by 3 cm/s.
    error_m = left_out(test_data, "oem/bradsease_LEO_60s.oem")
    two_millimetres, two_centimetres = 0.002, 0.02
    assert np.median(error_m) < two_millimetres
    assert error_m.max() < two_centimetres


@pytest.mark.needs_data
def test_covariances_of_a_real_ephemeris_stay_between_their_neighbours(test_data: Path) -> None:
    whole = segment(test_data, "itc/starlink_2025-10-10_satchecker_fixture.txt")
    eph = Ephemeris.of_segment(whole)
    assert whole.covariances is not None
    found = covariance_at(eph, utc_of_tai(whole.tai)[2])
    given = full_matrices(whole.covariances)
    assert np.allclose(found, given, rtol=1e-6, atol=1e-18)
    middle = covariance_at(eph, utc_of_tai((whole.tai[1:] + whole.tai[:-1]) // 2)[2])
    for i, j in itertools.product(range(len(middle)), range(6)):
        low, high = sorted((given[i, j, j], given[i + 1, j, j]))
        assert 0.9 * low < middle[i, j, j] < 1.1 * high


def test_rotations_turn_no_vector_longer() -> None:
    frames = Frames.at(np.array([START]))
    for name in ("TEME", "EME2000", "GCRS", "ITRS"):
        turned = rotate(rotation_to_gcrs(name, frames), circle([0.0])[:, :3])
        assert np.isclose(np.linalg.norm(turned), 6928.0, rtol=1e-14)
