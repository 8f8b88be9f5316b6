"""Attitudes of files in brightness models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from satvo.ingest.attitude.aem import AttitudeSegment
from satvo.resources.brightness import Geometry, Satellites, magnitudes
from satvo.resources.brightness.attitude import (
    ATTITUDE_LAWS,
    local_orbital,
    nadir_sun_array,
    sun_tracking,
)
from satvo.resources.brightness.attitude_track import attitude_at, matrix, slerp, tracked
from satvo.resources.brightness.panels import TWO_PANEL_PHONG

ONE_MICROARCSEC = np.radians(1e-6 / 3600)
MINUTE_D = 60.0 / 86400.0


def segment(frame: str, *rows: tuple[float, float, float, float]) -> AttitudeSegment:
    """A minute from row to row from MJD 61041."""
    times = 61041.0 + MINUTE_D * np.arange(len(rows))
    return AttitudeSegment("A", "2026-001A", frame, times, np.array(rows), times[0], times[-1])


def about_z(degrees: float) -> tuple[float, float, float, float]:
    """The quaternion of a turn of the frame."""
    half = np.radians(degrees) / 2
    return (0.0, 0.0, float(np.sin(half)), float(np.cos(half)))


def test_halfway_is_half_the_turn_whatever_the_sign() -> None:
    one, other = np.array([about_z(10.0)]), np.array([about_z(70.0)])
    for sign in (1.0, -1.0):
        turned = matrix(slerp(one, sign * other, np.array([0.5])))[0]
        angle = np.arctan2(turned[0, 1], turned[0, 0])
        assert abs(angle - np.radians(40.0)) < ONE_MICROARCSEC


def test_rate_is_even_between_rows() -> None:
    spinning = segment("inertial", about_z(0.0), about_z(90.0), about_z(180.0), about_z(270.0))
    share = np.linspace(0.0, 3.0, 31)
    axes = attitude_at(spinning, 61041.0 + share * MINUTE_D)
    angle = np.unwrap(np.arctan2(axes[:, 0, 1], axes[:, 0, 0]))
    # The instants themselves are known to 1e-6 s of a turn in 240 s.
    np.testing.assert_allclose(angle, share * np.pi / 2, atol=1e-6)


def test_equal_rows_stay_what_they_are() -> None:
    still = np.array([about_z(33.0)])
    np.testing.assert_allclose(slerp(still, still, np.array([0.3])), still, atol=1e-15)


def test_nadir_attitude_of_a_file_is_the_nadir_law(sky: Geometry) -> None:
    """An identity in LVLH gives what sun_tracking gives, and so the same magnitudes."""
    when = np.full(len(sky), 61041.0)
    law = tracked([segment("lvlh", (0, 0, 0, 1), (0, 0, 0, 1))], when, otherwise=nadir_sun_array)
    ours, named = law(sky), sun_tracking(sky)
    np.testing.assert_allclose(ours.body, named.body, atol=1e-12)
    np.testing.assert_allclose(ours.array, named.array, atol=1e-12)
    satellites = Satellites.of(len(sky), constellation="starlink", generation="post-visorsat")
    by_file = magnitudes(sky, satellites, model=replace(TWO_PANEL_PHONG, law=law))
    by_name = magnitudes(sky, satellites, model=replace(TWO_PANEL_PHONG, law=sun_tracking))
    np.testing.assert_allclose(by_file.mag, by_name.mag, atol=1e-9)


def test_inertial_attitude_is_kept(sky: Geometry) -> None:
    turned = segment("inertial", about_z(30.0))
    law = tracked([turned], np.full(len(sky), 61041.0), otherwise=nadir_sun_array, array_axis=None)
    expected = np.broadcast_to(matrix(turned.quaternion), (len(sky), 3, 3))
    np.testing.assert_allclose(law(sky).body, expected, atol=1e-15)
    np.testing.assert_allclose(law(sky).array, expected, atol=1e-15)


def test_rtn_is_the_orbital_frame_by_its_other_names(sky: Geometry) -> None:
    """R is up, N the orbit's normal: LVLH's z reversed and y reversed."""
    law = tracked(
        [segment("rtn", (0, 0, 0, 1))], np.full(len(sky), 61041.0), otherwise=nadir_sun_array
    )
    body, lvlh = law(sky).body, local_orbital(sky)
    np.testing.assert_allclose(body[:, 0], -lvlh[:, 2], atol=1e-12)
    np.testing.assert_allclose(body[:, 2], -lvlh[:, 1], atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(body), 1.0)


def test_outside_of_the_file_the_named_law_holds(sky: Geometry) -> None:
    when = np.linspace(61041.0 - MINUTE_D, 61041.0 + 2 * MINUTE_D, len(sky))
    turned = segment("inertial", about_z(0.0), about_z(0.0))
    body = tracked([turned], when, otherwise=nadir_sun_array)(sky).body
    inside = (when >= 61041.0) & (when <= 61041.0 + MINUTE_D)
    assert inside.any()
    assert not inside.all()
    np.testing.assert_allclose(body[inside], np.broadcast_to(np.eye(3), body[inside].shape))
    np.testing.assert_array_equal(body[~inside], nadir_sun_array(sky).body[~inside])


@pytest.mark.parametrize("name", ATTITUDE_LAWS)
def test_any_law_may_stand_in(name: str, sky: Geometry) -> None:
    law = tracked([], np.zeros(len(sky)), otherwise=ATTITUDE_LAWS[name])
    np.testing.assert_array_equal(law(sky).body, ATTITUDE_LAWS[name](sky).body)
