"""What is a field and an exposure, and what is none."""

from __future__ import annotations

import math

import pytest
from satvo.resources.pass_probability.camera import Camera
from satvo.schemas.errors import BadParameter


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((-1.0, 1.0), "exposure=-1.0: give 0 to 86400 s"),
        ((30.0, -1.0), "radius=-1.0: give 0 to 90 deg"),
        ((30.0, math.nan), "radius=nan: give 0 to 90 deg"),
        ((30.0, 5e-324), "radius=5e-324: give 0, or 1e-06 deg and more"),
        ((30.0, 1.0, 91.0, 1.0), "width=91.0: give 0 to 90 deg"),
        ((30.0, 1.0, 2.0, 0.0), "a field of 2 deg by 0 deg: give both sides"),
        ((30.0, 1.0, 0.0, 2.0), "a field of 0 deg by 2 deg: give both sides"),
    ],
)
def test_what_no_camera_does_is_refused(values: tuple[float, ...], told: str) -> None:
    with pytest.raises(BadParameter, match=told):
        Camera(*values)


def test_a_rectangle_needs_two_sides() -> None:
    with pytest.raises(BadParameter, match="both sides"):
        Camera.rectangle(30.0, 1.0, 0.0)


def test_mean_widths_are_perimeters_over_pi() -> None:
    assert Camera(30.0, 1.5).mean_width_deg == 3.0
    assert Camera.rectangle(30.0, 2.0, 2.0).mean_width_deg == pytest.approx(8.0 / math.pi)


def test_a_point_is_a_field() -> None:
    assert Camera(0.0, 0.0).area_deg2 == 0.0
