"""Whether an image has a trail: the network over windows along lines, and what it makes of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest
from astropy.io import fits
from numpy.typing import NDArray
from onnx import TensorProto, helper
from satvo.resources.masks.detectors import cnn
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.networks import classifier
from satvo.resources.masks.networks.classifier import CLASSES, Classified, classify
from satvo.resources.masks.networks.line_sums import Lines, likeliest_lines
from satvo.resources.masks.networks.line_windows import LONG, WIDE, binned_significance, laid
from satvo.resources.masks.search import Search
from satvo.resources.masks.training.kinds import told_kinds
from satvo.resources.masks.training.sets import KnownFrame
from satvo.schemas.errors import BadParameter
from trail_images import arc, image

SHAPE = (496, 664)
ENDS = (150.0, 120.0, 420.0, 300.0)


@cache
def field(seed: int, snr: float = 0.0) -> NDArray[np.float64]:
    """A frame of the cameras' size, with a trail of this SNRavg or none."""
    path = arc(ENDS) if snr else None
    return image(seed, path, snr, shape=SHAPE, stars=60)


def passes(seen: Classified, number: int) -> bool:
    """Whether a window lies along the trail."""
    x, y, angle = (float(each[number]) for each in (seen.lines.x, seen.lines.y, seen.lines.angle))
    along = np.arctan2(ENDS[3] - ENDS[1], ENDS[2] - ENDS[0])
    across = (y - ENDS[1]) * np.cos(along) - (x - ENDS[0]) * np.sin(along)
    return abs(across) < 6.0 and abs((angle - along + np.pi / 2) % np.pi - np.pi / 2) < 0.1


@pytest.mark.parametrize("snr", [0.8, 3.0, 30.0, 300.0, 3000.0])
def test_a_trail_is_seen_however_bright_where_it_is(snr: float) -> None:
    seen = classify(field(1, snr))
    assert seen.score > 0.9
    assert any(passes(seen, number) for number in np.flatnonzero(seen.scores > 0.9))
    assert seen.kind() == ("faint" if snr < 1.0 else "bright")


@pytest.mark.parametrize("seed", range(11, 19))
def test_stars_and_noise_are_no_trail(seed: int) -> None:
    seen = classify(field(seed))
    assert seen.score < 0.5
    assert seen.kind() == "none"
    np.testing.assert_allclose(seen.chances.sum(1), 1.0, atol=1e-5)


@pytest.mark.parametrize(
    "change",
    [lambda a: 3.5 * a - 700.0, np.flipud, np.fliplr, np.transpose,
     lambda a: a.astype(">f4"), lambda a: np.rint(a).astype("u2"),
     lambda a: a + np.linspace(0.0, 300.0, a.shape[1])],
    ids=["units", "upside-down", "mirrored", "turned", "single", "counts", "gradient"],
)  # fmt: skip
def test_what_changes_no_trail_changes_no_answer(change: object) -> None:
    assert callable(change)
    assert classify(change(field(1, 3.0))).score > 0.95
    assert classify(change(field(11))).score < 0.5


def test_pixels_that_do_not_count_tell_nothing() -> None:
    values = field(1, 3.0).astype(np.float32)
    bad = np.random.default_rng(5).random(SHAPE) < 0.2
    bad[:, 500:520] = True
    values[bad] = 1e6
    flagged = classify(np.ma.MaskedArray(values, bad))
    empty = classify(np.where(bad, np.nan, values))
    prepared = classify(Frame.of(values, bad=bad))
    assert flagged.score > 0.9
    np.testing.assert_array_equal(flagged.chances, empty.chances)
    np.testing.assert_array_equal(flagged.chances, prepared.chances)
    assert classify(np.where(bad, np.nan, field(11))).score < 0.5


def test_bins_are_in_standard_deviations_where_pixels_are_missing() -> None:
    noise = np.random.default_rng(6).normal(100.0, 7.0, SHAPE)
    noise[::2, ::3] = np.nan
    noise[100:140] = np.nan
    bins = binned_significance(noise)
    assert (bins[50:70] == 0.0).all()
    assert np.std(bins[80:]) == pytest.approx(1.0, abs=0.05)
    assert abs(np.mean(bins[80:])) < 0.05


def test_a_large_image_is_looked_at_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = classify(field(1, 3.0))
    sizes: list[tuple[int, ...]] = []
    windows = classifier.line_windows

    def noted(part: NDArray[np.float64], most: int) -> object:
        sizes.append(part.shape)
        return windows(part, most)

    monkeypatch.setattr(classifier, "_WHOLE_PX", 100_000)
    monkeypatch.setattr(classifier, "_PART_PX", 256)
    monkeypatch.setattr(classifier, "_OVERLAP_PX", 32)
    monkeypatch.setattr(classifier, "line_windows", noted)
    parts = classify(field(1, 3.0))
    assert len(sizes) > 3
    assert max(max(size) for size in sizes) <= 320
    assert parts.score == pytest.approx(whole.score, abs=0.05)
    assert any(passes(parts, n) for n in np.flatnonzero(parts.scores > 0.9))
    corner = field(1, 3.0).copy()
    corner[:300, 300:] = np.nan  # a part of it has no pixel that counts
    assert 0.0 <= classify(corner).score <= 1.0


@pytest.mark.parametrize(
    ("given", "words"),
    [(np.full(SHAPE, np.nan), "no pixel"), (np.full(SHAPE, 5.0), "one value"),
     (np.zeros((3, 64, 64)), "two dimensions"), (np.zeros((8, 64)), "a side are accepted"),
     (np.zeros((64, 64), complex), "real numbers")],
    ids=["nan", "constant", "cube", "small", "complex"],
)  # fmt: skip
def test_what_is_no_image_is_refused(given: NDArray[np.generic], words: str) -> None:
    with pytest.raises(BadParameter, match=words):
        classify(given)


def test_a_network_that_tells_no_classes_is_refused(tmp_path: Path) -> None:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1, WIDE, LONG])
              for name in ("significance", "logits")]  # fmt: skip
    node = helper.make_node("Identity", ["significance"], ["logits"])
    graph = helper.make_graph([node], "same", values[:1], values[1:])
    path = tmp_path / "same.onnx"
    onnx.save_model(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9),
        str(path),
    )
    with pytest.raises(BadParameter, match=", ".join(CLASSES)):
        classify(field(11), network=path)
    with pytest.raises(BadParameter, match="there is no network"):
        classify(field(11), network="none-such")


@pytest.mark.parametrize("angle_deg", range(0, 180, 15))
def test_lines_of_every_direction_are_found(angle_deg: int) -> None:
    angle = np.radians(angle_deg)
    y, x = np.indices((200, 260))
    across = (y - 90.0) * np.cos(angle) - (x - 140.0) * np.sin(angle)
    along = (x - 140.0) * np.cos(angle) + (y - 90.0) * np.sin(angle)
    values = np.random.default_rng(7).normal(size=x.shape).astype(np.float32)
    values[(np.abs(across) < 0.7) & (np.abs(along) < 50.0)] += 2.0
    lines = likeliest_lines(values, 12)
    turned = (lines.angle[0] - angle + np.pi / 2) % np.pi - np.pi / 2
    beside = (lines.y[0] - 90.0) * np.cos(angle) - (lines.x[0] - 140.0) * np.sin(angle)
    assert abs(turned) < 0.05
    assert abs(beside) < 3.0
    assert lines.significance[0] > lines.significance[1]


def test_a_window_lies_along_its_line() -> None:
    y, x = np.indices((200, 260))
    values = np.where(np.abs((y - 90.0) - 0.5 * (x - 140.0)) < 1.2, 30.0, 0.0).astype(np.float32)
    one = np.ones(1, np.float32)
    (window,) = laid(values, Lines(140 * one, 90 * one, np.arctan(0.5 * one), one))
    assert window.shape == (WIDE, LONG)
    assert window.max() == 25.0
    middle = window[WIDE // 2 - 1 : WIDE // 2 + 1]
    assert middle.mean() > 20.0
    assert (window[:3] == 0.0).all()


def test_trails_of_the_detector_have_ends() -> None:
    found = cnn.detect(field(1, 3.0))
    (trail,) = found.trails
    ends = sorted([trail.start_xy, trail.end_xy])
    np.testing.assert_allclose(ends, [ENDS[:2], ENDS[2:]], atol=10.0)
    assert trail.score > 0.9
    assert found.score.max() >= trail.score
    assert trail.open_ends == (False, False)


@pytest.mark.parametrize(
    "search",
    [Search(angle_deg=(90.0, 170.0)), Search(length_px=(400.0, 900.0)), Search(snr_min=1e5)],
    ids=["angle", "length", "snr"],
)  # fmt: skip
def test_trails_that_are_not_searched_for_are_left_out(search: Search) -> None:
    assert cnn.detect(field(1, 3.0), search=search).trails == ()


def test_frames_are_counted_by_what_they_hold_and_what_is_told(tmp_path: Path) -> None:
    frames = []
    for number, snr in enumerate((0.0, 0.8, 30.0)):
        paths = [tmp_path / f"{number}{end}.fits" for end in ("", "_truth")]
        fits.writeto(paths[0], field(11 if not snr else 1, snr).astype(np.float32))
        fits.writeto(paths[1], np.full(SHAPE, snr > 0.0, np.uint8))
        frames.append(KnownFrame(str(number), paths[0], paths[1], {"snr_avg": snr}))
    counts = told_kinds(frames)
    assert [[counts[held][told] for told in CLASSES] for held in CLASSES] == np.eye(3).tolist()
