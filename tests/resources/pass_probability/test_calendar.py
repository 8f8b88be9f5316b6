"""Calendars of one target."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from satvo.resources.ephemeris.observer import GroundObserver
from satvo.resources.pass_probability.calendar import PassCalendar, pass_calendar
from satvo.resources.pass_probability.camera import Camera
from satvo.resources.pass_probability.density import expected
from satvo.resources.pass_probability.sightlines import Sightlines
from satvo.resources.pass_probability.situation import Situation
from satvo.schemas.errors import BadParameter
from shell_lists import bassa_2022_layers

OBSERVER = GroundObserver.geodetic(-70.4, -24.62, 2635.0, "paranal")
CAMERA = Camera(300.0, 0.5, depth_mag=22.0, blooming_mag=15.0)
HUNDREDTH_DEG = 0.01


def made(**options: object) -> PassCalendar:
    given = {"first": date(2026, 1, 1), "nights": 30, "times": 24, **options}
    return pass_calendar(bassa_2022_layers(), OBSERVER, 200.0, -30.0, CAMERA, **given)


def test_each_cell_is_what_a_map_would_say() -> None:
    found = made(nights=365, times=12)
    checked = 0
    for night, time in ((0, 5), (80, 7), (200, 3), (301, 6), (364, 11), (120, 0)):
        situation = Situation.at(OBSERVER, float(found.mjd[night, time]))
        direction = situation.of_icrs(np.full(1, 200.0), np.full(1, -30.0))
        altitude = situation.altaz_deg(direction)[1][0]
        assert found.target_alt_deg[night, time] == pytest.approx(altitude, abs=HUNDREDTH_DEG)
        assert found.sun_alt_deg[night, time] == pytest.approx(
            situation.sun_alt_deg, abs=HUNDREDTH_DEG
        )
        if altitude > 0.0:
            lines = Sightlines.of(situation, direction)
            cell = math.sqrt(3.0) * CAMERA.radius_deg
            one = expected(bassa_2022_layers(), lines, CAMERA, cell_deg=cell)
            assert found.n_pass[night, time] == pytest.approx(one.n_pass[0], rel=0.01)
            assert found.n_pass_illum[night, time] == pytest.approx(one.n_pass_illum[0], rel=0.01)
            assert found.loss[night, time] == pytest.approx(one.loss[0], rel=0.01, abs=1e-9)
            checked += 1
    assert checked >= 2


def test_nights_go_from_noon_to_noon_about_the_suns_lower_transit() -> None:
    found = made()
    assert found.mjd.shape == (30, 24)
    assert found.solar_time_h[[0, -1]].tolist() == [-11.5, 11.5]
    assert np.allclose(np.diff(found.mjd, axis=0), 1.0)
    lowest = np.abs(found.solar_time_h[found.sun_alt_deg.argmin(axis=1)])
    assert np.all(lowest < 1.0)
    # The evening of 1 January 2026 at 70.4 deg west: midnight is at 4.69 h of the second.
    assert found.mjd[0].mean() == pytest.approx(61_042.0 + 70.4 / 360.0)


def test_below_the_horizon_nothing_is_said_and_by_day_there_are_numbers() -> None:
    found = made()
    below = found.target_alt_deg <= 0.0
    assert below.any()
    for values in (found.n_pass, found.n_pass_illum, found.p_illum, found.loss):
        assert np.array_equal(np.isnan(values), below)
    assert np.any(~below & (found.sun_alt_deg > 0.0))
    assert np.nanmax(found.n_pass_illum - found.n_pass) <= 0.0
    assert found.facts.n_total == 48_298.0
    assert found.facts.observer_name == "paranal"


def test_satellites_go_dark_around_midnight() -> None:
    found = made()
    part = found.n_pass_illum / found.n_pass
    dusk = (found.sun_alt_deg > -12.0) & (found.sun_alt_deg < 0.0) & np.isfinite(part)
    deep = (found.sun_alt_deg < -40.0) & np.isfinite(part)
    assert dusk.any()
    assert deep.any()
    assert part[dusk].mean() > part[deep].mean() + 0.3


def test_a_target_that_never_rises_has_nothing() -> None:
    found = pass_calendar(
        bassa_2022_layers(), OBSERVER, 0.0, 89.0, CAMERA, first=date(2026, 1, 1), nights=2, times=4
    )
    assert np.isnan(found.n_pass).all()


def test_rectangles_are_averaged_over_their_size() -> None:
    wide = replace(CAMERA, radius_deg=1.0, width_deg=1.6, height_deg=1.2)
    found = pass_calendar(
        bassa_2022_layers(), OBSERVER, 200.0, -30.0, wide, first=date(2026, 4, 1), nights=1, times=8
    )
    assert np.isfinite(found.n_pass).any()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"nights": 0}, "nights=0"),
        ({"times": 0}, "times=0"),
        ({"nights": 10_000, "times": 1000}, "product up to"),
        ({"first": date(1900, 1, 1)}, "1900|MJD|Earth"),
    ],
)
def test_bad_numbers_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(BadParameter, match=said):
        made(**options)


@pytest.mark.parametrize(("ra", "dec"), [(math.nan, 0.0), (0.0, 91.0), (math.inf, 0.0)])
def test_a_target_that_is_no_direction_is_refused(ra: float, dec: float) -> None:
    with pytest.raises(BadParameter, match="declination from -90"):
        pass_calendar(bassa_2022_layers(), OBSERVER, ra, dec, CAMERA, first=date(2026, 1, 1))
