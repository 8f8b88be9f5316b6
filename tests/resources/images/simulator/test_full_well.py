"""Charge that a pixel cannot hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from satvo.resources.images.simulator.full_well import bleed


def test_charge_runs_up_and_down_evenly() -> None:
    image = np.zeros((41, 5))
    image[20, 2] = 1000.0
    assert bleed(image, 100.0) == 0.0
    assert image.sum() == 1000.0
    full = np.flatnonzero(image[:, 2] == 100.0)
    # 100 stay, 450 go each way: four full pixels and a half.
    assert full.tolist() == list(range(16, 25))
    assert image[[15, 25], 2].tolist() == [50.0, 50.0]
    assert not image[:, [0, 1, 3, 4]].any()


def test_at_the_edge_all_goes_the_other_way() -> None:
    image = np.zeros((12, 1))
    image[0] = 450.0
    assert bleed(image, 100.0) == 0.0
    assert image[:5, 0].tolist() == [100.0, 100.0, 100.0, 100.0, 50.0]


def test_a_column_that_is_full_loses_the_rest() -> None:
    image = np.full((4, 2), 10.0)
    image[1, 0] = 5000.0
    assert bleed(image, 100.0) == 5030.0 - 400.0
    assert (image[:, 0] == 100.0).all()
    assert (image[:, 1] == 10.0).all()


def test_light_below_the_full_well_stays() -> None:
    image = np.random.default_rng(1).uniform(0.0, 99.0, (30, 20))
    before = image.copy()
    assert bleed(image, 100.0) == 0.0
    assert (image == before).all()


@given(arrays(np.float64, (9, 3), elements=st.integers(0, 900).map(float)))
def test_no_electron_comes_or_goes_unseen(image: np.ndarray) -> None:
    before = image.sum(0)
    lost = bleed(image, 100.0)
    assert image.min() >= 0.0
    assert image.max() <= 100.0
    assert image.sum() + lost == pytest.approx(before.sum(), rel=1e-12)
    assert lost == pytest.approx(np.maximum(before - 900.0, 0.0).sum(), rel=1e-12)
