"""What every registered detector keeps, satvo's own and those of other packages."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from satvo.resources.masks.detectors.registry import detector_named, detector_names
from satvo.resources.masks.found import Detection
from satvo.resources.masks.search import Expected, Search
from satvo.schemas.errors import BadParameter
from trail_images import arc, image, mask

ENDS = (20.0, 30.0, 140.0, 100.0)
PATH = arc(ENDS)
PRIOR = (Expected(((21.0, 29.0), (139.0, 101.0)), across_px=2.0, along_px=5.0),)
ALL = detector_names()
BLIND = [name for name in ALL if not detector_named(name).NEEDS_PRIOR]
GUIDED = [name for name in ALL if detector_named(name).NEEDS_PRIOR]
SEQUENCES = [name for name in ALL if detector_named(name).TAKES_SEQUENCE]


def found(name: str, values: NDArray[np.generic]) -> Detection:
    """In an image; detectors of sequences get it amid three of the field without a trail."""
    detector = detector_named(name)
    prior = PRIOR if detector.NEEDS_PRIOR else None
    if not detector.TAKES_SEQUENCE:
        return detector.detect(values, prior=prior)
    if values.ndim != 2 or min(values.shape) < 16:
        return detector.detect_sequence([values] * 4, prior=prior)[2]
    others = [np.rint(image(seed, shape=values.shape)) for seed in (901, 902, 903)]
    others = [other.astype(values.dtype) for other in others]
    return detector.detect_sequence([*others[:2], values, others[2]], prior=prior)[2]


def counts() -> NDArray[np.float32]:
    """An image of whole numbers."""
    return np.rint(image(6, PATH, 8.0)).astype(np.float32)


@cache
def score_of_floats(name: str) -> NDArray[np.float32]:
    """Of these as single precision."""
    return found(name, counts()).score


def check(name: str, detection: Detection, shape: tuple[int, ...]) -> None:
    """The form of an answer."""
    score = detection.score
    assert score.shape == shape
    assert score.dtype == np.float32
    assert np.isfinite(score).all()
    assert score.min() >= 0.0
    assert score.max() <= 1.0
    assert all(isinstance(note, str) for note in detection.notes)
    for trail in detection.trails:
        assert trail.detector == name
        assert np.isfinite([*trail.start_xy, *trail.end_xy]).all()
        assert 0.0 <= trail.score <= 1.0
        assert trail.length > 0.0


@pytest.mark.parametrize("name", ALL)
def test_a_bright_trail_has_more_score_than_what_lies_beside_it(name: str) -> None:
    detection = found(name, image(1, PATH, 8.0))
    check(name, detection, (128, 160))
    on = mask(PATH)
    assert detection.score[on].mean() > detection.score[~on].mean()


@pytest.mark.parametrize("name", BLIND)
def test_an_image_without_a_trail_has_none(name: str) -> None:
    detection = found(name, image(2))
    check(name, detection, (128, 160))
    assert detection.trails == ()
    assert (detection.score < 0.5).all()


@pytest.mark.parametrize("name", ALL)
def test_pixels_without_a_value_have_no_score(name: str) -> None:
    values = image(3, PATH, 8.0)
    values[40:56, 40:70] = np.nan
    values[90, 110] = np.inf
    detection = found(name, values)
    check(name, detection, (128, 160))
    assert (detection.score[~np.isfinite(values)] == 0.0).all()


@pytest.mark.parametrize("name", ALL)
def test_a_saturated_trail_is_taken(name: str) -> None:
    values = np.clip(image(4, PATH, 400.0), 0, 1023).astype(np.uint16)
    values[values >= 1023] = 65535
    check(name, found(name, values), (128, 160))


@pytest.mark.parametrize("name", ALL)
def test_an_image_that_is_saturated_all_over_is_refused(name: str) -> None:
    values = np.full((64, 64), 65535, dtype=np.uint16)
    with pytest.raises(BadParameter, match="pixel"):
        found(name, values)


@pytest.mark.parametrize("name", ALL)
def test_the_smallest_image_is_taken(name: str) -> None:
    values = image(5, shape=(16, 16), stars=0)
    check(name, found(name, values), (16, 16))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kind", ["int32", "uint16", ">f8"])
def test_types_of_numbers_make_no_difference(name: str, kind: str) -> None:
    other = found(name, counts().astype(kind))
    np.testing.assert_allclose(other.score, score_of_floats(name), atol=2e-3)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("values", [
    np.zeros(100), np.zeros((2, 2, 64, 64)), np.full((64, 64), np.nan), np.full((64, 64), 7.0),
    np.zeros((1, 1)), np.zeros((64, 64), dtype=complex),
], ids=["line", "cubes", "nan", "constant", "pixel", "complex"])  # fmt: skip
def test_what_is_no_image_is_refused(name: str, values: NDArray[np.generic]) -> None:
    with pytest.raises(BadParameter):
        found(name, values)


@pytest.mark.parametrize("name", GUIDED)
@pytest.mark.parametrize("prior", [None, ()], ids=["none", "empty"])
def test_a_detector_that_needs_a_prior_says_so(name: str, prior: tuple[()] | None) -> None:
    with pytest.raises(BadParameter, match=name):
        detector_named(name).detect(image(7), prior=prior)


@pytest.mark.parametrize("name", SEQUENCES)
def test_images_of_different_sizes_are_no_sequence(name: str) -> None:
    images = [image(1), image(2), image(3)[:90]]
    with pytest.raises(BadParameter, match="one size is accepted"):
        detector_named(name).detect_sequence(images)
    with pytest.raises(BadParameter, match="or more"):
        detector_named(name).detect_sequence(images[:1])


@pytest.mark.parametrize("name", ALL)
def test_a_score_that_no_trail_reaches_keeps_none(name: str) -> None:
    detector = detector_named(name)
    prior = PRIOR if detector.NEEDS_PRIOR else None
    search = Search(snr_min=1e6)
    values = image(8, PATH, 8.0)
    if detector.TAKES_SEQUENCE:
        detection = detector.detect_sequence([image(9), values, image(10)], search=search)[1]
    else:
        detection = detector.detect(values, prior=prior, search=search)
    check(name, detection, (128, 160))
    assert name == "by-hand" or detection.trails == ()
