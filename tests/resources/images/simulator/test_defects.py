"""What is wrong with a detector and stays so."""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.images.simulator.defects import Defects, pattern_of

SHAPE = (400, 500)


def test_a_detector_without_defects_has_nothing_to_multiply_by() -> None:
    pattern = pattern_of(SHAPE, Defects())
    assert pattern.response is pattern.dark is pattern.offsets is pattern.bad is None
    assert len(pattern.hot) == 0


def test_a_seed_makes_one_camera_and_another_seed_another() -> None:
    given = {"hot_pixels": 0.001, "dead_pixels": 0.001, "response_nonuniformity": 0.01}
    one = pattern_of(SHAPE, Defects(seed=1, **given))
    pattern_of.cache_clear()
    again = pattern_of(SHAPE, Defects(seed=1, **given))
    other = pattern_of(SHAPE, Defects(seed=2, **given))
    assert again is not one
    assert (again.hot == one.hot).all()
    assert (again.response == one.response).all()
    assert (other.response != one.response).mean() > 0.99


def test_more_of_one_defect_leaves_the_others_where_they_are() -> None:
    few = pattern_of(SHAPE, Defects(hot_pixels=0.001))
    more = pattern_of(SHAPE, Defects(hot_pixels=0.001, dead_pixels=0.01, bad_columns=3))
    assert (few.hot_at[0] == more.hot_at[0]).all()
    assert (few.hot == more.hot).all()


def test_each_defect_has_the_size_that_was_asked() -> None:
    pattern = pattern_of(
        SHAPE,
        Defects(
            response_nonuniformity=0.02,
            dark_nonuniformity=0.1,
            hot_pixels=0.02,
            hot_pixel_current=80.0,
            offset_nonuniformity=3.0,
        ),
    )
    # 200 000 pixels: 0.16 % of each standard deviation; 4000 hot ones: 1.6 % of their mean.
    assert pattern.response.std() == pytest.approx(0.02, rel=0.01)
    assert pattern.dark.std() == pytest.approx(0.1, rel=0.01)
    assert len(pattern.hot) == pattern.bad.sum() == 4000
    assert pattern.hot.mean() == pytest.approx(80.0, rel=0.07)
    assert pattern.offsets.std() == pytest.approx(3.0, rel=0.15)


def test_bad_columns_are_dead_from_a_row_to_the_last() -> None:
    pattern = pattern_of(SHAPE, Defects(bad_columns=4))
    dead = pattern.response == 0.0
    assert dead.any(0).sum() == 4
    assert (np.diff(dead.astype(int), axis=0) >= 0).all()
    assert (dead == pattern.bad).all()


def test_what_is_kept_of_a_camera_cannot_be_changed() -> None:
    pattern = pattern_of(SHAPE, Defects(dead_pixels=0.01))
    with pytest.raises(ValueError, match="read-only"):
        pattern.bad[0, 0] = True
