"""Trails in sequences: what stands still on the sky goes, what one image has alone stays."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from satvo.resources.masks.detectors import difference, median_stack
from satvo.resources.masks.detectors.registry import Detector, detector_named
from trail_images import arc, image

SHAPE = (200, 260)
ENDS = (40.0, 50.0, 220.0, 150.0)
PATH = arc(ENDS)
NAMES = ("median-stack", "difference")


def sequence(snr: float, *, drift: float = 1.3, stars: int = 120) -> list[NDArray[np.float64]]:
    """Five images of a drifting field; the third has a trail."""
    return [
        image(100 + k, PATH if k == 2 else None, snr, shape=SHAPE, stars=stars, dx=drift * k,
              dy=-0.6 * drift * k)
        for k in range(5)
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("drift", [0.0, 1.3], ids=["still", "drifting"])
def test_the_trail_is_found_in_its_image_alone(name: str, drift: float) -> None:
    detections = detector_named(name).detect_sequence(sequence(4.0, drift=drift))
    assert [len(each.trails) for each in detections] == [0, 0, 1, 0, 0]
    trail = detections[2].trails[0]
    places = (trail.start_xy, trail.end_xy)
    for true in (ENDS[:2], ENDS[2:]):
        assert min(math.dist(place, true) for place in places) < 5.0
    assert trail.detector == name
    assert "shifted against each other" in detections[2].notes[0]
    assert all((each.score < 0.5).all() for each in (*detections[:2], *detections[3:]))


def test_an_array_is_a_sequence_as_a_list_is() -> None:
    images = sequence(6.0)[1:4]
    of_list = median_stack.detect_sequence(images)
    of_array = median_stack.detect_sequence(np.array(images))  # type: ignore[arg-type]
    for one, other in zip(of_list, of_array, strict=True):
        np.testing.assert_array_equal(one.score, other.score)


def test_two_images_are_enough_for_a_difference() -> None:
    detections = difference.detect_sequence(sequence(6.0)[1:3])
    assert [len(each.trails) for each in detections] == [0, 1]


def test_a_sequence_without_stars_is_told_that_no_shift_is_known() -> None:
    detector: Detector = median_stack  # type: ignore[assignment]
    detections = detector.detect_sequence(sequence(6.0, stars=0)[1:4])
    assert len(detections[1].trails) == 1
    assert any("no stars tell the shift" in note for note in detections[0].notes)
