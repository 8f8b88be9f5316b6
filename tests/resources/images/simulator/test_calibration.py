"""Frames that a detector is calibrated by."""

from __future__ import annotations

import numpy as np
import pytest
from satvo.resources.images.simulator.amplifiers import Amplifiers
from satvo.resources.images.simulator.calibration import (
    bias_frame,
    calibrated,
    dark_frame,
    flat_frame,
    median_frame,
)
from satvo.resources.images.simulator.defects import Defects
from satvo.resources.images.simulator.detector import Detector
from satvo.schemas.errors import BadParameter

DETECTOR = Detector(
    resolution=(120, 80),
    pixel_size=9.0,
    exposure_time=60.0,
    quantum_efficiency=0.8,
    readout_noise_variance=16.0,
    dark_current=0.5,
    offset=1000.0,
    defects=Defects(
        seed=5,
        response_nonuniformity=0.03,
        dark_nonuniformity=0.2,
        hot_pixels=0.005,
        bad_columns=1,
        offset_nonuniformity=8.0,
    ),
    amplifiers=Amplifiers(count=2, gain_scatter=0.05),
)


def test_an_image_comes_out_even_when_it_is_calibrated_by_its_own_detector() -> None:
    random = np.random.default_rng(1)
    bias = median_frame([bias_frame(DETECTOR, random) for _ in range(41)])
    dark = median_frame([dark_frame(DETECTOR, random) for _ in range(41)])
    flat = median_frame([flat_frame(DETECTOR, random) for _ in range(41)])
    light = np.full(DETECTOR.shape, 12500.0)
    raw = DETECTOR.expose(light, random)
    clean = calibrated(raw.counts, dark, bias, flat)
    plain = ~raw.bad
    even = clean[plain]
    # 10 000 e- with a noise of 1.0 %, and 0.1 % of each master; before, a pattern of 2.7 %.
    assert raw.counts[plain].std() / raw.counts[plain].mean() > 0.025
    assert even.std() / even.mean() == pytest.approx(0.0102, rel=0.05)
    dead = DETECTOR.pattern.response == 0.0
    assert np.isnan(clean[dead]).all()


def test_a_bias_frame_has_readout_noise_alone() -> None:
    quiet = Detector(resolution=(1000, 200), pixel_size=9.0, exposure_time=5.0,
                     readout_noise_variance=16.0, dark_current=100.0, offset=500.0)  # fmt: skip
    bias = bias_frame(quiet, np.random.default_rng(2)).counts
    assert bias.mean() == pytest.approx(499.5, abs=0.05)
    assert bias.var() == pytest.approx(16.0 + 1 / 12, rel=0.02)
    assert dark_frame(quiet, np.random.default_rng(2), exposure_s=2.0).counts.mean() == (
        pytest.approx(699.5, abs=0.2)
    )


def test_a_detector_that_answers_to_no_light_has_no_flat() -> None:
    blind = Detector(resolution=(5, 5), pixel_size=9.0, exposure_time=5.0, quantum_efficiency=0.0)
    with pytest.raises(BadParameter, match="quantum_efficiency"):
        flat_frame(blind, np.random.default_rng(1))
