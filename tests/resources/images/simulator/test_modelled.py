"""Frames whose trails a model of their appearance draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from satvo.resources.images.simulator.exposure import MASK_BITS, Exposure
from satvo.resources.images.simulator.plan import Plan
from satvo.resources.images.simulator.scene_file import plan_of
from satvo.schemas.errors import BadParameter

SCENE: dict[str, Any] = {
    "telescope": {
        "diameter": 1.0, "focal_length": 8.0, "r_0": 0.08, "obstruction": 0.3,
        "pointing": [83.8, -5.4], "observing_band": "V",
    },
    "detector": {
        "resolution": [160, 120], "pixel_size": 15.0, "exposure_time": 10.0,
        "quantum_efficiency": 0.9, "readout_noise_variance": 25.0, "offset": 500.0,
        "bitdepth": 16, "sensitivity": 0.7, "full_well": 60_000.0,
    },
    "scene": {"kind": "simulated", "sky": {"brightness": 20.5}},
    "satellites": [{"altitude": 600, "magnitude": 6.5, "orientation": 20.0}],
    "seed": 3,
}  # fmt: skip


def plan(**more: Any) -> Plan:
    return plan_of({**SCENE, **more}, "test", folder=None)


def made(model: str | None, **more: Any) -> Exposure:
    told = plan(**more)
    return (told.with_model(model) if model else told).exposures(0)[0]


@pytest.fixture(scope="module")
def dark() -> Exposure:
    return plan().shot(0).without_trails().observe()[0]


@pytest.mark.parametrize("model", ["defocused", "ccd", "cmos"])
def test_a_model_adds_the_light_of_the_trail_and_nothing_else(model: str, dark: Exposure) -> None:
    """The light inside the frame is that of the scene's own trail, to 3 %: noise and wings."""
    frame, own = made(model), made(None)
    added = frame.counts.astype(float) - dark.counts
    expected = own.counts.astype(float) - dark.counts
    assert added.sum() == pytest.approx(expected.sum(), rel=0.03)
    assert ((added != 0) & (expected == 0)).mean() < 0.05
    assert frame.cards["TRLMODEL"][0] == model
    assert 0.0 < frame.cards["AFFECTED"][0] < 1.0
    trail = (frame.truth & MASK_BITS["trail"]) > 0
    assert added[trail].mean() > 5.0 * frame.noise_electrons * 0.7
    assert np.isnan(frame.trails[0].snr_avg)


def test_a_ccd_bleeds(dark: Exposure) -> None:
    bright = [{"altitude": 600, "magnitude": -3.0, "orientation": 20.0}]
    ccd, linear = (made(model, satellites=bright) for model in ("ccd", "defocused"))
    full = [(each.truth & MASK_BITS["saturated"]).astype(bool).sum() for each in (ccd, linear)]
    assert full[0] > 1.2 * full[1] > 0


def test_what_no_model_can_draw_is_told() -> None:
    with pytest.raises(BadParameter, match="neon"):
        plan().with_model("neon")
    colours = {**SCENE["detector"], "bayer_order": "RGGB"}
    with pytest.raises(BadParameter, match="colour filters"):
        plan(detector=colours).with_model("ccd")
