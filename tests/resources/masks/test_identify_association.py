"""Which trail is which satellite, against all ways written out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray
from satvo.resources.masks.identify.association import associated


def by_hand(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same by all ways, one after the other."""
    trails, satellites = log_odds.shape
    found, total = np.zeros(log_odds.shape), 0.0
    for way in product(range(-1, satellites), repeat=trails):
        taken = [each for each in way if each >= 0]
        if len(set(taken)) < len(taken):
            continue
        weight = float(np.exp(sum(log_odds[t, s] for t, s in enumerate(way) if s >= 0)))
        total += weight
        for trail, satellite in enumerate(way):
            if satellite >= 0:
                found[trail, satellite] += weight
    return found / total


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (2, 2), (3, 4), (4, 3)])
def test_probabilities_are_those_of_all_ways(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(shape[0] * 10 + shape[1])
    for _ in range(20):
        log_odds = random.normal(2.0, 4.0, shape)
        log_odds[random.random(shape) < 0.2] = -np.inf
        assert associated(log_odds) == pytest.approx(by_hand(log_odds), abs=1e-9)


def test_two_satellites_side_by_side_are_as_unsure_as_they_are() -> None:
    """A pair of Starlink satellites that belief propagation swapped with 0.999."""
    log_odds = np.array([[-8.121, -6.646], [-8.967, -8.283]]) + 18.0
    found = associated(log_odds)
    swapped = 1.0 / (1.0 + np.exp(-16.404 + 15.613))
    assert found[0, 1] == pytest.approx(swapped, abs=1e-3)


def test_great_odds_do_not_overflow() -> None:
    found = associated(np.array([[800.0, -np.inf], [799.0, 20.0]]))
    assert found == pytest.approx(np.array([[1.0, 0.0], [0.0, 1.0]]), abs=1e-6)


def test_many_trails_that_compete_sum_to_one_at_most() -> None:
    found = associated(np.random.default_rng(1).normal(5.0, 3.0, (14, 20)))
    assert (found.sum(axis=1) <= 1.0 + 1e-9).all()
    assert (found.sum(axis=0) <= 1.0 + 1e-6).all()


@pytest.mark.parametrize("shape", [(0, 0), (3, 0), (0, 5)])
def test_nothing_is_nothing(shape: tuple[int, int]) -> None:
    assert associated(np.zeros(shape)).shape == shape
