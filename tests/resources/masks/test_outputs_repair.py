"""Repaired images: what stars have of them, and what the flags and errors say."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from drawn_trails import END, START, Drawn, drawn_frame, photometry
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.masked import Masked, results_of
from satvo.resources.masks.outputs.bits import Bit, Flag

ROUGHLY = FoundTrail((START[0] + 1.0, START[1] - 0.6), (END[0] + 1.5, END[1] + 0.9))
FRAMES, STARS = 12, 18


def repaired(drawn: Drawn, **about: object) -> tuple[Frame, Masked]:
    frame = Frame.of(drawn.image, **about)  # type: ignore[arg-type]
    found = Detection((ROUGHLY,), np.zeros(frame.shape, np.float32))
    return frame, results_of(frame, found, outputs={"mask", "trails", "repaired", "model"})


@cache
def stars_before_and_after(flux: float, gain: float) -> np.ndarray:
    """Of 216 stars near a trail: light with the trail, repaired, without it; the error stated for
    the repaired image, and what of it the star and the sky have without a trail."""
    rows = []
    for seed in range(FRAMES):
        drawn = drawn_frame(200 + seed, flux=flux, stars=60, near=STARS)
        frame, made = repaired(drawn, gain=gain)
        assert made.repair is not None
        x, y = drawn.star_x[:STARS], drawn.star_y[:STARS]
        sky = np.full(frame.shape, frame.noise)
        before, _ = photometry(drawn.image, sky, x, y)
        after, error = photometry(made.repair.pixels, made.repair.sigma, x, y)
        true, _ = photometry(drawn.without, sky, x, y)
        variance = frame.noise**2 + np.maximum(drawn.without - 200.0, 0.0) * (gain > 0.0)
        _, own = photometry(drawn.without, np.sqrt(variance), x, y)
        rows.append(np.stack([before, after, true, error, own], axis=1))
    return np.concatenate(rows)


@pytest.mark.parametrize(("flux", "gain"), [(150.0, 1.0), (1000.0, 1.0), (1000.0, math.nan)])
def test_faint_stars_near_a_trail_are_measured_without_bias(flux: float, gain: float) -> None:
    before, after, true, error, _ = stars_before_and_after(flux, gain).T
    assert len(after) == FRAMES * STARS
    off = after - true
    stated = float(np.median(error))
    assert abs(float(np.median(before - true))) > 3.0 * stated
    # Of a star's own 700 counts: below a third of the error that its pixels state.
    assert abs(float(np.median(off))) < stated / 3.0
    assert abs(float(off.mean())) < stated / 2.0


@pytest.mark.parametrize("gain", [1.0, math.nan])
def test_the_stated_error_is_the_scatter_of_photometry(gain: float) -> None:
    _, after, true, error, own = stars_before_and_after(1000.0, gain).T
    # Noise of sky and stars is in both images: the trail's photons and its model are left.
    pulls = (after - true) / np.sqrt(error**2 - own**2)
    scatter = 1.4826 * float(np.median(np.abs(pulls)))
    assert 0.7 < scatter < 1.5


def test_every_changed_pixel_is_flagged_and_no_other() -> None:
    drawn = drawn_frame(31, flux=1000.0)
    frame, made = repaired(drawn)
    assert made.repair is not None
    assert made.model is not None
    changed = made.repair.pixels != frame.pixels
    assert (made.repair.flags[changed] > 0).all()
    assert (made.repair.flags[made.model > 0.1 * frame.noise] == Flag.SUBTRACTED).all()
    assert not made.repair.flags[made.model == 0.0].any()
    assert made.repair.pixels[~changed] == pytest.approx(frame.pixels[~changed], abs=0.0)
    assert made.repair.pixels + made.model == pytest.approx(frame.pixels, abs=0.01)


def test_pixels_under_a_trail_are_noisier_and_say_so() -> None:
    drawn = drawn_frame(33, flux=3000.0, stars=0)
    frame, made = repaired(drawn)
    assert made.repair is not None
    core = drawn.trail > 0.5 * drawn.trail.max()
    off = (made.repair.pixels - drawn.without)[core]
    real = made.repair.pixels[core] - 200.0
    assert float(np.std(real)) == pytest.approx(float(np.median(made.repair.sigma[core])), rel=0.2)
    assert float(np.std(real)) > 2.0 * frame.noise
    assert abs(float(off.mean())) < 0.1 * frame.noise


def test_what_a_trail_filled_is_interpolated_and_has_no_error() -> None:
    drawn = drawn_frame(35, flux=5000.0, stars=40)
    image = np.minimum(drawn.image, 1000.0)
    image[100:140, 300] = 1000.0  # not beside the trail: a bad column, not of the trail
    bleeding = np.flatnonzero(drawn.trail[:, 200] > 1000.0)
    image[bleeding.min() : bleeding.max() + 25, 200] = 1000.0
    frame = Frame.of(image, saturation=1000.0)
    found = Detection((ROUGHLY,), np.zeros(frame.shape, np.float32))
    made = results_of(frame, found, outputs={"mask", "trails", "repaired"})
    assert made.repair is not None
    assert made.mask is not None
    filled = made.repair.flags & Flag.INTERPOLATED > 0
    assert filled[bleeding.max() + 24, 200]
    assert not filled[100:140, 300].any()
    assert filled[frame.saturated & (drawn.trail > 900.0)].all()
    assert np.isnan(made.repair.sigma[filled]).all()
    assert abs(float(np.median(made.repair.pixels[filled])) - 200.0) < 2.0 * frame.noise
    assert (made.mask[filled] & Bit.SATURATED > 0).all()
    assert made.lights[0].saturated > 0.9


def test_pixels_without_a_value_stay_without() -> None:
    drawn = drawn_frame(37, flux=300.0, stars=20)
    drawn.image[150:200, 200:320] = np.nan
    _, made = repaired(drawn)
    assert made.repair is not None
    assert made.mask is not None
    assert np.isnan(made.repair.pixels[150:200, 200:320]).all()
    assert np.isnan(made.repair.sigma[150:200, 200:320]).all()
    assert np.isfinite(made.repair.pixels[:140]).all()
    assert (made.mask[150:200, 200:320] & Bit.NODATA > 0).all()
    assert not (made.repair.flags[150:200, 200:320]).any()
