"""Exposures of registered plans: which can be computed, and as what."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from satvo.resources.ephemeris.sites import find_observer
from satvo.resources.passes.fields import Circle, Polygon
from satvo.resources.passes.filling.planned import planned_exposures

ROW = {
    "obs_id": "a", "obs_collection": "plan", "facility_name": "Paranal", "category": "Fixed",
    "execution_status": "Planned", "tracking_type": "Sidereal", "t_min": 60000.0, "t_max": None,
    "t_exptime": 30.0, "s_ra": 359.9, "s_dec": -89.0, "s_fov": 2.0, "s_region": None,
}  # fmt: skip


def test_an_observation_becomes_an_exposure() -> None:
    exposures, observers, left_out = planned_exposures([ROW], find_observer)
    ((key, (exposure,)),) = exposures.items()
    assert key == ("plan", "Paranal")
    assert observers["Paranal"].name == "paranal"
    assert left_out == {}
    assert (exposure.id, exposure.start_mjd, exposure.duration_s) == ("a", 60000.0, 30.0)
    assert isinstance(exposure.field, Circle)
    assert exposure.field.radius_rad == pytest.approx(np.radians(1.0))
    assert exposure.tracks


def test_a_region_comes_before_the_diameter_and_limits_serve_without_t_exptime() -> None:
    timed = {"t_exptime": None, "t_max": 60000.01}
    rows = [
        ROW | timed | {"s_region": "POLYGON ICRS 359 -1 359 1 1 1 1 -1"},
        ROW | {"obs_id": "b", "s_region": "CIRCLE ICRS 10 20 0.5"},
        ROW | {"obs_id": "c", "tracking_type": "Fixed-az-el-transit"},
    ]  # fmt: skip
    (found,) = planned_exposures(rows, find_observer)[0].values()
    assert isinstance(found[0].field, Polygon)
    assert found[0].duration_s == pytest.approx(864.0)
    assert found[1].field.radius_rad == pytest.approx(np.radians(0.5))
    assert [each.tracks for each in found] == [True, True, False]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"category": "Window"}, "window"),
        ({"execution_status": "Aborted"}, "unscheduled"),
        ({"t_min": None}, "unscheduled"),
        ({"t_exptime": None}, "unscheduled"),
        ({"tracking_type": "Solar-system-object-tracking"}, "moving-target"),
        ({"t_exptime": 100_000.0}, "too-long"),
        ({"t_exptime": 0.0}, "too-long"),
        ({"s_fov": None}, "no-field"),
        ({"s_fov": 0.0}, "no-field"),
        ({"s_region": "POLYGON ICRS 1 2 3"}, "no-field"),
        ({"facility_name": "nowhere at all"}, "unknown-site"),
    ],
)
def test_what_cannot_be_computed_is_counted_with_its_reason(
    change: dict[str, Any], reason: str
) -> None:
    exposures, _, left_out = planned_exposures([ROW | change, ROW], find_observer)
    assert left_out == {reason: 1}
    assert [len(each) for each in exposures.values()] == [1]
