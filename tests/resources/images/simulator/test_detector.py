"""A detector as a whole: the chain in its order and units, what it refuses, and its speed."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from satvo.resources.images.simulator.amplifiers import Amplifiers
from satvo.resources.images.simulator.bayer import WhiteBalance, colour_planes
from satvo.resources.images.simulator.cosmic_rays import CosmicRays
from satvo.resources.images.simulator.defects import Defects
from satvo.resources.images.simulator.detector import Detector
from satvo.schemas.errors import BadParameter

BASE: dict[str, Any] = {"resolution": (1000, 1000), "pixel_size": 3.75, "exposure_time": 4.0}
NOISY = {
    **BASE, "quantum_efficiency": 0.7, "readout_noise_variance": 9.0, "dark_current": 2.5,
    "offset": 200.0, "sensitivity": 1.8,
}  # fmt: skip


def exposed(photons: float, *, seed: int = 1, **given: Any) -> np.ndarray:
    detector = Detector(**given)
    light = np.full(detector.shape, photons)
    return detector.expose(light, np.random.default_rng(seed)).counts


@pytest.mark.parametrize("approximate", [False, True])
@pytest.mark.parametrize("photons", [1.0, 40.0, 900.0])
def test_the_chain_has_the_mean_and_variance_of_theory(photons: float, approximate: bool) -> None:
    light = np.full((1000, 1000), photons)
    readout = Detector(**NOISY).expose(light, np.random.default_rng(1), approximate=approximate)
    electrons = 0.7 * photons + 2.5 * 4.0
    variance = 1.8**2 * (electrons + 9.0) + 1.0 / 12.0
    assert readout.counts.var() == pytest.approx(variance, rel=0.01)
    assert readout.counts.mean() == pytest.approx(
        200.0 + 1.8 * electrons - 0.5, abs=5e-3 * variance**0.5
    )
    assert readout.counts.dtype == np.uint16


def test_scaling_photons_as_the_paper_does_has_less_noise() -> None:
    counts = exposed(900.0, **{**NOISY, "quantum_efficiency_model": "scaling"})
    variance = 1.8**2 * (0.49 * 900.0 + 10.0 + 9.0) + 1.0 / 12.0
    assert counts.var() == pytest.approx(variance, rel=0.01)


def test_without_photon_noise_only_dark_current_and_readout_vary() -> None:
    counts = exposed(900.0, **{**NOISY, "photon_noise": False})
    assert counts.var() == pytest.approx(1.8**2 * (10.0 + 9.0) + 1.0 / 12.0, rel=0.01)


def test_without_any_noise_the_units_are_those_of_the_paper() -> None:
    quiet = {**BASE, "resolution": (4, 3), "quantum_efficiency": 0.5, "photon_noise": False}
    counts = exposed(101.0, **quiet, sensitivity=3.0, offset=7.0)
    assert (counts == int(101 * 0.5 * 3.0 + 7.0)).all()


def test_the_same_seed_gives_the_same_counts_and_another_others() -> None:
    small = {**NOISY, "resolution": (50, 40)}
    assert (exposed(5.0, **small) == exposed(5.0, **small)).all()
    assert (exposed(5.0, **small) != exposed(5.0, **small, seed=2)).any()


@pytest.mark.parametrize(
    ("bitdepth", "kind"), [(8, np.uint8), (12, np.uint16), (24, np.uint32), (None, np.float32)]
)
def test_counts_have_the_type_that_the_bit_depth_asks(bitdepth: int | None, kind: type) -> None:
    counts = exposed(9000.0, **{**NOISY, "resolution": (30, 20), "bitdepth": bitdepth})
    assert counts.dtype == kind
    assert counts.shape == (20, 30)
    assert (counts == 255).all() == (bitdepth == 8)


@pytest.mark.parametrize("stage", ["photons", "digitised"])
def test_colours_are_those_of_their_filters_and_gains(stage: str) -> None:
    given = {
        **BASE, "resolution": (8, 6), "photon_noise": False, "bayer_order": "GBRG",
        "bayer_stage": stage, "bayer_transmission": WhiteBalance(0.5, 0.8, 0.25),
        "white_balance": WhiteBalance(2.0, 1.0, 4.0),
    }  # fmt: skip
    planes = colour_planes(exposed(1000.0, **given), "GBRG")
    assert (planes == np.array([1000.0, 800.0, 1000.0])[:, None, None]).all()


def test_filters_before_photons_leave_the_noise_of_the_light_that_comes_through() -> None:
    filters = {"bayer_order": "RGGB", "bayer_transmission": WhiteBalance(0.25, 0.25, 0.25)}
    before = exposed(4000.0, **BASE, **filters).astype(float)
    after = exposed(4000.0, **BASE, **filters, bayer_stage="digitised").astype(float)
    assert before.var() == pytest.approx(1000.0, rel=0.01)
    assert after.var() == pytest.approx(0.25**2 * 4000.0 + 1 / 12, rel=0.01)


def test_light_of_three_colours_falls_on_the_pixels_of_each() -> None:
    detector = Detector(**{**BASE, "resolution": (4, 4)}, photon_noise=False, bayer_order="RGGB")
    light = np.ones((3, 4, 4)) * np.array([10.0, 20.0, 30.0])[:, None, None]
    counts = detector.expose(light, np.random.default_rng(1)).counts
    assert counts[:2, :2].tolist() == [[10, 20], [20, 30]]


def test_a_bright_point_saturates_and_is_marked() -> None:
    detector = Detector(**{**NOISY, "resolution": (21, 31)}, full_well=30000.0)
    light = np.zeros(detector.shape)
    light[15, 10] = 1e6
    readout = detector.expose(light, np.random.default_rng(1))
    assert readout.saturated[:, 10].sum() == pytest.approx(0.7e6 / 3e4, abs=1.5)
    assert readout.saturated.sum() == readout.saturated[:, 10].sum()
    assert readout.electrons_lost == 0.0
    kept = Detector(**{**NOISY, "resolution": (21, 31)}, full_well=30000.0, bleeding=False)
    assert kept.expose(light, np.random.default_rng(1)).saturated.sum() == 1


def test_a_response_that_is_not_linear_is_too_low_by_its_share_at_the_full_well() -> None:
    bent = {**BASE, "photon_noise": False, "full_well": 40000.0, "nonlinearity": 0.05}
    assert (exposed(20000.0, **bent) == 20000 * 0.975).all()
    assert (exposed(40000.0, **bent) == 38000).all()


def test_a_hot_pixel_a_cosmic_ray_and_a_dead_column_are_told() -> None:
    detector = Detector(
        **{**NOISY, "resolution": (200, 100)},
        defects=Defects(seed=3, hot_pixels=0.01, bad_columns=2),
        cosmic_rays=CosmicRays(rate=2000.0, worms=0.0),
    )
    readout = detector.expose(np.full(detector.shape, 1000.0), np.random.default_rng(1))
    assert len(detector.pattern.hot) == 200
    assert readout.bad.sum() > 200
    assert readout.cosmic_rays.any()
    plain = ~readout.bad & ~readout.cosmic_rays
    lit = readout.counts[plain].mean()
    assert readout.counts[readout.cosmic_rays].mean() > lit + 50.0
    dead = detector.pattern.response == 0.0
    assert readout.counts[dead & ~readout.cosmic_rays].mean() < lit - 900.0


def test_amplifiers_leave_ghosts_of_what_is_bright_in_others() -> None:
    detector = Detector(
        **{**BASE, "resolution": (40, 10)},
        photon_noise=False,
        amplifiers=Amplifiers(count=4, crosstalk=0.001),
    )
    light = np.zeros(detector.shape)
    light[4, 3] = 50000.0
    counts = detector.expose(light, np.random.default_rng(1)).counts
    assert counts[4, [3, 13, 23, 33]].tolist() == [50000, 50, 50, 50]
    assert counts.sum() == 50150


def test_what_light_adds_is_told_without_noise() -> None:
    detector = Detector(**{**NOISY, "resolution": (6, 4)}, full_well=10.0)
    adu = detector.expected_counts(np.full((4, 6), 1e5))
    assert adu == pytest.approx(np.full((4, 6), 1e5 * 0.7 * 1.8))


BAD = {
    "exposure_time": [-1.0, float("nan"), "4", True],
    "bitdepth": [0, 64, 33, 12.0, True],
    "bayer_order": ["RGBX", "rggb", "", 4],
    "quantum_efficiency": [-0.1, 1.01, float("nan")],
    "resolution": [(0, 10), (10,), (10.0, 10), (-3, 4), (1 << 20, 1 << 20), None],
    "pixel_size": [0.0, -1.0],
    "sensitivity": [0.0, float("inf")],
    "readout_noise_variance": [-1.0],
    "dark_current": [-1.0],
    "offset": [float("nan")],
    "full_well": [0.0, -5.0],
    "nonlinearity": [0.1, -0.1],
    "bayer_stage": ["late"],
    "quantum_efficiency_model": ["half"],
    "defects": [Defects(hot_pixels=1.5), Defects(bad_columns=-1), Defects(seed=-1)],
    "cosmic_rays": [CosmicRays(rate=-1.0), CosmicRays(depth_um=0.0)],
    "amplifiers": [Amplifiers(count=0), Amplifiers(count=3), Amplifiers(crosstalk=0.9)],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, vs in BAD.items() for v in vs])
def test_a_detector_that_cannot_be_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(BadParameter, match=r"accepted|give|thinning or|photons or") as told:
        Detector(**{**BASE, name: value})
    if name == "bayer_order":
        assert "RGGB, BGGR, GRBG, GBRG" in str(told.value)
    elif not isinstance(value, Amplifiers):
        assert name in str(told.value)


@pytest.mark.parametrize("number", [-1.0, float("nan"), float("inf"), 1e16])
def test_light_that_cannot_be_is_refused(number: float) -> None:
    detector = Detector(**{**BASE, "resolution": (3, 2)})
    light = np.ones((2, 3))
    light[1, 1] = number
    with pytest.raises(BadParameter, match="accepted"):
        detector.expose(light, np.random.default_rng(1))


@pytest.mark.parametrize("shape", [(3, 2), (2, 3, 1), (3, 2, 3)])
def test_light_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    detector = Detector(**{**BASE, "resolution": (3, 2)})
    with pytest.raises(BadParameter, match=r"\(2, 3\)"):
        detector.expose(np.ones(shape), np.random.default_rng(1))


@pytest.mark.alone
@pytest.mark.parametrize(("approximate", "most_ms"), [(False, 35.0), (True, 12.0)])
def test_a_frame_is_read_out_in_time(approximate: bool, most_ms: float) -> None:
    detector = Detector(**{**NOISY, "resolution": (664, 496)})
    random = np.random.default_rng(1)
    light = np.random.default_rng(2).gamma(20.0, 3.0, detector.shape)
    taken = []
    for _ in range(9):
        begun = time.process_time()
        detector.expose(light, random, approximate=approximate)
        taken.append(time.process_time() - begun)
    # The least of nine, with half as much again for a slower machine.
    assert min(taken) * 1e3 < 1.5 * most_ms


def test_a_resolution_may_be_a_list_as_yaml_has_it() -> None:
    assert Detector(**{**BASE, "resolution": [40, 30]}).shape == (30, 40)
