"""Training: presets, epochs with their best kept, breaks that lose nothing, ONNX files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from satvo.resources.masks.networks.session import INPUT, session
from satvo.resources.masks.training.architectures import PaperUNet
from satvo.resources.masks.training.checkpoints import read_checkpoint
from satvo.resources.masks.training.epochs import Epochs, Progress, train_epochs
from satvo.resources.masks.training.export import export_network
from satvo.resources.masks.training.handing_on import hand_on
from satvo.resources.masks.training.plan import Preset, preset_names
from satvo.resources.masks.training.run import Asked, run_training, trained_network
from satvo.resources.masks.training.standardised import MeanDeviation, made_network, take_weights
from satvo.resources.masks.training.stored import StoredCutouts, store_cutouts
from satvo.resources.masks.training.stream import Recipe, Stream
from satvo.resources.masks.training.targets import loss_for
from satvo.schemas.errors import BadParameter
from torch import Tensor, nn

SIZE = 32
HOW = Epochs(cutouts=20, validation=0.2, epochs=3, batch=8, size=SIZE, rate=3e-3, bf16=False)
RECIPE = Recipe(fields=3, snr=(3.0, 10.0), least_px=20)


@pytest.fixture(scope="module")
def cutouts(tmp_path_factory: pytest.TempPathFactory) -> StoredCutouts:
    folder = tmp_path_factory.mktemp("cutouts")
    return store_cutouts(
        folder, lambda seed: Stream(seed, RECIPE), HOW.cutouts, size=SIZE, seed=4, about={}
    )


def pixel_loss(logits: Tensor, masks: Any, snr: Any) -> Tensor:
    return loss_for(Preset.named("paper"))(logits, masks, snr)


def small(seed: int = 1) -> nn.Module:
    torch.manual_seed(seed)
    return PaperUNet(4)


def test_presets_are_those_of_the_paper_and_of_satvo() -> None:
    assert preset_names() == ("cnn", "cnn3", "faint", "paper", "shipped")
    paper = Preset.named("paper")
    how = Epochs(**(paper.epochs or {}))
    assert (how.cutouts, how.epochs, how.batch, how.size, how.rate) == (30_000, 100, 32, 256, 1e-3)
    assert (paper.empty, paper.least_px, paper.normalisation) == (0.5, 100, "mean-deviation")
    cnn = Epochs(**(Preset.named("cnn").epochs or {}))
    assert (cnn.trained, cnn.validated, cnn.size) == (33_408, 8_352, 128)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"network": "resnet"}, "one of streak, paper-unet, paper-cnn"),
        ({"colour": "red"}, "colour is not known"),
        ({"epochs": None}, "give schedule or epochs"),
        ({"empty": 1.5}, "empty 1.5: 0 to 1"),
        ({"snr": [3.0, 1.0]}, "two numbers above 0, rising"),
        ({"source": "simulator"}, "needs instruments"),
    ],
    ids=["network", "key", "way", "share", "bounds", "instruments"],
)
def test_a_preset_that_cannot_be_is_told(told: dict[str, Any], message: str) -> None:
    usual = {"title": "x", "network": "paper-unet", "epochs": {"cutouts": 10}}
    with pytest.raises(BadParameter, match=message):
        Preset.of({**usual, **told}, "own.yaml")


def test_cutouts_are_stored_once_and_follow_from_their_seed(
    cutouts: StoredCutouts, tmp_path: Path
) -> None:
    def never(seed: int) -> Stream:
        raise AssertionError("drawn again")

    again = store_cutouts(cutouts.folder, never, 20, size=SIZE, seed=4, about={})
    numbers = np.array([19, 0, 7])
    images, masks, snr = again.some(numbers)
    assert images.shape == masks.shape == (3, SIZE, SIZE)
    assert np.array_equal(np.isnan(snr), ~masks.any(axis=(1, 2)))
    other = store_cutouts(
        tmp_path, lambda seed: Stream(seed, RECIPE), 20, size=SIZE, seed=4, about={}
    )
    np.testing.assert_array_equal(other.some(numbers)[0], images)
    with pytest.raises(BadParameter, match="holds other cut-outs"):
        store_cutouts(cutouts.folder, never, 21, size=SIZE, seed=4, about={})


def test_the_best_epoch_is_kept(cutouts: StoredCutouts, tmp_path: Path) -> None:
    seen: list[Progress] = []
    network = train_epochs(small(), cutouts, HOW, tmp_path, pixel_loss, report=seen.append)
    ends = [each for each in seen if not math.isnan(each.validation)]
    assert len(ends) == 3
    assert len(seen) == 3 * 2 + 3
    best = read_checkpoint(tmp_path / "best.pt")
    assert best["loss"] == min(each.validation for each in ends)
    assert ends[-1].validation < ends[0].validation
    for name, value in network.state_dict().items():
        assert torch.equal(value, best["network"][name])


def test_training_ends_where_epochs_bring_nothing(cutouts: StoredCutouts, tmp_path: Path) -> None:
    how = dataclasses.replace(HOW, epochs=50, patience=2, rate=0.3)
    seen: list[Progress] = []
    train_epochs(small(), cutouts, how, tmp_path, pixel_loss, report=seen.append)
    ends = [each.validation for each in seen if not math.isnan(each.validation)]
    assert len(ends) == int(np.argmin(ends)) + 3


def test_a_run_that_broke_off_ends_as_one_that_did_not(
    cutouts: StoredCutouts, tmp_path: Path
) -> None:
    whole = train_epochs(small(), cutouts, HOW, tmp_path / "whole", pixel_loss, seed=3)
    broken = tmp_path / "broken"
    # It ends in the middle of the second epoch; another process would begin with other weights.
    train_epochs(small(), cutouts, HOW, broken, pixel_loss, seed=3, steps=3)
    assert read_checkpoint(broken / "checkpoint.pt")["step"] == 3
    again = train_epochs(small(9), cutouts, HOW, broken, pixel_loss, seed=3, resume=True)
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_checkpoint_of_another_run_is_told(cutouts: StoredCutouts, tmp_path: Path) -> None:
    train_epochs(small(), cutouts, HOW, tmp_path, pixel_loss, steps=1)
    with pytest.raises(BadParameter, match="no checkpoint of this network"):
        train_epochs(PaperUNet(8), cutouts, HOW, tmp_path, pixel_loss, resume=True)
    other = dataclasses.replace(HOW, batch=4)
    with pytest.raises(BadParameter, match="was trained otherwise"):
        train_epochs(small(), cutouts, other, tmp_path, pixel_loss, resume=True)


def test_losses_are_those_of_their_targets() -> None:
    masks = np.zeros((3, 4, 4), np.uint8)
    masks[1:, 1, 1] = 1
    snr = np.array([math.nan, 0.5, 4.0])
    frame = loss_for(Preset.named("cnn"))(torch.tensor([[-2.0], [3.0], [0.0]]), masks, snr)
    expected = np.mean([math.log1p(math.exp(-2.0)), math.log1p(math.exp(-3.0)), math.log(2.0)])
    assert float(frame) == pytest.approx(expected, rel=1e-6)
    sure = torch.tensor([[9.0, 0.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, 9.0]])
    assert float(loss_for(Preset.named("cnn3"))(sure, masks, snr)) < 1e-3
    assert float(loss_for(Preset.named("cnn3"))(sure.flip(0), masks, snr)) > 5.0


def test_the_papers_normalisation_is_its_equation_1() -> None:
    images = torch.from_numpy(np.random.default_rng(1).normal(40.0, 7.0, (2, 1, 16, 16)))
    made = MeanDeviation(nn.Identity())(images).numpy()
    for image, one in zip(images.numpy(), made, strict=True):
        np.testing.assert_allclose(one, np.arcsinh((image - image.mean()) / image.std()), rtol=1e-5)


def test_an_exported_network_says_the_same_and_can_be_trained_on(tmp_path: Path) -> None:
    network = MeanDeviation(
        nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 1))
    )
    for _ in range(3):  # its means and deviations are no longer those of a fresh one
        network(torch.randn(2, 1, 16, 16))
    path = tmp_path / "own.onnx"
    made = export_network(network, path, about={"satvo.seed": "7"})
    content = path.read_bytes()
    assert (made.size, made.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert made.difference < 1e-4
    model = onnx.load(str(path), load_external_data=False)
    assert {each.key: each.value for each in model.metadata_props} == {"satvo.seed": "7"}
    assert not any(each.external_data for each in model.graph.initializer)
    image = np.random.default_rng(2).normal(size=(1, 1, 40, 24)).astype(np.float32)
    with torch.no_grad():
        told = network(torch.from_numpy(image)).numpy()
    np.testing.assert_allclose(session(path).run(None, {INPUT: image})[0], told, atol=1e-4)
    fresh = MeanDeviation(
        nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 1))
    ).eval()
    take_weights(fresh, path)
    with torch.no_grad():
        np.testing.assert_allclose(fresh(torch.from_numpy(image)).numpy(), told, atol=1e-6)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_without_weights_of_the_network_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match="there is no file"):
        take_weights(small(), tmp_path / "absent.onnx")
    text = tmp_path / "text.onnx"
    text.write_text("none")
    with pytest.raises(BadParameter, match="is no ONNX model"):
        take_weights(small(), text)
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"none")
    with pytest.raises(BadParameter, match="no checkpoint"):
        take_weights(small(), broken)
    other = tmp_path / "other.onnx"
    export_network(small(), other)
    with pytest.raises(BadParameter, match="missing or has another shape"):
        take_weights(PaperUNet(8), other)


def test_a_run_is_handed_on_with_card_and_statistics(tmp_path: Path) -> None:
    preset = Preset.named("shipped")
    preset = dataclasses.replace(
        preset, network="paper-unet", name="own",
        schedule={"batch": 2, "size": SIZE, "checkpoint_s": 1e9},
    )  # fmt: skip
    folder = tmp_path / "run"
    about = run_training(preset, folder, Asked(seed=3, steps=2))
    assert about["steps"] == 2
    assert json.loads((folder / "training.json").read_text()) == about
    with pytest.raises(BadParameter, match="give --resume, or another folder"):
        run_training(preset, folder, Asked(seed=3, steps=2))
    with pytest.raises(BadParameter, match="with seed 3"):
        run_training(preset, folder, Asked(seed=4, steps=3, resume=True))
    about = run_training(preset, folder, Asked(seed=3, steps=3, resume=True))
    assert about["steps"] == 3
    network, again, _ = trained_network(folder)
    assert again == preset
    kept = read_checkpoint(folder / "checkpoint.pt")["network"]
    assert all(torch.equal(value, kept[name]) for name, value in network.state_dict().items())
    made = hand_on(folder, tmp_path / "own.onnx", statistics=50, failures="Blind at dusk.")
    card = (tmp_path / "own.md").read_text()
    assert made.sha256 in card
    assert "seed 3" in card
    assert "Blind at dusk." in card
    assert "3 steps" in card
    assert (tmp_path / "own.yaml").read_text().startswith("network: own.onnx\nfeatures:")
    with pytest.raises(BadParameter, match="holds no training run"):
        trained_network(tmp_path)


def test_weights_follow_from_the_seed() -> None:
    one, same, other = (made_network(Preset.named("paper"), seed) for seed in (5, 5, 6))
    firsts = [next(network.parameters()) for network in (one, same, other)]
    assert torch.equal(firsts[0], firsts[1])
    assert not torch.equal(firsts[0], firsts[2])
