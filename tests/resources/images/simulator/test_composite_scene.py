"""Trails on real images: what is added, and what stays."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from satvo.resources.images import CompositeScene, Detector, Satellite, Spectrum, Telescope
from satvo.resources.images.simulator.backgrounds import Background
from satvo.resources.images.simulator.effects import Vignetting
from satvo.resources.images.simulator.exposure import MASK_BITS, Exposure
from satvo.resources.images.simulator.sources import PointSource
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter

START = datetime(2026, 3, 1, 22)
TELESCOPE = Telescope(
    diameter=0.114, focal_length=0.45, observing_band="V", pointing=(150.0, 20.0),
    observing_mode="seeing_limited", r_0=0.05,
)  # fmt: skip
DETECTOR = Detector(
    resolution=(200, 150), pixel_size=3.75, exposure_time=0.1, quantum_efficiency=0.5
)
AT = np.exp(-0.5 * (np.arange(-15, 16) / 4.0) ** 2)
SPREAD = PointSpread(np.outer(AT, AT) / np.outer(AT, AT).sum(), 3)
SATELLITE = Satellite(rate_arcsec_s=1000.0, spectrum=Spectrum.ab(6.0), orientation=25.0)


def image(kind: str = "u2") -> NDArray[Any]:
    """A flat sky of 300 counts with a noise of 10."""
    noisy = np.random.default_rng(1).normal(300.0, 10.0, (150, 200))
    return np.rint(noisy).astype(kind) if kind[0] in "ui" else noisy.astype(kind)


def made(background: Background, seed: int = 2, **more: Any) -> Exposure:
    scene = CompositeScene((), (SATELLITE,), background=background, spread=SPREAD, **more)
    (exposure,) = scene.observe(
        TELESCOPE, DETECTOR, start=START, random=np.random.default_rng(seed)
    )
    return exposure


@pytest.mark.parametrize("kind", ["u2", "i4", "f4", "f8"])
def test_the_image_stays_where_nothing_is_added(kind: str) -> None:
    counts = image(kind)
    exposure = made(Background(counts, gain=2.0))
    changed = exposure.counts != counts
    assert exposure.counts.dtype == counts.dtype
    (trail,) = exposure.trails
    y, x = np.nonzero(changed)
    along = np.hypot(trail.x2 - trail.x1, trail.y2 - trail.y1)
    across = (y - trail.y1) * (trail.x2 - trail.x1) - (x - trail.x1) * (trail.y2 - trail.y1)
    assert changed.any()
    assert np.abs(across / along).max() < 2 * 5 + 2  # pixel: the reach of the point spread
    assert (exposure.counts >= counts).all()


def test_what_is_added_is_what_the_zero_point_says() -> None:
    """6th magnitude with a zero point of 18 gives 10**(0.4 * 12) counts, within 0.1 %."""
    background = Background(image("f8"), gain=2.0, zero_point=18.0)
    exposure = made(background, noisy=False)
    added = float((exposure.counts - background.counts).sum())
    assert added == pytest.approx(10 ** (0.4 * 12), rel=1e-3)
    assert exposure.trails[0].electrons == pytest.approx(2.0 * added, rel=1e-6)
    assert exposure.trails[0].mag == pytest.approx(6.0, abs=1e-6)
    assert exposure.cards["MAGZERO"][0] == pytest.approx(18.0, abs=1e-4)


def test_without_a_zero_point_the_telescope_says_it() -> None:
    background = Background(image("f8"), gain=2.0)
    exposure = made(background, noisy=False)
    expected = TELESCOPE.photons_per_second(Spectrum.ab(6.0)) * 0.1 * 0.5 / 2.0
    assert float((exposure.counts - background.counts).sum()) == pytest.approx(expected, rel=1e-3)


def test_what_is_added_has_photon_noise() -> None:
    """Its sum over a hundred draws varies as Poisson electrons do, within a third of that."""
    background = Background(image("f8"), gain=2.0, zero_point=16.0)
    sums = [
        2.0 * float((made(background, seed).counts - background.counts).sum())
        for seed in range(100)
    ]
    assert np.mean(sums) == pytest.approx(2.0 * 10**4, rel=0.01)
    assert np.var(sums) == pytest.approx(2.0 * 10**4, rel=0.45)


def test_faint_trails_survive_whole_counts() -> None:
    """A tenth of a count in a pixel is not rounded away: its sum stays, within five sigma."""
    background = Background(image("u2"), gain=10.0, zero_point=12.5)
    expected = 10 ** (0.4 * 6.5)
    sums = [
        float((made(background, seed).counts.astype(float) - background.counts).sum())
        for seed in range(30)
    ]
    assert np.mean(sums) == pytest.approx(expected, abs=5 * math.sqrt(expected / 30 / 2))


def test_a_full_pixel_stays_full() -> None:
    background = Background(image("u2"), gain=1.0, zero_point=22.0, saturation=4000.0)
    exposure = made(background)
    assert exposure.counts.max() == 4000
    full = exposure.truth & MASK_BITS["saturated"] > 0
    assert (full == (exposure.counts >= 4000)).all()


def test_noise_is_measured_and_signal_to_noise_follows() -> None:
    background = Background(image("f8"), gain=2.0, zero_point=18.0)
    assert background.noise_adu == pytest.approx(10.0, rel=0.03)
    exposure = made(background, noisy=False)
    mask = exposure.truth & MASK_BITS["trail"] > 0
    signal = (exposure.counts - background.counts)[mask]
    (trail,) = exposure.trails
    assert trail.snr_avg == pytest.approx(signal.mean() / background.noise_adu, rel=1e-6)
    assert trail.snr_tot == pytest.approx(signal.sum() / background.noise_adu, rel=1e-6)


def test_the_wcs_of_the_image_is_used_and_windows_keep_it() -> None:
    wcs = TELESCOPE.wcs((200, 150), 3.75)
    wcs.wcs.crval = [80.0, -69.0]
    wcs.wcs.set()
    whole = Background(image(), wcs=wcs)
    exposure = made(whole)
    (trail,) = exposure.trails
    assert (trail.ra1, trail.dec1) == pytest.approx(
        tuple(map(float, wcs.wcs_pix2world(trail.x1, trail.y1, 0))), abs=1e-9
    )
    piece = whole.window(40, 30, 100, 120)
    assert piece.noise_adu == whole.noise_adu
    here = piece.wcs.wcs_pix2world(5.0, 7.0, 0)
    assert np.allclose(here, wcs.wcs_pix2world(35.0, 47.0, 0), rtol=0, atol=1e-10)  # deg
    assert (piece.counts == whole.counts[40:140, 30:150]).all()
    with pytest.raises(BadParameter, match="inside"):
        whole.window(100, 0, 60, 60)


def test_several_images_are_a_series() -> None:
    several = [Background(image() + np.uint16(step)) for step in (0, 100)]
    scene = CompositeScene(
        (), (SATELLITE,), produce_time_series=True, background=several, spread=SPREAD,
        allow_outside=True,
    )  # fmt: skip
    frames = scene.observe(
        TELESCOPE, DETECTOR, start=START, random=np.random.default_rng(1), frames=3
    )
    middles = [float(np.median(frame.counts)) for frame in frames]
    assert middles == pytest.approx([300, 400, 300], abs=2)


def test_sources_are_added_to_images() -> None:
    """SATCON2 3.3.2, input C: a base image with test sources."""
    background = Background(image("f8"), zero_point=18.0)
    scene = CompositeScene(
        sources=[PointSource((150.0, 20.0), 8.0, "test")], background=background, noisy=False,
        spread=SPREAD,
    )  # fmt: skip
    (exposure,) = scene.observe(TELESCOPE, DETECTOR, start=START, random=np.random.default_rng(1))
    assert float((exposure.counts - background.counts).sum()) == pytest.approx(1e4, rel=1e-3)
    (source,) = exposure.objects
    assert (source["kind"], source["name"], source["mag"]) == ("source", "test", 8.0)


@pytest.mark.parametrize(
    ("scene", "told"),
    [
        (lambda: CompositeScene(), "without background"),
        (lambda: CompositeScene(background=Background(image()), effects=[Vignetting()]), "effects"),
        (lambda: Background(np.zeros(5)), "rows and columns"),
        (lambda: Background(image(), gain=0.0), "gain"),
        (lambda: Background(image(), noise=-1.0), "noise"),
        (lambda: made(Background(image()[:100])), "size of the image"),
        (lambda: made(Background(np.full((150, 200), np.nan))), "finite"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(scene: Any, told: str) -> None:
    with pytest.raises(BadParameter, match=told):
        scene()


def test_a_satellite_outside_is_refused() -> None:
    far = replace(SATELLITE, sky_coordinates=(10.0, 10.0))
    scene = CompositeScene((), (far,), background=Background(image()), spread=SPREAD)
    with pytest.raises(BadParameter, match="never enters"):
        scene.observe(TELESCOPE, DETECTOR, start=START, random=np.random.default_rng(1))


def test_an_array_is_a_background_too() -> None:
    counts = image("f4")
    told = [made(Background(counts)), made(counts)]  # type: ignore[arg-type]
    assert np.array_equal(told[0].counts, told[1].counts)
    (first, second) = made_series([counts, counts + 100.0])
    assert second.counts.mean() - first.counts.mean() == pytest.approx(100.0, abs=5.0)


def made_series(backgrounds: list[NDArray[Any]]) -> list[Exposure]:
    scene = CompositeScene((), (), True, background=backgrounds, spread=SPREAD, noisy=False)
    return scene.observe(
        TELESCOPE, DETECTOR, start=START, random=np.random.default_rng(2), frames=2
    )
