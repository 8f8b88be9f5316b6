"""Detectors on real frames of SATVO_TEST_DATA: the trails that are there, and none elsewhere.

Ends are those of the data's README, 0-based pixels, refined there by the mean signal along the
line. Seven of the frames have no trail, but star halos, arcs, galaxies, bad columns, overscan,
cosmic rays or rings of dust.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from satvo.resources.masks.detectors.registry import detector_named
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.reading import read_frames

pytestmark = pytest.mark.needs_data

LCO = (
    ((1.0, 362.4), (400.0, 141.1)),
    ((253.6, 394.2), (396.6, 314.4)),
    ((5.6, 121.2), (226.6, -0.3)),
)
HSC = ((75.0, 399.0), (215.0, 0.0))
FIVE_PIXELS = 5.0
WITHOUT = (
    "decam_N11_ori_100x100.fits",
    "decam_S25_ori_100x100.fits",
    "decam_calexp_0941420_23_cut.fits",
    "gmos_s_spectrum_astroscrappy.fits",
    "lbc_blue_20210407_cut.fits",
    "moa2_A3671_C2018F4_cut.fit",
    "saao1m_ste3_a8280271.fits",
    "sdss_frame_i_008108_5_0025_cut.fits",
)


@lru_cache(maxsize=32)
def frames(path: Path) -> tuple[Any, ...]:
    return tuple(plane.frame for plane in read_frames(path))


@lru_cache(maxsize=64)
def found(path: Path, detector: str) -> tuple[FoundTrail, ...]:
    return tuple(
        trail
        for frame in frames(path)
        for trail in detector_named(detector).detect(frame, wcs=frame.wcs).trails
    )


def within(trail: FoundTrail, shape: tuple[int, int]) -> tuple[Any, Any]:
    """The ends of a trail, or where it leaves the frame."""
    start, end = np.array(trail.start_xy), np.array(trail.end_xy)
    low, high = 0.0, 1.0
    for axis, size in ((0, shape[1]), (1, shape[0])):
        way = end[axis] - start[axis]
        if way:
            at = sorted(((-0.5 - start[axis]) / way, (size - 0.5 - start[axis]) / way))
            low, high = max(low, at[0]), min(high, at[1])
    return start + low * (end - start), start + high * (end - start)


def farthest(ends: tuple[Any, Any], true: tuple[Any, Any]) -> float:
    """Pixels between ends and true ends, in whichever order is nearer."""
    return min(
        max(math.dist(ends[0], one), math.dist(ends[1], other)) for one, other in (true, true[::-1])
    )


def off_line(ends: tuple[Any, Any], true: tuple[Any, Any]) -> float:
    """Pixels by which true ends lie beside the line through ends."""
    (x0, y0), (x1, y1) = ends
    length = math.hypot(x1 - x0, y1 - y0)
    return max(abs((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) / length for x, y in true)


def test_all_three_trails_of_the_lco_frame_are_found(test_data: Path) -> None:
    """Their ends within five pixels, or on their line at the border of the frame.

    Both faint ones go on to the edges: that at (5.6, 121.2) has 20 times the noise in each pixel
    down to column 0.
    """
    path = test_data / "images" / "lco_0m4_bi327715_cut.fits"
    trails = found(path, "deep")
    assert len(trails) == 3
    ends = [within(trail, (400, 400)) for trail in trails]
    for true in LCO:
        mine = min(ends, key=lambda each, true=true: off_line(each, true))
        assert off_line(mine, true) < FIVE_PIXELS
        for place in true:
            end = min(mine, key=lambda each, place=place: math.dist(each, place))
            assert math.dist(end, place) < FIVE_PIXELS or at_border(end, place)


def at_border(end: Any, place: tuple[float, float]) -> bool:
    """Whether an end is at a border of the LCO frame, and farther out than the README's."""
    edge = min(399.5 - end[0], 399.5 - end[1], end[0] + 0.5, end[1] + 0.5)
    return edge < 1.5 and math.dist(end, (200.0, 200.0)) > math.dist(place, (200.0, 200.0))


def test_the_wide_trail_of_the_hsc_frame_is_one_trail(test_data: Path) -> None:
    (trail,) = found(test_data / "images" / "hsc_A21787010_cut.fits", "deep")
    assert farthest(within(trail, (400, 400)), HSC) < FIVE_PIXELS
    assert 8.0 < trail.width < 16.0  # 11 px between the halves of its mean profile, by hand


@pytest.mark.parametrize("name", WITHOUT)
def test_nothing_is_found_where_no_trail_is(test_data: Path, name: str) -> None:
    assert found(test_data / "images" / name, "deep") == ()


def test_the_simple_detector_finds_the_bright_trails(test_data: Path) -> None:
    """And both that are faint; ends within ten pixels of the bright one."""
    lco = found(test_data / "images" / "lco_0m4_bi327715_cut.fits", "simple")
    ends = [within(trail, (400, 400)) for trail in lco]
    assert min(farthest(each, LCO[0]) for each in ends) < 2.0 * FIVE_PIXELS
    hsc = found(test_data / "images" / "hsc_A21787010_cut.fits", "simple")
    assert min(off_line(within(trail, (400, 400)), HSC) for trail in hsc) < 2.0 * FIVE_PIXELS


def test_the_simple_detector_is_seldom_wrong(test_data: Path) -> None:
    """Frames in which it sees a trail where none is."""
    wrong = [name for name in WITHOUT if found(test_data / "images" / name, "simple")]
    assert len(wrong) <= 1
