"""Networks over images: parts agree with the whole, and files that are no networks are told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, external_data_helper, helper
from satvo.resources.masks.frame import Frame
from satvo.resources.masks.networks import tiling, unet
from satvo.resources.masks.networks.session import network_names, session
from satvo.resources.masks.networks.tiling import in_tiles
from satvo.resources.trails.drawing import add_trail
from satvo.resources.trails.paths import straight_path
from satvo.resources.trails.stamps import PointSpread
from satvo.schemas.errors import BadParameter


def frame_with_trail(rows: int, columns: int, seed: int = 1) -> Frame:
    image = np.full((rows, columns), 200.0)
    cells = np.exp(-0.5 * (np.hypot(*np.mgrid[-12:13, -12:13]) / 3.0) ** 2)
    path = straight_path((0.1 * columns, 0.2 * rows), (0.8 * columns, 0.7 * rows))
    add_trail(image, path, PointSpread(cells / cells.sum(), 3), 120.0 * path.length_px)
    image += np.random.default_rng(seed).normal(0.0, 14.0, image.shape)
    return Frame.of(image)


def constant_network(path: Path, *, apart: bool = False, name: str = "significance") -> Path:
    """Adds 1 to what it is given."""
    one = helper.make_tensor("one", TensorProto.FLOAT, [1024], np.ones(1024, np.float32))
    shape = ["n", 1, "rows", "columns"]
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMax", ["one"], ["top"], keepdims=0),
            helper.make_node("Add", [name, "top"], ["logits"]),
        ],
        "constant",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, shape)],
        [one],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    if apart:
        for tensor in model.graph.initializer:
            tensor.raw_data = np.ones(1024, np.float32).tobytes()
            tensor.ClearField("float_data")
        external_data_helper.convert_model_to_external_data(
            model, location="weights.bin", size_threshold=0
        )
    onnx.save_model(model, str(path))
    return path


def test_the_default_network_ships_and_sees_a_trail() -> None:
    assert unet.DEFAULT in network_names()
    seen = frame_with_trail(200, 264)
    logits = unet.logits(seen)
    assert logits.shape == seen.shape
    assert logits.dtype == np.float32
    on_trail = logits[int(0.45 * 200), int(0.45 * 264)]
    assert on_trail > np.percentile(logits, 99)


def test_parts_agree_with_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = frame_with_trail(420, 508)
    whole = unet.logits(seen)
    monkeypatch.setattr(tiling, "_WHOLE_PX", 1000)
    monkeypatch.setattr(tiling, "TILE_PX", 256)
    parts = unet.logits(seen)
    assert parts.shape == whole.shape
    assert np.corrcoef(parts.ravel(), whole.ravel())[0, 1] > 0.99


def test_each_pixel_of_an_image_is_in_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling, "_WHOLE_PX", 100)
    monkeypatch.setattr(tiling, "TILE_PX", 40)
    image = np.random.default_rng(2).normal(size=(133, 205)).astype(np.float32)
    largest = [0]

    def twice(part: np.ndarray) -> np.ndarray:
        largest[0] = max(largest[0], part.size)
        assert part.shape[0] % 8 == 0
        assert part.shape[1] % 8 == 0
        return 2 * part

    np.testing.assert_array_equal(in_tiles(image, twice), 2 * image)
    assert largest[0] <= (40 + 2 * 96 + 8) ** 2


def test_windows_give_scores_of_the_whole_frame() -> None:
    seen = frame_with_trail(280, 300)
    scores = unet.scores_by_windows(seen, stride=24)
    assert scores.shape == seen.shape
    assert scores.min() >= 0.0
    assert scores.max() <= 1.0
    whole = 1.0 / (1.0 + np.exp(-unet.logits(seen)))
    assert np.corrcoef(scores.ravel(), whole.ravel())[0, 1] > 0.8


def test_a_network_of_the_users_own_is_run(tmp_path: Path) -> None:
    seen = frame_with_trail(64, 72)
    logits = unet.logits(seen, network=constant_network(tmp_path / "own.onnx"))
    np.testing.assert_allclose(logits, seen.significance + 1.0, rtol=1e-6)


def test_files_that_are_no_network_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="there is no network 'no-such'"):
        session("no-such")
    with pytest.raises(BadParameter, match="there is no file"):
        session(tmp_path / "absent.onnx")
    text = tmp_path / "text.onnx"
    text.write_text("this is no network")
    with pytest.raises(BadParameter, match="is no ONNX model"):
        session(text)
    with pytest.raises(BadParameter, match="weights in other files"):
        session(constant_network(tmp_path / "apart.onnx", apart=True))
    whole = constant_network(tmp_path / "whole.onnx")
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(whole.read_bytes()[:200])
    with pytest.raises(BadParameter, match="is no ONNX model"):
        session(cut)


def test_a_network_with_other_inputs_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="significance"):
        unet.logits(
            frame_with_trail(64, 64), network=constant_network(tmp_path / "x.onnx", name="pixels")
        )
