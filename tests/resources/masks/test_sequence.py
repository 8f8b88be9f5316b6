"""Sequences in two steps: images without a trail are rejected, the others are searched."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.outputs.bits import Bit
from satvo.resources.masks.search import Expected, Search
from satvo.resources.masks.sequence import goes_in_two_steps, mask_sequence, mask_unless_empty
from satvo.schemas.errors import BadParameter
from trail_images import arc, image

SHAPE = (200, 264)
ENDS = (40.0, 50.0, 220.0, 140.0)


def of_sequence(number: int) -> NDArray[np.float64]:
    """Every third image has a trail."""
    return image(number, arc(ENDS) if number % 3 == 1 else None, 8.0, shape=SHAPE)


def test_images_without_a_trail_are_rejected_in_their_order() -> None:
    steps = list(mask_sequence((of_sequence(n) for n in range(6)), detector="simple"))
    assert [step.is_rejected for step in steps] == [n % 3 != 1 for n in range(6)]
    for number, step in enumerate(steps):
        assert step.seen is not None
        assert (step.seen.score < 0.5) == step.is_rejected
        assert len(step.masked.trails) == (number % 3 == 1)
        assert step.masked.mask is not None
        assert bool((step.masked.mask & Bit.TRAIL).any()) == (number % 3 == 1)


def test_one_image_is_held_at_a_time() -> None:
    alive: list[weakref.ref[NDArray[np.float64]]] = []

    def given() -> Iterator[NDArray[np.float64]]:
        for number in range(5):
            gc.collect()
            assert sum(each() is not None for each in alive) <= 1
            made = of_sequence(number)
            alive.append(weakref.ref(made))
            yield made
            del made

    assert sum(step.is_rejected for step in mask_sequence(given(), detector="simple")) == 3


def test_steps_are_made_as_they_are_asked_for() -> None:
    taken: list[int] = []

    def given() -> Iterator[NDArray[np.float64]]:
        for number in range(100):
            taken.append(number)
            yield of_sequence(number)

    steps = mask_sequence(given(), detector="simple")
    next(steps)
    next(steps)
    assert taken == [0, 1]


@pytest.mark.parametrize(("reject", "rejected"), [(0.0, False), (1.0, True)], ids=["none", "all"])
def test_the_score_below_which_images_are_rejected_can_be_told(
    reject: float, rejected: bool
) -> None:
    frame = Frame.of(of_sequence(2) if not rejected else image(1, arc(ENDS), 0.6, shape=SHAPE))
    step = mask_unless_empty(frame, reject=reject, detector="simple")
    assert step.is_rejected == rejected


def test_without_a_score_the_classifier_is_not_asked() -> None:
    step = mask_unless_empty(Frame.of(of_sequence(2)), reject=None, detector="simple")
    assert step.seen is None
    assert not step.is_rejected


def test_a_rejected_image_has_all_that_is_asked_for() -> None:
    values = of_sequence(2)
    values[20:30, 30:40] = np.nan
    expected = Expected(((20.0, 180.0), (240.0, 180.0)), across_px=2.0)
    step = mask_unless_empty(
        Frame.of(values), detector="simple", prior=(expected,),
        outputs={"mask", "trails", "score", "repaired", "model"},
    )  # fmt: skip
    assert step.is_rejected
    masked = step.masked
    assert masked.mask is not None
    assert (masked.mask[20:30, 30:40] == Bit.NODATA).all()
    assert masked.mask[180, 130] == Bit.EXPECTED
    assert set(np.unique(masked.mask)) == {0, int(Bit.EXPECTED), int(Bit.NODATA)}
    assert masked.score is not None
    assert not masked.score.any()
    assert masked.model is not None
    assert not masked.model.any()
    assert masked.repaired is not None
    np.testing.assert_array_equal(masked.repaired[50:], values[50:].astype(np.float32))


def test_the_search_goes_on_to_the_detector() -> None:
    steps = mask_sequence([of_sequence(1)], detector="simple", search=Search(snr_min=1e6))
    assert [step.masked.trails for step in steps] == [()]


@pytest.mark.parametrize(
    ("detector", "answer"),
    [("deep", True), ("simple", True), ("cnn", True), ("median-stack", False),
     ("difference", False), ("by-hand", False), ("predicted", False)],
)  # fmt: skip
def test_which_detectors_go_in_two_steps(detector: str, answer: bool) -> None:
    assert goes_in_two_steps(detector) == answer


@pytest.mark.parametrize(
    ("told", "words"),
    [({"detector": "median-stack"}, "takes single images alone"),
     ({"detector": "none-such"}, "there is no detector"),
     ({"detector": "simple", "reject": 1.5}, "0 to 1 is accepted"),
     ({"detector": "simple", "outputs": {"music"}}, "image 1 of the sequence: outputs music")],
    ids=["together", "unknown", "reject", "outputs"],
)  # fmt: skip
def test_what_cannot_be_done_is_told(told: dict[str, object], words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        list(mask_sequence([of_sequence(0)], **told))  # type: ignore[arg-type]


def test_an_image_that_cannot_be_read_is_told_by_its_number() -> None:
    steps = mask_sequence([of_sequence(0), np.full(SHAPE, np.nan)], detector="simple")
    assert next(steps).is_rejected
    with pytest.raises(BadParameter, match="image 2 of the sequence: no pixel"):
        next(steps)
