"""Detectors on what is mistaken for a trail: frames of the simulator (`tests/hard_negatives.py`).

Two frames of each kind here; `tests/bench_masks.py --hard 20` counts more, and those of others.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hard_negatives import KINDS, hard_negative
from satvo.resources.masks.detectors.registry import detector_named
from satvo.resources.masks.found import Detection

SEEDS = (301, 302)
SATELLITE_MAG = 8.0
MISSED = {"spikes"}
"""Where the trail of the frame crosses the spikes of a bright star, `deep` doubts it (P = 0.2)."""


@lru_cache(maxsize=64)
def frame(kind: str, seed: int, magnitude: float | None) -> Any:
    image = hard_negative(kind, seed, magnitude=magnitude)
    image.setflags(write=False)
    return image


@lru_cache(maxsize=256)
def detected(detector: str, kind: str, seed: int, magnitude: float | None = None) -> Detection:
    return detector_named(detector).detect(frame(kind, seed, magnitude))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_taken_for_a_trail(kind: str) -> None:
    """By the default detector: neither a trail nor a marked pixel."""
    for seed in SEEDS:
        found = detected("deep", kind, seed)
        assert found.trails == ()
        assert not (found.score >= 0.5).any()


def test_the_simple_detector_is_seldom_wrong() -> None:
    """One frame of each kind: bad columns and charge that bled are what it takes for trails."""
    wrong = [kind for kind in KINDS if detected("simple", kind, SEEDS[0]).trails]
    assert set(wrong) <= {"bad-columns", "bleeding"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in MISSED])
def test_a_satellite_among_them_is_found(kind: str) -> None:
    """One of 8 mag, that crosses the frame: its pixels have some two and a half times the noise."""
    found = detected("deep", kind, SEEDS[0], SATELLITE_MAG)
    assert len(found.trails) == 1
    with_it, without = (
        np.asarray(frame(kind, SEEDS[0], mag), float) for mag in (SATELLITE_MAG, None)
    )
    assert light_along(found.trails[0], with_it) > light_along(found.trails[0], without) + 10.0


def light_along(trail: Any, image: Any) -> float:
    """Median of the pixels along a trail, where it is in the image."""
    steps = np.linspace(0.0, 1.0, 2000)[:, None]
    at = np.array(trail.start_xy) + steps * (np.array(trail.end_xy) - np.array(trail.start_xy))
    x, y = np.rint(at).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < image.shape[1]) & (y < image.shape[0])
    return float(np.median(image[y[inside], x[inside]]))
