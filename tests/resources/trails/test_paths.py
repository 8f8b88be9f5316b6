"""Paths: where they are when, and how they swing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from satvo.resources.trails.paths import Path, straight_path
from satvo.schemas.errors import BadParameter


def test_a_wave_swings_to_the_sides_of_its_line() -> None:
    path = straight_path((10.0, 20.0), (110.0, 95.0)).wavy(2.0, 3.0, 0.7)
    t = np.linspace(0.0, 1.0, 1000)
    x, y = path.at(t)
    along = (x - 10.0) * 0.8 + (y - 20.0) * 0.6
    across = (y - 20.0) * 0.8 - (x - 10.0) * 0.6
    assert np.abs(along - 125.0 * t).max() < 0.01
    assert np.abs(across - 2.0 * np.sin(6.0 * math.pi * t + 0.7)).max() < 0.01


def test_jitter_has_its_size_along_both_axes() -> None:
    rng = np.random.default_rng(1)
    t = np.linspace(0.0, 1.0, 50)
    still = straight_path((5.0, 7.0), (5.0, 7.0))
    off = np.array([still.jittered(0.3, rng).at(t) for _ in range(200)]) - [[5.0], [7.0]]
    for axis in (0, 1):
        assert abs(np.sqrt((off[:, axis] ** 2).mean()) / 0.3 - 1.0) < 0.1


def test_a_jump_stays_a_jump_when_the_telescope_shakes() -> None:
    path = Path(np.array([0.0, 1, 5, 6]), np.zeros(4), np.array([0.0, 0.5, 0.5, 1.0]))
    assert path.length_px == 2.0
    shaken = path.wavy(0.0, 2.0)
    assert abs(shaken.length_px - 2.0) < 1e-12
    assert shaken.start_xy == (0.0, 0.0)
    assert shaken.shifted(1.0, 2.0).end_xy == (7.0, 2.0)


@pytest.mark.parametrize(
    ("x", "y", "t", "told"),
    [
        ([1.0], [1.0], [0.0], "two vertices"),
        ([1.0, 2.0], [1.0], [0.0, 1.0], "one length"),
        ([1.0, math.nan], [1.0, 2.0], [0.0, 1.0], "finite"),
        ([1.0, 2.0], [1.0, 2.0], [1.0, 0.0], "going back"),
        ([1.0, 2.0], [1.0, 2.0], [0.0, math.nan], "going back"),
        ([1.0, 2.0], [1.0, 2.0], [0.0, 1.5], "from 0 to 1"),
    ],
)
def test_a_bad_path_is_refused(x, y, t, told: str) -> None:
    with pytest.raises(BadParameter, match=told):
        Path(np.array(x), np.array(y), np.array(t))


def test_a_bad_wave_is_refused() -> None:
    path = straight_path((0, 0), (1, 1))
    for bad in (
        lambda: path.wavy(-1.0, 2.0),
        lambda: path.wavy(1.0, math.inf),
        lambda: path.wavy(1.0, 1e9),
        lambda: path.jittered(math.nan, np.random.default_rng(1)),
    ):
        with pytest.raises(BadParameter):
            bad()
