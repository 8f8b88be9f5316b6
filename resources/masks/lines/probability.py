"""The probability that a line is the trail of a satellite: a logistic regression."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
_PRIOR = 1.0  # inverse square of the width of the prior on each coefficient of scaled features


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
    if not lines:
        return []
    logits = np.array([line.features for line in lines]) @ _weights()[evidence]
    told = [
        replace(line, probability=1.0 / (1.0 + math.exp(-logit)))
        for line, logit in zip(lines, np.clip(logits, -30.0, 30.0).tolist(), strict=True)
    ]
    return sorted(told, key=lambda line: -line.probability)


def fitted_weights(
    features: Floats, true: NDArray[np.bool_], *, of_false: float, rising: Sequence[str] = ()
) -> Floats:
    """Coefficients of a logistic regression, the likeliest with a weak normal prior.

    Parameters
    ----------
    features : ndarray (n, 17)
        As `FEATURES` names them.
    true : ndarray of bool (n,)
    of_false : float
        What a line that is no trail counts, by one that is: images have more of what looks like a
        trail than frames with few lookalikes have.
    rising : sequence of str
        Of `FEATURES`, what is not to speak against a line, however much there is of it.

    Returns
    -------
    ndarray (17,)

    Raises
    ------
    ValueError
        If a feature is not finite.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    if not np.isfinite(features).all():
        raise ValueError("a feature is not finite")
    middle, scale = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-9)
    middle[0], scale[0] = 0.0, 1.0
    scaled = (features - middle) / scale
    counts = np.where(true, 1.0, of_false)

    def loss(weights: Floats) -> tuple[float, Floats]:
        logit = scaled @ weights
        held = np.concatenate([[0.0], weights[1:]])
        cost = counts @ np.logaddexp(0.0, logit) - logit[true].sum() + _PRIOR / 2 * held @ held
        return float(cost), scaled.T @ (counts * (expit(logit) - true)) + _PRIOR * held

    bounds = [(0.0 if name in rising else None, None) for name in FEATURES]
    weights = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", bounds=bounds).x
    weights /= scale
    weights[0] -= weights[1:] @ middle[1:]
    return np.asarray(weights)
