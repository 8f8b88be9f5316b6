"""A sequence of the simulator: satellites cross two of its frames, the field moves a little."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hard_negatives import DETECTOR, SIDE, START, TELESCOPE, VIEW
from satvo.resources.images.simulator.satellites import Satellite
from satvo.resources.images.simulator.scene import Scene
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.resources.images.simulator.stars import StarField
from satvo.resources.masks.detectors.registry import detector_named

FRAMES = 7
CROSSED = {2: 8.0, 5: 9.5}
"""Number of a frame, and the magnitude of the satellite that crosses it."""
RECALL = 0.8
"""Share of its pixels that are marked at least."""
EXPOSURE_S = 60.0
DRIFT_PX = 0.4
"""Between frames."""


@lru_cache(maxsize=1)
def sequence() -> tuple[Any, ...]:
    """Exposures of a minute with 200 stars down to 19 mag."""
    random = np.random.default_rng(31)
    x, y = random.uniform(0.0, SIDE, (2, 200))
    stars = StarField(*VIEW.sky(x, y), 12.0 + 7.0 * random.random(200) ** 0.4)
    satellites = [
        Satellite(
            550.0, 30.0 + 50.0 * number, Spectrum.solar(mag=mag, band="V"), rate_arcsec_s=1500.0,
            at_s=(number + 0.5) * EXPOSURE_S,
        )
        for number, mag in CROSSED.items()
    ]  # fmt: skip
    scene = Scene(
        stars, satellites, produce_time_series=True,
        drift=(DRIFT_PX * VIEW.pixel_arcsec / EXPOSURE_S, 70.0),
    )  # fmt: skip
    detector = replace(DETECTOR, exposure_time=EXPOSURE_S)
    return tuple(scene.observe(TELESCOPE, detector, start=START, random=random, frames=FRAMES))


@pytest.mark.parametrize(
    ("detector", "crossed"), [("median-stack", (2, 5)), ("difference", (2, 5))]
)
def test_each_trail_is_found_in_its_frame_and_in_no_other(
    detector: str, crossed: tuple[int, ...]
) -> None:
    exposures = sequence()
    found = detector_named(detector).detect_sequence([each.counts for each in exposures])
    assert len(found) == FRAMES
    trails = {number: len(each.trails) for number, each in enumerate(found)}
    assert trails == {number: int(number in crossed) for number in range(FRAMES)}
    for number in crossed:
        truth = (exposures[number].truth & 1).astype(bool)
        marked = found[number].score >= 0.5
        assert truth.sum() > 500
        assert (marked & truth).sum() > RECALL * truth.sum()
        assert (marked & ~truth).sum() < 0.5 * truth.sum()


def test_a_sequence_of_one_field_is_needed() -> None:
    from satvo.schemas.errors import BadParameter

    with pytest.raises(BadParameter, match="sequence"):
        detector_named("median-stack").detect_sequence([sequence()[0].counts])
