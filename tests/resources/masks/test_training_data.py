"""From where training data come: pairs, an image's own header; and images unlike them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from satvo.resources.images.simulator.bulk import training_cutouts
from satvo.resources.images.simulator.scene_file import describe, plan_of
from satvo.resources.masks.detectors.deep import detect
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.training.derived import matched_difference, trail_mask_of_pair
from satvo.resources.masks.training.distance import (
    FEATURES,
    Statistics,
    features_of,
    likeness_note,
)
from satvo.resources.masks.training.fields import FieldKind, moffat_spread
from satvo.resources.masks.training.from_header import description_like, plan_like
from satvo.resources.masks.training.pairs import PairCutouts, prepare_pairs
from satvo.resources.masks.training.plan import Preset
from satvo.resources.masks.training.simulated import SimulatedCutouts
from satvo.resources.masks.training.sources import MixedCutouts, Wanted, source_of
from satvo.resources.masks.training.stream import Recipe, Stream
from satvo.resources.trails.drawing import add_trail, draw_points, trail_mask
from satvo.resources.trails.paths import straight_path
from satvo.schemas.errors import BadParameter
from scipy.ndimage import gaussian_filter

FWHM_PX = 2.8


def field(seed: int, rows: int = 160, columns: int = 200, shift: float = 0.0) -> np.ndarray:
    """Expected electrons of 60 stars on a sky of 200, moved by so many columns."""
    random = np.random.default_rng(77)
    image = np.full((rows, columns), 200.0)
    x, y = random.uniform(0, columns, 60) + shift, random.uniform(0, rows, 60)
    draw_points(image, x, y, 400.0 * random.random(60) ** -1.2, moffat_spread(FWHM_PX, 3.5))
    return image


def trail_light(shape: tuple[int, int], flux: float) -> tuple[np.ndarray, np.ndarray]:
    """Light of a trail, and its mask one full width wide."""
    path = straight_path((30.3, 40.2), (171.6, 121.9))
    light = np.zeros(shape)
    add_trail(light, path, moffat_spread(FWHM_PX, 3.5), flux * path.length_px)
    wide = math.hypot(FWHM_PX, math.sqrt(8.0 * math.log(2.0) / 12.0))
    return light, trail_mask(shape, path, wide)


def write(path: Path, image: np.ndarray, **cards: object) -> None:
    header = fits.Header(list(cards.items()))
    fits.PrimaryHDU(image.astype(np.float32), header).writeto(path)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sum(one & other) / np.sum(one | other))


@pytest.mark.parametrize("flux", [30.0, 3000.0], ids=["faint", "bright"])
def test_the_mask_of_a_planted_trail_is_derived(flux: float) -> None:
    light, truth = trail_light((160, 200), flux)
    random = np.random.default_rng(3)
    without = (field(1) + random.normal(0.0, 14.0, light.shape)).astype(np.float32)
    added = random.poisson(light).astype(np.float32)
    mask, how = trail_mask_of_pair(without + added, without)
    assert how == "planted"
    assert overlap(mask, truth) > 0.75


def test_the_mask_of_a_real_trail_is_derived_from_another_image_of_the_field() -> None:
    light, truth = trail_light((160, 200), 600.0)
    first = np.random.default_rng(4).poisson(field(1) + light).astype(np.float32)
    second = np.random.default_rng(5).poisson(0.8 * field(1, shift=3.4)).astype(np.float32)
    second[:10] = np.nan
    mask, how = trail_mask_of_pair(first, second)
    assert how == "difference"
    assert overlap(mask, truth) > 0.6


def test_images_of_a_field_are_shifted_and_scaled_onto_each_other() -> None:
    first = np.random.default_rng(4).poisson(field(1)).astype(np.float32)
    second = np.random.default_rng(5).poisson(0.5 * field(1, shift=-5.3)).astype(np.float32)
    left = matched_difference(first, second)
    bright = field(1) > 300.0
    known = np.isfinite(left)
    # Noise of the first, and twice the scaled noise of the second: 200 + 4 x 100 electrons.
    assert np.std(left[known & ~bright]) == pytest.approx(math.sqrt(600.0), rel=0.15)
    assert abs(np.mean(left[known & ~bright])) < 3.0


def test_a_pair_without_a_trail_or_of_another_shape_is_told() -> None:
    image = field(1).astype(np.float32)
    with pytest.raises(BadParameter, match="are equal"):
        trail_mask_of_pair(image, image.copy())
    with pytest.raises(BadParameter, match="its pair has shape"):
        trail_mask_of_pair(image, image[:-1])
    with pytest.raises(BadParameter, match="no pixel in common"):
        trail_mask_of_pair(image, np.full_like(image, np.nan))


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    folder = tmp_path / "pairs"
    folder.mkdir()
    light, truth = trail_light((160, 200), 100.0)
    random = np.random.default_rng(6)
    without = random.poisson(field(1)).astype(np.float32)
    write(folder / "planted.fits", without + random.poisson(light))
    write(folder / "planted_pair.fits", without)
    write(folder / "masked.fits", random.poisson(field(1) + light))
    write(folder / "masked_mask.fits", truth)
    write(folder / "alone.fits", without)
    write(folder / "odd.fits", without)
    write(folder / "odd_mask.fits", truth[:-2])
    return folder


def test_pairs_become_examples_and_the_others_are_told(pairs: Path, tmp_path: Path) -> None:
    examples, notes = prepare_pairs(pairs, tmp_path / "work")
    assert {each.name: each.how for each in examples} == {
        "masked": "given", "planted": "planted", "planted_pair": "none",
    }  # fmt: skip
    assert any("alone: neither a mask nor a pair" in note for note in notes)
    assert any("odd: its mask has shape" in note for note in notes)
    _, truth = trail_light((160, 200), 100.0)
    masked = next(each for each in examples if each.name == "masked")
    np.testing.assert_array_equal(np.load(masked.mask), truth)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadParameter, match="no image with a trail"):
        prepare_pairs(empty, tmp_path / "none")


def test_cutouts_of_pairs_hold_trails_as_often_as_asked(pairs: Path, tmp_path: Path) -> None:
    examples, _ = prepare_pairs(pairs, tmp_path / "work")
    images, masks, about = PairCutouts(examples, 1, empty=0.25, least_px=60).batch(80, 64)
    assert images.dtype == np.float32
    assert images.shape == masks.shape == (80, 64, 64)
    inside = masks.sum(axis=(1, 2))
    assert 50 <= np.count_nonzero(inside) <= 70
    assert inside[inside > 0].min() >= 60
    assert {each["name"] for each in about} == {"masked", "planted", "planted_pair"}
    # Where the mask is, there is light.
    lit = masks.astype(bool)
    assert images[lit].mean() > images[~lit].mean() + 12.0
    again = PairCutouts(examples, 1, empty=0.25, least_px=60).batch(80, 64)
    np.testing.assert_array_equal(again[0], images)
    with pytest.raises(BadParameter, match="smaller --size"):
        PairCutouts(examples, 1).batch(1, 180)


def test_sources_are_mixed_by_their_shares(pairs: Path, tmp_path: Path) -> None:
    made, told = source_of(
        Preset.named("shipped"), Wanted(pairs=pairs, share=0.5), tmp_path, tell=lambda text: None
    )
    assert told["images"] == 3
    source = made(4)
    assert isinstance(source, MixedCutouts)
    images, masks, about = source.batch(40, 64)
    own = sum("name" in each for each in about)
    assert 10 < own < 30
    assert len(images) == len(masks) == len(about) == 40
    with pytest.raises(BadParameter, match="give one of them at most"):
        Wanted(pairs=pairs, like=pairs)


def test_simulated_cutouts_have_the_noise_of_whole_frames() -> None:
    """Symptom: cut-outs of `satvo simulate --bulk` had no sky, and half of them no photon noise."""
    told = describe("evscope1", streak="random", seed=1)
    told["detector"] = {"exposure_time": 20.0, "bitdepth": "none", "defects": {}}
    told["scene"] = {"kind": "simulated", "stars": {"number": 0}}
    plan = plan_of(told)
    shot = plan.shot(0)
    (frame,) = shot.scene.observe(
        shot.telescope, shot.detector, start=shot.start, random=np.random.default_rng(1)
    )
    whole = np.asarray(frame.counts, float)[::2, ::2]  # one colour of the filters
    for approximate in (False, True):
        drawn = training_cutouts(
            plan, 64, np.random.default_rng(2), empty=1.0, approximate=approximate
        )
        for _ in range(6):
            image, _, about = next(drawn)
            planes = [image[i::2, j::2] for i in (0, 1) for j in (0, 1)]
            nearest = min(planes, key=lambda plane: abs(plane.mean() - np.median(whole)))
            assert nearest.mean() == pytest.approx(np.median(whole), rel=0.05)
            assert nearest.std() == pytest.approx(1.4826 * _mad(whole), rel=0.15)
            assert about["noise"] > 4.5


def _mad(values: np.ndarray) -> float:
    return float(np.median(np.abs(values - np.median(values))))


def test_a_scene_like_an_image_has_its_noise_and_its_stars(tmp_path: Path) -> None:
    image = np.random.default_rng(8).poisson(field(1, 420, 440)) / 1.6
    write(tmp_path / "own.fits", image, EXPTIME=12.0, GAIN=1.6, RDNOISE=6.0, PIXSCALE=0.9)
    plan, like = plan_like(tmp_path / "own.fits")
    assert (like.exposure_s, like.gain, like.read_e) == (12.0, 1.6, 6.0)
    assert like.noise_e == pytest.approx(math.sqrt(200.0), rel=0.05)
    assert like.fwhm_px == pytest.approx(FWHM_PX, rel=0.15)
    assert 20 <= like.stars <= 60
    assert not like.assumed or like.assumed == ("scale in arcsec 1.5",)
    images, masks, _ = SimulatedCutouts([(plan, 1.0)], 3, snr=(3.0, 10.0)).batch(6, 256)
    assert masks.any()
    for each in images:
        assert 1.6 * Frame.of(each).noise == pytest.approx(like.noise_e, rel=0.2)


def test_what_an_image_does_not_tell_is_assumed_and_said(tmp_path: Path) -> None:
    # Calibrated to units in which no electron is whole, without a keyword.
    image = np.random.default_rng(9).normal(0.0, 0.05, (120, 140))
    write(tmp_path / "bare.fits", image)
    _, like = plan_like(tmp_path / "bare.fits")
    assert like.noise_e == pytest.approx(10.0)
    text = " ".join(like.assumed)
    for word in ("scale", "exposure", "gain", "read noise", "width of stars"):
        assert word in text
    description = description_like(like)
    assert description["detector"]["resolution"] == [400, 400]


@pytest.fixture(scope="module")
def usual() -> Statistics:
    kind = FieldKind(stars=(30.0, 300.0))
    return Statistics.measured(Stream(5, Recipe(kinds=((kind, 1.0),), fields=12)), 100)


def test_images_like_the_training_are_not_called_unlike(usual: Statistics) -> None:
    kind = FieldKind(stars=(30.0, 300.0))
    images, _, _ = Stream(6, Recipe(kinds=((kind, 1.0),), fields=12)).batch(24, 256)
    found = [usual.distance(features_of(Frame.of(image))) for image in images]
    assert sum(each.unlike for each in found) <= 2


def test_an_image_that_is_unlike_them_is_recognised(usual: Statistics) -> None:
    kind = FieldKind(stars=(30.0, 300.0))
    image = Stream(7, Recipe(kinds=((kind, 1.0),), empty=1.0)).batch(1, 300)[0][0]
    assert not usual.distance(features_of(Frame.of(image))).unlike
    smooth = usual.distance(features_of(Frame.of(gaussian_filter(image, 1.5))))
    assert smooth.unlike
    assert smooth.feature == "noise of neighbouring pixels"
    assert smooth.here > 0.5


def test_statistics_are_kept_beside_a_network_and_told(usual: Statistics, tmp_path: Path) -> None:
    network = tmp_path / "own.onnx"
    flat = Frame.of(np.random.default_rng(1).normal(0.0, 1.0, (300, 300)).cumsum(axis=1))
    assert likeness_note(flat, tmp_path / "none.onnx") is None
    network.with_suffix(".yaml").write_text(usual.text({"network": "own.onnx"}))
    note = likeness_note(flat, network)
    assert note is not None
    assert "unlike those that the network was trained on: distance" in note
    read = Statistics.read(network.with_suffix(".yaml").read_bytes(), "own.yaml")
    np.testing.assert_allclose(read.mean, usual.mean, rtol=1e-4)
    assert read.limit == pytest.approx(usual.limit, rel=1e-3)
    for content in (b"a: 1", b"features: [x]", b"[1, 2]"):
        with pytest.raises(BadParameter, match=r"own\.yaml"):
            Statistics.read(content, "own.yaml")


def test_features_that_are_unknown_do_not_count(usual: Statistics) -> None:
    empty = features_of(Frame.of(np.random.default_rng(1).normal(100.0, 5.0, (256, 256))))
    assert np.isnan(empty[:2]).all()
    assert len(empty) == len(FEATURES)
    assert math.isfinite(usual.distance(empty).value)
    assert not usual.distance(np.full(len(FEATURES), np.nan)).unlike


def test_deep_says_that_an_image_is_unlike_its_training() -> None:
    random = np.random.default_rng(2)
    usual = np.random.default_rng(1).poisson(field(1)).astype(np.float32)
    assert detect(usual).notes == ()
    smooth = gaussian_filter(random.normal(100.0, 5.0, (160, 200)), 2.0)
    (note,) = detect(smooth).notes
    assert "unlike those that the network was trained on" in note
