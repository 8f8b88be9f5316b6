"""Defocus, bleeding, crosstalk, ghosts and shutters, each against what it must be."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from satvo.resources.trails.models.bleeding import bleeding, filling
from satvo.resources.trails.models.crosstalk import crosstalk
from satvo.resources.trails.models.detectors import CCD, CMOS
from satvo.resources.trails.models.lights import DEFOCUSED, POINT, Resolved
from satvo.resources.trails.models.model import Chip, Ghost, Optics
from satvo.resources.trails.models.spreads import (
    annulus,
    bar,
    convolved,
    defocused_spread,
    full_width_px,
)
from satvo.resources.trails.paths import straight_path
from satvo.resources.trails.stamps import PointSpread
from satvo.resources.trails.trail import Trail
from satvo.schemas.errors import BadParameter

POINT_SPREAD = PointSpread(np.ones((1, 1)))
SHAPE = (200, 200)


def seeing(fwhm_px: float, per_pixel: int, reach: int) -> PointSpread:
    sigma = fwhm_px / 2.3548 * per_pixel
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    values = np.exp(-(x**2 + y**2) / (2.0 * sigma**2))
    return PointSpread(values / values.sum(), per_pixel)


def test_a_disc_has_its_moments() -> None:
    """Second moment of an annulus along an axis: (R**2 + r**2) / 4, and 1/12 of the cells; 1 %."""
    for diameter, hole in ((7.3, 0.5), (13.6, 0.0), (40.0, 0.6)):
        values = annulus(diameter, hole)
        half = values.shape[0] // 2
        place = np.arange(-half, half + 1.0)
        moment = float((values.sum(0) * place**2).sum())
        radius = diameter / 2.0
        expected = radius**2 * (1.0 + hole**2) / 4.0 + 1.0 / 12.0
        assert moment == pytest.approx(expected, rel=0.01)
        assert values.sum() == pytest.approx(1.0, abs=1e-12)
        assert np.allclose(values, values.T)


def test_a_bar_has_its_moments_and_angle() -> None:
    values = bar(20.0, 4.0, math.radians(30.0))
    half = values.shape[0] // 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    xx, yy, xy = (float((values * each).sum()) for each in (x * x, y * y, x * y))
    # Of an evenly bright rectangle: length**2 / 12 and width**2 / 12, and 1/12 of the cells; 2 %.
    ends = np.linalg.eigvalsh(np.array([[xx, xy], [xy, yy]])) - 1.0 / 12.0
    assert ends == pytest.approx([16.0 / 12.0, 400.0 / 12.0], rel=0.02)
    assert 0.5 * math.atan2(2.0 * xy, xx - yy) == pytest.approx(math.radians(30.0), abs=0.01)


def test_rubin_sees_satellites_three_arcsec_wide() -> None:
    """Tyson et al. 2020: a full width of about 3 arcsec at 550 km for 8.4 m (0.7 arcsec seeing)."""
    optics = Optics(seeing(3.5, 1, 12), 0.2, aperture_m=8.36, obstruction=0.61)
    width = full_width_px(defocused_spread(optics, 550.0)) * 0.2
    assert width == pytest.approx(3.0, abs=0.3)
    assert defocused_spread(optics, math.inf) is optics.spread
    amateur = Optics(seeing(3.0, 1, 10), 1.72, aperture_m=0.114)
    assert full_width_px(defocused_spread(amateur, 550.0)) == pytest.approx(3.0, rel=0.02)


def test_a_donut_makes_a_trail_with_two_ridges() -> None:
    """Of a wide ring, light summed along the trail peaks at the edges of the hole."""
    optics = Optics(seeing(2.0, 1, 8), 1.0, aperture_m=30.0, obstruction=0.8)
    trail = Trail(straight_path((100.0, 20.0), (100.0, 180.0)), 1e6, 1.0, range_km=200.0)
    (part,) = DEFOCUSED.light(trail, optics, Chip(), SHAPE)
    profile = part.stamp.on(SHAPE)[90:110].sum(axis=0)
    diameter = 206_264.8 * 30.0 / 200e3
    ridges = np.array([np.argmax(profile[:100]), 100 + np.argmax(profile[100:])])
    assert np.diff(ridges)[0] == pytest.approx(0.8 * diameter, abs=2.0)
    assert profile[100] < 0.8 * profile[ridges[0]]
    assert part.width_px == pytest.approx(diameter, rel=0.1)


def test_a_satellite_with_panels_is_as_wide_as_it_is_long_across_its_way() -> None:
    optics = Optics(seeing(1.5, 3, 15), 0.5)
    trail = Trail(
        straight_path((20.0, 30.0), (170.0, 150.0)), 1e5, 1.0, range_km=400.0, size_m=20.0
    )
    seen_px = 206_264.8 * 20.0 / 400e3 / 0.5
    ahead = np.array([150.0, 120.0]) / math.hypot(150.0, 120.0)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    off = (columns - 95.0) * ahead[1] - (rows - 90.0) * ahead[0]
    along = (columns - 95.0) * ahead[0] + (rows - 90.0) * ahead[1]
    middle = np.abs(along) < 30.0

    def across(model: object) -> float:
        light = sum(p.stamp.on(SHAPE) for p in model.light(trail, optics, Chip(), SHAPE))  # type: ignore[attr-defined]
        return float((light * off**2)[middle].sum() / light[middle].sum())

    # Across the motion the rectangle adds length**2 / 12, along it breadth**2 / 12; 5 %.
    thin = across(POINT)
    assert across(Resolved()) - thin == pytest.approx(seen_px**2 / 12.0, rel=0.05)
    lengthwise = across(Resolved(to_motion_deg=0.0)) - thin
    assert lengthwise == pytest.approx((seen_px / 4.0) ** 2 / 12.0, rel=0.1)


def test_bleeding_keeps_the_charge_and_runs_both_ways() -> None:
    before = np.zeros((101, 7))
    after = before.copy()
    after[50, 3] = 1050.0
    lost, got = bleeding(before, after, 100.0)
    found = after + lost.stamp.on(after.shape) + got.stamp.on(after.shape)
    assert found.sum() == pytest.approx(1050.0, rel=1e-12)
    column = found[:, 3]
    assert column.max() == pytest.approx(100.0)
    # 950 too many: 475 to each side, four full pixels and three quarters of one.
    assert column[46:55].tolist() == pytest.approx([100.0] * 9)
    assert column[[45, 55]].tolist() == pytest.approx([75.0, 75.0])
    assert found[:, [0, 1, 2, 4, 5, 6]].sum() == 0.0


def test_charge_of_many_full_pixels_finds_room_beside_them() -> None:
    random = np.random.default_rng(2)
    before = random.uniform(0.0, 50.0, (400, 5))
    after = before + random.uniform(0.0, 30.0, before.shape)
    after[180:220] += 300.0
    parts = bleeding(before, after, 100.0)
    found = after + sum(part.stamp.on(after.shape) for part in parts)
    assert found.sum() == pytest.approx(after.sum(), rel=1e-12)
    assert found.max() <= 100.0 + 1e-9
    # What leaves the detector at its edge is lost.
    after[:, 0] += 300.0
    parts = bleeding(before, after, 100.0)
    found = after + sum(part.stamp.on(after.shape) for part in parts)
    assert found[:, 0].sum() == pytest.approx(100.0 * 400)


def test_a_pixel_that_was_fuller_before_keeps_what_it_had() -> None:
    before = np.zeros((9, 1))
    before[4] = 150.0
    after = before.copy()
    after[2] = 40.0
    assert bleeding(before, after, 100.0) == []
    after[4] += 20.0
    found = after + sum(part.stamp.on(after.shape) for part in bleeding(before, after, 100.0))
    assert found[4, 0] == pytest.approx(150.0)
    assert found.sum() == pytest.approx(210.0)


def test_a_cmos_pixel_keeps_to_itself() -> None:
    before, after = np.zeros((5, 5)), np.zeros((5, 5))
    after[2, 3] = 130.0
    (part,) = filling(before, after, 100.0)
    found = after + part.stamp.on((5, 5))
    assert found[2, 3] == 100.0
    assert found.sum() == 100.0
    assert filling(before, after, math.inf) == []


def test_crosstalk_appears_in_every_other_amplifier_at_the_time_of_reading() -> None:
    chip = Chip(amplifiers=(2, 4), crosstalk=1e-3, crosstalk_per_electron=1e-8)
    before, after = np.full((20, 40), 50.0), np.full((20, 40), 50.0)
    after[3, 12] += 1e4
    (part,) = crosstalk(before, after, chip)
    given = part.stamp.on((20, 40))
    expected = 1e-3 * 1e4 + 1e-8 * (10_050.0**2 - 50.0**2)
    # The second amplifier of four below: the same column in the others, and above mirrored rows.
    places = [(3, 2), (3, 22), (3, 32), (16, 2), (16, 12), (16, 22), (16, 32)]
    for place in places:
        assert given[place] == pytest.approx(expected, rel=1e-12)
        given[place] = 0.0
    assert np.abs(given).max() < 1e-9
    with pytest.raises(BadParameter, match="amplifiers"):
        crosstalk(before, after, replace(chip, amplifiers=(32, 4)))


def test_pixels_that_are_left_over_take_no_part() -> None:
    chip = Chip(amplifiers=(1, 3), crosstalk=1e-3)
    after = np.zeros((10, 31))
    after[5, 1] = after[5, 30] = 1e4
    (part,) = crosstalk(np.zeros((10, 31)), after, chip)
    given = part.stamp.on((10, 31))
    assert np.flatnonzero(given[5] > 1.0).tolist() == [11, 21]


def test_a_ccd_hears_what_is_left_after_bleeding() -> None:
    chip = Chip(full_well=1000.0, amplifiers=(1, 2), crosstalk=1e-2)
    before, after = np.zeros((50, 20)), np.zeros((50, 20))
    after[25, 4] = 5000.0
    parts = CCD.effects(before, after, chip)
    assert {part.kind for part in parts} == {"saturated", "bleed", "crosstalk"}
    found = after + sum(part.stamp.on(after.shape) for part in parts)
    assert found[25, 14] == pytest.approx(10.0)
    assert found[27, 14] == pytest.approx(10.0)


def test_a_ghost_is_mirrored_through_the_axis() -> None:
    optics = Optics(POINT_SPREAD, 1.0, ghosts=(Ghost(0.02, 21.0),), axis=(90.0, 110.0))
    trail = Trail(straight_path((60.0, 90.0), (80.0, 95.0)), 1e6, 1.0)
    (ghost,) = [p for p in POINT.light(trail, optics, Chip(), SHAPE) if p.kind == "ghost"]
    light = ghost.stamp.on(SHAPE)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    middle = [(light * each).sum() / light.sum() for each in (columns, rows)]
    # The middle (70, 92.5) through (90, 110); 0.1 pixel.
    assert middle == pytest.approx([110.0, 127.5], abs=0.1)
    assert light.sum() == pytest.approx(0.02e6, rel=1e-6)


def test_a_rolling_shutter_moves_the_ends_as_rows_begin_and_end() -> None:
    """A row that begins later sees the satellite until later; electrons likewise."""
    delay, exposure = 0.001, 1.0
    trail = Trail(straight_path((20.0, 40.0), (170.0, 140.0)), 1e5, exposure)
    optics = Optics(POINT_SPREAD, 1.0)
    (still,) = CMOS.light(trail, optics, Chip(), SHAPE)
    (moved,) = CMOS.light(trail, optics, Chip(row_delay_s=delay), SHAPE)
    profile = moved.stamp.on(SHAPE).sum(axis=1)
    rows = np.flatnonzero(profile > 0.5 * profile.max())
    # 40 + 100 t = y and t = delay y at the begin, 1 + delay y at the end; a pixel.
    speed = 100.0 / exposure
    begin = 40.0 / (1.0 - speed * delay)
    end = (40.0 + speed) / (1.0 - speed * delay)
    assert rows[[0, -1]] == pytest.approx([begin, end], abs=1.0)
    longer = 1.0 / (1.0 - speed * delay)
    ratio = moved.stamp.light.sum() / still.stamp.light.sum()
    assert ratio == pytest.approx(longer, rel=1e-6)
    with pytest.raises(BadParameter, match="row_delay_s"):
        CMOS.light(trail, optics, Chip(row_delay_s=0.02), SHAPE)


def test_a_trail_that_came_into_view_is_not_lengthened_by_the_shutter() -> None:
    path = straight_path((20.0, 40.0), (170.0, 140.0))
    inner = replace(path, t=np.array([0.4, 0.6]))
    trail = Trail(inner, 1e5, 1.0)
    (still,) = CMOS.light(trail, Optics(POINT_SPREAD, 1.0), Chip(), SHAPE)
    (moved,) = CMOS.light(trail, Optics(POINT_SPREAD, 1.0), Chip(row_delay_s=1e-4), SHAPE)
    np.testing.assert_allclose(
        moved.stamp.on(SHAPE), still.stamp.on(SHAPE), atol=1e-6 * still.stamp.light.max()
    )


def test_a_spread_keeps_its_share_of_light() -> None:
    part = PointSpread(np.full((5, 5), 0.9 / 25.0))
    assert convolved(part, annulus(9.0)).values.sum() == pytest.approx(0.9, rel=1e-12)
    with pytest.raises(BadParameter, match="cells"):
        annulus(10_000.0)
