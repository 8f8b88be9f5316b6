"""The state of a satellite and its manoeuvres, from element sets made up after known physics."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from satvo.ingest.orbits.formats import read_orbits
from satvo.resources.ephemeris.history import STATES, OrbitHistory, orbit_history, stations_of
from satvo.schemas.errors import BadParameter
from satvo.schemas.gp import ElementSet

MU = 398600.8
RADIUS = 6378.135
NOISE_KM = 0.005  # of the semi-major axis of a set in a low orbit


def told(height_km: Any, days: Any, *, noise: float = NOISE_KM, **more: Any) -> OrbitHistory:
    """The history of a satellite with this height, told by sets with the usual noise."""
    rng = np.random.default_rng(1)
    days = np.asarray(days, np.float64)
    height = np.broadcast_to(np.asarray(height_km, np.float64), days.shape)
    axis = RADIUS + height + rng.normal(size=days.shape) * noise
    motion = np.sqrt(MU / axis**3) * 86400 / (2 * np.pi)
    tilt = more.pop("tilt", np.full(days.shape, 53.0)) + rng.normal(size=days.shape) * 5e-4
    return orbit_history(60000 + days, motion, np.full(days.shape, 1.5e-4), tilt, **more)


DAYS = np.arange(0, 60, 0.5)


@pytest.mark.parametrize(
    ("rate_km_per_d", "state"),
    [(3.0, "raising"), (0.5, "raising"), (-3.0, "descending"), (-0.5, "descending")],
)
def test_what_rises_is_raised_and_what_sinks_fast_descends(
    rate_km_per_d: float, state: str
) -> None:
    history = told(450 + rate_km_per_d * (DAYS - 30), DAYS)
    assert history.state == state
    ten_metres_per_day = 0.01
    assert abs(history.rate_km_per_d - rate_km_per_d) < ten_metres_per_day


def test_a_satellite_that_holds_its_height_is_on_station() -> None:
    kept = told(550 + 0.1 * np.sin(DAYS), DAYS)
    assert kept.state == "on station"
    assert not kept.maneuvers.any() or kept.maneuvers.sum() < 10


def test_a_satellite_left_to_the_air_drifts() -> None:
    assert told(550 - 0.08 * DAYS, DAYS).state == "drifting"


def test_in_a_waiting_orbit_a_satellite_of_a_known_constellation_drifts() -> None:
    assert told(350.0, DAYS, stations_km=(550.0, 570.0)).state == "drifting"
    assert told(560.0, DAYS, stations_km=(550.0, 570.0)).state == "on station"
    assert told(550.0, DAYS[:6], stations_km=(550.0,)).state == "on station"


def test_a_short_or_old_history_tells_nothing() -> None:
    assert told(550.0, DAYS[:1]).state is None
    assert told(550.0, DAYS[:2]).state is None
    assert told(550.0, DAYS[:10]).state is None, "five days do not show that it is kept"
    assert told(550.0, DAYS, as_of_mjd=60100.0).state is None
    assert np.isnan(told(550.0, DAYS[:2]).rate_km_per_d)


def test_what_came_down_is_decayed() -> None:
    assert told(550.0, DAYS, decayed=True).state == "decayed"
    sinking = 125 + 3.0 * np.sqrt(60 - DAYS)
    assert told(sinking, DAYS, as_of_mjd=60062.0).state == "decayed"
    assert told(sinking, DAYS).state == "descending"


def test_a_change_of_state_shows_within_days() -> None:
    height = np.where(DAYS < 30, 350 + 5 * DAYS, 500.0)
    states = [told(height[: i + 1], DAYS[: i + 1], stations_km=(500.0,)).state
              for i in range(10, len(DAYS), 10)]  # fmt: skip
    assert states[0] == "raising"
    assert states[-1] == "on station"
    assert states[8] == "on station", "15 days after"


@pytest.mark.parametrize("step_km", [0.2, -0.2, 2.0, -5.0])
def test_a_jump_is_marked_where_it_is_and_nowhere_else(step_km: float) -> None:
    height = 780 - 0.01 * DAYS + step_km * (np.arange(len(DAYS)) >= 70)
    assert np.flatnonzero(told(height, DAYS).maneuvers).tolist() == [70]


def test_steady_thrust_is_marked_where_it_begins_and_ends() -> None:
    height = np.interp(DAYS, [0, 20, 40, 60], [350, 350, 450, 450])
    marks = np.flatnonzero(told(height, DAYS).maneuvers)
    assert marks[0] in (40, 41)
    assert np.any((marks >= 80) & (marks <= 82))
    assert len(marks) < 8


def test_drag_that_grows_is_no_manoeuvre() -> None:
    # Down from 300 km in 60 days: the rate grows from 1 to 5 km/d without a step.
    height = 300 - 1.0 * DAYS - 0.03 * DAYS**2
    assert told(height, DAYS).maneuvers.sum() == 0


def test_noise_alone_marks_nothing() -> None:
    assert told(780.0, np.arange(0, 400, 0.4)).maneuvers.sum() == 0
    noisy = told(780.0, np.arange(0, 400, 0.4), noise=0.05)
    assert noisy.maneuvers.mean() < 0.01


def test_a_change_of_plane_is_marked() -> None:
    tilt = np.where(np.arange(len(DAYS)) >= 50, 53.05, 53.0)
    assert np.flatnonzero(told(550.0, DAYS, tilt=tilt).maneuvers).tolist() == [50]


def test_the_order_of_the_sets_does_not_matter() -> None:
    height = 780 + 2.0 * (np.arange(len(DAYS)) >= 70)
    shuffled = np.random.default_rng(2).permutation(len(DAYS))
    mark = np.zeros(len(DAYS), bool)
    mark[70] = True
    assert told(height[shuffled], DAYS[shuffled], noise=0).maneuvers.tolist() == (
        mark[shuffled].tolist()
    )


def test_two_sets_of_one_epoch_are_one() -> None:
    days = np.repeat(DAYS, 2)
    history = told(550.0, days)
    assert history.maneuvers.sum() == 0
    assert np.isfinite(history.rate_km_per_d)


@pytest.mark.parametrize("arrays", [([], [], [], []), ([1.0], [15.0, 15.1], [0.0], [53.0])])
def test_what_is_no_history_is_refused(arrays: Any) -> None:
    with pytest.raises(BadParameter, match="one set at least"):
        orbit_history(*arrays)


@pytest.mark.needs_data
def test_shells_of_real_constellations_are_found(test_data: Path) -> None:
    path = test_data / "orbits" / "tle_multi" / "celestrak_groups_2026-05-26.tle.gz"
    heights: dict[str, list[float]] = {"STARLINK": [], "ONEWEB": []}
    with path.open("rb") as stream:
        for each in read_orbits(stream, name=path.name):
            if isinstance(each, ElementSet) and each.object_name:
                found = orbit_history([0.0], [each.mean_motion], [0.0], [each.inclination])
                assert found.state in (*STATES, None)
                for name, known in heights.items():
                    if each.object_name.startswith(name):
                        known.append(found.height_km)
    assert stations_of(heights["ONEWEB"])[-1] == pytest.approx(1215, abs=20)
    shells = stations_of(heights["STARLINK"])
    assert all(340 < shell < 600 for shell in shells)
    # Generation 1 works at 540 to 570 km (its filing), much of generation 2 at 475 to 490.
    assert any(535 < shell < 575 for shell in shells)
