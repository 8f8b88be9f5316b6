"""PassPredict finds as many crossings as PassProbability expects."""

from __future__ import annotations

import numpy as np
import pytest
from random_exposures import (
    Night,
    chi_square_probability,
    counted,
    expectations,
    nights,
)

NIGHTS, EXPOSURES, BINS = 20, 25, 20


@pytest.fixture(scope="module")
def both() -> tuple[np.ndarray, np.ndarray]:
    """Crossings found and expected (500, 2), of all satellites and illuminated ones."""
    every: list[Night] = list(nights(NIGHTS, EXPOSURES, seed=6))
    found = np.concatenate([counted(night) for night in every])
    expected = np.concatenate([expectations(night) for night in every])
    assert found.shape == expected.shape == (500, 2)
    return found, expected


@pytest.mark.parametrize("column", [0, 1], ids=["all", "illuminated"])
def test_500_random_exposures_have_the_crossings_that_are_expected(
    both: tuple[np.ndarray, np.ndarray], column: int
) -> None:
    """Poisson counts: a chi-square as great or greater has p > 0.001, the sum within 3 sigma."""
    found, expected = (each[:, column] for each in both)
    assert expected.sum() > 500.0
    assert abs(found.sum() - expected.sum()) < 3.0 * np.sqrt(expected.sum())
    assert chi_square_probability(found, expected, BINS) > 0.001


@pytest.mark.parametrize("column", [0, 1], ids=["all", "illuminated"])
def test_exposures_without_a_crossing_are_as_many_as_are_expected(
    both: tuple[np.ndarray, np.ndarray], column: int
) -> None:
    """The probability of one trail or more is that of a Poisson count: 1 - exp(-mean)."""
    found, expected = (each[:, column] for each in both)
    none = np.exp(-expected)
    error = np.sqrt((none * (1.0 - none)).sum())
    assert abs((found == 0).sum() - none.sum()) < 3.0 * error


def test_a_wrong_expectation_would_be_found(both: tuple[np.ndarray, np.ndarray]) -> None:
    """One that is 15 % too great or small, or that belongs to other exposures."""
    found, expected = (each[:, 0] for each in both)
    for factor in (0.85, 1.15):
        wrong = factor * expected
        assert abs(found.sum() - wrong.sum()) > 3.0 * np.sqrt(wrong.sum())
    turned = expected[::-1]
    assert chi_square_probability(found, turned, BINS) < 1e-6
