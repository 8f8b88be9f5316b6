"""Instruments as data: they agree with what is published of them."""

from __future__ import annotations

import math

import pytest
from satvo.resources.images.simulator.composing import telescope_of
from satvo.resources.images.simulator.presets import (
    find_instrument,
    instrument_names,
    read_instrument,
)
from satvo.resources.images.simulator.scene_file import describe, plan_of
from satvo.resources.images.simulator.spectrum import Spectrum
from satvo.schemas.errors import BadParameter

# arcsec a pixel, by the papers and pages that each preset names.
SCALES = {
    "evscope1": 1.72, "evscope2": 1.33, "lco-0m4": 0.571, "lco-1m": 0.389, "ztf": 1.01,
    "lt-2m": 0.304, "decam": 0.263, "rubin": 0.2, "hst-acs": 0.05, "vista": 0.339,
}  # fmt: skip
PUBLISHED = [name for name in instrument_names() if find_instrument(name).zero_point is not None]


@pytest.mark.parametrize("name", sorted(SCALES))
def test_pixels_are_as_large_as_published(name: str) -> None:
    found = find_instrument(name)
    telescope = telescope_of({**found.telescope, "pointing": (0.0, 0.0)})
    scale = telescope.pixel_scale(found.detector["pixel_size"])
    assert scale == pytest.approx(SCALES[name], rel=0.01)


@pytest.mark.parametrize("name", PUBLISHED)
def test_zero_points_are_as_published_to_a_fifth_of_a_magnitude(name: str) -> None:
    found = find_instrument(name)
    telescope = telescope_of({**found.telescope, "pointing": (0.0, 0.0)})
    photons = float(telescope.photons_per_second(Spectrum.ab(0.0)))
    electrons = photons * found.detector["quantum_efficiency"]
    assert 2.5 * math.log10(electrons) == pytest.approx(found.zero_point, abs=0.2)


def test_five_instruments_have_a_published_zero_point() -> None:
    assert PUBLISHED == ["decam", "hst-acs", "rubin", "vista", "ztf"]


@pytest.mark.parametrize("name", instrument_names())
def test_a_random_trail_meets_the_frame_of_each(name: str) -> None:
    plan = plan_of(describe(name, seed=3))
    shot = plan.shot(0)
    assert len(shot.scene.satellites) == 1
    columns, rows = shot.detector.resolution
    if columns * rows > 400_000:  # planned alone, which sees that the satellite meets the field
        return
    (exposure,) = shot.observe()
    (trail,) = exposure.trails
    assert trail.mask_pixels > 0
    assert (exposure.truth & 1).any()


def test_an_instrument_of_ones_own_tells_all_its_mistakes() -> None:
    with pytest.raises(BadParameter) as told:
        read_instrument(b"{telescope: {diameter: -1, focal_length: 1}, detector: {}}", "mine")
    for part in (
        "mine",
        "title: missing",
        "telescope.diameter: -1",
        "detector.resolution: missing",
    ):
        assert part in str(told.value)
