"""The probability that a line is the trail of a satellite: a logistic regression."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray
from satvo.resources.masks.lines.chain import FEATURES, Line

__all__ = ["fitted_weights", "judged"]

Floats = NDArray[np.float64]

_FILE = files("satvo.resources.masks.lines") / "probability.yaml"
_STEPS = 60
_SMALL = 1e-2  # weight of the prior on each coefficient, that on the constant apart


@lru_cache(maxsize=1)
def _weights() -> dict[str, Floats]:
    told = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        kind: np.array([entry[name] for name in FEATURES])
        for kind, entry in told["weights"].items()
    }


def judged(lines: list[Line], evidence: str) -> list[Line]:
    """Lines with their probability, the most probable first.

    Parameters
    ----------
    lines : list of Line
    evidence : str
        What they were found by, a key of `probability.yaml`: "network" or "significance".
    """
    weights = _weights()[evidence]
    told = [
        replace(line, probability=1.0 / (1.0 + math.exp(-float(line.features @ weights))))
        for line in lines
    ]
    return sorted(told, key=lambda line: -line.probability)


def fitted_weights(features: Floats, true: NDArray[np.bool_]) -> Floats:
    """Coefficients of a logistic regression by Newton's method.

    Parameters
    ----------
    features : ndarray (n, k)
        The first is 1.
    true : ndarray of bool (n,)

    Returns
    -------
    ndarray (k,)
    """
    weights = np.zeros(features.shape[1])
    prior = np.full(features.shape[1], _SMALL * len(true) ** 0.5)
    prior[0] = 1e-6
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(features @ weights, -30.0, 30.0)))
        slope = features.T @ (true - chance) - prior * weights
        curve = (features * (chance * (1.0 - chance))[:, None]).T @ features + np.diag(prior)
        step = np.linalg.solve(curve, slope)
        weights = weights + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-6:
            break
    return np.asarray(weights)
