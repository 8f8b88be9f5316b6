"""The light of trails, measured on frames whose truth is known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from drawn_trails import END, START, drawn_frame
from satvo.resources.masks.found import FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.outputs.cut import covered
from satvo.resources.masks.outputs.depth import depth_under
from satvo.resources.masks.outputs.measured import measure_all
from satvo.resources.masks.outputs.profile import Profile
from satvo.resources.masks.outputs.strip import strip_of
from satvo.resources.trails.flux_laws import Tumbling
from scipy.spatial import cKDTree

ROUGHLY = FoundTrail((START[0] + 1.0, START[1] - 0.6), (END[0] + 1.5, END[1] + 0.9))


def test_a_profile_agrees_with_a_point_summed_along_a_line() -> None:
    profile = Profile(3.0, 2.5, 0.0)
    scale = 3.0 / (2.0 * math.sqrt(2.0 ** (1.0 / 2.5) - 1.0))
    along, across = np.arange(-4000.0, 4000.0, 0.05) + 0.025, np.array([0.0, 1.3, 5.0])
    point = 1.5 / (math.pi * scale**2) * (1 + (along**2 + across[:, None] ** 2) / scale**2) ** -2.5
    assert profile.across(across) == pytest.approx(point.sum(1) * 0.05, rel=1e-5)
    half = point[:, along < 2.0].sum(1) * 0.05
    ended = profile.at(np.full(3, 400.0 + 2.0), across, 402.0 + 2.0, (False, False))
    assert ended == pytest.approx(half, rel=1e-3)


@pytest.mark.parametrize("disk", [8.0, 20.0])
def test_a_profile_out_of_focus_keeps_its_light_and_ends_where_it_ends(disk: float) -> None:
    profile = Profile(2.0, math.inf, disk)
    steps = np.arange(-60.0, 60.0, 0.05)
    assert profile.across(steps).sum() * 0.05 == pytest.approx(1.0, abs=1e-3)
    along = np.arange(-40.0, 140.0, 0.5)
    total = sum(
        profile.at(along, np.full(len(along), t), 100.0, (False, False)).sum() * 0.5
        for t in np.arange(-30.0, 30.5, 1.0)
    )
    assert total == pytest.approx(100.0, rel=0.01)


@pytest.mark.parametrize("sagitta", [0.0, 12.0, -30.0])
@pytest.mark.parametrize("turn", [10.0, 80.0, 135.0, 260.0])
def test_a_strip_has_each_pixel_near_its_trail_once(turn: float, sagitta: float) -> None:
    shape = (120, 150)
    ux, uy = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    start, end = (75.0 - 50 * ux, 60.0 - 50 * uy), (75.0 + 50 * ux, 60.0 + 50 * uy)
    strip = strip_of(shape, FoundTrail(start, end, sagitta=sagitta), 4.0)
    place = strip.rows * shape[1] + strip.columns
    assert len(np.unique(place)) == len(place)
    part = np.linspace(0.0, 1.0, 2001)
    bow = 4.0 * sagitta * part * (1.0 - part)
    x, y = start[0] + part * 100 * ux - bow * uy, start[1] + part * 100 * uy + bow * ux
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    away, _ = cKDTree(np.stack([x, y], axis=1)).query(
        np.stack([columns.ravel(), rows.ravel()], axis=1)
    )
    near = np.flatnonzero(away < 3.2)
    assert set(near) <= set(place)


@pytest.mark.parametrize("flux", [100.0, 300.0, 3000.0])
def test_ends_flux_and_width_agree_with_the_truth_within_their_errors(flux: float) -> None:
    drawn = drawn_frame(3, flux=flux, gain=1.7)
    (light,) = measure_all(Frame.of(drawn.image), [ROUGHLY])
    trail = light.trail
    assert trail.flux_px * 1.7 == pytest.approx(flux, abs=3.0 * 1.7 * trail.flux_px_error + 3.0)
    # 2.5 px of the point spread, and the pixel.
    assert trail.width == pytest.approx(2.63, abs=3.0 * trail.width_error + 0.05)
    for got, true in ((trail.start_xy, START), (trail.end_xy, END)):
        assert math.dist(got, true) < 3.0 * math.hypot(trail.across_error, trail.along_error) + 0.1
    assert trail.flickering < 0.03


def test_the_gain_of_a_bright_trail_is_seen_in_its_scatter() -> None:
    drawn = drawn_frame(5, flux=3000.0, gain=1.7, stars=40)
    (light,) = measure_all(Frame.of(drawn.image), [ROUGHLY])
    assert light.gain == pytest.approx(1.7, rel=0.2)


def test_flickering_is_followed_and_stars_are_not() -> None:
    frame = Frame.of(drawn_frame(7, flux=400.0, law=Tumbling(6.0, 0.5), stars=200).image)
    (light,) = measure_all(frame, [ROUGHLY])
    assert light.trail.flickering == pytest.approx(0.5 / math.sqrt(2.0), abs=0.05)
    part = light.along / light.trail.length
    true = 400.0 * (1.0 + 0.5 * np.sin(2.0 * math.pi * 6.0 * part))
    inside = (part > 0.03) & (part < 0.97)
    off = (light.flux - true)[inside]
    # A twelfth of the flux; the curve is as smooth as the noise of its pieces (17 e) allows.
    assert float(np.sqrt(np.mean(off**2))) < 35.0


def test_a_trail_that_is_not_there_gets_no_light() -> None:
    frame = Frame.of(drawn_frame(9, flux=0.0, stars=30).image)
    (light,) = measure_all(frame, [replace(ROUGHLY, width=2.6)])
    assert light.trail.flux_px < 5.0 * light.trail.flux_px_error
    assert light.peak < 0.5 * frame.noise


def test_crossing_trails_do_not_take_each_others_light() -> None:
    first = drawn_frame(11, flux=800.0, stars=30)
    other = drawn_frame(12, flux=200.0, stars=0, line=((80.0, 330.0), (500.0, 60.0)))
    frame = Frame.of(first.image + other.trail)
    lights = measure_all(frame, [ROUGHLY, FoundTrail((80.5, 330.0), (500.0, 60.8), width=2.6)])
    assert lights[0].trail.flux_px == pytest.approx(800.0, rel=0.01)
    assert lights[1].trail.flux_px == pytest.approx(200.0, rel=0.03)


@pytest.mark.parametrize("flux", [30.0, 300.0, 3000.0])
def test_a_mask_goes_to_where_the_light_falls_below_the_cut(flux: float) -> None:
    drawn = drawn_frame(13, flux=flux, stars=40)
    frame = Frame.of(drawn.image)
    (light,) = measure_all(frame, [replace(ROUGHLY, width=2.6)])
    mask = np.zeros(frame.shape, bool)
    strip = covered(light, frame.shape, frame.noise, cut=0.5)
    mask[strip.place] = True
    # What the mask leaves out is below the cut by the truth, but for a tenth of it.
    assert drawn.trail[~mask].max() < 0.5 * frame.noise + 0.1 * frame.noise
    width = mask.sum() / light.trail.length
    assert width > 0.9 * light.profile.fwhm
    assert mask.sum() < 1.15 * max((drawn.trail > 0.5 * frame.noise).sum(), 3.1 * 540)


def test_depth_under_a_trail_agrees_with_the_scatter_of_photometry() -> None:
    frame = Frame.of(drawn_frame(15, flux=1000.0, stars=40).image, gain=1.0)
    (light,) = measure_all(frame, [ROUGHLY])
    depth = depth_under(light, frame.noise, frame.gain)
    # sqrt(sky + read noise**2) = 15 e a pixel; a Moffat of 2.63 px and exponent 3 spreads a point
    # over 1 / sum P**2 = 26.1 px, so 5 sigma are 383 e.
    assert depth.beside == pytest.approx(383.0, rel=0.05)
    # On its middle 1000 / 3.3 = 300 e more, of 225: 1 to 1.53, less beside the middle.
    assert 1.3 < depth.under / depth.beside < 1.53
    assert depth.loss_mag == pytest.approx(2.5 * math.log10(depth.under / depth.beside))
