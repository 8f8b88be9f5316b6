"""Masks: their bits, ghosts of bright trails, and what is made only when it is asked for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from drawn_trails import END, START, detector_as_told, drawn_frame, moffat_spread
from satvo.resources.masks.found import Detection, FoundTrail
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.masked import OUTPUTS, mask_frame, results_of
from satvo.resources.masks.outputs.bits import Bit, Flag
from satvo.resources.masks.search import Expected, Search
from satvo.resources.trails.drawing import add_trail
from satvo.resources.trails.paths import straight_path
from satvo.schemas.errors import BadParameter

TRAIL = FoundTrail((START[0] + 1.0, START[1] - 0.6), (END[0] + 1.5, END[1] + 0.9))
BRIGHT = 3000.0


@pytest.fixture(scope="module")
def frame() -> Frame:
    return Frame.of(drawn_frame(41, flux=300.0).image)


@pytest.mark.parametrize("output", OUTPUTS)
def test_only_what_is_asked_for_is_made(frame: Frame, output: str) -> None:
    with detector_as_told(TRAIL):
        made = mask_frame(frame, detector="as-told", outputs={output})
    there = {name for name in ("mask", "score", "repaired", "model")
             if getattr(made, name) is not None}  # fmt: skip
    assert there == {output} - {"trails"}
    assert bool(made.trails) == (output != "score")
    assert (made.repair is not None) == (output == "repaired")


@pytest.mark.parametrize("outputs", [{"mask", "picture"}, set()])
def test_unknown_outputs_are_refused(frame: Frame, outputs: set[str]) -> None:
    with detector_as_told(), pytest.raises(BadParameter, match="one or more of mask, trails"):
        mask_frame(frame, detector="as-told", outputs=outputs)


@pytest.mark.parametrize("cut", [0.0, -1.0, math.nan, 101.0])
def test_a_cut_that_is_none_is_refused(frame: Frame, cut: float) -> None:
    with detector_as_told(), pytest.raises(BadParameter, match="standard deviations of the noise"):
        mask_frame(frame, detector="as-told", cut=cut)


def test_scores_between_the_thresholds_are_uncertain_where_no_trail_is(frame: Frame) -> None:
    score = np.zeros(frame.shape, np.float32)
    score[300:310, 20:60] = 0.3
    score[320:330, 20:60] = 0.7
    score[340:350, 20:60] = 0.05
    score[190:192, 290:295] = 0.3  # on the trail
    detection = Detection((TRAIL,), score)
    mask = results_of(frame, detection, outputs={"mask"}).mask
    assert mask is not None
    assert (mask[300:310, 20:60] == Bit.UNCERTAIN).all()
    assert (mask[320:330, 20:60] == Bit.TRAIL).all()
    assert not mask[340:350, 20:60].any()
    assert (mask[190:192, 290:295] == Bit.TRAIL).all()
    mask = results_of(frame, detection, search=Search(threshold=0.8), outputs={"mask"}).mask
    assert mask is not None
    assert (mask[320:330, 20:60] == Bit.UNCERTAIN).all()


def test_the_corridor_of_what_was_expected_and_not_found_is_marked(frame: Frame) -> None:
    there = Expected((START, END), across_px=3.0)
    missing = Expected(((20.0, 300.0), (150.0, 320.0), (300.0, 380.0)), across_px=3.0)
    found = Detection((TRAIL,), np.zeros(frame.shape, np.float32))
    mask = results_of(frame, found, prior=(there, missing), outputs={"mask"}).mask
    assert mask is not None
    assert mask[320, 150] == Bit.EXPECTED
    assert mask[324, 150] == Bit.EXPECTED
    assert not mask[330, 150]
    assert not (mask[50:290] & Bit.EXPECTED).any()


def test_pixels_without_value_are_marked_and_scores_are_never_nan() -> None:
    image = drawn_frame(43, flux=300.0).image
    image[:, :30] = np.nan
    frame = Frame.of(image)
    with detector_as_told(TRAIL):
        made = mask_frame(frame, detector="as-told", outputs={"mask", "score"})
    assert made.mask is not None
    assert made.score is not None
    assert (made.mask[:, :30] == Bit.NODATA).all()
    assert not (made.mask[:, 30:] & Bit.NODATA).any()
    assert np.isfinite(made.score).all()


Line = tuple[tuple[float, float], tuple[float, float]]


def with_copy(seed: int, line: Line, flux: float) -> Frame:
    drawn = drawn_frame(seed, flux=BRIGHT, stars=200)
    copy = np.zeros(drawn.image.shape)
    add_trail(copy, straight_path(*line), moffat_spread(), flux * math.dist(*line))
    return Frame.of(drawn.image + copy)


COPIES = {
    "mirrored in x": ((598.0 - START[0] + 1, START[1]), (599.0 - END[0], END[1])),
    "shifted": ((START[0], START[1] + 50.0), (END[0], END[1] + 50.0)),
    "parallel": ((START[0] + 11.0, START[1] - 18.1), (END[0] + 11.0, END[1] - 18.1)),
}


@pytest.mark.parametrize("kind", COPIES)
def test_a_faint_copy_of_a_bright_trail_is_its_ghost(kind: str) -> None:
    frame = with_copy(47, COPIES[kind], 60.0)
    found = Detection((TRAIL,), np.zeros(frame.shape, np.float32))
    made = results_of(frame, found, outputs={"mask", "repaired"})
    (ghost,) = made.ghosts
    assert ghost.of == 0
    assert kind in ghost.kind
    assert ghost.light.trail.flux_px == pytest.approx(60.0, rel=0.2)
    assert made.mask is not None
    assert made.repair is not None
    (x0, y0), (x1, y1) = COPIES[kind]
    here = round((y0 + y1) / 2.0), round((x0 + x1) / 2.0)
    assert made.mask[here] & Bit.GHOST
    assert made.repair.flags[here] & Flag.GHOST


def test_a_bright_trail_among_stars_has_no_ghost_by_chance() -> None:
    for seed in range(60, 66):
        frame = Frame.of(drawn_frame(seed, flux=BRIGHT, stars=250).image)
        made = results_of(frame, Detection((TRAIL,), np.zeros(frame.shape, np.float32)))
        assert made.ghosts == ()


def test_a_trail_of_a_tenth_and_more_is_a_trail_and_no_ghost() -> None:
    frame = with_copy(49, COPIES["parallel"], 0.2 * BRIGHT)
    made = results_of(frame, Detection((TRAIL,), np.zeros(frame.shape, np.float32)))
    assert made.ghosts == ()
